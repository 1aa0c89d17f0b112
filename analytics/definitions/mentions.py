"""What a definition speaks of, told before it is read: which part of the catalogue that takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from people.values import UNKEEPABLE

DEEPEST_DATA = 20


@dataclass(frozen=True)
class Mentions:
    """The events by name; where any event is meant, too, also the properties that every event is
    read by, each as its own catalogue entry says."""

    events: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()
    any_event: bool = False

    @classmethod
    def of(cls, data: object) -> "Mentions":
        """What stands in the JSON of what may be a definition or a condition."""
        events: set[str] = set()
        properties: set[str] = set()
        any_event = False
        for each in objects(data):
            events |= names(each.get("event"), each.get("performed"))
            any_event = any_event or ("event" in each and each["event"] is None)
            for key in ("breakdown", "measure"):
                if isinstance(by := each.get(key), dict):
                    properties |= names(by.get("property"))
            if isinstance(hold := each.get("hold"), list):
                properties |= names(*hold)
        return cls(frozenset(events), frozenset(properties if any_event else ()), any_event)


def names(*given: object) -> set[str]:
    """Those that can be a name."""
    return {each for each in given if isinstance(each, str) and not UNKEEPABLE.search(each)}


def objects(data: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every JSON object in some data, itself included."""
    if depth > DEEPEST_DATA:
        return
    match data:
        case dict():
            yield data
            for each in data.values():
                yield from objects(each, depth + 1)
        case list():
            for each in data:
                yield from objects(each, depth + 1)
