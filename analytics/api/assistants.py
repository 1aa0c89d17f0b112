"""The door for assistants (contract §6): the same tokens, rights and limits as the API."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from people.api.access import signed_in


class AssistantView(APIView):
    """Speaks the Model Context Protocol; every tool only reads."""

    only_asks = True

    @extend_schema(exclude=True)
    def post(self, request: Request) -> HttpResponse:
        # The protocol's library takes seconds to be imported, which only those pay who use it.
        from analytics.mcp.server import serve  # noqa: PLC0415

        return serve(request._request, signed_in(request))
