"""Funnels: who gets from step to step within a window (contract §3)."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from analytics.definitions.conditions import EventFilter
from analytics.definitions.figures import FunnelFigure, Outcome
from analytics.definitions.reports import ByProperty, Completion, Funnel
from analytics.engine.funnel.attempts import PACK
from analytics.engine.funnel.journeys import Journeys, groups_of
from analytics.engine.groups import Group
from analytics.engine.query import (
    PREVIOUS,
    Query,
    Range,
    Scope,
    Statement,
    of_period,
    periods,
)
from analytics.engine.sql import (
    Binds,
    chosen_segments,
    events,
    marks,
    matches,
    members,
    sizes,
    value_of,
    values_of_people,
)
from people.values import milliseconds

Fetch: TypeAlias = Callable[[Statement], Any]
Flags: TypeAlias = npt.NDArray[np.bool_]


def query(funnel: Funnel, scope: Scope) -> Query:
    """The sizes of the segments, and the journeys of everybody who entered, of each period."""
    statements = {"sizes": sizes(chosen_segments(funnel.segments, scope), scope)}
    for when, asked in periods(funnel, scope).items():
        statements[f"{when}journeys"] = journeys(asked, scope)
    minute = milliseconds(scope.now) // 60_000 if may_be_open(funnel, scope) else None
    return Query(statements, marks(funnel, scope) | {"minute": minute})


def may_be_open(funnel: Funnel, scope: Scope) -> bool:
    """Whether anybody can still get further: the period runs, or a window after it does."""
    end = Range.of(funnel.period, scope).end
    if funnel.completion is Completion.AFTER_PERIOD:
        end += funnel.window.milliseconds
    return milliseconds(scope.now) < end


def span_of(funnel: Funnel, scope: Scope) -> tuple[int, int]:
    """From when to before when events may fill a step, in milliseconds."""
    span = Range.of(funnel.period, scope)
    after = funnel.completion is Completion.AFTER_PERIOD
    return span.start, span.end + (funnel.window.milliseconds + 1 if after else 0)


def step_tests(binds: Binds, funnel: Funnel, scope: Scope) -> list[str]:
    """A plain boolean a step over a row of events in the funnel's span: can it fill the step?"""
    steps = [matches(binds, scope, each) for each in funnel.steps]
    if funnel.completion is Completion.AFTER_PERIOD:
        end = binds(Range.of(funnel.period, scope).end, "Int64")
        steps[0] += f" AND at < fromUnixTimestamp64Milli({end}, 'UTC')"
    return steps


def persons(binds: Binds, funnel: Funnel, scope: Scope) -> str:
    """SELECT each person with their `level`, `path`, when they last `entered`, `first_value`.

    The path is an ordered list of what they did that fits a step: packed, see PACK. Statements that
    do not name the last two do not pay for them; `first_value` and `values` (as the path) are there
    with a breakdown by property.
    """
    start = binds(span_of(funnel, scope)[0], "Int64")
    steps = step_tests(binds, funnel, scope)
    source = events(binds, scope, [each.event for each in funnel.steps], *span_of(funnel, scope))
    masks = " + ".join(f"toUInt8({step}) * {1 << n}" for n, step in enumerate(steps))
    window = binds(funnel.window.milliseconds, "UInt64")
    shown = ["person", "maxIf(ms, bitTest(mask, 0)) AS entered"]
    if isinstance(funnel.breakdown, ByProperty):
        shown += [
            f"arraySort(groupArray((toUInt64(ms) * {1 << PACK} + mask, value))) AS ordered",
            "ordered.1 AS path, ordered.2 AS values",
            "argMinIf(value, (ms, value), bitTest(mask, 0)) AS first_value",
        ]
    else:
        shown.append(f"arraySort(groupArray(toUInt64(ms) * {1 << PACK} + mask)) AS path")
    if overlaps(funnel):
        tests = ", ".join(f"bitTest(mask, {n})" for n in range(len(steps)))
        shown.append(f"windowFunnel({window}, 'strict_once')(toUInt64(ms), {tests}) AS level")
    value = value_of_step(funnel.steps[0], funnel, scope)
    # Without filters every event of these names fits a step.
    every = not any(step.filters for step in funnel.steps)
    fitting = "1" if every and funnel.completion is Completion.WITHIN_PERIOD else "mask > 0"
    people = (
        f"SELECT {', '.join(shown)} FROM (SELECT person,"
        f" toUnixTimestamp64Milli(at) - {start} AS ms, {masks} AS mask, {value} AS value {source})"
        f" WHERE {fitting} GROUP BY person"
    )
    if overlaps(funnel):
        return people
    return f"SELECT *, {level_of(len(steps), window)} AS level FROM ({people})"


