"""The vocabulary of SQL that every report shares: placeholders, sources, conditions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from analytics.definitions.conditions import (
    All,
    AnyCondition,
    AnyOf,
    AttributeCondition,
    EventFilter,
    Frequency,
    InlineSegment,
    Listed,
    Performed,
    PropertyFilter,
)
from analytics.definitions.operators import IN_RANGE, Operator, Takes, day_range, rule_for
from analytics.definitions.reports import ByAttribute, ByProperty, Definition, SavedSegment, dump
from analytics.engine.query import CLOCK, Scope, Statement
from analytics.store.columns import instant_column, subcolumn
from people.values import Type, milliseconds, start_of_day

SLOT = re.compile(r"\{(\w+):")


class Binds(dict[str, Any]):
    """Collects values and gives back the store's placeholders; text and values never meet."""

    def __call__(self, value: object, kind: str) -> str:
        name = f"v{len(self)}"
        self[name] = value
        return f"{{{name}:{kind}}}"

    def clock(self, scope: Scope) -> str:
        """The present instant, in milliseconds."""
        self[CLOCK] = milliseconds(scope.now)
        return f"{{{CLOCK}:Int64}}"

    def fill(self, template: str, **values: object) -> str:
        """A template whose `{slot:Type}` placeholders stand for these values."""
        names: dict[str, str] = {}
        for slot, value in values.items():
            names[slot] = f"v{len(self)}"
            self[names[slot]] = value
        return SLOT.sub(lambda found: f"{{{names[found[1]]}:", template)


# --- Sources: the only places that name a table, and each adds the project ---------------------


def events(
    binds: Binds, scope: Scope, names: Sequence[str], start: int | None, end: int | None
) -> str:
    """FROM the project's events of these names in [start, end), milliseconds; None is no end."""
    source = (
        f"FROM events WHERE project = {binds(scope.project, 'UInt64')}"
        f" AND event IN {binds(sorted(set(names)), 'Array(String)')}"
    )
    if start is not None:
        source += f" AND at >= fromUnixTimestamp64Milli({binds(start, 'Int64')}, 'UTC')"
    if end is not None:
        source += f" AND at < fromUnixTimestamp64Milli({binds(end, 'Int64')}, 'UTC')"
    return source


def people_source(binds: Binds, scope: Scope) -> str:
    """FROM the project's people as they are now."""
    return f"FROM people FINAL WHERE project = {binds(scope.project, 'UInt64')}"


# --- Conditions ---------------------------------------------------------------------------------


def matches(binds: Binds, scope: Scope, chosen: EventFilter) -> str:
    """A plain boolean over a row of events: is it of this name, do all filters hold?"""
    types = scope.catalogue.properties.get(chosen.event, {})
    filters = [compare(binds, scope, each, types.get(each.property)) for each in chosen.filters]
    return " AND ".join([f"event = {binds(chosen.event, 'String')}", *filters])


def members(binds: Binds, scope: Scope, segment: InlineSegment | None) -> str:
    """A plain boolean over any row with a `person`: is the person in the segment?"""
    if segment is None:
        return "1"
    found = holds(binds, scope, segment.condition)
    return f"person IN (SELECT person {people_source(binds, scope)} AND {found})"


def holds(binds: Binds, scope: Scope, condition: AnyCondition) -> str:
    """A plain boolean over a row of people."""
    match condition:
        case All():
            return f"({' AND '.join(holds(binds, scope, each) for each in condition.all)})"
        case AnyOf():
            return f"({' OR '.join(holds(binds, scope, each) for each in condition.any)})"
        case AttributeCondition():
            return compare(
                binds, scope, condition, scope.catalogue.attributes.get(condition.attribute)
            )
        case Performed():
            return performed(binds, scope, condition)
        case Listed():
            return f"has(lists, {binds(condition.list, 'UInt64')})"


def performed(binds: Binds, scope: Scope, leaf: Performed) -> str:
    """Whether somebody did something that often; who never did it has no row to be counted."""
    start = end = None
    if leaf.within:
        first, last = leaf.within.days(scope.today)
        start = milliseconds(start_of_day(first, scope.zone))
        end = milliseconds(start_of_day(last + timedelta(1), scope.zone))
    source = events(binds, scope, [leaf.performed], start, end)
    chosen = EventFilter.model_construct(event=leaf.performed, filters=leaf.filters)
    did = f"(SELECT person {source} AND {matches(binds, scope, chosen)} GROUP BY person HAVING"
    count = binds(leaf.times.value, "UInt64")
    match leaf.times.operator:
        case Frequency.AT_LEAST:
            return f"person IN {did} count() >= {count})" if leaf.times.value else "1"
        case Frequency.AT_MOST:
            return f"person NOT IN {did} count() > {count})"
        case Frequency.EXACTLY if leaf.times.value:
            return f"person IN {did} count() = {count})"
        case Frequency.EXACTLY:
            return f"person NOT IN {did} count() > {count})"


