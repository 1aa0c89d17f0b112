"""How sure a rate is, and whether two rates differ."""

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
    return Difference(p - q, low, high, 2 * (1 - NormalDist().cdf(abs(z))), min(n, m) >= FEWEST)


def of_two(result: Result) -> Difference | None:
    """How the conversions of two segments differ; None where there are not two."""
    if not isinstance(result, FunnelResult) or len(result.segments) != 2:
        return None
    one, other = ((each.completed, each.entered) for each in result.segments)
    return difference(one, other)
