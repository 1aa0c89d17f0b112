"""What a report asked before, and going back to it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from analytics.definitions.parts import Invalid
from analytics.models import catalogue_of, changes
from people.access import Request, editable, may_edit, project_of

PAGE = 50


@login_required
@require_GET
def versions(request: Request, slug: str, pk: UUID) -> HttpResponse:
    """Every saved change, newest first: who, when, and in words what."""
    found = project_of(request, slug)
    report = get_object_or_404(found.reports.all(), pk=pk)
    page = Paginator(report.versions.select_related("created_by"), PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "project": found,
        "report": report,
        "page": page,
        "changes": changes(page, catalogue_of(found).segments),
        "may_edit": may_edit(request, found),
    }
    return render(request, "analytics/versions.html", context)


@login_required
@require_POST
def restore(request: Request, slug: str, pk: UUID, number: int) -> HttpResponse:
    """Ask again what a version asked; that is a new version, so nothing is lost."""
    found = editable(request, slug)
    report = get_object_or_404(found.reports.all(), pk=pk)
    version = get_object_or_404(report.versions.all(), number=number)
    try:
        report.restore(version, request.user)
    except Invalid as error:
        texts = [text for each in error.problems.values() for text in each]
        messages.error(request, f"Version {number} cannot be asked any more: {' '.join(texts)}")
        return redirect("report-versions", slug, pk)
    messages.success(request, f"Version {number} is what the report asks again.")
    return redirect("report", slug, pk)
