"""In which locale figures and days are written on pages: the one that the browser prefers."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from people.locale import PLAIN, reader


class ReaderLocaleMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
        with reader(asked[0][0] if asked else PLAIN):
            response = self.get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        return response
