"""The counted attempt of a funnel: which of a person's events filled which step (contract §3).

Of all attempts it is the one that gets furthest; of those the first to get there; entered as late
as possible; every later step as early as possible after the one before. An event is its time and a
mask: bit k is set where it matches step k + 1. Events of equal time count in either order, and one
event fills one step.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np
import numpy.typing as npt

Group = Sequence[int]
Whole = npt.NDArray[np.int64]
NONE = -1
# How an event stands in a path of the store's: milliseconds since the funnel's period began, then
# this many bits, one for each step that it fits. Of equal times the earlier step comes first.
PACK = 7


# --- Of one person ------------------------------------------------------------------------------


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


def furthest(times: Sequence[int], masks: Sequence[int], steps: int, window: int) -> list[int]:
    """The counted attempt of somebody of whom it is not known how far they got; may be empty."""
    groups = list(by_time(times))
    for level in range(steps, 0, -1):
        if first_arrival(groups, times, masks, level, window) is not None:
            return counted_attempt(times, masks, level, window)
    return []


def by_time(times: Sequence[int]) -> Iterator[Group]:
    """The indexes of the events, those of equal time together."""
    for _, group in groupby(range(len(times)), key=times.__getitem__):
        yield list(group)


def latest_entry(
    groups: Sequence[Group], times: Sequence[int], masks: Sequence[int], level: int, window: int
) -> int:
    """When the first attempt to reach `level` was entered, at the latest."""
    entry = first_arrival(groups, times, masks, level, window)
    if entry is None:
        raise ValueError(f"No attempt gets to step {level}.")
    return entry


def first_arrival(
    groups: Sequence[Group], times: Sequence[int], masks: Sequence[int], level: int, window: int
) -> int | None:
    """As `latest_entry`; None where no attempt gets so far.

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
                    known = latest[step]
                    latest[step] = entry if known is None else max(entry, known)
        arrived = latest[level]
        if arrived is not None and now - arrived <= window:
            return arrived
    return None


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


# --- Of many people at once ---------------------------------------------------------------------


@dataclass(frozen=True)
class Paths:
    """The matching events of many people, one person's after the other's.

    Those of person p are at offsets[p] … offsets[p + 1] − 1, ordered by time, then by mask.
    """

    offsets: Whole
    times: Whole
    masks: Whole

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def of(self, person: int) -> tuple[list[int], list[int]]:
        """The times and the masks of one person's events."""
        mine = slice(self.offsets[person], self.offsets[person + 1])
        return self.times[mine].tolist(), self.masks[mine].tolist()

    @cached_property
    def owners(self) -> Whole:
        """Whose each event is."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))


def counted_attempts(paths: Paths, levels: Whole, window: int, steps: int) -> Whole:
    """`counted_attempt` of everybody: a row a person, a column a step, NONE past their level.

    Whoever has an event that fits several steps beside another of the same time is worked out
    alone; for all others "before" is the order of the events, and each step is a few passes over
    all of them.
    """
    filled = np.full((len(paths), steps), NONE, np.int64)
    owners = paths.owners
    apart = tangled(paths, owners)
    entries = entered(paths, owners, np.where(apart, 0, levels), window, steps)
    going = np.flatnonzero(entries != NONE)
    filled[going, 0] = entries[going]
    for step in range(1, steps):
        going = going[levels[going] > step]
        filled[going, step] = following(paths, step)[filled[going, step - 1] + 1]
    for person in np.flatnonzero(apart & (levels > 0)).tolist():
        level = int(levels[person])
        attempt = counted_attempt(*paths.of(person), level, window)
        filled[person, :level] = np.array(attempt) + paths.offsets[person]
    return filled


def tangled(paths: Paths, owners: Whole) -> npt.NDArray[np.bool_]:
    """Who has events of equal time of which one fits several steps."""
    equal = (paths.times[1:] == paths.times[:-1]) & (owners[1:] == owners[:-1])
    several = paths.masks & (paths.masks - 1) != 0
    # A run of equal times is marked from its ends inwards: any two neighbours will do, since the
    # order by mask puts what fits several steps beside something of the same time.
    found = np.zeros(len(paths), np.bool_)
    found[owners[1:][equal & (several[1:] | several[:-1])]] = True
    return found


def entered(paths: Paths, owners: Whole, levels: Whole, window: int, steps: int) -> Whole:
    """The event with which each person's counted attempt begins; NONE at level 0."""
    entries = np.full(len(paths), NONE, np.int64)
    for step, chain in enumerate(chains(paths, owners, steps)):
        arrived = in_time(paths, chain, window)
        arrived = arrived[levels[owners[arrived]] == step + 1]
        people = owners[arrived]
        first = np.flatnonzero(np.diff(people, prepend=NONE))
        entries[people[first]] = chain[arrived[first]]
    return entries


def furthest_levels(paths: Paths, window: int, steps: int) -> Whole:
    """How many steps everybody's furthest attempt has."""
    levels = np.zeros(len(paths), np.int64)
    owners = paths.owners
    for step, chain in enumerate(chains(paths, owners, steps)):
        levels[owners[in_time(paths, chain, window)]] = step + 1
    for person in np.flatnonzero(tangled(paths, owners)).tolist():
        levels[person] = len(furthest(*paths.of(person), steps, window))
    return levels


def chains(paths: Paths, owners: Whole, steps: int) -> Iterator[Whole]:
    """Of each step, for each event, the latest entry of an attempt whose newest step it is; NONE
    where there is none."""
    starts = paths.offsets[:-1][owners]
    chain = np.where(paths.masks & 1, np.arange(len(owners)), NONE)
    for step in range(steps):
        if step:
            newest = np.maximum.accumulate(np.where(chain != NONE, np.arange(len(owners)), NONE))
            before = np.concatenate(([NONE], newest[:-1])) if len(newest) else newest
            goes_on = (paths.masks >> step & 1 == 1) & (before >= starts)
            chain = np.where(goes_on, chain[before], NONE)
        yield chain


def in_time(paths: Paths, chain: Whole, window: int) -> Whole:
    """The events whose attempt got there within the window."""
    arrived = np.flatnonzero(chain != NONE)
    return arrived[paths.times[arrived] - paths.times[chain[arrived]] <= window]


def following(paths: Paths, step: int) -> Whole:
    """For each place in the order the next event, there or later, that fits the step."""
    count = len(paths.times)
    fits = np.where(paths.masks >> step & 1, np.arange(count), count)
    following = np.minimum.accumulate(fits[::-1])[::-1]
    return np.concatenate((following, [count]))
