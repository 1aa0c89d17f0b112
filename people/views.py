"""Which project to look at."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from people.models import Project, User


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The project, where there is one; else the choice, or how to make the first."""
    user = request.user
    found = list(Project.objects.visible_to(user)) if isinstance(user, User) else []
    if len(found) == 1:
        return redirect("project", found[0].slug)
    return render(request, "people/home.html", {"found": found})
