"""One number of a result, named by its place: what somebody clicks to see the people behind it."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias, assert_never
from urllib.parse import urlencode

from pydantic import Field, ValidationError

from analytics.definitions.parts import Invalid, Part, Whole, Word
from analytics.definitions.periods import Granularity
from analytics.definitions.problems import problems_of
from analytics.definitions.reports import Definition, Funnel, Segmentation
from analytics.definitions.retention import Counting, Retention

# What a figure's parameters in an address begin with, apart from those of its report.
PREFIX = "of-"
NOT_COUNTED = "The report has {}; they are counted from 0."
Misplaced: TypeAlias = Iterator[tuple[str, str]]


class Outcome(Word):
    REACHED = "reached", "reached"
    DROPPED = "dropped", "dropped"


class Place(Part):
    """What numbers of every kind have: a segment, a group of a breakdown, the period before."""

    segment: Whole = Field(default=0, ge=0)
    group: Literal["value", "other", "missing"] | None = None
    value: str | None = None
    previous: bool = False

    def dump(self) -> dict[str, Any]:
        """The JSON of contract §5; what is not given has its default."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @property
    def address(self) -> str:
        """Its parameters in an address, beside those of the report; defaults are left out."""
        given = {"segment": self.segment} | self.dump()
        return urlencode({f"{PREFIX}{key}": int(v) if v is True else v for key, v in given.items()})

    def misplaced(self, definition: Definition) -> Misplaced:
        """What the definition does not have: (path, sentence)."""
        if self.segment >= (count := max(len(definition.segments), 1)):
            yield "segment", NOT_COUNTED.format(count)
        if self.group and not definition.breakdown:
            yield "group", "The report has no breakdown."
        if (self.group == "value") != (self.value is not None):
            yield "value", "Give a value with the group “value”, and only with it."
        if self.previous and not definition.compare:
            yield "previous", "The report is not compared with the period before."

    def details(self, definition: Definition) -> str:
        """Its group and period in words."""
        named = {"value": self.value, "other": "any other value", "missing": "no value"}
        group = f", {definition.breakdown}: {named[self.group]}" if self.group else ""
        return f"{group}, the period before" if self.previous else group


class FunnelFigure(Place):
    """Who reached a step of a funnel, or reached the one before and not this one."""

    step: Whole = Field(ge=0)
    outcome: Outcome = Outcome.REACHED

    def misplaced(self, definition: Definition) -> Misplaced:
        yield from super().misplaced(definition)
        if not isinstance(definition, Funnel):
            return
        if self.step >= len(definition.steps):
            yield "step", NOT_COUNTED.format(len(definition.steps))
        elif self.outcome is Outcome.DROPPED and self.step == 0:
            yield "step", "Nobody drops out before the first step."

    def words(self, definition: Funnel) -> str:
        """The number as people say it."""
        step, details = definition.labels[self.step], self.details(definition)
        if self.outcome is Outcome.DROPPED:
            return f"Reached {definition.labels[self.step - 1]} and not {step}{details}"
        return f"Reached {step}{details}"


class SegmentationFigure(Place):
    """Who did an event in a bucket; without a bucket, in the whole period."""

    event: Whole = Field(default=0, ge=0)
    formula: Whole | None = Field(default=None, ge=0)
    granularity: Granularity | None = None
    start: str | None = None

    def misplaced(self, definition: Definition) -> Misplaced:
        yield from super().misplaced(definition)
        if not isinstance(definition, Segmentation):
            return
        if self.event >= len(definition.events):
            yield "event", NOT_COUNTED.format(len(definition.events))
        if self.formula is not None and self.formula >= len(definition.formulas):
            yield "formula", NOT_COUNTED.format(len(definition.formulas))
        if (self.granularity is None) != (self.start is None):
            yield "start", "Give granularity and start together, or neither for the whole period."
        elif self.granularity and self.granularity not in definition.granularities:
            yield "granularity", "The report has no such granularity."

    def words(self, definition: Segmentation) -> str:
        """The number as people say it."""
        when = f"{self.granularity} of {self.start}" if self.start else str(definition.period)
        if self.formula is not None:
            return f"{definition.formulas[self.formula]}, {when}{self.details(definition)}"
        return f"Did {definition.events[self.event]}, {when}{self.details(definition)}"


class RetentionFigure(Place):
    """Who of the cohort that began in a bucket counts in an interval. Without a start an alert
    means the newest cohort of which the interval is over."""

    start: str | None = None
    interval: Whole = Field(default=0, ge=0)

    def misplaced(self, definition: Definition) -> Misplaced:
        yield from super().misplaced(definition)
        if isinstance(definition, Retention) and self.interval > definition.intervals:
            yield "interval", f"The last interval of the report is {definition.intervals}."

    def words(self, definition: Retention) -> str:
        """The number as people say it."""
        size = definition.granularity
        cohort = f"{size} of {self.start}" if self.start else f"newest {size} there is"
        began = f"Began with {definition.entry}, {cohort}"
        if not self.interval:
            return began
        later = " or later" if definition.counting is Counting.ON_OR_AFTER else ""
        return f"{began}, and did {definition.returning} in {size} {self.interval}{later}"


Figure: TypeAlias = FunnelFigure | SegmentationFigure | RetentionFigure


def figure_type(definition: Definition) -> type[Figure]:
    match definition:
        case Segmentation():
            return SegmentationFigure
        case Funnel():
            return FunnelFigure
        case Retention():
            return RetentionFigure
        case _:
            assert_never(definition)


def parse_figure(definition: Definition, data: object) -> Figure:
    """The place of a number in the result of a definition. Raises Invalid with each problem."""
    try:
        figure = figure_type(definition).model_validate(data)
    except ValidationError as error:
        raise Invalid(problems_of(error)) from error
    if problems := {path: [text] for path, text in figure.misplaced(definition)}:
        raise Invalid(problems)
    return figure


def read_address(parameters: Mapping[str, str]) -> dict[str, Any]:
    """The figure in the parameters of an address, to be parsed."""
    given = {
        key.removeprefix(PREFIX): parameters[key] for key in parameters if key.startswith(PREFIX)
    }
    return {
        key: int(text) if key != "value" and text.isdecimal() and len(text) < 10 else text
        for key, text in given.items()
    }


def bucket_address(granularity: Granularity, start: str) -> str:
    """The parameters of a bucket, behind those of its series' total."""
    return urlencode({f"{PREFIX}granularity": granularity, f"{PREFIX}start": start})


def interval_address(interval: int) -> str:
    """The parameters of an interval, behind those of its cohort."""
    return urlencode({f"{PREFIX}interval": interval})


def describe(definition: Definition, figure: Figure) -> str:
    """A number as people say it."""
    match definition, figure:
        case Segmentation(), SegmentationFigure():
            return figure.words(definition)
        case Funnel(), FunnelFigure():
            return figure.words(definition)
        case Retention(), RetentionFigure():
            return figure.words(definition)
        case _:
            raise Invalid({"": ["This is no number of the report."]})
