"""Dashboards, and the answers of their tiles."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.db import transaction
from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from pydantic import BaseModel, Field, RootModel
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.changes import IF_MATCH, seen_by, tagged, told_of_conflicts
from analytics.api.questions import WaitSerializer
from analytics.api.shapes import ResultOfKind
from analytics.definitions.parts import Invalid
from analytics.definitions.periods import Period
from analytics.definitions.reports import parse_period
from analytics.models import Dashboard, Placed, Report, Run, Tile
from analytics.models.dashboards import LONGEST_TEXT, MOST_TILES, WIDEST
from people.api.access import project_of, signed_in
from people.api.bodies import Described, Exact, Text, Whole, Yes, read_parameters
from people.api.listing import Changed, Named
from people.api.viewsets import OfProject
from people.models import User


class PeriodShape(RootModel[Period]):
    """Days: a preset, or the first and the last one."""


class TileSerializer(Exact):
    """A report, or a text, at a place of a dashboard."""

    report = serializers.PrimaryKeyRelatedField(
        queryset=Report.objects.none(),
        allow_null=True,
        default=None,
        help_text="Which saved report; null of a text, and of a report that was deleted.",
    )
    text = Text(
        default="", allow_blank=True, max_length=LONGEST_TEXT, help_text="Instead of a report."
    )
    width = Whole(
        default=1, min_value=1, max_value=WIDEST, help_text="In thirds of the page, 1 to 3."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Reports of other projects are as unknown as none."""
        fields = super().get_fields()
        view = self.context.get("view")
        if view is not None and "project" in view.kwargs:
            reports = Report.objects.filter(project=project_of(view))
            fields["report"].queryset = reports  # type: ignore[attr-defined]
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # Of a change, what is not given has no default.
        if (attrs.get("report") is None) == (not attrs.get("text", "").strip()):
            raise serializers.ValidationError({"report": ["Give a report, or a text."]})
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Weekly",
            {
                "name": "Weekly",
                "period": {"preset": "last_30_days"},
                "tiles": [{"text": "What we look at on Mondays.", "width": 3}],
            },
            request_only=True,
        )
    ]
)
class DashboardSerializer(Exact, serializers.ModelSerializer[Dashboard]):
    """Reports placed together."""

    period = Described(
        PeriodShape,
        required=False,
        allow_null=True,
        help_text="One period for all; null: each report has its own.",
    )
    pinned = Yes(
        source="is_pinned", default=False, help_text="Whether the project's home shows it."
    )
    tiles = TileSerializer(many=True, required=False, help_text=f"In order, {MOST_TILES} at most.")

    class Meta:
        model = Dashboard
        fields = ["id", "name", "period", "pinned", "tiles", "created_at", "modified_at"]
        read_only_fields = ["created_at", "modified_at"]
        extra_kwargs = {
            "id": {"help_text": "Its name in addresses."},
            "name": {"help_text": "What people call it."},
            "created_at": {"help_text": "When it was made."},
            "modified_at": {"help_text": "When it was last changed."},
        }

    def validate_period(self, data: Any) -> Any:
        if data is None:
            return None
        try:
            return parse_period(data).model_dump(mode="json")
        except Invalid as error:
            problems = {
                path.removeprefix("period"): texts for path, texts in error.problems.items()
            }
            raise serializers.ValidationError(
                {path.lstrip("."): texts for path, texts in problems.items()}
            ) from error

    def validate_tiles(self, tiles: list[dict[str, Any]]) -> list[Placed]:
        if len(tiles) > MOST_TILES:
            raise serializers.ValidationError(f"A dashboard has {MOST_TILES} tiles at most.")
        return [Placed(**each) for each in tiles]

    @transaction.atomic
    def keep(self, dashboard: Dashboard, by: User, seen: datetime | None = None) -> Dashboard:
        """Save what was given, unless it was changed after it was `seen`; tiles that were not
        given stay."""
        given = dict(self.validated_data)
        if not dashboard._state.adding:
            with told_of_conflicts():
                dashboard = dashboard.held(by, seen)
        tiles = given.pop("tiles", None)
        for name, value in given.items():
            setattr(dashboard, name, value)
        dashboard.save()
        if tiles is not None:
            dashboard.arrange(tiles)
        return dashboard


