"""Subscriptions and their deliveries through the API (contract §5)."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.definitions.parts import Invalid
from analytics.definitions.schedules import Every, Weekday, dump_schedule, parse_schedule
from analytics.models import Dashboard, Delivery, Report, Subscription
from analytics.models.recipients import addresses
from people.api.access import project_of, signed_in
from people.api.bodies import Exact, Yes, read
from people.api.listing import Changed, Listing, Part, or_never
from people.api.viewsets import OfProject

STATES = ["due", "sending", "sent", "uncertain", "failed"]
SCHEDULE = {
    "type": "object",
    "required": ["every"],
    "additionalProperties": False,
    "properties": {
        "every": {"type": "string", "enum": [each.value for each in Every]},
        "hour": {"type": "integer", "minimum": 0, "maximum": 23},
        "weekday": {"type": "string", "enum": [each.value for each in Weekday]},
        "day": {"type": "integer", "minimum": 1, "maximum": 31},
    },
}
SCHEDULE_HELP = (
    '`{"every": "day" | "weekday" | "week" | "month", "hour": 0 to 23, "weekday": "monday" …, '
    '"day": 1 to 31}`, on the clock of the project.'
)


@extend_schema_field(SCHEDULE)
class ScheduleField(serializers.JSONField):
    """A schedule; each problem at its key."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        try:
            return dump_schedule(parse_schedule(data))
        except Invalid as error:
            raise serializers.ValidationError(error.problems) from error


class AddressesField(serializers.ListField):
    """Addresses; each problem at its place in the list."""

    child = serializers.EmailField()

    def to_internal_value(self, data: Any) -> list[str]:
        try:
            return addresses(data)
        except Invalid as error:
            places = {each.partition(".")[2]: texts for each, texts in error.problems.items()}
            raise serializers.ValidationError(places.get("", places)) from error

    def to_representation(self, value: Any) -> list[str]:
        return list(value)


