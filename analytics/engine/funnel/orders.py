"""Attempts in any order, and strict ones (contract §3), of many people at once.

Whoever has events that several steps want is worked out alone: in any order where an event fits
several steps, strictly where something happened at the time of a step.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from analytics.engine.funnel.attempts import NONE, Whole, by_time, fillers, following
from analytics.engine.funnel.rules import Found, Rules, Trails

Flags = npt.NDArray[np.bool_]


# --- In any order -------------------------------------------------------------------------------


def in_any_order(trails: Trails, rules: Rules) -> Found:
    """As many different steps as different events fit that lie within the window."""
    found = Found.none(len(trails), rules.steps)
    if not len(trails.times):
        return found
    owners, ends = trails.owners, trails.ends_of_time()
    opens = np.searchsorted(trails.keys, trails.key(owners, trails.times - rules.window))
    sizes = np.where(trails.times[opens] < rules.period, fitting(trails, rules, opens, ends), 0)
    np.maximum.at(found.levels, owners, sizes)
    arrived = np.flatnonzero((sizes == found.levels[owners]) & (sizes > 0))
    arrived = arrived[np.flatnonzero(np.diff(owners[arrived], prepend=NONE))]
    several = has_several(trails)
    plain = arrived[~several[owners[arrived]]]
    found.filled[owners[plain]] = by_occurrence(trails, rules, opens[plain], ends[plain])
    for event in arrived[several[owners[arrived]]].tolist():
        person = int(owners[event])
        first, (times, masks) = int(trails.offsets[person]), trails.of(person)
        window = range(int(opens[event]) - first, int(ends[event]) - first + 1)
        found.put(person, first, any_attempt(times, masks, window, rules))
    return found


def fitting(trails: Trails, rules: Rules, first: Whole, last: Whole) -> Whole:
    """How many different steps the events first … last can fill, each one step: by the theorem of
    König and Ore the smallest number, over all sets of steps, of the steps outside of it and the
    events that fit one inside. Without events of several steps: how many steps occur."""
    if not has_several(trails).any():
        there = [latest(trails, step)[last] >= first for step in range(rules.steps)]
        return np.array(there, np.int64).sum(axis=0)  # type: ignore[no-any-return]
    smallest = np.full(len(first), rules.steps, np.int64)
    for chosen in range(1, 1 << rules.steps):
        events = np.concatenate(([0], np.cumsum(trails.masks & chosen != 0)))
        outside = rules.steps - chosen.bit_count()
        smallest = np.minimum(smallest, outside + events[last + 1] - events[first])
    return smallest


def latest(trails: Trails, step: int) -> Whole:
    """For each event the newest one, it or before, that fits the step; NONE where there is none."""
    places = np.where(trails.masks >> step & 1, np.arange(len(trails.masks)), NONE)
    return np.maximum.accumulate(places)


def has_several(trails: Trails) -> Flags:
    """Who has an event that fits several steps."""
    found = np.zeros(len(trails), np.bool_)
    found[trails.owners[trails.masks & (trails.masks - 1) != 0]] = True
    return found


def by_occurrence(trails: Trails, rules: Rules, first: Whole, last: Whole) -> Whole:
    """The attempts that arrive with `last` and can begin at `first`: entered as late as every step
    that occurs between them allows, in the period, then each step at its first occurrence."""
    newest = np.stack([latest(trails, step)[last] for step in range(rules.steps)], axis=1)
    count = len(trails.times)
    entry = np.where(newest >= first[:, None], newest, count).min(axis=1)
    inside = np.where(trails.times < rules.period, np.arange(count), NONE)
    entry = np.minimum(entry, np.maximum.accumulate(inside)[last])
    begin = trails.starts_of_time()[entry]
    filled = np.stack([following(trails, step)[begin] for step in range(rules.steps)], axis=1)
    filled = np.sort(np.where(filled <= last[:, None], filled, count), axis=1)
    return np.where(filled == count, NONE, filled)


def any_attempt(
    times: Sequence[int], masks: Sequence[int], window: range, rules: Rules
) -> list[int]:
    """The counted attempt among one person's events of a window: taken greedily from its end, the
    last event that still adds a step is the latest that an attempt can begin with; taken greedily
    from there, each step is as early as it can be."""
    entry = independent(masks, reversed(window), rules.steps)[-1]
    if times[entry] >= rules.period:
        entry = max(event for event in window if times[event] < rules.period)
    since = [event for event in window if times[event] >= times[entry]]
    return independent(masks, since, rules.steps)


def independent(masks: Sequence[int], events: Iterable[int], steps: int) -> list[int]:
    """The events, taken in their order, that each fill a step beside all those before."""
    filled: dict[int, int] = {}
    return [event for event in events if seated(event, masks, filled, steps)]


def seated(event: int, masks: Sequence[int], filled: dict[int, int], steps: int) -> bool:
    """Give an event a step, moving others where that helps (augmenting paths). `filled` is by step
    the event that fills it."""
    tried: set[int] = set()

    def seat(one: int) -> bool:
        for step in range(steps):
            if masks[one] >> step & 1 and step not in tried:
                tried.add(step)
                if step not in filled or seat(filled[step]):
                    filled[step] = one
                    return True
        return False

    return seat(event)


def any_complete(trails: Trails, rules: Rules) -> Flags:
    """Of each event whether a complete attempt in any order can begin with it."""
    if not len(trails.times):
        return np.zeros(0, np.bool_)
    until = trails.key(trails.owners, trails.times + rules.window)
    last = np.searchsorted(trails.keys, until, "right") - 1
    size = fitting(trails, rules, trails.starts_of_time(), last)
    whole: Flags = size == rules.steps
    return whole & (trails.times < rules.period) & (trails.masks > 0)


# --- Strictly -----------------------------------------------------------------------------------


def strictly(trails: Trails, rules: Rules) -> Found:
    """Steps that follow each other immediately; what fits no step stands in the trails, too."""
    found = Found.none(len(trails), rules.steps)
    owners, apart = trails.owners, crowded(trails)
    run = runs(trails, rules)
    np.maximum.at(found.levels, owners, np.where(apart[owners], 0, run))
    begun = np.flatnonzero((run == found.levels[owners]) & (run > 0) & ~apart[owners])
    begun = begun[np.flatnonzero(np.diff(owners[begun], prepend=NONE))]
    for step in range(rules.steps):
        further = begun[found.levels[owners[begun]] > step]
        found.filled[owners[further], step] = further + step
    for person in np.flatnonzero(apart).tolist():
        found.put(person, int(trails.offsets[person]), best_strict(trails, person, rules))
    return found


def crowded(trails: Trails) -> Flags:
    """Who did something at the time of a step."""
    owners = trails.owners
    equal = (trails.times[1:] == trails.times[:-1]) & (owners[1:] == owners[:-1])
    found = np.zeros(len(trails), np.bool_)
    found[owners[1:][equal & ((trails.masks[1:] | trails.masks[:-1]) > 0)]] = True
    return found


def runs(trails: Trails, rules: Rules) -> Whole:
    """Of each event how many steps follow immediately when it fills the first one, itself counted:
    of one person, within the window, with the same held values."""
    count, owners = len(trails.times), trails.owners
    run = (trails.masks & 1).astype(np.int64)
    for step in range(1, rules.steps):
        here = np.flatnonzero(run == step)
        here = here[here + step < count]
        then = here + step
        goes_on = (
            (trails.masks[then] >> step & 1 == 1)
            & (owners[then] == owners[here])
            & (trails.holds[then] == trails.holds[here])
            & (trails.times[then] - trails.times[here] <= rules.window)
        )
        run[here[goes_on]] += 1
    return run


def best_strict(trails: Trails, person: int, rules: Rules) -> list[int]:
    """One person's counted attempt, events of equal time in any order."""
    times, masks = trails.of(person)
    holds = trails.holds[trails.mine(person)].tolist()
    return strict_attempt(times, masks, holds, rules)


