"""Definitions of custom attributes and of events, made by hand."""

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.serializers import BaseSerializer

from people.api.access import project_of
from people.api.bodies import Exact
from people.api.errors import Conflict
from people.api.listing import Marked, Named, Part
from people.api.viewsets import OfProject
from people.attributes import STANDARD
from people.models import AttributeDefinition, EventDefinition, PropertyDefinition
from people.models.catalogue import TYPES
from people.values import UNKEEPABLE

TOLD = {
    "name": {"help_text": "As clients send it."},
    "type": {"help_text": "What its values are; it never changes."},
    "description": {"help_text": "For those who read reports."},
}

SETTLED = "This never changes."


def keepable(name: str) -> str:
    if UNKEEPABLE.search(name):
        raise serializers.ValidationError("There is a character in it that no name can have.")
    return name


class Archivable(Exact, serializers.ModelSerializer[Any]):
    """What can be archived; the name by which it is sent, and its type, never change."""

    archived = serializers.BooleanField(
        source="is_archived",
        required=False,
        help_text="Whether it is not offered any more; what is known stays and keeps coming in.",
    )

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        settled = sorted({"name", "type"} & validated_data.keys())
        if settled:
            raise serializers.ValidationError({each: [SETTLED] for each in settled})
        return super().update(instance, validated_data)


class AttributeSerializer(Archivable):
    """A custom attribute: what may be known of a person."""

    class Meta:
        model = AttributeDefinition
        fields = ["name", "type", "description", "archived"]
        extra_kwargs = TOLD

    def validate_name(self, name: str) -> str:
        if name in STANDARD:
            raise serializers.ValidationError("This is a standard attribute; it is there already.")
        return keepable(name)


class PropertySerializer(Exact, serializers.ModelSerializer[PropertyDefinition]):
    """A property of an event."""

    class Meta:
        model = PropertyDefinition
        fields = ["name", "type", "description"]
        extra_kwargs = TOLD


class EventDefinitionSerializer(Archivable):
    """The catalogue's entry of an event, with its properties."""

    properties = PropertySerializer(many=True, required=False, help_text="Each once.")

    class Meta:
        model = EventDefinition
        fields = ["name", "title", "description", "archived", "properties"]
        extra_kwargs = TOLD | {"title": {"help_text": "What pages call it."}}

    def validate_name(self, name: str) -> str:
        return keepable(name)

    def validate_properties(self, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if self.instance:  # A change may leave out any field, so a property here may lack its name.
            raise serializers.ValidationError(SETTLED)
        names = [each["name"] for each in given]
        if len(set(names)) < len(names):
            raise serializers.ValidationError("A property stands here twice.")
        return given

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> EventDefinition:
        properties = validated_data.pop("properties", [])
        event = EventDefinition.objects.create(**validated_data)
        PropertyDefinition.objects.bulk_create(
            [PropertyDefinition(event=event, **each) for each in properties]
        )
        return event


class DefinitionList(Named):
    """What has a name, and may be archived."""

    archived = Marked(
        required=False,
        source="archived_at__isnull",
        help_text="Those that are archived alone, or those that are not; all if absent.",
    )


class AttributeList(DefinitionList):
    """Which attributes."""

    type = serializers.ChoiceField(TYPES, required=False, help_text="Those of one type.")


class AttributeViewSet(
    OfProject[AttributeDefinition],
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
):
    """Custom attributes; those that clients send first are here, too."""

    queryset = AttributeDefinition.objects.all()
    listing = AttributeList
    lookup_field = "name"
    serializer_class = AttributeSerializer
    summaries = {
        "list": "List custom attributes; those that clients sent first are among them.",
        "create": "Define a custom attribute, before clients do.",
        "partial_update": "Describe an attribute, archive it, or offer it again.",
    }

    def perform_create(self, serializer: BaseSerializer[AttributeDefinition]) -> None:
        define(self, serializer, self.get_queryset())


class EventList(DefinitionList):
    """Which events."""

    q = Part(required=False, help_text="A part of the name or of the title.")

    def narrowed(self, rows: QuerySet[Any], wanted: dict[str, Any]) -> QuerySet[Any]:
        if text := wanted.pop("q", None):
            rows = rows.filter(Q(name__icontains=text) | Q(title__icontains=text))
        return super().narrowed(rows, wanted)


class EventViewSet(
    OfProject[EventDefinition],
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
):
    """The catalogue of events, with the properties of each."""

    queryset = EventDefinition.objects.prefetch_related("properties")
    listing = EventList
    lookup_field = "name"
    serializer_class = EventDefinitionSerializer
    summaries = {
        "list": "List the catalogue of events, with the properties of each.",
        "create": "Define an event, before clients send it.",
        "partial_update": "Describe an event, archive it, or offer it again.",
    }

    def perform_create(self, serializer: BaseSerializer[EventDefinition]) -> None:
        define(self, serializer, self.get_queryset())


def define(
    view: viewsets.GenericViewSet[Any], serializer: BaseSerializer[Any], there: QuerySet[Any]
) -> None:
    """Save a definition under a name that no other has; what comes in meanwhile has to wait."""
    project = project_of(view)
    with transaction.atomic():
        project.lock(alone=True)
        if there.filter(name=serializer.validated_data["name"]).exists():
            raise Conflict({"name": ["There is a definition of this name; its type stays."]})
        serializer.save(project=project)
