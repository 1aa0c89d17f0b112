"""What the store knows of the catalogue: how often events come, and what properties hold."""

from collections.abc import Mapping, Sequence

from analytics.definitions.conditions import InlineSegment
from analytics.engine.buckets import Bucket
from analytics.engine.query import Scope, Statement
from analytics.engine.sql import Binds, events, holds, people_source
from analytics.store.columns import subcolumn
from people.values import Type

MOST_EXAMPLES = 20


def volumes(grid: Sequence[Bucket], scope: Scope) -> Statement:
    """Rows: (event, start of the bucket in ms, how many)."""
    binds = Binds()
    starts = binds([each.start for each in grid if each.start < each.end], "Array(Int64)")
    since, until = binds(grid[0].start, "Int64"), binds(grid[-1].end, "Int64")
    return Statement(
        f"SELECT event, roundDown(toUnixTimestamp64Milli(at), {starts}) AS bucket, count()"
        f" FROM events WHERE project = {binds(scope.project, 'UInt64')}"
        f" AND at >= fromUnixTimestamp64Milli({since}, 'UTC')"
        f" AND at < fromUnixTimestamp64Milli({until}, 'UTC') GROUP BY event, bucket",
        binds,
    )


def last_seen(scope: Scope) -> Statement:
    """Rows: (event, its newest in ms, how many ever)."""
    binds = Binds()
    return Statement(
        "SELECT event, toUnixTimestamp64Milli(max(at)), count() FROM events"
        f" WHERE project = {binds(scope.project, 'UInt64')} GROUP BY event",
        binds,
    )


def examples(event: str, properties: Mapping[str, Type], scope: Scope) -> Statement:
    """One row: for each property an array of (value as text, how many), the most frequent first."""
    binds = Binds()
    shown = ", ".join(frequent(subcolumn(name, kind), kind) for name, kind in properties.items())
    return Statement(f"SELECT {shown or '1'} {events(binds, scope, [event], None, None)}", binds)


def values(name: str, kind: Type, event: str, text: str, scope: Scope) -> Statement:
    """Rows (value, how many) of a property of an event or, without one, of an attribute: the most
    frequent first, of those with a text in them."""
    binds = Binds()
    shown = texts(subcolumn(name, kind), kind)
    source = events(binds, scope, [event], None, None) if event else people_source(binds, scope)
    return Statement(
        f"SELECT arrayJoin({shown}) AS value, count() AS number {source}"
        f" GROUP BY value HAVING value != ''"
        f" AND position(lowerUTF8(value), lowerUTF8({binds(text, 'String')})) > 0"
        f" ORDER BY number DESC, value LIMIT {MOST_EXAMPLES}",
        binds,
    )


def texts(column: str, kind: Type) -> str:
    """SQL: the values of a row as a list of texts; none where it has none."""
    if kind is Type.LIST:
        return f"arrayMap(x -> ifNull(x, ''), {column})"
    return f"[ifNull(toString({column}), '')]"


def frequent(column: str, kind: Type) -> str:
    if kind is Type.LIST:
        return f"topKArray(5, 3, 'counts')({texts(column, kind)})"
    return f"topK(5, 3, 'counts')({texts(column, kind)}[1])"


def found(
    text: str, known: Sequence[int], segment: InlineSegment | None, scope: Scope
) -> Statement:
    """The `person`s of a segment whose name, e-mail or id has a text in it, or who are `known`."""
    binds = Binds()
    tests = [holds(binds, scope, segment.condition)] if segment else []
    if text:
        wanted = f"lowerUTF8({binds(text, 'String')})"
        parts = [
            f"ifNull({subcolumn(name, Type.TEXT)}, '')"
            for name in ("first_name", "last_name", "nickname", "email", "external_id")
        ]
        matched = f"position({spaced(parts)}, {wanted}) > 0"
        tests.append(f"({matched} OR person IN {binds(list(known), 'Array(UInt64)')})")
    return Statement(" AND ".join([f"SELECT person {people_source(binds, scope)}", *tests]), binds)


def spaced(parts: Sequence[str]) -> str:
    return f"lowerUTF8(concatWithSeparator(' ', {', '.join(parts)}))"
