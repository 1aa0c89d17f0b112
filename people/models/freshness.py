"""How fresh data is: when the last event came, what came minute by minute, what still waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Sum
from django.db.models.functions import TruncMinute
from django.utils import timezone

from people.models.accounts import Project
from people.models.intake import Batch
from people.models.persons import Event
from people.values import start_of_day

MINUTES = 60
# However many look at it, it is looked up so often.
KEEP = timedelta(seconds=4)
# Among so many of the last requests one with an event is looked for.
MOST_LOOKED_AT = 50


@dataclass(frozen=True)
class Freshness:
    """`minutes` is what was accepted in each of the last hour, the oldest first, `today` since the
    project's midnight; `waiting` are requests on their way into the store."""

    last: datetime | None
    minutes: tuple[int, ...]
    today: int
    refused: int
    waiting: int

    @property
    def is_quiet(self) -> bool:
        return not any(self.minutes)


def freshness(project: Project) -> Freshness:
    key = f"freshness:{project.pk}"
    found: Freshness | None = cache.get(key)
    if found is None:
        found = looked_up(project, timezone.now())
        cache.set(key, found, KEEP.total_seconds())
    return found


def looked_up(project: Project, now: datetime) -> Freshness:
    midnight = start_of_day(now.astimezone(project.zone).date(), project.zone)
    day = project.batches.filter(received_at__gte=midnight)
    sums = day.aggregate(accepted=Sum("accepted"), refused=Sum("refused"))
    return Freshness(
        last_event(project),
        by_minute(project, now),
        sums["accepted"] or 0,
        sums["refused"] or 0,
        Batch.objects.waiting(project.pk).count(),
    )


def last_event(project: Project) -> datetime | None:
    """When the last request came that brought an event."""
    newest = project.batches.filter(accepted__gt=0).order_by("-received_at")
    keys = list(newest.values_list("pk", flat=True)[:MOST_LOOKED_AT])
    with_events = Exists(Event.objects.filter(batch=OuterRef("pk")))
    brought = Batch.objects.filter(with_events, pk__in=keys).order_by("-received_at")
    return brought.values_list("received_at", flat=True).first()


def by_minute(project: Project, now: datetime) -> tuple[int, ...]:
    this = now.replace(second=0, microsecond=0)
    starts = [this - timedelta(minutes=ago) for ago in range(MINUTES - 1, -1, -1)]
    came = project.batches.filter(received_at__gte=starts[0])
    counted = came.annotate(minute=TruncMinute("received_at")).values("minute").order_by("minute")
    counts = dict(counted.annotate(number=Sum("accepted")).values_list("minute", "number"))
    return tuple(counts.get(each, 0) for each in starts)
