"""The value by which something is broken down, as SQL."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from analytics.definitions.breakdowns import AnyBreakdown, ByAttribute, ByProperty
from analytics.definitions.conditions import Catalogue
from analytics.definitions.events import Meant, names_of
from analytics.engine.writer import Writer
from analytics.store.columns import instant_column, subcolumn
from people.values import Type


def value_of(name: str, kind: Type | None) -> str:
    """A value as text, '' where it is missing or not of its type; a list as the array of its."""
    column, text = subcolumn(name, kind or Type.TEXT), subcolumn(name, Type.TEXT)
    if kind is Type.LIST:
        given = f"arrayDistinct(arrayFilter(x -> x != '', arrayMap(x -> ifNull(x, ''), {column})))"
        return f"if(empty({given}), [''], {given})"
    if kind is Type.DATETIME:
        # A day, or an instant as it was sent.
        return f"if(isNotNull({column}) OR isNotNull({instant_column(name)}), {text}, '')"
    return f"ifNull(toString({column}), '')"


def types_of(entries: Iterable[Meant], name: str, catalogue: Catalogue) -> dict[str, Type]:
    """By event the catalogue's type of a property, of all events that entries are of."""
    return {
        event: kind for each in entries for event, kind in each.types_of(name, catalogue).items()
    }


def has_lists(entries: Iterable[Meant], name: str, catalogue: Catalogue) -> bool:
    """Whether a property is a list in one of the entries' events: then it is one in all."""
    return Type.LIST in types_of(entries, name, catalogue).values()


def value_of_event(w: Writer, entries: Sequence[Meant], name: str) -> str:
    """A property over rows of the entries' events, each read by its own event's type; as text, or
    as an array of texts where one of them has lists."""
    types = types_of(entries, name, w.scope.catalogue)
    names = names_of(entries)
    kinds = set(types.values()) | ({Type.TEXT} if names is None or names - set(types) else set())
    several = Type.LIST in kinds
    read = {kind: value_of(name, kind) for kind in sorted(kinds)}
    if several:
        read |= {kind: f"[{value}]" for kind, value in read.items() if kind is not Type.LIST}
    if len(read) == 1:
        return next(iter(read.values()))
    cases = [
        f"event IN {w.bind(sorted(e for e in types if types[e] is kind), 'Array(String)')}, {value}"
        for kind, value in read.items()
        if kind in types.values()
    ]
    return f"multiIf({', '.join(cases)}, {read.get(Type.TEXT, next(iter(read.values())))})"


def is_of_events(breakdown: AnyBreakdown | None) -> bool:
    """Whether events have a value by which they are grouped; else people may."""
    return breakdown is not None and breakdown.of_events


def value_by(w: Writer, breakdown: AnyBreakdown, entries: Sequence[Meant] = ()) -> str:
    """The value of a breakdown as text, '' for none, or as an array where it is a list: over rows
    of the entries' events, or over rows of people."""
    match breakdown:
        case ByProperty():
            return value_of_event(w, entries, breakdown.property)
        case ByAttribute():
            known = w.scope.catalogue.attributes.get(breakdown.attribute)
            return value_of(breakdown.attribute, known)
        case _:
            assert_never(breakdown)


def values_of_people(w: Writer, breakdown: AnyBreakdown | None, *columns: str) -> str:
    """SELECT each person with these columns and the `value` by which people are grouped, if they
    are."""
    value = value_by(w, breakdown) if breakdown and not breakdown.of_events else "''"
    return f"SELECT {', '.join(['person', f'{value} AS value', *columns])} {w.people()}"
