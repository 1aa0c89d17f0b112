"""The catalogue of events: how often each comes, and what its properties hold."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from analytics.models import event_examples, event_volumes, recent_days, scope_of
from analytics.store.client import StoreError
from people.access import Request, editable, may_edit, project_of
from people.models import EventDefinition
from people.models.catalogue import MOST_EVENTS


@login_required
@require_GET
def events(request: Request, slug: str) -> HttpResponse:
    """Every event with its last 30 days, those that still come in first."""
    project = project_of(request, slug)
    archived = "archived" in request.GET
    defined = EventDefinition.objects.filter(project=project, archived_at__isnull=not archived)
    context: dict[str, Any] = {
        "project": project,
        "archived": archived,
        "beyond": EventDefinition.objects.filter(project=project, over_cap=True).count(),
        "most": MOST_EVENTS,
    }
    try:
        volumes = event_volumes(project, recent_days(scope_of(project, None)))
    except StoreError as error:
        volumes, context["error"] = {}, str(error)
    rows = [
        (volumes.get(each.name), each)
        for each in defined.annotate(property_count=Count("properties"))
    ]
    rows.sort(key=lambda row: -(row[0].recent if row[0] else 0))
    return render(request, "analytics/events.html", context | {"rows": rows})


@login_required
@require_http_methods(["GET", "POST"])
def event(request: Request, slug: str, pk: int) -> HttpResponse:
    """One event: its words, whether it is offered, and its properties with examples."""
    project = project_of(request, slug)
    found = get_object_or_404(EventDefinition.objects.filter(project=project), pk=pk)
    if request.method == "POST":
        editable(request, slug)
        change(request, found)
        return redirect("event", slug, pk)
    properties = list(found.properties.all())
    context: dict[str, Any] = {
        "project": project,
        "event": found,
        "may_edit": may_edit(request, project),
    }
    try:
        examples = event_examples(project, found.name, properties)
    except StoreError as error:
        examples, context["error"] = {}, str(error)
    context["rows"] = [
        {"property": each, "examples": examples.get(each.name, [])} for each in properties
    ]
    return render(request, "analytics/event.html", context)


def change(request: Request, event: EventDefinition) -> None:
    match request.POST.get("do"):
        case "archive":
            event.archived_at = timezone.now()
            messages.success(request, f"“{event}” is archived: it is no longer offered.")
        case "restore":
            event.archived_at, event.over_cap = None, False
            messages.success(request, f"“{event}” is offered again.")
        case _:
            event.title = request.POST.get("title", "").strip()[:200]
            event.description = request.POST.get("description", "").strip()
            messages.success(request, "Saved.")
    event.save()
