"""What a number of a formula is made of: each letter with its number and who is behind it."""

from dataclasses import dataclass

from analytics.definitions.figures import SegmentationFigure
from analytics.definitions.formulas import LETTERS, letters, read_expression
from analytics.definitions.reports import Segmentation
from analytics.presentation.series import Line, lines
from analytics.results import SegmentationResult


@dataclass(frozen=True)
class Operand:
    """A letter of an expression: its event, its number in words, and the address of that number."""

    letter: str
    label: str
    text: str
    address: str


@dataclass(frozen=True)
class Computation:
    """A number of a formula, in words, with the expression that it comes from."""

    expression: str
    text: str
    operands: tuple[Operand, ...]


def computation(
    result: SegmentationResult, asked: Segmentation, figure: SegmentationFigure
) -> Computation | None:
    """Of a formula's number; None where the result has no such number."""
    formula = asked.formulas[figure.formula or 0]
    granularity = figure.granularity or asked.granularities[0]
    place = figure.model_copy(update={"granularity": None, "start": None})
    known = {line.place: line for line in lines(result, granularity)}
    used = sorted(set(letters(read_expression(formula.expression))))
    wanted = [place, *(place.model_copy(update={"formula": None, "event": n}) for n in used)]
    read = [number_of(known[each], figure.start) for each in wanted if each in known]
    if len(read) < len(wanted) or None in read:
        return None
    (text, _), *parts = (each for each in read if each)
    operands = tuple(
        Operand(LETTERS[n], str(asked.events[n]), *part)
        for n, part in zip(used, parts, strict=True)
    )
    return Computation(formula.expression, text, operands)


def number_of(line: Line, start: str | None) -> tuple[str, str] | None:
    """A line's number of a bucket, or of the whole period, in words and its address."""
    if start is None:
        return told(line, line.total.value), line.address
    for n, point in enumerate(line.points):
        if point.start == start:
            return told(line, point.value), line.bucket(n) if point.value else ""
    return None


def told(line: Line, value: float | None) -> str:
    return "unknown" if value is None else line.told(value)
