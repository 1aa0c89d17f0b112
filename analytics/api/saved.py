"""Saved reports and segments."""

from collections.abc import Callable
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer

from analytics.api.changes import IF_MATCH, seen_by, tagged, told_of_conflicts
from analytics.api.lists import (
    LISTED,
    PARAMETERS,
    FigureSerializer,
    FormatSerializer,
    from_the_store,
    page_of,
    placed,
)
from analytics.api.questions import ANSWERS, run_response, waiting
from analytics.api.shapes import CONDITION, EXAMPLES, Condition, Definition
from analytics.definitions.kinds import Kind
from analytics.definitions.mentions import Mentions
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, parse, parse_condition
from analytics.models import (
    Report,
    Segment,
    Selection,
    ask,
    catalogue_of,
    segment_people,
    segment_sizes,
)
from analytics.models.uses import archived_in
from analytics.presentation.csv import to_csv
from analytics.presentation.glances import remember
from people.api.access import project_of, signed_in
from people.api.bodies import Described, Exact, Yes, read_parameters
from people.api.errors import Conflict
from people.api.listing import Changed, Marked, Named, Part, or_never
from people.api.viewsets import OfProject
from people.models import Project

TIMES = {
    "created_at": {"help_text": "When it was made."},
    "modified_at": {"help_text": "When it was last changed."},
}


class ResultParameters(FormatSerializer):
    """How long to wait for a report's answer, and in which format it is wanted."""

    wait = waiting(10)


class ReportList(Named):
    """Which reports."""

    orders = {**Named.orders, **Changed.orders, "answered_at": or_never("answered_at")}
    q = Part(required=False, help_text="A part of the name, the description, or what it asks.")
    kind = serializers.ChoiceField(
        [each.value for each in Kind], required=False, help_text="Those of one kind."
    )
    trashed = Marked(
        required=False, source="trashed_at__isnull", help_text="Those in the trash instead."
    )
    pinned = serializers.BooleanField(
        required=False,
        source="is_pinned",
        help_text="Those that are pinned alone, or all others; both if absent.",
    )

    def narrowed(self, rows: Any, wanted: dict[str, Any]) -> QuerySet[Any]:
        if text := wanted.pop("q", None):
            rows = rows.saying(text, project_of(self.context["view"]))
        return super().narrowed(rows, {"trashed_at__isnull": True, **wanted})


class SegmentList(Named):
    """Which segments."""

    orders = {**Named.orders, **Changed.orders}
    fixed = Marked(
        required=False,
        source="people__isnull",
        help_text="Fixed lists alone, or conditions alone; both if absent.",
    )


class Checked(Exact, serializers.ModelSerializer[Any]):
    """Knows the project whose catalogue decides what fits, and what of it is archived."""

    notes = serializers.SerializerMethodField(
        help_text="What it speaks of that is archived, a sentence each; its numbers stay."
    )

    @cached_property
    def archived(self) -> Callable[[object], list[str]]:
        return archived_in(self.project)

    def get_notes(self, saved: Report | Segment) -> list[str]:
        return self.archived(saved.definition if isinstance(saved, Report) else saved.condition)

    @property
    def project(self) -> Project:
        view = self.context["view"]
        project: Project = project_of(view)
        return project


@extend_schema_serializer(
    examples=[
        OpenApiExample(name, {"name": name, "definition": definition}, request_only=True)
        for name, definition in EXAMPLES.items()
    ]
)
class ReportSerializer(Checked):
    """A definition under a name."""

    definition = Described(Definition, help_text="What it asks; defaults are written down.")
    trashed = Yes(
        source="is_trashed",
        required=False,
        help_text="Whether it is in the trash: out of the lists until it is taken back.",
    )

    pinned = Yes(
        source="is_pinned", required=False, help_text="Whether it stands beside every page."
    )

    class Meta:
        model = Report
        fields = [
            "id", "name", "description", "kind", "definition", "notes", "trashed", "pinned",
            "answered_at", "created_at", "modified_at",
        ]  # fmt: skip
        read_only_fields = ["kind", "answered_at", "created_at", "modified_at"]
        extra_kwargs = {
            "id": {"help_text": "Its name in addresses."},
            "name": {"help_text": "What people call it."},
            "description": {"help_text": "What it is for."},
            "kind": {"help_text": "That of its definition."},
            "answered_at": {"help_text": "When it was answered last; null: not yet."},
            **TIMES,
        }

    def validate_definition(self, data: Any) -> dict[str, Any]:
        try:
            return dump(parse(data, catalogue_of(self.project, Mentions.of(data))))
        except Invalid as error:
            raise serializers.ValidationError(error.problems) from error

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "definition" in attrs:
            attrs["kind"] = attrs["definition"]["kind"]
        return attrs

    def update(self, report: Report, given: dict[str, Any]) -> Report:
        """Unless somebody else saved it since the caller read it."""
        seen = given.pop("seen")
        trashed = given.pop("is_trashed", report.is_trashed)
        for name, value in given.items():
            setattr(report, name, value)
        with told_of_conflicts():
            report.change(signed_in(self.context["request"]), seen=seen)
        report.put_in_trash() if trashed else report.take_back()
        return report

    def create(self, given: dict[str, Any]) -> Report:
        trashed = given.pop("is_trashed", False)
        report: Report = super().create(given)
        if trashed:
            report.put_in_trash()
        return report


