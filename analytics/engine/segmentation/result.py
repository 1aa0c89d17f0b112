"""The answer of a segmentation, from the rows of its statements (contract §3, §4).

Rates are computed here, so that their parts are always at hand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, product, repeat
from math import isfinite
from typing import Any, Literal, TypeAlias, assert_never

from analytics.definitions.conditions import bounds_registration
from analytics.definitions.measures import Measure
from analytics.definitions.metrics import Divisor, Metric
from analytics.definitions.reports import Denominator, Segmentation
from analytics.engine.buckets import Bucket
from analytics.engine.groups import Group, listed
from analytics.engine.plan import Plan
from analytics.engine.query import Key, Part, Row, Rows
from analytics.engine.segmentation.arithmetic import of_formulas
from analytics.engine.segmentation.breakdown import MISSING, OTHER
from analytics.engine.segmentation.plan import Counted, Grid
from analytics.engine.segmentation.sql import rows_of
from analytics.engine.segments import segment_name
from analytics.results import (
    Number,
    Numbers,
    Point,
    SegmentationResult,
    SegmentSize,
    Series,
    SeriesGroup,
)


def result(plan: Plan[Segmentation], rows: Rows) -> SegmentationResult:
    [size] = rows[Key(Part.SIZES)]
    return SegmentationResult(
        **plan.answer(),
        **plan.overlaps(rows),
        metric=plan.report.metric,
        warnings=warnings(plan),
        segments=tuple(
            SegmentSize(name=segment_name(each), size=size[n])
            for n, each in enumerate(plan.segments)
        ),
        series=tuple(series(Counted(plan), rows)),
    )


def series(own: Counted, rows: Rows) -> Iterator[Series]:
    """Segment by segment, event by event and then formula by formula, granularity by
    granularity."""
    tables = [Table(asked, rows) for asked in own.periods]
    report = own.report
    for segment in range(len(own.plan.segments)):
        of_events = []
        for event, granularity in product(range(len(report.events)), report.granularities):
            place = Place(segment, event)
            broken = {"breakdown": groups(tables, granularity, place)} if report.breakdown else {}
            one = Series(
                segment=segment,
                event=event,
                label=str(report.events[event]),
                granularity=granularity,
                **numbers(tables, granularity, place),
                **broken,
            )
            of_events.append(one)
        yield from of_events
        yield from of_formulas(report, of_events)


# What is counted; with the people who did it where it is divided by them, with the measure where
# it is measured.
NumberOfRow: TypeAlias = int | tuple[int, float | None]
NOTHING: NumberOfRow = 0


@dataclass(frozen=True)
class Place:
    """Whose numbers: a segment's and event's; `part` is one group of them, by its number in the
    rows, None the whole."""

    segment: int
    event: int
    part: int | None = None


def groups(tables: Sequence["Table"], grid: Grid, whole: Place) -> tuple[SeriesGroup, ...]:
    """The numbers of each group of a series, in the order that they are listed in."""
    found = tables[0].groups(whole.event)
    return tuple(
        SeriesGroup(
            **group.dump(), **numbers(tables, grid, Place(whole.segment, whole.event, part))
        )
        for part, group in found
    )


def numbers(tables: Sequence["Table"], grid: Grid, place: Place) -> dict[str, Any]:
    """Total and points, with those of the period before where they are asked, as keywords."""
    own, *earlier = (table.numbers(grid, place) for table in tables)
    before = {"previous": Numbers(**earlier[0])} if earlier else {}
    return own | before


@dataclass(frozen=True)
class Table:
    """The rows of one period, read by where a number stands."""

    asked: Counted
    rows: Rows

    @cached_property
    def indexed(self) -> dict[tuple[Grid, int | None], list[Row]]:
        """(start, …) of the rows of each grid: of the whole, and of each event's groups."""
        return {
            (grid, key.event): rows_of(rows, key.grids, grid)
            for key, rows in self.rows.items()
            if key.part in (Part.COUNTS, Part.GROUP_COUNTS)
            and key.previous == self.asked.plan.is_previous
            for grid in key.grids
        }

    def groups(self, event: int) -> list[tuple[int, Group]]:
        """The groups of an event in the order they are shown, each with its number in the rows."""
        [[values]] = self.rows[Key(Part.VALUES, event=event)]
        there = set()
        for asked in self.asked.periods:
            key = Key(Part.GROUP_SIZES, asked.plan.is_previous, (None,), event)
            counted = Table(asked, self.rows).indexed
            rows = [*self.rows.get(key, ())]
            rows += [row for (_, of), some in counted.items() if of == event for row in some]
            there |= {row[1] for row in rows if any(map(is_something, row[2:]))}
        shown = listed(values, other=OTHER in there, missing=MISSING in there)
        number = {"other": OTHER, "missing": MISSING}
        return [(number.get(each.kind, n + 1), each) for n, each in enumerate(shown)]

    def numbers(self, grid: Grid, place: Place) -> dict[str, Any]:
        """Total and points, as keywords."""
        [(_, whole)] = self.figures(None, place)
        points = [
            Point(start=bucket.label, partial=bucket.partial, **parts)
            for bucket, parts in self.figures(grid, place)
        ]
        return {"total": Number(**whole), "points": tuple(points)}

    def figures(self, grid: Grid, place: Place) -> Iterator[tuple[Bucket, dict[str, Any]]]:
        """The number of each bucket, as keywords."""
        if place.part is None:
            rows = self.indexed[grid, None]
            column = 1 + place.segment * len(self.asked.report.events) + place.event
        else:
            rows = [row for row in self.indexed[grid, place.event] if row[1] == place.part]
            column = 2 + place.segment
        found = {row[0]: row[column] for row in rows}
        measure = self.asked.report.events[place.event].measure
        each = zip(
            self.asked.grids[grid],
            self.counted(grid, found),
            self.denominators(grid, place),
            strict=True,
        )
        for bucket, counted, below in each:
            if measure:
                yield bucket, {"value": measured(measure, counted)}
            else:
                yield bucket, figure(self.asked.report.metric, counted, below)

    def counted(self, grid: Grid, found: Mapping[int, NumberOfRow]) -> list[NumberOfRow]:
        """What is counted in each bucket, of what was found by its start; where a bucket counts
        more than its own time, of the changes that were found by its place within reach."""
        buckets = self.asked.grids[grid]
        if self.asked.runs(grid):
            reach = range(len(self.asked.reach(grid)))
            return added_up(found.get(n, NOTHING) for n in reach)[-len(buckets) :]
        own = [found.get(each.start, NOTHING) if filled(each) else NOTHING for each in buckets]
        return added_up(own) if self.asked.report.cumulative else own

    def denominators(self, grid: Grid, place: Place) -> Iterable[int]:
        """What each bucket's numerator is divided by."""
        buckets = self.asked.grids[grid]
        previous, by_registration = self.asked.plan.is_previous, self.asked.by_registration
        own_sizes = Key(Part.GROUP_SIZES, previous, (grid,), place.event)
        if place.part is not None and own_sizes in self.rows:
            rows = [row for row in self.rows[own_sizes] if row[1] == place.part]
            members = {row[0]: row[2 + place.segment] for row in rows}
            if not by_registration:
                return repeat(members.get(0, 0), len(buckets))
        elif by_registration:
            rows = self.rows[Key(Part.REGISTERED, previous, (grid,))]
            members = {row[0]: row[1 + place.segment] for row in rows}
        else:
            return repeat(self.rows[Key(Part.SIZES)][0][place.segment], len(buckets))
        return accumulate(members.get(each.start, 0) if filled(each) else 0 for each in buckets)


