"""Where clients send data: key, body, parser, record, answer."""

import base64
import binascii
import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from people.ingest import mixpanel, posthog, segment
from people.ingest.body import Sent, TooLarge, Unreadable, decode, read
from people.ingest.messages import Parsed
from people.ingest.record import Receipt, record
from people.models import WriteKey
from people.values import UNKEEPABLE

log = logging.getLogger(__name__)

LARGEST_BODY = 20 * 1024 * 1024
View: TypeAlias = Callable[..., HttpResponse]


def open_to_all(*methods: str) -> Callable[[View], View]:
    """Lets a browser on any site call: a write key can read nothing, and no cookie is looked at."""

    def opened(view: View) -> View:
        @csrf_exempt
        def answer(request: HttpRequest, **parts: str) -> HttpResponse:
            if request.method == "OPTIONS":
                response = permission(request, methods)
            elif request.method not in methods:
                response = refusal(405, f"Use {' or '.join(methods)}.")
                response["Allow"] = ", ".join([*methods, "OPTIONS"])
            else:
                response = view(request, **parts)
            response["Access-Control-Allow-Origin"] = "*"
            return response

        return answer

    return opened


def permission(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    """What a browser asks before it sends."""
    asked = request.headers.get("Access-Control-Request-Headers", "authorization")
    headers = {
        "Access-Control-Allow-Headers": asked,
        "Access-Control-Allow-Methods": ", ".join([*methods, "OPTIONS"]),
        "Access-Control-Max-Age": "86400",
    }
    return HttpResponse(status=204, headers=headers)


def received(view: Callable[..., HttpResponse]) -> View:
    """Reads what was sent for a view, and answers what no client can get wrong twice."""

    def answer(request: HttpRequest, **parts: str) -> HttpResponse:
        try:
            return view(request, sent_by(request), **parts)
        except TooLarge as error:
            return refusal(413, str(error))
        except Unreadable as error:
            return refusal(400, str(error))
        except OperationalError:
            log.exception("The database is away")
            response = refusal(503, "Data cannot be kept at the moment. Send it again shortly.")
            response["Retry-After"] = "5"
            return response

    return answer


def sent_by(request: HttpRequest) -> Sent:
    if request.method == "GET":
        return decode(request.META.get("QUERY_STRING", "").encode())
    return decode(read(request, request.headers.get("Content-Encoding"), LARGEST_BODY))


# --- Segment and RudderStack --------------------------------------------------------------------

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
def segment_settings(request: HttpRequest, key: str) -> HttpResponse:  # noqa: ARG001
    """What the browser library asks for before it sends: one destination, this one."""
    return JsonResponse({"integrations": {"Segment.io": {"apiKey": key}}, "plan": {}})


# --- PostHog ------------------------------------------------------------------------------------


@open_to_all("POST")
@received
def posthog_call(request: HttpRequest, sent: Sent) -> HttpResponse:  # noqa: ARG001
    """`/batch/`, `/capture/`, `/e/`: 200 exactly, also for what was there already."""
    key = write_key(posthog.key_of(sent.content))
    if key is None:
        return JsonResponse({"detail": WRONG_KEY}, status=401)
    now = timezone.now()
    parsed = posthog.parse(sent.content, now)
    keep(key, parsed, "posthog", now)
    return JsonResponse({"status": 1})


@open_to_all("POST", "GET")
def posthog_flags(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """There are no feature flags here; the libraries go on without."""
    return JsonResponse(
        {
            "flags": {},
            "featureFlags": {},
            "featureFlagPayloads": {},
            "errorsWhileComputingFlags": False,
        }
    )


# --- Mixpanel -----------------------------------------------------------------------------------


@open_to_all("POST", "GET")
@received
def mixpanel_call(request: HttpRequest, sent: Sent) -> HttpResponse:
    """`/track`, `/engage`: `1`, or the JSON that some of the libraries need on every path."""
    key = write_key(mixpanel.key_of(sent.content))
    if key is None:
        return JsonResponse({"status": 0, "error": WRONG_KEY}, status=401)
    now = timezone.now()
    keep(key, mixpanel.parse(sent.content, now), "mixpanel", now)
    if "1" in (request.GET.get("verbose"), sent.fields.get("verbose")):
        return JsonResponse({"status": 1, "error": None})
    return HttpResponse("1")


# --- Keys and answers ---------------------------------------------------------------------------

WRONG_KEY = "This write key is unknown or was revoked."


def keep(key: WriteKey, parsed: Parsed, source: str, now: datetime) -> Receipt:
    return record(
        key.project,
        parsed.messages,
        source=source,
        write_key=key,
        received_at=now,
        refused=len(parsed.refused),
    )


def write_key(given: object) -> WriteKey | None:
    """The key that a client gave, if it may still write."""
    if not isinstance(given, str) or UNKEEPABLE.search(given):
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
