"""What a result says in words: what to see first, why there is nothing, what would mend it."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from analytics.definitions.conditions import All, AttributeCondition, InlineSegment
from analytics.definitions.operators import Operator
from analytics.definitions.reports import (
    Definition,
    Denominator,
    Metric,
    Segmentation,
    SegmentChoice,
    Window,
)
from analytics.presentation.numbers import said
from analytics.presentation.series import Line, lines
from analytics.results import FunnelResult, Result, SegmentationResult, Step
from people.locale import count, day, duration, share

# --- What to see first --------------------------------------------------------------------------


def of_series(result: SegmentationResult) -> list[str]:
    """Of each series the total, and how it compares."""
    every = lines(result, result.granularities[0])
    pasts = {each.now: each for each in every if each.is_before}
    told = [each for each in every if not (each.is_group or each.is_before)]
    return [series_of(each, pasts.get(each.place), result.metric) for each in told]


def series_of(line: Line, past: Line | None, metric: Metric) -> str:
    """The total of a series in words, and how it compares with the period before."""
    value = line.total.value
    if value is None:
        return f"{line.name}: unknown, for nobody is in the segment."
    text = f"{line.name}: {said(value, metric)} {metric.unit(value)}"
    if past is None:
        return f"{text}."
    before = past.total.value
    if not before:
        return f"{text}; the period before has none to compare with."
    change = value / before - 1
    if not change:
        return f"{text}, as in the period before."
    return f"{text}, {'up' if change > 0 else 'down'} {share(abs(change))} on the period before."


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
        f"{share(last.people / first.people)} of {count(first.people)} people got from "
        f"{first.label} to {last.label}."
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


# --- Why there is nothing -----------------------------------------------------------------------


def no_events(result: SegmentationResult) -> list[str]:
    """Which segments are empty, which events nobody did; nothing where there is something."""
    found = no_members(result)
    for event in dict.fromkeys(each.event for each in result.series):
        mine = [each for each in result.series if each.event == event]
        if not any(happened(each.total.numerator, each.total.value) for each in mine):
            found.append(nobody_did(mine[0].label, result))
    return found


def happened(numerator: int | None, value: float | None) -> bool:
    return bool(value if numerator is None else numerator)


def no_entrants(result: FunnelResult) -> list[str]:
    """Which segments are empty, and whether nobody entered the funnel."""
    if any(each.entered for each in result.segments):
        return no_members(result)
    return [*no_members(result), nobody_did(result.segments[0].steps[0].label, result)]


def no_members(result: Result) -> list[str]:
    return [f"Nobody is in {each.name}." for each in result.segments if not each.size]


def nobody_did(label: str, result: Result) -> str:
    days = f"{day(result.period.start)} to {day(result.period.end)}"
    return f"Nobody in the segments did “{label}” from {days}."


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


def usual_times(result: FunnelResult, window: Window) -> Iterator[str]:
    """Of each step for which the window leaves half of the people no time; `result` is that of the
    same steps with the longest window there can be."""
    [everybody] = result.segments
    for before, step in pairwise(everybody.steps):
        taken = step.median_seconds
        if taken is not None and taken > window.length.total_seconds():
            way = f"from {before.label} to {step.label}"
            yield f"Half of those who go {way} take {duration(taken)} or longer."
