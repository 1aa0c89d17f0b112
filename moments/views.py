"""Pages of the shell: what to say where nothing can be said, and the gallery of components."""

import sys
from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.views.decorators.http import require_GET

from moments.examples import EXAMPLES
from moments.gallery import example
from moments.status import status_of
from people.access import Request, owned
from people.models import Project, User
from people.tracing import request_id


@require_GET
def style_guide(request: HttpRequest) -> HttpResponse:
    """Only there while pages are built."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "styleguide.html", example())


@login_required
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """The first calls of the API, written for a project that the reader has."""
    user = cast("User", request.user)
    known = Project.objects.visible_to(user)
    asked = known.filter(slug=request.GET.get("of", "").replace("\0", "")).first() or known.first()
    slug = asked.slug if asked else "my-project"
    parts = {
        "<ORIGIN>": request.build_absolute_uri("/").rstrip("/"),
        "<PROJECT>": slug,
        "<TOKEN>": "TOKEN",
    }
    context = {
        "slug": slug,
        "examples": [each.filled(parts) for each in EXAMPLES],
        "groups": settings.SPECTACULAR_SETTINGS["TAGS"],
    }
    return render(request, "help.html", context)


@login_required
@require_GET
def status(request: HttpRequest, slug: str) -> HttpResponse:
    """What of a project is behind and since when, for its owners."""
    project = owned(cast("Request", request), slug)
    lines = status_of(project)
    context = {"project": project, "lines": lines}
    context["ill"] = sum(not each.is_well for each in lines)
    return render(request, "status.html", context)


def broken(_request: HttpRequest) -> HttpResponse:
    """What a page answers that failed; of a database that is away or busy, when to come back."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        text = get_template("503.html").render()
        return HttpResponse(text, status=503, headers={"Retry-After": "5"})
    page = get_template("500.html").render({"request_id": request_id.get()})
    return HttpResponse(page, status=500)
