"""Funnels: who gets from step to step within a window (contract §3)."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from analytics.conditions import EventFilter
from analytics.definitions import ByProperty, Completion, Funnel
from analytics.engine.attempts import Paths, Whole, counted_attempts
from analytics.engine.groups import Group, places, ranked
from analytics.engine.query import (
    PREVIOUS,
    Query,
    Range,
    Rows,
    Scope,
    Statement,
    days_of,
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
    segment_name,
    sizes,
    value_of,
    values_of_people,
)
from analytics.figures import FunnelFigure, Outcome
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


def window_of(funnel: Funnel) -> int:
    return int(funnel.window.length.total_seconds() * 1000)


def may_be_open(funnel: Funnel, scope: Scope) -> bool:
    """Whether anybody can still get further: the period runs, or a window after it does."""
    end = Range.of(funnel.period, scope).end
    if funnel.completion is Completion.AFTER_PERIOD:
        end += window_of(funnel)
    return milliseconds(scope.now) < end


def span_of(funnel: Funnel, scope: Scope) -> tuple[int, int]:
    """From when to before when events may fill a step, in milliseconds."""
    span = Range.of(funnel.period, scope)
    after = funnel.completion is Completion.AFTER_PERIOD
    return span.start, span.end + (window_of(funnel) + 1 if after else 0)


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
    window = binds(window_of(funnel), "UInt64")
    shown = ["person", "maxIf(ms, bitTest(mask, 0)) AS entered"]
    if isinstance(funnel.breakdown, ByProperty):
        shown += [
            "arraySort(groupArray((toUInt64(ms) * 128 + mask, value))) AS ordered",
            "ordered.1 AS path, ordered.2 AS values",
            "argMinIf(value, (ms, value), bitTest(mask, 0)) AS first_value",
        ]
    else:
        shown.append("arraySort(groupArray(toUInt64(ms) * 128 + mask)) AS path")
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


# An event in a path: milliseconds since the funnel's period began, then a bit for each step that it
# fits. Of equal times the one that fits the earlier step comes first.
PACK = 7


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
        ends = f"entered + {binds(span_of(funnel, scope)[0] + window_of(funnel), 'Int64')}"
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


def as_array(column: Any) -> npt.NDArray[Any]:
    """An Arrow array as numpy sees it, without copying, and without importing pandas for it."""
    array: npt.NDArray[Any] = np.from_dlpack(column)
    return array


# --- Reading the journeys -----------------------------------------------------------------------


@dataclass(frozen=True)
class Journeys:
    """Everybody who entered a funnel, as columns: a place in each of them is a person."""

    funnel: Funnel
    table: Any

    @cached_property
    def levels(self) -> npt.NDArray[np.int64]:
        return self.column("level").astype(np.int64)

    @cached_property
    def open(self) -> Flags:
        return self.column("open").astype(np.bool_)

    def column(self, name: str) -> npt.NDArray[Any]:
        return as_array(self.table[name].combine_chunks())

    def inside(self, segment: int) -> Flags:
        return self.column(f"s{segment}").astype(np.bool_)

    @cached_property
    def paths(self) -> Paths:
        path = self.table["path"].combine_chunks()
        packed = as_array(path.values)
        times, masks = packed >> np.uint64(PACK), packed & np.uint64((1 << PACK) - 1)
        offsets = as_array(path.offsets).astype(np.int64)
        return Paths(offsets, times.astype(np.int64), masks.astype(np.int64))

    @cached_property
    def filled(self) -> npt.NDArray[np.int64]:
        """Which event filled which step: a row a person; none of whom stayed at step 1."""
        levels = np.where(self.levels > 1, self.levels, 0)
        window = window_of(self.funnel)
        return counted_attempts(self.paths, levels, window, len(self.funnel.steps))

    def seconds(self, step: int, who: Flags) -> npt.NDArray[np.float64]:
        """How long those took to a step, from the one before, who reached it."""
        there = self.filled[who & (self.levels > step)]
        times = self.paths.times
        return (times[there[:, step]] - times[there[:, step - 1]]) / 1000

    @cached_property
    def values(self) -> Any:
        """By what each person is grouped, dictionary encoded: an attribute of theirs, or a property
        of the event that filled step 1; of several such of that time what sorts first."""
        values = self.table["value"].combine_chunks()
        if isinstance(self.funnel.breakdown, ByProperty):
            further = np.flatnonzero(self.levels > 1)
            of_events = self.table["values"].combine_chunks().values
            if len(of_events):
                places = np.zeros(len(values), np.int64)
                entries = self.filled[further, 0]
                places[further] = entries_by_value(self.paths, further, entries, of_events)
                values = pc.if_else(self.levels > 1, of_events.take(places), values)
        return values.dictionary_encode()

    def sizes(self) -> dict[str, int]:
        """How many people each value has, over all segments."""
        segments = [name for name in self.table.column_names if re.fullmatch(r"s\d", name)]
        size = sum(self.column(name).astype(np.int64) for name in segments)
        names = self.values.dictionary.to_pylist()
        counts = np.bincount(as_array(self.values.indices), size, len(names))
        return {name: int(count) for name, count in zip(names, counts, strict=True)}

    def among(self, groups: Sequence[Group]) -> list[Flags]:
        """Who is in each group."""
        at = np.array(places(groups, self.values.dictionary.to_pylist()), np.int64)
        mine = at[as_array(self.values.indices)] if len(at) else np.zeros(0, np.int64)
        return [mine == n for n in range(len(groups))]


def entries_by_value(paths: Paths, people: Whole, entries: Whole, values: Any) -> Whole:
    """Of each person the event that gives the value: of all that fit step 1 at the time of their
    entry the one whose value sorts first. Mostly it is the entry itself, for want of another."""
    at = np.full(len(paths), -1, np.int64)
    at[people] = paths.times[entries]
    owners = paths.owners
    fitting = np.flatnonzero((paths.times == at[owners]) & (paths.masks & 1 == 1))
    whose = owners[fitting]
    chosen = np.full(len(paths), -1, np.int64)
    chosen[whose[::-1]] = fitting[::-1]
    for person in np.flatnonzero(np.bincount(whose, minlength=len(paths)) > 1):
        equal = fitting[whose == person].tolist()
        chosen[person] = min(equal, key=lambda event: values[event].as_py())
    return chosen[people]


def groups_of(funnel: Funnel, rows: Rows) -> list[Group]:
    """The groups of the report's own period, largest first; the rest of both periods is "other"."""
    assert funnel.breakdown  # noqa: S101
    return ranked(
        Journeys(funnel, rows["journeys"]).sizes(),
        funnel.breakdown.limit,
        [Journeys(funnel, rows[name]).sizes() for name in rows if name == f"{PREVIOUS}journeys"],
    )