def strict_attempt(
    times: Sequence[int], masks: Sequence[int], holds: Sequence[int], rules: Rules
) -> list[int]:
    """As `best_strict`, of bare lists; empty where nothing fits step 1.

    Of all attempts that begin at one time only what comes at it, between and at the end can differ:
    everything between is in the attempt.
    """
    groups = list(by_time(times))
    attempts = [
        attempt
        for hold in dict.fromkeys(holds)
        for attempt in from_each(
            groups,
            times,
            [mask if own == hold else 0 for mask, own in zip(masks, holds, strict=True)],
            rules,
        )
    ]
    return min(attempts, key=lambda attempt: rank(attempt, times), default=[])


def rank(attempt: Sequence[int], times: Sequence[int]) -> tuple[int, int, int, list[int]]:
    """Furthest; first to get there; entered latest; every later step earliest (contract §3)."""
    at = [times[event] for event in attempt]
    return -len(at), at[-1], -at[0], at[1:]


def from_each(
    groups: Sequence[Sequence[int]], times: Sequence[int], masks: Sequence[int], rules: Rules
) -> list[list[int]]:
    """Attempts that begin at each time, for each number of steps that are filled at once."""
    found = []
    for n, group in enumerate(groups):
        for size in range(1, len(fillers(group, masks, 0, rules.steps)) + 1):
            begun = fillers(group, masks, 0, size)
            found.append(going_on(begun, groups[n + 1 :], times, masks, rules))
    return found


def going_on(
    begun: list[int],
    groups: Sequence[Sequence[int]],
    times: Sequence[int],
    masks: Sequence[int],
    rules: Rules,
) -> list[int]:
    """An attempt with all that follows it immediately, and in time."""
    attempt = list(begun)
    for group in groups:
        if len(attempt) == rules.steps or times[group[0]] - times[attempt[0]] > rules.window:
            break
        further = fillers(group, masks, len(attempt), rules.steps)
        attempt += further
        if len(further) < len(group):
            break
    return attempt
