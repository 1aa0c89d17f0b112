"""The gallery of every component in every state, for those who build pages."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@require_GET
def style_guide(request: HttpRequest) -> HttpResponse:
    """Only there while pages are built."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "styleguide.html")
