"""Who comes back, person by person and day by day."""

from datetime import date, timedelta
from typing import Any

from tests.oracle.conditions import matches
from tests.oracle.periods import first_day, span
from tests.oracle.segments import segments_of
from tests.oracle.world import Somebody, World, local


def retention(world: World, definition: dict[str, Any], periods: Any) -> dict[str, Any]:
    first, last = periods["period"]
    size, intervals = definition["granularity"], definition["intervals"]
    starts = [first_day(world, size, first)]
    while (after := nth(world, size, starts[-1], 1)) <= last:
        starts.append(after)
    segments = []
    for name, people, _ in segments_of(world, definition):
        cohorts = [cohort(world, definition, people, start, periods) for start in starts]
        segments.append(
            {
                "name": name,
                "size": len(people),
                "average": [average(cohorts, n) for n in range(intervals + 1)],
                "cohorts": cohorts,
            }
        )
    return {"warnings": [], "segments": segments}


def nth(world: World, size: str, start: date, n: int) -> date:
    """The first day of the n-th bucket after one that starts on a day."""
    for _ in range(n):
        start += timedelta({"day": 1, "week": 7, "month": 31}[size])
        start = first_day(world, size, start)
    return start


def bucket(world: World, definition: dict[str, Any], ms: int) -> date:
    return first_day(world, definition["granularity"], local(world, ms).date())


def begins(world: World, definition: dict[str, Any], person: Somebody, periods: Any) -> set[date]:
    """The buckets of the cohorts that somebody is in."""
    start, end = span(world, periods["period"])
    times = sorted(
        event.ms for event in person.events if matches(world, event, definition["entry"], person)
    )
    if definition["cohort"] == "first_time":
        times = times[:1]
    return {bucket(world, definition, ms) for ms in times if start <= ms < end}


def came_back(world: World, definition: dict[str, Any], person: Somebody) -> set[date]:
    return {
        bucket(world, definition, event.ms)
        for event in person.events
        if matches(world, event, definition["return"], person)
    }


def cohort(
    world: World, definition: dict[str, Any], people: list[Somebody], start: date, periods: Any
) -> dict[str, Any]:
    inside = [each for each in people if start in begins(world, definition, each, periods)]
    numbers = range(definition["intervals"] + 1)
    return {
        "start": start.isoformat(),
        "people": len(inside),
        "intervals": [interval(world, definition, inside, start, n) for n in numbers],
    }


def interval(
    world: World, definition: dict[str, Any], inside: list[Somebody], start: date, n: int
) -> dict[str, Any] | None:
    size, last = definition["granularity"], definition["intervals"]
    later = definition["counting"] == "on_or_after" and n > 0

    def begun(k: int) -> bool:
        return world.midnight(nth(world, size, start, k)) <= world.now_ms

    def over(k: int) -> bool:
        return world.midnight(nth(world, size, start, k + 1)) <= world.now_ms

    if not begun(n):
        return None
    wanted = {
        nth(world, size, start, k) for k in range(n, last + 1) if k == n or (later and begun(k))
    }
    count = sum(n == 0 or bool(came_back(world, definition, each) & wanted) for each in inside)
    return {
        "people": count,
        "share": count / len(inside) if inside else None,
        "partial": not over(last if later else n),
    }


def average(cohorts: list[dict[str, Any]], n: int) -> float | None:
    whole = [
        each for each in cohorts if each["intervals"][n] and not each["intervals"][n]["partial"]
    ]
    people = sum(each["people"] for each in whole)
    return sum(each["intervals"][n]["people"] for each in whole) / people if people else None
