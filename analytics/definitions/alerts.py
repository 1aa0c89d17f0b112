"""When a number is worth a mail: the condition of an alert, and whether it holds."""

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from analytics.definitions.events import AnyCounted
from analytics.definitions.figures import Figure, SegmentationFigure, describe, parse_figure
from analytics.definitions.formulas import Formula
from analytics.definitions.parts import Invalid, Word
from analytics.definitions.periods import Granularity
from analytics.definitions.reports import Definition, Segmentation
from analytics.definitions.retention import Retention


class Comparison(Word):
    BELOW = "below", "is below"
    ABOVE = "above", "is above"
    CHANGES_BY = "changes_by", "changes by more than"


# What a funnel's number is: the people themselves, or their share of the first step or of the one
# before.
Of = Literal["people", "first", "previous"]
OF: tuple[Of, ...] = get_args(Of)


COMPARISONS = {each.value: each for each in Comparison}


@dataclass(frozen=True)
class Watched:
    """The number that an alert looks at."""

    figure: Figure
    of: Of = "people"
    # Of a segmentation without a fixed bucket: the size of the bucket whose last whole one it is.
    # Of a retention: that of its cohorts.
    granularity: Granularity | None = None


@dataclass(frozen=True)
class Reading:
    """What a number is now, what it was a bucket earlier, and which bucket that is."""

    value: float
    before: float | None = None
    bucket: str = ""
    granularity: str = ""
    # Not over yet: it can still grow.
    is_open: bool = False
    is_share: bool = False


class NotKnown(Exception):
    """There is no such number now; the text says why."""


def parse_watched(definition: Definition, data: object) -> Watched:
    """The number of an alert. Raises Invalid with each problem.

    As for the people behind a number, but a granularity may stand without a start: then it is the
    last bucket that is over; so is a retention's cohort without one. A funnel's may be a share:
    `"of": "first"` or `"previous"`, a retention's `"first"`, of the cohort.
    """
    if not isinstance(data, dict):
        raise Invalid({"": ["Give the place of a number as an object."]})
    given: dict[str, Any] = dict(data)
    of: Of = "people"
    granularity = None
    if definition.shares:
        of = read_of(given.pop("of", of), definition)
    match definition:
        case Segmentation() if "start" not in given:
            granularity = read_granularity(definition, given.pop("granularity", None))
        case Retention():
            granularity = definition.granularity
    figure = parse_figure(definition, given)
    if figure.previous:
        raise Invalid({"previous": ["What was before does not change any more."]})
    return Watched(figure, of, granularity)


def describe_watched(definition: Definition, watched: Watched) -> str:
    """The number in words: whose, of what, and of which bucket."""
    figure = watched.figure
    if watched.granularity is None or not isinstance(figure, SegmentationFigure):
        return describe(definition, figure) + definition.shares.get(watched.of, "")
    counted = counted_by(definition, figure) if isinstance(definition, Segmentation) else ""
    return f"{counted}, the last whole {watched.granularity}{figure.details(definition)}"


def counted_by(definition: Segmentation, figure: SegmentationFigure) -> AnyCounted | Formula:
    """What a number is of: an event, or a formula."""
    if figure.formula is not None:
        return definition.formulas[figure.formula]
    return definition.events[figure.event]


def read_of(given: object, definition: Definition) -> Of:
    """One of the choices of a kind."""
    choices: tuple[Of, ...] = ("people", *(each for each in OF if each in definition.shares))
    for each in choices:
        if each == given:
            return each
    *most, last = choices
    raise Invalid({"of": [f"Choose {', '.join(most)} or {last}."]})


def read_granularity(definition: Segmentation, given: object) -> Granularity:
    if given is None:
        return definition.granularities[0]
    found = [each for each in definition.granularities if each == given]
    if not found:
        raise Invalid({"granularity": ["The report has no such granularity."]})
    return found[0]


def holds(comparison: Comparison, limit: float, reading: Reading) -> bool | None:
    """Whether the condition holds; None while the bucket is open and may still decide it.

    Raises NotKnown where there is nothing to compare with.
    """
    match comparison:
        case Comparison.ABOVE:
            over = reading.value > limit
            return over if over or not reading.is_open else None
        case Comparison.BELOW:
            return None if reading.is_open else reading.value < limit
        case Comparison.CHANGES_BY:
            return None if reading.is_open else abs(change(reading)) * 100 > limit


def change(reading: Reading) -> float:
    """Of the number against the bucket before, as a part of that; from nothing it is infinite."""
    if reading.before is None:
        raise NotKnown("There is nothing before it to compare with.")
    if reading.before == 0:
        return math.inf if reading.value else 0.0
    return (reading.value - reading.before) / abs(reading.before)


def sentence(comparison: Comparison, limit: float) -> str:
    """The condition as people say it, without the number's name."""
    shown = f"{limit:g}"
    return f"{comparison.label} {shown}{' %' if comparison is Comparison.CHANGES_BY else ''}"
