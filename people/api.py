"""How the API says no, and its calls about projects."""

import logging
from typing import Any

from django.db import OperationalError
from django.db.models import QuerySet
from django.http import Http404
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import exception_handler

from people.models import Membership, Project, User

log = logging.getLogger(__name__)


class Away(exceptions.APIException):
    """A service that an answer needs is away; `wait` becomes Retry-After, in seconds."""

    status_code = 503
    default_detail = "The database cannot be reached at the moment. Try again shortly."

    def __init__(self, wait: int) -> None:
        super().__init__()
        self.wait = wait


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as `{"errors": {path: [messages]}}`; "" is the request as a whole."""
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is no such thing here, or it is not yours to see.")
    if isinstance(error, OperationalError):
        log.error("The database is away: %s", error)
        error = Away(wait=5)
    response = exception_handler(error, context)
    if response is not None:
        detail = error.detail if isinstance(error, exceptions.APIException) else str(error)
        response.data = {"errors": flat(detail)}
    return response


def flat(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Nested error details as one level: {"steps": {"1": ["…"]}} → {"steps.1": ["…"]}."""
    match detail:
        case dict():
            below = [flat(each, f"{path}.{key}".strip(".")) for key, each in detail.items()]
            return {key: texts for part in below for key, texts in part.items()}
        case list() if any(isinstance(each, dict | list) for each in detail):
            return flat({str(index): each for index, each in enumerate(detail) if each}, path)
        case list():
            return {path: [str(each) for each in detail]}
        case _:
            return {path: [str(detail)]}


class ProjectSerializer(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = ["name", "slug", "timezone", "created_at"]
        read_only_fields = ["slug", "created_at"]


class ProjectViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Project],
):
    """Projects that the token's owner may see; whoever creates one owns it."""

    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    lookup_field = "slug"
    lookup_url_kwarg = "project"
    http_method_names = ["get", "post", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[Project]:
        return Project.objects.visible_to(signed_in(self.request))

    def perform_create(self, serializer: BaseSerializer[Project]) -> None:
        project = serializer.save()
        project.memberships.create(user=signed_in(self.request), role=Membership.Role.OWNER)

    def perform_update(self, serializer: BaseSerializer[Project]) -> None:
        if not Project.objects.editable_by(signed_in(self.request)).filter(
            slug=self.kwargs["project"]
        ):
            raise exceptions.PermissionDenied("You may look at this project, not change it.")
        serializer.save()


def signed_in(request: Request) -> User:
    """The token's owner; the permission classes let nobody else through."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user
