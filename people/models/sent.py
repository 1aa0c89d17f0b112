"""How many events each key brings, day by day."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from people.models.accounts import Project, WriteKey
from people.models.intake import Batch

DAYS = 30


class KeyDay(models.Model):
    """The events that came by a key on a day of the project's clock.

    Counted as their load is marked as done, in its transaction, and forgotten with all loads: what
    stands here is what the loads that are done hold.
    """

    write_key = models.ForeignKey(
        WriteKey, models.CASCADE, related_name="by_day", db_index=False, verbose_name="write key"
    )
    day = models.DateField()
    events = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["write_key", "day"], name="one_key_day")]

    def __str__(self) -> str:
        return f"{self.write_key} · {self.day}"


def count_events(project: Project, by_batch: Mapping[int, int]) -> None:
    """Add the events of some batches to the days of their keys."""
    came = Batch.objects.filter(pk__in=by_batch).exclude(write_key=None)
    days: Counter[tuple[int, date]] = Counter()
    for pk, key, at in came.values_list("pk", "write_key", "received_at"):
        days[key, at.astimezone(project.zone).date()] += by_batch[pk]
    # In one order: two loads at once must not wait for each other.
    for key, day in sorted(days, key=str):
        row, _ = KeyDay.objects.get_or_create(write_key_id=key, day=day)
        KeyDay.objects.filter(pk=row.pk).update(events=F("events") + days[key, day])


@dataclass(frozen=True)
class Sent:
    """The events that came by a key on each of the last 30 days, the oldest first."""

    days: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.days)

    @property
    def each_day(self) -> float:
        """The mean of a day since the first of them that had any, at most 30."""
        since = next((n for n, each in enumerate(self.days) if each), DAYS - 1)
        return self.total / (DAYS - since)


def first_day(project: Project) -> date:
    return timezone.now().astimezone(project.zone).date() - timedelta(DAYS - 1)


def with_events(keys: QuerySet[WriteKey], project: Project) -> QuerySet[WriteKey]:
    """Each with its `events` of the last 30 days."""
    recent = KeyDay.objects.filter(write_key=OuterRef("pk"), day__gte=first_day(project))
    total = recent.order_by().values("write_key").annotate(total=Sum("events")).values("total")
    return keys.annotate(events=Coalesce(Subquery(total), 0, output_field=BigIntegerField()))


def sent_by(keys: Iterable[WriteKey], project: Project) -> dict[int, Sent]:
    """What came by each of some keys of a project, by one statement."""
    first = first_day(project)
    listed = [key.pk for key in keys]
    rows = KeyDay.objects.filter(write_key__in=listed, day__gte=first)
    counts = {
        (key, day): events for key, day, events in rows.values_list("write_key", "day", "events")
    }
    days = [first + timedelta(n) for n in range(DAYS)]
    return {key: Sent(tuple(counts.get((key, day), 0) for day in days)) for key in listed}
