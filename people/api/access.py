"""Whose token it is, and which project it may see."""

from django.shortcuts import get_object_or_404
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.views import APIView

from people.models import Project, User


def signed_in(request: Request) -> User:
    """The token's owner; the permission classes let nobody else through."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user


def project_of(view: APIView, *, edit: bool | None = None) -> Project:
    """The project in a call's path; 404 for strangers, 403 for viewers who want to change it.

    Every method but GET changes something unless `edit` says otherwise.
    """
    user = signed_in(view.request)
    project = get_object_or_404(Project.objects.visible_to(user), slug=view.kwargs["project"])
    changes = view.request.method not in SAFE_METHODS if edit is None else edit
    if changes and not Project.objects.editable_by(user).filter(pk=project.pk).exists():
        raise exceptions.PermissionDenied("You may look at this project, not change it.")
    return project