# --- Results ------------------------------------------------------------------------------------


def result(funnel: Funnel, scope: Scope, rows: Rows) -> dict[str, Any]:
    """Contract §4. The store tells where each person stopped; a step shows who got that far."""
    [size] = rows["sizes"]
    asked = periods(funnel, scope)
    read = {when: Journeys(each, rows[f"{when}journeys"]) for when, each in asked.items()}
    groups = groups_of(funnel, rows) if funnel.breakdown else []
    return {
        "kind": funnel.kind,
        "as_of": scope.as_of,
        "timezone": scope.zone.key,
        **days_of(funnel, scope),
        "warnings": [],
        "segments": [
            {"name": segment_name(each), "size": size[i]} | segment(read, groups, i)
            for i, each in enumerate(chosen_segments(funnel.segments, scope))
        ],
    }


def segment(read: dict[str, Journeys], groups: Sequence[Group], place: int) -> dict[str, Any]:
    """The numbers of a segment: its own, and those of each group of a breakdown."""
    inside = {when: each.inside(place) for when, each in read.items()}
    whole = compared(read, inside)
    if read[""].funnel.breakdown is None:
        return whole
    among = {when: each.among(groups) for when, each in read.items()}
    broken = [
        group.dump() | compared(read, {when: inside[when] & among[when][n] for when in read})
        for n, group in enumerate(groups)
    ]
    return whole | {"breakdown": broken}


def compared(read: dict[str, Journeys], who: dict[str, Flags]) -> dict[str, Any]:
    """The numbers of some people; each step with those of the period before where asked for."""
    numbers = journey(read[""], who[""])
    if PREVIOUS in read:
        before = journey(read[PREVIOUS], who[PREVIOUS])
        for step, earlier in zip(numbers["steps"], before.pop("steps"), strict=True):
            step["previous"] = {key: value for key, value in earlier.items() if key != "label"}
        numbers["previous"] = before
    return numbers


def journey(journeys: Journeys, who: Flags) -> dict[str, Any]:
    """The steps of some of the people."""
    steps = journeys.funnel.steps
    stopped = np.bincount(journeys.levels[who], minlength=len(steps) + 1).tolist()
    reached = [sum(stopped[step + 1 :]) for step in range(len(steps))]
    return {
        "conversion": share(reached[-1], reached[0]),
        "still_open": int(np.count_nonzero(journeys.open & who)),
        "steps": list(numbers_of_steps(journeys, who, reached)),
    }


def numbers_of_steps(
    journeys: Journeys, who: Flags, reached: Sequence[int]
) -> Iterator[dict[str, Any]]:
    for n, (step, here) in enumerate(zip(journeys.funnel.steps, reached, strict=True)):
        before = reached[n - 1] if n else here
        taken = journeys.seconds(n, who) if n and here else None
        yield {
            "label": str(step),
            "people": here,
            "of_previous": share(here, before),
            "of_first": share(here, reached[0]),
            "dropped": before - here,
            "dropped_share": share(before - here, before),
            "median_seconds": None if taken is None else float(np.median(taken)),
        }


def share(part: int, whole: int) -> float | None:
    """A part of a whole, unrounded; None where there is no whole."""
    return part / whole if whole else None


# --- People -------------------------------------------------------------------------------------


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