def compare(
    binds: Binds, scope: Scope, leaf: PropertyFilter | AttributeCondition, known: Type | None
) -> str:
    """One comparison, read by the catalogue's type, else by the type of its value."""
    name = leaf.property if isinstance(leaf, PropertyFilter) else leaf.attribute
    kind, rule = rule_for(leaf.operator, leaf.value, known)
    if kind is None:
        return unknown_is_empty(name, leaf.operator)
    template = rule.sql.replace("{s}", subcolumn(name, kind)).replace("{i}", instant_column(name))
    return (
        f"({binds.fill(template, **slots(leaf.operator, leaf.value, rule.takes, rule.sql, scope))})"
    )


def slots(
    operator: Operator, value: Any, takes: Takes, template: str, scope: Scope
) -> dict[str, object]:
    """The values for a rule's placeholders."""
    if template is IN_RANGE:
        low, high = day_range(operator, value, scope.today)
        return {
            "low": low.isoformat(),
            "high": high.isoformat(),
            "from": milliseconds(start_of_day(low, scope.zone)),
            "to": milliseconds(start_of_day(high + timedelta(1), scope.zone)),
        }
    if takes is Takes.NONE:
        return {}
    return {"low": value[0], "high": value[1]} if takes is Takes.PAIR else {"v": value}


def unknown_is_empty(name: str, operator: Operator) -> str:
    """Whether something the catalogue does not know has no value of any type."""
    empty = " AND ".join(
        [
            f"ifNull({subcolumn(name, Type.TEXT)}, '') = ''",
            f"isNull({subcolumn(name, Type.NUMBER)})",
            f"isNull({subcolumn(name, Type.BOOLEAN)})",
            f"empty({subcolumn(name, Type.LIST)})",
        ]
    )
    return f"({empty})" if operator is Operator.IS_EMPTY else f"NOT ({empty})"


# --- Breakdowns ---------------------------------------------------------------------------------


def value_of(name: str, kind: Type | None) -> str:
    """A value as text, '' where it is missing or not of its type; a list as the array of its."""
    column = subcolumn(name, kind or Type.TEXT)
    if kind is Type.LIST:
        given = f"arrayDistinct(arrayFilter(x -> x != '', arrayMap(x -> ifNull(x, ''), {column})))"
        return f"if(empty({given}), [''], {given})"
    return f"ifNull(toString({column}), '')"


def values_of_people(
    binds: Binds, scope: Scope, breakdown: ByProperty | ByAttribute | None, *others: str
) -> str:
    """SELECT each person with the `value` of the attribute that is broken down by, if one is."""
    value = "''"
    if isinstance(breakdown, ByAttribute):
        value = value_of(breakdown.attribute, scope.catalogue.attributes.get(breakdown.attribute))
    columns = ", ".join(["person", f"{value} AS value", *others])
    return f"SELECT {columns} {people_source(binds, scope)}"


# --- Segments of a report -----------------------------------------------------------------------


def chosen_segments(
    segments: Sequence[SavedSegment | InlineSegment], scope: Scope
) -> list[InlineSegment | None]:
    """The segments of a definition, saved ones looked up; None stands for everybody."""
    return [
        scope.catalogue.segments[each.segment] if isinstance(each, SavedSegment) else each
        for each in segments
    ] or [None]


def segment_name(segment: InlineSegment | None) -> str:
    return segment.name if segment else "Everybody"


def marks(definition: Definition, scope: Scope) -> dict[str, Any]:
    """What an answer shows beside its rows; two questions may have the same SQL and differ here."""
    names = [segment_name(each) for each in chosen_segments(definition.segments, scope)]
    return {"definition": dump(definition), "segments": names, "zone": scope.zone.key}


def member_counts(
    binds: Binds, segments: Sequence[InlineSegment | None], scope: Scope
) -> list[str]:
    """One count of members for each segment, over rows of people."""
    return [f"countIf({holds(binds, scope, each.condition) if each else '1'})" for each in segments]


def sizes(segments: Sequence[InlineSegment | None], scope: Scope) -> Statement:
    """All members of each segment, in one row."""
    binds = Binds()
    numbers = ", ".join(member_counts(binds, segments, scope))
    return Statement(f"SELECT {numbers} {people_source(binds, scope)}", binds)


def inside(segment: InlineSegment, scope: Scope) -> Statement:
    """The `person`s of a segment."""
    binds = Binds()
    found = holds(binds, scope, segment.condition)
    return Statement(f"SELECT person {people_source(binds, scope)} AND {found}", binds)


@dataclass(frozen=True)
class Page:
    """A piece of a list of people in the order of their ids: those after one id, or before it."""

    size: int
    after: int | None = None
    before: int | None = None

    def of(self, people: Statement) -> Statement:
        """One more than fits, so that it shows whether the list goes on."""
        binds = Binds(people.binds)
        where, order = "1", "ASC"
        if self.after is not None:
            where = f"person > {binds(self.after, 'UInt64')}"
        elif self.before is not None:
            where, order = f"person < {binds(self.before, 'UInt64')}", "DESC"
        return Statement(
            f"SELECT person FROM ({people.sql}) WHERE {where} ORDER BY person {order}"
            f" LIMIT {binds(self.size + 1, 'UInt64')}",
            binds,
        )


def count(people: Statement) -> Statement:
    return Statement(f"SELECT count() FROM ({people.sql})", people.binds)
