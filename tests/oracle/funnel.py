"""How far people get."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.oracle.conditions import matches, said
from tests.oracle.groups import Group, groups_of, texts_by
from tests.oracle.periods import SECONDS, span
from tests.oracle.segments import overlap_of, segments_of
from tests.oracle.world import Happened, Somebody, World


@dataclass(frozen=True)
class Attempt:
    """The events that filled the steps."""

    events: tuple[Happened, ...]

    @property
    def rank(self) -> Any:
        """Furthest; first to get there; entered latest; every later step earliest."""
        times = [event.ms for event in self.events]
        return -len(times), times[-1], -times[0], times[1:]


def attempts(
    world: World, definition: dict[str, Any], person: Somebody, days: Any
) -> Iterator[Attempt]:
    """Every way to fill the first steps with different events, in order, within the window."""
    start, end = span(world, days)
    later = definition.get("completion") == "after_period"
    window = definition["window"]["value"] * SECONDS[definition["window"]["unit"]] * 1000

    def further(filled: list[Happened]) -> Iterator[Attempt]:
        if filled:
            yield Attempt(tuple(filled))
        if len(filled) == len(definition["steps"]):
            return
        for event in person.events:
            in_period = start <= event.ms < end or (bool(filled) and later)
            fits = in_period and matches(world, event, definition["steps"][len(filled)], person)
            if not fits or any(event is each for each in filled):
                continue
            if filled and not filled[-1].ms <= event.ms <= filled[0].ms + window:
                continue
            yield from further([*filled, event])

    return further([])


def journey(
    world: World, definition: dict[str, Any], person: Somebody, days: Any
) -> tuple[tuple[Happened, ...], bool]:
    """The counted attempt, and whether the person may still get further."""
    found = list(attempts(world, definition, person, days))
    best = min(found, key=lambda each: each.rank).events if found else ()
    window = definition["window"]["value"] * SECONDS[definition["window"]["unit"]] * 1000
    running = definition.get("completion") == "after_period" or (
        span(world, days)[1] > world.now_ms
    )
    entered = [each.events[0].ms for each in found if len(each.events) == 1]
    still = running and any(ms + window >= world.now_ms for ms in entered)
    return best, still and len(best) < len(definition["steps"])


def funnel(world: World, definition: dict[str, Any], periods: Any) -> dict[str, Any]:
    segments = segments_of(world, definition)
    walked = {
        name: [journey(world, definition, person, days) for person in world.people]
        for name, days in periods.items()
    }
    groups = entry_groups(world, definition, segments, walked) if "breakdown" in definition else []
    shown = []
    for name, people, _ in segments:
        inside = [any(person is each for each in people) for person in world.people]
        everybody = dict.fromkeys(walked, inside)
        one = {"name": name, "size": len(people)} | steps(definition, walked, everybody)
        if "breakdown" in definition:
            one["breakdown"] = []
        for group in groups:
            among = {
                when: [
                    mine and bool(way) and group.has(entry_texts(world, definition, person, way))
                    for mine, person, (way, _) in zip(inside, world.people, ways, strict=True)
                ]
                for when, ways in walked.items()
            }
            one["breakdown"].append(group.dump() | steps(definition, walked, among))
        shown.append(one)
    return {"warnings": [], "segments": shown, **overlap_of(world, definition)}


def entry_texts(world: World, definition: Any, person: Somebody, way: Any) -> set[str]:
    """The value of an attribute, or of the event that filled step 1; of equals the first."""
    breakdown = definition["breakdown"]
    if "attribute" in breakdown:
        return texts_by(world, breakdown, person)
    same = [
        texts_by(world, breakdown, person, event)
        for event in person.events
        if event.ms == way[0].ms and matches(world, event, definition["steps"][0], person)
    ]
    return min(same, key=sorted)


def entry_groups(world: World, definition: Any, segments: Any, walked: Any) -> list[Group]:
    counts: dict[str, dict[str, int]] = {when: {} for when in walked}
    missing = False
    for when, ways in walked.items():
        for _, people, _ in segments:
            for person, (way, _) in zip(world.people, ways, strict=True):
                if way and any(person is each for each in people):
                    texts = entry_texts(world, definition, person, way)
                    missing = missing or not texts
                    for text in texts:
                        counts[when][text] = counts[when].get(text, 0) + 1
    every = set().union(*counts.values())
    groups = groups_of(counts["period"], definition["breakdown"].get("limit", 10))
    return [
        group
        for group in groups
        if group.kind == "value"
        or (group.kind == "other" and every - group.values)
        or (group.kind == "missing" and missing)
    ]


def steps(definition: Any, walked: Any, who: dict[str, list[bool]]) -> dict[str, Any]:
    own, *before = [
        steps_of(definition, [way for way, mine in zip(ways, who[when], strict=True) if mine])
        for when, ways in walked.items()
    ]
    if before:
        for step, earlier in zip(own["steps"], before[0].pop("steps"), strict=True):
            step["previous"] = {key: each for key, each in earlier.items() if key != "label"}
        own["previous"] = before[0]
    return own


def steps_of(definition: Any, ways: Any) -> dict[str, Any]:
    found = []
    for n, step in enumerate(definition["steps"]):
        here = [way for way, _ in ways if len(way) > n]
        before = [way for way, _ in ways if len(way) >= max(n, 1)]
        entered = [way for way, _ in ways if way]
        taken = [(way[n].ms - way[n - 1].ms) / 1000 for way in here] if n else []
        found.append(
            {
                "label": said(step),
                "people": len(here),
                "of_previous": len(here) / len(before) if before else None,
                "of_first": len(here) / len(entered) if entered else None,
                "dropped": len(before) - len(here),
                "dropped_share": (len(before) - len(here)) / len(before) if before else None,
                "median_seconds": median(taken) if taken else None,
            }
        )
    return {
        "conversion": found[-1]["of_first"],
        "still_open": sum(still for _, still in ways),
        "steps": found,
    }
