"""PostHog: events in both versions of its wire format, and what its browser library asks for."""

import json
from functools import partial
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import re_path
from django.utils import timezone

from people.ingest import posthog
from people.ingest.http import Call, Door, authorization, keep, no_key, open_to_all
from people.ingest.messages import MOST_ANSWERED, Errors, Parsed, RefusedError, reasons

NO_FLAGS = {
    "flags": {},
    "featureFlags": {},
    "featureFlagPayloads": {},
    "errorsWhileComputingFlags": False,
}
# What the browser library may do here: send events, compressed, and nothing else.
ABILITIES = {
    "supportedCompression": ["gzip", "gzip-js"],
    "hasFeatureFlags": False,
    "sessionRecording": False,
    "surveys": False,
    "heatmaps": False,
    "autocaptureExceptions": False,
    "capturePerformance": False,
    "defaultIdentifiedOnly": False,
    "siteApps": [],
}


# The newer version answers event by event; what is not answered counts as kept.
MOST_RESULTS = 1_000
LONGEST_UUID = 64


def detail(status: int, errors: Errors) -> HttpResponse:
    """Its libraries show `detail`."""
    return JsonResponse({"detail": reasons(errors), "errors": errors}, status=status)


IN_BODY = Door(refuse=detail, key=no_key, key_in_body=posthog.key_of)
IN_HEADER = Door(refuse=detail, key=partial(authorization, wanted="Bearer"))


@open_to_all("POST")
@IN_BODY.opens
def call(request: Call) -> HttpResponse:
    """`/batch/`, `/capture/`, `/e/`: 200 exactly, also for what was there already."""
    now = timezone.now()
    keep(request, posthog.parse(request.content, now), "posthog", now)
    return JsonResponse({"status": 1})


@open_to_all("POST")
@IN_HEADER.opens
def events(request: Call) -> HttpResponse:
    """`/i/v1/analytics/events`: what became of each event, by its uuid; `retry` is never needed."""
    content = request.content
    if not isinstance(content, dict) or not isinstance(content.get("batch"), list):
        raise RefusedError(batch="The body is an object with a list `batch`.")
    now = timezone.now()
    sent_at = request.request.headers.get("PostHog-Request-Timestamp")
    parsed = posthog.parse(content, now, sent_at)
    keep(request, parsed, "posthog", now)
    return JsonResponse({"results": results(content["batch"], parsed)})


def results(batch: list[Any], parsed: Parsed) -> dict[str, Any]:
    """What became of the events by their uuids: those first that were not kept, the first of these
    with the reasons."""
    answer = {}
    for n, each in enumerate(parsed.refused):
        result = "drop" if each.is_error else "warning"
        details = {"details": reasons(each.errors)} if n < MOST_ANSWERED else {}
        answer[uuid_of(each.item)] = {"result": result} | details
    for item in batch:
        answer.setdefault(uuid_of(item), {"result": "ok"})
    return dict(islice(answer.items(), MOST_RESULTS))


def uuid_of(item: object) -> str:
    given = item.get("uuid") if isinstance(item, dict) else None
    return given if isinstance(given, str) and len(given) <= LONGEST_UUID else ""


@open_to_all("POST", "GET")
def flags(_request: HttpRequest) -> HttpResponse:
    """There are no feature flags here; the libraries go on without."""
    return JsonResponse(NO_FLAGS)


@open_to_all("GET")
def config(_request: HttpRequest, key: str, kind: str = "") -> HttpResponse:
    """What the browser library loads before it starts, as a script or as JSON."""
    abilities = ABILITIES | {"token": key}
    if kind != ".js":
        return JsonResponse(abilities)
    place = f'(window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{{}})["{key}"]'
    script = f"{place}={{config:{json.dumps(abilities)},siteApps:[]}};"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


# Every address with and without a slash at the end.
ROUTES = [
    re_path(r"^(?:batch|capture|e|i/v0/e)/?$", call, name="posthog"),
    re_path(r"^i/v1/analytics/events/?$", events, name="posthog-events"),
    re_path(r"^(?:flags|decide)/?$", flags, name="posthog-flags"),
    re_path(r"^array/(?P<key>[\w-]+)/config(?P<kind>\.js)?/?$", config),
]
