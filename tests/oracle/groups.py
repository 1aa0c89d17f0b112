"""By which values things are grouped, and which groups there may be."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.oracle.conditions import typed
from tests.oracle.world import NOTHING, Happened, Somebody, World


def texts_of(world: World, kind: str | None, stored: Any) -> set[str]:
    """The values a thing is grouped by, as text; none where it has none."""
    if kind == "date":
        return {stored} if isinstance(stored, str) and is_day(stored) else set()
    match typed(world, kind or "text", stored):
        case None | "":
            return set()
        case bool() as value:
            return {"true" if value else "false"}
        case list() as values:
            return {each for each in values if each}
        case str() as value:
            return {value}
        case number:
            return {f"{number:g}"}


def is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


@dataclass(frozen=True)
class Group:
    kind: str
    value: str | None
    values: frozenset[str]

    def has(self, texts: set[str]) -> bool:
        if self.kind == "missing":
            return not texts
        return bool(texts - self.values) if self.kind == "other" else self.value in texts

    def dump(self) -> dict[str, Any]:
        label = {"other": "Other", "missing": "No value"}.get(self.kind, self.value)
        return {"group": self.kind, "value": self.value, "label": label}


def groups_of(counts: dict[str, int], limit: int) -> list[Group]:
    """Every group there may be, in order."""
    there = sorted(
        (name for name in counts if counts[name]), key=lambda name: (-counts[name], name)
    )
    largest = frozenset(there[:limit])
    named = [Group("value", name, largest) for name in there[:limit]]
    return [*named, Group("other", None, largest), Group("missing", None, largest)]


def texts_by(
    world: World, breakdown: dict[str, Any], person: Somebody, event: Happened = NOTHING
) -> set[str]:
    """The values of an event, or of whoever did it, in a breakdown."""
    if "attribute" in breakdown:
        name = breakdown["attribute"]
        return texts_of(world, world.attributes.get(name), person.attributes.get(name))
    name = breakdown["property"]
    return texts_of(world, world.properties[event.name].get(name), event.properties.get(name))
