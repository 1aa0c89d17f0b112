"""The people behind a number or in a segment, page by page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from analytics import engine
from analytics.definitions.conditions import Invalid
from analytics.models import Selection, people_page
from analytics.presentation.csv import people_csv
from analytics.store.client import StoreAway, StoreError
from people.api.access import project_of
from people.api.errors import Away
from people.api.people import PersonSerializer
from people.models import Project
from people.rest import Cursor

FORMAT = OpenApiParameter("format", str, enum=["json", "csv"], description="csv: all of them.")
LIMIT = OpenApiParameter("limit", int, description="People a page, 1 to 1,000; 100 if absent.")
FIGURE_HELP = (
    "`definition`, and the place of the number in its result: of a funnel `segment`, `step`, "
    "`outcome` (reached, dropped); of a segmentation `segment`, `event`, `granularity`, `start` "
    "(without the last two: the whole period). Indexes count from 0. Of a breakdown also `group` "
    "(value, other, missing) and, of a value, `value`; of the period before `previous`."
)


class PeopleSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PersonSerializer(many=True)


LISTED = {
    (200, "application/json"): PeopleSerializer,
    (200, "text/csv"): OpenApiTypes.STR,
}


class FigureSerializer(serializers.Serializer[Any]):
    definition = serializers.JSONField()
    segment = serializers.IntegerField(default=0, min_value=0)
    event = serializers.IntegerField(required=False, min_value=0)
    granularity = serializers.CharField(required=False)
    start = serializers.CharField(required=False)
    step = serializers.IntegerField(required=False, min_value=0)
    outcome = serializers.ChoiceField(["reached", "dropped"], required=False)
    group = serializers.ChoiceField(["value", "other", "missing"], required=False)
    value = serializers.CharField(required=False)
    previous = serializers.BooleanField(default=False)


class PeopleBehindView(APIView):
    @extend_schema(
        description=FIGURE_HELP,
        request=FigureSerializer,
        responses=LISTED,
        parameters=[LIMIT, FORMAT],
    )
    def post(self, request: Request, project: str) -> HttpResponseBase:  # noqa: ARG002
        target = project_of(self, edit=False)
        if not isinstance(request.data, dict):
            raise exceptions.ValidationError({"": ["Give a JSON object."]})
        figure = {key: value for key, value in request.data.items() if key != "definition"}
        selection = Selection(
            project=target, definition=request.data.get("definition"), figure=figure
        )
        try:
            people = selection.people()
        except Invalid as error:
            raise exceptions.ValidationError(placed(error, figure)) from error
        selection.save()
        return page_of(request, target, people, behind(request, selection))


class PeopleBehindPageView(APIView):
    @extend_schema(responses=LISTED, parameters=[LIMIT, FORMAT])
    def get(self, request: Request, project: str, selection: str) -> HttpResponseBase:  # noqa: ARG002
        target = project_of(self)
        found = get_object_or_404(target.selections.all(), pk=selection)
        return page_of(request, target, found.people(), behind(request, found))


def placed(error: Invalid, figure: dict[str, Any]) -> dict[str, list[str]]:
    """Problems of the definition stand below `definition`, those of the place at its own keys."""
    own = {"", "segment", "event", "granularity", "start", "step", "outcome", *figure}
    return {
        path if path in own else f"definition.{path}": texts
        for path, texts in error.problems.items()
    }


def behind(request: Request, selection: Selection) -> str:
    address = [selection.project.slug, selection.pk]
    return str(reverse("api-people-page", address, request=request))


def page_of(
    request: Request, project: Project, people: engine.Statement, address: str
) -> HttpResponseBase:
    """A page of a list of people; its neighbours are fetched from `address`. All as CSV."""
    if request.query_params.get("format") == "csv":
        with from_the_store():
            return people_csv(project, people)
    size = Cursor().get_page_size(request) or Cursor.page_size
    asked = {key: number(request.query_params.get(key)) for key in ("after", "before")}
    with from_the_store():
        page = people_page(project, people, engine.Page(size, **asked))

    def link(key: str, person: int | None) -> str | None:
        return f"{address}?{urlencode({key: person, 'limit': size})}" if person else None

    return Response(
        {
            "next": link("after", page.after),
            "previous": link("before", page.before),
            "results": PersonSerializer(page.people, many=True).data,
        }
    )


def number(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise exceptions.NotFound("There is no such page.")
    return int(text)


@contextmanager
def from_the_store() -> Iterator[None]:
    """What the store cannot do, as the API says it."""
    try:
        yield
    except StoreAway as error:
        raise Away(wait=5, detail=str(error)) from error
    except StoreError as error:
        raise exceptions.ValidationError({"": [str(error)]}) from error
