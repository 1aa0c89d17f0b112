"""Dashboards: the list, one of them tile by tile, and how it is arranged."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.definitions.periods import Preset
from analytics.models import Dashboard, Overtaken, Placed, Tile
from analytics.models.dashboards import LONGEST_TEXT, MOST_TILES, WIDEST
from analytics.presentation.glances import remember
from analytics.presentation.kinds import headlines
from analytics.views.reports import PATIENCE, result_of, shown
from analytics.views.saving import seen_by
from people.access import Request, editable, may_edit, project_of
from people.models import Project

WIDTHS = {1: "a third", 2: "two thirds", 3: "the whole width"}


@login_required
@require_http_methods(["GET", "POST"])
def dashboards(request: Request, slug: str) -> HttpResponse:
    """All of a project; POST makes another."""
    project = project_of(request, slug)
    if request.method == "POST":
        editable(request, slug)
        name = request.POST.get("name", "").replace("\0", "").strip()[:200] or "Dashboard"
        made = project.dashboards.create(name=name, created_by=request.user)
        return redirect("dashboard-arrange", slug, made.pk)
    context = {
        "project": project,
        "dashboards": project.dashboards.select_related("created_by").prefetch_related("tiles"),
        "may_edit": may_edit(request, project),
    }
    return render(request, "analytics/dashboards.html", context)


@login_required
@require_GET
def dashboard(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """The frame of each tile, at once; the tiles come by themselves."""
    project = project_of(request, slug)
    found = get_object_or_404(project.dashboards.select_related("project"), pk=pk)
    return render(request, "analytics/dashboard.html", board(request, project, found))


def board(request: Request, project: Project, found: Dashboard) -> dict[str, Any]:
    """What the grid of tiles shows, on its page and on the project's home."""
    return {
        "project": project,
        "dashboard": found,
        "tiles": tiles_of(found),
        "presets": tuple(Preset),
        "preset": chosen(request),
        "saved_period": period_words(found.period),
        "may_edit": may_edit(request, project),
    }


def tiles_of(found: Dashboard) -> QuerySet[Tile]:
    return found.tiles.select_related("report")


def chosen(request: Request) -> str:
    """The period that a reader looks at for a while; nothing where it is that of the dashboard."""
    return next((each.value for each in Preset if each == request.GET.get("period")), "")


def period_words(period: dict[str, Any] | None) -> str:
    if period is None:
        return "Each report’s own days"
    preset = next((each.label for each in Preset if each == period.get("preset")), None)
    return preset or f"{period.get('start')} to {period.get('end')}"


@login_required
@require_GET
def tile(request: Request, slug: str, pk: UUID, tile: int) -> HttpResponse:
    """The answer of one tile; it is asked for again until it is there."""
    project = project_of(request, slug)
    tiles = Tile.objects.filter(dashboard__project=project, dashboard=pk)
    found = get_object_or_404(tiles.select_related("report", "dashboard__project"), pk=tile)
    period = {"preset": chosen(request)} if chosen(request) else None
    run = found.ask(PATIENCE, period=period)
    if run is None:
        raise Http404
    if found.report:
        remember(found.report, run)
    context = {
        "project": project,
        "report": found.report,
        "tile": True,
        "key": f"tile-{found.pk}-",
        "may_edit": may_edit(request, project),
        **shown(run, saved=found.report),
    }
    context["figures"] = headlines(result, run.asked) if (result := result_of(run)) else []
    return render(request, "components/tile.html", context)


