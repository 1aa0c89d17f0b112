"""What kept somebody from a step of a funnel: of all reasons the one that came closest."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.definitions.parts import Word
from analytics.definitions.reports import Completion, Funnel
from analytics.definitions.steps import Order
from analytics.engine.funnel.sql import span_of
from analytics.engine.plan import Plan
from analytics.engine.query import Span
from people.values import milliseconds


class Reason(Word):
    """What kept somebody from a step, and how it is said."""

    NEVER = "never", "Never did {step}"
    AFTER_WINDOW = "after_window", "Did {step} after the window had ended"
    BEFORE_PREVIOUS = "before_previous", "Did {step} before the previous step, not after it"
    SAME_EVENT = "same_event", "Did {step} once, and that fills the step before"
    OUTSIDE_PERIOD = "outside_period", "Did {step} outside of the period"
    FILTER = "filter", "Did {step}, but not where {unmet}"
    NOT_FIRST = "not_first", "Did {step}, but not for the first time"
    EXCLUDED = "excluded", "Did {step}, but {unmet} came between"
    OTHER_VALUE = "other_value", "Did {step}, but not with the same {unmet}"
    NO_VALUE = "no_value", "Did {step}, but without {unmet}"
    BETWEEN = "between", "Did {step}, but something else came between"
    TOO_FAR = "too_far", "Did {step} too long before or after the others"
    STILL_OPEN = "still_open", "Has not done {step} yet; the window is still open"


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
    # A bit for each exclusion that it is of; what it has in held properties, "" is nothing.
    marks: int = 0
    held: tuple[str, ...] = ()

    def fits(self, step: int) -> bool:
        meets = self.meets[step]
        return meets is not None and meets.is_all


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
    # The step that was not filled.
    step: int

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
        if self.is_free and self.way:
            since = max(since - self.plan.report.window.milliseconds, self.span.start)
        until = min(self.window_ends, self.span.end - 1)
        return [e for e in self.named if since <= e.at <= until and e not in self.way]

    @property
    def is_free(self) -> bool:
        """Whether the step may also come before those that were filled."""
        return self.plan.report.order is Order.ANY

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


def kept_apart(misses: Misses) -> Miss | None:
    """It came in time, and something about it or before it is against the funnel's rules."""
    event = next((each for each in misses.in_reach if each.fits(misses.step)), None)
    if event is None:
        return None
    report = misses.plan.report
    if not all(event.held):
        pairs = zip(report.hold, event.held, strict=True)
        return Miss(Reason.NO_VALUE, event, " and ".join(n for n, has in pairs if not has))
    return between_them(misses, event) if misses.way else None


def between_them(misses: Misses, event: Event) -> Miss | None:
    """What of the attempt does not go with an event that could fill the step."""
    first, report = misses.way[0], misses.plan.report
    if event.held != first.held:
        pairs = zip(report.hold, event.held, first.held, strict=True)
        return Miss(Reason.OTHER_VALUE, event, " and ".join(n for n, a, b in pairs if a != b))
    if report.order is Order.STRICT:
        others = (each for each in misses.did if each not in misses.way)
        between = next((each for each in others if first.at < each.at < event.at), None)
        return Miss(Reason.BETWEEN, between) if between else None
    return excluded(misses, event)


def excluded(misses: Misses, event: Event) -> Miss | None:
    """What must not lie between the steps and does."""
    for n, rule in enumerate(misses.plan.report.exclusions):
        since = misses.way[rule.after].at if rule.before == misses.step else event.at
        for each in misses.did:
            own = each in misses.way or each.held != misses.way[0].held
            if each.marks >> n & 1 and since < each.at < event.at and not own:
                return Miss(Reason.EXCLUDED, each, rule.event or "another event")
    return None


def too_far(misses: Misses) -> Miss | None:
    inside = [e for e in misses.fitting if misses.span.start <= e.at < misses.span.end]
    return Miss(Reason.TOO_FAR, inside[0]) if misses.is_free and misses.way and inside else None


def filtered_in_reach(misses: Misses) -> Miss | None:
    return filtered(misses, misses.in_reach[:1])


def after_window(misses: Misses) -> Miss | None:
    late = [e for e in misses.fitting if misses.window_ends < e.at < misses.span.end]
    if not misses.way or misses.is_free or not late:
        return None
    return Miss(Reason.AFTER_WINDOW, late[0])


def before_previous(misses: Misses) -> Miss | None:
    if not misses.way or misses.is_free:
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
    kept_apart,
    filtered_in_reach,
    too_far,
    after_window,
    before_previous,
    outside_period,
    same_event,
    filtered_anywhere,
)
