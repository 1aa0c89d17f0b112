"""Events and people over time."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any

import numpy as np

from tests.oracle.buckets import Bucket, buckets_of
from tests.oracle.conditions import matches, said, typed
from tests.oracle.groups import Group, groups_of, texts_by, texts_of
from tests.oracle.periods import span
from tests.oracle.segments import overlap_of, segments_of
from tests.oracle.world import Happened, Somebody, World


def segmentation(world: World, definition: dict[str, Any], periods: Any) -> dict[str, Any]:
    segments = segments_of(world, definition)
    ratio = definition["metric"] in ("adoption", "engagement")
    members = definition.get("denominator", "members") == "members"
    unbounded = ratio and members and not all(bounded for _, _, bounded in segments)
    return {
        "metric": definition["metric"],
        "warnings": ["registration_unbounded"] if unbounded else [],
        "segments": [{"name": name, "size": len(people)} for name, people, _ in segments],
        **overlap_of(world, definition),
        "series": list(series(world, definition, segments, periods)),
    }


def series(
    world: World, definition: dict[str, Any], segments: Any, periods: Any
) -> Iterator[dict[str, Any]]:
    granularities = definition.get("granularities", ["day"])
    for s, (_, people, _) in enumerate(segments):
        mine = []
        for (e, chosen), granularity in product(enumerate(definition["events"]), granularities):
            one = {
                "segment": s,
                "event": e,
                "label": said(chosen),
                "granularity": granularity,
                **numbers(world, definition, chosen, people, granularity, periods),
            }
            if definition.get("breakdown"):
                one["breakdown"] = [
                    group.dump()
                    | numbers(world, definition, chosen, people, granularity, periods, group)
                    for group in shown_groups(world, definition, chosen, segments, periods)
                ]
            mine.append(one)
        yield from mine
        for (f, formula), granularity in product(
            enumerate(definition.get("formulas", [])), granularities
        ):
            operands = [each for each in mine if each["granularity"] == granularity]
            past = [each["previous"] for each in operands if "previous" in each]
            yield {
                "segment": s,
                "event": None,
                "formula": f,
                "label": formula.get("name", formula["expression"]),
                "granularity": granularity,
                **computed(formula["expression"], operands),
                **({"previous": computed(formula["expression"], past)} if past else {}),
            }


def computed(expression: str, operands: list[dict[str, Any]]) -> dict[str, Any]:
    """A formula over totals and over each bucket."""
    return {
        "total": {"value": evaluated(expression, [each["total"] for each in operands])},
        "points": [
            {
                "start": points[0]["start"],
                "value": evaluated(expression, list(points)),
                "partial": points[0]["partial"],
            }
            for points in zip(*(each["points"] for each in operands), strict=True)
        ],
    }


def evaluated(expression: str, numbers: list[dict[str, Any]]) -> Any:
    """As Python computes it; nothing where something is unknown or there is a 0 to divide by."""
    values = {letter: each["value"] for letter, each in zip("ABCD", numbers, strict=False)}
    if any(values[letter] is None for letter in values if letter in expression):
        return None
    try:
        return eval(expression, {}, values)
    except ZeroDivisionError:
        return None


def done(
    world: World, definition: dict[str, Any], chosen: Any, people: Any, start: int, end: int
) -> list[tuple[int, Happened]]:
    """Who did it, each time, in [start, end); only by those registered by its end where asked."""
    return [
        (n, event)
        for n, person in enumerate(world.people)
        if any(person is each for each in people)
        and (not registered_only(definition) or person.registered < end)
        for event in person.events
        if start <= event.ms < end and matches(world, event, chosen, person)
    ]


def registered_only(definition: dict[str, Any]) -> bool:
    ratio = definition["metric"] in ("adoption", "engagement")
    return ratio and definition.get("denominator") == "registered"


def amount(definition: dict[str, Any], rows: list[tuple[int, Happened]]) -> int:
    by_people = definition["metric"] in ("people", "adoption")
    return len({person for person, _ in rows}) if by_people else len(rows)


def spans_of(
    world: World, definition: dict[str, Any], granularity: str, days: Any
) -> list[tuple[Bucket, int]]:
    """Each bucket, and from when on events count in it."""
    found = []
    for bucket in buckets_of(world, granularity, *days):
        start = bucket.start
        if definition.get("cumulative"):
            start = span(world, days)[0]
        if back := definition.get("rolling"):
            start = world.midnight(date.fromisoformat(bucket.label) - timedelta(back - 1))
        found.append((bucket, start))
    return found


def shown_groups(
    world: World, definition: dict[str, Any], chosen: Any, segments: Any, periods: Any
) -> list[Group]:
    breakdown = definition["breakdown"]
    counts: dict[str, int] = {}
    for _, people, _ in segments:
        rows = done(world, definition, chosen, people, *span(world, periods["period"]))
        names = [texts_by(world, breakdown, world.people[n], event) for n, event in rows]
        for name in set().union(*names):
            mine = [row for row, texts in zip(rows, names, strict=True) if name in texts]
            counts[name] = counts.get(name, 0) + amount(definition, mine)
    groups = groups_of(counts, breakdown.get("limit", 10))
    times = [span(world, days) for days in periods.values()]
    times += [
        (start, bucket.end)
        for days in periods.values()
        for granularity in definition.get("granularities", ["day"])
        for bucket, start in spans_of(world, definition, granularity, days)
    ]
    divided = definition["metric"] in ("adoption", "engagement") and "attribute" in breakdown
    return [
        group
        for group in groups
        if group.kind == "value"
        or any(
            rows or (divided and below)
            for _, people, _ in segments
            for each in times
            for rows, below in [counted(world, definition, chosen, people, each, group)]
        )
    ]


def counted(
    world: World, definition: Any, chosen: Any, people: Any, time: tuple[int, int],
    group: Group | None,
) -> tuple[list[tuple[int, Happened]], list[Somebody]]:  # fmt: skip
    """What happened in [start, end), and those by whom it is divided."""
    rows = done(world, definition, chosen, people, *time)
    by_then = [
        each for each in people if not registered_only(definition) or each.registered < time[1]
    ]
    if group is None:
        return rows, by_then
    by = definition["breakdown"]
    rows = [(n, e) for n, e in rows if group.has(texts_by(world, by, world.people[n], e))]
    if "attribute" in by:
        by_then = [each for each in by_then if group.has(texts_by(world, by, each))]
    return rows, by_then


def measure(world: World, chosen: Any, rows: list[tuple[int, Happened]]) -> dict[str, Any]:
    """What is made of the values that events have in a property."""
    how, name = chosen["measure"]["aggregate"], chosen["measure"]["property"]
    if how == "distinct":
        return {"value": len(set().union(*(values_of(world, event, name) for _, event in rows)))}
    found = [number_of(world, event, name) for _, event in rows]
    numbers = sorted(each for each in found if each is not None)
    if how == "sum":
        return {"value": sum(numbers)}
    if not numbers:
        return {"value": None}
    return {
        "value": {
            "average": sum(numbers) / len(numbers),
            # "numpy's default" is what the contract says of both.
            "median": float(np.quantile(numbers, 0.5)),
            "p90": float(np.quantile(numbers, 0.9)),
            "minimum": numbers[0],
            "maximum": numbers[-1],
        }[how]
    }


def number_of(world: World, event: Happened, name: str) -> Any:
    kind = world.properties[event.name].get(name, "number")
    return typed(world, "number", event.properties.get(name)) if kind == "number" else None


def values_of(world: World, event: Happened, name: str) -> set[str]:
    kind, stored = world.properties[event.name].get(name), event.properties.get(name)
    if kind == "datetime":
        return {stored} if typed(world, kind, stored) else set()
    return texts_of(world, kind, stored)


def figure(
    world: World, definition: Any, chosen: Any, people: Any, time: tuple[int, int],
    group: Group | None,
) -> dict[str, Any]:  # fmt: skip
    """The number of [start, end)."""
    rows, below = counted(world, definition, chosen, people, time, group)
    match definition["metric"]:
        case "events" | "people":
            return {"value": amount(definition, rows)}
        case "measure":
            return measure(world, chosen, rows)
        case "frequency":
            return ratio(len(rows), len({person for person, _ in rows}))
    return ratio(amount(definition, rows), len(below))


def ratio(numerator: int, denominator: int) -> dict[str, Any]:
    value = numerator / denominator if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}


def numbers(
    world: World, definition: Any, chosen: Any, people: Any, granularity: str, periods: Any,
    group: Group | None = None,
) -> dict[str, Any]:  # fmt: skip
    def of(start: int, end: int) -> dict[str, Any]:
        return figure(world, definition, chosen, people, (start, end), group)

    own, *before = [
        {
            "total": of(*span(world, days)),
            "points": [
                {"start": bucket.label} | of(start, bucket.end) | {"partial": bucket.partial}
                for bucket, start in spans_of(world, definition, granularity, days)
            ],
        }
        for days in periods.values()
    ]
    return own | ({"previous": before[0]} if before else {})
