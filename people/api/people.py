"""People: to list, make, edit, merge and erase, and what they did."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import exceptions, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from people import operations
from people.api.access import project_of
from people.api.bodies import Exact, Text, read
from people.api.errors import Conflict
from people.api.listing import Listing, Part, Since, Until
from people.models import Event, Identity, Person
from people.models.persons import PersonQuerySet
from people.values import JSON, UNKEEPABLE

SEVERAL = "Several people have this e-mail. `people/?identity=…` lists them; name one by an id."
ATTRIBUTES_HELP = "Standard and custom ones by name."
ANN = {"external_id": "ann", "identities": ["phone-1"], "attributes": {"plan": "pro"}}


class PersonSerializer(serializers.ModelSerializer[Person]):
    """A person as every list and answer shows them."""

    external_id = serializers.SerializerMethodField(help_text="How clients name the person.")
    identities = serializers.SerializerMethodField(help_text="Every id that names the person.")
    attributes = serializers.SerializerMethodField(help_text=ATTRIBUTES_HELP)

    class Meta:
        model = Person
        fields = ["id", "external_id", "identities", "attributes", "created_at", "modified_at"]
        extra_kwargs = {
            "id": {"help_text": "Our own number."},
            "created_at": {"help_text": "When the person was first kept."},
            "modified_at": {"help_text": "When anything of the person last changed."},
        }

    def get_external_id(self, person: Person) -> str | None:
        known = person.attributes.get("external_id")
        return str(known) if known is not None else None

    def get_identities(self, person: Person) -> list[str]:
        return [each.value for each in person.identities.all()]

    def get_attributes(self, person: Person) -> dict[str, Any]:
        return person.known()


class Attributes(serializers.DictField):
    """Values by the names of attributes."""

    child = serializers.JSONField(allow_null=True)


@extend_schema_serializer(examples=[OpenApiExample("Ann", ANN, request_only=True)])
class NewPersonSerializer(Exact):
    """Somebody new, and what is known of them."""

    external_id = Text(trim_whitespace=False, help_text="The id by which clients name the person.")
    identities = serializers.ListField(child=Text(), default=list, help_text="More ids.")
    attributes = Attributes(default=dict, help_text=ATTRIBUTES_HELP)


@extend_schema_serializer(
    examples=[OpenApiExample("A plan", {"attributes": {"plan": "team", "city": None}})]
)
class ChangeSerializer(Exact):
    """Attributes to set; null unsets one. Those that are not named stay as they are."""

    attributes = Attributes(default=dict, help_text=ATTRIBUTES_HELP)


@extend_schema_serializer(examples=[OpenApiExample("Two", {"into": "ann", "from": "phone-1"})])
class MergeSerializer(Exact):
    """Any id of each: who is `from` becomes one with who is `into`."""

    into = Text(help_text="Any id of the person who stays.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # `from` is a word of the language.
        return {**super().get_fields(), "from": Text(help_text="Any id of the other person.")}


class EventSerializer(serializers.ModelSerializer[Event]):
    """Something that a person did."""

    id = serializers.CharField(source="uid", help_text="The client's id of it, or a hash.")
    event = serializers.CharField(source="definition.name", help_text="What was done.")
    properties = serializers.DictField(help_text="How it was done.")

    class Meta:
        model = Event
        fields = ["id", "event", "at", "properties"]
        extra_kwargs = {"at": {"help_text": "When it was done."}}


class KnownIdSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(help_text="The id.")
    kind = serializers.ChoiceField(Identity.Kind.choices, help_text="What kind of id it is.")
    since = serializers.DateTimeField(help_text="Since when it names the person.")


class KnownEventSerializer(EventSerializer):
    claimed_at = serializers.CharField(help_text="What the client said, where that cannot be.")

    class Meta(EventSerializer.Meta):
        fields = ["id", "event", "at", "claimed_at", "properties"]


class EverythingSerializer(serializers.Serializer[Any]):
    """All that is known of one person, to hand over to them."""

    id = serializers.IntegerField(help_text="Our own number.")
    identities = KnownIdSerializer(many=True, help_text="Every id that names the person.")
    attributes = serializers.DictField(help_text=ATTRIBUTES_HELP)
    events = KnownEventSerializer(many=True, help_text="What the person did, oldest first.")


class PeopleList(Listing):
    """Which people."""

    # Whoever came later has a larger number, and these have an index.
    orders = {"created_at": "pk"}
    search = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False, help_text="The beginning of an id."
    )
    identity = serializers.CharField(
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        help_text="One whole id; or an e-mail, and all who have it, where it is none.",
    )

    def narrowed(self, rows: Any, wanted: dict[str, Any]) -> QuerySet[Any]:
        project = project_of(self.context["view"])
        if text := wanted.get("search"):
            begun = Identity.objects.filter(project=project, value__begins=text)
            rows = rows.filter(pk__in=begun.values("person"))
        if "identity" in wanted:
            rows = rows.reached_by(project, wanted["identity"])
        return super().narrowed(rows, {})


class TimelineList(Listing):
    """Which of a person's events."""

    orders = {"at": "at"}
    order = "-at"
    event = Part(required=False, source="definition__name", help_text="Those of one name.")
    since = Since(required=False, source="at__gte", help_text="From which day on.")
    until = Until(required=False, source="at__lt", help_text="Up to which day.")


