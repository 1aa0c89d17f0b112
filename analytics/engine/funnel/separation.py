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
from analytics.engine.funnel.attempts import Whole
from analytics.engine.funnel.journeys import Walked
from analytics.engine.funnel.rules import Flags, Rules
from analytics.engine.funnel.solve import begins
from analytics.engine.funnel.trails import trails
from analytics.engine.packed import rows
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
    """The people of both sides: who they are, who went on, when their counted attempt began, in
    milliseconds since the period did, and who has several events that it could begin with then."""

    people: Whole
    went_on: Flags
    entered: Whole
    several: Flags

    def rows(self, w: Writer) -> str:
        """SQL for everybody."""
        return rows(w, person=self.people)

    def side(self, w: Writer) -> str:
        """SQL over their rows: whether the person went on."""
        return f"person IN {rows(w, person=self.people[self.went_on])}"


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
    paths, owners = journeys.paths, journeys.paths.owners
    entered = paths.times[journeys.filled[:, 0]]
    could = begins(paths, Rules.of(plan)) & (paths.times == entered[owners])
    several = np.bincount(owners[could], minlength=len(paths)) > 1
    return Sides(
        journeys.column("person").astype(np.int64)[there],
        journeys.levels[there] > figure.step,
        entered[there],
        several[there],
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
        single, lists = [], []
        for place, (name, text) in enumerate(zip(self.kinds, self.texts(w), strict=True)):
            if self.kinds[name] is Type.LIST:
                # A list may have a value twice; its person has it once.
                lists.append(f"arrayMap(x -> (toUInt16({place}), x), arrayDistinct({text}))")
                continue
            given = text
            if name in medians:
                number, median = subcolumn(name, Type.NUMBER), w.bind(medians[name], "Float64")
                above = f"if(ifNull({number} > {median}, 0), '+', '-')"
                given = f"if(isNull({number}), '', {above})"
            single.append(f"(toUInt16({place}), {given})")
        return f"arrayConcat({', '.join(['[' + ', '.join(single) + ']', *lists])})"


def of_attributes(plan: Plan[Funnel], sides: Sides, fetch: Fetch) -> Iterator[Separator]:
    known = plan.scope.catalogue.attributes
    kinds = fitting({name: kind for name, kind in known.items() if not is_personal(name)})
    values = Values(kinds, lambda _: [value_of(name, kind) for name, kind in kinds.items()])

    def source(w: Writer) -> str:
        return f"{w.people()} AND person IN {sides.rows(w)}"

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
        return entries_of(w, plan, sides)

    return counted(plan, values, sides, source, fetch, property_test)


def fitting(kinds: Mapping[str, Type]) -> dict[str, Type]:
    names = [name for name, kind in kinds.items() if kind not in UNFIT]
    return {name: kinds[name] for name in names[:MOST_NAMES]}


def entries_of(w: Writer, plan: Plan[Funnel], sides: Sides) -> str:
    """FROM the events that the counted attempts began with, one a person."""
    entries = plan.report.entries
    tests = " OR ".join(f"({matches(w, each)})" for each in entries)
    since = f"toUnixTimestamp64Milli(at) - {w.bind(plan.span.start, 'Int64')}"

    def begun(of: Flags | slice) -> str:
        found = rows(w, person=sides.people[of], ms=sides.entered[of])
        events = w.events(names_of(entries), plan.span)
        return f"{events} AND ({tests}) AND (person, toUInt64({since})) IN {found}"

    every = begun(slice(None))
    if not sides.several.any():
        return every
    first = f"SELECT person, min(id) {begun(sides.several)} GROUP BY person"
    several = rows(w, person=sides.people[sides.several])
    return f"{every} AND (person NOT IN {several} OR (person, id) IN ({first}))"


def counted(
    plan: Plan[Funnel], values: Values, sides: Sides, source: Source, fetch: Fetch, test: MakeTest
) -> Iterator[Separator]:
    """Each frequent value with how many of both sides have it, each person once."""
    if not values.kinds:
        return
    medians = medians_of(plan, values, source, fetch)
    w = plan.writer()
    given = f"arrayJoin({values.pairs(medians, w)}) AS pair"
    pairs = f"SELECT {sides.side(w)} AS went, {given} {source(w)}"
    names = list(values.kinds)
    found = fetch(
        w.statement(
            "SELECT pair.1 AS place, pair.2 AS value, countIf(went) AS yes,"
            f" countIf(NOT went) AS no FROM ({pairs}) GROUP BY place, value"
            f" ORDER BY place, yes + no DESC, value LIMIT {MOST_VALUES} BY place"
        )
    )
    for place, value, yes, no in found:
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
