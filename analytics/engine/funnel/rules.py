"""What makes an attempt of a funnel, in numbers, and the counted attempts of many people by it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from analytics.definitions.reports import Funnel
from analytics.definitions.steps import Order
from analytics.engine.funnel.attempts import NONE, Paths, Whole
from analytics.engine.plan import Plan

Flags = npt.NDArray[np.bool_]
FAR = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Rules:
    """Of a funnel over one period: times are milliseconds; an attempt begins before `period` ends;
    `exclusions` are (after, before), steps counted from 0."""

    steps: int
    window: int
    order: Order
    exclusions: tuple[tuple[int, int], ...]
    period: int

    @classmethod
    def of(cls, plan: Plan[Funnel]) -> "Rules":
        report = plan.report
        return cls(
            len(report.steps),
            report.window.milliseconds,
            report.order,
            tuple((each.after, each.before) for each in report.exclusions),
            plan.span.end - plan.span.start,
        )


def is_plain(funnel: Funnel) -> bool:
    """Whether the store itself can count the funnel: steps in order, and nothing else."""
    options = funnel.hold or funnel.exclusions or funnel.over_time
    return funnel.order is Order.IN_ORDER and not options


@dataclass(frozen=True)
class Trails(Paths):
    """The events of many people: of each, beside the steps that it fits, in `marks` a bit for each
    exclusion that it is of, and in `holds` a number for the values that it has in held properties.
    """

    marks: Whole
    holds: Whole

    def mine(self, person: int) -> slice:
        return slice(int(self.offsets[person]), int(self.offsets[person + 1]))

    @cached_property
    def keys(self) -> Whole:
        """Times that go on from person to person, to be searched in."""
        return self.key(self.owners, self.times)

    def key(self, owners: Whole, times: Whole) -> Whole:
        reach = int(self.times.max(initial=0)) + 2
        return owners * reach + np.clip(times + 1, 0, reach - 1)

    @cached_property
    def fresh(self) -> Flags:
        """Of each event whether it is the first one of its person at its time."""
        return changes(self.owners) | changes(self.times)

    def starts_of_time(self) -> Whole:
        """Of each event the first one of its person at its time."""
        return np.maximum.accumulate(np.where(self.fresh, np.arange(len(self.times)), 0))

    def ends_of_time(self) -> Whole:
        """Of each event the last one of its person at its time."""
        count = len(self.times)
        last = np.append(self.fresh[1:], np.ones(min(count, 1), np.bool_))
        places = np.where(last, np.arange(count), count)
        return np.minimum.accumulate(places[::-1])[::-1]

    def parted(self) -> "tuple[Trails, Whole, Whole]":
        """Each person's events apart by what is held: the parts, whose each is, and which event
        of these each event of theirs is."""
        owners = self.owners
        order = np.lexsort((self.holds, owners))
        firsts = np.flatnonzero(changes(owners[order]) | changes(self.holds[order]))
        parts = Trails(
            np.append(firsts, len(order)),
            self.times[order],
            self.masks[order],
            self.marks[order],
            np.zeros(len(order), np.int64),
        )
        return parts, owners[order][firsts], order


@dataclass(frozen=True)
class Found:
    """The counted attempt of everybody: how far it got, and which event filled which of its steps,
    NONE past them; of an attempt in any order the events by time."""

    levels: Whole
    filled: Whole

    @classmethod
    def none(cls, people: int, steps: int) -> "Found":
        return cls(np.zeros(people, np.int64), np.full((people, steps), NONE, np.int64))

    def put(self, person: int, first: int, attempt: list[int]) -> None:
        """One person's attempt, its events counted from their `first`."""
        self.levels[person] = len(attempt)
        self.filled[person] = NONE
        self.filled[person, : len(attempt)] = np.array(attempt, np.int64) + first

    def ranks(self, times: Whole) -> list[Whole]:
        """By what attempts are compared, the weightiest first; the smaller counts (contract §3):
        furthest, first to get there, entered latest, later steps earliest."""
        far = np.append(times, FAR)
        at = far[self.filled]
        arrived = at[np.arange(len(at)), np.maximum(self.levels - 1, 0)]
        return [-self.levels, arrived, -at[:, 0], *at[:, 1:].T]

    def leading(self, whose: Whole, times: Whole) -> Flags:
        """Of the attempts in the parts of each person, which stand together, those that count: one
        or, where others rank the same, several."""
        firsts = np.flatnonzero(changes(whose))
        lead = np.ones(len(whose), np.bool_)
        if len(firsts) == len(whose):
            return lead
        person = np.repeat(np.arange(len(firsts)), np.diff(np.append(firsts, len(whose))))
        for rank in self.ranks(times):
            smallest = np.minimum.reduceat(np.where(lead, rank, FAR), firsts)
            lead &= rank == smallest[person]
        return lead

    def best(self, whose: Whole, people: int, times: Whole, order: Whole) -> "Found":
        """Of the attempts in the parts of each person the one that counts."""
        if len(whose) == people:
            return self
        leading = np.flatnonzero(self.leading(whose, times))
        chosen = leading[changes(whose[leading])]
        found = Found.none(people, self.filled.shape[1])
        found.levels[whose[chosen]] = self.levels[chosen]
        filled = self.filled[chosen]
        found.filled[whose[chosen]] = np.where(filled == NONE, NONE, order[filled])
        return found


def changes(column: Whole) -> Flags:
    """Of each number whether it differs from the one before; the first one does."""
    found = np.ones(len(column), np.bool_)
    np.not_equal(column[1:], column[:-1], out=found[1:])
    return found


def limited(masks: list[int], times: list[int], start: int, end: int) -> list[int]:
    """The masks of one person's events where attempts begin in [start, end) alone."""
    pairs = zip(masks, times, strict=True)
    return [mask if start <= at < end else mask & ~1 for mask, at in pairs]
