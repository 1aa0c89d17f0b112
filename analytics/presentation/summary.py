"""What a result says in words: what to see first, why there is nothing, what would mend it."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from analytics.definitions.conditions import All, AttributeCondition, InlineSegment
from analytics.definitions.metrics import Metric
from analytics.definitions.operators import Operator
from analytics.definitions.periods import MAX_DAYS, CustomPeriod, Granularity, Window
from analytics.definitions.reports import Definition, Denominator, Funnel, Segmentation
from analytics.definitions.segments import SegmentChoice
from analytics.presentation.series import Line, entry_of, lines, way_of
from analytics.results import FunnelResult, FunnelSegment, Result, SegmentationResult, Step
from people.locale import count, day, duration, share

MOST_IN_A_FINDING = 2
WEEK = 7
FINE = {Granularity.HOUR, Granularity.DAY}

# --- What to see first --------------------------------------------------------------------------


def of_series(result: SegmentationResult) -> list[str]:
    """Of each series the total, and how it compares."""
    return [series_of(each, past, result) for each, past in compared(result)]


def series_of(line: Line, past: Line | None, result: SegmentationResult) -> str:
    """The total of a series in words, and how it compares with the period before."""
    value = line.total.value
    if value is None:
        return f"{line.name}: unknown, for {line.unknown}."
    text = f"{line.name}: {line.told(value)}"
    if past is None:
        return f"{text}."
    if is_open(result):
        return f"{text}. {of_whole_buckets(line, past)}"
    if not past.total.value:
        return f"{text}; the period before has none to compare with."
    change = relative(value, past.total.value)
    if not change:
        return f"{text}, as in the period before."
    return f"{text}, {by(change)} on the period before."


def of_whole_buckets(line: Line, past: Line) -> str:
    """How what is over compares, where the period is not."""
    change, count = change_of_whole(line, past)
    if not count:
        return f"No {line.granularity} of it is over yet, so it is not compared."
    over = f"Over the {count} whole {line.granularity}s" if count > 1 else "In its one whole "
    over += "" if count > 1 else str(line.granularity)
    if change is None:
        return f"{over} the period before has none to compare with."
    moved = by(change) if change else "the same"
    return f"{over} it is {moved} on average, against the period before."


def compared(result: SegmentationResult) -> list[tuple[Line, Line | None]]:
    """Each series, without its groups, and what it is compared with."""
    every = lines(result, result.granularities[0])
    pasts = {each.now: each for each in every if each.is_before and not each.is_group}
    return [
        (each, pasts.get(each.place)) for each in every if not (each.is_group or each.is_before)
    ]


def is_open(result: Result) -> bool:
    """Whether the period was not over when the answer was computed."""
    return result.as_of.astimezone(ZoneInfo(result.timezone)).date() <= result.period.end


def change_of_whole(line: Line, past: Line) -> tuple[float | None, int]:
    """The change of the mean over the buckets that are whole in both periods, and how many those
    are; None for a change from nothing. A bucket that is not over is never held against one that
    is."""
    pairs = [
        (own.value, other.value)
        for own, other in zip(line.points, past.points, strict=False)
        if not (own.partial or other.partial) and own.value is not None and other.value is not None
    ]
    now, before = (sum(values) for values in zip(*pairs, strict=True)) if pairs else (0, 0)
    return (relative(now, before) if before else None), len(pairs)


def relative(now: float, before: float) -> float:
    """The change as a part of what was before; upwards is more also where that is below 0."""
    return (now - before) / abs(before)


def by(change: float) -> str:
    return f"{'up' if change > 0 else 'down'} {share(abs(change))}"


def of_journeys(result: FunnelResult) -> list[str]:
    """Of each segment the conversion, the largest loss and the slowest step."""
    several = len(result.segments) > 1
    return [
        (f"{each.name}: " if several else "") + journey_of(each.steps)
        for each in result.segments
        if each.entered
    ]


def journey_of(steps: tuple[Step, ...]) -> str:
    first, last = steps[0], steps[-1]
    text = (
        f"{share(last.people / first.people)} of {count(first.people)} people got {way_of(steps)}."
    )
    before, worst = max(pairwise(steps), key=lambda pair: pair[1].dropped)
    if worst.dropped:
        lost = f"{count(worst.dropped)} of {count(before.people)}"
        text += f" Most are lost before {worst.label}: {lost}."
    timed = [(step.median_seconds, step.label) for step in steps if step.median_seconds is not None]
    if len(timed) > 1:
        seconds, label = max(timed, key=lambda pair: pair[0])
        text += f" It takes longest to get to {label}: {duration(seconds)}."
    return text


# --- In one sentence ----------------------------------------------------------------------------


def finding_of_series(result: SegmentationResult) -> str:
    """What changed, of up to two series; where nothing is compared, how much there is."""
    said_of = [
        series_finding(line, past, result) for line, past in compared(result)[:MOST_IN_A_FINDING]
    ]
    return measured(result) + "; ".join(said_of)


def measured(result: SegmentationResult) -> str:
    """What is measured, where the lines have the names of their segments: a number of anything."""
    events = {each.label for each in result.series}
    is_told = result.metric is not Metric.MEASURE or len(result.segments) == 1 or len(events) > 1
    return "" if is_told else f"{min(events)}, "


def series_finding(line: Line, past: Line | None, result: SegmentationResult) -> str:
    value = line.total.value
    if value is None:
        return f"{line.name}: unknown, for {line.unknown}"
    change = change_between(line, past, result) if past else None
    if change is None:
        return f"{line.name}: {line.told(value)}"
    return f"{line.name} is {by(change) if change else 'unchanged'} on the period before"


def change_between(line: Line, past: Line, result: SegmentationResult) -> float | None:
    """Of the whole period or, before it is over, of its whole buckets."""
    if is_open(result):
        return change_of_whole(line, past)[0]
    now, before = line.total.value, past.total.value
    return relative(now, before) if now is not None and before else None


def finding_of_journeys(result: FunnelResult, asked: Definition) -> str:
    """Of each segment who completed the funnel and, once nobody is on the way any more, by how much
    that is more or less than in the period before."""
    several = len(result.segments) > 1
    return "; ".join(
        (f"{each.name}: " if several else "") + journey_finding(each, asked)
        for each in result.segments
    )


def journey_finding(segment: FunnelSegment, asked: Definition) -> str:
    if segment.conversion is None:
        return f"nobody did {entry_of(segment.steps)}{held(asked)}"
    text = f"{share(segment.conversion)} get {way_of(segment.steps)}"
    before = segment.previous.conversion if segment.previous else None
    if before is None or segment.still_open:
        return text
    points = round((segment.conversion - before) * 100, 1)
    if not points:
        return f"{text}, as in the period before"
    moved = f"{'up' if points > 0 else 'down'} {count(abs(points))} points"
    return f"{text}, {moved} on the period before"


# --- Why there is nothing -----------------------------------------------------------------------


def no_events(result: SegmentationResult) -> list[str]:
    """Which segments are empty, which events nobody did; nothing where there is something."""
    found = no_members(result)
    if result.metric is Metric.MEASURE:
        # What it sums up may be 0, and what nobody did is unknown.
        return found
    for event in dict.fromkeys(each.event for each in result.series if each.formula is None):
        mine = [each for each in result.series if each.event == event]
        if not any(happened(each.total.numerator, each.total.value) for each in mine):
            found.append(nobody_did(mine[0].label, result))
    return found


def happened(numerator: int | None, value: float | None) -> bool:
    return bool(value if numerator is None else numerator)


def held(asked: Definition) -> str:
    """What an event has to say of itself to enter a funnel, behind its name."""
    names = asked.hold if isinstance(asked, Funnel) else ()
    return f" with a value of {' and '.join(names)}" if names else ""


def no_entrants(result: FunnelResult, asked: Definition) -> list[str]:
    """Which segments are empty, and whether nobody entered the funnel."""
    if any(each.entered for each in result.segments):
        return no_members(result)
    entry = entry_of(result.segments[0].steps)
    return [*no_members(result), nobody_did(entry, result, held(asked))]


def no_members(result: Result) -> list[str]:
    return [f"Nobody is in {each.name}." for each in result.segments if not each.size]


def nobody_did(label: str, result: Result, with_what: str = "") -> str:
    days = f"{day(result.period.start)} to {day(result.period.end)}"
    return f"Nobody in the segments did “{label}”{with_what} from {days}."


# --- What would mend it -------------------------------------------------------------------------


def cures(definition: Definition, result: Result) -> Iterator[tuple[str, Definition]]:
    """What mends a rate over people who could not have done it yet: words, and what to ask."""
    if "registration_unbounded" not in result.warnings or not isinstance(definition, Segmentation):
        return
    registered = {"denominator": Denominator.REGISTERED}
    yield "Count only those registered by then", definition.model_copy(update=registered)
    if bounded := registered_by(result.period.end, definition.segments):
        words = f"Only people registered by {day(result.period.end)}"
        yield words, definition.model_copy(update={"segments": bounded})


def registered_by(end: date, segments: tuple[SegmentChoice, ...]) -> tuple[InlineSegment, ...]:
    """The segments, each of those registered by a day; none where one cannot be bounded."""
    leaf = AttributeCondition(
        attribute="registered_at", operator=Operator.UNTIL, value=end.isoformat()
    )
    if not segments:
        return (InlineSegment(name=f"Registered by {end}", condition=All(all=(leaf,))),)
    bounded = []
    for each in segments:
        if not isinstance(each, InlineSegment) or not isinstance(each.condition, All):
            return ()
        both = All(all=(*each.condition.all, leaf))
        bounded.append(each.model_copy(update={"condition": both}))
    return tuple(bounded)


def moved_weekends(result: Result) -> str:
    """Says so where days are held against other days of the week; "" where they are not."""
    if not isinstance(result, SegmentationResult) or result.previous_period is None:
        return ""
    length = days_of(result)
    if not length % WEEK or not FINE.intersection(result.granularities):
        return ""
    return (
        f"The period has {length} day{'s' if length > 1 else ''}, so that each is compared with "
        "another day of the week, and weekends with working days."
    )


def whole_weeks(definition: Definition, result: Result) -> Iterator[tuple[str, Definition]]:
    """The same over the nearest whole weeks: words, and what to ask."""
    if not moved_weekends(result):
        return
    fewer = days_of(result) // WEEK * WEEK
    for length in (fewer, fewer + WEEK):
        if 0 < length <= MAX_DAYS:
            start = result.period.end - timedelta(length - 1)
            period = CustomPeriod(start=start, end=result.period.end)
            yield f"Compare {length} days", definition.model_copy(update={"period": period})


def days_of(result: Result) -> int:
    return (result.period.end - result.period.start).days + 1


def usual_times(result: FunnelResult, window: Window) -> Iterator[str]:
    """Of each step for which the window leaves half of the people no time; `result` is that of the
    same steps with the longest window there can be."""
    [everybody] = result.segments
    for before, step in pairwise(everybody.steps):
        taken = step.median_seconds
        if taken is not None and taken > window.length.total_seconds():
            way = f"from {before.label} to {step.label}"
            yield f"Half of those who go {way} take {duration(taken)} or longer."
