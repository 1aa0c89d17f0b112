"""Attempts that exclusions cut short (contract §3).

An attempt reaches step `before` only if nothing excluded, other than its own events, lies strictly
between its events of `after` and `before`. So an attempt in the making is told by how many steps it
has, which exclusions it can no more satisfy, and when it was entered: a later entry is never worse.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from analytics.engine.funnel.attempts import NONE, Whole, by_time
from analytics.engine.funnel.rules import Rules, Trails

Flags = npt.NDArray[np.bool_]
# Steps that are filled, and a bit for each exclusion that cannot be satisfied any more.
State = tuple[int, int]


def violated(trails: Trails, filled: Whole, rules: Rules) -> Flags:
    """Which attempts have something excluded in them: a row each, as of the counted attempts."""
    found = np.zeros(len(filled), np.bool_)
    starts, ends = trails.starts_of_time(), trails.ends_of_time()
    for number, (after, before) in enumerate(rules.exclusions):
        rows = np.flatnonzero(filled[:, before] != NONE)
        first, last = filled[rows, after], filled[rows, before]
        marked = trails.marks >> number & 1
        until = np.concatenate(([0], np.cumsum(marked)))
        between = until[starts[last]] - until[np.minimum(ends[first] + 1, starts[last])]
        for own in range(after + 1, before):
            event = filled[rows, own]
            at = trails.times[event]
            inside = (at > trails.times[first]) & (at < trails.times[last])
            between = between - marked[event] * inside
        found[rows[between > 0]] = True
    return found


@dataclass(frozen=True)
class Walk:
    """The events of one person: times ascending, the steps that each fits, the exclusions that it
    is of."""

    times: Sequence[int]
    masks: Sequence[int]
    marks: Sequence[int]
    rules: Rules

    @classmethod
    def of(cls, trails: Trails, person: int, rules: Rules) -> "Walk":
        times, masks = trails.of(person)
        return cls(times, masks, trails.marks[trails.mine(person)].tolist(), rules)

    def counted(self, furthest: int) -> list[int]:
        """The events of the counted attempt, which has so many steps at most; may be empty."""
        for level in range(furthest, 0, -1):
            if reached := self.reach(level, self.masks):
                return self.earliest(level, *reached)
        return []

    def earliest(self, level: int, arrival: int, entry: int) -> list[int]:
        """Of all attempts that begin and arrive then the one whose every step is as early as it can
        be: each in turn the first event with which the rest still succeeds."""
        inside = [n for n, at in enumerate(self.times) if entry <= at <= arrival]
        walk = Walk(
            [self.times[n] for n in inside],
            [self.masks[n] for n in inside],
            [self.marks[n] for n in inside],
            self.rules,
        )
        masks, chosen = list(walk.masks), []
        for step in range(level):
            for event, mask in enumerate(masks):
                if mask >> step & 1:
                    tried = [each & ~(1 << step) for each in masks]
                    tried[event] = 1 << step
                    if walk.reach(level, tried) == (arrival, entry):
                        masks = tried
                        chosen.append(inside[event])
                        break
        return chosen

    @cached_property
    def groups(self) -> list[list[int]]:
        return [list(group) for group in by_time(self.times)]

    def reach(self, level: int, masks: Sequence[int]) -> tuple[int, int] | None:
        """When the first attempt gets to a step, and when it was entered, at the latest; None where
        none does."""
        states: dict[State, int] = {}
        for group in self.groups:
            now = self.times[group[0]]
            there: dict[State, int] = {}
            for (done, dead), entry in [((0, 0), now), *states.items()]:
                if now - entry <= self.rules.window:
                    for further, spared in self.fills(group, masks, done, dead, level):
                        state = done + further, self.dying(done, further, dead, spared)
                        if state[0] and there.get(state, NONE) < entry:
                            there[state] = entry
            arrived = [entry for (done, _), entry in there.items() if done >= level]
            if arrived:
                return now, max(arrived)
            states = there
        return None

    def dying(self, done: int, further: int, dead: int, spared: int) -> int:
        """Which exclusions cannot be satisfied after a time: something excluded happened at it, and
        their first step was filled before."""
        for number, (after, before) in enumerate(self.rules.exclusions):
            if before < done + further:
                dead &= ~(1 << number)
            elif after < done and not spared >> number & 1:
                dead |= 1 << number
        return dead

    def fills(
        self, group: Sequence[int], masks: Sequence[int], done: int, dead: int, level: int
    ) -> set[tuple[int, int]]:
        """How many further steps the events of one time can fill, and of which exclusions all
        events of that time are then the attempt's own."""
        barred = {before for n, (_, before) in enumerate(self.rules.exclusions) if dead >> n & 1}
        kinds: dict[tuple[int, int], int] = {}
        for event in group:
            kind = masks[event], self.marks[event]
            kinds[kind] = kinds.get(kind, 0) + 1
        return set(filling(kinds, done, level, barred, len(self.rules.exclusions)))


def filling(
    kinds: dict[tuple[int, int], int], step: int, level: int, barred: set[int], exclusions: int
) -> Iterator[tuple[int, int]]:
    """Every way to fill the steps after `step` with events of these kinds, so many of each: how
    many steps, and which exclusions have no event left."""
    left = 0
    for (_, marks), count in kinds.items():
        left |= marks if count else 0
    yield 0, ((1 << exclusions) - 1) & ~left
    if step == level or step in barred:
        return
    for kind, count in kinds.items():
        if count and kind[0] >> step & 1:
            rest = kinds | {kind: count - 1}
            for further, spared in filling(rest, step + 1, level, barred, exclusions):
                yield further + 1, spared
