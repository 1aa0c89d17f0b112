"""Who comes back as people read it: a triangle of cohorts, and what to see in it first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from analytics.definitions.figures import RetentionFigure, interval_address
from analytics.definitions.periods import Granularity
from analytics.definitions.reports import Definition
from analytics.definitions.retention import Counting, Retention
from analytics.presentation.headlines import Headline
from analytics.presentation.numbers import formula
from analytics.presentation.statistics import FEWEST
from analytics.presentation.summary import no_members, nobody_did
from analytics.presentation.tables import COUNT, SHARE, Cell, Table, percent_of
from analytics.results import Cohort, Interval, RetentionResult, RetentionSegment, Share
from people.locale import bucket, count, share

# Shades of a cell, from none of the largest share to all of it.
HOTTEST = 6
# A page shows so many cohorts, the newest; the file has all.
MOST_ROWS = 100
HEAT = "components/triangle.html"


@dataclass(frozen=True)
class Triangle:
    """A retention beside what was asked, which has its words."""

    result: RetentionResult
    asked: Retention

    @classmethod
    def of(cls, result: RetentionResult, asked: Definition) -> "Triangle":
        if not isinstance(asked, Retention):
            raise TypeError("This is not what the answer was asked by.")
        return cls(result, asked)

    @property
    def size(self) -> str:
        """What cohorts and intervals are of: day, week or month."""
        return self.asked.granularity.value

    @property
    def has_several(self) -> bool:
        return len(self.result.segments) > 1

    @property
    def intervals(self) -> range:
        return range(self.asked.intervals + 1)

    def interval(self, n: int) -> str:
        return f"{self.size} {n}"

    def began(self, cohort: Cohort) -> str:
        """A cohort in words: the week of May 4, 2026."""
        day = bucket(cohort.start.isoformat(), self.size)
        return f"the week of {day}" if self.asked.granularity is Granularity.WEEK else day

    @cached_property
    def largest(self) -> int:
        """How many people the largest cohort has."""
        return max((each.people for one in self.result.segments for each in one.cohorts), default=0)

    @cached_property
    def hottest(self) -> float:
        """The largest share of those who came back, in any cohort."""
        shares = [
            each.share or 0
            for segment in self.result.segments
            for cohort in segment.cohorts
            for each in cohort.intervals[1:]
            if each
        ]
        return max(shares, default=0)


# --- Tables -------------------------------------------------------------------------------------


def triangles(triangle: Triangle) -> list[Table]:
    """Of each segment the shares of its newest cohorts, a row each."""
    return [shares_table(triangle, n, newest=MOST_ROWS) for n in segments_of(triangle)]


def sheets(triangle: Triangle) -> list[Table]:
    """Of each segment all shares, then how many people they are of."""
    return [
        table
        for n in segments_of(triangle)
        for table in (shares_table(triangle, n), people_table(triangle, n))
    ]


def segments_of(triangle: Triangle) -> range:
    return range(len(triangle.result.segments))


def title_of(triangle: Triangle, segment: RetentionSegment) -> str:
    title = f"by {triangle.size} of {triangle.asked.entry}"
    return f"{segment.name}, {title}" if triangle.has_several else f"B{title[1:]}"


def head_of(triangle: Triangle) -> list[str]:
    names = [triangle.interval(n).capitalize() for n in triangle.intervals]
    return ["Began in", "People", *names]


def shares_table(triangle: Triangle, n: int, newest: int = 0) -> Table:
    """A row a cohort, a column an interval, the averages first."""
    segment = triangle.result.segments[n]
    title, cohorts = title_of(triangle, segment), segment.cohorts[-newest:]
    if len(cohorts) < len(segment.cohorts):
        of_all = f"of {count(len(segment.cohorts))}; the file has all"
        title = f"{title}, the newest {count(len(cohorts))} {of_all}"
    rows = [shares_row(triangle, n, each) for each in cohorts]
    everybody = sum(each.people for each in segment.cohorts)
    hint = "in all cohorts together; an average is of those in which the interval is over"
    averages = [Cell(each, SHARE) for each in segment.average]
    total = [Cell("Average", "text"), Cell(everybody, COUNT, hint), *averages]
    return Table(title, head_of(triangle), rows, total, template=HEAT)


def shares_row(triangle: Triangle, n: int, cohort: Cohort) -> list[Cell]:
    start = cohort.start.isoformat()
    place = RetentionFigure(segment=n, start=start).address
    first = cohort.intervals[0]
    cells = [
        share_cell(triangle, cohort, interval, f"{place}&{interval_address(k)}" if k else place)
        for k, interval in enumerate(cohort.intervals)
    ]
    part = percent_of(cohort.people, triangle.largest)
    people = Cell(cohort.people, place=place if first else "", part=part)
    return [Cell(start, triangle.asked.granularity), people, *cells]


def share_cell(triangle: Triangle, cohort: Cohort, interval: Interval | None, place: str) -> Cell:
    """A share, how hot it is beside the others, and who it is of; nothing before it has begun."""
    if interval is None:
        return Cell(None, SHARE)
    hint = formula(interval.people, cohort.people)
    heat = None
    if interval is not cohort.intervals[0] and interval.share is not None:
        heat = round(HOTTEST * interval.share / triangle.hottest) if triangle.hottest else 0
    return Cell(
        interval.share, SHARE, hint, interval.partial, place if interval.people else "",
        heat=heat, people=interval.people,
    )  # fmt: skip


def people_table(triangle: Triangle, n: int) -> Table:
    """As the shares, but how many people."""
    segment = triangle.result.segments[n]
    rows = []
    for cohort in segment.cohorts:
        numbers = [Cell(each.people if each else None) for each in cohort.intervals]
        start = Cell(cohort.start.isoformat(), triangle.asked.granularity)
        rows.append([start, Cell(cohort.people), *numbers])
    return Table(f"{title_of(triangle, segment)}: people", head_of(triangle), rows)


# --- What to see first --------------------------------------------------------------------------


def finding(triangle: Triangle) -> str:
    """How many come back, at the furthest interval that half of the cohorts have reached."""
    began = [each for each in triangle.result.segments if any(c.people for c in each.cohorts)]
    entry = triangle.asked.entry
    if not began:
        return f"Nobody did {entry}"
    n = told_interval(began)
    if not n:
        return f"No {triangle.size} after {entry} is over yet"
    shares = [
        f"{written(each.average[n])} of {each.name}"
        if triangle.has_several
        else written(each.average[n])
        for each in began
    ]
    listed = " and ".join(filter(None, [", ".join(shares[:-1]), shares[-1]]))
    later = ", or later" if triangle.asked.counting is Counting.ON_OR_AFTER else ""
    size = f"{n} {triangle.size}{'' if n == 1 else 's'}"
    return f"{listed} come back to {triangle.asked.returning} {size} after {entry}{later}"


def told_interval(segments: Sequence[RetentionSegment]) -> int:
    """The furthest interval that is over in half of the cohorts that there are; else the furthest
    that is over in any; 0 where none is."""
    cohorts = [each.intervals for one in segments for each in one.cohorts if each.people]
    over = [sum(map(is_over, of_all)) for of_all in zip(*cohorts, strict=True)]
    half = [n for n, number in enumerate(over) if n and 2 * number >= len(cohorts)]
    some = [n for n, number in enumerate(over) if n and number]
    return max(half, default=0) or max(some, default=0)


def headlines(triangle: Triangle) -> list[Headline]:
    """Of each segment the share that the finding tells."""
    n = told_interval(triangle.result.segments)
    if not n:
        return []
    when = f" in {triangle.interval(n)}"
    return [
        Headline(each.name, f"{written(each.average[n])}{when}")
        for each in triangle.result.segments
    ]


def is_over(interval: Interval | None) -> bool:
    return interval is not None and not interval.partial


def written(value: Share) -> str:
    return "–" if value is None else share(value)


def sentences(triangle: Triangle) -> list[str]:
    """Of each segment how it goes on, and which cohorts differ most in the first interval."""
    return [
        f"{segment.name}: {text}" if triangle.has_several else text
        for segment in triangle.result.segments
        for text in (*course(triangle, segment), *extremes(triangle, segment))
    ]


def course(triangle: Triangle, segment: RetentionSegment) -> Iterator[str]:
    """The average of the first interval, and of the last one that has one."""
    known = [n for n, each in enumerate(segment.average) if n and each is not None]
    if not known:
        return
    parts = [
        f"{written(segment.average[n])} in {triangle.interval(n)}"
        for n in dict.fromkeys((known[0], known[-1]))
    ]
    yield f"On average {' and '.join(parts)}."


def extremes(triangle: Triangle, segment: RetentionSegment) -> Iterator[str]:
    """The best and the worst of the cohorts that are over and large enough to tell."""
    told = [
        (each.share, cohort)
        for cohort in segment.cohorts
        if cohort.people >= FEWEST
        and (each := cohort.intervals[1])
        and not each.partial
        and each.share is not None
    ]
    if len(told) < 2:
        return
    (low, worst), (high, best) = (pick(told, key=lambda each: each[0]) for pick in (min, max))
    if low < high:
        yield (
            f"In {triangle.interval(1)} most came back of {triangle.began(best)} ({share(high)}),"
            f" fewest of {triangle.began(worst)} ({share(low)})."
        )


def emptiness(triangle: Triangle) -> list[str]:
    """Which segments are empty, whether nobody began, whether nobody came back."""
    result, found = triangle.result, no_members(triangle.result)
    cohorts = [each for segment in result.segments for each in segment.cohorts]
    if not any(each.people for each in cohorts):
        return [*found, nobody_did(str(triangle.asked.entry), result)]
    if not any(each and each.people for cohort in cohorts for each in cohort.intervals[1:]):
        found.append(
            f"None of them did “{triangle.asked.returning}” in the {triangle.size}s after."
        )
    return found
