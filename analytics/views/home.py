"""A project's home: what changed, what is looked at most, or how to begin."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from analytics.definitions.kinds import Kind
from analytics.presentation.news import known_news, news
from analytics.store.client import StoreError
from analytics.views.dashboards import board
from analytics.views.demo import state_of
from people.access import Request, may_edit, project_of
from people.models import Event, EventDefinition, Project
from people.models.freshness import freshness
from people.snippets import chosen, snippets

RECENT = 8


@login_required
@require_GET
@vary_on_headers("HX-Request")
def changes(request: Request, slug: str) -> HttpResponse:
    """What changed in the last week, beyond chance; on the home it comes after the page."""
    found = project_of(request, slug)
    context: dict[str, Any] = {"project": found}
    try:
        context["news"] = news(found)
    except StoreError as error:
        context["error"] = str(error)
    part = "#news" if request.htmx else ""
    return render(request, "analytics/news.html" + part, context)


@login_required
@require_GET
@vary_on_headers("HX-Request")
def begin(request: Request, slug: str) -> HttpResponse:
    """From nothing to the first answer: how to send an event, the event as it arrives, a question
    about it. By htmx what has arrived so far."""
    found = project_of(request, slug)
    context = first_steps(request, found)
    part = "#arrived" if request.htmx else ""
    return render(request, "analytics/begin.html" + part, context)


def first_steps(request: Request, found: Project) -> dict[str, Any]:
    """What the first steps show: the snippets, the one that is chosen, the first event."""
    offered = snippets(request, found.write_keys.active().first())
    return {
        "project": found,
        "snippets": offered,
        "snippet": chosen(offered, request.GET.get("from", "")),
        "first": first_event(found),
        **state_of(request, found),
        "may_edit": may_edit(request, found),
    }


def first_event(found: Project) -> Event | None:
    """The newest event while there are few: the project's first. Found through its requests."""
    brought = Event.objects.filter(batch__in=found.batches.order_by("-received_at")[:RECENT])
    return brought.select_related("definition", "person").order_by("-pk").first()


@login_required
@require_GET
def project(request: Request, slug: str) -> HttpResponse:
    """What changed, the pinned dashboard, recent reports and where data stands; or how to begin."""
    found = project_of(request, slug)
    context: dict[str, Any] = {
        "project": found,
        "today": timezone.now().astimezone(found.zone).date(),
        "news": known_news(found),
        "fresh": freshness(found),
        "keys": found.write_keys.active().order_by("pk"),
        "reports": found.reports.kept()[:RECENT],
        # As a tuple: a template calls what is callable, and a class is.
        "kinds": tuple(Kind),
        "has_data": EventDefinition.objects.filter(project=found).exists(),
        **state_of(request, found),
    }
    if not context["has_data"]:
        context |= first_steps(request, found)
    pinned = found.dashboards.filter(is_pinned=True).first()
    context |= board(request, found, pinned) if pinned else {}
    return render(request, "analytics/project.html", context)
