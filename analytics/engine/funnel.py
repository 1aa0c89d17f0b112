"""Funnels: who gets from step to step within a window (contract §3)."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from analytics.definitions import Completion, Funnel
from analytics.engine.attempts import counted_attempt
from analytics.engine.query import Query, Range, Rows, Scope, Statement
from analytics.engine.sql import (
    Binds,
    chosen_segments,
    events,
    marks,
    matches,
    members,
    segment_name,
    sizes,
)
from analytics.figures import FunnelFigure, Outcome
from people.values import milliseconds


def query(funnel: Funnel, scope: Scope) -> Query:
    """The sizes of the segments, how far the people of each got, and how long they took.

    Rows of `levels`: (furthest step, people of each segment, those of them that are still open).
    Rows of `journeys`: (furthest step, in which segments, times of the events, steps they match).
    """
    statements = {
        "sizes": sizes(chosen_segments(funnel.segments, scope), scope),
        "levels": levels(funnel, scope),
        "journeys": journeys(funnel, scope),
    }
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


def persons(binds: Binds, funnel: Funnel, scope: Scope) -> str:
    """SELECT each person with their `level`, when they last `entered`, and their `path`.

    windowFunnel finds the furthest step of any attempt; `strict_once` lets one event fill one step
    and equal times count in either order. `path` is read only by statements that name it.
    """
    span = Range.of(funnel.period, scope)
    window = window_of(funnel)
    after = funnel.completion is Completion.AFTER_PERIOD
    steps = [matches(binds, scope, each) for each in funnel.steps]
    if after:
        steps[0] += f" AND at < fromUnixTimestamp64Milli({binds(span.end, 'Int64')}, 'UTC')"
    names = [each.event for each in funnel.steps]
    source = events(binds, scope, names, span.start, span.end + (window + 1 if after else 0))
    flags = ", ".join(f"toBool({step}) AS m{n}" for n, step in enumerate(steps))
    masks = " + ".join(f"toUInt8(m{n}) * {1 << n}" for n in range(len(steps)))
    matched = ", ".join(f"m{n}" for n in range(len(steps)))
    return (
        f"SELECT person, windowFunnel({binds(window, 'UInt64')}, 'strict_once')"
        f"(toUInt64(ms), {matched}) AS level, maxIf(ms, m0) AS entered,"
        f" arraySort(groupArrayIf((ms, mask), mask > 0)) AS path"
        " FROM (SELECT person, toUnixTimestamp64Milli(at) AS ms,"
        f" {flags}, {masks} AS mask {source})"
        " GROUP BY person"
    )


def levels(funnel: Funnel, scope: Scope) -> Statement:
    """How far each person got, counted."""
    binds = Binds()
    inner = persons(binds, funnel, scope)
    segments = [members(binds, scope, each) for each in chosen_segments(funnel.segments, scope)]
    open_now = "0"
    if may_be_open(funnel, scope):
        window = binds(window_of(funnel), "Int64")
        last = binds(len(funnel.steps), "UInt8")
        open_now = f"level < {last} AND entered + {window} >= {binds.clock(scope)}"
    counted = [f"countIf({each})" for each in segments]
    counted += [f"countIf({each} AND {open_now})" for each in segments]
    return Statement(
        f"SELECT level, {', '.join(counted)} FROM ({inner}) WHERE level > 0 GROUP BY level", binds
    )


def journeys(funnel: Funnel, scope: Scope) -> Statement:
    """The matching events of those who reached the second step, and of nobody else."""
    binds = Binds()
    inner = persons(binds, funnel, scope)
    segments = [members(binds, scope, each) for each in chosen_segments(funnel.segments, scope)]
    flags = ", ".join(f"toBool({each})" for each in segments)
    return Statement(
        f"SELECT level, [{flags}] AS inside, path.1, path.2 FROM ({inner})"
        " WHERE level > 1 AND has(inside, true)",
        binds,
    )


def people(funnel: Funnel, scope: Scope, figure: FunnelFigure) -> Statement:
    """The `person`s behind one number: who reached a step, or was lost before it."""
    binds = Binds()
    inner = persons(binds, funnel, scope)
    segment = members(binds, scope, chosen_segments(funnel.segments, scope)[figure.segment])
    far = binds(figure.step + (figure.outcome is Outcome.REACHED), "UInt8")
    test = ">=" if figure.outcome is Outcome.REACHED else "="
    return Statement(f"SELECT person FROM ({inner}) WHERE level {test} {far} AND {segment}", binds)


def result(funnel: Funnel, scope: Scope, rows: Rows) -> dict[str, Any]:
    """Contract §4. The store tells where each person stopped; a step shows who got that far."""
    [size] = rows["sizes"]
    segments = chosen_segments(funnel.segments, scope)
    paces = pace(funnel, rows, len(segments))
    return {
        "kind": funnel.kind,
        "as_of": scope.as_of,
        "timezone": scope.zone.key,
        "period": Range.of(funnel.period, scope).dump(),
        "warnings": [],
        "segments": [
            {"name": segment_name(each), "size": size[i]}
            | journey(funnel, rows["levels"], i, len(segments), paces[i])
            for i, each in enumerate(segments)
        ],
    }


def pace(funnel: Funnel, rows: Rows, segments: int) -> list[list[float | None]]:
    """The median seconds to each step from the one before, for each segment."""
    taken: list[list[list[int]]] = [[[] for _ in funnel.steps] for _ in range(segments)]
    window = window_of(funnel)
    for level, inside, times, masks in rows["journeys"]:
        filled = [times[event] for event in counted_attempt(times, masks, level, window)]
        for step, (before, here) in enumerate(pairwise(filled), start=1):
            for segment in range(segments):
                if inside[segment]:
                    taken[segment][step].append(here - before)
    return [[median(each) / 1000 if each else None for each in steps] for steps in taken]


def journey(
    funnel: Funnel,
    stopped: Sequence[Sequence[int]],
    segment: int,
    segments: int,
    paces: Sequence[float | None],
) -> dict[str, Any]:
    """The steps of one segment."""
    reached = [
        sum(row[1 + segment] for row in stopped if row[0] > step)
        for step in range(len(funnel.steps))
    ]
    before = [reached[0], *reached]
    return {
        "conversion": share(reached[-1], reached[0]),
        "still_open": sum(row[1 + segments + segment] for row in stopped),
        "steps": [
            {
                "label": str(step),
                "people": here,
                "of_previous": share(here, previous),
                "of_first": share(here, reached[0]),
                "dropped": previous - here,
                "dropped_share": share(previous - here, previous),
                "median_seconds": seconds,
            }
            for step, here, previous, seconds in zip(
                funnel.steps, reached, before, paces, strict=False
            )
        ],
    }


def share(part: int, whole: int) -> float | None:
    """A part of a whole, unrounded; None where there is no whole."""
    return part / whole if whole else None
