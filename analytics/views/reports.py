"""The report pages: a project's home, the two builders, and what is saved."""

import logging
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseStopPolling

from analytics.definitions.conditions import Frequency
from analytics.definitions.figures import PREFIX
from analytics.definitions.measures import Aggregate
from analytics.definitions.mentions import Mentions
from analytics.definitions.metrics import Metric
from analytics.definitions.parts import Invalid
from analytics.definitions.periods import MAX_WINDOW, Granularity, Preset, Unit, Window
from analytics.definitions.reports import Completion, Denominator, dump, parse
from analytics.definitions.titles import said
from analytics.forms import Builder, query_string
from analytics.forms.periods import misunderstood, shown_days
from analytics.models import (
    Report,
    Run,
    amiss,
    ask,
    catalogue_of,
    size_of,
    suggestions,
    today_of,
)
from analytics.models.uses import archived_in
from analytics.presentation.csv import to_csv
from analytics.presentation.glances import remember
from analytics.presentation.kinds import headlines, presentation
from analytics.presentation.marked import lines_of, setting_of
from analytics.presentation.statistics import of_two
from analytics.presentation.summary import cures, moved_weekends, usual_times, whole_weeks
from analytics.presentation.tables import Table
from analytics.results import FunnelResult, Result
from analytics.store.client import StoreError
from analytics.views import saving
from people.access import Request, editable, may_edit, project_of
from people.models import EventDefinition, Project
from people.values import WeekStart

log = logging.getLogger(__name__)

# What takes longer shows that it does: the page comes without the answer, which is asked for anew.
PATIENCE = 0.25
POLL = 1.0
# For what is no page: a file.
LONG = 20.0
# So many events the browser lists itself, for pages without scripts; scripts ask for suggestions.
MOST_LISTED = 200
# So many values of a comparison are looked up while it is put together.
MOST_NOTICED = 5
# What of a funnel has no part in the times of its steps.
BESIDE_THE_STEPS = {"breakdown", "compare", "over_time", "time_to_convert"}
# What the fields offer; as tuples: a template calls what is callable, and a class is.
CHOICES = {
    "metrics": tuple(Metric),
    "presets": tuple(Preset),
    "granularities": tuple(Granularity),
    "denominators": tuple(Denominator),
    "aggregates": tuple(Aggregate),
    "units": tuple(Unit),
    "completions": tuple(Completion),
    "frequencies": tuple(Frequency),
}


@login_required
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "POST"])
def builder(request: Request, slug: str, kind: str) -> HttpResponse:
    """Build and render a report; its definition is the URL. POST saves it under a name."""
    found = project_of(request, slug)
    saved = opened(request, found)
    if saved and saved.kind == kind and request.method == "GET":
        # An address from before a report had one of its own.
        query = request.GET.copy()
        query.pop("report")
        return redirect(f"{reverse('report', args=[slug, saved.pk])}?{query.urlencode()}")
    return build(request, found, kind)


