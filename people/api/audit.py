"""The audit log through the API: for owners, to read."""

from django.db.models import QuerySet
from rest_framework import mixins, serializers, viewsets

from people.api.access import project_of
from people.api.listing import Listing, Part, Since, Until
from people.models import AuditEntry


class AuditSerializer(serializers.ModelSerializer[AuditEntry]):
    """One thing that somebody did in the project."""

    by = serializers.CharField(source="email", help_text="The address of who did it.")

    class Meta:
        model = AuditEntry
        fields = ["id", "at", "by", "action", "words", "place"]
        extra_kwargs = {
            "id": {"help_text": "Which entry."},
            "at": {"help_text": "When it was done."},
            "action": {"help_text": "What kind of thing it was."},
            "words": {"help_text": "What was done."},
            "place": {"help_text": "Where: a path of this product, empty where it names nobody."},
        }


class AuditList(Listing):
    """Which entries of the log."""

    orders = {"at": "at"}
    order = "-at"
    action = serializers.ChoiceField(
        AuditEntry.Action.choices, required=False, help_text="Those of one kind."
    )
    by = Part(required=False, source="email__icontains", help_text="A part of the address.")
    since = Since(required=False, source="at__gte", help_text="From which day on.")
    until = Until(required=False, source="at__lt", help_text="Up to which day.")


class AuditViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[AuditEntry]):
    """Who did what in the project; for its owners."""

    queryset = AuditEntry.objects.none()
    serializer_class = AuditSerializer
    listing = AuditList
    only_owners_read = True
    summaries = {"list": "List what was done in the project, newest first; for its owners."}

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.filter(project=project_of(self))
