"""Mixpanel: events, profiles, groups and imports, answered as each of its libraries reads it."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import re_path
from django.utils import timezone

from people.ingest import mixpanel
from people.ingest.http import Call, Door, answered, basic_user, keep, open_to_all, write_key
from people.ingest.messages import Errors, Parsed, reasons


def failed(status: int, errors: Errors) -> HttpResponse:
    """Its Python library reads `status` and `error` on every path."""
    return JsonResponse({"status": 0, "error": reasons(errors), "errors": errors}, status=status)


def key_of(request: HttpRequest) -> str:
    """In the header or in the address, where it is ours: what tools write there besides the key in
    the events may be a secret of the vendor's."""
    for given in (request.GET.get("api_key"), basic_user(request)):
        if given and write_key(given):
            return given
    return ""


DOOR = Door(refuse=failed, key=key_of, key_in_body=mixpanel.key_of)


@open_to_all("POST", "GET")
@DOOR.opens
def call(request: Call, kind: str) -> HttpResponse:
    """`/track`, `/engage`, `/groups`, `/import`: `1`, or JSON where the client asks for it."""
    asked = {**request.request.GET.dict(), **request.fields}
    now = timezone.now()
    parsed = mixpanel.parse(request.content, now)
    keep(request, parsed, "mixpanel", now)
    if kind == "import" and asked.get("strict") == "1":
        return strictly(parsed)
    if asked.get("verbose") == "1":
        return JsonResponse({"status": 1, "error": None})
    return HttpResponse("1")


def strictly(parsed: Parsed) -> HttpResponse:
    """How an import went, event by event."""
    refused = answered(parsed.refused, "failed_records")
    refused["failed_records"] = [
        {
            "index": each["index"],
            "field": next(iter(each["errors"]), ""),
            "message": reasons(each["errors"]),
        }
        for each in refused["failed_records"]
    ]
    wrong = bool(refused["failed_records"])
    answer = {
        "code": 400 if wrong else 200,
        "status": "Bad Request" if wrong else "OK",
        "num_records_imported": len(parsed.messages),
    }
    return JsonResponse(answer | refused, status=400 if wrong else 200)


# Every address with and without a slash at the end.
ROUTES = [re_path(r"^(?P<kind>track|engage|groups|import)/?$", call, name="mixpanel")]
