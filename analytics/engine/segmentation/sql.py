"""Event segmentation: events and people of each segment, bucket by bucket (contract §3)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, product, repeat
from typing import Any, TypeAlias

from analytics.definitions.conditions import EventFilter, Invalid, bounds_registration
from analytics.definitions.figures import SegmentationFigure
from analytics.definitions.reports import (
    ByAttribute,
    ByProperty,
    Denominator,
    Granularity,
    Metric,
    Segmentation,
)
from analytics.engine.buckets import Bucket, buckets
from analytics.engine.groups import Group, listed
from analytics.engine.query import (
    PREVIOUS,
    Query,
    Range,
    Row,
    Rows,
    Scope,
    Statement,
    days_of,
    of_period,
    periods,
)
from analytics.engine.sql import (
    Binds,
    chosen_segments,
    events,
    marks,
    matches,
    member_counts,
    members,
    people_source,
    segment_name,
    sizes,
    value_of,
    values_of_people,
)
from people.values import Type

TOTAL = "total"
WHOLE = -2


def query(report: Segmentation, scope: Scope) -> Query:
    """The sizes of the segments; for each period the numbers of the whole and of each event's
    groups, which need to be known first: their `values`.

    All grids of a period are counted by one statement; where who is registered depends on the
    bucket, by one each. Rows: (which grid, start of the bucket in ms of each, numbers); the numbers
    are one for each segment × event, of groups: (which group, one for each segment).
    """
    statements = {"sizes": sizes(chosen_segments(report.segments, scope), scope)}
    partial: dict[str, list[bool]] = {}
    split = [Split(report, event) for event in range(len(report.events)) if report.breakdown]
    for when, asked in periods(report, scope).items():
        own = grids(asked, scope)
        for name, some in together(asked, own).items():
            statements[f"{when}{name}"] = counts(asked, scope, some)
            for each in split:
                statements[f"{when}{name} {each.event}"] = each.counts(asked, scope, some)
        for name, grid in own.items():
            if by_registration(asked):
                statements[f"{when}registered {name}"] = registered(asked, scope, grid)
            for each in split:
                if each.has_own_sizes:
                    statements[f"{when}sizes {name} {each.event}"] = each.sizes(asked, scope, grid)
            partial[f"{when}{name}"] = [each.partial for each in grid]
    statements |= {f"values {each.event}": each.values(scope) for each in split}
    return Query(statements, marks(report, scope) | {"partial": partial})


Grids: TypeAlias = Mapping[str, Sequence[Bucket]]


def together(report: Segmentation, all_grids: Grids) -> dict[str, Grids]:
    """The grids that one statement counts, by the name of the statement."""
    if not by_registration(report):
        return {"counts": all_grids}
    return {f"counts {name}": {name: grid} for name, grid in all_grids.items()}


def by_registration(report: Segmentation) -> bool:
    return report.metric.is_ratio and report.denominator is Denominator.REGISTERED


def all_buckets(report: Segmentation, scope: Scope) -> dict[Granularity, list[Bucket]]:
    first, last = report.period.days(scope.today)
    return {
        granularity: buckets(granularity, first, last, scope.zone, scope.now)
        for granularity in report.granularities
    }


def whole(report: Segmentation, scope: Scope) -> Bucket:
    """The period as one bucket."""
    span = Range.of(report.period, scope)
    return Bucket("", span.start, span.end, partial=False)


def grids(report: Segmentation, scope: Scope) -> dict[str, list[Bucket]]:
    """The buckets of the totals and of each granularity."""
    named = {str(name): grid for name, grid in all_buckets(report, scope).items()}
    return {TOTAL: [whole(report, scope)]} | named


def counts(report: Segmentation, scope: Scope, some: Grids) -> Statement:
    """Matching events, or distinct people, of each bucket, segment and event."""
    binds = Binds()
    inner = did(binds, report, scope, some, report.events)
    segments = max(len(report.segments), 1)
    pairs = product(range(segments), range(len(report.events)))
    numbers = [number(report, s, e) for s, e in pairs]
    return Statement(grouped(inner, len(some), numbers), binds)


def grouped(inner: str, grids: int, numbers: Sequence[str], *, by_part: bool = False) -> str:
    """SELECT the numbers of every bucket of some grids, or of every part of each bucket.

    `which` has a bit for each grid, the first is the highest; it is 0 for the one that a row is of.
    """
    buckets = [f"b{n}" for n in range(grids)]
    part = ["part"] if by_part else []
    keys = ", ".join(f"({', '.join([each, *part])})" for each in buckets)
    shown = [f"grouping({', '.join(buckets)}) AS which", *buckets, *part]
    return f"SELECT {', '.join([*shown, *numbers])} FROM ({inner}) GROUP BY GROUPING SETS ({keys})"


def rows_of(rows: Iterable[Row], names: Sequence[str], name: str) -> list[Row]:
    """(start, …) of the rows of one grid among those that a statement counts."""
    place = names.index(name)
    mine = (1 << len(names)) - 1 - (1 << (len(names) - 1 - place))
    return [(row[1 + place], *row[1 + len(names) :]) for row in rows if row[0] == mine]


def did(
    binds: Binds,
    report: Segmentation,
    scope: Scope,
    some: Grids,
    chosen: Sequence[EventFilter],
    *,
    value: str = "",
) -> str:
    """SELECT what was done: person, buckets b0 …, flags s0 … e0 … of segments and events, its
    `worth`."""
    segments = [members(binds, scope, each) for each in chosen_segments(report.segments, scope)]
    grid = next(iter(some.values()))
    source = events(binds, scope, [each.event for each in chosen], grid[0].start, grid[-1].end)
    columns = [f"{sql} AS s{i}" for i, sql in enumerate(segments)]
    columns += [f"{matches(binds, scope, each)} AS e{i}" for i, each in enumerate(chosen)]
    columns += [f"{bucket_of('at', binds, grid)} AS b{n}" for n, grid in enumerate(some.values())]
    if by_registration(report):
        columns.append(registered_by_bucket(binds, grid))
    by_attribute = report.breakdown if value and isinstance(report.breakdown, ByAttribute) else None
    if by_registration(report) or by_attribute:
        people = values_of_people(binds, scope, by_attribute, "registered_at")
        source = source.replace("events", f"events LEFT JOIN ({people}) AS r USING (person)", 1)
    if value:
        columns.append(f"{value} AS worth")
    return f"SELECT person, {', '.join(columns)} {source}"


def number(report: Segmentation, segment: int, event: int) -> str:
    known = " AND known" if by_registration(report) else ""
    count = "uniqExactIf(person, {})" if report.metric.counts_people else "countIf({})"
    return count.format(f"s{segment} AND e{event}{known}")


@dataclass(frozen=True)
class Split:
    """The breakdown of one event of a report. The groups are those of the report's own period, so
    that they are the same in what it is compared with."""

    report: Segmentation
    event: int

    @property
    def breakdown(self) -> ByProperty | ByAttribute:
        assert self.report.breakdown  # noqa: S101
        return self.report.breakdown

    @property
    def has_own_sizes(self) -> bool:
        """Whether a group has a denominator of its own: people have attributes, events do not."""
        return self.report.metric.is_ratio and isinstance(self.breakdown, ByAttribute)

    @property
    def segments(self) -> range:
        return range(max(len(self.report.segments), 1))

    def kind(self, scope: Scope) -> Type | None:
        if isinstance(self.breakdown, ByAttribute):
            return scope.catalogue.attributes.get(self.breakdown.attribute)
        event = self.report.events[self.event].event
        return scope.catalogue.properties.get(event, {}).get(self.breakdown.property)

    def value(self, scope: Scope) -> str:
        """SQL for an event's value as text, or as the array of them."""
        if isinstance(self.breakdown, ByAttribute):
            return "r.value"
        return value_of(self.breakdown.property, self.kind(scope))

    def part(self, column: str, scope: Scope) -> str:
        """SQL for the group of a value; for each group of an array once."""
        if self.kind(scope) is Type.LIST:
            found = f"arrayMap(each -> {GROUP_OF.format('each')}, {column})"
            return f"arrayJoin(arrayDistinct({found}))"
        return GROUP_OF.format(column)

    def did(self, binds: Binds, report: Segmentation, scope: Scope, some: Grids) -> str:
        chosen = [self.report.events[self.event]]
        return did(binds, report, scope, some, chosen, value=self.value(scope))

    def largest(self, binds: Binds, scope: Scope) -> str:
        """A scalar: the values that most did, over all segments; of equals the first by name."""
        inner = self.did(binds, self.report, scope, {TOTAL: [whole(self.report, scope)]})
        each = "arrayJoin(worth)" if self.kind(scope) is Type.LIST else "worth"
        sum_of = " + ".join(number(self.report, s, 0) for s in self.segments)
        return (
            f"(SELECT groupArray(one) FROM (SELECT {each} AS one, {sum_of} AS amount FROM ({inner})"
            " GROUP BY one HAVING one != '' AND amount > 0 ORDER BY amount DESC, one"
            f" LIMIT {binds(self.breakdown.limit, 'UInt64')}))"
        )

    def values(self, scope: Scope) -> Statement:
        """One row: the list of the largest values."""
        binds = Binds()
        return Statement(f"SELECT {self.largest(binds, scope)}", binds)

    def counts(self, report: Segmentation, scope: Scope, some: Grids) -> Statement:
        """As the whole, of each group: 1 … in the order of the values, 0 others, -1 no value."""
        binds = Binds()
        largest = self.largest(binds, scope)
        inner = self.did(binds, report, scope, some)
        numbers = [number(self.report, s, 0) for s in self.segments]
        sql = grouped(
            f"SELECT *, {self.part('worth', scope)} AS part FROM ({inner})",
            len(some),
            numbers,
            by_part=True,
        )
        return Statement(f"WITH {largest} AS largest {sql}", binds)

    def sizes(self, report: Segmentation, scope: Scope, grid: Sequence[Bucket]) -> Statement:
        """Members with a value of each group; by the bucket they registered in where it matters."""
        binds = Binds()
        largest = self.largest(binds, scope)
        segments = [members(binds, scope, each) for each in chosen_segments(report.segments, scope)]
        flags = ", ".join(f"{each} AS s{n}" for n, each in enumerate(segments))
        numbers = ", ".join(f"uniqExactIf(person, s{n})" for n in self.segments)
        people = values_of_people(binds, scope, self.breakdown, "registered_at")
        bucket, until = "toInt64(0)", "1"
        if by_registration(report):
            bucket = bucket_of("registered_at", binds, grid)
            end = binds(grid[-1].end, "Int64")
            until = f"registered_at < fromUnixTimestamp64Milli({end}, 'UTC')"
        return Statement(
            f"WITH {largest} AS largest SELECT {bucket} AS bucket,"
            f" {self.part('value', scope)} AS part, {numbers}"
            f" FROM (SELECT person, value, registered_at, {flags} FROM ({people}))"
            f" WHERE {until} GROUP BY bucket, part",
            binds,
        )

    def test(self, binds: Binds, scope: Scope, figure: SegmentationFigure) -> str:
        """A plain boolean over what was done: is its value in the figure's group?"""
        values = "worth" if self.kind(scope) is Type.LIST else "[worth]"
        if figure.group == "value":
            return f"has({values}, {binds(figure.value, 'String')})"
        if figure.group == "missing":
            return f"has({values}, '')"
        rest = f"x -> x != '' AND NOT has({self.largest(binds, scope)}, x)"
        return f"arrayExists({rest}, {values})"


