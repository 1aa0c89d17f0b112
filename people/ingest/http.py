"""The door of every place where clients send data: key, body, record, answer."""

import base64
import binascii
import logging
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeAlias

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from people import faults
from people.ingest.body import Text, TooLarge, Unreadable, read, unwrap
from people.ingest.messages import MOST_ANSWERED, Errors, Parsed, Refusal, RefusedError
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
                response = refusal(405, {"": [f"Use {' or '.join(methods)}."]})
                response["Allow"] = ", ".join([*methods, "OPTIONS"])
            else:
                response = view(request, **parts)
            return allowed(request, response)

        return answer

    return opened


def allowed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer, readable on the site that asked.

    Mixpanel's browser library sends with credentials, for which a browser does not take `*`.
    """
    response["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
    response["Access-Control-Allow-Credentials"] = "true"
    response["Access-Control-Expose-Headers"] = "Retry-After"
    patch_vary_headers(response, ["Origin"])
    return response


def permission(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    """What a browser asks before it sends."""
    asked = request.headers.get("Access-Control-Request-Headers", "authorization")
    headers = {
        "Access-Control-Allow-Headers": asked,
        "Access-Control-Allow-Methods": ", ".join([*methods, "OPTIONS"]),
        "Access-Control-Max-Age": "86400",
    }
    return HttpResponse(status=204, headers=headers)


# --- Key, then body -----------------------------------------------------------------------------

WRONG_KEY = "This write key is unknown or was revoked."
WRONG_SITE = (
    "This write key is not good for pages of {}. Its project's settings say for which it is."
)
# A body up to this size is read to find its key; a larger one is only looked through for a key that
# is known before anything is made of it.
SMALL_BODY = 65_536
KEY_IN_TEXT = re.compile(rb'"(?:api_key|token|\$token|writeKey)"\s{0,9}:\s{0,9}"([\w-]{1,64})"')
# How many of what may be keys are looked at, from the beginning and from the end.
MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Call:
    """A request of a known key: what it sent."""

    request: HttpRequest
    key: WriteKey
    content: Any
    fields: Mapping[str, str]


BODY_ENDED = "The body ended before it was all there."
DATABASE_AWAY = "Data cannot be kept at the moment. Send it again shortly."


@dataclass(frozen=True)
class Door:
    """Where a client family writes its key, and how its libraries are told that it did not work."""

    refuse: Callable[[int, Errors], HttpResponse]
    key: Callable[[HttpRequest], str]
    # Where a body has it; None where a family's keys stand in the header alone.
    key_in_body: Callable[[Any], object] | None = None

    def opens(self, view: Callable[..., HttpResponse]) -> View:
        """Looks the key up, reads what was sent for a view, and answers what no client can get
        wrong twice."""

        def answer(request: HttpRequest, **parts: str) -> HttpResponse:
            try:
                call = self.received(request)
                if call is None:
                    return self.refuse(401, {"": [WRONG_KEY]})
                origin = request.headers.get("Origin")
                if not call.key.is_good_on(origin):
                    return self.refuse(403, {"": [WRONG_SITE.format(origin)]})
                return view(call, **parts)
            except RefusedError as error:
                return self.refuse(400, error.errors)
            except TooLarge as error:
                return self.refuse(413, {"": [str(error)]})
            except (Unreadable, UnreadablePostError) as error:
                return self.unread(error)
            except (OperationalError, InterfaceError):
                log.exception("The database is away")
                return self.away()
            except Exception:
                # Sending the same again would fail again, so it is no 5xx.
                log.exception("A request could not be read")
                return self.refuse(400, {"": ["This could not be read. The log says why."]})

        return answer

    def unread(self, error: Unreadable | UnreadablePostError) -> HttpResponse:
        is_cut = isinstance(error, UnreadablePostError)
        return self.refuse(400, {"": [BODY_ENDED if is_cut else str(error)]})

    def away(self) -> HttpResponse:
        response = self.refuse(503, {"": [DATABASE_AWAY]})
        response["Retry-After"] = "5"
        return response

    def received(self, request: HttpRequest) -> Call | None:
        """What was sent; None where its key is none. Where the key stands in the header or in the
        address, the body of an unknown one is not read."""
        given = self.key(request)
        key = write_key(given) if given else None
        if key is None and (given or self.key_in_body is None):
            return None
        text = text_of(request)
        if key is None and len(text.json) > SMALL_BODY and not has_known_key(text.json):
            return None
        sent = text.parsed()
        if key is None and self.key_in_body is not None:
            key = write_key(self.key_in_body(sent.content) or sent.fields.get("api_key"))
        return Call(request, key, sent.content, sent.fields) if key else None


def text_of(request: HttpRequest) -> Text:
    if request.method == "GET":
        return unwrap(request.META.get("QUERY_STRING", "").encode())
    return unwrap(read(request, request.headers.get("Content-Encoding"), LARGEST_BODY))


def has_known_key(text: bytes) -> bool:
    """Whether a key that may write stands somewhere in a document."""
    found = (each[1].decode() for each in KEY_IN_TEXT.finditer(text))
    candidates = {*islice(found, MOST_LOOKED_AT), *deque(found, MOST_LOOKED_AT)}
    return WriteKey.objects.active().filter(key__in=candidates).exists()


def write_key(given: object) -> WriteKey | None:
    """The key that a client gave, if it may still write."""
    if not isinstance(given, str) or UNKEEPABLE.search(given):
        return None
    return WriteKey.objects.active().select_related("project").filter(key=given).first()


def keep(call: Call, parsed: Parsed, source: str, now: datetime) -> Receipt:
    faults.point("received")
    receipt = record(
        call.key.project,
        parsed.messages,
        source=source,
        write_key=call.key,
        received_at=now,
        refused=parsed.refused,
        sent=call.content,
    )
    faults.point("recorded")
    call.key.used()
    return receipt


def no_key(_request: HttpRequest) -> str:
    """For clients that write their key into the body alone."""
    return ""


def authorization(request: HttpRequest, wanted: str) -> str:
    """What stands behind `Basic`, `Bearer`, `App` … in the header; "" where another scheme does."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == wanted.lower() else ""


def basic_user(request: HttpRequest) -> str:
    encoded = authorization(request, "Basic")
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


# --- Answers ------------------------------------------------------------------------------------


def refusal(status: int, errors: Errors) -> HttpResponse:
    return JsonResponse({"errors": errors}, status=status)


def answered(refused: Sequence[Refusal], name: str) -> dict[str, Any]:
    """The first refusals of a request, and how many more there are where that is not all."""
    wrong = [each for each in refused if each.is_error]
    first = [{"index": each.index, "errors": each.errors} for each in wrong[:MOST_ANSWERED]]
    more = len(wrong) - len(first)
    return {name: first} | ({f"more_{name}": more} if more else {})
