"""Funnels: who gets from step to step within a window (contract §3)."""

from itertools import pairwise
from typing import Any

from analytics.definitions import Completion, Funnel
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


def query(funnel: Funnel, scope: Scope) -> Query:
    """The sizes of the segments, and how many people of each stopped at which step.

    Rows of `levels`: (furthest step, one number for each segment).
    """
    segments = chosen_segments(funnel.segments, scope)
    statements = {"sizes": sizes(segments, scope), "levels": levels(funnel, scope)}
    return Query(statements, marks(funnel, scope))


def levels(funnel: Funnel, scope: Scope) -> Statement:
    """How far each person got, counted.

    windowFunnel finds the furthest step of any attempt; `strict_once` lets one event fill one step
    and equal times count in either order.
    """
    binds = Binds()
    span = Range.of(funnel.period, scope)
    window = int(funnel.window.length.total_seconds() * 1000)
    later = window + 1 if funnel.completion is Completion.AFTER_PERIOD else 0
    steps = [matches(binds, scope, each) for each in funnel.steps]
    if later:
        steps[0] += f" AND at < fromUnixTimestamp64Milli({binds(span.end, 'Int64')}, 'UTC')"
    segments = [members(binds, scope, each) for each in chosen_segments(funnel.segments, scope)]
    names = [each.event for each in funnel.steps]
    source = events(binds, scope, names, span.start, span.end + later)
    counted = ", ".join(f"countIf({each})" for each in segments)
    return Statement(
        f"SELECT level, {counted} FROM (SELECT person,"
        f" windowFunnel({binds(window, 'UInt64')}, 'strict_once')"
        f"(toUInt64(toUnixTimestamp64Milli(at)), {', '.join(steps)}) AS level"
        f" {source} GROUP BY person) WHERE level > 0 GROUP BY level",
        binds,
    )


def result(funnel: Funnel, scope: Scope, rows: Rows) -> dict[str, Any]:
    """Contract §4. The store tells where each person stopped; a step shows who got that far."""
    [size] = rows["sizes"]
    return {
        "kind": funnel.kind,
        "as_of": scope.as_of,
        "timezone": scope.zone.key,
        "period": Range.of(funnel.period, scope).dump(),
        "warnings": [],
        "segments": [
            {"name": segment_name(each), "size": size[i]} | journey(funnel, rows, i)
            for i, each in enumerate(chosen_segments(funnel.segments, scope))
        ],
    }


def journey(funnel: Funnel, rows: Rows, segment: int) -> dict[str, Any]:
    """The steps of one segment."""
    stopped = {row[0]: row[1 + segment] for row in rows["levels"]}
    count = len(funnel.steps)
    reached = [
        sum(stopped.get(level, 0) for level in range(step, count + 1))
        for step in range(1, count + 1)
    ]
    first = {
        "of_previous": share(reached[0], reached[0]),
        "dropped": 0,
        "dropped_share": share(0, reached[0]),
    }
    follow = [
        {
            "of_previous": share(here, before),
            "dropped": before - here,
            "dropped_share": share(before - here, before),
        }
        for before, here in pairwise(reached)
    ]
    return {
        "conversion": share(reached[-1], reached[0]),
        "steps": [
            {"label": str(step), "people": people_here, "of_first": share(people_here, reached[0])}
            | rest
            for step, people_here, rest in zip(funnel.steps, reached, [first, *follow], strict=True)
        ],
    }


def share(part: int, whole: int) -> float | None:
    """A part of a whole, unrounded; None where there is no whole."""
    return part / whole if whole else None
