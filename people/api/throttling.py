"""How often one may call: known callers often, wrong tokens seldom."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle

from people.models import TokenNote, User

if TYPE_CHECKING:
    from rest_framework.views import APIView


class ByAddress(SimpleRateThrottle):
    """Wrong tokens from one address."""

    scope = "wrong tokens"

    def get_cache_key(self, request: Request, _view: "APIView | None") -> str:
        ident = self.get_ident(request)
        return self.cache_format % {"scope": self.scope.replace(" ", "-"), "ident": ident}

    def count(self, request: Request) -> None:
        """Raises Throttled where there were too many."""
        if not self.allow_request(request, None):  # type: ignore[arg-type]
            raise Throttled(self.wait())


class ByUser(UserRateThrottle):
    """Calls of one user. How many are left goes with every answer (RateMiddleware)."""

    def allow_request(self, request: Request, view: "APIView | None") -> bool:
        allowed = super().allow_request(request, view)  # type: ignore[arg-type]
        most, seconds = self.parse_rate(self.rate)
        if most is not None and seconds is not None and self.key is not None:
            oldest = self.history[-1] if self.history else self.now
            reset = math.ceil(seconds - (self.now - oldest))
            rate = Rate(most, max(0, most - len(self.history)), reset)
            request._request.rate = rate  # type: ignore[attr-defined]
        return allowed


@dataclass(frozen=True)
class Rate:
    """How many calls there may be, how many are left, and in how many seconds there are more."""

    limit: int
    remaining: int
    reset: int


class RateMiddleware:
    """Says with every answer of the API how many more calls there may be, in the headers of the
    IETF's draft (draft-ietf-httpapi-ratelimit-headers-06)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        caller: User | None = getattr(request, "caller", None)
        if caller and not hasattr(request, "rate"):
            count(request, caller)
        rate: Rate | None = getattr(request, "rate", None)
        if rate:
            response["RateLimit-Limit"] = str(rate.limit)
            response["RateLimit-Remaining"] = str(rate.remaining)
            response["RateLimit-Reset"] = str(rate.reset)
        return response


def count(request: HttpRequest, caller: User) -> None:
    """One more call, of those that were answered before anybody counted: refused for what they may
    not see, or answered again from memory."""
    call = Request(request)
    call.user = caller
    ByUser().allow_request(call, None)


class Tokens(TokenAuthentication):  # type: ignore[misc]
    """Bearer tokens. Whoever tries wrong ones has to wait; a right one is always let in, so that
    nobody locks out others behind the same address."""

    def authenticate(self, request: Request) -> Any:
        try:
            found = super().authenticate(request)
        except AuthenticationFailed:
            ByAddress().count(request)
            raise
        if found and (note := TokenNote.objects.filter(token=found[1]).first()):
            note.used()
            request.reads_only = note.read_only  # type: ignore[attr-defined]
            found[0].only_project = note.project_id
        if found:
            request._request.caller = found[0]  # type: ignore[attr-defined]
        return found
