"""What every page's frame shows: the projects to switch between."""

from typing import Any

from django.http import HttpRequest

from people.models import Project, User


def frame(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    return {"projects": Project.objects.visible_to(user) if isinstance(user, User) else []}
