"""The catalogue of events: how often each comes, and what its properties hold."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from analytics.models import (
    ask,
    holdings,
    last_events,
    lately,
)
from analytics.models.uses import uses_of_name
from analytics.store.client import StoreError
from analytics.views.reports import PATIENCE, shown
from people.access import Request, editable, may_edit, project_of
from people.models import EventDefinition

LAST = 8


@login_required
@require_http_methods(["GET", "POST"])
def event(request: Request, slug: str, pk: int) -> HttpResponse:
    """One event: its words, how often it came, what its properties hold, where it is used."""
    project = project_of(request, slug)
    found = get_object_or_404(EventDefinition.objects.filter(project=project), pk=pk)
    uses, asks = uses_of_name(found), False
    if request.method == "POST":
        editable(request, slug)
        # Where it is used is shown before it goes.
        asks = request.POST.get("do") == "archive" and bool(uses) and "sure" not in request.POST
        if not asks:
            change(request, found)
            return redirect("event", slug, pk)
    context: dict[str, Any] = {
        "project": project,
        "event": found,
        "uses": uses,
        "asks": asks,
        "may_edit": may_edit(request, project),
    }
    try:
        context["rows"] = holdings(project, found.name, list(found.properties.all()))
        context["lately"] = lately(project, found.name)
        context["last"] = last_events(project, found.name, LAST)
    except StoreError as error:
        context["error"] = str(error)
    return render(request, "analytics/event.html", context)


@login_required
@require_GET
def volume(request: Request, slug: str, pk: int) -> HttpResponse:
    """How often an event came in the last 30 days, as its report draws it; by itself it leads to
    that report."""
    project = project_of(request, slug)
    found = get_object_or_404(EventDefinition.objects.filter(project=project), pk=pk)
    if not request.htmx:
        query = {"metric": "events", "period": "last_30_days", "event-0": found.name}
        return redirect(f"{reverse('segmentation', args=[slug])}?{urlencode(query)}")
    definition = {
        "kind": "segmentation",
        "metric": "events",
        "period": {"preset": "last_30_days"},
        "events": [{"event": found.name}],
        "compare": "previous_period",
    }
    run = ask(project, definition, wait=PATIENCE)
    context = {"project": project, "tile": True, "key": "volume-", **shown(run)}
    return render(request, "components/tile.html", context)


def change(request: Request, event: EventDefinition) -> None:
    match request.POST.get("do"):
        case "archive":
            event.is_archived = True
            messages.success(request, f"“{event}” is archived: it is no longer offered.")
        case "restore":
            event.is_archived, event.over_cap = False, False
            messages.success(request, f"“{event}” is offered again.")
        case _:
            title = request.POST.get("title", "").replace("\0", "").strip()[:200]
            event.title = "" if title == event.name else title
            event.description = request.POST.get("description", "").replace("\0", "").strip()
            messages.success(request, "Saved.")
    event.save()
