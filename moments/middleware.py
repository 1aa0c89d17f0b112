"""What every answer has: the reader's locale, and who else may keep it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from people.locale import PLAIN, reader


class ReaderLocaleMiddleware:
    """Figures and days are written as the browser prefers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
        with reader(asked[0][0] if asked else PLAIN):
            response = self.get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        return response


class PrivateMiddleware:
    """What is told to one person is kept by nobody: no browser, no proxy, no other account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
        told = signed_in or request.path_info.startswith("/api/")
        if told and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ["Authorization", "Cookie"])
        return response
