"""Segment and RudderStack."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from people.ingest import segment
from people.ingest.body import Sent
from people.ingest.http import (
    WRONG_KEY,
    basic_user,
    keep,
    open_to_all,
    received,
    refusal,
    write_key,
)

SHORT = {"b": "batch", "t": "track", "i": "identify", "p": "page", "a": "alias", "g": "group"}
SHORT |= {"s": "screen", "import": "batch"}


@open_to_all("POST")
@received
def segment_call(request: HttpRequest, sent: Sent, call: str) -> HttpResponse:
    """`batch`, or one `track`, `identify`, `alias`, `page`, `screen`, `group`."""
    call, body = SHORT.get(call, call), sent.content
    several = isinstance(body, dict) and isinstance(body.get("batch"), list)
    if not isinstance(body, dict) or (call == "batch" and not several):
        return refusal(400, "The body is an object with the message, or with a list `batch`.")
    key = write_key(basic_user(request) or body.get("writeKey"))
    if key is None:
        return refusal(401, WRONG_KEY)
    message = {name: value for name, value in body.items() if name != "writeKey"}
    now = timezone.now()
    parsed = segment.parse(body if several else message | {"type": call}, now)
    receipt = keep(key, parsed, "segment", now)
    return JsonResponse(
        {
            "success": True,
            "accepted": receipt.accepted,
            "duplicates": receipt.duplicates,
            "refused": [{"index": each.index, "errors": each.errors} for each in parsed.refused],
        }
    )


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
def segment_settings(request: HttpRequest, key: str) -> HttpResponse:  # noqa: ARG001
    """What the browser library asks for before it sends: one destination, this one."""
    return JsonResponse({"integrations": {"Segment.io": {"apiKey": key}}, "plan": {}})