# --- Arranging ----------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def arrange(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """What stands where: each press changes one thing, and is kept at once; not where somebody else
    changed the dashboard meanwhile."""
    project = editable(request, slug)
    found = get_object_or_404(project.dashboards.select_related("project"), pk=pk)
    problem, overtaken = "", None
    if request.method == "POST":
        try:
            problem = pressed(request, project, found)
        except Overtaken as error:
            overtaken = error
        if not (request.htmx or problem or overtaken):
            return redirect("dashboard-arrange", slug, pk)
        found = get_object_or_404(project.dashboards.select_related("project"), pk=pk)
    typed = request.POST if problem or overtaken else QueryDict()
    context = board(request, project, found) | {
        "problem": problem,
        "overtaken": overtaken,
        "typed": typed,
        "arranged": [(each, typed.get(f"text-{each.pk}", each.text)) for each in tiles_of(found)],
        "reports": project.reports.kept().order_by("name"),
        "widths": WIDTHS,
        "most": MOST_TILES,
        "longest_text": LONGEST_TEXT,
        "pressed": "" if overtaken else request.POST.get("do", ""),
        "mails": found.subscriptions.all(),
    }
    template = "analytics/arrange.html" + ("#arranging" if request.htmx else "")
    status = 409 if overtaken else 400 if problem else 200
    return render(request, template, context, status=status)


@transaction.atomic
def pressed(request: Request, project: Project, found: Dashboard) -> str:
    """What a button does; why nothing was changed, or nothing. Raises Overtaken where somebody
    else changed the dashboard after the page was opened."""
    current = found.held(request.user, seen_by(request))
    problem = change(request, project, current)
    if not problem:
        current.save()
    return problem


def change(request: Request, project: Project, found: Dashboard) -> str:
    """One press of a button; why nothing was changed, or nothing."""
    verb, _, rest = request.POST.get("do", "").partition("-")
    match verb:
        case "name":
            return rename(request, found)
        case "report" | "text":
            return add(request, project, found, verb)
    key, _, place = rest.partition("-to-")
    tiles = {str(each.pk): (n, each) for n, each in enumerate(tiles_of(found))}
    if key not in tiles:
        return "This tile is not there any more."
    position, each = tiles[key]
    number = int(place) if place.isdecimal() and len(place) < 3 else position
    match verb:
        case "earlier":
            found.move(each, position - 1)
        case "later":
            found.move(each, position + 1)
        case "move":
            found.move(each, number)
        case "width" if 1 <= number <= WIDEST:
            found.tiles.filter(pk=each.pk).update(width=number)
        case "words":
            words = request.POST.get(f"text-{each.pk}", "").replace("\0", "").strip()
            found.tiles.filter(pk=each.pk).update(text=words[:LONGEST_TEXT] or each.text)
        case "remove":
            each.delete()
    return ""


def rename(request: Request, found: Dashboard) -> str:
    """Its name, the period of all, and whether the project's home shows it."""
    preset = request.POST.get("period", "")
    found.name = request.POST.get("name", "").replace("\0", "").strip()[:200] or found.name
    if preset != "saved":
        known = preset in list(Preset)
        found.period = {"preset": preset} if known else None
    found.is_pinned = "pinned" in request.POST
    return ""


def add(request: Request, project: Project, found: Dashboard, what: str) -> str:
    """A report or a text behind what is there."""
    placed = [each.placed for each in tiles_of(found)]
    if len(placed) >= MOST_TILES:
        return f"A dashboard has {MOST_TILES} tiles at most. Remove one first."
    text = request.POST.get("text", "").replace("\0", "").strip()[:LONGEST_TEXT]
    key = request.POST.get("report", "")
    report = next((each for each in project.reports.kept() if str(each.pk) == key), None)
    if what == "report" and report is None:
        return "Choose a report."
    if what == "text" and not text:
        return "Write a text first."
    new = Placed(2, report) if what == "report" else Placed(3, text=text)
    last = found.tiles.count()
    found.tiles.create(
        position=last,
        width=new.width,
        report=new.report,
        text=new.text,
        title=str(report or "")[:200],
    )
    return ""


@login_required
@require_POST
def delete(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """Delete one whose name is typed; its reports stay."""
    project = editable(request, slug)
    found = get_object_or_404(project.dashboards.all(), pk=pk)
    if request.POST.get("name", "").strip() != found.name:
        messages.error(request, "The name that was typed is another one, so nothing was deleted.")
        return redirect("dashboard-arrange", slug, pk)
    found.delete()
    messages.success(request, f"“{found}” is deleted; its reports stay.")
    return redirect(reverse("dashboards", args=[slug]))
