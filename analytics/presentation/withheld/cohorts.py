"""Retention without the cohorts and intervals of few people."""

from analytics.definitions.retention import Counting, Retention
from analytics.presentation.withheld.sums import nested, tells
from analytics.results import Cohort, Interval, RetentionResult, RetentionSegment, Share


def shown_cohorts(
    result: RetentionResult, asked: Retention, minimum: int
) -> RetentionResult | None:
    """What may be shown; None where no cohort may."""
    grows = asked.counting is Counting.ON_OR_AFTER
    hidden = [
        [places(each, minimum, is_falling=grows) for each in segment.cohorts]
        for segment in result.segments
    ]
    # How many are in two segments is not said, so each may lie in the other.
    for one, other in nested([each.size for each in result.segments], ()):
        pairs = zip(result.segments[one].cohorts, result.segments[other].cohorts, strict=True)
        for n, (a, b) in enumerate(pairs):
            hidden[other][n] |= same_place(a, b, minimum)
    found = [
        shown
        for segment, rows in zip(result.segments, hidden, strict=True)
        if (shown := without(segment, rows)).cohorts
    ]
    return result.model_copy(update={"segments": tuple(found)}) if found else None


def places(cohort: Cohort, minimum: int, *, is_falling: bool) -> set[int]:
    """Which intervals are of few people, or tell of few who did not come back or who then stayed
    away; 0 is the cohort."""
    hidden, last = set(), cohort.people
    for n, each in enumerate(cohort.intervals):
        if each is None:
            continue
        few = each.people < minimum or tells(each.people, cohort.people, minimum)
        if few or (is_falling and tells(each.people, last, minimum)):
            hidden.add(n)
        else:
            last = each.people
    return hidden


def same_place(one: Cohort, other: Cohort, minimum: int) -> set[int]:
    """Which intervals of two segments' cohorts differ by few people."""
    pairs = enumerate(zip(one.intervals, other.intervals, strict=True))
    return {n for n, (a, b) in pairs if a and b and tells(a.people, b.people, minimum)}


def without(segment: RetentionSegment, hidden: list[set[int]]) -> RetentionSegment:
    """The cohorts that are shown, with the averages of these."""
    cohorts = tuple(
        each.model_copy(
            update={
                "intervals": tuple(None if n in at else i for n, i in enumerate(each.intervals))
            }
        )
        for each, at in zip(segment.cohorts, hidden, strict=True)
        if 0 not in at
    )
    averages = tuple(average(cohorts, n) for n in range(len(segment.average)))
    return segment.model_copy(update={"cohorts": cohorts, "average": averages})


def average(cohorts: tuple[Cohort, ...], n: int) -> Share:
    """Of interval n over the cohorts that show it whole (contract §3)."""
    whole: list[tuple[Cohort, Interval]] = [
        (each, interval)
        for each in cohorts
        if (interval := each.intervals[n]) and not interval.partial
    ]
    size = sum(each.people for each, _ in whole)
    return sum(interval.people for _, interval in whole) / size if size else None
