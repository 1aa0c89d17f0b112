"""The marks on the days of a project."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from people.access import Request, editable, may_edit, project_of


@login_required
@require_http_methods(["GET", "POST"])
def annotations(request: Request, slug: str) -> HttpResponse:
    """All marks, newest first; POST makes one."""
    project = project_of(request, slug)
    problem = ""
    if request.method == "POST":
        editable(request, slug)
        text = " ".join(request.POST.get("text", "").replace("\0", "").split())
        day = read_day(request.POST.get("day", ""))
        if day and 0 < len(text) <= 200:
            project.annotations.create(day=day, text=text, created_by=request.user)
            return redirect("annotations", slug)
        problem = "Give a day, and words of up to 200 characters."
    context = {
        "project": project,
        "annotations": project.annotations.order_by("-day", "-created_at"),
        "may_edit": may_edit(request, project),
        "problem": problem,
    }
    return render(request, "mails/annotations.html", context, status=400 if problem else 200)


@login_required
@require_POST
def delete(request: Request, slug: str, pk: str) -> HttpResponse:
    """Take a mark away."""
    project = editable(request, slug)
    get_object_or_404(project.annotations.all(), pk=pk).delete()
    return redirect("annotations", slug)


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
