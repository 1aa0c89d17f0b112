"""Why: how one person went through a funnel, and what kept them from the next step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from analytics.definitions.events import ANY_EVENT, AnyEntry
from analytics.definitions.reports import Funnel
from analytics.definitions.steps import Order
from analytics.engine.conditions import demands, is_first, is_named
from analytics.engine.funnel.attempts import NONE, furthest
from analytics.engine.funnel.misses import Event, Met, Misses, Reason
from analytics.engine.funnel.orders import seated
from analytics.engine.funnel.rules import Rules, Trails, is_plain
from analytics.engine.funnel.solve import Solved
from analytics.engine.funnel.sql import span_of
from analytics.engine.funnel.trails import held_values, marks_of, names_that_matter
from analytics.engine.plan import Plan
from analytics.engine.query import Row, Statement
from analytics.engine.writer import Writer
from people.values import EPOCH

# Of one person; whoever did more of the steps' events than this is told of the first ones only.
MOST_EVENTS = 5_000


@dataclass(frozen=True)
class Filled:
    """An event that filled a step, with its id in the record."""

    step: AnyEntry
    at: datetime
    event: str


@dataclass(frozen=True)
class Why:
    """The steps that a person got through; of the first that is missing, why.

    `at` is when the event happened that does not count; `unmet` is the filter that it misses.
    """

    filled: tuple[Filled, ...]
    window_ends: datetime | None
    missing: AnyEntry | None = None
    reason: Reason | None = None
    at: datetime | None = None
    unmet: str = ""

    @property
    def is_complete(self) -> bool:
        return self.missing is None

    def __str__(self) -> str:
        if self.missing is None or self.reason is None:
            return "Complete"
        return self.reason.label.format(step=called(self.missing), unmet=self.unmet)


def called(step: AnyEntry) -> str:
    """A step by what has to be done, whatever its filters say."""
    return " or ".join(dict.fromkeys(each.event or ANY_EVENT for each in step.alternatives))


def ways(plan: Plan[Funnel], people: Sequence[int]) -> Statement:
    """Rows: (person, id, time in ms, a bit for each exclusion, [held values], for each step ([for
    each alternative (is it its event, [which filters hold])], is it their first)), whenever it was,
    by person and time."""
    w, report = plan.writer(), plan.report
    held = ", ".join(held_values(w, report))
    shown = [marks_of(w, report), f"[{held}]::Array(String)"]
    shown += [f"({tests_of(w, step)})" for step in report.steps]
    source = w.events(names_that_matter(report))
    return w.statement(
        "SELECT person, id, toUnixTimestamp64Milli(at) AS ms,"
        f" {', '.join(shown)} {source} AND person IN {w.bind(list(people), 'Array(UInt64)')}"
        f" ORDER BY person, ms, id LIMIT {MOST_EVENTS} BY person"
    )


def tests_of(w: Writer, step: AnyEntry) -> str:
    """SQL for what an event meets of a step."""
    alternatives = [
        f"(toUInt8({is_named(w, each)}),"
        f" [{', '.join(f'toUInt8({one})' for one in demands(w, each))}]::Array(UInt8))"
        for each in step.alternatives
    ]
    first = is_first(w, step) if step.first_time else "1"
    return f"[{', '.join(alternatives)}], toUInt8({first})"


def whys(plan: Plan[Funnel], rows: Iterable[Row]) -> dict[int, Why]:
    """By person. Whoever did none of the steps' events is not in it."""
    did: dict[int, list[Event]] = {}
    for person, event, at, marks, held, *steps in rows:
        meets = tuple(nearest(alternatives, bool(first)) for alternatives, first in steps)
        did.setdefault(person, []).append(Event(event, at, meets, marks, tuple(held)))
    return {person: why(plan, events) for person, events in did.items()}


def nearest(alternatives: Sequence[Row], first: bool) -> Met | None:
    """The alternative of a step that an event comes nearest to; None where none is of its name."""
    named = [
        Met(n, tuple(map(bool, held)), first) for n, (same, held) in enumerate(alternatives) if same
    ]
    return min(named, key=lambda each: len(each.filters) - sum(each.filters), default=None)


def why(plan: Plan[Funnel], did: Sequence[Event]) -> Why:
    """From everything that one person did of the funnel's events, by time."""
    funnel, way = plan.report, way_through(plan, did)
    steps = steps_of(way, funnel)
    filled = tuple(
        Filled(funnel.steps[step], moment(event.at), event.id)
        for step, event in zip(steps, way, strict=True)
    )
    ends = moment(way[0].at + funnel.window.milliseconds) if way else None
    if len(way) == len(funnel.steps):
        return Why(filled, ends)
    missing = min(set(range(len(funnel.steps))) - set(steps))
    miss = Misses(plan, tuple(did), tuple(way), missing).closest
    at = moment(miss.event.at) if miss.event else None
    return Why(filled, ends, funnel.steps[missing], miss.reason, at, miss.unmet)


def way_through(plan: Plan[Funnel], did: Sequence[Event]) -> list[Event]:
    """The events of the counted attempt."""
    report, span = plan.report, span_of(plan)
    inside = [event for event in did if span.start <= event.at < span.end]
    # As everybody's are sorted, see trails.
    inside.sort(key=lambda event: (event.at, mask(event, plan), event.marks))
    masks = [mask(event, plan) for event in inside]
    if is_plain(report):
        times = [event.at for event in inside]
        steps, window = len(report.steps), report.window.milliseconds
        return [inside[n] for n in furthest(times, masks, steps, window)]
    held = sorted({event.held for event in inside})
    trails = Trails(
        np.array([0, len(inside)]),
        np.array([event.at - plan.span.start for event in inside], np.int64),
        np.array(masks, np.int64),
        np.array([event.marks for event in inside], np.int64),
        np.array([held.index(event.held) for event in inside], np.int64),
    )
    filled = Solved(trails, Rules.of(plan), bool(report.hold)).found.filled[0]
    return [inside[n] for n in filled.tolist() if n != NONE]


def mask(event: Event, plan: Plan[Funnel]) -> int:
    """A bit for each step that an event can fill; the first only where it may be an entry."""
    report, entry = plan.report, event.at < plan.span.end
    if not all(event.held):
        return 0
    free = entry or report.order is Order.ANY
    return sum(1 << n for n in range(len(report.steps)) if event.fits(n) and (n or free))


def steps_of(way: Sequence[Event], funnel: Funnel) -> list[int]:
    """Which step each event of an attempt filled."""
    if funnel.order is not Order.ANY:
        return list(range(len(way)))
    count = range(len(funnel.steps))
    masks = [sum(1 << step for step in count if event.fits(step)) for event in way]
    filled: dict[int, int] = {}
    for n in range(len(way)):
        seated(n, masks, filled, len(count))
    places = {event: step for step, event in filled.items()}
    return [places[n] for n in range(len(way))]


def moment(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
