"""PostHog: events in both versions of its wire format, and what its browser library asks for."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from people.ingest import posthog
from people.ingest.body import Sent
from people.ingest.http import (
    WRONG_KEY,
    authorization,
    keep,
    open_to_all,
    received,
    refusal,
    write_key,
)

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


@open_to_all("POST")
@received
def call(request: HttpRequest, sent: Sent) -> HttpResponse:  # noqa: ARG001
    """`/batch/`, `/capture/`, `/e/`: 200 exactly, also for what was there already."""
    key = write_key(posthog.key_of(sent.content))
    if key is None:
        return JsonResponse({"detail": WRONG_KEY}, status=401)
    now = timezone.now()
    keep(key, posthog.parse(sent.content, now), "posthog", now)
    return JsonResponse({"status": 1})


@open_to_all("POST")
@received
def events(request: HttpRequest, sent: Sent) -> HttpResponse:
    """`/i/v1/analytics/events`: what became of each event, by its uuid; `retry` is never needed."""
    key = write_key(authorization(request, "Bearer"))
    if key is None:
        return JsonResponse({"detail": WRONG_KEY}, status=401)
    if not isinstance(sent.content, dict) or not isinstance(sent.content.get("batch"), list):
        return refusal(400, "The body is an object with a list `batch`.")
    now = timezone.now()
    parsed = posthog.parse(sent.content, now, request.headers.get("PostHog-Request-Timestamp"))
    keep(key, parsed, "posthog", now)
    results = {uuid_of(each): {"result": "ok"} for each in sent.content["batch"]}
    for refused in parsed.refused:
        reasons = "; ".join(text for texts in refused.errors.values() for text in texts)
        results[uuid_of(refused.item)] = {"result": "drop", "details": reasons}
    return JsonResponse({"results": results})


def uuid_of(item: object) -> str:
    return str(item.get("uuid", "")) if isinstance(item, dict) else ""


@open_to_all("POST", "GET")
def flags(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """There are no feature flags here; the libraries go on without."""
    return JsonResponse(NO_FLAGS)


@open_to_all("GET")
def config(request: HttpRequest, key: str, kind: str = "") -> HttpResponse:  # noqa: ARG001
    """What the browser library loads before it starts, as a script or as JSON."""
    abilities = ABILITIES | {"token": key}
    if kind != ".js":
        return JsonResponse(abilities)
    place = f'(window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{{}})["{key}"]'
    script = f"{place}={{config:{json.dumps(abilities)},siteApps:[]}};"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")