# Which of the `largest` values it is.
GROUP_OF = "if({0} = '', -1, toInt16(indexOf(largest, {0})))"


def people(report: Segmentation, scope: Scope, figure: SegmentationFigure) -> Statement:
    """The `person`s behind one number: who did the event in the bucket, each once."""
    asked = of_period(report, scope, figure)
    grid = {"": [bucket_behind(asked, scope, figure)]}
    binds = Binds()
    tests = [f"s{figure.segment}", "e0", *(["known"] if by_registration(report) else [])]
    split = Split(report, figure.event)
    if figure.group:
        inner = split.did(binds, asked, scope, grid)
        tests.append(split.test(binds, scope, figure))
    else:
        inner = did(binds, asked, scope, grid, [report.events[figure.event]])
    return Statement(f"SELECT DISTINCT person FROM ({inner}) WHERE {' AND '.join(tests)}", binds)


def bucket_behind(report: Segmentation, scope: Scope, figure: SegmentationFigure) -> Bucket:
    """The bucket that a number stands for. Raises Invalid where the report has none such."""
    if figure.granularity is None:
        return whole(report, scope)
    for bucket in all_buckets(report, scope)[figure.granularity]:
        if bucket.label == figure.start:
            return bucket
    raise Invalid({"start": ["No bucket of the report starts then."]})


