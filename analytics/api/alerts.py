"""Alerts through the API (contract §5)."""

from math import isfinite
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.subscriptions import ScheduledList, ScheduleField, Watching
from analytics.definitions.alerts import Comparison
from analytics.definitions.parts import Invalid
from analytics.models import Alert
from analytics.models.alerts import HOURLY
from people.api.access import project_of, signed_in
from people.api.listing import or_never
from people.api.viewsets import OfProject

# So long an answer waits for the first check; what takes longer the sweep makes up for.
PATIENCE = 5.0
FIGURE_HELP = (
    "As for the people behind a number. Of a segmentation without `start`: the last bucket that is "
    "over; of a retention the newest cohort of which the interval is over. Of a funnel `of`, "
    "`people` (as if absent), `first` or `previous`: the share of the first step or of the one "
    "before; of a retention `first`: the share of the cohort."
)


class Number(serializers.FloatField):
    """A number, and nothing that could be read as one."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float) or not isfinite(data):
            raise serializers.ValidationError("Give a number.")
        return super().to_internal_value(data)


@extend_schema_field({"type": "object", "additionalProperties": True})
class FigureField(serializers.JSONField):
    """The place of a number; the report decides what fits."""


class AlertSerializer(Watching):
    """A condition on one number of a report."""

    figure = FigureField(default=dict, help_text=FIGURE_HELP)
    operator = serializers.ChoiceField(
        [each.value for each in Comparison], help_text="What it is compared with `value` by."
    )
    value = Number(
        min_value=-1e15, max_value=1e15, help_text="The limit; of `changes_by` in per cent."
    )
    schedule = ScheduleField(
        default=lambda: dict(HOURLY),
        help_text='As of subscriptions, also `"every": "hour"`; that if absent.',
    )
    state = serializers.ChoiceField(
        Alert.State.choices, read_only=True, help_text="What the last check saw."
    )
    reason = serializers.CharField(read_only=True, help_text="Why nothing is known.")
    since = serializers.DateTimeField(read_only=True, help_text="Since when it is so.")
    checked_at = serializers.DateTimeField(read_only=True, help_text="When it was last checked.")
    next_due = serializers.DateTimeField(read_only=True, help_text="When it is checked next.")

    def placed(self, error: Invalid) -> dict[str, list[str]]:
        own = ("recipients", "report")
        return {
            path if path.split(".")[0] in own else f"figure.{path}".rstrip("."): texts
            for path, texts in error.problems.items()
        }


class AlertList(ScheduledList):
    """Which alerts."""

    orders = {**ScheduledList.orders, "since": "since", "checked_at": or_never("checked_at")}
    state = serializers.ChoiceField(
        Alert.State.choices, required=False, help_text="Those of which the last check saw this."
    )


class AlertViewSet(OfProject[Alert]):
    """Numbers that are watched. An alert is checked at once when it is made or changed."""

    queryset = Alert.objects.select_related("project", "report").prefetch_related("recipients")
    serializer_class = AlertSerializer
    listing = AlertList

    def list(self, _request: Request, **_: object) -> Response:
        """List alerts, newest first."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(AlertSerializer(page or [], many=True).data)

    def create(self, request: Request, **_: object) -> Response:
        """Watch a number, and check it at once."""
        made = Alert(project=project_of(self), created_by=signed_in(request), schedule=HOURLY)
        return Response(self.kept(request, made), status.HTTP_201_CREATED)

    def retrieve(self, _request: Request, **_: object) -> Response:
        """Show an alert and its state."""
        return Response(AlertSerializer(self.get_object()).data)

    def partial_update(self, request: Request, **_: object) -> Response:
        """Change an alert, and check it at once."""
        return Response(self.kept(request, self.get_object(), partial=True))

    def kept(self, request: Request, made: Alert, *, partial: bool = False) -> dict[str, Any]:
        context = self.get_serializer_context()
        given = AlertSerializer(made, data=request.data, partial=partial, context=context)
        given.is_valid(raise_exception=True)
        given.keep(made, given.validated_data)
        made.check_now(0 if getattr(request, "waits_for_nobody", False) else PATIENCE)
        return dict(AlertSerializer(self.get_queryset().get(pk=made.pk)).data)

    def destroy(self, _request: Request, **_: object) -> Response:
        """Delete an alert."""
        self.get_object().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
