"""The people behind a number or in a segment, page by page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from analytics import engine
from analytics.api.shapes import Definition, placing
from analytics.definitions.figures import Outcome
from analytics.definitions.parts import Invalid
from analytics.definitions.periods import Granularity
from analytics.models import Selection, people_page
from analytics.presentation.csv import people_csv
from analytics.store.client import StoreAway, StoreError
from people.api.access import project_of
from people.api.bodies import Described, Exact, Text, Whole, Yes, read, read_parameters
from people.api.errors import Away
from people.api.listing import LARGEST_PAGE, PAGE, Limit
from people.api.people import PersonSerializer
from people.models import Project

LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE},
    description="People a page.",
)
PLACE = [
    OpenApiParameter(
        name, {"type": "integer", "minimum": 0}, description=f"The people {name} this number."
    )
    for name in ("after", "before")
]


class FormatSerializer(Exact):
    """In which format an answer is wanted."""

    format = serializers.ChoiceField(
        ["json", "csv"], default="json", help_text="csv: all of them, for a spreadsheet."
    )


class PeopleParameters(FormatSerializer):
    """Which page of a list of people is wanted, or all of it as CSV."""

    limit = Limit(default=PAGE)
    after = serializers.CharField(required=False)
    before = serializers.CharField(required=False)


class PeopleSerializer(serializers.Serializer[Any]):
    """A page of a list of people."""

    next = serializers.URLField(allow_null=True, help_text="The next page; null at the end.")
    previous = serializers.URLField(allow_null=True, help_text="The page before.")
    results = PersonSerializer(many=True, help_text="Who is on this page.")


LISTED = {
    (200, "application/json"): PeopleSerializer,
    (200, "text/csv"): OpenApiTypes.STR,
}
PARAMETERS: list[OpenApiParameter | type[serializers.Serializer[Any]]] = [
    LIMIT,
    *PLACE,
    FormatSerializer,
]


class FigureSerializer(Exact):
    """One number of a result by its place; a funnel has steps, a segmentation events and days, a
    retention cohorts and intervals."""

    definition = Described(Definition, help_text="Of whose result it is a number.")
    segment = Whole(default=0, min_value=0, help_text="Index of the segment, from 0.")
    event = Whole(
        required=False, min_value=0, help_text="Of a segmentation: index of the event, from 0."
    )
    formula = Whole(
        required=False,
        min_value=0,
        help_text="Of a segmentation: index of the formula, from 0. Nobody is behind one, so this "
        "is refused; an alert can watch it.",
    )
    granularity = serializers.ChoiceField(
        [each.value for each in Granularity],
        required=False,
        help_text="Of a segmentation; together with `start`. Without: the whole period.",
    )
    start = Text(
        required=False,
        help_text="Of a segmentation: the start of the bucket; of a retention: of the cohort.",
    )
    interval = Whole(
        required=False, min_value=0, help_text="Of a retention: which interval, 0 if absent."
    )
    step = Whole(required=False, min_value=0, help_text="Of a funnel: index of the step, from 0.")
    outcome = serializers.ChoiceField(
        [each.value for each in Outcome],
        required=False,
        help_text="Of a funnel: who reached the step, or the one before and not this one.",
    )
    group = serializers.ChoiceField(
        ["value", "other", "missing"], required=False, help_text="Of a breakdown: which group."
    )
    value = Text(required=False, trim_whitespace=False, help_text="With `group` “value”: which.")
    previous = Yes(default=False, help_text="With `compare`: of the period before.")


@extend_schema_serializer(examples=placing())
class PeopleBehindSerializer(FigureSerializer):
    pass


class PeopleBehindView(APIView):
    only_asks = True

    @extend_schema(request=PeopleBehindSerializer, responses=LISTED, parameters=PARAMETERS)
    def post(self, request: Request, **_: object) -> HttpResponseBase:
        """List the people behind one number.

        Just those whom it counts, as many as it says. `next` is fetched by GET.
        """
        target = project_of(self)
        figure = read(FigureSerializer, request)
        definition = figure.pop("definition")
        selection = Selection(project=target, definition=definition, figure=given(request, figure))
        try:
            people = selection.people()
        except Invalid as error:
            raise exceptions.ValidationError(placed(error, selection.figure)) from error
        selection.save()
        return page_of(request, target, people, behind(request, selection))


def given(request: Request, figure: dict[str, Any]) -> dict[str, Any]:
    """The parts of a place that were sent, as they were read."""
    return {key: value for key, value in figure.items() if key in request.data}


class PeopleBehindPageView(APIView):
    @extend_schema(responses=LISTED, parameters=PARAMETERS)
    def get(self, request: Request, selection: str, **_: object) -> HttpResponseBase:
        """List more of the people behind a number."""
        target = project_of(self)
        found = get_object_or_404(target.selections.all(), pk=selection)
        return page_of(request, target, found.people(), behind(request, found))


def placed(error: Invalid, figure: dict[str, Any]) -> dict[str, list[str]]:
    """Problems of the definition stand below `definition`, those of the place at its own keys."""
    own = {"", "segment", "event", "formula", "granularity", "start", "step", "outcome", *figure}
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
    wanted = read_parameters(PeopleParameters, request)
    if wanted["format"] == "csv":
        with from_the_store():
            return people_csv(project, people)
    asked = {key: number(request.query_params.get(key)) for key in ("after", "before")}
    with from_the_store():
        page = people_page(project, people, engine.Page(wanted["limit"], **asked))

    def link(key: str, person: int | None) -> str | None:
        return f"{address}?{urlencode({key: person, 'limit': wanted['limit']})}" if person else None

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
