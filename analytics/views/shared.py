"""Where the link of a share leads, without an account: one report or dashboard alone."""

import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods

from analytics.models import Share
from analytics.models.shares import UNLOCKED
from analytics.presentation.shared import shared as parts_of
from people.tries import TOO_OFTEN, WAIT, Tries

# What takes longer shows that it does: the page asks again by itself.
PATIENCE = 1.0
PRIVATE = {
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex, nofollow",
    # The address is told to no other site. To ours it has to be: from a page that says nothing at
    # all browsers send a form without its origin, and the password would be refused as forged.
    "Referrer-Policy": "same-origin",
}


@require_http_methods(["GET", "POST"])
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """A page of its own. POST gives the password."""
    return private(answered(request, token, embed=False))


@xframe_options_exempt
@require_http_methods(["GET", "POST"])
def embedded(request: HttpRequest, token: str) -> HttpResponse:
    """The same in a frame, on the pages that the share names."""
    share = Share.objects.opened_by(token)
    response = private(answered(request, token, embed=True))
    if share and share.origins:
        response._csp_replace = {"frame-ancestors": share.origins}  # type: ignore[attr-defined]
    return response


def private(response: HttpResponse) -> HttpResponse:
    for name, value in PRIVATE.items():
        response[name] = value
    return response


def answered(request: HttpRequest, token: str, *, embed: bool) -> HttpResponse:
    share = Share.objects.opened_by(token)
    if share is None:
        # Whether there ever was one is not told.
        return render(request, "analytics/shared-gone.html", status=404)
    if share.password and not share.is_unlocked_by(request.COOKIES.get(cookie_of(share), "")):
        return locked(request, share)
    content = parts_of(share, time.monotonic() + PATIENCE)
    if not content.is_waiting and request.method == "GET":
        share.count()
    context = {"share": share, "shared": content, "embed": embed}
    return render(request, "analytics/shared.html", context)


def cookie_of(share: Share) -> str:
    return f"share-{share.pk.hex}"


def locked(request: HttpRequest, share: Share) -> HttpResponse:
    """The question for the password, and what follows from the answer."""
    tries, error, status = Tries.of(cookie_of(share), request), "", 200
    if request.method == "POST" and tries.too_many:
        error, status = TOO_OFTEN, 429
    elif request.method == "POST":
        if share.takes(request.POST.get("password", "")):
            return unlocked(request, share)
        tries.count()
        error = "This is not the password. Ask whoever sent you the link."
    response = render(request, "analytics/shared-locked.html", {"error": error}, status=status)
    if status == 429:
        response["Retry-After"] = str(WAIT)
    return response


def unlocked(request: HttpRequest, share: Share) -> HttpResponse:
    """To the same address again, which is open for a while."""
    response = redirect(request.path)
    response.set_cookie(
        cookie_of(share),
        share.unlocking,
        max_age=UNLOCKED,
        path=request.path,
        httponly=True,
        secure=settings.HTTPS,
        samesite="Lax",
    )
    return response
