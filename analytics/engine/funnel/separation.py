"""What separates those who went on to a step from those who were lost before it.

Of every attribute, and of every property of the event that the counted attempt began with, how many
of both have each of its frequent values; numbers are told apart at their median. A few statements,
however many values there are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from analytics.definitions.conditions import AttributeCondition, PropertyFilter
from analytics.definitions.events import names_of
from analytics.definitions.figures import FunnelFigure
from analytics.definitions.operators import Operator
from analytics.definitions.reports import Funnel
from analytics.engine.breakdowns import types_of, value_of, value_of_event
from analytics.engine.conditions import matches
from analytics.engine.funnel.attempts import NONE, Whole
from analytics.engine.funnel.journeys import Walked
from analytics.engine.funnel.trails import trails
from analytics.engine.plan import Plan
from analytics.engine.query import Fetch
from analytics.engine.writer import Writer
from analytics.store.columns import subcolumn
from people.attributes import is_personal
from people.values import Type

MOST_NAMES, MOST_VALUES = 200, 50
UNFIT = (Type.DATE, Type.DATETIME)

Test: TypeAlias = AttributeCondition | PropertyFilter
# FROM … of the people or of their events.
Source: TypeAlias = Callable[[Writer], str]
MakeTest: TypeAlias = Callable[[str, Type, str, float | None], Test]


@dataclass(frozen=True)
class Separator:
    """How many of those who went on and of those who were lost meet a test."""

    test: Test
    went_on: int
    lost: int


@dataclass(frozen=True)
class Separation:
    """How many went on to a step and how many were lost before it, and what each of them has."""

    went_on: int
    lost: int
    separators: tuple[Separator, ...]


@dataclass(frozen=True)
class Sides:
    """The people of both sides: who they are, who went on, when their counted attempt began."""

    people: Whole
    went_on: Whole
    entered: Whole


def separation(plan: Plan[Funnel], figure: FunnelFigure, fetch: Fetch) -> Separation:
    """Of the step, the segment and the period of a figure."""
    asked = plan.of_figure(figure)
    sides = sides_of(asked, figure, fetch)
    if not len(sides.people):
        return Separation(0, 0, ())
    found = [*of_attributes(asked, sides, fetch), *of_properties(asked, sides, fetch)]
    went_on = int(sides.went_on.sum())
    return Separation(went_on, len(sides.people) - went_on, tuple(found))


def sides_of(plan: Plan[Funnel], figure: FunnelFigure, fetch: Fetch) -> Sides:
    """Everybody who got to the step before."""
    journeys = Walked(plan, fetch(trails(plan)))
    there = (journeys.levels >= figure.step) & journeys.inside(figure.segment)
    entries = journeys.filled[there, 0]
    return Sides(
        journeys.column("person")[there].astype(np.int64),
        (journeys.levels[there] > figure.step).astype(np.int64),
        np.where(entries == NONE, 0, journeys.paths.times[entries]) + plan.span.start,
    )


@dataclass(frozen=True)
class Values:
    """Attributes or properties by name, with their types, and how each is read as text."""

    kinds: Mapping[str, Type]
    texts: Callable[[Writer], Sequence[str]]

    def numbers(self) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind is Type.NUMBER]

    def pairs(self, medians: Mapping[str, float], w: Writer) -> str:
        """SQL for an array of (which of them, its value); of a number "+" above the median, "-" up
        to it; "" where there is none."""
        each = []
        for place, (name, text) in enumerate(zip(self.kinds, self.texts(w), strict=True)):
            # A list may have a value twice; its person has it once.
            given = f"arrayDistinct({text})" if self.kinds[name] is Type.LIST else f"[{text}]"
            if name in medians:
                number, median = subcolumn(name, Type.NUMBER), w.bind(medians[name], "Float64")
                above = f"if(ifNull({number} > {median}, 0), '+', '-')"
                given = f"[if(isNull({number}), '', {above})]"
            each.append(f"arrayMap(x -> (toUInt16({place}), x), {given})")
        return f"arrayConcat({', '.join(each)})"


def of_attributes(plan: Plan[Funnel], sides: Sides, fetch: Fetch) -> Iterator[Separator]:
    known = plan.scope.catalogue.attributes
    kinds = fitting({name: kind for name, kind in known.items() if not is_personal(name)})
    values = Values(kinds, lambda _: [value_of(name, kind) for name, kind in kinds.items()])

    def source(w: Writer) -> str:
        return f"{w.people()} AND {side(w, sides)} < 2"

    return counted(plan, values, sides, source, fetch, attribute_test)


def of_properties(plan: Plan[Funnel], sides: Sides, fetch: Fetch) -> Iterator[Separator]:
    """Of the events that the counted attempts began with; of several at one time of one."""
    entries, catalogue = plan.report.entries, plan.scope.catalogue
    names = {name for each in catalogue.properties.values() for name in each}
    kinds: dict[str, Type] = {}
    for name in sorted(names):
        own = set(types_of(entries, name, catalogue).values())
        if len(own) == 1:
            kinds[name] = own.pop()
    kinds = fitting(kinds)
    values = Values(kinds, lambda w: [value_of_event(w, entries, name) for name in kinds])

    def source(w: Writer) -> str:
        tests = " OR ".join(f"({matches(w, each)})" for each in entries)
        at = w.bind(sides.entered.tolist(), "Array(Int64)")
        people = w.bind(sides.people.tolist(), "Array(UInt64)")
        begun = f"transform(person, {people}, {at}, toInt64(-1))"
        events = w.events(names_of(entries), plan.span)
        return f"{events} AND ({tests}) AND toUnixTimestamp64Milli(at) = {begun}"

    return counted(plan, values, sides, source, fetch, property_test)


def fitting(kinds: Mapping[str, Type]) -> dict[str, Type]:
    names = [name for name, kind in kinds.items() if kind not in UNFIT]
    return {name: kinds[name] for name in names[:MOST_NAMES]}


def side(w: Writer, sides: Sides) -> str:
    """SQL over anything with a `person`: 1 of whom went on, 0 of who was lost, else 2."""
    people = w.bind(sides.people.tolist(), "Array(UInt64)")
    return f"transform(person, {people}, {w.bind(sides.went_on.tolist(), 'Array(UInt8)')}, 2)"


def counted(
    plan: Plan[Funnel], values: Values, sides: Sides, source: Source, fetch: Fetch, test: MakeTest
) -> Iterator[Separator]:
    """Each frequent value with how many of both sides have it, each person once."""
    if not values.kinds:
        return
    medians = medians_of(plan, values, source, fetch)
    w = plan.writer()
    one = f"SELECT *, {side(w, sides)} AS went {source(w)} LIMIT 1 BY person"
    pairs = f"SELECT went, arrayJoin({values.pairs(medians, w)}) AS pair FROM ({one})"
    names = list(values.kinds)
    rows = fetch(
        w.statement(
            "SELECT pair.1 AS place, pair.2 AS value, countIf(went = 1) AS yes,"
            f" countIf(went = 0) AS no FROM ({pairs}) GROUP BY place, value"
            f" ORDER BY place, yes + no DESC, value LIMIT {MOST_VALUES} BY place"
        )
    )
    for place, value, yes, no in rows:
        name = names[place]
        yield Separator(test(name, values.kinds[name], value, medians.get(name)), yes, no)


def medians_of(
    plan: Plan[Funnel], values: Values, source: Source, fetch: Fetch
) -> dict[str, float]:
    """Of each number its median among these people; not of numbers that nobody has."""
    if not (names := values.numbers()):
        return {}
    w = plan.writer()
    each = ", ".join(f"quantileExactOrNull({subcolumn(name, Type.NUMBER)})" for name in names)
    [row] = fetch(w.statement(f"SELECT {each} {source(w)}"))
    return {name: value for name, value in zip(names, row, strict=True) if value is not None}


def attribute_test(name: str, kind: Type, value: str, median: float | None) -> Test:
    operator, given = compared(kind, value, median)
    return AttributeCondition.model_construct(attribute=name, operator=operator, value=given)


def property_test(name: str, kind: Type, value: str, median: float | None) -> Test:
    operator, given = compared(kind, value, median)
    return PropertyFilter.model_construct(property=name, operator=operator, value=given)


def compared(kind: Type, value: str, median: float | None) -> tuple[Operator, Any]:
    """The comparison that a value of the statement stands for."""
    if value == "":
        return Operator.IS_EMPTY, None
    if median is not None:
        return (Operator.GREATER_THAN if value == "+" else Operator.AT_MOST), median
    if kind is Type.BOOLEAN:
        return Operator.IS, value == "true"
    return (Operator.CONTAINS if kind is Type.LIST else Operator.IS), [value]
