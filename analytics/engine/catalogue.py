"""What the store knows of the catalogue: how often events come, and what properties hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from analytics.definitions.conditions import InlineSegment
from analytics.engine.buckets import Bucket
from analytics.engine.conditions import holds
from analytics.engine.query import Scope, Span, Statement
from analytics.engine.writer import Writer
from analytics.store.columns import instant_column, subcolumn
from people.values import Type

MOST_EXAMPLES = 20
FEW_EXAMPLES = 5


def volumes(grid: Sequence[Bucket], scope: Scope) -> Statement:
    """Rows: (event, start of the bucket in ms, how many)."""
    return counted_by("event", grid, Writer(scope))


def people_volumes(people: Sequence[int], grid: Sequence[Bucket], scope: Scope) -> Statement:
    """Rows: (person, start of the bucket in ms, how many events) of these people alone."""
    w = Writer(scope)
    theirs = f"AND person IN {w.bind(list(people), 'Array(UInt64)')}"
    return counted_by("person", grid, w, theirs)


def counted_by(column: str, grid: Sequence[Bucket], w: Writer, test: str = "") -> Statement:
    """Rows: (the column, start of the bucket in ms, how many events that pass the test)."""
    starts = w.bind([each.start for each in grid if each.start < each.end], "Array(Int64)")
    source = w.events(span=Span(grid[0].start, grid[-1].end))
    return w.statement(
        f"SELECT {column}, roundDown(toUnixTimestamp64Milli(at), {starts}) AS bucket, count()"
        f" {source} {test} GROUP BY {column}, bucket"
    )


def last_seen(scope: Scope) -> Statement:
    """Rows: (event, its newest in ms, how many ever)."""
    w = Writer(scope)
    newest = "toUnixTimestamp64Milli(max(at))"
    return w.statement(f"SELECT event, {newest}, count() {w.events()} GROUP BY event")


def holders(attributes: Mapping[str, Type], scope: Scope) -> Statement:
    """One row: how many people have each attribute."""
    w = Writer(scope)
    counts = ", ".join(
        f"countIf(arrayExists(x -> x != '', {texts(subcolumn(name, kind), kind)}))"
        for name, kind in attributes.items()
    )
    return w.statement(f"SELECT {counts} {w.people()}")


def newest(event: str, span: Span, size: int, scope: Scope) -> Statement:
    """Rows (the id of the event) of the newest events of the name in a span."""
    w = Writer(scope)
    return w.statement(
        f"SELECT id {w.events([event], span)} ORDER BY at DESC, id LIMIT {w.bind(size, 'UInt32')}"
    )


def first_seen(scope: Scope) -> Statement:
    """Rows: (event, its oldest in ms)."""
    w = Writer(scope)
    return w.statement(f"SELECT event, toUnixTimestamp64Milli(min(at)) {w.events()} GROUP BY event")


def people_of_each(grid: Sequence[Bucket], names: Sequence[str], scope: Scope) -> Statement:
    """Rows: (event, how many people did it) in all of these buckets together."""
    w = Writer(scope)
    source = w.events(names, Span(grid[0].start, grid[-1].end))
    return w.statement(f"SELECT event, uniqExact(person) {source} GROUP BY event")


def examples(event: str, properties: Mapping[str, Type], scope: Scope) -> Statement:
    """Rows (position of the property, value as text, how many have it): of each property of an
    event or, without one, of each attribute of people the most frequent values, counted exactly,
    the largest first; of equals what sorts first."""
    w = Writer(scope)
    pairs = ", ".join(
        f"arrayMap(x -> (toUInt16({place}), x), {texts(subcolumn(name, kind), kind)})"
        for place, (name, kind) in enumerate(properties.items())
    )
    source = w.events([event]) if event else w.people()
    return w.statement(
        "SELECT pair.1 AS place, pair.2 AS value, count() AS number"
        f" FROM (SELECT arrayJoin(arrayConcat({pairs})) AS pair {source})"
        " WHERE value != '' GROUP BY place, value"
        f" ORDER BY place, number DESC, value LIMIT {FEW_EXAMPLES} BY place"
    )


def values(name: str, kind: Type, event: str, text: str, scope: Scope) -> Statement:
    """Rows (value, how many) of a property of an event or, without one, of an attribute: the most
    frequent first, of those with a text in them."""
    w = Writer(scope)
    shown = texts(subcolumn(name, kind), kind)
    source = w.events([event]) if event else w.people()
    return w.statement(
        f"SELECT arrayJoin({shown}) AS value, count() AS number {source}"
        f" GROUP BY value HAVING value != ''"
        f" AND position(lowerUTF8(value), lowerUTF8({w.bind(text, 'String')})) > 0"
        f" ORDER BY number DESC, value LIMIT {MOST_EXAMPLES}"
    )


def texts(column: str, kind: Type) -> str:
    """SQL: the values of a row as a list of texts, each once; "" or none where it has none."""
    if kind is Type.LIST:
        return f"arrayDistinct(arrayMap(x -> ifNull(x, ''), {column}))"
    return f"[ifNull(toString({column}), '')]"


@dataclass(frozen=True)
class Sorted:
    """A list of people in the order of an attribute, and a piece of it: so many after so many. Who
    lacks it comes last whichever way it goes."""

    attribute: str
    kind: Type
    descending: bool
    size: int
    skipped: int


def found(
    text: str,
    known: Sequence[int],
    segment: InlineSegment | None,
    scope: Scope,
    order: Sorted | None = None,
) -> Statement:
    """The `person`s of a segment whose name, e-mail or id has a text in it, or who are `known`; all
    of them, or a piece in an order and one more, which says that it goes on."""
    w = Writer(scope)
    tests = [holds(w, segment.condition)] if segment else []
    if text:
        wanted = f"lowerUTF8({w.bind(text, 'String')})"
        parts = [
            f"ifNull({subcolumn(name, Type.TEXT)}, '')"
            for name in ("first_name", "last_name", "nickname", "email", "external_id")
        ]
        matched = f"position({spaced(parts)}, {wanted}) > 0"
        tests.append(f"({matched} OR person IN {w.bind(list(known), 'Array(UInt64)')})")
    sql = " AND ".join([f"SELECT person {w.people()}", *tests])
    return w.statement(f"{sql} {ordered(w, order)}" if order else sql)


def ordered(w: Writer, order: Sorted) -> str:
    """SQL: the order and the piece."""
    column = sortable(order.attribute, order.kind)
    way = "DESC" if order.descending else "ASC"
    size, skipped = (w.bind(each, "UInt64") for each in (order.size + 1, order.skipped))
    return f"ORDER BY {column} {way} NULLS LAST, person LIMIT {size} OFFSET {skipped}"


def sortable(name: str, kind: Type) -> str:
    """SQL: what a value is sorted by, NULL where there is none: text without regard to case, an
    instant by its milliseconds, a list by its first element."""
    match kind:
        case Type.TEXT:
            return f"nullIf(lowerUTF8(ifNull({subcolumn(name, kind)}, '')), '')"
        case Type.LIST:
            return f"nullIf(ifNull({subcolumn(name, kind)}[1], ''), '')"
        case Type.DATETIME:
            return instant_column(name)
        case Type.DATE | Type.NUMBER | Type.BOOLEAN:
            return subcolumn(name, kind)
        case _:
            assert_never(kind)


def spaced(parts: Sequence[str]) -> str:
    return f"lowerUTF8(concatWithSeparator(' ', {', '.join(parts)}))"
