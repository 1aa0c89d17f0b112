"""The library of segments, and one of them: its rule edited with a live count, its people."""

from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from analytics import engine
from analytics.definitions.conditions import Catalogue, Frequency, InlineSegment
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import parse_condition
from analytics.forms import Builder, opened_condition
from analytics.forms.cards import NEW, SegmentCard
from analytics.models import (
    Overtaken,
    Segment,
    Shared,
    Size,
    catalogue_of,
    counted,
    list_of_ids,
    people_page,
    segment_people,
    shared_by,
    size_of,
    sizes_by_day,
    today_of,
)
from analytics.models.uses import Uses, archived_in, uses_of_segments
from analytics.store.client import StoreError
from analytics.views.saving import Refused, seen_by
from people.access import Request, editable, may_edit, project_of
from people.models import EventDefinition, Project

SHOWN = 8
MOST_LISTED_NAMES = 200
LARGEST_FILE = 5_000_000
STEM = "segment-0"
FIRST_DRAFT = f"{STEM}=new&{STEM}-match=all&{STEM}-condition-0-attribute="
TABS = {"": "All", "rules": "Rules", "lists": "Fixed lists", "unused": "Used nowhere"}
SORTS = {"name": "name", "size": "size"}


@dataclass(frozen=True)
class Row:
    """A segment in the library."""

    segment: Segment
    rule: str
    size: Size | None
    uses: Uses


@login_required
@require_GET
def segments(request: Request, slug: str) -> HttpResponse:
    """Every segment: its rule, how large it is and became, where it is used."""
    project = project_of(request, slug)
    tab, text = request.GET.get("tab", ""), request.GET.get("q", "").strip()
    context: dict[str, Any] = {
        "project": project,
        "tab": tab,
        "text": text,
        "sort": request.GET.get("sort", "name"),
        "sorts": SORTS,
        "may_edit": may_edit(request, project),
    }
    try:
        every = rows(project, project.segments.select_related("created_by"))
    except StoreError as error:
        context["error"] = str(error)
        return render(request, "analytics/segments.html", context)
    context["tabs"] = [
        (key, words, sum(in_tab(each, key) for each in every)) for key, words in TABS.items()
    ]
    shown = [each for each in every if in_tab(each, tab) and says(each, text)]
    if context["sort"] == "size":
        shown.sort(key=lambda each: -(each.size.now if each.size else -1))
    context["rows"] = shown
    return render(request, "analytics/segments.html", context)


def rows(project: Project, found: QuerySet[Segment]) -> list[Row]:
    known = catalogue_of(project).segments
    listed = list(found)
    sizes, uses = sizes_by_day(project, listed), uses_of_segments(project)
    return [
        Row(
            each,
            str(known[str(each.pk)].condition) if str(each.pk) in known else "",
            sizes.get(each.pk),
            uses.get(each.pk, Uses()),
        )
        for each in listed
    ]


def in_tab(row: Row, tab: str) -> bool:
    match tab:
        case "rules":
            return not row.segment.is_fixed
        case "lists":
            return row.segment.is_fixed
        case "unused":
            return not row.uses
        case _:
            return True


def says(row: Row, text: str) -> bool:
    said = f"{row.segment.name} {row.segment.description} {row.rule}".lower()
    return text.lower() in said


# --- One of them --------------------------------------------------------------------------------


@login_required
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "POST"])
def new(request: Request, slug: str) -> HttpResponse:
    """A new rule, put together with a live count."""
    return build(request, editable(request, slug), None)