class DashboardList(Named):
    """Which dashboards."""

    orders = {**Named.orders, **Changed.orders}
    pinned = serializers.BooleanField(
        required=False,
        source="is_pinned",
        help_text="The one on the project's home alone, or all others; both if absent.",
    )


class TileDone(BaseModel):
    """The answer of a tile; null of a text."""

    report: str | None = Field(description="Which report.", json_schema_extra={"format": "uuid"})
    text: str = Field(default="", description="What stands there instead of a report.")
    status: Literal["done"] = Field(description="It is computed.")
    result: ResultOfKind | None = Field(description="What came out.")


class TileFailed(BaseModel):
    """A tile that was not computed."""

    report: str | None = Field(description="Which report.", json_schema_extra={"format": "uuid"})
    status: Literal["failed"] = Field(description="There is no answer.")
    result: None = Field(description="Nothing.")
    error: str = Field(description="Why, in words.")


class TilePending(BaseModel):
    """A tile that is not computed yet."""

    report: str | None = Field(description="Which report.", json_schema_extra={"format": "uuid"})
    status: Literal["pending"] = Field(description="Ask again.")
    result: None = Field(description="Nothing yet.")


TileAnswer = Annotated[TileDone | TileFailed | TilePending, Field(discriminator="status")]


class DashboardAnswer(BaseModel):
    """The answers of a dashboard, tile by tile."""

    tiles: list[TileAnswer] = Field(description="In the order of the dashboard.")


def tile_answer(tile: Tile, run: Run | None) -> dict[str, Any]:
    about: dict[str, Any] = {"report": str(tile.report_id) if tile.report_id else None}
    match run:
        case None:
            return about | {"text": tile.text, "status": "done", "result": None}
        case Run(state=Run.State.DONE):
            return about | {"text": "", "status": "done", "result": run.result}
        case Run(state=Run.State.FAILED):
            return about | {"status": "failed", "result": None, "error": run.error}
        case _:
            return about | {"status": "pending", "result": None}


class DashboardViewSet(OfProject[Dashboard]):
    """Reports and texts placed together."""

    queryset = Dashboard.objects.prefetch_related(
        Prefetch("tiles", Tile.objects.select_related("report"))
    )
    serializer_class = DashboardSerializer
    listing = DashboardList

    def list(self, _request: Request, **_: object) -> Response:
        """List dashboards, newest first."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page or [], many=True).data)

    def create(self, request: Request, **_: object) -> Response:
        """Make a dashboard."""
        made = Dashboard(project=project_of(self), created_by=signed_in(request))
        return Response(self.kept(made, request), status.HTTP_201_CREATED)

    def retrieve(self, _request: Request, **_: object) -> Response:
        """Show a dashboard: what stands on it, not the answers."""
        return tagged(Response(self.get_serializer(self.get_object()).data))

    @extend_schema(parameters=[IF_MATCH])
    def partial_update(self, request: Request, **_: object) -> Response:
        """Change a dashboard; tiles are replaced by those that are given.

        With the header `If-Match`, only where nobody changed it meanwhile.
        """
        return tagged(Response(self.kept(self.get_object(), request, partial=True)))

    def destroy(self, _request: Request, **_: object) -> Response:
        """Delete a dashboard; its reports stay."""
        self.get_object().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        parameters=[WaitSerializer], responses={200: DashboardAnswer, 202: DashboardAnswer}
    )
    def result(self, request: Request, **_: object) -> Response:
        """Compute a dashboard: 202 while some tile is not computed yet."""
        found = self.get_object()
        wanted = read_parameters(WaitSerializer, request)
        runs = found.answers(wanted["wait"])
        told = [tile_answer(tile, run) for tile, run in zip(found.tiles.all(), runs, strict=True)]
        is_over = all(each["status"] != "pending" for each in told)
        answered = status.HTTP_200_OK if is_over else status.HTTP_202_ACCEPTED
        return Response({"tiles": told}, answered)

    def kept(self, found: Dashboard, request: Request, *, partial: bool = False) -> dict[str, Any]:
        context = self.get_serializer_context()
        given = DashboardSerializer(found, data=request.data, partial=partial, context=context)
        given.is_valid(raise_exception=True)
        kept = given.keep(found, signed_in(request), seen_by(request) if partial else None)
        return dict(self.get_serializer(self.get_queryset().get(pk=kept.pk)).data)
