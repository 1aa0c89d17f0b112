"""The SQL of a measure: the values of events, and what is made of them (contract §2)."""

from typing import assert_never

from analytics.definitions.events import AnyEntry
from analytics.definitions.measures import Aggregate, Measure
from analytics.engine.breakdowns import has_lists, types_of, value_of_event
from analytics.engine.writer import Writer
from analytics.store.columns import subcolumn
from people.values import Type


def measured(w: Writer, entry: AnyEntry, measure: Measure) -> str:
    """Over rows of the entry's events: the value that is aggregated, NULL where there is none; as
    an array, empty where there is none, where one of the events has lists."""
    if measure.aggregate.takes_numbers:
        return number_of_event(w, entry, measure.property)
    value = value_of_event(w, [entry], measure.property)
    if is_of_lists(w, entry, measure):
        return f"arrayFilter(x -> x != '', {value})"
    return f"nullIf({value}, '')"


def number_of_event(w: Writer, entry: AnyEntry, name: str) -> str:
    """A property as a number; of events whose catalogue entry says another type it is none."""
    column = subcolumn(name, Type.NUMBER)
    types = types_of([entry], name, w.scope.catalogue)
    others = sorted(event for event, kind in types.items() if kind is not Type.NUMBER)
    return f"if(event IN {w.bind(others, 'Array(String)')}, NULL, {column})" if others else column


def is_of_lists(w: Writer, entry: AnyEntry, measure: Measure) -> bool:
    """Whether an event may have several values that are counted one by one."""
    counts = measure.aggregate is Aggregate.DISTINCT
    return counts and has_lists([entry], measure.property, w.scope.catalogue)


def has_value(w: Writer, entry: AnyEntry, measure: Measure, column: str) -> str:
    """A plain boolean: does an event count?"""
    return f"{'notEmpty' if is_of_lists(w, entry, measure) else 'isNotNull'}({column})"


def aggregated(w: Writer, entry: AnyEntry, measure: Measure, column: str, test: str) -> str:
    """The aggregate of a column over the rows that pass a test; NULL where none has a value."""
    match measure.aggregate:
        case Aggregate.SUM:
            # Compensated, so that sums of money come out as one would write them.
            return f"sumKahanIf({column}, {test})"
        case Aggregate.AVERAGE:
            return f"sumKahanIf({column}, {test}) / countIf(isNotNull({column}) AND {test})"
        case Aggregate.MEDIAN:
            return between(f"arraySort(groupArrayIf({column}, {test}))", 0.5)
        case Aggregate.P90:
            return between(f"arraySort(groupArrayIf({column}, {test}))", 0.9)
        case Aggregate.MINIMUM:
            return f"minIf({column}, {test})"
        case Aggregate.MAXIMUM:
            return f"maxIf({column}, {test})"
        case Aggregate.DISTINCT:
            several = "Array" if is_of_lists(w, entry, measure) else ""
            return f"uniqExact{several}If({column}, {test})"
        case _:
            assert_never(measure.aggregate)


def between(numbers: str, part: float) -> str:
    """SQL: the number at a part of the way through sorted ones, between the two nearest; NULL of
    none. To the last bit as numpy's default, which the store's own quantile is not: it loses some
    where it counts from 1."""
    place = f"(greatest(length(x), 1) - 1) * {part}"
    low = f"x[toUInt64(floor({place})) + 1]"
    high = f"x[least(toUInt64(floor({place})) + 2, length(x))]"
    beyond, apart = f"({place} - floor({place}))", f"({high} - {low})"
    near = f"if({beyond} < 0.5, {low} + {apart} * {beyond}, {high} - {apart} * (1 - {beyond}))"
    return f"arrayMap(x -> if(empty(x), NULL, {near}), [{numbers}])[1]"
