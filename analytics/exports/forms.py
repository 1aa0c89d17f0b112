"""What somebody wants as a file: people of a segment, or events of some days."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from analytics.exports.asking import Asked
from analytics.models import Export, Segment
from people.models import Project

MOST_NAMES = 2_000
DAYS = 30


class ExportForm(forms.Form):
    """What both kinds have."""

    kind: Export.What
    format = forms.ChoiceField(label="Format", choices=Export.Format)

    def __init__(self, project: Project, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.auto_id = f"id_{self.kind}_%s"
        self.project = project
        self.order_fields([name for name in self.fields if name != "format"])

    def asked(self) -> Asked:
        return Asked(what=self.kind, **self.cleaned_data)


class PeopleForm(ExportForm):
    kind = Export.What.PEOPLE
    segment = forms.ModelChoiceField(
        Segment.objects.none(), label="People", required=False, empty_label="Everybody"
    )

    def __init__(self, project: Project, *given: Any, **named: Any) -> None:
        super().__init__(project, *given, **named)
        segments = self.fields["segment"]
        segments.queryset = project.segments.order_by("name")  # type: ignore[attr-defined]


class EventsForm(ExportForm):
    kind = Export.What.EVENTS
    event = forms.ChoiceField(label="Events", required=False)
    start = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}))
    end = forms.DateField(label="To", widget=forms.DateInput({"type": "date"}))

    def __init__(self, project: Project, *given: Any, **named: Any) -> None:
        today = timezone.now().astimezone(project.zone).date()
        days = {"start": today - timedelta(DAYS - 1), "end": today}
        super().__init__(project, *given, **named | {"initial": days | named.get("initial", {})})
        names = project.event_definitions.offered().values_list("name", "title")[:MOST_NAMES]
        known = [("", "All events"), *((name, title or name) for name, title in names)]
        self.fields["event"].choices = known  # type: ignore[attr-defined]

    def asked(self) -> Asked:
        event = self.cleaned_data.pop("event")
        return Asked(what=self.kind, events=[event] if event else [], **self.cleaned_data)


FORMS: tuple[type[ExportForm], ...] = (PeopleForm, EventsForm)