def bucket_of(column: str, binds: Binds, grid: Sequence[Bucket]) -> str:
    """SQL for the start of the bucket that an instant lies in; the first one's for all before."""
    starts = binds([each.start for each in grid if each.start < each.end], "Array(Int64)")
    return f"roundDown(toUnixTimestamp64Milli({column}), {starts})"


def registered_by_bucket(binds: Binds, grid: Sequence[Bucket]) -> str:
    """A flag over events with their people's registration: were they registered by its bucket?"""
    real = [each for each in grid if each.start < each.end]
    starts = binds([each.start for each in real], "Array(Int64)")
    ends = binds([each.end for each in real], "Array(Int64)")
    end = f"transform({bucket_of('at', binds, grid)}, {starts}, {ends}, toInt64(0))"
    return f"toUnixTimestamp64Milli(r.registered_at) < {end} AS known"


def registered(report: Segmentation, scope: Scope, grid: Sequence[Bucket]) -> Statement:
    """Members of each segment by the bucket they registered in, the first for all before."""
    binds = Binds()
    bucket = bucket_of("registered_at", binds, grid)
    numbers = ", ".join(member_counts(binds, chosen_segments(report.segments, scope), scope))
    source = people_source(binds, scope)
    end = binds(grid[-1].end, "Int64")
    return Statement(
        f"SELECT {bucket} AS bucket, {numbers} {source}"
        f" AND registered_at < fromUnixTimestamp64Milli({end}, 'UTC') GROUP BY bucket",
        binds,
    )


