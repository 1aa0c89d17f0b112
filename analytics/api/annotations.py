"""Annotations through the API: marks with words on days."""

from rest_framework import serializers, viewsets

from analytics.models import Annotation
from people.api.bodies import Exact
from people.api.listing import Listing, Part
from people.api.viewsets import OfProject
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


class AnnotationList(Listing):
    """Which marks of days."""

    orders = {**Listing.orders, "day": "day"}
    since = serializers.DateField(required=False, source="day__gte", help_text="From which day on.")
    until = serializers.DateField(required=False, source="day__lte", help_text="Up to which day.")
    q = Part(required=False, source="text__icontains", help_text="A part of the text.")


class AnnotationViewSet(OfProject[Annotation], viewsets.ModelViewSet[Annotation]):
    """What happened on a day: every line chart and every mail of these days shows it."""

    queryset = Annotation.objects.all()
    serializer_class = AnnotationSerializer
    listing = AnnotationList
    summaries = {
        "list": "List annotations, newest first.",
        "create": "Mark a day.",
        "retrieve": "Show an annotation.",
        "partial_update": "Change an annotation.",
        "destroy": "Delete an annotation.",
    }
