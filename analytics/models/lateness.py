"""Numbers that a mail told, and what came in afterwards for the days that it told of."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models

from analytics.definitions.mentions import Mentions
from analytics.definitions.parts import Invalid
from analytics.models.questions import ask
from analytics.models.runs import Run
from analytics.results import Result, parse_result
from people.models import Event, Project, Tombstone
from people.values import start_of_day


class Told(models.Model):
    """What was asked and what came out, kept so that every mail, its link and another try of it say
    the same numbers, whatever arrived since; held against what was told before."""

    definition = models.JSONField(null=True, blank=True)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    result = models.JSONField(null=True, blank=True)
    # What came in late for the numbers before; of an alert what it saw, as it was seen.
    facts = models.JSONField(default=dict, blank=True)
    # The numbers before, where something came in late for their days; the run that asks these days
    # once more, and what they give now.
    before = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    again_run = models.ForeignKey(
        Run, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    again = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    if TYPE_CHECKING:

        @property
        def project(self) -> Project: ...

        @property
        def slot(self) -> datetime: ...

    def late_for(
        self, definition: dict[str, Any], before: Self | None
    ) -> tuple[dict[str, Any], Self | None]:
        """What came in late for the numbers told before; and these, where their days are to be
        asked once more: of days that were not over then they are others now in any case."""
        if before is None:
            return {}, None
        found = lateness(self.project, definition, parse_result(before.result))
        if not found:
            return {}, None
        facts = found | {"since": before.slot.isoformat()}
        return facts, before if before.was_over() else None

    def was_over(self) -> bool:
        """Whether the days that it told of were over when it was made."""
        told = parse_result(self.result)
        return told.as_of >= start_of_day(told.period.end + timedelta(1), self.project.zone)

    def is_compared(self) -> bool:
        """Whether it is known, too, what the days of the numbers before give now; asks where
        something came in late for them. What cannot be asked is left out."""
        if self.before is None or self.again is not None:
            return True
        run = self.again_run or self.ask_again(self.before)
        if run and not run.is_finished:
            return False
        self.again = run.result if run else None
        self.again_run = None
        if self.again is None:
            self.before = None
        self.save(update_fields=["again", "again_run", "before"])
        return True

    def ask_again(self, before: Self) -> Run | None:
        """Ask the days of the numbers before once more; None where they cannot be asked."""
        days = before.result["period"] if before.result else None
        try:
            run = ask(self.project, {**(before.definition or {}), "period": days}, wait=0)
        except Invalid:
            return None
        if not run.is_finished:
            self.again_run = run
            self.save(update_fields=["again_run"])
        return run


def lateness(project: Project, definition: dict[str, Any], before: Result) -> dict[str, int]:
    """How many events of a report came in late for the answer before, and how many people were
    merged or erased since: with them its numbers may be others now. Nothing where there is none."""
    asked = Mentions.of(definition)
    # An answer says to the second when it was computed.
    since = before.as_of + timedelta(seconds=1)
    events = Event.objects.filter(
        project=project,
        batch__received_at__gte=since,
        at__gte=start_of_day(before.period.start, project.zone),
        at__lt=min(start_of_day(before.period.end + timedelta(1), project.zone), before.as_of),
    )
    if not asked.any_event:
        events = events.filter(definition__name__in=asked.events)
    late = events.count()
    gone = Tombstone.objects.filter(project=project, batch__received_at__gte=since).count()
    return {name: count for name, count in {"late": late, "gone": gone}.items() if count}