# --- Results ------------------------------------------------------------------------------------


def result(report: Segmentation, scope: Scope, rows: Rows) -> dict[str, Any]:
    """Contract §4. Rates are computed here, so that their parts are always at hand."""
    segments = chosen_segments(report.segments, scope)
    [size] = rows["sizes"]
    return {
        "kind": report.kind,
        "metric": report.metric,
        "as_of": scope.as_of,
        "timezone": scope.zone.key,
        **days_of(report, scope),
        "warnings": warnings(report, scope),
        "segments": [
            {"name": segment_name(each), "size": size[i]} for i, each in enumerate(segments)
        ],
        "series": list(series(report, scope, rows)),
    }


def series(report: Segmentation, scope: Scope, rows: Rows) -> Iterator[dict[str, Any]]:
    """Segment by segment, event by event, granularity by granularity."""
    tables = {
        when: Tables(asked, grids(asked, scope), rows, when)
        for when, asked in periods(report, scope).items()
    }
    for s, e in product(range(len(rows["sizes"][0])), range(len(report.events))):
        groups = tables[""].groups(e) if report.breakdown else []
        for granularity in report.granularities:
            yield {
                "segment": s,
                "event": e,
                "label": str(report.events[e]),
                "granularity": granularity,
                **numbers(tables, granularity, s, e),
            } | (
                {
                    "breakdown": [
                        group.dump() | numbers(tables, granularity, s, e, part)
                        for part, group in groups
                    ]
                }
                if report.breakdown
                else {}
            )


def numbers(
    tables: Mapping[str, "Tables"], granularity: str, segment: int, event: int, part: int = WHOLE
) -> dict[str, Any]:
    """Total and points, with those of the period before where they are there."""
    own, *earlier = (table.numbers(granularity, segment, event, part) for table in tables.values())
    return own | ({"previous": earlier[0]} if earlier else {})


