"""The API's manners (bodies, pages, errors) and its calls about projects."""

from collections.abc import Mapping
from typing import Any, BinaryIO

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import exception_handler

from people.ingest.body import TooLarge, Unreadable, parse_json, read
from people.models import Membership, Project, User

LARGEST_BODY = 2_621_440


class JSONBody(BaseParser):
    """JSON, gzipped or not, whatever its Content-Type says."""

    media_type = "*/*"

    def parse(
        self,
        stream: BinaryIO,
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        try:
            return parse_json(read(stream, request.headers.get("Content-Encoding"), LARGEST_BODY))
        except TooLarge as error:
            raise BodyTooLarge(str(error)) from error
        except Unreadable as error:
            raise exceptions.ParseError(str(error)) from error


class BodyTooLarge(exceptions.APIException):
    status_code = 413


class Cursor(CursorPagination):
    """`{"next", "previous", "results"}`, by cursor, `?limit=` up to 1,000."""

    ordering = "-pk"
    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 1000


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as `{"errors": {path: [messages]}}`; "" is the request as a whole."""
    if isinstance(error, Http404):
        error = exceptions.NotFound("There is no such thing here, or it is not yours to see.")
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
            pk=serializer.instance.pk if serializer.instance else None
        ):
            raise exceptions.PermissionDenied("You may look at this project, not change it.")
        serializer.save()


def signed_in(request: Request) -> User:
    """The token's owner; the permission classes let nobody else through."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user
