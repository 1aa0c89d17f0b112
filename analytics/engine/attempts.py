"""The counted attempt of a funnel: which of a person's events filled which step (contract §3).

Of all attempts it is the one that gets furthest; of those the first to get there; entered as late
as possible; every later step as early as possible after the one before. An event is its time and a
mask: bit k is set where it matches step k + 1. Events of equal time count in either order, and one
event fills one step.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

Group = Sequence[int]


def counted_attempt(
    times: Sequence[int], masks: Sequence[int], level: int, window: int
) -> list[int]:
    """The indexes of the events that filled the steps 1 … `level`.

    Times are ascending, in milliseconds as `window`. Raises ValueError if no attempt gets so far.
    """
    groups = list(by_time(times))
    entry = latest_entry(groups, times, masks, level, window)
    filled: list[int] = []
    for group in groups:
        if times[group[0]] >= entry and len(filled) < level:
            filled += fillers(group, masks, len(filled), level)
    return filled


def by_time(times: Sequence[int]) -> Iterator[Group]:
    """The indexes of the events, those of equal time together."""
    for _, group in groupby(range(len(times)), key=times.__getitem__):
        yield list(group)


def latest_entry(
    groups: Sequence[Group], times: Sequence[int], masks: Sequence[int], level: int, window: int
) -> int:
    """When the first attempt to reach `level` was entered, at the latest.

    `latest[k]` is the latest entry of any attempt that has filled k steps so far. Later entries are
    never worse, so one number a step is all there is to remember.
    """
    latest: list[int | None] = [None] * (level + 1)
    for group in groups:
        now = times[group[0]]
        before = [now, *latest[1:]]
        for done in reversed(range(level)):
            entry = before[done]
            if entry is not None:
                further = done + len(fillers(group, masks, done, level))
                for step in range(done + 1, further + 1):
                    latest[step] = max(entry, latest[step] or entry)
        arrived = latest[level]
        if arrived is not None and now - arrived <= window:
            return arrived
    raise ValueError(f"No attempt gets to step {level}.")


def fillers(group: Group, masks: Sequence[int], done: int, level: int) -> list[int]:
    """Events of one time that fill as many of the steps after `done` as can be, in their order."""
    if len(group) == 1:
        return list(group) if masks[group[0]] >> done & 1 else []
    filled: dict[int, int] = {}
    for step in range(done, level):
        if not place(step, group, masks, filled, set()):
            break
    return [event for _, event in sorted((step, event) for event, step in filled.items())]


def place(
    step: int, group: Group, masks: Sequence[int], filled: dict[int, int], tried: set[int]
) -> bool:
    """Find an event for a step, moving others where that helps (augmenting paths)."""
    for event in group:
        if masks[event] >> step & 1 and event not in tried:
            tried.add(event)
            if event not in filled or place(filled[event], group, masks, filled, tried):
                filled[event] = step
                return True
    return False
