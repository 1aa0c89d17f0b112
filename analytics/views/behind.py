"""The people behind one number, as a page or beside the report, and what is made of them."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods
from django.views.decorators.vary import vary_on_headers

from analytics import engine
from analytics.definitions.figures import FunnelFigure, SegmentationFigure, read_address
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import Segmentation, dump
from analytics.forms import Builder, query_string, segment_query
from analytics.models import Selection, ask, people_count, people_page
from analytics.presentation.csv import people_csv
from analytics.presentation.operands import computation
from analytics.presentation.separation import narrowed, ranked
from analytics.results import SegmentationResult
from analytics.store.client import StoreError
from analytics.views.people import COLUMNS, PAGE, between, rows
from people.access import Request, editable, may_edit, project_of
from people.models import Project

# The report was mostly just answered; so long a page waits where it was not.
MADE_OF_WAIT = 10


@login_required
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "POST"])
def behind(request: Request, slug: str, kind: str) -> HttpResponseBase:
    """The people behind one number: the report's parameters, and those of its place.

    POST keeps them as a segment; `format=csv` hands all of them over. Beside a report the same is
    a part of its page.
    """
    project = editable(request, slug) if request.method == "POST" else project_of(request, slug)
    form, selection = number_in(request, project, kind)
    if is_computed(selection) and request.method == "GET":
        return made_of(request, form, selection)
    template = "analytics/behind.html" + ("#beside" if request.htmx else "")
    context: dict[str, Any] = {
        "project": project,
        "title": "People",
        "report": f"{reverse(kind, args=[slug])}?{form.address()}",
    }
    try:
        statement, context["title"] = selection.people(), selection.described()
        context["whose"] = selection.whose
    except Invalid as error:
        context["reasons"] = [text for texts in error.problems.values() for text in texts]
        return render(request, template, context, status=400)
    if request.method == "POST":
        return keep(request, selection)
    context |= {
        "address": form.address(),
        "columns": list(COLUMNS),
        "may_edit": may_edit(request, project),
        "separates": separating(request, slug, selection),
    }
    try:
        if request.GET.get("format") == "csv":
            told = selection.reasons if selection.has_reasons else None
            return people_csv(project, statement, told)
        context |= people_of(selection, statement, engine.Page(PAGE, *between(request)))
        context |= living(selection)
    except StoreError as error:
        context["error"] = str(error)
    return render(request, template, context)


def number_in(request: Request, project: Project, kind: str) -> tuple[Builder, Selection]:
    """The report of an address, and the number whose place it names."""
    form = Builder.of(project, kind, request.GET)
    selection = Selection(project=project, definition=form.dump(), figure=read_address(request.GET))
    selection.catalogue = form.catalogue
    return form, selection


def is_computed(selection: Selection) -> bool:
    """Whether it is a number of a formula, which has parts instead of people."""
    try:
        place = selection.place
    except Invalid:
        return False
    return isinstance(place, SegmentationFigure) and place.formula is not None


def made_of(request: Request, form: Builder, selection: Selection) -> HttpResponse:
    """The numbers that a number of a formula comes from, each a link to its people."""
    project, asked, figure = selection.project, selection.question.definition, selection.place
    report = f"{reverse(form.kind, args=[project.slug])}?{form.address()}"
    saved = request.GET.get("report")
    context: dict[str, Any] = {
        "project": project,
        "title": selection.described(),
        "whose": selection.whose,
        "report": report,
        "address": form.address() + (f"&{urlencode({'report': saved})}" if saved else ""),
        "may_edit": may_edit(request, project),
    }
    run = ask(project, dump(asked), wait=MADE_OF_WAIT)
    match run.answer, asked, figure:
        case SegmentationResult() as result, Segmentation(), SegmentationFigure():
            context["made"] = computation(result, asked, figure)
    context["problem"] = run.error or (
        "The report has no such number any more." if run.answer else "It is still being computed."
    )
    template = "analytics/computed.html" + ("#beside" if request.htmx else "")
    return render(request, template, context)


def separating(request: Request, slug: str, selection: Selection) -> str:
    """Where it is told what separates the people of a step from those lost before it; "" where the
    number is no such step."""
    place = selection.place
    if not isinstance(place, FunnelFigure) or not place.step:
        return ""
    return f"{reverse('separates', args=[slug])}?{request.GET.urlencode()}"


def living(selection: Selection) -> dict[str, Any]:
    """The condition that the people meet, the same report of whoever meets it, and how many that
    is; why there is none."""
    try:
        live = selection.live
    except Invalid as error:
        return {"unsayable": [text for texts in error.problems.values() for text in texts]}
    segment = {"name": selection.name, "condition": live.condition.model_dump(mode="json")}
    asked = dump(selection.question.definition) | {"segments": [segment]}
    asked.pop("exclusive", None)
    page = reverse(asked["kind"], args=[selection.project.slug])
    return {
        "live": live,
        "suggested": selection.name,
        "counts": segment_query(segment),
        "of_these": f"{page}?{query_string(asked)}",
    }


@login_required
@require_GET
def separates(request: Request, slug: str) -> HttpResponse:
    """What separates those who got to a step of a funnel from those who were lost before it."""
    project = project_of(request, slug)
    _, selection = number_in(request, project, "funnel")
    context: dict[str, Any] = {"project": project}
    try:
        found = selection.question.separation(selection.place)
        if found is None:
            raise BadRequest("What separates people is told of the steps after the first.")
        definition = selection.question.definition
        context |= {
            "found": found,
            "step": selection.described(),
            "rows": [
                (each, query_string(narrowed(definition, each.separator))) for each in ranked(found)
            ],
        }
    except Invalid as error:
        raise BadRequest("There is no such number in this report.") from error
    except StoreError as error:
        context["error"] = str(error)
    template = "components/separation.html" if request.htmx else "analytics/separation.html"
    return render(request, template, context)


def people_of(
    selection: Selection, statement: engine.Statement, wanted: engine.Page
) -> dict[str, Any]:
    """A page of the people of a number, why each is there, and how many they are."""
    page = people_page(selection.project, statement, wanted)
    whys = selection.reasons(page.people) if selection.has_reasons else {}
    return {
        "page": page,
        "rows": rows(page, list(COLUMNS), selection.question.scope, whys),
        "has_why": bool(whys),
        "count": people_count(statement),
    }


def keep(request: Request, selection: Selection) -> HttpResponse:
    """Keep the people under a name: by the condition that they meet, or as a fixed list."""
    name, by = request.POST.get("name", "").strip(), request.user
    lives = request.POST.get("how") == "live"
    try:
        segment = selection.save_live(name, by) if lives else selection.save_as_segment(name, by)
    except (Invalid, StoreError) as error:
        texts = error.problems.values() if isinstance(error, Invalid) else [[str(error)]]
        messages.error(request, " ".join(text for each in texts for text in each))
        return redirect(request.get_full_path())
    told = "whoever meets its condition" if lives else "these people, whatever they do next"
    messages.success(request, f"“{segment}” is a segment now: {told}.")
    return redirect(f"{reverse('people', args=[selection.project.slug])}?segment={segment.pk}")
