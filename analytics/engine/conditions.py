"""Conditions on events and on people as SQL: plain booleans, never NULL."""

from analytics.definitions.conditions import (
    All,
    Alone,
    AnyCondition,
    AnyOf,
    AttributeCondition,
    Frequency,
    Listed,
    Performed,
    PropertyFilter,
)
from analytics.definitions.events import Alternative, AnyEntry
from analytics.definitions.operators import Operator, Rule, Takes, day_range, rule_for
from analytics.engine.query import Span
from analytics.engine.writer import Writer
from analytics.store.columns import instant_column, subcolumn
from people.values import Type


def matches(w: Writer, chosen: AnyEntry) -> str:
    """Over a row of events: is it one of the entry?"""
    each = [is_of(w, one) for one in chosen.alternatives]
    test = each[0] if len(each) == 1 else f"({' OR '.join(f'({one})' for one in each)})"
    return f"{test} AND {is_first(w, chosen)}" if chosen.first_time else test


def is_of(w: Writer, chosen: Alternative) -> str:
    """Over a row of events: is it of this name, do all filters hold?"""
    return " AND ".join([is_named(w, chosen), *demands(w, chosen)])


def is_named(w: Writer, chosen: Alternative) -> str:
    return "1" if chosen.event is None else f"event = {w.bind(chosen.event, 'String')}"


def demands(w: Writer, chosen: Alternative) -> list[str]:
    """Over a row of events of that name: whether it meets each of the filters."""
    types = w.scope.catalogue.properties.get(chosen.event or "", {})
    return [compare(w, each, types.get(each.property)) for each in chosen.filters]


def is_first(w: Writer, chosen: AnyEntry) -> str:
    """Over a row of events of the entry's names: is it the first such thing that the person ever
    did? Of several at one time all are."""
    return f"(person, at) IN (SELECT person, min(at) {w.events(chosen.names)} GROUP BY person)"


def holds(w: Writer, condition: AnyCondition) -> str:
    """Over a row of people."""
    match condition:
        case All():
            return f"({' AND '.join(holds(w, each) for each in condition.all)})"
        case AnyOf():
            return f"({' OR '.join(holds(w, each) for each in condition.any)})"
        case AttributeCondition():
            return compare(w, condition, w.scope.catalogue.attributes.get(condition.attribute))
        case Performed():
            return performed(w, condition)
        case Alone():
            others = " OR ".join(holds(w, each) for each in condition.others)
            return f"({holds(w, condition.own)} AND NOT ({others}))"
        case Listed():
            return f"has(lists, {w.bind(condition.list, 'UInt64')})"


def performed(w: Writer, leaf: Performed) -> str:
    """Whether somebody did something that often; who never did it has no row to be counted."""
    span = Span.of_days(*w.scope.days(leaf.within), w.scope.zone) if leaf.within else None
    chosen = Alternative.model_construct(event=leaf.performed, filters=leaf.filters)
    source = f"{w.events([leaf.performed], span)} AND {is_of(w, chosen)}"
    did = f"(SELECT person {source} GROUP BY person HAVING"
    count = w.bind(leaf.times.value, "UInt64")
    match leaf.times.operator:
        case Frequency.AT_LEAST:
            return f"person IN {did} count() >= {count})" if leaf.times.value else "1"
        case Frequency.AT_MOST:
            return f"person NOT IN {did} count() > {count})"
        case Frequency.EXACTLY if leaf.times.value:
            return f"person IN {did} count() = {count})"
        case Frequency.EXACTLY:
            return f"person NOT IN {did} count() > {count})"


def compare(w: Writer, leaf: PropertyFilter | AttributeCondition, known: Type | None) -> str:
    """One comparison, read by the catalogue's type, else by the type of its value."""
    name = leaf.property if isinstance(leaf, PropertyFilter) else leaf.attribute
    kind, rule = rule_for(leaf.operator, leaf.value, known)
    if kind is None:
        return unknown_is_empty(name, leaf.operator)
    columns = {"s": subcolumn(name, kind), "i": instant_column(name)}
    return f"({rule.sql.format(**columns, **placeholders(w, leaf, rule))})"


def placeholders(
    w: Writer, leaf: PropertyFilter | AttributeCondition, rule: Rule
) -> dict[str, str]:
    """The placeholders that a rule's SQL names, with the values of a comparison."""
    if rule.is_range_of_days:
        days = day_range(leaf.operator, leaf.value, w.scope.today)
        span = Span.of_days(*days, w.scope.zone)
        low, high = (w.bind(day.isoformat(), "String") for day in days)
        since, until = (w.bind(each, "Float64") for each in (span.start, span.end))
        return {"low": low, "high": high, "since": since, "until": until}
    match rule.takes:
        case Takes.NONE:
            return {}
        case Takes.PAIR:
            low, high = (w.bind(each, rule.binds) for each in leaf.value)
            return {"low": low, "high": high}
        case Takes.ONE | Takes.MANY | Takes.SPAN:
            return {"v": w.bind(leaf.value, rule.binds)}


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