def overlaps(funnel: Funnel) -> bool:
    """Whether an event may fit two steps. windowFunnel tells them apart then (`strict_once`); where
    none can, the level is found in two thirds of its time."""
    return len({each.event for each in funnel.steps}) < len(funnel.steps)


def level_of(steps: int, window: str) -> str:
    """SQL for the level over a `path` without overlaps.

    `chain` holds at each event the latest entry of an attempt that has got as far as its step: of
    two attempts at the same step the later one is never worse (as in attempts.py).
    """
    entered = chain = carried("arrayMap(a -> if(bitAnd(a, 127) = 1, a, 0), path)")
    tests = []
    for step in range(1, steps):
        here = f"bitAnd(a, 127) = {1 << step}"
        tests.append(
            f"arrayExists((a, e) -> {here} AND e > 0"
            f" AND bitShiftRight(a, {PACK}) - bitShiftRight(e, {PACK}) <= {window}, path, {chain})"
        )
        chain = carried(
            f"arrayMap((e, a) -> if(bitAnd(a, 127) = {1 << step}, e, 0), {chain}, path)"
        )
    level = str(steps)
    for step in reversed(range(1, steps)):
        level = f"if({tests[step - 1]}, {level}, {step})"
    return f"if({entered}[-1] > 0, {level}, 0)"


def carried(array: str) -> str:
    """Each 0 of an array replaced by what stands before it."""
    return f"arrayFill(x -> x > 0, {array})"


def value_of_step(step: EventFilter, funnel: Funnel, scope: Scope) -> str:
    """SQL for the value by which an event that fills step 1 is grouped."""
    if not isinstance(funnel.breakdown, ByProperty):
        return "''"
    known = scope.catalogue.properties.get(step.event, {}).get(funnel.breakdown.property)
    return value_of(funnel.breakdown.property, known)


def journeys(funnel: Funnel, scope: Scope) -> Statement:
    """How far everybody who entered got; of those past step 1 the matching events, too.

    Columns: level, open, s0 … (in which segments), `path` (lists, packed), and with a breakdown
    `person`, `value` (of whom stayed at step 1) and, by property, `values` (lists, as the path).
    """
    binds = Binds()
    inner = persons(binds, funnel, scope)
    segments = [members(binds, scope, each) for each in chosen_segments(funnel.segments, scope)]
    shown = [f"toUInt8({each}) AS s{n}" for n, each in enumerate(segments)]
    open_now = "0"
    if may_be_open(funnel, scope):
        ends = f"entered + {binds(span_of(funnel, scope)[0] + funnel.window.milliseconds, 'Int64')}"
        last = binds(len(funnel.steps), "UInt8")
        open_now = f"level < {last} AND {ends} >= {binds.clock(scope)}"
    shown.append(f"toUInt8({open_now}) AS open")
    if isinstance(funnel.breakdown, ByProperty):
        further = "if(level > 1, values, []) AS values"
        shown += ["person", "first_value AS value", further]
    elif funnel.breakdown:
        values = values_of_people(binds, scope, funnel.breakdown)
        inner = f"SELECT * FROM ({inner}) AS p LEFT JOIN ({values}) AS r USING (person)"
        shown += ["person", "value"]
    inside = " OR ".join(f"s{n}" for n in range(len(segments)))
    return Statement(
        f"SELECT level, if(level > 1, path, []) AS path, {', '.join(shown)}"
        f" FROM ({inner}) WHERE level > 0 AND ({inside})",
        binds,
        as_columns=True,
    )


def people(funnel: Funnel, scope: Scope, figure: FunnelFigure, fetch: Fetch) -> Statement:
    """The `person`s behind one number: who reached a step, or was lost before it.

    Groups of a breakdown are known only once everybody's journey is, which `fetch` brings.
    """
    binds = Binds()
    when = PREVIOUS if figure.previous else ""
    asked = of_period(funnel, scope, figure)
    inner = persons(binds, asked, scope)
    segment = members(binds, scope, chosen_segments(funnel.segments, scope)[figure.segment])
    far = binds(figure.step + (figure.outcome is Outcome.REACHED), "UInt8")
    test = ">=" if figure.outcome is Outcome.REACHED else "="
    tests = [f"level {test} {far}", segment]
    if figure.group:
        rows = {
            f"{each}journeys": fetch(journeys(report, scope))
            for each, report in periods(funnel, scope).items()
        }
        group = Group(figure.group, figure.value)
        groups = groups_of(funnel, rows)
        read = Journeys(asked, rows[f"{when}journeys"])
        who = read.among(groups)[groups.index(group)] if group in groups else read.levels < 0
        chosen = read.column("person")[who].tolist()
        tests.append(f"person IN {binds(chosen, 'Array(UInt64)')}")
    return Statement(f"SELECT person FROM ({inner}) WHERE {' AND '.join(tests)}", binds)
