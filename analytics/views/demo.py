"""Demo data in an empty project: how far it is, and what owners may do about it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from analytics.demo.filling import NotNow, done, is_demo, share_of, start, take_out
from people.access import Request, is_owner, owned, project_of
from people.models import Project


@login_required
@require_http_methods(["GET", "POST"])
def demo(request: Request, slug: str) -> HttpResponse:
    """The part of the home that speaks of demo data; by itself it leads there. POST fills the
    project, or takes it out again."""
    if request.method == "POST":
        change(request, owned(request, slug))
        return redirect("project", slug)
    project = project_of(request, slug)
    if not request.htmx:
        return redirect("project", slug)
    response = render(
        request, "components/demo.html", {"project": project, **state_of(request, project)}
    )
    if done(project) is None:
        # What has come changes all of the page.
        response["HX-Refresh"] = "true"
    return response


def change(request: Request, project: Project) -> None:
    try:
        match request.POST.get("do"):
            case "fill":
                start(project, request.user)
            case "take-out":
                take_out(project)
                messages.success(request, "The demo data is taken out: the project is empty again.")
            case _:
                messages.error(request, "Nothing was done: fill the project, or take it out.")
    except NotNow as error:
        messages.error(request, str(error))


def state_of(request: Request, project: Project) -> dict[str, Any]:
    """Whether demo data is in a project or on its way, and who may do something about it."""
    number = done(project)
    return {
        "filling": number,
        "filling_share": None if number is None else share_of(number),
        "is_demo": is_demo(project),
        "is_owner": is_owner(request, project),
    }
