"""What came in after a mail was made and belongs to the days that it told of."""

from datetime import timedelta
from typing import Any

from analytics.definitions.mentions import Mentions
from analytics.results import Result
from people.models import Event, Project, Tombstone
from people.values import start_of_day


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
