"""What every place where clients send data shares: key, body, record, answer."""

import base64
import binascii
import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

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


def received(view: Callable[..., HttpResponse]) -> View:
    """Reads what was sent for a view, and answers what no client can get wrong twice."""

    def answer(request: HttpRequest, **parts: str) -> HttpResponse:
        try:
            return view(request, sent_by(request), **parts)
        except TooLarge as error:
            return refusal(413, str(error))
        except Unreadable as error:
            return refusal(400, str(error))
        except UnreadablePostError:
            return refusal(400, "The body ended before it was all there.")
        except (OperationalError, InterfaceError):
            log.exception("The database is away")
            response = refusal(503, "Data cannot be kept at the moment. Send it again shortly.")
            response["Retry-After"] = "5"
            return response

    return answer


def sent_by(request: HttpRequest) -> Sent:
    if request.method == "GET":
        return decode(request.META.get("QUERY_STRING", "").encode())
    return decode(read(request, request.headers.get("Content-Encoding"), LARGEST_BODY))


WRONG_KEY = "This write key is unknown or was revoked."


def keep(key: WriteKey, parsed: Parsed, source: str, now: datetime) -> Receipt:
    return record(
        key.project,
        parsed.messages,
        source=source,
        write_key=key,
        received_at=now,
        refused=parsed.refused,
    )


def write_key(given: object) -> WriteKey | None:
    """The key that a client gave, if it may still write."""
    if not isinstance(given, str) or UNKEEPABLE.search(given):
        return None
    return WriteKey.objects.active().select_related("project").filter(key=given).first()


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


def refusal(status: int, text: str) -> HttpResponse:
    return JsonResponse({"errors": {"": [text]}}, status=status)
