"""How often one may call: known callers often, wrong tokens seldom."""

from typing import TYPE_CHECKING, Any

from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from people.models import TokenNote

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
        return found
