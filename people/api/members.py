"""Members and write keys through the API (contract §5): for owners to change."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.functions import Lower
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from people import members, two_factor
from people.api.access import owns, project_of, signed_in
from people.api.bodies import Exact, Text
from people.api.errors import Conflict
from people.api.listing import Listing, Marked, Named, Part, or_never
from people.models import Membership, WriteKey
from people.models.sent import with_events
from people.origins import MOST_ORIGINS, origins_of
from people.values import UNKEEPABLE


class MemberSerializer(Exact, serializers.ModelSerializer[Membership]):
    """A user in a project."""

    email = serializers.EmailField(source="user.email", help_text="Of their account.")
    invited = serializers.BooleanField(
        source="is_invited", read_only=True, help_text="Whether they still have to come in."
    )

    two_factor = serializers.SerializerMethodField(
        help_text="Whether they sign in with a second factor. Owners see it; null for others, and "
        "where this installation has none."
    )

    class Meta:
        model = Membership
        fields = ["id", "email", "role", "invited", "two_factor", "created_at"]
        extra_kwargs = {
            "id": {"help_text": "Its name in addresses."},
            "role": {"help_text": "A viewer reads, an editor changes, an owner decides."},
            "created_at": {"help_text": "Since when.", "read_only": True},
        }

    def get_two_factor(self, member: Membership) -> bool | None:
        return getattr(member, "has_two_factor", None)

    def validate_email(self, email: str) -> str:
        if self.instance and email.lower() != self.instance.user.email.lower():
            raise serializers.ValidationError("It stays: remove this member and add another one.")
        return email

    def create(self, given: dict[str, Any]) -> Membership:
        role, view = given.get("role", Membership.Role.VIEWER), self.context["view"]
        try:
            made = members.invite(project_of(view), given["user"]["email"], role)
        except members.Refused as error:
            raise Conflict({"email": [str(error)]}) from error
        found: Membership = view.get_queryset().get(pk=made.pk)
        return found

    def update(self, member: Membership, given: dict[str, Any]) -> Membership:
        try:
            members.change_role(member, given.get("role", member.role))
        except members.Refused as error:
            raise Conflict({"role": [str(error)]}) from error
        return member


class MemberList(Listing):
    """Which members."""

    orders = {"created_at": "created_at", "email": Lower("user__email"), "role": "role"}
    role = serializers.ChoiceField(
        Membership.Role.choices, required=False, help_text="Those with one role."
    )
    q = Part(required=False, source="user__email__icontains", help_text="A part of the address.")


class MemberViewSet(viewsets.ModelViewSet[Membership]):
    """Who is in the project, and with which role; only owners change it."""

    queryset = Membership.objects.none()
    serializer_class = MemberSerializer
    listing = MemberList
    for_owners = True

    def get_queryset(self) -> QuerySet[Membership]:
        project = project_of(self)
        members = Membership.objects.filter(project=project).select_related("user")
        tells = settings.TWO_FACTOR and owns(signed_in(self.request), project)
        return two_factor.marked(members) if tells else members

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List members, and who is invited."""
        return super().list(request, *args, **kwargs)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make somebody a member; who has no account is invited by mail."""
        return super().create(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a member."""
        return super().retrieve(request, *args, **kwargs)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a member another role."""
        return super().partial_update(request, *args, **kwargs)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take somebody out of the project."""
        return super().destroy(request, *args, **kwargs)

    def perform_destroy(self, member: Membership) -> None:
        try:
            members.remove(member)
        except members.Refused as error:
            raise Conflict({"": [str(error)]}) from error


class OriginsField(serializers.ListField):
    """Sites, as `https://example.com`."""

    child = Text(max_length=300)

    def to_internal_value(self, data: Any) -> list[str]:
        try:
            return origins_of(super().to_internal_value(data))
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from error


class KeySerializer(Exact, serializers.ModelSerializer[WriteKey]):
    """A write key: it sends data into the project and reads nothing back."""

    name = Text(max_length=100, help_text="What it is for.")
    origins = OriginsField(
        required=False,
        help_text="The sites whose pages may send with it, as `https://example.com`, at most "
        f"{MOST_ORIGINS}; of none, all may. Servers and apps name no site and may send.",
    )
    events = serializers.SerializerMethodField(
        help_text="How many events came by it in the last 30 days, today with them."
    )

    class Meta:
        model = WriteKey
        fields = ["id", "name", "origins", "events", "created_at", "used_at", "revoked_at"]
        read_only_fields = ["created_at", "used_at", "revoked_at"]
        extra_kwargs = {
            "id": {"help_text": "Its name in addresses."},
            "created_at": {"help_text": "When it was made."},
            "used_at": {"help_text": "When it was last used, to the minute; null for never."},
            "revoked_at": {"help_text": "Since when it is good for nothing; null while it is."},
        }

    def get_events(self, key: WriteKey) -> int:
        return getattr(key, "events", 0)

    def validate_name(self, name: str) -> str:
        if UNKEEPABLE.search(name):
            raise serializers.ValidationError("There is a character in it that no name can have.")
        return name


class NewKeySerializer(KeySerializer):
    """A write key as it is shown once."""

    class Meta(KeySerializer.Meta):
        fields = [*KeySerializer.Meta.fields, "key"]
        read_only_fields = [*KeySerializer.Meta.read_only_fields, "key"]
        extra_kwargs = KeySerializer.Meta.extra_kwargs | {
            "key": {"help_text": "The key; it is not shown again."}
        }


class KeyList(Named):
    """Which write keys."""

    orders = {**Named.orders, "used_at": or_never("used_at")}
    revoked = Marked(
        required=False,
        source="revoked_at__isnull",
        help_text="Those that are revoked alone, or those that are not; all if absent.",
    )


class KeyViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[WriteKey],
):
    """Keys by which data come in; only owners make, change and revoke them."""

    queryset = WriteKey.objects.none()
    shows_once = True
    serializer_class = KeySerializer
    listing = KeyList
    for_owners = True

    def get_queryset(self) -> QuerySet[WriteKey]:
        project = project_of(self)
        return with_events(WriteKey.objects.filter(project=project), project)

    def get_serializer_class(self) -> type[KeySerializer]:
        return NewKeySerializer if self.action == "create" else KeySerializer

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List write keys, revoked ones too."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=KeySerializer, responses={201: NewKeySerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a write key; it is shown this once."""
        return super().create(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show a write key, but for the key itself."""
        return super().retrieve(request, *args, **kwargs)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rename a write key, or say which sites may send with it."""
        return super().partial_update(request, *args, **kwargs)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoke a write key: from now on nothing comes in by it."""
        return super().destroy(request, *args, **kwargs)

    def perform_create(self, serializer: BaseSerializer[WriteKey]) -> None:
        serializer.save(project=project_of(self))

    def perform_destroy(self, key: WriteKey) -> None:
        key.revoke()
