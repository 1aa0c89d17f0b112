"""Whose token it is, and which project it may see."""

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from people.models import Project, User

if TYPE_CHECKING:
    from rest_framework.views import APIView


class InProject(BasePermission):
    """Who may not is told so before anything of the call is read: 401, 404 or 403, never 400."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.user, User):
            return False
        asks = request.method in SAFE_METHODS or getattr(view, "only_asks", False)
        if getattr(request, "reads_only", False) and not asks:
            raise exceptions.PermissionDenied("This token may only read.")
        if "project" in view.kwargs:
            project_of(view)
        return True


def signed_in(request: Request) -> User:
    """The token's owner; the permission classes let nobody else through."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user


def project_of(view: "APIView") -> Project:
    """The project in a call's path; 404 for strangers, 403 for viewers who want to change it,
    where the view is `for_owners` for all others who do, and for all who only read where
    `only_owners_read`.

    Every method but GET changes something unless the view `only_asks`.
    """
    user = signed_in(view.request)
    project = get_object_or_404(Project.objects.visible_to(user), slug=view.kwargs["project"])
    changes = view.request.method not in SAFE_METHODS and not getattr(view, "only_asks", False)
    if changes and not Project.objects.editable_by(user).filter(pk=project.pk).exists():
        raise exceptions.PermissionDenied("You may look at this project, not change it.")
    decides = changes and getattr(view, "for_owners", False)
    is_theirs = decides or getattr(view, "only_owners_read", False)
    if is_theirs and not owns(user, project):
        raise exceptions.PermissionDenied("Only an owner may do this.")
    return project


def owns(user: User, project: Project) -> bool:
    return Project.objects.owned_by(user).filter(pk=project.pk).exists()
