"""What the properties of an event hold: how often each is filled, its values, its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analytics import engine
from analytics.engine.properties import Bins
from analytics.engine.query import Span
from analytics.models.questions import fetch
from analytics.models.scopes import scope_of
from analytics.models.volumes import RECENT_DAYS
from people.ingest.resolver import batched
from people.models import Project, PropertyDefinition
from people.values import Type, milliseconds, start_of_day

# Properties of one statement: an event may have hundreds.
AT_ONCE = 50
BINS = 24


@dataclass(frozen=True)
class Spread:
    """How numbers lie: `bins` are events in parts of equal width from the smallest to the largest,
    `ninetieth` is what nine of ten do not exceed."""

    low: float
    high: float
    median: float
    ninetieth: float
    bins: tuple[int, ...] = ()

    @property
    def middle(self) -> int:
        """The number of the bin in which the median is."""
        width = (self.high - self.low) / BINS
        return min(int((self.median - self.low) / width), BINS - 1) if width else 0


@dataclass(frozen=True)
class Holding:
    """What one property holds: in how many of all events it is, how many different values it has,
    the most frequent of them with their counts, and how its numbers lie."""

    of: PropertyDefinition
    events: int
    filled: int
    values: int
    examples: tuple[tuple[str, int], ...] = ()
    spread: Spread | None = None

    @property
    def share(self) -> float | None:
        return self.filled / self.events if self.events else None

    @property
    def more(self) -> int:
        """How many values are not among the most frequent."""
        return max(self.values - len(self.examples), 0)

    @property
    def shares(self) -> list[tuple[str, int, float]]:
        """The most frequent values, with the share of all events that have each."""
        return [(value, count, count / self.events) for value, count in self.examples]


def holdings(
    project: Project, event: str, properties: Sequence[PropertyDefinition]
) -> list[Holding]:
    """Of each property of an event, over all that is known; the most filled first. Raises
    StoreError."""
    found = [
        each
        for some in batched(properties, AT_ONCE)
        for each in holdings_of(project, event, list(some))
    ]
    return sorted(found, key=lambda each: (-each.filled, each.of.name))


def holdings_of(
    project: Project, event: str, properties: Sequence[PropertyDefinition]
) -> list[Holding]:
    types = {each.name: Type(each.type) for each in properties}
    scope = scope_of(project, None)
    [[events, *counts]] = fetch(engine.filled(event, types, scope))
    examples: dict[int, list[tuple[str, int]]] = {}
    for place, value, number in fetch(engine.examples(event, types, scope)):
        examples.setdefault(place, []).append((value, number))
    numbers = [name for name, kind in types.items() if kind is Type.NUMBER]
    known = spreads(event, numbers, scope) if numbers else {}
    return [
        Holding(
            each,
            events,
            counts[2 * place],
            counts[2 * place + 1],
            tuple(examples.get(place, ())),
            known.get(each.name),
        )
        for place, each in enumerate(properties)
    ]


def spreads(event: str, numbers: list[str], scope: engine.Scope) -> dict[str, Spread]:
    """How the numbers of each of these properties lie; those without any number are left out."""
    [row] = fetch(engine.spreads(event, numbers, scope))
    ends = {
        name: Spread(*row[4 * place : 4 * place + 4])
        for place, name in enumerate(numbers)
        if row[4 * place] is not None
    }
    wide = {
        name: Bins(each.low, each.high, BINS) for name, each in ends.items() if each.high > each.low
    }
    counts = {name: [0] * BINS for name in wide}
    names = list(wide)
    for place, number, events in fetch(engine.histograms(event, wide, scope)) if wide else ():
        counts[names[place]][number] = events
    return {
        name: Spread(each.low, each.high, each.median, each.ninetieth, tuple(counts.get(name, ())))
        for name, each in ends.items()
    }


@dataclass(frozen=True)
class Lately:
    """How often an event came in the last 30 days, by how many people, the same of the 30 before up
    to this time of the day, and when last."""

    events: int
    people: int
    events_before: int
    people_before: int
    last: datetime | None

    @property
    def each(self) -> float | None:
        """How often each of them did it."""
        return self.events / self.people if self.people else None

    @property
    def each_before(self) -> float | None:
        return self.events_before / self.people_before if self.people_before else None


def lately(project: Project, event: str) -> Lately:
    """Raises StoreError."""
    scope = scope_of(project, None)
    first, days = scope.today - timedelta(RECENT_DAYS - 1), timedelta(RECENT_DAYS)
    now = Span.of_days(first, scope.today, scope.zone)
    earlier = milliseconds(start_of_day(first - days, scope.zone))
    before = Span(earlier, milliseconds(scope.now - days))
    [[events, people, events_before, people_before, last]] = fetch(
        engine.totals(event, before, now, scope)
    )
    at = datetime.fromtimestamp(last / 1000, UTC) if last else None
    return Lately(events, people, events_before, people_before, at)
