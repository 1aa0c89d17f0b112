"""How far people get."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

from tests.oracle.buckets import Bucket, buckets_of
from tests.oracle.conditions import as_day, matches, said
from tests.oracle.groups import Group, groups_of, texts_by, texts_of
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


class Way(NamedTuple):
    """How somebody went."""

    events: tuple[Happened, ...]
    # Every attempt that ranks the same.
    alike: list[tuple[Happened, ...]]
    still: bool


def window_of(definition: dict[str, Any]) -> int:
    return int(definition["window"]["value"] * SECONDS[definition["window"]["unit"]] * 1000)


def attempts(
    world: World, definition: dict[str, Any], person: Somebody, days: Any
) -> Iterator[Attempt]:
    """Every way to fill steps with different events that the rules of the funnel allow."""
    ways = in_any_order if definition.get("order") == "any" else in_order
    start, end = span(world, days)
    later = definition.get("completion") == "after_period"
    for events in ways(world, definition, person):
        first, last = events[0].ms, events[-1].ms
        inside = start <= first < end and (last < end or later)
        in_time = inside and last - first <= window_of(definition)
        together = in_time and holds_together(world, definition, events)
        if together and is_undisturbed(world, definition, person, events):
            yield Attempt(events)


def in_order(
    world: World, definition: dict[str, Any], person: Somebody
) -> Iterator[tuple[Happened, ...]]:
    """The first steps filled one after the other, or at one time."""

    def further(filled: list[Happened]) -> Iterator[tuple[Happened, ...]]:
        if filled:
            yield tuple(filled)
        if len(filled) == len(definition["steps"]):
            return
        for event in person.events:
            if any(event is each for each in filled) or (filled and event.ms < filled[-1].ms):
                continue
            if filled and event.ms - filled[0].ms > window_of(definition):
                continue
            if matches(world, event, definition["steps"][len(filled)], person):
                yield from further([*filled, event])

    return further([])


def in_any_order(
    world: World, definition: dict[str, Any], person: Somebody
) -> Iterator[tuple[Happened, ...]]:
    """Some steps filled, by time."""

    def further(filled: list[Happened], step: int) -> Iterator[tuple[Happened, ...]]:
        if step == len(definition["steps"]):
            if filled:
                yield tuple(sorted(filled, key=lambda event: event.ms))
            return
        yield from further(filled, step + 1)
        for event in person.events:
            fits = matches(world, event, definition["steps"][step], person)
            if fits and not any(event is each for each in filled):
                yield from further([*filled, event], step + 1)

    return further([], 0)


def held(world: World, definition: dict[str, Any], event: Happened) -> tuple[Any, ...]:
    """What an event has in each property that is held; None where it has nothing."""
    return tuple(value_of(world, event, name) for name in definition.get("hold", []))


def value_of(world: World, event: Happened, name: str) -> Any:
    kind, stored = world.properties[event.name].get(name), event.properties.get(name)
    if kind == "datetime":
        is_one = isinstance(stored, str) and as_day(world, stored) is not None
        return stored if is_one else None
    return next(iter(texts_of(world, kind, stored)), None)


def holds_together(world: World, definition: dict[str, Any], events: Any) -> bool:
    values = {held(world, definition, event) for event in events}
    return len(values) == 1 and None not in values.pop()


def is_undisturbed(world: World, definition: dict[str, Any], person: Somebody, events: Any) -> bool:
    """Nothing that must not be lies between its events."""
    others = [each for each in person.events if not any(each is own for own in events)]
    if definition.get("order") == "strict":
        return not any(events[0].ms < each.ms < events[-1].ms for each in others)
    return not any(
        events[rule["after"]].ms < each.ms < events[rule["before"]].ms
        and matches(world, each, {"event": rule["event"], "filters": rule["filters"]}, person)
        and held(world, definition, each) == held(world, definition, events[0])
        for rule in definition.get("exclusions", [])
        if rule["before"] < len(events)
        for each in others
    )


def journey(world: World, definition: dict[str, Any], person: Somebody, days: Any) -> Way:
    """The counted attempt, all like it, and whether the person may still get further."""
    found = list(attempts(world, definition, person, days))
    rank = min((each.rank for each in found), default=None)
    best = [each.events for each in found if each.rank == rank]
    running = definition.get("completion") == "after_period" or (
        span(world, days)[1] > world.now_ms
    )
    entered = [each.events[0].ms for each in found if len(each.events) == 1]
    still = running and any(ms + window_of(definition) >= world.now_ms for ms in entered)
    complete = bool(best) and len(best[0]) == len(definition["steps"])
    return Way(best[0] if best else (), best, still and not complete)


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
        own, *before = (
            parts(
                world,
                definition,
                people,
                days,
                [way for way, mine in zip(walked[when], inside, strict=True) if mine],
            )
            for when, days in periods.items()
        )
        one |= own
        if before:
            one["previous"] |= before[0]
        if "breakdown" in definition:
            one["breakdown"] = []
        for group in groups:
            grouped = {
                when: [
                    mine
                    and bool(way.events)
                    and group.has(entry_texts(world, definition, person, way))
                    for mine, person, way in zip(inside, world.people, ways, strict=True)
                ]
                for when, ways in walked.items()
            }
            one["breakdown"].append(group.dump() | steps(definition, walked, grouped))
        shown.append(one)
    return {"warnings": [], "segments": shown, **overlap_of(world, definition)}


def among(ways: list[Way], who: list[bool]) -> list[Way]:
    return [way for way, mine in zip(ways, who, strict=True) if mine]


def entry_texts(world: World, definition: Any, person: Somebody, way: Any) -> set[str]:
    """The value of an attribute, or of the event that filled step 1; of equals the first."""
    breakdown = definition["breakdown"]
    if "attribute" in breakdown:
        return texts_by(world, breakdown, person)
    first = definition["steps"] if definition.get("order") == "any" else definition["steps"][:1]
    kept = [held(world, definition, events[0]) for events in way.alike]
    same = [
        texts_by(world, breakdown, person, event)
        for event in person.events
        if event.ms == way.events[0].ms
        and held(world, definition, event) in kept
        and any(matches(world, event, step, person) for step in first)
    ]
    return min(same, key=sorted)


def entry_groups(world: World, definition: Any, segments: Any, walked: Any) -> list[Group]:
    counts: dict[str, dict[str, int]] = {when: {} for when in walked}
    missing = False
    for when, ways in walked.items():
        for _, people, _ in segments:
            for person, way in zip(world.people, ways, strict=True):
                if way.events and any(person is each for each in people):
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
    own, *before = [steps_of(definition, among(ways, who[when])) for when, ways in walked.items()]
    if before:
        for step, earlier in zip(own["steps"], before[0].pop("steps"), strict=True):
            step["previous"] = {key: each for key, each in earlier.items() if key != "label"}
        own["previous"] = before[0]
    return own


def steps_of(definition: Any, ways: Any) -> dict[str, Any]:
    found = []
    count = len(definition["steps"])
    for n, step in enumerate(definition["steps"]):
        here = [way.events for way in ways if len(way.events) > n]
        before = [way.events for way in ways if len(way.events) >= max(n, 1)]
        entered = [way.events for way in ways if way.events]
        taken = [(way[n].ms - way[n - 1].ms) / 1000 for way in here] if n else []
        found.append(
            {
                "label": f"{n + 1} of {count}" if definition.get("order") == "any" else said(step),
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
        "still_open": sum(way.still for way in ways),
        "steps": found,
    }


def parts(world: World, definition: Any, people: Any, days: Any, ways: Any) -> dict[str, Any]:
    """What is told of a segment beside its steps, where it is asked."""
    found: dict[str, Any] = {}
    if "over_time" in definition:
        granularity = definition["over_time"]["granularity"]
        found["over_time"] = [
            entered_in(world, definition, people, days, bucket)
            for bucket in buckets_of(world, granularity, *days)
        ]
    if "time_to_convert" in definition:
        asked = definition["time_to_convert"]
        took = sorted(
            way.events[asked["to"]].ms - way.events[asked["from"]].ms
            for way in ways
            if len(way.events) > asked["to"]
        )
        found["time_to_convert"] = {
            "people": len(took),
            "average_seconds": sum(took) / len(took) / 1000 if took else None,
            "median_seconds": median(ms / 1000 for ms in took) if took else None,
            "bins": bins(took, asked["bins"]),
        }
    return found


def entered_in(
    world: World, definition: Any, people: Any, days: Any, bucket: Bucket
) -> dict[str, Any]:
    """By the attempts whose first event lies in a bucket."""
    furthest = [
        max(
            (
                len(each.events)
                for each in attempts(world, definition, person, days)
                if bucket.start <= each.events[0].ms < bucket.end
            ),
            default=0,
        )
        for person in people
    ]
    entered = sum(each > 0 for each in furthest)
    converted = sum(each == len(definition["steps"]) for each in furthest)
    return {
        "start": bucket.label,
        "people": entered,
        "converted": converted,
        "conversion": converted / entered if entered else None,
        "partial": bucket.partial,
    }


def bins(took: list[int], count: int) -> list[dict[str, Any]]:
    if not took:
        return []
    low, high = took[0], took[-1]
    count = count if low < high else 1
    edges = [low + Fraction(high - low, count) * n for n in range(count + 1)]
    return [
        {
            "from": (low + (high - low) * n / count) / 1000,
            "to": (low + (high - low) * (n + 1) / count) / 1000,
            "people": sum(since <= ms and (ms < until or n == count - 1) for ms in took),
        }
        for n, (since, until) in enumerate(pairwise(edges))
    ]
