"""What hides a number: that it is of few people, or that another number would tell one that is."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from analytics.results import Overlap


def tells(one: int, other: int, minimum: int) -> bool:
    """Whether two numbers differ by people, and by too few of them."""
    return 0 < abs(one - other) < minimum


def spaced(values: Sequence[int], whole: int, minimum: int) -> set[int]:
    """Of numbers that only grow up to a whole, which to hide so that no two of those left tell how
    few came between them."""
    hidden, last = set(), 0
    for n, value in enumerate(values):
        if tells(value, last, minimum) or tells(value, whole, minimum):
            hidden.add(n)
        else:
            last = value
    return hidden


def also_hidden(parts: Sequence[int], hidden: set[int], minimum: int) -> set[int]:
    """Which parts of a sum to hide besides those that are, so that the sum tells none of them."""
    more: set[int] = set()
    while hidden:
        together = hidden | more
        rest = [n for n in range(len(parts)) if n not in together]
        enough = len(together) > 1 and max(parts[n] for n in together) >= minimum
        if enough or not rest:
            break
        more.add(min(rest, key=lambda n: parts[n]))
    return more


def nested(sizes: Sequence[int], overlaps: Sequence[Overlap]) -> Iterator[tuple[int, int]]:
    """The pairs of segments of which one may lie in the other; where their overlap is not known
    each may."""
    common = {each.segments: each.people for each in overlaps}
    for pair in combinations(range(len(sizes)), 2):
        smaller = min(sizes[n] for n in pair)
        if common.get(pair, smaller) >= smaller:
            yield pair
