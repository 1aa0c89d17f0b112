"""Why: how one person went through a funnel, and what kept them from the next step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.definitions.conditions import EventFilter, Word
from analytics.definitions.reports import Completion, Funnel
from analytics.engine.funnel.attempts import furthest
from analytics.engine.funnel.sql import span_of
from analytics.engine.query import Range, Row, Scope, Statement
from analytics.engine.sql import Binds, compare, events
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
    STILL_OPEN = "still_open", "Has not done {step} yet; the window is still open"


@dataclass(frozen=True)
class Filled:
    """An event that filled a step, with its id in the record."""

    step: EventFilter
    at: datetime
    event: str


@dataclass(frozen=True)
class Why:
    """The steps that a person got through; of the first that is missing, why.

    `at` is when the event happened that does not count; `unmet` is the filter that it misses.
    """

    filled: tuple[Filled, ...]
    window_ends: datetime | None
    missing: EventFilter | None = None
    reason: Reason | None = None
    at: datetime | None = None
    unmet: str = ""

    @property
    def is_complete(self) -> bool:
        return self.missing is None

    def __str__(self) -> str:
        if self.missing is None or self.reason is None:
            return "Complete"
        return self.reason.label.format(step=self.missing.event, unmet=self.unmet)


@dataclass(frozen=True)
class Event:
    """One that a step names: which filters of each step it meets, None where the name differs."""

    id: str
    at: int
    meets: tuple[tuple[bool, ...] | None, ...]

    def fits(self, step: int) -> bool:
        meets = self.meets[step]
        return meets is not None and all(meets)


def statement(funnel: Funnel, scope: Scope, people: Sequence[int]) -> Statement:
    """Rows: (person, id, time in ms, for each step (is its event, [which filters hold])), whenever
    it was, by person and time."""
    binds = Binds()
    shown = []
    for step in funnel.steps:
        types = scope.catalogue.properties.get(step.event, {})
        met = [compare(binds, scope, each, types.get(each.property)) for each in step.filters]
        flags = ", ".join(f"toUInt8({each})" for each in met)
        shown.append(f"event = {binds(step.event, 'String')}, [{flags}]::Array(UInt8)")
    source = events(binds, scope, [each.event for each in funnel.steps], None, None)
    return Statement(
        "SELECT person, id, toUnixTimestamp64Milli(at) AS ms,"
        f" {', '.join(shown)} {source} AND person IN {binds(list(people), 'Array(UInt64)')}"
        f" ORDER BY person, ms, id LIMIT {MOST_EVENTS} BY person",
        binds,
    )


def whys(funnel: Funnel, scope: Scope, rows: Iterable[Row]) -> dict[int, Why]:
    """By person. Whoever did none of the steps' events is not in it."""
    did: dict[int, list[Event]] = {}
    for person, event, at, *flags in rows:
        pairs = zip(flags[::2], flags[1::2], strict=True)
        meets = tuple(tuple(map(bool, held)) if same else None for same, held in pairs)
        did.setdefault(person, []).append(Event(event, at, meets))
    return {person: why(funnel, scope, events) for person, events in did.items()}


def why(funnel: Funnel, scope: Scope, did: Sequence[Event]) -> Why:
    """From everything that one person did of the funnel's events, by time."""
    start, end = span_of(funnel, scope)
    entry_end = Range.of(funnel.period, scope).end
    inside = [event for event in did if start <= event.at < end]
    masks = [
        sum(
            1 << step
            for step in range(len(funnel.steps))
            if event.fits(step) and (step or event.at < entry_end)
        )
        for event in inside
    ]
    window = funnel.window.milliseconds
    way = [inside[n] for n in furthest([e.at for e in inside], masks, len(funnel.steps), window)]
    filled = tuple(
        Filled(step, moment(event.at), event.id)
        for step, event in zip(funnel.steps, way, strict=False)
    )
    ends = moment(way[0].at + window) if way else None
    if len(way) == len(funnel.steps):
        return Why(filled, ends)
    reason, event, unmet = missed(funnel, scope, did, way)
    at = moment(event.at) if event else None
    return Why(filled, ends, funnel.steps[len(way)], reason, at, unmet)


def missed(
    funnel: Funnel, scope: Scope, did: Sequence[Event], way: Sequence[Event]
) -> tuple[Reason, Event | None, str]:
    """Why the step after the way is not there: of all misses the one that came closest."""
    step, (start, end) = len(way), span_of(funnel, scope)
    if step == 0:
        end = Range.of(funnel.period, scope).end
    named = [event for event in did if event.meets[step] is not None]
    fitting = [event for event in named if event.fits(step) and event not in way]
    ends = way[0].at + funnel.window.milliseconds if way else end
    in_reach = [e for e in named if (way[-1].at if way else start) <= e.at <= ends and e.at < end]
    in_reach = [event for event in in_reach if event not in way]
    if still_open(funnel, scope, way) and not in_reach:
        return Reason.STILL_OPEN, None, ""
    late = [event for event in fitting if way and ends < event.at < end]
    early = [event for event in fitting if way and start <= event.at < way[-1].at]
    if in_reach:
        return Reason.FILTER, in_reach[0], unmet(funnel, step, in_reach[0])
    if late:
        return Reason.AFTER_WINDOW, late[0], ""
    if early:
        return Reason.BEFORE_PREVIOUS, early[-1], ""
    if fitting:
        return Reason.OUTSIDE_PERIOD, fitting[-1], ""
    if any(event.fits(step) for event in way):
        return Reason.SAME_EVENT, way[-1], ""
    if named:
        return Reason.FILTER, named[-1], unmet(funnel, step, named[-1])
    return Reason.NEVER, None, ""


def still_open(funnel: Funnel, scope: Scope, way: Sequence[Event]) -> bool:
    """Whether this attempt may still get further."""
    now = milliseconds(scope.now)
    running = funnel.completion is Completion.AFTER_PERIOD or now < span_of(funnel, scope)[1]
    return bool(way) and running and way[0].at + funnel.window.milliseconds >= now


def unmet(funnel: Funnel, step: int, event: Event) -> str:
    """The first filter of a step that an event does not meet."""
    pairs = zip(funnel.steps[step].filters, event.meets[step] or (), strict=True)
    return next((str(each) for each, holds in pairs if not holds), "")


def moment(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
