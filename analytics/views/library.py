"""The library of reports: found, sorted, named, copied, put into the trash and taken back."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, OrderBy, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.definitions.kinds import Kind
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import read_stored
from analytics.definitions.titles import said
from analytics.models import Overtaken, Report
from analytics.models.saved import ReportQuerySet
from analytics.views.saving import seen_by
from people.access import Request, editable, may_edit, project_of
from people.models import Project

PAGE = 50
MINE, TRASH = "mine", "trash"
NEWEST = F("modified_at").desc()
SORTS: dict[str, tuple[str, list[OrderBy]]] = {
    "run": ("last run", [F("answered_at").desc(nulls_last=True), NEWEST]),
    "name": ("name", [F("name").asc(), NEWEST]),
    "changed": ("last change", [NEWEST]),
}


@dataclass(frozen=True)
class Tab:
    """A part of the library, and how many reports are in it."""

    key: str
    words: str
    count: int


@login_required
@require_GET
def reports(request: Request, slug: str) -> HttpResponse:
    """All saved reports, or those that are looked for."""
    found = project_of(request, slug)
    tab, sort = request.GET.get("tab", ""), request.GET.get("sort", "")
    sort = sort if sort in SORTS else "run"
    rows = in_tab(found.reports.all(), tab, request)
    if text := request.GET.get("q", "").strip():
        rows = rows.saying(text, found)
    if owner := request.GET.get("owner", "").replace("\0", ""):
        rows = rows.filter(created_by__email=owner)
    rows = rows.select_related("created_by").order_by(*SORTS[sort][1])
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "project": found,
        "page": page,
        "rows": questions(page),
        "tabs": tabs(found, request),
        "tab": tab,
        "text": text,
        "owner": owner,
        "owners": owners(found),
        "sort": sort,
        "sorts": {key: words for key, (words, _) in SORTS.items()},
        "kinds": tuple(Kind),
        "may_edit": may_edit(request, found),
    }
    return render(request, "analytics/reports.html", context)


def in_tab(rows: ReportQuerySet, tab: str, request: Request) -> ReportQuerySet:
    if tab == TRASH:
        return rows.trashed()
    if tab == MINE:
        return rows.kept().filter(created_by=request.user)
    return rows.kept().filter(kind=tab) if tab in list(Kind) else rows.kept()


def tabs(found: Project, request: Request) -> list[Tab]:
    """All, one a kind, the reader's own, and the trash."""
    kept, mine = Q(trashed_at=None), Q(created_by=request.user)
    kinds = {f"kind_{each.value}": Count("pk", filter=kept & Q(kind=each)) for each in Kind}
    counts = found.reports.aggregate(
        every=Count("pk", filter=kept),
        mine=Count("pk", filter=kept & mine),
        trash=Count("pk", filter=~kept),
        **kinds,
    )
    return [
        Tab("", "All", counts["every"]),
        *(Tab(each.value, each.label, counts[f"kind_{each.value}"]) for each in Kind),
        Tab(MINE, "Mine", counts["mine"]),
        Tab(TRASH, "Trash", counts["trash"]),
    ]


def owners(found: Project) -> list[str]:
    emails = found.reports.exclude(created_by=None).values_list("created_by__email", flat=True)
    return sorted(set(emails))


def questions(page: "Page[Report]") -> list[tuple[Report, str]]:
    """Each report with what it asks, in words."""
    return [(each, question_of(each)) for each in page]


def question_of(report: Report) -> str:
    try:
        return str(said(read_stored(report.definition)))
    except Invalid:
        return "Some of what was saved cannot be read any more; open it to see what."


# --- One of them --------------------------------------------------------------------------------


@login_required
@require_POST
def about(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """Its name and what it is for, unless somebody else saved it meanwhile."""
    found = editable(request, slug)
    report = get_object_or_404(found.reports.all(), pk=pk)
    name = request.POST.get("name", "").replace("\0", "").strip()[:200]
    report.name = name or report.name
    report.description = request.POST.get("description", "").replace("\0", "").strip()[:1000]
    try:
        report.change(request.user, seen=seen_by(request))
    except Overtaken as error:
        messages.error(request, f"{error} Its name and description are as they were.")
    else:
        messages.success(request, f"“{report}” is saved.")
    return redirect("reports", slug)


@login_required
@require_POST
def duplicate(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """The same question under another name."""
    found = editable(request, slug)
    copy = get_object_or_404(found.reports.all(), pk=pk).duplicate(request.user)
    messages.success(request, f"“{copy}” is saved.")
    return redirect("report", slug, copy.pk)


@login_required
@require_POST
def pin(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """Into the rail of every page, or out of it; what it asks does not change."""
    found = editable(request, slug)
    report = get_object_or_404(found.reports.kept(), pk=pk)
    found.reports.filter(pk=pk).update(is_pinned=not report.is_pinned)
    said = "is not pinned any more" if report.is_pinned else "is pinned"
    messages.success(request, f"“{report}” {said}.")
    return redirect("reports", slug)


@login_required
@require_http_methods(["GET", "POST"])
def trash(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """Into the trash, after it was shown where it is used; or back."""
    found = editable(request, slug)
    report = get_object_or_404(found.reports.all(), pk=pk)
    if "back" in request.POST:
        report.take_back()
        messages.success(request, f"“{report}” is back.")
        return redirect("report", slug, pk)
    uses = report.uses()
    if request.method == "POST" and ("sure" in request.POST or not uses):
        report.put_in_trash()
        messages.success(request, f"“{report}” is in the trash; it can be taken back from there.")
        return redirect("reports", slug)
    context = {"project": found, "report": report, "uses": uses}
    return render(request, "analytics/report-trash.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """Delete for good one that is in the trash, and whose name is typed."""
    found = editable(request, slug)
    report = get_object_or_404(found.reports.all(), pk=pk)
    typed = request.POST.get("name", "").strip()
    if request.method == "POST" and report.is_trashed and typed == report.name:
        report.delete()
        messages.success(request, f"“{report}” is deleted.")
        return redirect("reports", slug)
    context = {"project": found, "report": report, "uses": report.uses(), "typed": typed}
    return render(request, "analytics/report-delete.html", context)
