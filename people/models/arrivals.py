"""What arrives in a project now: its newest events, how many came when, what was refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Sum
from django.db.models.functions import TruncSecond
from django.utils import timezone

from people.models.accounts import Project
from people.models.persons import Event

WINDOW = timedelta(minutes=5)
# A bar of the line of rates, in seconds.
WIDTH = 5
BARS = int(WINDOW.total_seconds()) // WIDTH
# Whoever looks at it asks every two seconds; all of them together ask once in that time.
KEEP = 2
# The people of so many events are counted while somebody waits.
MOST_COUNTED = 20_000
SHOWN = 30
# Among the events of so many requests those are looked for that are wanted.
MOST_LOOKED_AT = 300


@dataclass(frozen=True)
class Bar:
    """What came in a few seconds."""

    accepted: int
    refused: int


@dataclass(frozen=True)
class Rate:
    """What came in the last five minutes, the oldest bar first; `people` is None where they are too
    many to be counted while somebody waits."""

    bars: tuple[Bar, ...]
    people: int | None

    @property
    def accepted(self) -> int:
        return sum(each.accepted for each in self.bars)

    @property
    def refused(self) -> int:
        return sum(each.refused for each in self.bars)


def rate(project: Project) -> Rate:
    key = f"rate:{project.pk}"
    found: Rate | None = cache.get(key)
    if found is None:
        found = looked_up(project, timezone.now())
        cache.set(key, found, KEEP)
    return found


def looked_up(project: Project, now: datetime) -> Rate:
    start = now - WINDOW
    came = project.batches.filter(received_at__gt=start)
    seconds = came.annotate(second=TruncSecond("received_at")).values("second").order_by()
    accepted, refused = [0] * BARS, [0] * BARS
    counted = seconds.annotate(kept=Sum("accepted"), lost=Sum("refused"))
    for second, kept, lost in counted.values_list("second", "kept", "lost"):
        place = min(max(int((second - start).total_seconds()) // WIDTH, 0), BARS - 1)
        accepted[place] += kept
        refused[place] += lost
    bars = tuple(Bar(*each) for each in zip(accepted, refused, strict=True))
    return Rate(bars, people_of(project, start) if sum(accepted) <= MOST_COUNTED else None)


def people_of(project: Project, start: datetime) -> int:
    """How many did what came since then."""
    came = Event.objects.filter(batch__in=project.batches.filter(received_at__gt=start))
    return int(came.aggregate(people=Count("person", distinct=True))["people"])


def newest(project: Project, text: str, *, warned: bool) -> list[Event]:
    """The events that came last, of those with a text in their name, or of those that are kept at
    another time than they claim; looked for in the last requests."""
    brought = project.batches.filter(accepted__gt=0).order_by("-received_at")
    if warned:
        brought = brought.filter(warned__gt=0)
    batches = enough(list(brought.values_list("pk", "accepted")[:MOST_LOOKED_AT]), text)
    found = Event.objects.filter(batch__in=batches)
    if text:
        found = found.filter(definition__name__icontains=text)
    if warned:
        found = found.exclude(claimed_at="")
    return list(found.select_related("definition", "person").order_by("-pk")[:SHOWN])


def enough(batches: list[tuple[int, int]], text: str) -> list[int]:
    """The requests that bring as many as are shown; where some are looked for, all of them. One
    that brought no event but something about people counts for nothing, so there are some more."""
    kept, number = [], 0
    for pk, accepted in batches:
        kept.append(pk)
        number += accepted
        if not text and number >= 2 * SHOWN:
            break
    return kept
