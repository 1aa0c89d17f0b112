"""The smallest pictures of an answer: the shape of its lines, bars or cells, without a word."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.results import FunnelResult, FunnelSegment, RetentionResult, SegmentationResult

# More lines, bars, cells or points are no picture at this size.
MOST_LINES, MOST_BARS, MOST_CELLS, MOST_POINTS = 4, 8, 8, 120


@dataclass(frozen=True)
class Thumb:
    """Heights from 0 to 1; a line, a group of bars or a row of cells each. A height that is not
    known is None."""

    lines: tuple[tuple[float | None, ...], ...] = ()
    bars: tuple[tuple[float, ...], ...] = ()
    cells: tuple[tuple[float | None, ...], ...] = ()


def of_series(result: SegmentationResult) -> Thumb:
    """The lines of the first granularity, the highest of all reaching the top."""
    shown = result.by(result.granularities[0])[:MOST_LINES]
    values = [[point.value for point in each.points][-MOST_POINTS:] for each in shown]
    return Thumb(lines=tuple(scaled(each, highest(values)) for each in values))


def of_steps(result: FunnelResult) -> Thumb:
    """A group of bars a step: the share of the first step in each segment."""
    steps = zip(*(each.steps for each in result.segments), strict=True)
    return Thumb(
        bars=tuple(tuple(step.of_first or 0 for step in each) for each in list(steps)[:MOST_BARS])
    )


def of_journey(segment: FunnelSegment) -> Thumb:
    """A bar a step of one segment."""
    return Thumb(bars=tuple((step.of_first or 0,) for step in segment.steps[:MOST_BARS]))


def of_cohorts(result: RetentionResult) -> Thumb:
    """Of the first segment the newest cohorts, a row each: their shares after the first, the
    largest of all being full."""
    cohorts = [each.intervals[1 : MOST_CELLS + 1] for each in result.segments[0].cohorts]
    shares = [[one.share if one else None for one in each] for each in cohorts[-MOST_CELLS:]]
    return Thumb(cells=tuple(scaled(each, highest(shares)) for each in shares))


def highest(values: Sequence[Sequence[float | None]]) -> float:
    return max((value for each in values for value in each if value is not None), default=0) or 1


def scaled(values: Sequence[float | None], top: float) -> tuple[float | None, ...]:
    return tuple(None if each is None else round(each / top, 3) for each in values)
