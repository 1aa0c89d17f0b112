"""Exports through the API: files of people and of events, made in the background."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.definitions.parts import Invalid
from analytics.exports.asking import Asked, ask
from analytics.exports.files import MEDIA_TYPES, handed_out
from analytics.models import Segment
from analytics.models.exports import Export
from people.api.access import project_of, signed_in
from people.api.bodies import Exact, Text
from people.api.listing import Listing, or_never
from people.api.viewsets import OfProject


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "What happened in May",
            {
                "what": "events",
                "format": "parquet",
                "start": "2026-05-01",
                "end": "2026-05-31",
            },
            request_only=True,
        )
    ]
)
class ExportSerializer(Exact):
    """A file: people of a segment, or events of some days."""

    id = serializers.UUIDField(read_only=True, help_text="Its name in addresses.")
    what = serializers.ChoiceField(Export.What.choices, help_text="What its rows are.")
    format = serializers.ChoiceField(
        Export.Format.choices, default=Export.Format.CSV, help_text="What kind of file it is."
    )
    segment = serializers.PrimaryKeyRelatedField(
        queryset=Segment.objects.none(), allow_null=True, default=None,
        help_text="Of people: those of which segment; null for everybody.",
    )  # fmt: skip
    events = serializers.ListField(
        child=Text(max_length=200), default=list, help_text="Of events: which; none means all."
    )
    start = serializers.DateField(
        allow_null=True, default=None, help_text="Of events: the first day, on the project’s clock."
    )
    end = serializers.DateField(allow_null=True, default=None, help_text="Of events: the last day.")
    state = serializers.ChoiceField(
        Export.State.choices, read_only=True, help_text="“gone” is expired; ask for it anew."
    )
    total = serializers.IntegerField(read_only=True, help_text="Rows there are, once it is begun.")
    done = serializers.IntegerField(read_only=True, help_text="Rows that are written.")
    size = serializers.IntegerField(read_only=True, help_text="Bytes of the file.")
    error = serializers.CharField(read_only=True, help_text="Why it could not be made.")
    created_at = serializers.DateTimeField(read_only=True, help_text="When it was asked for.")
    expires_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="Until when the file is kept; null before."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """What is of other projects is as unknown as none."""
        fields = super().get_fields()
        view = self.context.get("view")
        if view is not None and "project" in view.kwargs:
            fields["segment"].queryset = project_of(view).segments.all()  # type: ignore[attr-defined]
        return fields

    def create(self, given: dict[str, Any]) -> Export:
        view = self.context["view"]
        try:
            return ask(project_of(view), signed_in(view.request), Asked(**given))
        except Invalid as error:
            raise serializers.ValidationError(error.problems) from error


class ExportList(Listing):
    """Which files."""

    orders = {**Listing.orders, "expires_at": or_never("expires_at")}
    what = serializers.ChoiceField(
        Export.What.choices, required=False, help_text="Those with such rows."
    )
    state = serializers.ChoiceField(
        Export.State.choices, required=False, help_text="Those that are so far."
    )


class ExportViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    OfProject[Export],
):
    """Files of people and of events, made in the background and kept for a week."""

    queryset = Export.objects.all()
    serializer_class = ExportSerializer
    listing = ExportList
    makes_files = True
    summaries = {
        "list": "List files, newest first.",
        "create": "Ask for a file.",
        "retrieve": "Show how far a file is.",
    }

    @property
    def only_asks(self) -> bool:
        """A file changes nothing: who may look may take. To delete one is an editor's."""
        return self.action != "destroy"

    def perform_create(self, serializer: serializers.BaseSerializer[Export]) -> None:
        serializer.save()

    @extend_schema(
        responses={
            (200, MEDIA_TYPES[Export.Format.CSV]): OpenApiTypes.STR,
            (200, MEDIA_TYPES[Export.Format.PARQUET]): OpenApiTypes.BINARY,
        }
    )
    def file(self, _request: Request, **_: object) -> HttpResponseBase:
        """Take a file that is ready."""
        return handed_out(self.get_object())

    def destroy(self, _request: Request, **_: object) -> Response:
        """Delete a file, or stop it being made."""
        self.get_object().remove()
        return Response(status=status.HTTP_204_NO_CONTENT)