@login_required
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "POST"])
def segment(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """A segment: its rule, its people, whom it shares with another. POST saves what was changed."""
    project = project_of(request, slug)
    return build(request, project, get_object_or_404(project.segments.all(), pk=pk))


def build(request: Request, project: Project, saved: Segment | None) -> HttpResponse:
    query, unreadable = asked(request, saved)
    form = Builder.of(project, "segmentation", query)
    refused = Refused(200, {})
    if request.method == "POST":
        if not may_edit(request, project):
            raise PermissionDenied("You may look at this project, not change it.")
        kept = save(request, project, saved, form)
        if isinstance(kept, Segment):
            messages.success(request, f"“{kept}” is saved.")
            return redirect("segment", project.slug, kept.pk)
        refused = kept
    context = page(request, project, saved, form) | {"unreadable": unreadable} | refused.context
    template = "analytics/segment.html" + ("#report" if request.htmx else "")
    response = render(request, template, context, status=refused.status)
    response["HX-Push-Url"] = request.path
    if saved is None or context["is_edited"]:
        response["HX-Push-Url"] += f"?{context['address']}"
    return response


def asked(request: Request, saved: Segment | None) -> tuple[QueryDict, dict[str, list[str]]]:
    """The rule in the address, else the one that is saved, else a first draft; and what of that
    which is saved cannot be read any more."""
    if STEM in request.GET:
        query = request.GET.copy()
        query[STEM] = NEW
        return query, {}
    if saved is None or saved.is_fixed:
        return QueryDict(FIRST_DRAFT), {}
    condition, unreadable = opened_condition(saved.condition)
    if condition is None:
        return QueryDict(FIRST_DRAFT), unreadable
    card = SegmentCard.of(STEM, {"name": saved.name, "condition": without_nothing(condition)})
    return QueryDict(urlencode(card.fields())), unreadable


def without_nothing(data: Any) -> Any:
    """A condition as it is written down: without what is null."""
    match data:
        case dict():
            return {key: without_nothing(each) for key, each in data.items() if each is not None}
        case list():
            return [without_nothing(each) for each in data]
        case _:
            return data


def save(
    request: Request, project: Project, saved: Segment | None, form: Builder
) -> Segment | Refused:
    """The segment as it was kept, or why it was not."""
    kept = Segment(project=project, created_by=request.user)
    if saved:
        kept = copy(saved)
    kept.name = request.POST.get("name", "").replace("\0", "").strip() or kept.name
    kept.description = request.POST.get("description", "").replace("\0", "").strip()
    if not kept.is_fixed:
        kept.condition = form.segments[0].dump()["condition"]
    try:
        kept.full_clean()
        kept.change(request.user, seen=seen_by(request)) if saved else kept.save()
    except ValidationError as error:
        form.problems = {"": error.messages}
        return Refused(400, {})
    except Overtaken as error:
        told = lost(error, kept, form.catalogue)
        return Refused(409, {"overtaken": error, "lost": told})
    return kept


def lost(error: Overtaken, mine: Segment, catalogue: Catalogue) -> list[str]:
    """In words, what would become of what somebody else saved."""
    theirs = error.found
    if not isinstance(theirs, Segment):
        return []
    before, now = ((each.name, in_words(each.condition, catalogue)) for each in (theirs, mine))
    told = [f"{one} → {other}" for one, other in zip(before, now, strict=True) if one != other]
    described = [] if theirs.description == mine.description else ["description"]
    return told + described


def in_words(condition: object, catalogue: Catalogue) -> str:
    try:
        return str(parse_condition(condition, catalogue)) if condition else ""
    except Invalid:
        return "what cannot be read any more"


def page(
    request: Request, project: Project, saved: Segment | None, form: Builder
) -> dict[str, Any]:
    card = form.segments[0]
    definitions = EventDefinition.objects.filter(project=project)
    context: dict[str, Any] = {
        "project": project,
        "segment": saved,
        "form": form,
        "card": card,
        "address": urlencode(card.fields()),
        "event_names": list(
            definitions.offered().values_list("name", flat=True)[:MOST_LISTED_NAMES]
        ),
        "attribute_names": sorted(form.catalogue.attributes),
        "frequencies": tuple(Frequency),
        "today": today_of(project),
        "is_edited": is_edited(saved, card, form.catalogue),
        "may_edit": may_edit(request, project),
        "typed": typed(request, saved),
        "seen": request.POST.get("seen") or request.GET.get("seen") or last_saved(saved),
        "uses": saved.uses() if saved else Uses(),
        "archived": archived_in(project)(card.dump()),
    }
    try:
        context |= live(project, saved, form)
        if saved and not request.htmx:
            context |= about(request, project, saved)
    except StoreError as error:
        context["error"] = str(error)
    return context


def typed(request: Request, saved: Segment | None) -> dict[str, str]:
    """Name and description as they were typed, else as they are saved."""
    return {
        key: request.POST.get(key, getattr(saved, key, "")).replace("\0", "")
        for key in ("name", "description")
    }


def last_saved(saved: Segment | None) -> str:
    return saved.modified_at.isoformat() if saved else ""


def is_edited(saved: Segment | None, card: SegmentCard, catalogue: Catalogue) -> bool:
    """Whether the rule of the form differs from the one that is saved."""
    if saved is None or saved.is_fixed:
        return False
    try:
        before, now = (
            parse_condition(each, catalogue) for each in (saved.condition, card.dump()["condition"])
        )
    except Invalid:
        return True
    return before != now


def live(project: Project, saved: Segment | None, form: Builder) -> dict[str, Any]:
    """How many people the rule of the form holds for now, line by line; problems go to their
    fields."""
    card = form.segments[0]
    if saved and saved.is_fixed:
        return {"size": size_of(project, {"segment": str(saved.pk)})}
    if card.choice != NEW or card.is_unfinished:
        return {}
    try:
        told = counted(project, card.dump()["condition"], saved)
    except Invalid as error:
        form.tell(
            {
                f"segments.0.condition.{path}".rstrip("."): texts
                for path, texts in error.problems.items()
            }
        )
        return {}
    for line, left in zip(card.group.lines, told.left, strict=True):
        line.left = left
    return {"size": told.size, "counted": told}


def about(request: Request, project: Project, saved: Segment) -> dict[str, Any]:
    """Of a saved segment: its size day by day, some of its people, whom it shares with another."""
    known = catalogue_of(project).segments
    others = {key: each for key, each in known.items() if key != str(saved.pk)}
    context: dict[str, Any] = {
        "by_day": sizes_by_day(project, [saved]).get(saved.pk),
        "others": others,
        "with": request.GET.get("with", ""),
    }
    own = known.get(str(saved.pk))
    if own is None:
        return context
    people = people_page(project, segment_people(saved), engine.Page(SHOWN))
    context |= {"people": people.people}
    if other := others.get(context["with"]):
        context |= {"other": other, "shared": overlap(project, own, other)}
    return context


def overlap(project: Project, own: InlineSegment, other: InlineSegment) -> Shared:
    return shared_by(project, own, other)


# --- Fixed lists --------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def from_ids(request: Request, slug: str) -> HttpResponse:
    """A fixed list of the people whose ids stand in a file, or are pasted."""
    project = editable(request, slug)
    name, text = request.POST.get("name", "").strip(), request.POST.get("ids", "")
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        file = request.FILES.get("file")
        if file and file.size and file.size > LARGEST_FILE:
            problems = {"ids": [f"A file of ids has {LARGEST_FILE // 1_000_000} MB at most."]}
        else:
            given = file.read().decode("utf-8-sig", "replace") if file else text
            try:
                made, missing = list_of_ids(project, name, given, request.user)
            except Invalid as error:
                problems = error.problems
            else:
                note = f" {missing:,} of the ids belong to nobody here." if missing else ""
                messages.success(request, f"“{made}” is a fixed list now.{note}")
                return redirect("segment", slug, made.pk)
    context = {"project": project, "name": name, "text": text, "problems": problems}
    status = 400 if problems else 200
    return render(request, "analytics/segment-ids.html", context, status=status)
