"""What every page's frame shows: the projects to switch between, and what one of them has."""

from typing import Any

from django.http import HttpRequest

from analytics.models.aside import aside_of
from people.models import Project, User


def frame(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    return {
        "projects": Project.objects.visible_to(user) if isinstance(user, User) else [],
        # Asked by the rail alone, for the project that it is of.
        "aside_of": aside_of,
    }
