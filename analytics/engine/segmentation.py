"""Event segmentation: events and people of each segment, bucket by bucket (contract §3)."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, product, repeat
from typing import Any

from analytics.definitions import (
    Denominator,
    Granularity,
    Invalid,
    Metric,
    Segmentation,
    bounds_registration,
)
from analytics.engine.buckets import Bucket, buckets
from analytics.engine.query import Query, Range, Rows, Scope, Statement
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
)
from analytics.figures import SegmentationFigure

TOTAL = "total"


def query(report: Segmentation, scope: Scope) -> Query:
    """One statement for the sizes of the segments, one for the totals, one a granularity.

    Rows of a granularity: (start of the bucket in ms, one number for each segment × event).
    """
    grids = all_buckets(report, scope)
    span = Range.of(report.period, scope)
    whole = [Bucket("", span.start, span.end, partial=False)]
    statements = {
        "sizes": sizes(chosen_segments(report.segments, scope), scope),
        TOTAL: counts(report, scope, whole),
    }
    for granularity, grid in grids.items():
        statements[granularity] = counts(report, scope, grid)
        if by_registration(report):
            statements[f"registered {granularity}"] = registered(report, scope, grid)
    if by_registration(report):
        statements[f"registered {TOTAL}"] = registered(report, scope, whole)
    partial = {str(name): [each.partial for each in grid] for name, grid in grids.items()}
    return Query(statements, marks(report, scope) | {"partial": partial})


def by_registration(report: Segmentation) -> bool:
    return report.metric.is_ratio and report.denominator is Denominator.REGISTERED


def all_buckets(report: Segmentation, scope: Scope) -> dict[Granularity, list[Bucket]]:
    first, last = report.period.days(scope.today)
    return {
        granularity: buckets(granularity, first, last, scope.zone, scope.now)
        for granularity in report.granularities
    }


def counts(report: Segmentation, scope: Scope, grid: Sequence[Bucket]) -> Statement:
    """Matching events, or distinct people, of each bucket, segment and event."""
    binds = Binds()
    segments = [members(binds, scope, each) for each in chosen_segments(report.segments, scope)]
    chosen = [matches(binds, scope, each) for each in report.events]
    source = events(
        binds, scope, [each.event for each in report.events], grid[0].start, grid[-1].end
    )
    flags = [f"{sql} AS s{i}" for i, sql in enumerate(segments)]
    flags += [f"{sql} AS e{i}" for i, sql in enumerate(chosen)]
    pairs = product(range(len(segments)), range(len(chosen)))
    known = " AND known" if by_registration(report) else ""
    if known:
        source, flag = registered_by_bucket(binds, scope, source, grid)
        flags.append(flag)
    bucket = bucket_of("at", binds, grid)
    count = "uniqExactIf(person, {})" if report.metric.counts_people else "countIf({})"
    numbers = [count.format(f"s{s} AND e{e}{known}") for s, e in pairs]
    return Statement(
        f"SELECT bucket, {', '.join(numbers)} FROM"
        f" (SELECT person, {bucket} AS bucket, {', '.join(flags)} {source})"
        " GROUP BY bucket",
        binds,
    )


def people(report: Segmentation, scope: Scope, figure: SegmentationFigure) -> Statement:
    """The `person`s behind one number: who did the event in the bucket, each once."""
    bucket = bucket_behind(report, scope, figure)
    binds = Binds()
    event = report.events[figure.event]
    segment = chosen_segments(report.segments, scope)[figure.segment]
    tests = [matches(binds, scope, event), members(binds, scope, segment)]
    if by_registration(report):
        end = f"fromUnixTimestamp64Milli({binds(bucket.end, 'Int64')}, 'UTC')"
        known = f"SELECT person {people_source(binds, scope)} AND registered_at < {end}"
        tests.append(f"person IN ({known})")
    source = events(binds, scope, [event.event], bucket.start, bucket.end)
    return Statement(f"SELECT DISTINCT person {source} AND {' AND '.join(tests)}", binds)


def bucket_behind(report: Segmentation, scope: Scope, figure: SegmentationFigure) -> Bucket:
    """The bucket that a number stands for. Raises Invalid where the report has none such."""
    if figure.granularity is None:
        span = Range.of(report.period, scope)
        return Bucket("", span.start, span.end, partial=False)
    for bucket in all_buckets(report, scope)[figure.granularity]:
        if bucket.label == figure.start:
            return bucket
    raise Invalid({"start": ["No bucket of the report starts then."]})


def bucket_of(column: str, binds: Binds, grid: Sequence[Bucket]) -> str:
    """SQL for the start of the bucket that an instant lies in; the first one's for all before."""
    starts = binds([each.start for each in grid if each.start < each.end], "Array(Int64)")
    return f"roundDown(toUnixTimestamp64Milli({column}), {starts})"


