"""The SQL of a segmentation: what was done in which bucket, and what is counted of it."""

from collections.abc import Iterable, Sequence
from itertools import product

from analytics.definitions.events import AnyCounted, names_of
from analytics.definitions.metrics import Divisor
from analytics.engine.breakdowns import is_of_events, values_of_people
from analytics.engine.buckets import Bucket, bucket_of
from analytics.engine.conditions import matches
from analytics.engine.query import Row, Span, Statement
from analytics.engine.segmentation.measures import aggregated, measured
from analytics.engine.segmentation.plan import Counted, Grid, Grids
from analytics.engine.segmentation.running import Running
from analytics.engine.segments import member_counts, members
from analytics.engine.writer import Writer


def counts(asked: Counted, some: Grids) -> Statement:
    """Rows: (which grid, start of the bucket in ms of each, a number for each segment × event)."""
    w = asked.plan.writer()
    [*_, name] = some
    if asked.runs(name):
        inner = did(w, asked, {name: asked.reach(name)}, asked.report.events)
        return w.statement(Running(asked, name, len(asked.report.events)).changes(w, inner))
    inner = did(w, asked, some, asked.report.events)
    pairs = product(range(len(asked.plan.segments)), enumerate(asked.report.events))
    numbers = [number(w, asked, s, e, entry) for s, (e, entry) in pairs]
    return w.statement(grouped(inner, len(some), numbers))


def grouped(inner: str, grids: int, numbers: Sequence[str], *, by_part: bool = False) -> str:
    """SELECT the numbers of every bucket of some grids, or of every part of each bucket.

    `which` has a bit for each grid, the first is the highest; it is 0 for the one that a row is of.
    """
    buckets = [f"b{n}" for n in range(grids)]
    part = ["part"] if by_part else []
    keys = ", ".join(f"({', '.join([each, *part])})" for each in buckets)
    shown = [f"grouping({', '.join(buckets)}) AS which", *buckets, *part]
    return f"SELECT {', '.join([*shown, *numbers])} FROM ({inner}) GROUP BY GROUPING SETS ({keys})"


def rows_of(rows: Iterable[Row], grids: Sequence[Grid], grid: Grid) -> list[Row]:
    """(start, …) of the rows of one grid among those that a statement counts."""
    place = grids.index(grid)
    mine = (1 << len(grids)) - 1 - (1 << (len(grids) - 1 - place))
    return [(row[1 + place], *row[1 + len(grids) :]) for row in rows if row[0] == mine]


def did(
    w: Writer, asked: Counted, some: Grids, chosen: Sequence[AnyCounted], *, value: str = ""
) -> str:
    """SELECT what was done: person, buckets b0 …, flags s0 … e0 … of segments and events, whether
    the person is `known` by then, measures m0 …, its `worth` where a value is given."""
    grids = list(some.values())
    columns = [f"{members(w, each)} AS s{i}" for i, each in enumerate(asked.plan.segments)]
    span = Span(grids[0][0].start, grids[0][-1].end)
    source = w.events(names_of(chosen), span, people=about_people(w, asked, some, value))
    columns += [f"{matches(w, each)} AS e{i}" for i, each in enumerate(chosen)]
    columns += [f"{bucket_of(w, 'at', grid)} AS b{n}" for n, grid in enumerate(grids)]
    columns += [
        f"{measured(w, each, each.measure)} AS m{i}"
        for i, each in enumerate(chosen)
        if each.measure
    ]
    if asked.by_registration and not asked.run(some):
        columns.append(f"{registered_by_bucket(w, grids[0])} AS known")
    if value:
        columns.append(f"{value} AS worth")
    return f"SELECT person, {', '.join(columns)} {source}"


def about_people(w: Writer, asked: Counted, some: Grids, value: str) -> str:
    """SELECT what has to be known of people beside their events; "" where nothing has. Who was
    registered by the end of the only bucket is not, nor what is asked once a person (Running)."""
    breakdown = asked.report.breakdown if value else None
    by_people = breakdown if not is_of_events(breakdown) else None
    by_event = asked.by_registration and not (asked.run(some) or is_one(*some.values()))
    if not (by_event or by_people):
        return ""
    return values_of_people(w, by_people, "registered_at")


def is_one(*grids: Sequence[Bucket]) -> bool:
    """Whether grids have a single bucket together."""
    return sum(map(len, grids)) == 1


def number(w: Writer, asked: Counted, segment: int, event: int, entry: AnyCounted) -> str:
    """What is counted of the event-th of those chosen; of what is divided by the people who did
    it, a tuple of both; of a measure, a tuple of the events and the measure."""
    counted = numerator(asked, segment, event)
    if entry.measure:
        test = counted_if(asked, segment, event)
        return f"({counted}, {aggregated(w, entry, entry.measure, f'm{event}', test)})"
    if asked.report.metric.divisor is Divisor.DOERS:
        return f"({counted}, uniqExactIf(person, {counted_if(asked, segment, event)}))"
    return counted


def numerator(asked: Counted, segment: int, event: int) -> str:
    count = "uniqExactIf(person, {})" if asked.report.metric.counts_people else "countIf({})"
    return count.format(counted_if(asked, segment, event))


def counted_if(asked: Counted, segment: int, event: int) -> str:
    known = " AND known" if asked.by_registration else ""
    return f"s{segment} AND e{event}{known}"


def registered(asked: Counted, grid: Sequence[Bucket]) -> Statement:
    """Rows: (start of the bucket, members of each segment who registered in it); the first bucket
    has all before, too."""
    w = asked.plan.writer()
    bucket = bucket_of(w, "registered_at", grid)
    numbers = member_counts(w, asked.plan.segments)
    return w.statement(
        f"SELECT {bucket} AS bucket, {numbers} {w.people()}"
        f" AND registered_at < {w.instant(grid[-1].end)} GROUP BY bucket"
    )


def registered_by_bucket(w: Writer, grid: Sequence[Bucket]) -> str:
    """A plain boolean over events, of several buckets beside their people: were they registered by
    its bucket?"""
    if is_one(grid):
        later = f"{w.people()} AND registered_at >= {w.instant(grid[0].end)}"
        return f"person NOT IN (SELECT person {later})"
    real = [each for each in grid if each.start < each.end]
    starts = w.bind([each.start for each in real], "Array(Int64)")
    ends = w.bind([each.end for each in real], "Array(Int64)")
    end = f"transform({bucket_of(w, 'at', grid)}, {starts}, {ends}, toInt64(0))"
    return f"toUnixTimestamp64Milli(r.registered_at) < {end}"