def filled(bucket: Bucket) -> bool:
    """Whether any instant lies in the bucket; a day that a zone skipped has none."""
    return bucket.start < bucket.end


def added_up(numbers: Iterable[Any]) -> list[NumberOfRow]:
    """Of counts, so far."""
    return list(accumulate(numbers))


def is_something(number: NumberOfRow) -> bool:
    return bool(number[0] if isinstance(number, tuple) else number)


def measured(measure: Measure, counted: NumberOfRow) -> float | None:
    """The measure beside what is counted; None also where it is too large to be a number."""
    value = counted[1] if isinstance(counted, tuple) else None
    if value is None:
        return measure.aggregate.of_nothing
    return value if isfinite(value) else None


def figure(metric: Metric, counted: NumberOfRow, of_segment: int) -> dict[str, Any]:
    """One number, as keywords; a ratio is None where it would be divided by 0."""
    number, beside = counted if isinstance(counted, tuple) else (counted, 0)
    match metric.divisor:
        case Divisor.NOTHING:
            return {"value": number}
        case Divisor.SEGMENT:
            return ratio(number, of_segment)
        case Divisor.DOERS:
            return ratio(number, int(beside or 0))
        case _:
            assert_never(metric.divisor)


def ratio(part: int, whole: int) -> dict[str, Any]:
    return {"value": part / whole if whole else None, "numerator": part, "denominator": whole}


def warnings(plan: Plan[Segmentation]) -> tuple[Literal["registration_unbounded"], ...]:
    unbounded = any(
        each is None or not bounds_registration(each.condition) for each in plan.segments
    )
    report = plan.report
    asked = report.metric.is_of_segment and report.denominator is Denominator.MEMBERS
    return ("registration_unbounded",) if asked and unbounded else ()
