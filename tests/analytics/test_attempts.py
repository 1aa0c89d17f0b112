"""The counted attempt against all attempts there are, tried one by one."""

import random
from itertools import permutations

import numpy as np
import pytest

from analytics.engine.funnel.attempts import Paths, counted_attempt, counted_attempts, furthest


def all_attempts(times, masks, steps, window):
    """Every way to fill 1 … n steps with different events, as the times of the steps."""
    for level in range(1, steps + 1):
        for events in permutations(range(len(times)), level):
            at = [times[event] for event in events]
            fits = all(masks[event] >> step & 1 for step, event in enumerate(events))
            if fits and at == sorted(at) and at[-1] - at[0] <= window:
                yield at


def counted(times, masks, steps, window):
    """The furthest; the first to get there; entered latest; every later step earliest."""
    found = list(all_attempts(times, masks, steps, window))
    if not found:
        return None
    level = max(map(len, found))
    return min((at for at in found if len(at) == level), key=lambda at: (at[-1], -at[0], at[1:]))


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_one_that_the_rule_names(seed):
    draw = random.Random(seed)
    for _ in range(150):
        steps = draw.randint(2, 4)
        count = draw.randint(1, 6)
        times = sorted(draw.randint(0, 6) for _ in range(count))
        masks = [draw.randint(0, (1 << steps) - 1) for _ in range(count)]
        window = draw.randint(0, 5)
        expected = counted(times, masks, steps, window)
        if expected is None:
            with pytest.raises(ValueError, match="No attempt"):
                counted_attempt(times, masks, 1, window)
        else:
            filled = counted_attempt(times, masks, len(expected), window)
            assert [times[event] for event in filled] == expected, (times, masks, window)
            assert len(set(filled)) == len(filled)


@pytest.mark.parametrize("seed", range(12))
def test_everybody_at_once_is_as_one_by_one(seed):
    """Half of them have steps that cannot overlap, so that both ways of working it out are met."""
    draw = random.Random(seed)
    steps, window = draw.randint(2, 4), draw.randint(0, 5)
    people = []
    for person in range(200):
        one = [1 << draw.randrange(steps) for _ in range(draw.randint(0, 7))]
        several = [draw.randint(1, (1 << steps) - 1) for _ in one]
        masks = one if person % 2 else several
        people.append(sorted((draw.randint(0, 6), mask) for mask in masks))
    flat = [event for events in people for event in events]
    offsets = np.cumsum([0, *map(len, people)])
    paths = Paths(offsets, *(np.array([e[n] for e in flat], np.int64) for n in (0, 1)))
    apart = [[time for time, _ in events] for events in people]
    masks = [[mask for _, mask in events] for events in people]
    alone = [furthest(t, m, steps, window) for t, m in zip(apart, masks, strict=True)]
    filled = counted_attempts(paths, np.array(list(map(len, alone))), window, steps)
    for person, expected in enumerate(alone):
        found = [each - offsets[person] for each in filled[person] if each != -1]
        times = apart[person]
        assert [times[each] for each in found] == [times[each] for each in expected]
        assert len(set(found)) == len(found)
