"""People: to list, make, edit, merge and erase, and what they did."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from people import operations
from people.api.access import project_of
from people.api.errors import Conflict
from people.models import Event, Person
from people.rest import Timeline
from people.values import JSON

SEARCH = OpenApiParameter("search", str, description="The beginning of an id.")


class PersonSerializer(serializers.ModelSerializer[Person]):
    """A person as every list and answer shows them."""

    external_id = serializers.SerializerMethodField()
    identities = serializers.SerializerMethodField()
    attributes = serializers.SerializerMethodField()

    class Meta:
        model = Person
        fields = ["id", "external_id", "identities", "attributes", "created_at", "modified_at"]

    def get_external_id(self, person: Person) -> str | None:
        known = person.attributes.get("external_id")
        return str(known) if known is not None else None

    def get_identities(self, person: Person) -> list[str]:
        return [each.value for each in person.identities.all()]

    def get_attributes(self, person: Person) -> dict[str, Any]:
        return person.known()


class Exact(serializers.Serializer[Any]):
    """Refuses keys that it does not know."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError(
                {name: ["There is no such key here."] for name in sorted(unknown)}
            )
        return super().to_internal_value(data)


class NewPersonSerializer(Exact):
    external_id = serializers.CharField(trim_whitespace=False)
    identities = serializers.ListField(child=serializers.CharField(), default=list)
    attributes = serializers.DictField(default=dict)


class ChangeSerializer(Exact):
    """Attributes to set; null unsets one. Those that are not named stay as they are."""

    attributes = serializers.DictField(child=serializers.JSONField(allow_null=True))


class MergeSerializer(Exact):
    """Any id of each: who is `from` becomes one with who is `into`."""

    into = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of the language.
        return {**super().get_fields(), "from": serializers.CharField()}


class EventSerializer(serializers.ModelSerializer[Event]):
    id = serializers.CharField(source="uid")
    event = serializers.CharField(source="definition.name")

    class Meta:
        model = Event
        fields = ["id", "event", "at", "properties"]


class PersonViewSet(viewsets.GenericViewSet[Person]):
    """`{external_id}` may be any id of the person."""

    queryset = Person.objects.none()
    serializer_class = PersonSerializer

    def get_queryset(self) -> QuerySet[Person]:
        return Person.objects.filter(project=project_of(self)).prefetch_related("identities")

    def get_object(self) -> Person:
        return self.named(self.kwargs["external_id"])

    def named(self, identity: str) -> Person:
        return get_object_or_404(Person.objects.named(project_of(self), identity))

    def shown(self, person: Person) -> dict[str, JSON]:
        return dict(PersonSerializer(person).data)

    @extend_schema(parameters=[SEARCH])
    def list(self, request: Request, project: str) -> Response:  # noqa: ARG002
        people = self.get_queryset()
        if start := request.query_params.get("search", ""):
            people = people.filter(identities__value__begins=start).distinct()
        page = self.paginate_queryset(people)
        return self.get_paginated_response(PersonSerializer(page, many=True).data)

    @extend_schema(request=NewPersonSerializer, responses={201: PersonSerializer})
    def create(self, request: Request, project: str) -> Response:  # noqa: ARG002
        given = read(NewPersonSerializer, request)
        try:
            person = operations.create(
                project_of(self), given["external_id"], given["identities"], given["attributes"]
            )
        except operations.Taken as error:
            raise Conflict({"external_id": [str(error)]}) from error
        return Response(self.shown(person), status.HTTP_201_CREATED)

    def retrieve(self, request: Request, project: str, external_id: str) -> Response:  # noqa: ARG002
        return Response(self.shown(self.get_object()))

    @extend_schema(request=ChangeSerializer)
    def partial_update(self, request: Request, project: str, external_id: str) -> Response:  # noqa: ARG002
        person = self.get_object()
        operations.update(person, read(ChangeSerializer, request)["attributes"])
        return Response(self.shown(person))

    def destroy(self, request: Request, project: str, external_id: str) -> Response:  # noqa: ARG002
        """Erases the person, all ids and all events."""
        operations.erase(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=MergeSerializer)
    def merge(self, request: Request, project: str) -> Response:  # noqa: ARG002
        given = read(MergeSerializer, request)
        kept, gone = self.named(given["into"]), self.named(given["from"])
        return Response(self.shown(operations.merge(kept, gone) if kept != gone else kept))

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def export(self, request: Request, project: str, external_id: str) -> Response:  # noqa: ARG002
        """Everything that is known of one person."""
        return Response(operations.everything(self.get_object()))


class PersonEventsViewSet(viewsets.GenericViewSet[Event]):
    """What a person did, newest first."""

    queryset = Event.objects.none()
    serializer_class = EventSerializer
    pagination_class = Timeline

    def list(self, request: Request, project: str, external_id: str) -> Response:  # noqa: ARG002
        person = get_object_or_404(Person.objects.named(project_of(self), external_id))
        events = person.events.select_related("definition")
        page = self.paginate_queryset(events)
        return self.get_paginated_response(EventSerializer(page, many=True).data)


def read(kind: type[Exact], request: Request) -> dict[str, Any]:
    """A body that fits; else 400 with every problem."""
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
