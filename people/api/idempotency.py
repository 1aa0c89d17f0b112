"""`Idempotency-Key`: a call that makes something can be sent again, and makes it once.

As in the IETF's draft of the header (draft-ietf-httpapi-idempotency-key-header): the first call
under a key is done, and what it answered is kept with it in one transaction; the same call again is
answered the same, another one under the same key is refused. What was refused changed nothing and
is tried again.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from people.models import Answered, User
from people.models.answered import LONGEST_KEY

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
OTHER_CALL = "This key was sent with another call. Take a new one for each thing to make."
# What stands in a header as it is.
KEY = re.compile("[!-~]+")
NO_KEY = f"Give 1 to {LONGEST_KEY} letters, digits and signs, without spaces."
SHOWN_ONCE = "This was done under this key already, and what it showed is shown once."


class IdempotencyMiddleware:
    """Looks at POSTs of the API that change something, and at no other request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        key = request.headers.get(HEADER)
        kind = getattr(view, "cls", None)
        if request.method != "POST" or key is None or kind is None:
            return None
        # What only asks can be asked again as it is; an unknown caller is refused by the view.
        if only_asks(kind) or (user := caller(request)) is None:
            return None
        # What is answered from memory is a call, too.
        request.caller = user  # type: ignore[attr-defined]
        if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
            return refusal(400, {HEADER: [NO_KEY]})
        try:
            call = Answered(user=user, key=key, fingerprint=fingerprint(request))
        except RequestDataTooBig:
            return None
        # The view waits for nobody: what it made is seen by others only afterwards.
        request.waits_for_nobody = True  # type: ignore[attr-defined]
        shows_once = getattr(kind, "shows_once", False)
        return once(call, lambda: view(request, *args, **kwargs), shows_once)


def only_asks(view: Any) -> bool:
    """Whether a view makes nothing, so that calling it twice is no harm."""
    return getattr(view, "only_asks", False) and not getattr(view, "makes_files", False)


def caller(request: HttpRequest) -> User | None:
    try:
        found = TokenAuthentication().authenticate(Request(request))
    except AuthenticationFailed:
        return None
    return found[0] if found else None


def fingerprint(request: HttpRequest) -> str:
    return sha256(request.get_full_path().encode() + b"\0" + request.body).hexdigest()


def once(call: Answered, do: Callable[[], Any], shows_once: bool) -> HttpResponseBase:
    """Do what is called for, unless it was done. Of two at the same time one waits for the
    other."""
    known = Answered.objects.filter(user=call.user, key=call.key).first()
    if known:
        return again(known, call)
    try:
        with transaction.atomic():
            call.save()
            response: HttpResponse = do().render()
            if response.status_code >= 300:
                transaction.set_rollback(True)
                return response
            call.status = response.status_code
            call.body = "" if shows_once else response.content.decode()
            call.save(update_fields=["status", "body"])
            return response
    except IntegrityError:
        return again(Answered.objects.get(user=call.user, key=call.key), call)


def again(known: Answered, call: Answered) -> HttpResponse:
    if known.fingerprint != call.fingerprint:
        return refusal(409, {HEADER: [OTHER_CALL]})
    if not known.body:
        return refusal(409, {HEADER: [SHOWN_ONCE]})
    response = HttpResponse(known.body, status=known.status, content_type="application/json")
    response[REPLAYED] = "true"
    return response


def refusal(status: int, errors: dict[str, list[str]]) -> JsonResponse:
    return JsonResponse({"errors": errors}, status=status)
