"""Who belongs to the segments of a definition."""

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
            [person for person in world.people if is_member(world, person, each["condition"])],
            is_bounded(each["condition"]),
        )
        for each in definition["segments"]
    ]


def is_bounded(condition: dict[str, Any]) -> bool:
    if "all" in condition:
        return any(map(is_bounded, condition["all"]))
    if "any" in condition:
        return all(map(is_bounded, condition["any"]))
    vague = ("is_empty", "is_not_empty")
    return condition.get("attribute") == "registered_at" and condition["operator"] not in vague
