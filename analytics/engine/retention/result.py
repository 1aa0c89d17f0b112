"""The answer of a retention, from the rows of its statements (contract §3, §4)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import accumulate

from analytics.definitions.retention import Counting, Retention
from analytics.engine.plan import Plan
from analytics.engine.query import Key, Part, Rows
from analytics.engine.retention.plan import Calendar
from analytics.engine.retention.sql import WHOLE
from analytics.engine.segments import segment_name
from analytics.results import Cohort, Interval, RetentionResult, RetentionSegment, Share

# How many, by the places of a cohort and of a bucket.
Counted = Mapping[tuple[int, int], int]


def result(plan: Plan[Retention], rows: Rows) -> RetentionResult:
    asked = Calendar(plan)
    [size] = rows[Key(Part.SIZES)]
    segments = []
    for n, each in enumerate(plan.segments):
        counted = {(row[0], row[1]): row[2 + n] for row in rows[Key(Part.COHORTS)]}
        found = tuple(cohort(asked, place, counted) for place in asked.cohorts)
        segments.append(
            RetentionSegment(
                name=segment_name(each), size=size[n], average=average(asked, found), cohorts=found
            )
        )
    return RetentionResult(**plan.answer(), warnings=(), segments=tuple(segments))


def cohort(asked: Calendar, place: int, counted: Counted) -> Cohort:
    """Those who began in a bucket, and how many of them count in each interval."""
    people = counted.get((place, WHOLE), 0)
    numbers = [people, *came_back(asked, place, counted)]
    return Cohort(
        start=date.fromisoformat(asked.buckets[place].label),
        people=people,
        intervals=tuple(
            Interval(
                people=number,
                share=number / people if people else None,
                partial=not is_whole(asked, place, n),
            )
            if asked.has_begun(place + n)
            else None
            for n, number in enumerate(numbers)
        ),
    )


def came_back(asked: Calendar, place: int, counted: Counted) -> list[int]:
    """How many count in each interval from the first on. Where later ones count too, what has no
    row has as many as the next that has."""
    places = range(place + 1, place + 1 + asked.report.intervals)
    numbers = [counted.get((place, each), 0) for each in places]
    if asked.report.counting is Counting.ON:
        return numbers
    return list(accumulate(reversed(numbers), max))[::-1]


def is_whole(asked: Calendar, place: int, interval: int) -> bool:
    """Whether the number of an interval can no longer grow."""
    later = interval > 0 and asked.report.counting is Counting.ON_OR_AFTER
    return asked.is_over(place + (asked.report.intervals if later else interval))


def average(asked: Calendar, cohorts: Sequence[Cohort]) -> tuple[Share, ...]:
    """Of each interval over the cohorts in which it is whole."""

    def shares() -> Iterator[Share]:
        for n in range(asked.report.intervals + 1):
            whole = [
                (each.people, own.people)
                for each in cohorts
                if (own := each.intervals[n]) and not own.partial
            ]
            everybody = sum(people for people, _ in whole)
            yield sum(number for _, number in whole) / everybody if everybody else None

    return tuple(shares())
