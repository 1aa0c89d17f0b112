"""Annotations through the API: marks with words on days."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from analytics.models import Annotation
from people.api.access import project_of, signed_in
from people.api.bodies import Exact
from people.models import Project
from people.rest import Newest
from people.values import UNKEEPABLE


class AnnotationSerializer(Exact, serializers.ModelSerializer[Annotation]):
    """What happened on a day."""

    class Meta:
        model = Annotation
        fields = ["id", "day", "text", "created_at"]
        read_only_fields = ["created_at"]
        extra_kwargs = {
            "id": {"help_text": "Its name in addresses."},
            "day": {"help_text": "Which day, on the project’s clock."},
            "text": {"help_text": "What happened, in one line."},
            "created_at": {"help_text": "When it was made."},
        }

    def validate_text(self, text: str) -> str:
        """One line, as it stands beside a chart."""
        if UNKEEPABLE.search(text):
            raise serializers.ValidationError("There is a character in it that no text can have.")
        return " ".join(text.split())


class AnnotationViewSet(viewsets.ModelViewSet[Annotation]):
    """What happened on a day: every line chart and every mail of these days shows it."""

    queryset = Annotation.objects.none()
    serializer_class = AnnotationSerializer
    pagination_class = Newest

    def get_queryset(self) -> QuerySet[Annotation]:
        return Annotation.objects.filter(project=project_of(self))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List annotations, newest first."""
        return super().list(request, *args, **kwargs)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Mark a day."""
        return super().create(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show an annotation."""
        return super().retrieve(request, *args, **kwargs)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change an annotation."""
        return super().partial_update(request, *args, **kwargs)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete an annotation."""
        return super().destroy(request, *args, **kwargs)

    def perform_create(self, serializer: BaseSerializer[Annotation]) -> None:
        project: Project = project_of(self)
        serializer.save(project=project, created_by=signed_in(self.request))
