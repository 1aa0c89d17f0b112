"""Uploading an export: the file, what its rows would become, how far it is."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseStopPolling

from people.access import Request, editable, may_edit, project_of
from people.imports import jobs
from people.imports.export import BrokenExport
from people.imports.formats import TITLES
from people.imports.loading import FORMATS, Row, preview
from people.ingest.messages import Identify, RefusedError, Track
from people.models import Import

WORDS = {
    "person": "Person",
    "anonymous": "Anonymous id",
    "event": "Event",
    "time": "Time",
    "id": "Id of the event",
}


@login_required
@require_http_methods(["GET", "POST"])
def imports(request: Request, slug: str) -> HttpResponse:
    """What was imported, and a form to upload more."""
    project = project_of(request, slug)
    if request.method == "POST":
        editable(request, slug)
        file, kind = request.FILES.get("file"), request.POST.get("format", "")
        if file is None or kind not in FORMATS:
            raise BadRequest("Choose a file and what it was exported from.")
        name = str(file.name)[:255]
        job = Import.objects.create(
            project=project, created_by=request.user, name=name, file=file, format=kind
        )
        return redirect("import", slug, job.pk)
    context = {
        "project": project,
        "imports": project.imports.all()[:50],
        "formats": [(each, TITLES[each]) for each in FORMATS],
        "may_edit": may_edit(request, project),
    }
    return render(request, "people/imports.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def one(request: Request, slug: str, pk: int) -> HttpResponse:
    """A preview before it starts, its progress, and what became of it. POST starts it."""
    project = project_of(request, slug)
    job = get_object_or_404(project.imports.all(), pk=pk)
    if request.method == "POST":
        editable(request, slug)
        job.columns = chosen(request.POST)
        if not jobs.start(job):
            messages.info(request, "This import was started before.")
        return redirect("import", slug, pk)
    context: dict[str, Any] = {
        "project": project,
        "job": job,
        "may_edit": may_edit(request, project),
        "percent": round(job.done_share * 100),
    }
    if job.state == Import.State.DRAFT:
        context |= draft(job, chosen(request.GET) or job.columns)
    template = "people/import.html" + ("#job" if request.htmx else "")
    response = render(request, template, context)
    if request.htmx and job.is_over:
        return HttpResponseStopPolling(response.content)
    return response


def chosen(given: Any) -> dict[str, str]:
    return {name: given[name] for name in WORDS if name in given}


def draft(job: Import, columns: dict[str, str]) -> dict[str, Any]:
    """The first rows as they would be kept, and which column says what."""
    try:
        names, guessed, rows = preview(job.project, Path(job.file.path), job.format, columns)
    except (BrokenExport, OSError) as error:
        return {"problem": str(error)}
    except RefusedError as error:
        return {"problem": "; ".join(text for texts in error.errors.values() for text in texts)}
    parts = asdict(guessed)
    return {
        "names": names,
        "parts": [(name, WORDS[name], parts[name]) for name in WORDS] if names else [],
        "problem": guessed.missing() if names else "",
        "rows": [shown(row) for row in rows],
    }


def shown(row: Row) -> dict[str, Any]:
    """A row of the preview: who, what, when, and the facts, or why not."""
    reasons = [f"{path}: {text}" for path, texts in row.errors.items() for text in texts]
    said = [each for each in row.messages if isinstance(each, Track | Identify)]
    last = said[-1] if said else None
    return {
        "number": row.number,
        "reasons": reasons,
        "who": last.ids[0].value if last else "",
        "what": last.event if isinstance(last, Track) else "",
        "when": last.at if isinstance(last, Track) else None,
        "facts": last.properties if isinstance(last, Track) else last.attributes if last else {},
    }


@login_required
@require_GET
def rejected(request: Request, slug: str, pk: int) -> FileResponse:
    """The rows that could not be kept, with the reasons."""
    job = get_object_or_404(project_of(request, slug).imports.all(), pk=pk)
    if not job.file or not job.rejected_path.exists():
        raise Http404("Nothing was rejected.")
    name = f"{job.name}.rejected.jsonl"
    return FileResponse(job.rejected_path.open("rb"), as_attachment=True, filename=name)
