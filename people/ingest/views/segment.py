"""Segment and RudderStack."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import re_path
from django.utils import timezone

from people.ingest import segment
from people.ingest.http import Call, Door, answered, basic_user, keep, open_to_all, refusal
from people.ingest.messages import RefusedError

SHORT = {"b": "batch", "t": "track", "i": "identify", "p": "page", "a": "alias", "g": "group"}
SHORT |= {"s": "screen", "import": "batch"}


DOOR = Door(refuse=refusal, key=basic_user, key_in_body=segment.key_of)


@open_to_all("POST")
@DOOR.opens
def segment_call(request: Call, call: str) -> HttpResponse:
    """`batch`, or one `track`, `identify`, `alias`, `page`, `screen`, `group`."""
    call, body = SHORT.get(call, call), request.content
    if not isinstance(body, dict):
        raise RefusedError(**{"": "The body is an object."})
    several = isinstance(body.get("batch"), list)
    if call == "batch" and not several:
        raise RefusedError(**{"": "The body is an object with a list `batch`."})
    one = {name: value for name, value in body.items() if name != "writeKey"} | {"type": call}
    now = timezone.now()
    parsed = segment.parse(body["batch"] if several else [one], body.get("sentAt"), now)
    receipt = keep(request, parsed, "segment", now)
    counts = {"accepted": receipt.accepted, "duplicates": receipt.duplicates}
    return JsonResponse({"success": True, **counts} | answered(parsed.refused, "refused"))


@open_to_all("GET")
def source_config(request: HttpRequest) -> HttpResponse:
    """What RudderStack's browser library asks for before it sends: no other destinations."""
    off = {"enabled": False}
    source = {
        "id": "moments",
        "name": "Moments",
        "workspaceId": "moments",
        "writeKey": basic_user(request) or request.GET.get("writeKey", ""),
        "enabled": True,
        "config": {"statsCollection": {"errors": off, "metrics": off}},
        "destinations": [],
        "connections": [],
    }
    return JsonResponse({"source": source, "updatedAt": "2026-01-01T00:00:00.000Z"})


@open_to_all("GET")
def segment_settings(_request: HttpRequest, key: str) -> HttpResponse:
    """What the browser library asks for before it sends: one destination, this one."""
    return JsonResponse({"integrations": {"Segment.io": {"apiKey": key}}, "plan": {}})


# Every address with and without a slash at the end.
CALLS = "batch|track|identify|alias|page|screen|group|import|b|t|i|a|p|s|g"
ROUTES = [
    re_path(rf"^v1/(?P<call>{CALLS})/?$", segment_call, name="segment"),
    re_path(r"^v1/projects/(?P<key>[\w-]+)/settings/?$", segment_settings, name="segment-settings"),
    re_path(r"^sourceConfig/?$", source_config, name="source-config"),
]
