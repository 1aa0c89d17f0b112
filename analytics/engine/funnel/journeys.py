"""What a funnel's journeys say: how far everybody got, how long it took, in which group."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from analytics.definitions.reports import Funnel
from analytics.engine.breakdowns import is_of_events
from analytics.engine.funnel.attempts import PACK, Paths, Whole, counted_attempts
from analytics.engine.funnel.rules import Rules, Trails, is_plain
from analytics.engine.funnel.solve import Solved
from analytics.engine.funnel.trails import MARKS
from analytics.engine.groups import Group, places, ranked
from analytics.engine.plan import Plan
from analytics.engine.query import Key, Part, Rows

Flags: TypeAlias = npt.NDArray[np.bool_]


def as_array(column: Any) -> npt.NDArray[Any]:
    """An Arrow array as numpy sees it, without copying, and without importing pandas for it."""
    array: npt.NDArray[Any] = np.from_dlpack(column)
    return array


@dataclass(frozen=True)
class Journeys:
    """Everybody who entered a funnel, as columns: a place in each of them is a person."""

    plan: Plan[Funnel]
    table: Any

    @property
    def funnel(self) -> Funnel:
        return self.plan.report

    @classmethod
    def of(cls, plan: Plan[Funnel], rows: Rows) -> "Journeys":
        """Those of a plan's period."""
        table = rows[Key(Part.JOURNEYS, plan.is_previous)]
        return cls(plan, table) if is_plain(plan.report) else Walked(plan, table)

    @cached_property
    def levels(self) -> npt.NDArray[np.int64]:
        return self.column("level").astype(np.int64)

    @cached_property
    def open(self) -> Flags:
        return self.column("open").astype(np.bool_)

    def column(self, name: str) -> npt.NDArray[Any]:
        return as_array(self.table[name].combine_chunks())

    def inside(self, segment: int) -> Flags:
        return self.column(f"s{segment}").astype(np.bool_)

    @cached_property
    def paths(self) -> Paths:
        path = self.table["path"].combine_chunks()
        packed = as_array(path.values)
        times, masks = packed >> np.uint64(PACK), packed & np.uint64((1 << PACK) - 1)
        offsets = as_array(path.offsets).astype(np.int64)
        return Paths(offsets, times.astype(np.int64), masks.astype(np.int64))

    @cached_property
    def filled(self) -> npt.NDArray[np.int64]:
        """Which event filled which step: a row a person; none of whom stayed at step 1."""
        levels = np.where(self.levels > 1, self.levels, 0)
        window = self.funnel.window.milliseconds
        return counted_attempts(self.paths, levels, window, len(self.funnel.steps))

    def seconds(self, step: int, who: Flags) -> npt.NDArray[np.float64]:
        """How long those took to a step, from the one before, who reached it."""
        there = self.filled[who & (self.levels > step)]
        times = self.paths.times
        return (times[there[:, step]] - times[there[:, step - 1]]) / 1000

    @cached_property
    def values(self) -> Any:
        """By what each person is grouped, dictionary encoded: an attribute of theirs, or a property
        of the event that filled step 1; of several such of that time what sorts first."""
        values = self.table["value"].combine_chunks()
        if is_of_events(self.funnel.breakdown):
            further = np.flatnonzero(self.levels > 1)
            of_events = self.table["values"].combine_chunks().values
            if len(of_events):
                places = np.zeros(len(values), np.int64)
                entries = self.filled[further, 0]
                places[further] = entries_by_value(self.paths, further, entries, of_events)
                values = pc.if_else(self.levels > 1, of_events.take(places), values)
        return values.dictionary_encode()

    def sizes(self) -> dict[str, int]:
        """How many people each value has, over all segments."""
        segments = [name for name in self.table.column_names if re.fullmatch(r"s\d", name)]
        size = sum(self.column(name).astype(np.int64) for name in segments)
        names = self.values.dictionary.to_pylist()
        counts = np.bincount(as_array(self.values.indices), size, len(names))
        return {name: int(count) for name, count in zip(names, counts, strict=True)}

    def among(self, groups: Sequence[Group]) -> list[Flags]:
        """Who is in each group."""
        at = np.array(places(groups, self.values.dictionary.to_pylist()), np.int64)
        mine = at[as_array(self.values.indices)] if len(at) else np.zeros(0, np.int64)
        return [mine == n for n in range(len(groups))]


def entries_by_value(paths: Paths, people: Whole, entries: Whole, values: Any) -> Whole:
    """Of each person the event that gives the value: of all that fit step 1 at the time of their
    entry the one whose value sorts first. Mostly it is the entry itself, for want of another."""
    at = np.full(len(paths), -1, np.int64)
    at[people] = paths.times[entries]
    owners = paths.owners
    fitting = np.flatnonzero((paths.times == at[owners]) & (paths.masks & 1 == 1))
    return smallest(fitting, owners[fitting], len(paths), values)[people]


@dataclass(frozen=True)
class Walked(Journeys):
    """As everything that people did, whose attempts are counted here."""

    @cached_property
    def paths(self) -> Trails:
        path = self.table["path"].combine_chunks()
        packed = as_array(path.values)
        bits = (packed & np.uint64((1 << (PACK + MARKS)) - 1)).astype(np.int64)
        return Trails(
            as_array(path.offsets).astype(np.int64),
            (packed >> np.uint64(PACK + MARKS)).astype(np.int64),
            bits >> MARKS,
            bits & (1 << MARKS) - 1,
            self.holds(len(packed)),
        )

    def holds(self, events: int) -> Whole:
        if not self.funnel.hold:
            return np.zeros(events, np.int64)
        return as_array(self.table["holds"].combine_chunks().values).astype(np.int64)

    @cached_property
    def solved(self) -> Solved:
        return Solved(self.paths, Rules.of(self.plan), bool(self.funnel.hold))

    @cached_property
    def levels(self) -> Whole:
        return self.solved.found.levels

    @cached_property
    def filled(self) -> Whole:
        return self.solved.found.filled

    @cached_property
    def open(self) -> Flags:
        return self.column("open").astype(np.bool_) & (self.levels < len(self.funnel.steps))

    @cached_property
    def values(self) -> Any:
        if not is_of_events(self.funnel.breakdown):
            return self.table["value"].combine_chunks().dictionary_encode()
        values = self.table["values"].combine_chunks().values
        entries = smallest(*self.solved.could_begin(), len(self.paths), values)
        return values.take(entries).dictionary_encode()


def smallest(events: Whole, owners: Whole, people: int, values: Any) -> Whole:
    """Of each person's events the one whose value sorts first."""
    chosen = np.full(people, -1, np.int64)
    chosen[owners[::-1]] = events[::-1]
    for person in np.flatnonzero(np.bincount(owners, minlength=people) > 1).tolist():
        equal = events[owners == person].tolist()
        chosen[person] = min(equal, key=lambda event: values[event].as_py())
    return chosen


def groups_of(plan: Plan[Funnel], rows: Rows) -> list[Group]:
    """The groups of the report's own period, largest first; the rest of both periods is "other".
    None where it is not broken down."""
    if plan.report.breakdown is None:
        return []
    own, *earlier = (Journeys.of(each, rows).sizes() for each in plan.periods)
    return ranked(own, plan.report.breakdown.limit, earlier)