def registered_by_bucket(
    binds: Binds, scope: Scope, source: str, grid: Sequence[Bucket]
) -> tuple[str, str]:
    """The source joined with registrations, and a flag: registered before the bucket's end."""
    real = [each for each in grid if each.start < each.end]
    starts = binds([each.start for each in real], "Array(Int64)")
    ends = binds([each.end for each in real], "Array(Int64)")
    registrations = f"(SELECT person, registered_at {people_source(binds, scope)})"
    joined = source.replace("events", f"events INNER JOIN {registrations} AS r USING (person)", 1)
    end = f"transform({bucket_of('at', binds, grid)}, {starts}, {ends}, toInt64(0))"
    return joined, f"toUnixTimestamp64Milli(registered_at) < {end} AS known"


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


def result(report: Segmentation, scope: Scope, rows: Rows) -> dict[str, Any]:
    """Contract §4. Rates are computed here, so that their parts are always at hand."""
    segments = chosen_segments(report.segments, scope)
    [size] = rows["sizes"]
    return {
        "kind": report.kind,
        "metric": report.metric,
        "as_of": scope.as_of,
        "timezone": scope.zone.key,
        "period": Range.of(report.period, scope).dump(),
        "warnings": warnings(report, scope),
        "segments": [
            {"name": segment_name(each), "size": size[i]} for i, each in enumerate(segments)
        ],
        "series": list(series(report, scope, rows)),
    }


def series(report: Segmentation, scope: Scope, rows: Rows) -> Iterator[dict[str, Any]]:
    """Segment by segment, event by event, granularity by granularity."""
    grids = all_buckets(report, scope)
    totals = next(iter(rows[TOTAL]), None)
    for s, e in product(range(len(rows["sizes"][0])), range(len(report.events))):
        column = 1 + s * len(report.events) + e
        for granularity, grid in grids.items():
            found = {row[0]: row[column] for row in rows[granularity]}
            below = denominators(rows, granularity, grid, s)
            yield {
                "segment": s,
                "event": e,
                "label": str(report.events[e]),
                "granularity": granularity,
                "total": figure(
                    report.metric,
                    totals[column] if totals else 0,
                    whole_denominator(rows, s),
                ),
                "points": [
                    {"start": bucket.label}
                    | figure(
                        report.metric, found.get(bucket.start, 0) if filled(bucket) else 0, under
                    )
                    | {"partial": bucket.partial}
                    for bucket, under in zip(grid, below, strict=True)
                ],
            }


def filled(bucket: Bucket) -> bool:
    """Whether any instant lies in the bucket; a day that a zone skipped has none."""
    return bucket.start < bucket.end


def denominators(
    rows: Rows, granularity: Granularity, grid: Sequence[Bucket], segment: int
) -> Iterable[int]:
    """What each bucket's numerator is divided by."""
    if f"registered {granularity}" not in rows:
        return repeat(rows["sizes"][0][segment], len(grid))
    joined = {row[0]: row[1 + segment] for row in rows[f"registered {granularity}"]}
    return accumulate(joined.get(each.start, 0) if filled(each) else 0 for each in grid)


def whole_denominator(rows: Rows, segment: int) -> int:
    if f"registered {TOTAL}" not in rows:
        return int(rows["sizes"][0][segment])
    return sum(row[1 + segment] for row in rows[f"registered {TOTAL}"])


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
