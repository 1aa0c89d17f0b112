"""Pages of the shell: what to say where nothing can be said, and the gallery of components."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.views.decorators.http import require_GET
from django.views.defaults import server_error


@require_GET
def style_guide(request: HttpRequest) -> HttpResponse:
    """Only there while pages are built."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "styleguide.html")


def broken(request: HttpRequest) -> HttpResponse:
    """What a page answers that failed; of a database that is away or busy, when to come back."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        text = get_template("503.html").render()
        return HttpResponse(text, status=503, headers={"Retry-After": "5"})
    return server_error(request)
