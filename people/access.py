"""Who may open a page of a project, and who may change what is on it."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from people.models import Project, User


class Request(HttpRequest):
    """A request of somebody signed in, maybe by htmx."""

    user: User
    htmx: HtmxDetails


def project_of(request: Request, slug: str) -> Project:
    return get_object_or_404(Project.objects.visible_to(request.user), slug=slug)


def may_edit(request: Request, project: Project) -> bool:
    return Project.objects.editable_by(request.user).filter(pk=project.pk).exists()


def is_owner(request: Request, project: Project) -> bool:
    return Project.objects.owned_by(request.user).filter(pk=project.pk).exists()


def owned(request: Request, slug: str) -> Project:
    """The project, for its owners; 403 for other members, 404 for strangers."""
    project = project_of(request, slug)
    if not is_owner(request, project):
        raise PermissionDenied("Only an owner may do this.")
    return project


def editable(request: Request, slug: str) -> Project:
    """The project, for whoever may change it; 403 for viewers, 404 for strangers."""
    project = project_of(request, slug)
    if not may_edit(request, project):
        raise PermissionDenied("You may look at this project, not change it.")
    return project
