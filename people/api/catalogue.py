"""Definitions of custom attributes and of events, made by hand."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.serializers import BaseSerializer

from people.api.access import project_of
from people.api.bodies import Exact
from people.api.errors import Conflict
from people.api.viewsets import OfProject
from people.attributes import STANDARD
from people.models import AttributeDefinition, EventDefinition, PropertyDefinition
from people.rest import Cursor
from people.values import UNKEEPABLE

TOLD = {
    "name": {"help_text": "As clients send it."},
    "type": {"help_text": "What its values are; it never changes."},
    "description": {"help_text": "For those who read reports."},
}


def keepable(name: str) -> str:
    if UNKEEPABLE.search(name):
        raise serializers.ValidationError("There is a character in it that no name can have.")
    return name


class AttributeSerializer(Exact, serializers.ModelSerializer[AttributeDefinition]):
    """A custom attribute: what may be known of a person."""

    class Meta:
        model = AttributeDefinition
        fields = ["name", "type", "description"]
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


class EventDefinitionSerializer(Exact, serializers.ModelSerializer[EventDefinition]):
    """The catalogue's entry of an event, with its properties."""

    properties = PropertySerializer(many=True, required=False, help_text="Each once.")

    class Meta:
        model = EventDefinition
        fields = ["name", "title", "description", "properties"]
        extra_kwargs = TOLD | {"title": {"help_text": "What pages call it."}}

    def validate_name(self, name: str) -> str:
        return keepable(name)

    def validate_properties(self, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
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


class AttributeViewSet(
    OfProject[AttributeDefinition], mixins.ListModelMixin, mixins.CreateModelMixin
):
    """Custom attributes; those that clients send first are here, too."""

    queryset = AttributeDefinition.objects.all()
    pagination_class = Cursor
    serializer_class = AttributeSerializer
    summaries = {
        "list": "List custom attributes; those that clients sent first are among them.",
        "create": "Define a custom attribute, before clients do.",
    }

    def perform_create(self, serializer: BaseSerializer[AttributeDefinition]) -> None:
        define(self, serializer, self.get_queryset())


class EventViewSet(OfProject[EventDefinition], mixins.ListModelMixin, mixins.CreateModelMixin):
    """The catalogue of events, with the properties of each."""

    queryset = EventDefinition.objects.prefetch_related("properties")
    pagination_class = Cursor
    serializer_class = EventDefinitionSerializer
    summaries = {
        "list": "List the catalogue of events, with the properties of each.",
        "create": "Define an event, before clients send it.",
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
