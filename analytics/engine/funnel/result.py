"""The answer of a funnel, from everybody's journeys (contract §3, §4).

The store tells where each person stopped; a step shows who got at least that far.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.definitions.reports import Funnel
from analytics.engine.buckets import buckets
from analytics.engine.funnel.attempts import Whole
from analytics.engine.funnel.journeys import Flags, Journeys, Walked, groups_of
from analytics.engine.groups import Group
from analytics.engine.plan import Plan
from analytics.engine.query import Key, Part, Rows
from analytics.engine.segments import segment_name
from analytics.results import (
    Bin,
    Conversion,
    ConversionTimes,
    EnteredBucket,
    FunnelGroup,
    FunnelResult,
    FunnelSegment,
    SegmentConversion,
    Step,
    StepNumbers,
)


@dataclass(frozen=True)
class Some:
    """Some of the people of one period."""

    journeys: Journeys
    who: Flags

    def of(self, who: Flags) -> "Some":
        return Some(self.journeys, self.who & who)


def result(plan: Plan[Funnel], rows: Rows) -> FunnelResult:
    [size] = rows[Key(Part.SIZES)]
    read = [Journeys.of(each, rows) for each in plan.periods]
    groups = groups_of(plan, rows)
    return FunnelResult(
        **plan.answer(),
        **plan.overlaps(rows),
        warnings=(),
        segments=tuple(
            FunnelSegment(
                name=segment_name(each), size=size[n], **segment(plan.report, read, groups, n)
            )
            for n, each in enumerate(plan.segments)
        ),
    )


def segment(
    funnel: Funnel, read: Sequence[Journeys], groups: Sequence[Group], place: int
) -> dict[str, Any]:
    """The numbers of a segment, as keywords: its own, and those of each group of a breakdown."""
    inside = [Some(each, each.inside(place)) for each in read]
    whole = compared(inside)
    own, *earlier = ({**over_time(each), **times(each)} for each in inside)
    whole |= own
    if earlier:
        whole["previous"] = SegmentConversion(**conversion(inside[1]), **earlier[0])
    if funnel.breakdown is None:
        return whole
    among = [each.among(groups) for each in read]
    broken = (
        [some.of(who[n]) for some, who in zip(inside, among, strict=True)]
        for n in range(len(groups))
    )
    return whole | {
        "breakdown": tuple(
            FunnelGroup(**group.dump(), **compared(each))
            for group, each in zip(groups, broken, strict=True)
        )
    }


def compared(periods: Sequence[Some]) -> dict[str, Any]:
    """The numbers of some people, as keywords, with those of the period before where asked for."""
    own, *earlier = periods
    labels = [{"label": each} for each in own.journeys.funnel.labels]
    numbers = [label | step for label, step in zip(labels, steps_of(own), strict=True)]
    if not earlier:
        return conversion(own) | {"steps": tuple(Step(**each) for each in numbers)}
    before = [{"previous": StepNumbers(**each)} for each in steps_of(earlier[0])]
    compared_steps = (Step(**now, **past) for now, past in zip(numbers, before, strict=True))
    return conversion(own) | {
        "steps": tuple(compared_steps),
        "previous": Conversion(**conversion(earlier[0])),
    }


def reached(some: Some) -> list[int]:
    """How many got at least to each step."""
    steps = len(some.journeys.funnel.steps)
    stopped = np.bincount(some.journeys.levels[some.who], minlength=steps + 1)
    there: list[int] = stopped[::-1].cumsum()[::-1][1:].tolist()
    return there


def conversion(some: Some) -> dict[str, Any]:
    first, *_, last = reached(some)
    return {
        "conversion": share(last, first),
        "still_open": int(np.count_nonzero(some.journeys.open & some.who)),
    }


def steps_of(some: Some) -> Iterator[dict[str, Any]]:
    """The numbers of each step, as keywords."""
    there = reached(some)
    for n, here in enumerate(there):
        before = there[n - 1] if n else here
        taken = some.journeys.seconds(n, some.who) if n and here else None
        yield {
            "people": here,
            "of_previous": share(here, before),
            "of_first": share(here, there[0]),
            "dropped": before - here,
            "dropped_share": share(before - here, before),
            "median_seconds": None if taken is None else float(np.median(taken)),
        }


def over_time(some: Some) -> dict[str, Any]:
    """The conversion of each bucket of the period, as a keyword; none where it is not asked."""
    plan = some.journeys.plan
    if (asked := plan.report.over_time) is None or not isinstance(some.journeys, Walked):
        return {}
    grid = buckets(asked.granularity, plan.days.start, plan.days.end, plan.scope)
    real = [each for each in grid if each.start < each.end]
    starts = np.array([each.start - plan.span.start for each in real], np.int64)
    entered, converted = (
        counted(pairs, some.who, [each.start for each in real])
        for pairs in some.journeys.solved.over_time(starts)
    )
    return {
        "over_time": tuple(
            EnteredBucket(
                start=each.label,
                people=(people := entered.get(each.start, 0) if each.start < each.end else 0),
                converted=(done := converted.get(each.start, 0) if people else 0),
                conversion=share(done, people),
                partial=each.partial,
            )
            for each in grid
        )
    }


def counted(pairs: Whole, who: Flags, starts: Sequence[int]) -> dict[int, int]:
    """How many of some people stand at each bucket, by its start."""
    people, bucket = np.divmod(pairs, len(starts))
    counts = np.bincount(bucket[who[people]], minlength=len(starts)).tolist()
    return dict(zip(starts, counts, strict=True))


def times(some: Some) -> dict[str, Any]:
    """How long people took, as a keyword; none where it is not asked."""
    if (asked := some.journeys.funnel.time_to_convert) is None:
        return {}
    journeys = some.journeys
    there = journeys.filled[some.who & (journeys.levels > asked.to)]
    at = journeys.paths.times
    took: Whole = at[there[:, asked.to]] - at[there[:, asked.since]]
    return {
        "time_to_convert": ConversionTimes(
            people=len(took),
            average_seconds=float(took.sum()) / len(took) / 1000 if len(took) else None,
            median_seconds=float(np.median(took / 1000)) if len(took) else None,
            bins=tuple(bins(took, asked.bins)),
        )
    }


def bins(took: Whole, count: int) -> Iterator[Bin]:
    """Equal spans from the shortest time to the longest, in whole arithmetic: a time on an edge
    belongs to the later one, the longest to the last."""
    if not len(took):
        return
    low, high = int(took.min()), int(took.max())
    count, width = (count, high - low) if low < high else (1, 1)
    places = np.minimum((took - low) * count // width, count - 1)
    people = np.bincount(places, minlength=count).tolist()
    for n, number in enumerate(people):
        edges = [(low + (high - low) * edge / count) / 1000 for edge in (n, n + 1)]
        yield Bin(since=edges[0], to=edges[1], people=number)


def share(part: int, whole: int) -> float | None:
    """A part of a whole, unrounded; None where there is no whole."""
    return part / whole if whole else None
