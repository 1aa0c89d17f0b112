"""People: the list, one of them with what they did, and their erasure."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from analytics import engine
from analytics.definitions import Invalid
from analytics.forms import Builder, named_events
from analytics.models import (
    PeoplePage,
    Selection,
    catalogue_of,
    people_count,
    people_page,
    scope_of,
)
from analytics.store.client import StoreError
from people import changes
from people.access import Request, editable, may_edit, project_of
from people.attributes import STANDARD
from people.models import Event, Identity, Person, Project

PAGE = 50
MOST_COLUMNS = 8
COLUMNS = ("email", "first_name", "last_name", "country", "registered_at")
MOST_FOUND = 1_000


@login_required
@require_GET
def people(request: Request, slug: str) -> HttpResponse:
    """Everybody, or those of a segment, or those whose name or id has a text in it."""
    project = project_of(request, slug)
    scope = scope_of(project, None)
    chosen = request.GET.getlist("column")[:MOST_COLUMNS] or list(COLUMNS)
    context = {
        "project": project,
        "segments": scope.catalogue.segments,
        "segment": request.GET.get("segment", ""),
        "text": request.GET.get("q", ""),
        "columns": chosen,
        "all_columns": sorted(scope.catalogue.attributes),
    }
    try:
        statement = listed(request, project, scope)
        page = people_page(project, statement, engine.Page(PAGE, *between(request)))
        context |= {"page": page, "rows": rows(page, chosen), "count": people_count(statement)}
    except StoreError as error:
        context["error"] = str(error)
    return render(request, "people/people.html", context)


def listed(request: Request, project: Project, scope: engine.Scope) -> engine.Statement:
    text = request.GET.get("q", "").strip().replace("\0", "")
    named = Identity.objects.filter(project=project, value__startswith=text)
    known = list(named.values_list("person_id", flat=True)[:MOST_FOUND]) if text else []
    segment = scope.catalogue.segments.get(request.GET.get("segment", ""))
    return engine.found(text, known, segment, scope)


def between(request: Request) -> tuple[int | None, int | None]:
    """The neighbours of the page that is asked for: after whom, or before whom."""
    given = [request.GET.get(key, "") for key in ("after", "before")]
    after, before = (int(each) if each.isdecimal() and len(each) < 19 else None for each in given)
    return after, before


def rows(page: PeoplePage, columns: list[str]) -> list[dict[str, Any]]:
    return [
        {"person": person, "cells": [known.get(name) for name in columns]}
        for person in page.people
        for known in [person.known()]
    ]


@login_required
@require_GET
def behind(request: Request, slug: str, kind: str) -> HttpResponse:
    """The people behind one number: the report's parameters, and those of its place."""
    project = project_of(request, slug)
    form = Builder(kind, request.GET, catalogue_of(project, named_events(request.GET)))
    place = {key: str(request.GET[key]) for key in request.GET if key.startswith("of-")}
    figure = {
        key.removeprefix("of-"): int(value) if value.isdecimal() else value
        for key, value in place.items()
    }
    selection = Selection(project=project, definition=form.dump(), figure=figure)
    try:
        statement = selection.people()
    except Invalid as error:
        raise BadRequest("There is no such number in this report.") from error
    context: dict[str, Any] = {
        "project": project,
        "title": selection.told(),
        "report": f"{reverse(kind, args=[slug])}?{form.address()}",
        "columns": list(COLUMNS),
    }
    try:
        page = people_page(project, statement, engine.Page(PAGE, *between(request)))
        context |= {"page": page, "rows": rows(page, list(COLUMNS))}
        context["count"] = people_count(statement)
    except StoreError as error:
        context["error"] = str(error)
    return render(request, "people/behind.html", context)


@login_required
@require_GET
def person(request: Request, slug: str, pk: int) -> HttpResponse:
    """What is known of somebody, and what they did, newest first."""
    project = project_of(request, slug)
    found = get_object_or_404(project.people.all(), pk=pk)
    events = list(older(found, request.GET.get("before", ""))[: PAGE + 1])
    known = found.known()
    context = {
        "project": project,
        "person": found,
        "standard": {name: known[name] for name in STANDARD if name in known},
        "custom": {name: known[name] for name in sorted(set(known) - set(STANDARD))},
        "identities": found.identities.order_by("pk"),
        "events": events[:PAGE],
        "next": cursor(events[PAGE - 1]) if len(events) > PAGE else "",
        "may_edit": may_edit(request, project),
    }
    return render(request, "people/person.html", context)


def cursor(event: Event) -> str:
    return f"{changes.microseconds(event.at)}-{event.pk}"


def older(person: Person, before: str) -> Any:
    """Events of a person from a place in their timeline on."""
    events = person.events.select_related("definition").order_by("-at", "-pk")
    if not before:
        return events
    time, _, pk = before.partition("-")
    if not (time.lstrip("-").isdecimal() and pk.isdecimal() and len(before) < 40):
        raise BadRequest("There is no such place in the timeline.")
    at = changes.EPOCH + timedelta(microseconds=int(time))
    return events.filter(Q(at__lt=at) | Q(at=at, pk__lt=int(pk)))


@login_required
@require_GET
def export(request: Request, slug: str, pk: int) -> HttpResponse:
    """Everything that is known of somebody, as a file to hand over."""
    project = project_of(request, slug)
    found = get_object_or_404(project.people.all(), pk=pk)
    response = JsonResponse(changes.everything(found), json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="person-{found.pk}.json"'
    return response


@login_required
@require_POST
def erase(request: Request, slug: str, pk: int) -> HttpResponse:
    """Erase somebody, once their name has been typed."""
    project = editable(request, slug)
    found = get_object_or_404(project.people.all(), pk=pk)
    if request.POST.get("name", "").strip() != str(found):
        messages.error(request, f"Nothing was erased: type “{found}” to erase this person.")
        return redirect("person", slug, pk)
    changes.erase(found)
    messages.success(request, "The person, all their ids and all their events are erased.")
    return redirect("people", slug)
