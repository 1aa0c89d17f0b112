"""What was done in a project and by whom, for its owners: with filters, and as a file."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import chain

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from people.access import Request, owned
from people.forms import AuditForm
from people.models import Project
from people.models.audit import AuditQuerySet
from people.spreadsheets import written

PAGE = 100


@login_required
@require_GET
def audit(request: Request, slug: str) -> HttpResponseBase:
    """The newest first; `?format=csv` has all of them."""
    project = owned(request, slug)
    form = AuditForm(request.GET)
    rows = chosen(project, form)
    if request.GET.get("format") == "csv" and form.is_valid():
        return as_csv(project, rows)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"project": project, "form": form, "page": page, "is_owner": True}
    return render(request, "people/audit.html", context)


def chosen(project: Project, form: AuditForm) -> AuditQuerySet:
    """The entries that the filters leave; all of them where the filters cannot be read."""
    rows: AuditQuerySet = project.audit.all()
    given = form.cleaned_data if form.is_valid() else {}
    if who := given.get("who"):
        rows = rows.by(who)
    if action := given.get("action"):
        rows = rows.filter(action=action)
    if since := given.get("since"):
        rows = rows.filter(at__gte=datetime.combine(since, time(), project.zone))
    if until := given.get("until"):
        rows = rows.filter(at__lt=datetime.combine(until + timedelta(1), time(), project.zone))
    return rows


def as_csv(project: Project, rows: AuditQuerySet) -> HttpResponse | StreamingHttpResponse:
    lines: Iterator[str] = (
        written([[each.at.isoformat(), each.email, each.action, each.words, each.place]])
        for each in rows.iterator(chunk_size=2000)
    )
    head = written([["at", "who", "action", "what", "place"]])
    response = StreamingHttpResponse(chain([head], lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-audit.csv"'
    return response
