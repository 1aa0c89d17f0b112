"""Events and people over time."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from tests.oracle.buckets import buckets_of
from tests.oracle.conditions import matches, said
from tests.oracle.groups import Group, groups_of, texts_by
from tests.oracle.periods import span
from tests.oracle.segments import overlap_of, segments_of
from tests.oracle.world import Happened, World


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
    for (s, (_, people, _)), (e, chosen) in product(
        enumerate(segments), enumerate(definition["events"])
    ):
        for granularity in definition.get("granularities", ["day"]):
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
            yield one


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


def shown_groups(
    world: World, definition: dict[str, Any], chosen: Any, segments: Any, periods: Any
) -> list[Group]:
    breakdown = definition["breakdown"]
    spans = {name: span(world, days) for name, days in periods.items()}
    counts: dict[str, int] = {}
    for _, people, _ in segments:
        rows = done(world, definition, chosen, people, *spans["period"])
        names = [texts_by(world, breakdown, world.people[n], event) for n, event in rows]
        for name in set().union(*names):
            mine = [row for row, texts in zip(rows, names, strict=True) if name in texts]
            counts[name] = counts.get(name, 0) + amount(definition, mine)
    groups = groups_of(counts, breakdown.get("limit", 10))
    return [
        group
        for group in groups
        if group.kind == "value"
        or any(
            numerator or (definition["metric"] in ("adoption", "engagement")
                          and "attribute" in breakdown and denominator)
            for _, people, _ in segments
            for each in spans.values()
            for numerator, denominator in [
                parts(world, definition, chosen, people, *each, each[1], group)
            ]
        )
    ]  # fmt: skip


def parts(
    world: World, definition: Any, chosen: Any, people: Any, start: int, end: int, until: int,
    group: Group | None,
) -> tuple[int, int]:  # fmt: skip
    """Numerator and denominator of [start, end)."""
    rows = done(world, definition, chosen, people, start, end)
    below = [each for each in people if not registered_only(definition) or each.registered < until]
    if group:
        by = definition["breakdown"]
        rows = [(n, e) for n, e in rows if group.has(texts_by(world, by, world.people[n], e))]
        if "attribute" in by:
            below = [each for each in below if group.has(texts_by(world, by, each))]
    if definition["metric"] == "frequency":
        return len(rows), len({person for person, _ in rows})
    return amount(definition, rows), len(below)


def figure(definition: dict[str, Any], numerator: int, denominator: int) -> dict[str, Any]:
    if definition["metric"] in ("events", "people"):
        return {"value": numerator}
    value = numerator / denominator if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}


def numbers(
    world: World, definition: Any, chosen: Any, people: Any, granularity: str, periods: Any,
    group: Group | None = None,
) -> dict[str, Any]:  # fmt: skip
    own, *before = [
        {
            "total": figure(
                definition,
                *parts(
                    world, definition, chosen, people, *span(world, days),
                    span(world, days)[1], group,
                ),
            ),
            "points": [
                {"start": bucket.label}
                | figure(
                    definition,
                    *parts(
                        world, definition, chosen, people, bucket.start, bucket.end,
                        bucket.end, group,
                    ),
                )
                | {"partial": bucket.partial}
                for bucket in buckets_of(world, granularity, *days)
            ],
        }
        for days in periods.values()
    ]  # fmt: skip
    return own | ({"previous": before[0]} if before else {})
