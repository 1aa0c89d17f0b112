"""When somebody did something: their last event, and their days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import TruncDate
from django.utils import timezone

from people.models.persons import Event, Person
from people.values import start_of_day

DAYS = 90
# Whoever did more is said to have done more.
MOST_COUNTED = 100_000


@dataclass(frozen=True)
class Activity:
    """What somebody did in all, up to a bound, and on each of the last 90 days and the 90 before,
    the oldest first, by the project's clock."""

    total: int
    last: datetime | None
    before: tuple[int, ...]
    days: tuple[int, ...]

    @property
    def recent(self) -> int:
        return sum(self.days)

    @property
    def active(self) -> int:
        """On how many of the days there was something."""
        return sum(map(bool, self.days))

    @property
    def active_before(self) -> int:
        return sum(map(bool, self.before))

    @property
    def counted(self) -> int:
        return min(self.total, MOST_COUNTED)

    @property
    def is_beyond(self) -> bool:
        return self.total > MOST_COUNTED


def activity_of(person: Person) -> Activity:
    """Read off the index of a person's timeline."""
    zone = person.project.zone
    today = timezone.now().astimezone(zone).date()
    first = today - timedelta(2 * DAYS - 1)
    recent = person.events.filter(at__gte=start_of_day(first, zone)).order_by()
    by_day = dict(
        recent.annotate(day=TruncDate("at", tzinfo=zone))
        .values("day")
        .annotate(number=Count("pk"))
        .values_list("day", "number")
    )
    counts = tuple(by_day.get(first + timedelta(n), 0) for n in range(2 * DAYS))
    return Activity(
        person.events.order_by()[: MOST_COUNTED + 1].count(),
        person.events.order_by("-at").values_list("at", flat=True).first(),
        counts[:DAYS],
        counts[DAYS:],
    )


def last_seen(people: Iterable[Person]) -> dict[int, datetime | None]:
    """The last event of each of a few people, one look into an index for each."""
    newest = Event.objects.filter(person=OuterRef("pk")).order_by("-at", "-pk")
    found = Person.objects.filter(pk__in=[each.pk for each in people])
    last = found.annotate(last=Subquery(newest.values("at")[:1])).order_by()
    return dict(last.values_list("pk", "last"))
