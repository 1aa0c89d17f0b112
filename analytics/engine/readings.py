"""One number read out of a result, for alerts."""

from typing import TypeVar

from analytics.definitions.alerts import NotKnown, Reading, Watched
from analytics.definitions.figures import FunnelFigure, Place, RetentionFigure, SegmentationFigure
from analytics.definitions.formulas import UNKNOWN as UNKNOWN_FORMULA
from analytics.definitions.metrics import Metric
from analytics.results import (
    Cohort,
    FunnelGroup,
    FunnelResult,
    FunnelSegment,
    Interval,
    Point,
    Result,
    RetentionResult,
    SegmentationResult,
    Series,
    SeriesGroup,
    StepNumbers,
)

Group = TypeVar("Group", SeriesGroup, FunnelGroup)


def read(result: Result, watched: Watched) -> Reading:
    """The number now. Raises NotKnown where the result has none."""
    match result, watched.figure:
        case SegmentationResult(), SegmentationFigure() as figure:
            return of_segmentation(result, figure, watched)
        case FunnelResult(), FunnelFigure() as figure:
            return of_funnel(result, figure, watched)
        case RetentionResult(), RetentionFigure() as figure:
            return of_retention(result, figure, watched)
    raise NotKnown("The report is of another kind than when the alert was made.")


def group_of(groups: tuple[Group, ...] | None, figure: Place) -> Group:
    """The group of a breakdown that is watched."""
    for each in groups or ():
        if (each.group, each.value) == (figure.group, figure.value):
            return each
    raise NotKnown("The breakdown has no such group now.")


# --- Segmentation -------------------------------------------------------------------------------


def of_segmentation(
    result: SegmentationResult, figure: SegmentationFigure, watched: Watched
) -> Reading:
    """A bucket that the period cuts or that is not over counts as open."""
    granularity = figure.granularity or watched.granularity
    series = series_of(result, figure, str(granularity))
    points = (group_of(series.breakdown, figure) if figure.group else series).points
    n = named(points, figure.start) if figure.start else last_whole(points)
    point, past = points[n], points[n - 1] if n else None
    if point.value is None:
        reason = UNKNOWN_FORMULA if figure.formula is not None else result.metric.unknown
        raise NotKnown(f"There is no number, for {reason}.")
    before = None if past is None or past.partial else past.value
    is_share = result.metric is Metric.ADOPTION and figure.formula is None
    return Reading(point.value, before, point.start, str(granularity), point.partial, is_share)


def series_of(result: SegmentationResult, figure: SegmentationFigure, granularity: str) -> Series:
    for each in result.series:
        place = (each.segment, each.event, each.formula, str(each.granularity))
        event = figure.event if figure.formula is None else None
        if place == (figure.segment, event, figure.formula, granularity):
            return each
    raise NotKnown("The report has no such number any more.")


def named(points: tuple[Point, ...], start: str) -> int:
    for n, each in enumerate(points):
        if each.start == start:
            return n
    raise NotKnown(f"The report's period has no bucket {start} any more.")


def last_whole(points: tuple[Point, ...]) -> int:
    whole = [n for n, each in enumerate(points) if not each.partial]
    if not whole:
        raise NotKnown("No bucket of the report is whole and over; choose a longer period.")
    return whole[-1]


# --- Funnel -------------------------------------------------------------------------------------


def of_funnel(result: FunnelResult, figure: FunnelFigure, watched: Watched) -> Reading:
    """People at a step, or their share; before is the period before, where the report has it."""
    if figure.segment >= len(result.segments):
        raise NotKnown("The report has no such number any more.")
    segment: FunnelSegment = result.segments[figure.segment]
    steps = (group_of(segment.breakdown, figure) if figure.group else segment).steps
    if figure.step >= len(steps):
        raise NotKnown("The report has no such step any more.")
    step = steps[figure.step]
    value = of_step(step, figure, watched)
    if value is None:
        raise NotKnown("Nobody entered the funnel, so there is no share.")
    before = of_step(step.previous, figure, watched) if step.previous else None
    return Reading(value, before, is_share=watched.of != "people")


def of_step(step: StepNumbers, figure: FunnelFigure, watched: Watched) -> float | None:
    dropped = figure.outcome == "dropped"
    match watched.of:
        case "people":
            return step.dropped if dropped else step.people
        case "previous":
            return step.dropped_share if dropped else step.of_previous
        case "first":
            return step.of_first


# --- Retention ----------------------------------------------------------------------------------


def of_retention(result: RetentionResult, figure: RetentionFigure, watched: Watched) -> Reading:
    """People of a cohort in an interval, or their share; before is the cohort before, where its
    interval is over. Without a cohort it is the newest of which the interval is over."""
    if figure.segment >= len(result.segments):
        raise NotKnown("The report has no such number any more.")
    cohorts = result.segments[figure.segment].cohorts
    n = cohort_named(cohorts, figure) if figure.start else newest_whole(cohorts, figure.interval)
    interval = interval_of(cohorts[n], figure.interval)
    if interval is None:
        raise NotKnown("The interval has not begun yet.")
    past = interval_of(cohorts[n - 1], figure.interval) if n else None
    value = of_interval(interval, watched)
    if value is None:
        raise NotKnown("Nobody is in the cohort, so there is no share.")
    return Reading(
        value,
        None if past is None or past.partial else of_interval(past, watched),
        cohorts[n].start.isoformat(),
        str(watched.granularity),
        interval.partial,
        is_share=watched.of != "people",
    )


def cohort_named(cohorts: tuple[Cohort, ...], figure: RetentionFigure) -> int:
    for n, each in enumerate(cohorts):
        if each.start.isoformat() == figure.start:
            return n
    raise NotKnown(f"The report's period has no cohort {figure.start} any more.")


def newest_whole(cohorts: tuple[Cohort, ...], interval: int) -> int:
    whole = [
        n
        for n, each in enumerate(cohorts)
        if (own := interval_of(each, interval)) and not own.partial
    ]
    if not whole:
        raise NotKnown("The interval is over in no cohort of the report; choose a longer period.")
    return whole[-1]


def interval_of(cohort: Cohort, n: int) -> Interval | None:
    return cohort.intervals[n] if n < len(cohort.intervals) else None


def of_interval(interval: Interval, watched: Watched) -> float | None:
    return interval.people if watched.of == "people" else interval.share
