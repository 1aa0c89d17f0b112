"""The limit: loops over arrays that lie in memory, sorted by person and time, on both cores."""

from typing import Any

import numba
import numpy as np

Array = np.ndarray[Any, Any]


@numba.njit(parallel=True)
def funnel(offsets: Array, events: Array, times: Array, steps: Array, start: int, end: int,
           window: int) -> Array:  # fmt: skip
    """How many people got to each step: three steps of different events."""
    people = len(offsets) - 1
    chunks = numba.get_num_threads() * 8
    reached = np.zeros((chunks, 4), np.int64)
    for chunk in numba.prange(chunks):
        for person in range(people * chunk // chunks, people * (chunk + 1) // chunks):
            first, second, level = -1, -1, 0
            for n in range(offsets[person], offsets[person + 1]):
                at = times[n]
                if at < start or at >= end:
                    continue
                step = steps[events[n]]
                if step == 1:
                    first = at
                    level = max(level, 1)
                elif step == 2 and first >= 0 and at - first <= window:
                    second = first
                    level = max(level, 2)
                elif step == 3 and second >= 0 and at - second <= window:
                    level = 3
                    break
            reached[chunk, level] += 1
    return reached.sum(axis=0)


@numba.njit(parallel=True)
def segmentation(offsets: Array, events: Array, times: Array, chosen: Array, segments: Array,
                 start: int, days: int, count: int) -> tuple[Array, Array]:  # fmt: skip
    """Events and distinct people of each day, of `count` events and two segments."""
    people = len(offsets) - 1
    chunks = numba.get_num_threads() * 8
    happened = np.zeros((chunks, days, 2, count), np.int64)
    did = np.zeros((chunks, days, 2, count), np.int64)
    for chunk in numba.prange(chunks):
        last = np.empty(count, np.int64)
        for person in range(people * chunk // chunks, people * (chunk + 1) // chunks):
            segment = segments[person]
            if segment > 1:
                continue
            last[:] = -1
            for n in range(offsets[person], offsets[person + 1]):
                which = chosen[events[n]]
                day = (times[n] - start) // 86_400_000
                if which < 0 or day < 0 or day >= days:
                    continue
                happened[chunk, day, segment, which] += 1
                if last[which] != day:
                    last[which] = day
                    did[chunk, day, segment, which] += 1
    return happened.sum(axis=0), did.sum(axis=0)