@login_required
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "POST"])
def report(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """A saved report; what differs from it stands behind its address. POST saves that."""
    found = project_of(request, slug)
    saved = get_object_or_404(found.reports.all(), pk=pk)
    return build(request, found, saved.kind, saved)


def build(request: Request, found: Project, kind: str, saved: Report | None = None) -> HttpResponse:
    query, unreadable = saving.asked(request, saved)
    form = Builder.of(found, kind, query)
    refused = None
    if request.method == "POST":
        outcome = saving.save(request, found, form, saved)
        if isinstance(outcome, Report):
            return redirect("report", found.slug, outcome.pk)
        refused = outcome
    as_file = request.GET.get("format") == "csv"
    # What somebody else saved meanwhile is what is saved.
    saved = found.reports.filter(pk=saved.pk).first() if saved and refused else saved
    run = (
        None if refused and form.problems else answered(found, form, LONG if as_file else PATIENCE)
    )
    if as_file and run and run.answer:
        return as_csv(found, to_csv(run.answer, run.asked))
    template = "analytics/builder.html" + ("#report" if request.htmx else "")
    context = page(request, found, form, run, saved) | {"unreadable": unreadable}
    if saved:
        remember(saved, run)
    context |= refused.context if refused else {}
    status = refused.status if refused else 200
    response = render(request, template, context, status=status)
    response["HX-Push-Url"] = request.path
    if saved is None or context["is_edited"]:
        response["HX-Push-Url"] += f"?{form.address()}"
    return response


def answered(found: Project, form: Builder, wait: float = PATIENCE) -> Run | None:
    """The run of a form that is complete; its problems go to their fields."""
    if form.gap:
        return None
    try:
        return ask(found, form.dump(), wait=wait)
    except Invalid as error:
        form.tell(error.problems)
        return None


def page(
    request: Request, found: Project, form: Builder, run: Run | None, saved: Report | None
) -> dict[str, Any]:
    definitions = EventDefinition.objects.filter(project=found)
    names = definitions.offered().values_list("name", flat=True)
    chosen = Mentions.of([each.alternative() for each in form.choices]).events
    seen = set(definitions.filter(name__in=chosen).values_list("name", flat=True))
    answer = shown(run, request.GET.get("sort", ""), saved)
    return {
        "project": found,
        "form": form,
        "event_names": list(names[:MOST_LISTED]),
        "hints": form.hints(seen),
        "sent": seen,
        "attribute_names": sorted(form.catalogue.attributes),
        "kind_title": form.kind.label,
        "today": today_of(found),
        "days": shown_days(form.query, today_of(found), WeekStart(found.week_start)),
        "unspoken": misunderstood(form.query),
        "saved_segments": form.catalogue.segments,
        "sizes": [each.size for each in answer["result"].segments] if "result" in answer else [],
        "report": saved,
        "is_edited": saving.is_edited(saved, run.definition if run else None),
        "seen": request.GET.get("seen") or (saved and saved.modified_at.isoformat()),
        "sentence": str(said(parse(run.definition, form.catalogue))) if run else "What is asked",
        "title": saved.name if saved else form.kind.label,
        "may_edit": may_edit(request, found),
        "archived": archived_in(found)(run.definition) if run else [],
        "csv": f"{request.path}?{form.address()}&format=csv",
        **people_of(request, found, form, saved),
        **CHOICES,
        **answer,
    }


def people_of(
    request: Request, found: Project, form: Builder, saved: Report | None
) -> dict[str, str]:
    """Where the people of a number are listed, and the place of the number that the address names,
    whose people stand beside the answer; "" for none."""
    at = f"{reverse('behind', args=[found.slug, form.kind])}?{form.address()}"
    place = {key: request.GET[key] for key in request.GET if key.startswith(PREFIX)}
    return {"people_at": f"{at}&report={saved.pk}" if saved else at, "place": urlencode(place)}


@login_required
@require_GET
def suggested(request: Request, slug: str) -> HttpResponse:
    """What may stand in a field of the form, as options of a list."""
    found = project_of(request, slug)
    keys = ("of", "q", "name", "event")
    choices = suggestions(found, *(request.GET.get(key, "") for key in keys))
    return render(request, "components/options.html", {"choices": choices})


@login_required
@require_GET
def noticed(request: Request, slug: str) -> HttpResponse:
    """What may be a mistake in the values of a comparison."""
    found = project_of(request, slug)
    name, event = (request.GET.get(key, "") for key in ("name", "event"))
    try:
        texts = amiss(found, name, event, request.GET.getlist("value")[:MOST_NOTICED])
    except StoreError:
        texts = []
    return render(request, "components/usual.html", {"texts": texts})


@login_required
@require_GET
def size(request: Request, slug: str) -> HttpResponse:
    """How many people a segment matches, while it is put together."""
    found = project_of(request, slug)
    form = Builder.of(found, "segmentation", request.GET)
    context: dict[str, Any] = {}
    if form.segments and not form.segments[0].is_unfinished:
        try:
            context["size"] = size_of(found, form.segments[0].dump())
        except Invalid as error:
            context["problem"] = next(iter(error.problems.values()))[0]
        except StoreError as error:
            context["problem"] = str(error)
    return render(request, "components/size.html", context)


@login_required
@require_GET
def usual(request: Request, slug: str) -> HttpResponse:
    """Whether the window of a funnel is shorter than people usually take."""
    found = project_of(request, slug)
    form = Builder.of(found, "funnel", request.GET)
    context = {}
    try:
        if not form.gap:
            window = Window.model_validate(form.dump()["window"])
            days = MAX_WINDOW.days
            if window.length < MAX_WINDOW:
                asked = form.dump() | {"segments": [], "window": {"value": days, "unit": "day"}}
                asked = {key: asked[key] for key in asked.keys() - BESIDE_THE_STEPS}
                run = ask(found, asked, wait=POLL)
                if isinstance(result := result_of(run), FunnelResult):
                    context["texts"] = list(usual_times(result, window))
    except ValueError:
        # What is wrong stands at its field already.
        context["texts"] = []
    return render(request, "components/usual.html", context)


def opened(request: Request, found: Project) -> Report | None:
    """The saved report that the page was opened from."""
    try:
        return found.reports.filter(pk=request.GET.get("report", "")).first()
    except ValidationError:
        return None


def result_of(run: Run | None) -> Result | None:
    """The answer of a run, as soon as it is there."""
    return run.answer if run else None


def shown(run: Run | None, sort: str = "", saved: Report | None = None) -> dict[str, Any]:
    """What the answer's part of a page shows; the numbers of a saved report can be watched, too."""
    result = result_of(run)
    if run is None or result is None:
        return {"run": run, "sort": sort}
    address, kind, slug = query_string(run.definition), result.kind, run.project.slug
    place = ("report", None, [slug, saved.pk]) if saved else (kind, None, [slug])
    # Every number's link begins with the one, the links of the tables' heads with the other.
    behind = f"{reverse('behind', args=[slug, kind])}?{address}"
    behind += f"&report={saved.pk}" if saved else ""
    setting = setting_of(run.project, result, lines_of(saved, run.definition), behind)
    answer = presentation(result, run.asked, setting)
    return {
        "run": run,
        "result": result,
        "address": address,
        "behind": behind,
        "here": f"{reverse(*place)}?{address}",
        "difference": of_two(result),
        "finding": answer.finding(),
        "sentences": answer.further(),
        "notes": answer.notes(),
        "moved_weekends": moved_weekends(result),
        **mended(run, result),
        "charts": answer.charts(),
        "funnel": answer.funnel(),
        "tables": sorted_tables(answer.tables(), sort),
        "sort": sort,
    }


def mended(run: Run, result: Result) -> dict[str, list[tuple[str, str]]]:
    """What would mend an answer, each (words, address). The catalogue is asked only if need be."""
    if not (result.warnings or moved_weekends(result)):
        return {}
    definition = parse(run.definition, catalogue_of(run.project, Mentions.of(run.definition)))
    found = {"cures": cures(definition, result), "whole_weeks": whole_weeks(definition, result)}
    return {
        name: [(words, query_string(dump(cure))) for words, cure in each]
        for name, each in found.items()
    }


def sorted_tables(found: list[Table], sort: str) -> list[Table]:
    """The tables, one by a column: "0-2" is the first by its third, "0-2-down" downwards."""
    table, column, *down = [*sort.split("-"), ""] if sort else ["", ""]
    if table.isdecimal() and column.isdecimal() and len(sort) < 16 and int(table) < len(found):
        found[int(table)] = found[int(table)].by(int(column), descending="down" in down)
    return found


def as_csv(found: Project, text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.slug}-report.csv"'
    return response


@login_required
@require_POST
def stop(request: Request, slug: str, pk: str) -> HttpResponse:
    """End a computation; the answer's part of the page says so."""
    found = editable(request, slug)
    current = get_object_or_404(found.runs.all(), pk=pk)
    current.stop()
    current.refresh_from_db()
    return render(request, "components/answer.html", {"project": found, **shown(current)})


@login_required
@require_GET
def run(request: Request, slug: str, pk: str) -> HttpResponse:
    """The answer's part of a page, asked for again until it is there."""
    found = project_of(request, slug)
    current = get_object_or_404(found.runs.all(), pk=pk).wait(POLL)
    if saved := opened(request, found):
        remember(saved, current)
    context = {
        "project": found,
        "report": saved,
        "may_edit": may_edit(request, found),
        # Which of the answers on its page it is.
        "key": request.GET.get("key", ""),
        **shown(current, request.GET.get("sort", ""), saved),
    }
    template = "components/answer.html"
    if "tile" in request.GET:
        template = "components/tile.html"
        result = result_of(current)
        context |= {"tile": True, "figures": headlines(result, current.asked) if result else []}
    if not current.is_finished:
        return render(request, template, context)
    return HttpResponseStopPolling(render(request, template, context).content)
