"""The catalogue of events: how often each comes, and what its properties hold."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from analytics.models import (
    ask,
    event_examples,
    event_volumes,
    filled_shares,
    last_events,
    recent_days,
    scope_of,
    users_of,
)
from analytics.presentation.mail import figures
from analytics.store.client import StoreError
from analytics.views.reports import PATIENCE, result_of, shown
from people.access import Request, editable, may_edit, project_of
from people.models import EventDefinition, Project, PropertyDefinition
from people.models.catalogue import MOST_EVENTS
from people.values import Type

# So many properties can be named at once; others follow when they are sent.
NEW_PROPERTIES = 4
LAST = 8


@login_required
@require_http_methods(["GET", "POST"])
def events(request: Request, slug: str) -> HttpResponse:
    """Every event with its last 30 days, those that still come in first. POST defines another."""
    project = project_of(request, slug)
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        editable(request, slug)
        made = define(request, project)
        if isinstance(made, EventDefinition):
            messages.success(
                request, f"“{made}” is defined; it appears in reports once it is sent."
            )
            return redirect("event", slug, made.pk)
        problems = made
    archived = "archived" in request.GET
    defined = EventDefinition.objects.filter(project=project, archived_at__isnull=not archived)
    context: dict[str, Any] = {
        "project": project,
        "archived": archived,
        "beyond": EventDefinition.objects.filter(project=project, over_cap=True).count(),
        "most": MOST_EVENTS,
        "types": [each.value for each in Type],
        "problems": problems,
        "given": request.POST,
        "lines": range(NEW_PROPERTIES),
        "may_edit": may_edit(request, project),
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
    status = 400 if problems else 200
    return render(request, "analytics/events.html", context | {"rows": rows}, status=status)


def define(request: Request, project: Project) -> EventDefinition | dict[str, list[str]]:
    """An event by hand, with some properties; what comes in meanwhile has to wait. Problems at
    their fields."""
    text = {
        key: request.POST.get(key, "").replace("\0", "").strip() for key in ("name", "description")
    }
    made = EventDefinition(project=project, **text)
    pairs = zip(request.POST.getlist("property"), request.POST.getlist("type"), strict=False)
    with transaction.atomic():
        project.lock(alone=True)
        try:
            made.full_clean()
            made.save()
            for given, kind in pairs:
                if name := given.replace("\0", "").strip():
                    of_event = PropertyDefinition(event=made, name=name, type=kind)
                    of_event.full_clean()
                    of_event.save()
        except ValidationError as error:
            transaction.set_rollback(True)
            return {"name": [text for texts in error.message_dict.values() for text in texts]}
    return made


@login_required
@require_http_methods(["GET", "POST"])
def event(request: Request, slug: str, pk: int) -> HttpResponse:
    """One event: its words, whether it is offered, and its properties with examples."""
    project = project_of(request, slug)
    found = get_object_or_404(EventDefinition.objects.filter(project=project), pk=pk)
    users, asks = users_of(found), False
    if request.method == "POST":
        editable(request, slug)
        # Where it is used is shown before it goes.
        asks = request.POST.get("do") == "archive" and bool(users) and "sure" not in request.POST
        if not asks:
            change(request, found)
            return redirect("event", slug, pk)
    properties = list(found.properties.all())
    context: dict[str, Any] = {
        "project": project,
        "event": found,
        "users": users,
        "asks": asks,
        "may_edit": may_edit(request, project),
    }
    examples: dict[str, list[tuple[str, int]]] = {}
    shares: dict[str, float] = {}
    try:
        examples = event_examples(project, found.name, properties)
        shares = filled_shares(project, found.name, properties)
        context["last"] = last_events(project, found.name, LAST)
    except StoreError as error:
        context["error"] = str(error)
    context["rows"] = [
        {
            "property": each,
            "examples": examples.get(each.name, []),
            "filled": shares.get(each.name),
        }
        for each in properties
    ]
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
    context["figures"] = figures(result, run.asked) if (result := result_of(run)) else []
    return render(request, "components/tile.html", context)


def change(request: Request, event: EventDefinition) -> None:
    match request.POST.get("do"):
        case "archive":
            event.archived_at = timezone.now()
            messages.success(request, f"“{event}” is archived: it is no longer offered.")
        case "restore":
            event.archived_at, event.over_cap = None, False
            messages.success(request, f"“{event}” is offered again.")
        case _:
            title = request.POST.get("title", "").replace("\0", "").strip()[:200]
            event.title = "" if title == event.name else title
            event.description = request.POST.get("description", "").replace("\0", "").strip()
            messages.success(request, "Saved.")
    event.save()
