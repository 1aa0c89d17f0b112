"""The value by which something is broken down, as SQL."""

from analytics.definitions.reports import ByAttribute, ByProperty
from analytics.engine.writer import Writer
from analytics.store.columns import subcolumn
from people.values import Type


def value_of(name: str, kind: Type | None) -> str:
    """A value as text, '' where it is missing or not of its type; a list as the array of its."""
    column = subcolumn(name, kind or Type.TEXT)
    if kind is Type.LIST:
        given = f"arrayDistinct(arrayFilter(x -> x != '', arrayMap(x -> ifNull(x, ''), {column})))"
        return f"if(empty({given}), [''], {given})"
    return f"ifNull(toString({column}), '')"


def values_of_people(w: Writer, breakdown: ByProperty | ByAttribute | None, *columns: str) -> str:
    """SELECT each person with these columns and the `value` of the attribute that is broken down
    by, if one is."""
    value = "''"
    if isinstance(breakdown, ByAttribute):
        known = w.scope.catalogue.attributes.get(breakdown.attribute)
        value = value_of(breakdown.attribute, known)
    return f"SELECT {', '.join(['person', f'{value} AS value', *columns])} {w.people()}"
