"""The list of events: which come, which are new or silent, and which nobody asks about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, Q
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from analytics.models import Volume, event_volumes, recent_days, scope_of
from analytics.models.uses import used_events
from analytics.presentation.catalogue import Entry, finding, in_order
from analytics.presentation.csv import events_csv
from analytics.store.client import StoreError
from people.access import Request, editable, may_edit, project_of
from people.models import EventDefinition, Project, PropertyDefinition
from people.models.catalogue import MOST_EVENTS
from people.values import Type

# So many properties can be named at once; others follow when they are sent.
NEW_PROPERTIES = 4
PAGE = 50
SORTS = {"": "events", "name": "name", "last": "last seen"}
ARCHIVED = "archived"


@dataclass(frozen=True)
class Tab:
    """A part of the list, and how many events are in it."""

    key: str
    words: str
    count: int


@login_required
@require_http_methods(["GET", "POST"])
def events(request: Request, slug: str) -> HttpResponseBase:
    """A page of the events with their last 30 days; `?format=csv` has all that were looked for.
    POST defines another."""
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
    context: dict[str, Any] = {
        "project": project,
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
    context |= listed(request, project, volumes)
    if request.GET.get("format") == "csv":
        keys = context["page"].paginator.object_list
        return events_csv(project, EventDefinition.objects.filter(pk__in=keys), volumes)
    return render(request, "analytics/events.html", context, status=400 if problems else 200)


def listed(request: Request, project: Project, volumes: Mapping[str, Volume]) -> dict[str, Any]:
    """The page that is asked for, and what there is to say about all of them."""
    offered = entries(project, EventDefinition.objects.filter(project=project).offered(), volumes)
    tab = request.GET.get("tab", "")
    parts = {
        "": ("All", offered),
        "new": ("New", [each for each in offered if each.is_new]),
        "silent": ("Silent", [each for each in offered if each.is_silent]),
        "unused": ("In no report", [each for each in offered if not each.is_used]),
    }
    known = EventDefinition.objects.filter(project=project)
    counted = known.aggregate(
        archived=Count("pk", filter=~Q(archived_at=None)),
        beyond=Count("pk", filter=Q(over_cap=True)),
    )
    tabs = [Tab(key, words, len(rows)) for key, (words, rows) in parts.items()]
    found = looked_for(request, project)
    pages: Paginator[Any]
    if tab == ARCHIVED:
        # There can be any number of names that came in beyond the bound.
        pages = Paginator(found.values_list("pk", flat=True), PAGE)
    else:
        chosen = set(found.values_list("pk", flat=True))
        rows = [each for each in parts.get(tab, parts[""])[1] if each.pk in chosen]
        pages = Paginator([each.pk for each in in_order(rows, request.GET.get("sort", ""))], PAGE)
    page = pages.get_page(request.GET.get("page"))
    return {
        "page": page,
        "rows": shown(list(page), volumes),
        "tab": tab,
        "tabs": [*tabs, Tab(ARCHIVED, "Archived", counted["archived"])],
        "text": request.GET.get("q", ""),
        "sort": request.GET.get("sort", ""),
        "sorts": SORTS,
        "beyond": counted["beyond"],
        "most": MOST_EVENTS,
        "finding": finding(offered),
    }


def looked_for(request: Request, project: Project) -> Any:
    """The events, offered ones or those that are archived, with a text in their words or in the
    names of their properties."""
    is_offered = request.GET.get("tab") != ARCHIVED
    found = EventDefinition.objects.filter(project=project, archived_at__isnull=is_offered)
    if text := request.GET.get("q", "").replace("\0", "").strip()[:200]:
        named = PropertyDefinition.objects.filter(event__project=project, name__icontains=text)
        words = Q(name__icontains=text) | Q(title__icontains=text) | Q(description__icontains=text)
        found = found.filter(words | Q(pk__in=named.values("event")))
    return found


def entries(project: Project, known: Any, volumes: Mapping[str, Volume]) -> list[Entry]:
    used = used_events(project)
    return [
        Entry(pk, name, title, volumes.get(name), name in used)
        for pk, name, title in known.values_list("pk", "name", "title")
    ]


def shown(
    keys: list[int], volumes: Mapping[str, Volume]
) -> list[tuple[Volume | None, EventDefinition]]:
    """The events of a page with their volumes, in its order."""
    known = EventDefinition.objects.annotate(property_count=Count("properties")).in_bulk(keys)
    return [(volumes.get(known[each].name), known[each]) for each in keys if each in known]


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
