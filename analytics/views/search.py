"""One field that finds what a project has: its reports, segments, dashboards, events, people, and
its pages."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from analytics.definitions.kinds import Kind
from analytics.forms.kinds import shape_of
from people.access import Request, project_of
from people.models import EventDefinition, Person, Project
from people.models.persons import LONGEST_ID
from people.templatetags.frame import PLACES
from people.values import UNKEEPABLE

# Of each sort: in the list under the field, and on the page.
FEW, MANY = 5, 50


@dataclass(frozen=True)
class Hit:
    """Something that was found, and what is said of it in little room."""

    words: str
    address: str
    icon: str
    hint: str = ""


@dataclass(frozen=True)
class Group:
    """What was found of one sort, and where the rest of it is."""

    title: str
    hits: list[Hit]
    all_of_them: str = ""


@login_required
@require_GET
@vary_on_headers("HX-Request")
def search(request: Request, slug: str) -> HttpResponse:
    """What has a text in its name, by sort; by htmx a few of each, to choose from."""
    project = project_of(request, slug)
    text = UNKEEPABLE.sub("", request.GET.get("q", "")).strip()[:LONGEST_ID]
    most = FEW if request.htmx else MANY
    found = groups(project, text, most) if text else []
    context: dict[str, Any] = {"project": project, "text": text, "groups": found}
    part = "#options" if request.htmx else ""
    return render(request, "analytics/search.html" + part, context)


def groups(project: Project, text: str, most: int) -> list[Group]:
    """At most so many of each sort; sorts of which nothing was found are left out."""

    def all_in(page: str) -> str:
        return f"{reverse(page, args=[project.slug])}?{urlencode({'q': text})}"

    found = [
        Group("Reports", list(reports(project, text, most)), all_in("reports")),
        Group("Dashboards", list(dashboards(project, text, most))),
        Group("Segments", list(segments(project, text, most))),
        Group("Events", list(events(project, text, most))),
        Group("People", list(people(project, text, most)), all_in("people")),
        Group("Pages", list(pages(project, text))),
    ]
    return [each for each in found if each.hits]


def reports(project: Project, text: str, most: int) -> Iterator[Hit]:
    """Those named so first, then those that ask for it."""
    named = Case(
        When(name__icontains=text, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    found = project.reports.kept().saying(text, project)
    order = named, F("answered_at").desc(nulls_last=True), F("modified_at").desc()
    for each in found.order_by(*order)[:most]:
        address = reverse("report", args=[project.slug, each.pk])
        yield Hit(each.name, address, shape_of(Kind.of(each.kind)).icon, each.get_kind_display())


def dashboards(project: Project, text: str, most: int) -> Iterator[Hit]:
    for each in project.dashboards.filter(name__icontains=text)[:most]:
        yield Hit(each.name, reverse("dashboard", args=[project.slug, each.pk]), "grid")


def segments(project: Project, text: str, most: int) -> Iterator[Hit]:
    for each in project.segments.filter(name__icontains=text)[:most]:
        hint = "fixed list" if each.is_fixed else ""
        yield Hit(each.name, reverse("segment", args=[project.slug, each.pk]), "rings", hint)


def events(project: Project, text: str, most: int) -> Iterator[Hit]:
    named = Q(name__icontains=text) | Q(title__icontains=text)
    for each in EventDefinition.objects.filter(named, project=project).offered()[:most]:
        hint = each.name if each.title and each.title != each.name else ""
        yield Hit(str(each), reverse("event", args=[project.slug, each.pk]), "event", hint)


def people(project: Project, text: str, most: int) -> Iterator[Hit]:
    """Those with an id that begins so, and whose e-mail this is: both are read off an index."""
    begun = project.identities.filter(value__begins=text)
    ids = dict(begun.order_by("value").values_list("person", "value")[:most])
    named = Person.objects.in_bulk(ids)
    found = [named[pk] for pk in ids if pk in named]
    reached = Person.objects.reached_by(project, text) if len(ids) < most else Person.objects.none()
    for each in unique([*found, *reached[: most - len(ids)]]):
        address = reverse("person", args=[project.slug, each.pk])
        yield Hit(str(each), address, "people", ids.get(each.pk, ""))


def unique(found: Iterable[Person]) -> list[Person]:
    return list({each.pk: each for each in found}.values())


def pages(project: Project, text: str) -> Iterator[Hit]:
    """Where the rail leads, and what can be begun."""
    wanted = text.lower()
    for place in PLACES:
        if wanted in place.words.lower():
            yield Hit(place.words, reverse(place.name, args=[project.slug]), place.icon)
    for kind in Kind:
        if wanted in f"new {kind.label}".lower():
            icon = shape_of(kind).icon
            yield Hit(f"New {kind.label.lower()}", reverse(kind.value, args=[project.slug]), icon)
