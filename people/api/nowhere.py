"""Addresses below `/api/` that are none: a final slash that is missing, or nothing at all."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.views import APIView


class Nothing(APIView):
    """Says that there is nothing, as every refusal is said."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound("There is no such address.")


# A body is as welcome without the slash as with it; a redirection would lose it.
@csrf_exempt
def elsewhere(request: HttpRequest, rest: str) -> HttpResponseBase:
    if not rest.endswith("/"):
        try:
            there = resolve(f"{request.path_info}/")
        except Resolver404:
            there = None
        if there and there.func is not elsewhere:
            answer: HttpResponseBase = there.func(request, *there.args, **there.kwargs)
            return answer
    return Nothing.as_view()(request)
