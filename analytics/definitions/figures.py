"""One number of a result, named by its place: what somebody clicks to see the people behind it."""

from typing import Any, Literal, TypeAlias

from pydantic import Field, ValidationError

from analytics.definitions.conditions import Invalid, Part, Whole, Word
from analytics.definitions.reports import Definition, Funnel, Granularity, Segmentation, problems_of


class Outcome(Word):
    REACHED = "reached", "reached"
    DROPPED = "dropped", "dropped"


class Place(Part):
    """What numbers of both kinds have: a segment, a group of a breakdown, the period before."""

    segment: Whole = Field(default=0, ge=0)
    group: Literal["value", "other", "missing"] | None = None
    value: str | None = None
    previous: bool = False


class FunnelFigure(Place):
    """Who reached a step of a funnel, or reached the one before and not this one."""

    step: Whole = Field(ge=0)
    outcome: Outcome = Outcome.REACHED


class SegmentationFigure(Place):
    """Who did an event in a bucket; without a bucket, in the whole period."""

    event: Whole = Field(default=0, ge=0)
    granularity: Granularity | None = None
    start: str | None = None


Figure: TypeAlias = FunnelFigure | SegmentationFigure


def parse_figure(definition: Definition, data: object) -> Figure:
    """The place of a number in the result of a definition. Raises Invalid with each problem."""
    kind = FunnelFigure if isinstance(definition, Funnel) else SegmentationFigure
    try:
        figure: Figure = kind.model_validate(data)
    except ValidationError as error:
        raise Invalid(problems_of(error)) from error
    if problems := misplaced(definition, figure):
        raise Invalid({path: [text] for path, text in problems.items()})
    return figure


def misplaced(definition: Definition, figure: Figure) -> dict[str, str]:
    """What the definition does not have."""
    counts: dict[str, tuple[int, int]] = {
        "segment": (figure.segment, max(len(definition.segments), 1))
    }
    problems: dict[str, str] = {}
    if figure.group and not definition.breakdown:
        problems["group"] = "The report has no breakdown."
    if (figure.group == "value") != (figure.value is not None):
        problems["value"] = "Give a value with the group “value”, and only with it."
    if figure.previous and not definition.compare:
        problems["previous"] = "The report is not compared with the period before."
    if isinstance(definition, Funnel) and isinstance(figure, FunnelFigure):
        counts["step"] = figure.step, len(definition.steps)
        if figure.outcome is Outcome.DROPPED and figure.step == 0:
            problems["step"] = "Nobody drops out before the first step."
    if isinstance(definition, Segmentation) and isinstance(figure, SegmentationFigure):
        counts["event"] = figure.event, len(definition.events)
        problems |= misplaced_bucket(definition, figure)
    for name, (index, count) in counts.items():
        if index >= count:
            problems[name] = f"The report has {count}; they are counted from 0."
    return problems


def misplaced_bucket(definition: Segmentation, figure: SegmentationFigure) -> dict[str, Any]:
    if (figure.granularity is None) != (figure.start is None):
        return {"start": "Give granularity and start together, or neither for the whole period."}
    if figure.granularity and figure.granularity not in definition.granularities:
        return {"granularity": "The report has no such granularity."}
    return {}


def describe(definition: Definition, figure: Figure) -> str:
    """A number as people say it."""
    named = {"value": figure.value, "other": "any other value", "missing": "no value"}
    details = f", {definition.breakdown}: {named[figure.group]}" if figure.group else ""
    details += ", the period before" if figure.previous else ""
    if isinstance(definition, Funnel) and isinstance(figure, FunnelFigure):
        step = definition.steps[figure.step]
        if figure.outcome is Outcome.DROPPED:
            return f"Reached {definition.steps[figure.step - 1]} and not {step}{details}"
        return f"Reached {step}{details}"
    assert isinstance(definition, Segmentation)  # noqa: S101
    assert isinstance(figure, SegmentationFigure)  # noqa: S101
    when = f"{figure.granularity} of {figure.start}" if figure.start else str(definition.period)
    return f"Did {definition.events[figure.event]}, {when}{details}"
