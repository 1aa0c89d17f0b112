"""A project's home: what is looked at most, or how to begin."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from analytics.definitions.kinds import Kind
from analytics.views.dashboards import board
from people.access import Request, project_of
from people.models import EventDefinition, Project

RECENT = 8


@login_required
@require_GET
def project(request: Request, slug: str) -> HttpResponse:
    """The pinned dashboard and recent reports, or how to send the first data."""
    found = project_of(request, slug)
    context = {
        "project": found,
        "reports": found.reports.kept()[:RECENT],
        # As a tuple: a template calls what is callable, and a class is.
        "kinds": tuple(Kind),
        "is_owner": Project.objects.owned_by(request.user).filter(pk=found.pk).exists(),
        "has_data": EventDefinition.objects.filter(project=found).exists(),
        "write_key": found.write_keys.active().first(),
        "origin": request.build_absolute_uri("/").rstrip("/"),
    }
    pinned = found.dashboards.filter(is_pinned=True).first()
    context |= board(request, found, pinned) if pinned else {}
    return render(request, "analytics/project.html", context)
