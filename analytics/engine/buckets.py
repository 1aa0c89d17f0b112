"""Days and buckets of a time zone as instants, computed with zoneinfo alone.

The store's own time-zone tables disagree with Python's for some zones, so it is only ever given
instants. An instant is an aware UTC datetime here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from analytics.definitions.periods import Granularity
from analytics.engine.query import Scope
from analytics.engine.writer import Writer
from people.values import WeekStart, end_of_day, milliseconds, start_of_day


@dataclass(frozen=True)
class Bucket:
    """[start, end) in milliseconds, cut to the period; `label` is its own first day or hour."""

    label: str
    start: int
    end: int
    partial: bool


def buckets(granularity: Granularity, first: date, last: date, scope: Scope) -> list[Bucket]:
    """Every bucket that touches the days first … last, in order, zero-length ones included."""
    zone, now = scope.zone, scope.now
    period = start_of_day(first, zone), end_of_day(last, zone)
    if granularity is Granularity.HOUR:
        edges = hours(*period, zone)
        labels = [edge.astimezone(zone).isoformat() for edge in edges]
    else:
        days = first_days(granularity, first, last, scope.week_start)
        labels = [day.isoformat() for day in days]
        edges = [start_of_day(day, zone) for day in days]
    return [
        Bucket(
            label,
            milliseconds(max(start, period[0])),
            milliseconds(min(end, period[1])),
            partial=start < period[0] or end > period[1] or end > now,
        )
        for label, start, end in zip(labels, edges, edges[1:], strict=False)
    ]


def calendar(
    granularity: Granularity, first: date, last: date, scope: Scope, ahead: int
) -> list[Bucket]:
    """Every bucket that touches the days first … last, whole, and up to so many after them, as far
    as they have begun; `partial` is what is not over yet. Not of hours."""
    days = first_days(granularity, first, last, scope.week_start)
    edges = [start_of_day(day, scope.zone) for day in days]
    for _ in range(ahead):
        if edges[-1] > scope.now:
            break
        days.append(next_day(granularity, days[-1]))
        edges.append(start_of_day(days[-1], scope.zone))
    return [
        Bucket(day.isoformat(), milliseconds(start), milliseconds(end), partial=end > scope.now)
        for day, start, end in zip(days, edges, edges[1:], strict=False)
    ]


def bucket_of(w: Writer, column: str, grid: Sequence[Bucket]) -> str:
    """SQL for the start of the bucket that an instant lies in; the first one's for all before."""
    starts = w.bind([each.start for each in grid if each.start < each.end], "Array(Int64)")
    return f"roundDown(toUnixTimestamp64Milli({column}), {starts})"


def first_days(granularity: Granularity, first: date, last: date, weeks: WeekStart) -> list[date]:
    """The first day of each bucket that touches first … last, and that of the one after."""
    match granularity:
        case Granularity.WEEK:
            days = [weeks.first_day(first)]
        case Granularity.MONTH:
            days = [first.replace(day=1)]
        case Granularity.DAY | Granularity.HOUR:
            days = [first]
        case _:
            assert_never(granularity)
    while days[-1] <= last:
        days.append(next_day(granularity, days[-1]))
    return days


def next_day(granularity: Granularity, day: date) -> date:
    match granularity:
        case Granularity.WEEK:
            return day + timedelta(7)
        case Granularity.MONTH:
            return (day + timedelta(31)).replace(day=1)
        case Granularity.DAY | Granularity.HOUR:
            return day + timedelta(1)
        case _:
            assert_never(granularity)


def hours(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """Every instant in [start, end) at which the local clock shows a full hour, start, and end.

    A day of 25 hours has 25; where clocks move by half an hour, the hour that is cut is shorter.
    """
    edges = [start]
    while edges[-1] < end:
        local = edges[-1].astimezone(zone)
        to_full = timedelta(hours=1) - timedelta(minutes=local.minute, seconds=local.second)
        edges.append(min(edges[-1] + to_full, end))
    return edges
