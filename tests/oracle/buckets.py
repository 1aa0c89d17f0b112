"""The hours, days, weeks and months of a period."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.oracle.periods import first_day
from tests.oracle.world import World, local


@dataclass(frozen=True)
class Bucket:
    label: str
    start: int
    end: int
    partial: bool


def buckets_of(world: World, granularity: str, first: date, last: date) -> list[Bucket]:
    """What the clocks and calendars of the zone show, hour by hour or day by day."""
    start, end = world.midnight(first), world.midnight(last + timedelta(1))
    if granularity == "hour":
        return hours_of(world, start, end)
    found: dict[date, list[date]] = {}
    for n in range((last - first).days + 1):
        day = first + timedelta(n)
        found.setdefault(first_day(world, granularity, day), []).append(day)
    buckets = []
    for own, days in found.items():
        after = own + timedelta({"day": 1, "week": 7, "month": 31}[granularity])
        after = after.replace(day=1) if granularity == "month" else after
        whole = own == days[0] and after == days[-1] + timedelta(1)
        over = world.midnight(after) <= world.now_ms
        ends = world.midnight(days[-1] + timedelta(1))
        buckets.append(
            Bucket(own.isoformat(), world.midnight(days[0]), ends, not whole or not over)
        )
    return buckets


def hours_of(world: World, start: int, end: int) -> list[Bucket]:
    """A new one whenever the hour that the clock shows, or its offset, changes."""
    edges: list[tuple[int, Any]] = []
    for ms in range(start, end, 30 * 60_000):
        now = local(world, ms)
        shown = now.utcoffset(), now.date(), now.hour
        if not edges or edges[-1][1] != shown:
            edges.append((ms, shown))
    ends = [ms for ms, _ in edges[1:]] + [end]
    return [
        Bucket(local(world, ms).isoformat(), ms, until, until > world.now_ms)
        for (ms, _), until in zip(edges, ends, strict=True)
    ]