class PersonViewSet(viewsets.GenericViewSet[Person]):
    """`{external_id}` may be any id of the person, and an e-mail that only they have."""

    queryset = Person.objects.none()
    serializer_class = PersonSerializer
    lookup_field = "external_id"
    listing: type[Listing] = PeopleList

    def get_queryset(self) -> PersonQuerySet:
        return Person.objects.filter(project=project_of(self)).prefetch_related("identities")

    def get_object(self) -> Person:
        return self.named(self.kwargs["external_id"])

    def named(self, identity: str) -> Person:
        """Whom an id names, or who alone has it as their e-mail. Raises Http404 where nobody is."""
        if UNKEEPABLE.search(identity):
            raise Http404
        match list(Person.objects.reached_by(project_of(self), identity)[:2]):
            case [person]:
                return person
            case []:
                raise Http404
            case _:
                raise exceptions.NotFound(SEVERAL)

    def shown(self, person: Person) -> dict[str, JSON]:
        return dict(PersonSerializer(person).data)

    @extend_schema(responses=PersonSerializer(many=True))
    def list(self, _request: Request, **_: object) -> Response:
        """List people, newest first, or find them by an id."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(PersonSerializer(page, many=True).data)

    @extend_schema(request=NewPersonSerializer, responses={201: PersonSerializer})
    def create(self, request: Request, **_: object) -> Response:
        """Make a person."""
        given = read(NewPersonSerializer, request)
        try:
            person = operations.create(
                project_of(self), given["external_id"], given["identities"], given["attributes"]
            )
        except operations.Taken as error:
            raise Conflict({"external_id": [str(error)]}) from error
        return Response(self.shown(person), status.HTTP_201_CREATED)

    def retrieve(self, _request: Request, **_: object) -> Response:
        """Show a person."""
        return Response(self.shown(self.get_object()))

    @extend_schema(request=ChangeSerializer)
    def partial_update(self, request: Request, **_: object) -> Response:
        """Set and unset attributes of a person."""
        person = self.get_object()
        operations.update(person, read(ChangeSerializer, request)["attributes"])
        return Response(self.shown(person))

    def destroy(self, _request: Request, **_: object) -> Response:
        """Erase a person, with all ids and all events."""
        operations.erase(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=EverythingSerializer)
    def export(self, _request: Request, **_: object) -> Response:
        """Hand over everything that is known of one person."""
        return Response(operations.everything(self.get_object()))


class MergeViewSet(PersonViewSet):
    """Merging; and whoever has `merge` as an id."""

    @extend_schema(request=MergeSerializer, responses=OpenApiResponse(PersonSerializer))
    def merge(self, request: Request, **_: object) -> Response:
        """Make two people one."""
        given = read(MergeSerializer, request)
        kept, gone = self.named(given["into"]), self.named(given["from"])
        return Response(self.shown(operations.merge(kept, gone) if kept != gone else kept))

    def retrieve(self, _request: Request, **place: object) -> Response:
        """Show the person who has `merge` as an id."""
        return super().retrieve(_request, **place)

    @extend_schema(request=ChangeSerializer)
    def partial_update(self, request: Request, **place: object) -> Response:
        """Set and unset attributes of the person who has `merge` as an id."""
        return super().partial_update(request, **place)

    def destroy(self, _request: Request, **place: object) -> Response:
        """Erase the person who has `merge` as an id."""
        return super().destroy(_request, **place)


class PersonEventsViewSet(PersonViewSet):
    """What a person did; and people whose own id ends in `/events`."""

    listing = TimelineList

    def get_object(self) -> Person:
        return self.named(f"{self.kwargs['external_id']}/events")

    @extend_schema(request=ChangeSerializer)
    def partial_update(self, request: Request, **place: object) -> Response:
        """Set and unset attributes of a person whose own id ends in `/events`."""
        return super().partial_update(request, **place)

    def destroy(self, _request: Request, **place: object) -> Response:
        """Erase a person whose own id ends in `/events`."""
        return super().destroy(_request, **place)

    @extend_schema(responses=EventSerializer(many=True))
    def events(self, request: Request, external_id: str, **_: object) -> Response:
        """List what a person did, newest first."""
        try:
            person = self.named(external_id)
        except Http404:
            return self.retrieve(request)
        events = person.events.select_related("definition")
        page: Any = self.paginate_queryset(events)  # type: ignore[arg-type]
        return self.get_paginated_response(EventSerializer(page, many=True).data)
