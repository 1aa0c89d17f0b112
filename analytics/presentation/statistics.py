"""How sure a rate is, whether two rates differ, and whether counts changed beyond chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from analytics.results import FunnelResult, Result

# 95 %, two-sided.
Z = NormalDist().inv_cdf(0.975)
# With fewer people nothing is called a difference.
FEWEST = 30


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """The 95 % interval of a rate by Wilson's score (1927); None where there is no whole."""
    if not whole:
        return None
    rate, square = part / whole, Z * Z
    middle = (rate + square / (2 * whole)) / (1 + square / whole)
    spread = rate * (1 - rate) / whole + square / (4 * whole * whole)
    half = Z * sqrt(spread) / (1 + square / whole)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Difference:
    """The first rate less the second, its 95 % interval, and the p-value of no difference."""

    value: float
    low: float
    high: float
    p_value: float
    enough: bool

    @property
    def is_significant(self) -> bool:
        return self.enough and self.p_value < 0.05


def difference(one: tuple[int, int], other: tuple[int, int]) -> Difference | None:
    """Two rates, each (part, whole): the interval by Newcombe's hybrid score (1998, method 10), the
    test by the pooled two-proportion z; None where one of them has no whole."""
    first, second = wilson(*one), wilson(*other)
    if first is None or second is None:
        return None
    (a, n), (b, m) = one, other
    p, q = a / n, b / m
    low = p - q - sqrt((p - first[0]) ** 2 + (second[1] - q) ** 2)
    high = p - q + sqrt((first[1] - p) ** 2 + (q - second[0]) ** 2)
    pooled = (a + b) / (n + m)
    error = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    z = (p - q) / error if error else 0.0
    return Difference(p - q, low, high, two_sided(z), min(n, m) >= FEWEST)


def of_two(result: Result) -> Difference | None:
    """How the conversions of two segments differ; None where there are not two."""
    if not isinstance(result, FunnelResult) or len(result.segments) != 2:
        return None
    one, other = ((each.completed, each.entered) for each in result.segments)
    return difference(one, other)


def dispersion(weeks: Sequence[Sequence[int]]) -> float:
    """How many times as much the days of some weeks scatter as counts by chance alone would, the
    weekday and the week taken out: Pearson's χ² over its degrees of freedom; at least 1."""
    total = sum(map(sum, weeks))
    days = [sum(each) for each in zip(*weeks, strict=True)]
    expected = [
        (n, sum(week) * day / total) for week in weeks for n, day in zip(week, days, strict=True)
    ]
    free = (len(weeks) - 1) * (len(days) - 1)
    return max(1.0, float(sum((n - e) ** 2 / e for n, e in expected if e)) / free)


def is_as_before(weeks: Sequence[Sequence[int]]) -> float:
    """The p-value of the last two weeks having one rate: counts of a Poisson process whose variance
    is larger by their dispersion (McCullagh and Nelder 1989, chapter 6); 1 where nothing came."""
    now, before = sum(weeks[-1]), sum(weeks[-2])
    if not now + before:
        return 1.0
    return two_sided((now - before) / sqrt(dispersion(weeks) * (now + before)))


def is_level(weeks: Sequence[Sequence[int]]) -> float:
    """The p-value of no trend over the weeks, by the score test of a Poisson regression on their
    numbers with the same dispersion; 1 where nothing came."""
    counts = [sum(each) for each in weeks]
    middle = (len(counts) - 1) / 2
    score = sum((n - middle) * count for n, count in enumerate(counts))
    spread = sum((n - middle) ** 2 for n in range(len(counts))) * sum(counts) / len(counts)
    return two_sided(score / sqrt(dispersion(weeks) * spread)) if spread else 1.0


def two_sided(z: float) -> float:
    return 2 * (1 - NormalDist().cdf(abs(z)))


def holm(p_values: Sequence[float], level: float = 0.05) -> list[bool]:
    """Which of several tests are significant together, so that one in twenty such families has a
    wrong one (Holm 1979)."""
    found = [False] * len(p_values)
    for rank, (p, place) in enumerate(sorted((p, n) for n, p in enumerate(p_values))):
        if p > level / (len(p_values) - rank):
            break
        found[place] = True
    return found
