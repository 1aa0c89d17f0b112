"""People: the list, one of them with what they did, and their erasure."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from analytics import engine
from analytics.definitions.parts import Invalid
from analytics.definitions.titles import said
from analytics.forms import Builder
from analytics.forms.fields import number
from analytics.models import (
    PeoplePage,
    Question,
    Report,
    SortedPage,
    people_count,
    people_days,
    people_page,
    scope_of,
    segments_with,
    sorted_page,
)
from analytics.models.erasure import naming
from analytics.presentation.csv import people_csv
from analytics.presentation.timeline import by_day
from analytics.store.client import StoreError
from people import operations
from people.access import Request, editable, may_edit, project_of
from people.attributes import STANDARD
from people.models import Event, Identity, Person, Project
from people.models.activity import activity_of, last_seen
from people.values import EPOCH, JSON, Type

PAGE = 50
MOST_COLUMNS = 8
COLUMNS = ("country", "city", "registered_at")
MOST_FOUND = 1_000
# Of a sorted list; beyond, a filter finds sooner.
MOST_PAGES = 2_000
# Microseconds since 1970, and the id of an event.
PLACE = re.compile(r"(-?\d{1,18})-(\d{1,18})", re.ASCII)


@login_required
@require_GET
def people(request: Request, slug: str) -> HttpResponseBase:
    """Everybody, or those of a segment, or those whose name or id has a text in it."""
    project = project_of(request, slug)
    scope = scope_of(project, None)
    named = request.GET.get("segment", "").strip()
    segment = segment_of(request, scope)
    chosen = request.GET.getlist("column")[:MOST_COLUMNS] or list(COLUMNS)
    context = {
        "project": project,
        "segments": scope.catalogue.segments,
        "segment": segment,
        "segment_name": scope.catalogue.segments[segment].name if segment else named,
        "is_unknown": bool(named) and not segment,
        "text": request.GET.get("q", ""),
        "columns": chosen,
        "order": request.GET.get("sort") or "none",
        "may_edit": may_edit(request, project),
        "all_columns": sorted(scope.catalogue.attributes),
    }
    try:
        statement = listed(request, project, scope)
        if request.GET.get("format") == "csv":
            return people_csv(project, statement)
        if order := order_of(request, scope):
            page: PeoplePage | SortedPage = sorted_page(
                project, listed(request, project, scope, order), PAGE, number_of(request)
            )
        else:
            page = people_page(project, statement, engine.Page(PAGE, *between(request)))
        context |= {
            "page": page,
            "rows": rows(page, chosen, scope),
            "count": people_count(statement),
        }
    except StoreError as error:
        context["error"] = str(error)
    return render(request, "analytics/people.html", context)


def order_of(request: Request, scope: engine.Scope) -> engine.Sorted | None:
    """The attribute that the list is sorted by, a minus before it for the largest first."""
    asked = request.GET.get("sort", "")
    name = asked.removeprefix("-")
    if (kind := scope.catalogue.attributes.get(name)) is None:
        return None
    skipped = (number_of(request) - 1) * PAGE
    return engine.Sorted(name, kind, asked.startswith("-"), PAGE, skipped)


def number_of(request: Request) -> int:
    """The number of a page, from 1 on."""
    given = request.GET.get("page", "")
    return max(1, min(int(given), MOST_PAGES)) if given.isdecimal() and len(given) < 9 else 1


def listed(
    request: Request,
    project: Project,
    scope: engine.Scope,
    order: engine.Sorted | None = None,
) -> engine.Statement:
    text = request.GET.get("q", "").strip().replace("\0", "")
    named = Identity.objects.filter(project=project, value__begins=text)
    known = list(named.values_list("person_id", flat=True)[:MOST_FOUND]) if text else []
    segment = scope.catalogue.segments.get(segment_of(request, scope))
    return engine.found(text, known, segment, scope, order)


def segment_of(request: Request, scope: engine.Scope) -> str:
    """The key of the segment that is asked for by its key or its name; "" where there is none."""
    asked, known = request.GET.get("segment", "").strip(), scope.catalogue.segments
    if asked in known:
        return asked
    return next((key for key, each in known.items() if each.name == asked), "")


def between(request: Request) -> tuple[int | None, int | None]:
    """The neighbours of the page that is asked for: after whom, or before whom."""
    given = [request.GET.get(key, "") for key in ("after", "before")]
    after, before = (int(each) if each.isdecimal() and len(each) < 19 else None for each in given)
    return after, before


def rows(
    page: PeoplePage | SortedPage,
    columns: list[str],
    scope: engine.Scope,
    whys: Mapping[int, engine.Why] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    last = last_seen(page.people)
    days = people_days([each.pk for each in page.people], scope)
    return [
        {
            "person": person,
            "cells": [known.get(name) for name in columns],
            "why": whys.get(person.pk),
            "last": last.get(person.pk),
            "days": days[person.pk],
            "events": sum(days[person.pk]),
        }
        for person in page.people
        for known in [person.known()]
    ]


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
        **journey(request, project, found),
        **belonging(found),
        "activity": activity_of(found),
        "standard": {name: known[name] for name in STANDARD if name in known},
        "custom": {name: known[name] for name in sorted(set(known) - set(STANDARD))},
        "identities": (known_as := list(found.identities.order_by("pk"))),
        "anonymous": sum(each.kind == Identity.Kind.ANONYMOUS for each in known_as),
        "events": events[:PAGE],
        "days": by_day(events[:PAGE], project.zone),
        "next": cursor(events[PAGE - 1]) if len(events) > PAGE else "",
        "may_edit": may_edit(request, project),
        "attribute_names": [
            *STANDARD,
            *project.attribute_definitions.offered().values_list("name", flat=True),
        ],
    }
    return render(request, "analytics/person.html", context)


def belonging(found: Person) -> dict[str, Any]:
    """The segments that somebody is in."""
    try:
        return {"segments": segments_with(found)}
    except StoreError as error:
        return {"segments_error": str(error)}


@login_required
@require_POST
def set_attribute(request: Request, slug: str, pk: int) -> HttpResponse:
    """Set one attribute of somebody by hand, or take it away; that wins over what clients said."""
    project = editable(request, slug)
    found = get_object_or_404(project.people.all(), pk=pk)
    name = request.POST.get("name", "").replace("\0", "").strip()
    custom = project.attribute_definitions.filter(name=name).values_list("type", flat=True)
    kind = Type(STANDARD.get(name) or custom.first() or Type.TEXT)
    text = request.POST.get("value", "").strip()
    try:
        operations.update(found, {name: typed(text, kind) if text else None})
    except operations.Refused as error:
        texts = [each for given in error.problems.values() for each in given]
        messages.error(request, f"{name or 'The attribute'} is as it was: {' '.join(texts)}")
    else:
        messages.success(request, f"{name} is {'set' if text else 'taken away'}.")
    return redirect("person", slug, pk)


def typed(text: str, kind: Type) -> JSON:
    """A text of a form as a value of a type; as it is where it is none, to be refused."""
    match kind:
        case Type.NUMBER:
            return number(text)  # type: ignore[no-any-return]
        case Type.BOOLEAN:
            return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
        case Type.LIST:
            return [each.strip() for each in text.split(",") if each.strip()]
        case _:
            return text


def journey(request: Request, project: Project, found: Person) -> dict[str, Any]:
    """How somebody went through a funnel: a saved one, or the one whose list led here."""
    funnels = project.reports.filter(kind="funnel")
    context: dict[str, Any] = {"funnels": funnels, "funnel": request.GET.get("funnel", "")}
    definition: Any = None
    if "event-0" in request.GET:
        form = Builder.of(project, "funnel", request.GET)
        definition = form.dump()
        context["back"] = f"{reverse('funnel', args=[project.slug])}?{form.address()}"
    elif context["funnel"] and (saved := by_id(funnels, context["funnel"])):
        definition = saved.definition
        context["back"] = reverse("report", args=[project.slug, saved.pk])
    if definition is None:
        return context
    try:
        question = Question.of(project, definition)
        context["asked"] = str(said(question.definition))
        context["why"] = question.whys([found.pk]).get(found.pk)
    except Invalid as error:
        raise BadRequest("This is no funnel.") from error
    except StoreError as error:
        context["why_error"] = str(error)
    return context


def by_id(reports: QuerySet[Report], pk: str) -> Report | None:
    try:
        return reports.filter(pk=pk).first()
    except ValidationError:
        return None


def cursor(event: Event) -> str:
    return f"{operations.microseconds(event.at)}-{event.pk}"


def older(person: Person, before: str) -> Any:
    """Events of a person from a place in their timeline on."""
    events = person.events.select_related("definition").order_by("-at", "-pk")
    if not before:
        return events
    at, pk = place_of(before)
    return events.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))


def place_of(cursor: str) -> tuple[datetime, int]:
    """The time and the id in a cursor."""
    try:
        if found := PLACE.fullmatch(cursor):
            return EPOCH + timedelta(microseconds=int(found[1])), int(found[2])
    except OverflowError:
        pass
    raise BadRequest("There is no such place in the timeline.")


@login_required
@require_GET
def export(request: Request, slug: str, pk: int) -> HttpResponse:
    """Everything that is known of somebody, as a file to hand over."""
    project = project_of(request, slug)
    found = get_object_or_404(project.people.all(), pk=pk)
    response = JsonResponse(operations.everything(found), json_dumps_params={"indent": 2})
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
    values = operations.naming_values(found)
    operations.erase(found)
    messages.success(request, "The person, all their ids and all their events are erased.")
    if still := ", ".join(naming(project, values)):
        messages.warning(request, f"What is saved still names them: {still}. Change it.")
    return redirect("people", slug)
