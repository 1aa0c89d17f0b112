"""The catalogue as the store sees it: how often events come, and what their properties hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.cache import cache

from analytics import engine
from analytics.definitions.periods import Granularity
from analytics.engine.buckets import Bucket, buckets
from analytics.engine.query import Span
from analytics.models.questions import fetch
from analytics.models.scopes import scope_of
from people.models import Event, Project

NEW_DAYS = 7


@dataclass(frozen=True)
class Volume:
    """How often an event came: day by day, in these days, ever, and when last."""

    days: list[int]
    ever: int
    last: datetime

    @property
    def recent(self) -> int:
        return sum(self.days)

    @property
    def is_new(self) -> bool:
        """Whether it came for the first time in the last seven of these days."""
        return 0 < self.ever == sum(self.days[-NEW_DAYS:])

    @property
    def is_silent(self) -> bool:
        """Whether it came once, but not in these days."""
        return not self.recent


RECENT_DAYS = 30
KEEP_VOLUMES = timedelta(minutes=10)


def recent_days(scope: engine.Scope) -> list[Bucket]:
    """The last 30 days, today included."""
    first = scope.today - timedelta(RECENT_DAYS - 1)
    return buckets(Granularity.DAY, first, scope.today, scope)


def event_volumes(project: Project, days: Sequence[Bucket]) -> dict[str, Volume]:
    """The volume of each event that ever came."""
    scope = scope_of(project, None)
    seen, counted = engine.last_seen(scope), engine.volumes(days, scope)
    by_day = {(name, start): n for name, start, n in fetch(counted)}
    return {
        name: Volume(
            [by_day.get((name, day.start), 0) for day in days],
            ever,
            datetime.fromtimestamp(last / 1000, UTC),
        )
        for name, last, ever in fetch(seen)
    }


def people_days(people: Iterable[int], scope: engine.Scope) -> dict[int, list[int]]:
    """On each of the last 30 days how many events each of a few people had, by one statement."""
    if not (chosen := sorted(people)):
        return {}
    days = recent_days(scope)
    found = fetch(engine.people_volumes(chosen, days, scope))
    by_day = {(person, start): n for person, start, n in found}
    return {each: [by_day.get((each, day.start), 0) for day in days] for each in chosen}


def recent_volumes(project: Project) -> dict[str, int]:
    """How often each event came in the last 30 days; counted once for all that is typed until the
    next events are loaded."""
    scope = scope_of(project, None)
    days = recent_days(scope)
    loads = Project.objects.values_list("loads_done", flat=True).get(pk=project.pk)
    key = f"volumes:{project.pk}:{loads}:{days[-1].label}"
    counts: dict[str, int] | None = cache.get(key)
    if counts is None:
        counts = {}
        for name, _, number in fetch(engine.volumes(days, scope)):
            counts[name] = counts.get(name, 0) + number
        cache.set(key, counts, KEEP_VOLUMES.total_seconds())
    return counts


def last_events(project: Project, event: str, size: int) -> list[Event]:
    """The newest events of a name in the last 30 days, the newest first."""
    scope = scope_of(project, None)
    days = recent_days(scope)
    span = Span(days[0].start, days[-1].end)
    ids = [uid for (uid,) in fetch(engine.newest(event, span, size, scope))]
    found = Event.objects.filter(project=project, uid__in=ids)
    return list(found.select_related("definition", "person").order_by("-at", "-pk"))
