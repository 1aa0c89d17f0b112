"""What happens to every request: whom it comes from, its id, health, the reader's locale, and who
else may keep the answer."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeAlias

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from moments import health
from moments.addresses import is_address, is_within
from moments.logs import route
from people import sign_ins, two_factor
from people.locale import PLAIN, reader
from people.tracing import request_id

log = logging.getLogger(__name__)

Answer: TypeAlias = Callable[[HttpRequest], HttpResponseBase]
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
WITHOUT_SECOND_FACTOR = ("account_reauthenticate", "sign-in", "sign-out")
PROBES = {
    "/health/live": health.live,
    "/health/ready": health.ready,
    "/metrics": health.metrics,
}


class ProxyMiddleware:
    """Believes what proxies say of whom they forward: those of TRUSTED_PROXIES, and no other."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.told = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sender = request.META.get("REMOTE_ADDR") or "127.0.0.1"
        if is_within(sender, settings.TRUSTED_PROXIES):
            request.META["REMOTE_ADDR"] = self.origin(request, sender)
        else:
            self.disbelieve(request, sender)
        return self.get_response(request)

    def origin(self, request: HttpRequest, sender: str) -> str:
        """The last address in the chain that is no proxy of ours."""
        chain = [each.strip() for each in request.META.get(FORWARDED[0], "").split(",")]
        for address in reversed([each for each in chain if is_address(each)]):
            sender = address
            if not is_within(address, settings.TRUSTED_PROXIES):
                break
        return sender

    def disbelieve(self, request: HttpRequest, sender: str) -> None:
        given = [name for name in FORWARDED if request.META.pop(name, None)]
        if given and settings.HTTPS and not self.told:
            self.told = True
            log.warning("%s forwards requests and is not in TRUSTED_PROXIES", sender)


class RequestIdMiddleware:
    """An id for every request, in its answer and in all that is logged meanwhile."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        known = given if re.fullmatch(r"[\w-]{8,64}", given, re.ASCII) else uuid.uuid4().hex
        token = request_id.set(known)
        began = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = known
            facts = {
                "method": request.method,
                "route": route(request),
                "status": response.status_code,
                "ms": round(1000 * (time.monotonic() - began)),
            }
            log.info("%(status)s %(method)s %(route)s in %(ms)s ms", facts, extra={"facts": facts})
            return response
        finally:
            request_id.reset(token)


class ProbeMiddleware:
    """Health and metrics, whatever name or scheme they are asked by."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = PROBES.get(request.path)
        if probe is None:
            return self.get_response(request)
        if probe is health.metrics and not is_within(
            request.META.get("REMOTE_ADDR") or "127.0.0.1", settings.METRICS_ALLOW
        ):
            return health.not_from_here()
        return probe()


class ReaderLocaleMiddleware:
    """Figures and days are written as the browser prefers."""

    def __init__(self, get_response: Answer) -> None:
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


class SignInMiddleware:
    """Writes down now and then that a browser was here, and asks for a second factor that is
    missing."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            sign_ins.seen(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        place = request.resolver_match
        name = (place.url_name if place else "") or ""
        is_way_to_it = name.startswith("mfa_") or name in WITHOUT_SECOND_FACTOR
        if is_way_to_it or not two_factor.is_missing(request):
            return None
        return redirect("mfa_index")