@dataclass(frozen=True)
class Tables:
    """The rows of one period, read by where a number stands."""

    report: Segmentation
    grids: Mapping[str, Sequence[Bucket]]
    rows: Rows
    when: str

    def groups(self, event: int) -> list[tuple[int, Group]]:
        """The groups of an event in the order they are shown, each with its number in the rows."""
        [[values]] = self.rows[f"values {event}"]
        names = [f"{when}sizes {TOTAL} {event}" for when in ("", PREVIOUS)]
        rows = [row for name in names for row in self.rows.get(name, ())]
        for when in ("", PREVIOUS):
            rows += self.counted(TOTAL, when, f" {event}")
        there = {row[1] for row in rows if any(row[2:])}
        shown = listed(values, other=0 in there, missing=-1 in there)
        number = {"other": 0, "missing": -1}
        return [(number.get(each.kind, n + 1), each) for n, each in enumerate(shown)]

    def numbers(self, granularity: str, segment: int, event: int, part: int) -> dict[str, Any]:
        """Total and points of a segment and event; of one group, unless WHOLE."""
        [whole] = self.points(TOTAL, segment, event, part)
        total = {key: each for key, each in whole.items() if key not in ("start", "partial")}
        return {"total": total, "points": self.points(granularity, segment, event, part)}

    def counted(self, name: str, when: str, event: str = "") -> list[Row]:
        """(start, …) of the rows of one grid; none of a period that is not asked."""
        for statement, some in together(self.report, self.grids).items():
            key = f"{when}{statement}{event}"
            if name in some and key in self.rows:
                return rows_of(self.rows[key], list(some), name)
        return []

    def points(self, name: str, segment: int, event: int, part: int) -> list[dict[str, Any]]:
        """The numbers bucket by bucket."""
        grid = self.grids[name]
        if part == WHOLE:
            rows = self.counted(name, self.when)
            column = 1 + segment * len(self.report.events) + event
        else:
            rows = [row for row in self.counted(name, self.when, f" {event}") if row[1] == part]
            column = 2 + segment
        found = {row[0]: row[column] for row in rows}
        below = self.denominators(name, segment, event, part)
        return [
            {"start": bucket.label}
            | figure(self.report.metric, found.get(bucket.start, 0) if filled(bucket) else 0, under)
            | {"partial": bucket.partial}
            for bucket, under in zip(grid, below, strict=True)
        ]

    def denominators(self, name: str, segment: int, event: int, part: int) -> Iterable[int]:
        """What each bucket's numerator is divided by."""
        grid = self.grids[name]
        if part != WHOLE and f"{self.when}sizes {name} {event}" in self.rows:
            own = self.rows[f"{self.when}sizes {name} {event}"]
            members = {row[0]: row[2 + segment] for row in own if row[1] == part}
            if not by_registration(self.report):
                return repeat(members.get(0, 0), len(grid))
        elif by_registration(self.report):
            rows = self.rows[f"{self.when}registered {name}"]
            members = {row[0]: row[1 + segment] for row in rows}
        else:
            return repeat(self.rows["sizes"][0][segment], len(grid))
        return accumulate(members.get(each.start, 0) if filled(each) else 0 for each in grid)


def filled(bucket: Bucket) -> bool:
    """Whether any instant lies in the bucket; a day that a zone skipped has none."""
    return bucket.start < bucket.end


def figure(metric: Metric, numerator: int, denominator: int) -> dict[str, Any]:
    """One number; a ratio carries its parts, and is None where it would be divided by 0."""
    if not metric.is_ratio:
        return {"value": numerator}
    value = numerator / denominator if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}


def warnings(report: Segmentation, scope: Scope) -> list[str]:
    unbounded = any(
        each is None or not bounds_registration(each.condition)
        for each in chosen_segments(report.segments, scope)
    )
    asked = report.metric.is_ratio and report.denominator is Denominator.MEMBERS
    return ["registration_unbounded"] if asked and unbounded else []
