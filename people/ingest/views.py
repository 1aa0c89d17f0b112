"""Where clients send data: key, body, parser, record, answer."""

import base64
import binascii
import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from people.ingest import segment
from people.ingest.body import TooLarge, Unreadable, parse_json, read
from people.ingest.record import record
from people.models import WriteKey

log = logging.getLogger(__name__)

LARGEST_BODY = 20 * 1024 * 1024


def open_to_all(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lets a browser on any site call: a write key can read nothing, and no cookie is looked at."""

    @csrf_exempt
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            asked = request.headers.get("Access-Control-Request-Headers", "authorization")
            response["Access-Control-Allow-Headers"] = asked
            response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
            response["Access-Control-Max-Age"] = "86400"
        elif request.method != "POST":
            response = refusal(405, "Send data with POST.")
            response["Allow"] = "POST, OPTIONS"
        else:
            response = view(request, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return answer


@open_to_all
def segment_call(request: HttpRequest, call: str) -> HttpResponse:
    """Segment's HTTP API: `batch`, or one `track`, `identify`, `alias`."""
    try:
        body = parse_json(read(request, request.headers.get("Content-Encoding"), LARGEST_BODY))
    except TooLarge as error:
        return refusal(413, str(error))
    except Unreadable as error:
        return refusal(400, str(error))
    if not isinstance(body, dict) or (call == "batch" and not isinstance(body.get("batch"), list)):
        return refusal(400, "The body is an object with the message, or with a list `batch`.")
    try:
        return keep(
            request, body if call == "batch" else {"batch": [body | {"type": call}]} | sent(body)
        )
    except OperationalError:
        log.exception("The database is away")
        response = refusal(503, "Data cannot be kept at the moment. Send it again shortly.")
        response["Retry-After"] = "5"
        return response


def sent(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: body[key] for key in ("sentAt", "writeKey") if key in body}


def keep(request: HttpRequest, body: Mapping[str, Any]) -> HttpResponse:
    key = write_key(request, body)
    if key is None:
        return refusal(401, "This write key is unknown or was revoked.")
    received = timezone.now()
    parsed = segment.parse(body, received)
    receipt = record(
        key.project,
        parsed.messages,
        source="segment",
        write_key=key,
        received_at=received,
        refused=len(parsed.refused),
    )
    return JsonResponse(
        {
            "success": True,
            "accepted": receipt.accepted,
            "duplicates": receipt.duplicates,
            "refused": [{"index": each.index, "errors": each.errors} for each in parsed.refused],
        }
    )


def write_key(request: HttpRequest, body: Mapping[str, Any]) -> WriteKey | None:
    """The key as the user name of Basic auth, else as `writeKey` in the body."""
    given = basic_user(request) or body.get("writeKey")
    if not isinstance(given, str) or "\0" in given:
        return None
    return WriteKey.objects.active().select_related("project").filter(key=given).first()


def basic_user(request: HttpRequest) -> str:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def refusal(status: int, text: str) -> HttpResponse:
    return JsonResponse({"errors": {"": [text]}}, status=status)
