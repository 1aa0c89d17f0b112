"""Who belongs to the segments of a definition."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from tests.oracle.conditions import is_member
from tests.oracle.world import Somebody, World


def segments_of(world: World, definition: dict[str, Any]) -> list[tuple[str, list[Somebody], bool]]:
    """Name, members, and whether registration is bounded."""
    if not definition["segments"]:
        return [("Everybody", world.people, False)]
    return [
        (
            each["name"],
            [
                person
                for person in world.people
                if n in (found := places_of(world, definition, person))
                and not (definition.get("exclusive") and len(found) > 1)
            ],
            is_bounded(each["condition"]),
        )
        for n, each in enumerate(definition["segments"])
    ]


def places_of(world: World, definition: dict[str, Any], person: Somebody) -> set[int]:
    """In which segments somebody is."""
    return {
        n
        for n, each in enumerate(definition["segments"])
        if is_member(world, person, each["condition"])
    }


def overlap_of(world: World, definition: dict[str, Any]) -> dict[str, Any]:
    """Who is in two segments, and in all of more than two."""
    count = len(definition["segments"])
    if count < 2:
        return {}
    groups = [{one, other} for other in range(count) for one in range(other)]
    if count > 2:
        groups.append(set(range(count)))
    where = [places_of(world, definition, person) for person in world.people]
    return {
        "overlap": [
            {"segments": sorted(group), "people": sum(group <= each for each in where)}
            for group in sorted(groups, key=lambda group: (len(group), sorted(group)))
        ]
    }


def is_bounded(condition: dict[str, Any]) -> bool:
    if "all" in condition:
        return any(map(is_bounded, condition["all"]))
    if "any" in condition:
        return all(map(is_bounded, condition["any"]))
    vague = ("is_empty", "is_not_empty")
    return condition.get("attribute") == "registered_at" and condition["operator"] not in vague


def sizes_of(world: World, condition: dict[str, Any], days: list[date]) -> list[int]:
    """How many people were in a segment at the end of each of these days, and today: by the
    attributes of now and by what was done until then, seen on that day."""
    sizes = []
    for day in days[:-1]:
        end = world.midnight(day + timedelta(1))
        then = replace(world, now=datetime.combine(day, time(12), world.zone))
        known = [
            replace(each, events=[one for one in each.events if one.ms < end])
            for each in world.people
            if each.registered < end
        ]
        sizes.append(sum(is_member(then, each, condition) for each in known))
    return [*sizes, sum(is_member(world, each, condition) for each in world.people)]
