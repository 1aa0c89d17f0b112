"""Files of people and of events: what was asked for, a form to ask for more, the files."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseStopPolling

from analytics.definitions.parts import Invalid
from analytics.exports.asking import ask
from analytics.exports.files import handed_out
from analytics.exports.forms import FORMS, ExportForm
from people.access import Request, editable, may_edit, project_of

MOST_SHOWN = 50


@login_required
@require_http_methods(["GET", "POST"])
def exports(request: Request, slug: str) -> HttpResponse:
    """What was asked for and how far it is; POST asks for more."""
    project = project_of(request, slug)
    wanted = request.POST.get("what")
    begin = request.GET.dict()
    found = [
        kind(project, request.POST if wanted == kind.kind else None, initial=begin)
        for kind in FORMS
    ]
    if any(form.is_valid() and asked_by(form, request) for form in found):
        return redirect("exports", slug)
    context = {
        "project": project,
        "forms": found,
        "exports": project.exports.select_related("created_by")[:MOST_SHOWN],
        "may_edit": may_edit(request, project),
        "goes_on": project.exports.unfinished().exists(),
    }
    template = "analytics/exports.html" + ("#files" if request.htmx else "")
    response = render(request, template, context)
    if request.htmx and not context["goes_on"]:
        return HttpResponseStopPolling(response.content)
    return response


def asked_by(form: ExportForm, request: Request) -> bool:
    """Ask for what a form says; False where it cannot be, which then stands in the form."""
    try:
        ask(form.project, request.user, form.asked())
    except Invalid as error:
        for name, texts in error.problems.items():
            for text in texts:
                form.add_error(name if name in form.fields else None, text)
        return False
    return True


@login_required
@require_GET
def file(request: Request, slug: str, pk: UUID) -> FileResponse:
    return handed_out(get_object_or_404(project_of(request, slug).exports.all(), pk=pk))


@login_required
@require_POST
def delete(request: Request, slug: str, pk: UUID) -> HttpResponse:
    get_object_or_404(editable(request, slug).exports.all(), pk=pk).remove()
    messages.success(request, "The file is deleted.")
    return redirect("exports", slug)