class Watching(Exact):
    """What subscriptions and alerts have in common: a report of the project, and recipients."""

    id = serializers.UUIDField(read_only=True, help_text="Its name in addresses.")
    report = serializers.PrimaryKeyRelatedField(
        queryset=Report.objects.none(), help_text="Which saved report; null once it was deleted."
    )
    recipients = AddressesField(
        source="emails",
        help_text="To whom, at most 100. Who is no member is asked once, and gets numbers only.",
    )
    created_at = serializers.DateTimeField(read_only=True, help_text="When it was made.")
    modified_at = serializers.DateTimeField(read_only=True, help_text="When it was last changed.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Reports of other projects are as unknown as none."""
        fields = super().get_fields()
        view = self.context.get("view")
        if view is not None and "project" in view.kwargs:
            reports = Report.objects.filter(project=project_of(view))
            fields["report"].queryset = reports  # type: ignore[attr-defined]
            if "dashboard" in fields:
                boards = Dashboard.objects.filter(project=project_of(view))
                fields["dashboard"].queryset = boards  # type: ignore[attr-defined]
        return fields

    def keep(self, made: Any, given: dict[str, Any]) -> Any:
        """Save what was given, with the recipients that it had if none are given."""
        emails = given.pop("emails", None)
        for name, value in given.items():
            setattr(made, name, value)
        if made.source is None:
            raise serializers.ValidationError({"report": ["Its report was deleted."]})
        try:
            made.keep(made.emails if emails is None else emails, signed_in(self.context["request"]))
        except Invalid as error:
            raise serializers.ValidationError(self.placed(error)) from error
        return made

    def placed(self, error: Invalid) -> dict[str, list[str]]:
        """Where a problem of the model stands in the body."""
        return error.problems


class SubscriptionSerializer(Watching):
    """A report, or a dashboard, sent to addresses by a schedule."""

    report = serializers.PrimaryKeyRelatedField(
        queryset=Report.objects.none(),
        required=False,
        allow_null=True,
        help_text="Which saved report; null of a dashboard, and once it was deleted.",
    )
    dashboard = serializers.PrimaryKeyRelatedField(
        queryset=Dashboard.objects.none(),
        required=False,
        allow_null=True,
        help_text="Which dashboard, instead of a report: one mail with all its tiles.",
    )

    schedule = ScheduleField(help_text=SCHEDULE_HELP)
    paused = Yes(default=False, help_text="Whether it is held.")
    next_due = serializers.DateTimeField(read_only=True, help_text="The next slot.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A report or a dashboard: where one is given, the other one goes."""
        given = [name for name in ("report", "dashboard") if attrs.get(name)]
        if len(given) == 2:
            raise serializers.ValidationError({"dashboard": ["Give a report or a dashboard."]})
        names_none = not self.partial or attrs.keys() & {"report", "dashboard"}
        if not given and names_none:
            raise serializers.ValidationError({"report": ["Give a report, or a dashboard."]})
        chosen = {name: attrs.get(name) for name in ("report", "dashboard")} if given else {}
        return attrs | chosen

    def validate_schedule(self, schedule: dict[str, Any]) -> dict[str, Any]:
        if schedule["every"] == Every.HOUR:
            raise serializers.ValidationError({"every": ["Mails go once a day at most."]})
        return schedule


class SendSerializer(Exact):
    """To all who get it, or to the token’s owner alone."""

    only_me = Yes(default=False, help_text="To the token’s owner alone.")


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One slot to one address."""

    slot = serializers.DateTimeField(source="mailing.slot", help_text="When it was due.")
    state = serializers.ChoiceField(
        STATES,
        source="shown_state",
        help_text="How far it is. Uncertain: it may have arrived, and is not sent again by itself.",
    )

    class Meta:
        model = Delivery
        fields = ["id", "slot", "recipient", "state", "error", "finished_at"]
        extra_kwargs = {
            "id": {"help_text": "Which delivery."},
            "recipient": {"help_text": "To which address."},
            "error": {"help_text": "Why it is not sent yet, or was not."},
            "finished_at": {"help_text": "When it was sent or given up."},
        }


class ScheduledList(Changed):
    """Which of what is looked at by a schedule."""

    orders = {**Changed.orders, "next_due": "next_due"}
    report = serializers.UUIDField(required=False, help_text="Those of one report.")


class SubscriptionList(ScheduledList):
    """Which subscriptions."""

    dashboard = serializers.UUIDField(required=False, help_text="Those of one dashboard.")
    paused = serializers.BooleanField(
        required=False, help_text="Those that are held alone, or those that are not."
    )


class DeliveryStateField(serializers.ChoiceField):
    """A state as it is shown: to be claimed is still to be due."""

    def to_internal_value(self, data: Any) -> Any:
        state = super().to_internal_value(data)
        return [state, *([Delivery.State.CLAIMED] if state == Delivery.State.DUE else [])]


class DeliveryList(Listing):
    """Which deliveries of a subscription."""

    orders = {**Listing.orders, "slot": "mailing__slot", "finished_at": or_never("finished_at")}
    state = DeliveryStateField(
        STATES, required=False, source="state__in", help_text="Those that are so far."
    )
    recipient = Part(
        required=False, source="recipient__icontains", help_text="A part of the address."
    )


class SubscriptionViewSet(OfProject[Subscription]):
    """Reports that are sent by a schedule."""

    queryset = Subscription.objects.select_related(
        "project", "report", "dashboard"
    ).prefetch_related("recipients")
    serializer_class = SubscriptionSerializer
    listing = SubscriptionList

    def list(self, _request: Request, **_: object) -> Response:
        """List what is sent by a schedule, newest first."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(SubscriptionSerializer(page or [], many=True).data)

    def create(self, request: Request, **_: object) -> Response:
        """Send a report by a schedule."""
        target = project_of(self)
        given = SubscriptionSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        made = Subscription(project=target, created_by=signed_in(request))
        given.keep(made, given.validated_data)
        return Response(self.shown(made), status.HTTP_201_CREATED)

    def retrieve(self, _request: Request, **_: object) -> Response:
        """Show a subscription."""
        return Response(self.shown(self.get_object()))

    def partial_update(self, request: Request, **_: object) -> Response:
        """Change a subscription, or pause it."""
        found = self.get_object()
        context = self.get_serializer_context()
        given = SubscriptionSerializer(found, data=request.data, partial=True, context=context)
        given.is_valid(raise_exception=True)
        given.keep(found, given.validated_data)
        return Response(self.shown(found))

    def destroy(self, _request: Request, **_: object) -> Response:
        """Delete a subscription, and what it sent."""
        self.get_object().delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=SendSerializer, responses={202: DeliverySerializer(many=True)})
    def send(self, request: Request, **_: object) -> Response:
        """Send it now.

        Besides its schedule; those who may not receive it yet get none.
        """
        found = self.get_object()
        given = read(SendSerializer, request)
        if found.is_orphan:
            raise serializers.ValidationError({"": [found.why_silent]})
        own = [signed_in(request).email.lower()]
        mailing = found.send_now(own if given["only_me"] else None)
        rows = Delivery.objects.filter(mailing=mailing).select_related("mailing")
        return Response(DeliverySerializer(rows, many=True).data, status.HTTP_202_ACCEPTED)

    def shown(self, found: Subscription) -> dict[str, Any]:
        return dict(SubscriptionSerializer(self.get_queryset().get(pk=found.pk)).data)


class DeliveryViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Delivery]):
    """What became of the mails of one subscription."""

    queryset = Delivery.objects.none()
    serializer_class = DeliverySerializer
    listing = DeliveryList
    summaries = {"list": "List what became of each mail, newest first."}

    def get_queryset(self) -> QuerySet[Delivery]:
        of_project = Subscription.objects.filter(project=project_of(self))
        found = get_object_or_404(of_project, pk=self.kwargs["pk"])
        rows = Delivery.objects.filter(mailing__subscription=found)
        return rows.select_related("mailing")
