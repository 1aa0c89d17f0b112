"""The series of a result as they are drawn and listed, each known by its place.

A place is a `SegmentationFigure`: which segment, event and group, now or before. Names are for
reading alone: two segments may have one name, and a value may be called "Other".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from analytics.definitions.figures import (
    FunnelFigure,
    Outcome,
    Place,
    SegmentationFigure,
    bucket_address,
)
from analytics.definitions.formulas import UNKNOWN as UNKNOWN_FORMULA
from analytics.definitions.metrics import Metric, NumberFormat
from analytics.definitions.periods import Granularity
from analytics.presentation.numbers import written
from analytics.results import (
    FunnelGroup,
    FunnelResult,
    FunnelSegment,
    GroupLabel,
    Number,
    Numbers,
    Point,
    SegmentationResult,
    Series,
    SeriesGroup,
    Step,
    StepNumbers,
)

# The same for every series, so written once.
bucket_of = lru_cache(maxsize=4096)(bucket_address)


# --- Segmentation -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A series of numbers over time: of everything, of a group, or of the period before."""

    place: SegmentationFigure
    label: str
    granularity: Granularity
    total: Number
    points: tuple[Point, ...]
    metric: Metric

    @property
    def is_formula(self) -> bool:
        return self.place.formula is not None

    @property
    def form(self) -> NumberFormat:
        """How its numbers are written."""
        return NumberFormat.RATE if self.is_formula else self.metric.written

    @property
    def unknown(self) -> str:
        """Why a number of it may be unknown."""
        return UNKNOWN_FORMULA if self.is_formula else self.metric.unknown

    def said(self, value: float | None) -> str:
        """A number of it; of a count no more figures than matter."""
        return "unknown" if value is None else written(value, self.form)

    def unit(self, value: float) -> str:
        """The words behind a number of it; "" of formulas and measures, which are of anything."""
        return "" if self.is_formula else self.metric.unit(value)

    def told(self, value: float) -> str:
        """A number of it with what it counts: 2 people."""
        return f"{self.said(value)} {self.unit(value)}".rstrip()

    def on_chart(self, value: float) -> str:
        """A number of it where it is read off a chart: what a share is of stands beside it."""
        return self.said(value) if self.form is NumberFormat.SHARE else self.told(value)

    @property
    def is_group(self) -> bool:
        return self.place.group is not None

    @property
    def is_before(self) -> bool:
        return self.place.previous

    @property
    def now(self) -> SegmentationFigure:
        """The place of what it is compared with; its own, if it is no past."""
        return self.place.model_copy(update={"previous": False})

    @property
    def name(self) -> str:
        return f"{self.label}, before" if self.is_before else self.label

    @cached_property
    def address(self) -> str:
        """Of its total: who is behind it, or of a formula what it is made of."""
        return self.place.address

    def bucket(self, n: int) -> str:
        """The address of its n-th number."""
        return f"{self.address}&{bucket_of(self.granularity, self.points[n].start)}"


def lines(result: SegmentationResult, granularity: Granularity) -> list[Line]:
    """What a granularity has, series by series: all of it, then its groups; each with its past."""
    found: list[Line] = []
    chosen = result.by(granularity)

    def named(label: str) -> Callable[[SegmentationFigure, Numbers], Line]:
        return lambda place, numbers: Line(
            place, label, granularity, numbers.total, numbers.points, result.metric
        )

    for series in chosen:
        place = SegmentationFigure(
            segment=series.segment, event=series.event or 0, formula=series.formula
        )
        name = series_name(result, series)
        found += with_past(named(name), place, series)
        for group in series.breakdown or ():
            label = group.label if len(chosen) == 1 else f"{name} · {group.label}"
            at = place.model_copy(update=of_group(group))
            found += with_past(named(label), at, group)
    return found


def with_past(
    line: Callable[[SegmentationFigure, Numbers], Line],
    place: SegmentationFigure,
    numbers: Series | SeriesGroup,
) -> Iterator[Line]:
    """The line of some numbers, and that of the period before."""
    yield line(place, numbers)
    if numbers.previous:
        yield line(place.model_copy(update={"previous": True}), numbers.previous)


def of_group(group: GroupLabel) -> dict[str, str | None]:
    """A group's part of a place."""
    return {"group": group.group, "value": group.value}


def series_name(result: SegmentationResult, series: Series) -> str:
    """What tells it from the others: the segment, the event, or both; of one alone its event."""
    segment = result.segments[series.segment].name
    if len(result.segments) == 1:
        return series.label
    several_events = len({(each.event, each.formula) for each in result.series}) > 1
    return f"{segment} · {series.label}" if several_events else segment


# --- Funnel -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """The steps of some people: of a segment, of a group of one, or of the period before."""

    place: Place
    label: str
    steps: tuple[StepNumbers, ...]

    @property
    def is_before(self) -> bool:
        return self.place.previous

    @property
    def now(self) -> Place:
        return self.place.model_copy(update={"previous": False})

    @property
    def name(self) -> str:
        return f"{self.label}, before" if self.is_before else self.label

    def entered(self, n: int) -> int:
        """How many could reach a step: who reached the one before."""
        return self.steps[max(n - 1, 0)].people

    def reached(self, n: int) -> str:
        """The address of who reached a step."""
        return self.address(n, Outcome.REACHED)

    def dropped(self, n: int) -> str:
        """The address of who reached the step before and not this one; "" of the first."""
        return self.address(n, Outcome.DROPPED) if n else ""

    def address(self, n: int, outcome: Outcome) -> str:
        return FunnelFigure(**self.place.model_dump(), step=n, outcome=outcome).address


def ways(result: FunnelResult, *, groups: bool) -> list[Way]:
    """The segments, or the groups of each, with their past."""
    several = len(result.segments) > 1
    found: list[Way] = []
    for s, segment in enumerate(result.segments):
        if not groups:
            found += journeys(segment, Place(segment=s), segment.name)
            continue
        for group in segment.breakdown or ():
            label = f"{segment.name} · {group.label}" if several else group.label
            found += journeys(group, Place(segment=s, group=group.group, value=group.value), label)
    return found


def journeys(part: FunnelSegment | FunnelGroup, place: Place, label: str) -> Iterator[Way]:
    yield Way(place, label, part.steps)
    before = tuple(step.previous for step in part.steps if step.previous)
    if before:
        yield Way(place.model_copy(update={"previous": True}), label, before)


def step_name(n: int, label: str, count: int) -> str:
    """The n-th of so many steps, counted from 0; in any order its label has the number."""
    return label if label == of_all(n, count) else f"{n + 1}. {label}"


def way_of(steps: Sequence[Step]) -> str:
    """From which step to which a funnel leads."""
    count = len(steps)
    if steps[0].label == of_all(0, count):
        return f"from one of {count} to all {count}"
    return f"from {steps[0].label} to {steps[-1].label}"


def entry_of(steps: Sequence[Step]) -> str:
    """What who enters a funnel does."""
    count, label = len(steps), steps[0].label
    return f"any of the {count} steps" if label == of_all(0, count) else label


def of_all(n: int, count: int) -> str:
    """What a step is called whose number alone counts."""
    return f"{n + 1} of {count}"