class ReportViewSet(OfProject[Report], viewsets.ModelViewSet[Report]):
    queryset = Report.objects.all()
    serializer_class = ReportSerializer
    listing = ReportList
    summaries = {
        "create": "Save a report.",
        "destroy": "Delete a report for good; what uses it says so.",
    }

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List saved reports, newest first."""
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a report: what it asks, not its answer."""
        return tagged(super().retrieve(request, *args, **kwargs))

    @extend_schema(parameters=[IF_MATCH])
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a report.

        With the header `If-Match`, only where nobody changed it meanwhile.
        """
        return tagged(super().partial_update(request, *args, **kwargs))

    def perform_update(self, serializer: BaseSerializer[Report]) -> None:
        serializer.save(seen=seen_by(self.request))

    @extend_schema(request=None, responses={201: ReportSerializer})
    def duplicate(self, request: Request, **_: object) -> Response:
        """Copy a report under a name of its own."""
        report = self.get_object().duplicate(signed_in(request))
        return Response(self.get_serializer(report).data, status.HTTP_201_CREATED)

    @extend_schema(
        parameters=[ResultParameters],
        responses={
            (200, "application/json"): ANSWERS[200],
            (200, "text/csv"): OpenApiTypes.STR,
            202: ANSWERS[202],
        },
    )
    def result(self, request: Request, **_: object) -> HttpResponseBase:
        """Compute a report; `?format=csv` for a spreadsheet."""
        report = self.get_object()
        wanted = read_parameters(ResultParameters, request)
        try:
            run = ask(report.project, report.definition, wait=wanted["wait"])
        except Invalid as error:
            raise serializers.ValidationError(error.problems) from error
        remember(report, run)
        if run.answer and wanted["format"] == "csv":
            text = to_csv(run.answer, run.asked)
            return HttpResponse(text, content_type="text/csv; charset=utf-8")
        return run_response(request, run)


@extend_schema_serializer(
    examples=[
        OpenApiExample("Croatia", {"name": "Croatia", "condition": CONDITION}, request_only=True)
    ]
)
class SegmentSerializer(Checked):
    """A condition, or a fixed list: made with `people`, a number as in `query/people/`."""

    size = serializers.SerializerMethodField(help_text="How many people are in it now.")
    fixed = serializers.BooleanField(
        source="is_fixed", read_only=True, help_text="Whether it is a list of people, chosen once."
    )
    condition = Described(Condition, required=False, allow_null=True, help_text="Who is in it.")
    people = FigureSerializer(
        write_only=True, required=False, help_text="Instead of a condition: who is on the list."
    )

    class Meta:
        model = Segment
        fields = [
            "id", "name", "description", "condition", "notes", "fixed", "people", "size",
            "created_at", "modified_at",
        ]  # fmt: skip
        read_only_fields = ["created_at", "modified_at"]
        extra_kwargs = {
            "id": {"help_text": "Its name in addresses and definitions."},
            "name": {"help_text": "What people call it; each once in a project."},
            "description": {"help_text": "What it is for."},
            **TIMES,
        }

    def get_size(self, segment: Segment) -> int | None:
        """Null where the condition does not fit any more what is known of its attributes."""
        sizes: dict[UUID, int] = self.context["sizes"]
        return sizes.get(segment.pk)

    def validate_condition(self, data: Any) -> Any:
        if self.instance and self.instance.is_fixed:
            raise serializers.ValidationError("This segment is a fixed list and has no condition.")
        try:
            parse_condition(data, catalogue_of(self.project, Mentions.of(data)))
        except Invalid as error:
            raise serializers.ValidationError(error.problems) from error
        return data

    def update(self, segment: Segment, given: dict[str, Any]) -> Segment:
        """Unless somebody else saved it since the caller read it."""
        seen = given.pop("seen")
        for name, value in given.items():
            setattr(segment, name, value)
        with told_of_conflicts():
            segment.change(signed_in(self.context["request"]), seen=seen)
        return segment

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        same = Segment.objects.filter(project=self.project, name=attrs.get("name"))
        if [each for each in same if each != self.instance]:
            raise Conflict({"name": ["There is a segment of this name."]})
        if self.instance and "people" in attrs:
            raise serializers.ValidationError({"people": ["Who is on a list is chosen once."]})
        if not self.instance and ("condition" in attrs) == ("people" in attrs):
            raise serializers.ValidationError({"condition": ["Give a condition, or people."]})
        return attrs


# What becomes of the reports that use a segment.
WITHOUT_RULE = "Its rule is written out in these reports, so that none of their numbers changes."
WITHOUT_LIST = "These reports cannot be computed until another segment is chosen in them."


class ConfirmParameters(Exact):
    """Whether something goes although it is used."""

    confirm = serializers.BooleanField(
        default=False, help_text="Whether it goes although it is used."
    )


class SegmentViewSet(OfProject[Segment]):
    """Named conditions on people, each with how many they hold for now."""

    queryset = Segment.objects.all()
    serializer_class = SegmentSerializer
    listing = SegmentList

    def shown(self, segments: list[Segment]) -> list[dict[str, Any]]:
        with from_the_store():
            sizes = segment_sizes(project_of(self), segments)
        context = {**self.get_serializer_context(), "sizes": sizes}
        told = SegmentSerializer(segments, many=True, context=context).data
        return [dict(each) for each in told]

    def list(self, _request: Request, **_: object) -> Response:
        """List segments, newest first, each with its size."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.shown(page or []))

    def create(self, request: Request, **_: object) -> Response:
        """Make a segment of a condition, or of the people behind a number."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        if "people" in given.validated_data:
            segment = self.listed(request, given.validated_data)
        else:
            segment = given.save(project=project_of(self), created_by=signed_in(request))
        return Response(self.shown([segment])[0], status.HTTP_201_CREATED)

    def listed(self, request: Request, wanted: dict[str, Any]) -> Segment:
        """A fixed list of the people behind a number."""
        sent, figure = request.data["people"], dict(wanted["people"])  # type: ignore[call-overload]
        definition = figure.pop("definition")
        figure = {key: value for key, value in figure.items() if key in sent}
        chosen = Selection(project=project_of(self), definition=definition, figure=figure)
        try:
            with from_the_store():
                return chosen.save_as_segment(wanted["name"], signed_in(request))
        except Invalid as error:
            problems = {
                path if path == "name" else f"people.{path}".rstrip("."): texts
                for path, texts in placed(error, figure).items()
            }
            raise serializers.ValidationError(problems) from error

    def retrieve(self, _request: Request, **_: object) -> Response:
        """Show a segment, with its size."""
        return tagged(Response(self.shown([self.get_object()])[0]))

    @extend_schema(parameters=[IF_MATCH])
    def partial_update(self, request: Request, **_: object) -> Response:
        """Change a segment.

        With the header `If-Match`, only where nobody changed it meanwhile.
        """
        given = self.get_serializer(self.get_object(), data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return tagged(Response(self.shown([given.save(seen=seen_by(request))])[0]))

    @extend_schema(parameters=[ConfirmParameters])
    def destroy(self, request: Request, **_: object) -> Response:
        """Delete a segment.

        One that is used is deleted with `confirm=true` alone; else 409 says where.
        """
        wanted = read_parameters(ConfirmParameters, request)
        segment = self.get_object()
        uses = segment.uses()
        if uses and not wanted["confirm"]:
            then = WITHOUT_LIST if segment.is_fixed else WITHOUT_RULE
            text = f"{uses.sentence}. {then} To delete it all the same, add `confirm=true`."
            raise Conflict({"": [text, *uses.named]})
        segment.delete_for(signed_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=LISTED, parameters=PARAMETERS)
    def people(self, request: Request, pk: UUID, **_: object) -> HttpResponseBase:
        """List the people in a segment."""
        segment = self.get_object()
        address = reverse("api-segment-people", [segment.project.slug, pk], request=request)
        return page_of(request, segment.project, segment_people(segment), str(address))
