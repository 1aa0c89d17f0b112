"""Where things stand: round values, the beginnings of weeks and months, labels side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from math import ceil, floor, log10

from analytics.definitions.metrics import NumberFormat
from analytics.definitions.periods import Granularity
from analytics.results import Point

MOST_TICKS = 8
# More buckets than these are no longer told apart.
MOST_DRAWN = 400
MOST_DAYS_SHADED = 100
ROUND = (1, 2, 2.5, 5, 10)


def round_step(most: float, *, whole: bool, intervals: int = 4) -> float:
    """The round number that is so many times in a value, at least; `whole`: an integer."""
    least = max(most / intervals, 1 if whole else 0)
    size = 10.0 ** floor(log10(least))
    steps = [each * size for each in ROUND if not whole or each * size % 1 == 0]
    return next(each for each in steps if each >= least * 0.9999)


def value_ticks(most: float, form: NumberFormat, least: float = 0) -> list[float]:
    """Round numbers from 0, or from below it, to the top of the scale; 0 and 1 where there is
    nothing but 0."""
    most, least = max(most, 0), min(least, 0)
    if most == least:
        return [0, 1]
    step = round_step(most - least, whole=form is NumberFormat.COUNT)
    first, last = floor(least / step + 1e-9), ceil(most / step - 1e-9)
    return [round(n * step, 10) for n in range(first, last + 1)]


def across(n: int, count: int) -> float:
    """The n-th of so many buckets, in percent of the width."""
    return 100 * n / max(count - 1, 1)


@dataclass(frozen=True)
class Ground:
    """Where buckets and values stand, in percent of the frame: which buckets are drawn, of how
    many, and the values at the top and at the bottom."""

    kept: Sequence[int]
    count: int
    top: float
    bottom: float = 0

    def x(self, n: int) -> float:
        return across(n, self.count)

    def y(self, value: float) -> float:
        return 100 - 100 * (value - self.bottom) / (self.top - self.bottom)


def day_of(point: Point) -> date:
    return datetime.fromisoformat(point.start).date()


def time_ticks(points: Sequence[Point], granularity: Granularity) -> list[int]:
    """Which buckets are named: all of them, or the finest beginnings that leave room."""
    starts = [datetime.fromisoformat(each.start) for each in points]
    for begins in BEGINNINGS[granularity]:
        found = [n for n, at in enumerate(starts) if begins(at)]
        if len(found) <= MOST_TICKS:
            return found or [0]
        if begins in (january, weekly):
            return found[:: ceil(len(found) / MOST_TICKS)]
    return []


def always(_at: datetime) -> bool:
    return True


def weekly(_at: datetime) -> bool:
    return True


def third_hour(at: datetime) -> bool:
    return at.hour % 3 == 0


def noon(at: datetime) -> bool:
    return at.hour % 12 == 0


def midnight(at: datetime) -> bool:
    return at.hour == 0


def monday(at: datetime) -> bool:
    return midnight(at) and at.weekday() == 0


def month(at: datetime) -> bool:
    return midnight(at) and at.day == 1


def quarter(at: datetime) -> bool:
    return month(at) and at.month in (1, 4, 7, 10)


def january(at: datetime) -> bool:
    return month(at) and at.month == 1


Beginning = Callable[[datetime], bool]
BEGINNINGS: dict[Granularity, tuple[Beginning, ...]] = {
    Granularity.HOUR: (always, third_hour, noon, midnight, monday, month, quarter, january),
    Granularity.DAY: (always, monday, month, quarter, january),
    # A week seldom begins with a month: every so many weeks.
    Granularity.WEEK: (weekly,),
    Granularity.MONTH: (always, quarter, january),
}


def weekends(points: Sequence[Point]) -> list[tuple[int, int]]:
    """The first and last day of each weekend, of days that are few enough to see them."""
    if len(points) > MOST_DAYS_SHADED:
        return []
    found: list[tuple[int, int]] = []
    for n, point in enumerate(points):
        if day_of(point).weekday() < 5:
            continue
        if found and found[-1][1] == n - 1:
            found[-1] = found[-1][0], n
        else:
            found.append((n, n))
    return found


def drawn(totals: Sequence[float]) -> list[int]:
    """Which buckets are drawn: all or, of too many, the first, the last, and of each stretch the
    highest and the lowest."""
    count = len(totals)
    if count <= MOST_DRAWN:
        return list(range(count))
    stretch = ceil(2 * count / MOST_DRAWN)
    kept = {0, count - 1}
    for start in range(0, count, stretch):
        here = range(start, min(start + stretch, count))
        kept |= {max(here, key=totals.__getitem__), min(here, key=totals.__getitem__)}
    return sorted(kept)


def spread(places: Sequence[float], gap: float, lowest: float = 100) -> list[float]:
    """Places moved apart by as little as keeps a gap between each two, in the order they came."""
    order = sorted(range(len(places)), key=places.__getitem__)
    found = list(places)
    for above, below in pairwise(order):
        found[below] = max(found[below], found[above] + gap)
    over = max(found, default=0) - lowest
    if over > 0:
        found[order[-1]] -= over
        for below, above in pairwise(order[::-1]):
            found[above] = min(found[above], found[below] - gap)
    return found
