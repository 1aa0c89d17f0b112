"""Projects that somebody may see."""

from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets
from rest_framework.serializers import BaseSerializer

from people.api.access import project_of, signed_in
from people.models import Membership, Project


class ProjectSerializer(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = ["name", "slug", "timezone", "created_at"]
        read_only_fields = ["slug", "created_at"]


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
    lookup_field = "slug"
    lookup_url_kwarg = "project"
    http_method_names = ["get", "post", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[Project]:
        return Project.objects.visible_to(signed_in(self.request))

    def perform_create(self, serializer: BaseSerializer[Project]) -> None:
        project = serializer.save()
        project.memberships.create(user=signed_in(self.request), role=Membership.Role.OWNER)

    def perform_update(self, serializer: BaseSerializer[Project]) -> None:
        project_of(self)
        serializer.save()
