"""What a funnel's journeys say: how far everybody got, how long it took, in which group."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from analytics.definitions.reports import ByProperty, Funnel
from analytics.engine.funnel.attempts import PACK, Paths, Whole, counted_attempts
from analytics.engine.groups import Group, places, ranked
from analytics.engine.query import PREVIOUS, Rows, Scope, days_of, periods
from analytics.engine.sql import chosen_segments, segment_name

Flags: TypeAlias = npt.NDArray[np.bool_]


def as_array(column: Any) -> npt.NDArray[Any]:
    """An Arrow array as numpy sees it, without copying, and without importing pandas for it."""
    array: npt.NDArray[Any] = np.from_dlpack(column)
    return array


@dataclass(frozen=True)
class Journeys:
    """Everybody who entered a funnel, as columns: a place in each of them is a person."""

    funnel: Funnel
    table: Any

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
        if isinstance(self.funnel.breakdown, ByProperty):
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
    whose = owners[fitting]
    chosen = np.full(len(paths), -1, np.int64)
    chosen[whose[::-1]] = fitting[::-1]
    for person in np.flatnonzero(np.bincount(whose, minlength=len(paths)) > 1):
        equal = fitting[whose == person].tolist()
        chosen[person] = min(equal, key=lambda event: values[event].as_py())
    return chosen[people]


def groups_of(funnel: Funnel, rows: Rows) -> list[Group]:
    """The groups of the report's own period, largest first; the rest of both periods is "other"."""
    assert funnel.breakdown  # noqa: S101
    return ranked(
        Journeys(funnel, rows["journeys"]).sizes(),
        funnel.breakdown.limit,
        [Journeys(funnel, rows[name]).sizes() for name in rows if name == f"{PREVIOUS}journeys"],
    )


# --- Results ------------------------------------------------------------------------------------


def result(funnel: Funnel, scope: Scope, rows: Rows) -> dict[str, Any]:
    """Contract §4. The store tells where each person stopped; a step shows who got that far."""
    [size] = rows["sizes"]
    asked = periods(funnel, scope)
    read = {when: Journeys(each, rows[f"{when}journeys"]) for when, each in asked.items()}
    groups = groups_of(funnel, rows) if funnel.breakdown else []
    return {
        "kind": funnel.kind,
        "as_of": scope.as_of,
        "timezone": scope.zone.key,
        **days_of(funnel, scope),
        "warnings": [],
        "segments": [
            {"name": segment_name(each), "size": size[i]} | segment(read, groups, i)
            for i, each in enumerate(chosen_segments(funnel.segments, scope))
        ],
    }


def segment(read: dict[str, Journeys], groups: Sequence[Group], place: int) -> dict[str, Any]:
    """The numbers of a segment: its own, and those of each group of a breakdown."""
    inside = {when: each.inside(place) for when, each in read.items()}
    whole = compared(read, inside)
    if read[""].funnel.breakdown is None:
        return whole
    among = {when: each.among(groups) for when, each in read.items()}
    broken = [
        group.dump() | compared(read, {when: inside[when] & among[when][n] for when in read})
        for n, group in enumerate(groups)
    ]
    return whole | {"breakdown": broken}


def compared(read: dict[str, Journeys], who: dict[str, Flags]) -> dict[str, Any]:
    """The numbers of some people; each step with those of the period before where asked for."""
    numbers = journey(read[""], who[""])
    if PREVIOUS in read:
        before = journey(read[PREVIOUS], who[PREVIOUS])
        for step, earlier in zip(numbers["steps"], before.pop("steps"), strict=True):
            step["previous"] = {key: value for key, value in earlier.items() if key != "label"}
        numbers["previous"] = before
    return numbers


def journey(journeys: Journeys, who: Flags) -> dict[str, Any]:
    """The steps of some of the people."""
    steps = journeys.funnel.steps
    stopped = np.bincount(journeys.levels[who], minlength=len(steps) + 1).tolist()
    reached = [sum(stopped[step + 1 :]) for step in range(len(steps))]
    return {
        "conversion": share(reached[-1], reached[0]),
        "still_open": int(np.count_nonzero(journeys.open & who)),
        "steps": list(numbers_of_steps(journeys, who, reached)),
    }


def numbers_of_steps(
    journeys: Journeys, who: Flags, reached: Sequence[int]
) -> Iterator[dict[str, Any]]:
    for n, (step, here) in enumerate(zip(journeys.funnel.steps, reached, strict=True)):
        before = reached[n - 1] if n else here
        taken = journeys.seconds(n, who) if n and here else None
        yield {
            "label": str(step),
            "people": here,
            "of_previous": share(here, before),
            "of_first": share(here, reached[0]),
            "dropped": before - here,
            "dropped_share": share(before - here, before),
            "median_seconds": None if taken is None else float(np.median(taken)),
        }


def share(part: int, whole: int) -> float | None:
    """A part of a whole, unrounded; None where there is no whole."""
    return part / whole if whole else None
