"""What its owners decide about a project."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from people import operations
from people.access import Request, owned


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: Request, slug: str) -> HttpResponse:
    """Delete a project with all that it has, once its name has been typed."""
    project = owned(request, slug)
    if request.method == "POST":
        if request.POST.get("name", "").strip() == project.name:
            operations.delete_project(project)
            messages.success(request, f"“{project}” is deleted; its data goes now.")
            return redirect("home")
        messages.error(request, f"Nothing was deleted: type “{project}” to delete this project.")
    return render(request, "people/delete.html", {"project": project})
