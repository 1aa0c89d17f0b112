"""Projects that somebody may see."""

from django.core.validators import validate_slug
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.serializers import BaseSerializer

from people.api.access import signed_in
from people.api.bodies import Exact
from people.api.errors import Conflict
from people.api.listing import Named
from people.audit import Action, note
from people.models import Membership, Project
from people.values import UNKEEPABLE


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A shop",
            {"name": "My shop", "timezone": "Europe/Zagreb", "week_start": "sunday"},
            request_only=True,
        )
    ]
)
class ProjectSerializer(Exact, serializers.ModelSerializer[Project]):
    """A data boundary: its own people, events, reports and time zone."""

    class Meta:
        model = Project
        fields = ["name", "slug", "timezone", "week_start", "created_at"]
        read_only_fields = ["created_at"]
        extra_kwargs = {
            "name": {"help_text": "What pages call it."},
            "slug": {
                "help_text": "Its name in addresses, for good; made of the name if absent.",
                "required": False,
                "validators": [validate_slug],
            },
            "timezone": {"help_text": "Where its days begin, as Europe/Zagreb."},
            "week_start": {"help_text": "On which day its weeks begin."},
            "created_at": {"help_text": "When it was made."},
        }

    def validate_name(self, name: str) -> str:
        if UNKEEPABLE.search(name):
            raise serializers.ValidationError("There is a character in it that no name can have.")
        return name

    def validate_slug(self, slug: str) -> str:
        if not self.instance and Project.objects.filter(slug=slug).exists():
            raise Conflict({"slug": ["There is a project of this name in addresses."]})
        if self.instance and slug != self.instance.slug:
            raise serializers.ValidationError("Addresses name it: it stays as it was made.")
        return slug


class ProjectViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Project],
):
    """Projects that the token's owner may see; whoever creates one owns it."""

    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    summaries = {
        "list": "List your projects.",
        "create": "Make a project; you own it.",
        "retrieve": "Show a project.",
        "partial_update": "Change a project.",
    }
    listing = Named
    lookup_field = "slug"
    lookup_url_kwarg = "project"

    def get_queryset(self) -> QuerySet[Project]:
        return Project.objects.visible_to(signed_in(self.request))

    def perform_create(self, serializer: BaseSerializer[Project]) -> None:
        owner = signed_in(self.request)
        if owner.only_project is not None:
            raise exceptions.PermissionDenied("This token is of one project.")
        project = serializer.save()
        project.memberships.create(user=owner, role=Membership.Role.OWNER)
        note(project, owner, Action.CHANGED, "Made the project by the API", self.request.path)
