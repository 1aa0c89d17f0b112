"""Why: how one person went through a funnel, and what kept them from the next step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.definitions.events import ANY_EVENT, AnyEntry, names_of
from analytics.definitions.parts import Word
from analytics.definitions.reports import Completion, Funnel
from analytics.engine.conditions import demands, is_first, is_named
from analytics.engine.funnel.attempts import furthest
from analytics.engine.funnel.sql import span_of
from analytics.engine.plan import Plan
from analytics.engine.query import Row, Span, Statement
from analytics.engine.writer import Writer
from people.values import EPOCH, milliseconds

# Of one person; whoever did more of the steps' events than this is told of the first ones only.
MOST_EVENTS = 5_000


class Reason(Word):
    """What kept somebody from a step, and how it is said."""

    NEVER = "never", "Never did {step}"
    AFTER_WINDOW = "after_window", "Did {step} after the window had ended"
    BEFORE_PREVIOUS = "before_previous", "Did {step} before the previous step, not after it"
    SAME_EVENT = "same_event", "Did {step} once, and that fills the step before"
    OUTSIDE_PERIOD = "outside_period", "Did {step} outside of the period"
    FILTER = "filter", "Did {step}, but not where {unmet}"
    NOT_FIRST = "not_first", "Did {step}, but not for the first time"
    STILL_OPEN = "still_open", "Has not done {step} yet; the window is still open"


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


@dataclass(frozen=True)
class Met:
    """Of an event that a step names: which of the step's demands it meets. Of several alternatives
    the one that it comes nearest to; `first` is whether it counts as the person's first."""

    alternative: int
    filters: tuple[bool, ...]
    first: bool = True

    @property
    def is_all(self) -> bool:
        return self.first and all(self.filters)


@dataclass(frozen=True)
class Event:
    """One that a step names: what of each step it meets, None where the name differs."""

    id: str
    at: int
    meets: tuple[Met | None, ...]

    def fits(self, step: int) -> bool:
        meets = self.meets[step]
        return meets is not None and meets.is_all


def ways(plan: Plan[Funnel], people: Sequence[int]) -> Statement:
    """Rows: (person, id, time in ms, for each step ([for each alternative (is it its event, [which
    filters hold])], is it their first)), whenever it was, by person and time."""
    w = plan.writer()
    shown = [f"({tests_of(w, step)})" for step in plan.report.steps]
    source = w.events(names_of(plan.report.steps))
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
    for person, event, at, *steps in rows:
        meets = tuple(nearest(alternatives, bool(first)) for alternatives, first in steps)
        did.setdefault(person, []).append(Event(event, at, meets))
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
    filled = tuple(
        Filled(step, moment(event.at), event.id)
        for step, event in zip(funnel.steps, way, strict=False)
    )
    ends = moment(way[0].at + funnel.window.milliseconds) if way else None
    if len(way) == len(funnel.steps):
        return Why(filled, ends)
    miss = Misses(plan, tuple(did), tuple(way)).closest
    at = moment(miss.event.at) if miss.event else None
    return Why(filled, ends, funnel.steps[len(way)], miss.reason, at, miss.unmet)


def way_through(plan: Plan[Funnel], did: Sequence[Event]) -> list[Event]:
    """The events of the counted attempt."""
    span, steps = span_of(plan), len(plan.report.steps)
    inside = [event for event in did if span.start <= event.at < span.end]
    masks = [mask(event, steps, entry=event.at < plan.span.end) for event in inside]
    times = [event.at for event in inside]
    return [inside[n] for n in furthest(times, masks, steps, plan.report.window.milliseconds)]


def mask(event: Event, steps: int, *, entry: bool) -> int:
    """A bit for each step that an event can fill; the first only where it may be an `entry`."""
    return sum(1 << step for step in range(steps) if event.fits(step) and (step or entry))


@dataclass(frozen=True)
class Miss:
    """A reason, the event that shows it, and the filter that it does not meet."""

    reason: Reason
    event: Event | None = None
    unmet: str = ""


@dataclass(frozen=True)
class Misses:
    """What somebody did of the step that comes after their way, and why none of it counts."""

    plan: Plan[Funnel]
    did: tuple[Event, ...]
    way: tuple[Event, ...]

    @property
    def step(self) -> int:
        return len(self.way)

    @property
    def span(self) -> Span:
        """In which time the step could have been filled, were the window endless."""
        return span_of(self.plan) if self.step else self.plan.span

    @property
    def window_ends(self) -> int:
        """The last moment of the attempt; without one that of the period."""
        if not self.way:
            return self.span.end - 1
        return self.way[0].at + self.plan.report.window.milliseconds

    @property
    def named(self) -> list[Event]:
        """The step's events, whatever their filters say."""
        return [event for event in self.did if event.meets[self.step] is not None]

    @property
    def fitting(self) -> list[Event]:
        return [e for e in self.named if e.fits(self.step) and e not in self.way]

    @property
    def in_reach(self) -> list[Event]:
        """Those that came in time."""
        since = self.way[-1].at if self.way else self.span.start
        until = min(self.window_ends, self.span.end - 1)
        return [e for e in self.named if since <= e.at <= until and e not in self.way]

    @property
    def closest(self) -> Miss:
        """Of all misses the one that came closest."""
        return next((miss for reason in REASONS if (miss := reason(self))), Miss(Reason.NEVER))


def still_open(misses: Misses) -> Miss | None:
    """The attempt may still get further."""
    plan, now = misses.plan, milliseconds(misses.plan.scope.now)
    after = plan.report.completion is Completion.AFTER_PERIOD
    running = after or now < span_of(plan).end
    waits = misses.way and running and misses.window_ends >= now and not misses.in_reach
    return Miss(Reason.STILL_OPEN) if waits else None


def filtered_in_reach(misses: Misses) -> Miss | None:
    return filtered(misses, misses.in_reach[:1])


def after_window(misses: Misses) -> Miss | None:
    late = [e for e in misses.fitting if misses.window_ends < e.at < misses.span.end]
    return Miss(Reason.AFTER_WINDOW, late[0]) if misses.way and late else None


def before_previous(misses: Misses) -> Miss | None:
    if not misses.way:
        return None
    early = [e for e in misses.fitting if misses.span.start <= e.at < misses.way[-1].at]
    return Miss(Reason.BEFORE_PREVIOUS, early[-1]) if early else None


def outside_period(misses: Misses) -> Miss | None:
    return Miss(Reason.OUTSIDE_PERIOD, misses.fitting[-1]) if misses.fitting else None


def same_event(misses: Misses) -> Miss | None:
    fills = any(event.fits(misses.step) for event in misses.way)
    return Miss(Reason.SAME_EVENT, misses.way[-1]) if fills else None


def filtered_anywhere(misses: Misses) -> Miss | None:
    return filtered(misses, misses.named[-1:])


def filtered(misses: Misses, events: Sequence[Event]) -> Miss | None:
    """What the first of these events does not meet of the step."""
    for event in events:
        if (meets := event.meets[misses.step]) is None or meets.is_all:
            continue
        step = misses.plan.report.steps[misses.step]
        filters = step.alternatives[meets.alternative].filters
        pairs = zip(filters, meets.filters, strict=True)
        unmet = next((str(each) for each, holds in pairs if not holds), "")
        return Miss(Reason.FILTER if unmet else Reason.NOT_FIRST, event, unmet)
    return None


# The one that came closest first; where none of them holds, it was never done.
REASONS = (
    still_open,
    filtered_in_reach,
    after_window,
    before_previous,
    outside_period,
    same_event,
    filtered_anywhere,
)


def moment(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
