"""What a funnel says beside its steps: the conversion over time, and how long people took."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from analytics.definitions.figures import SegmentationFigure
from analytics.definitions.metrics import Metric
from analytics.definitions.periods import Granularity
from analytics.definitions.reports import Definition, Funnel
from analytics.presentation.numbers import formula
from analytics.presentation.series import Line
from analytics.presentation.statistics import FEWEST
from analytics.presentation.tables import SHARE, Cell, Table, told_interval
from analytics.results import (
    ConversionTimes,
    EnteredBucket,
    FunnelResult,
    FunnelSegment,
    Number,
    Point,
    StepNumbers,
)
from people.locale import bucket, count, duration, share


class ConversionLine(Line):
    """The conversion of those who entered in each bucket. Nobody is behind one of its numbers."""

    @cached_property
    def address(self) -> str:
        return ""


@dataclass(frozen=True)
class Taken:
    """How long the people of one segment took, now or before."""

    segment: int
    label: str
    times: ConversionTimes
    is_before: bool = False

    @property
    def name(self) -> str:
        return f"{self.label}, before" if self.is_before else self.label


@dataclass(frozen=True)
class Conversions:
    """A funnel's answer beside what was asked, which has its buckets and steps."""

    result: FunnelResult
    asked: Funnel

    @classmethod
    def of(cls, result: FunnelResult, asked: Definition) -> "Conversions":
        if not isinstance(asked, Funnel):
            raise TypeError("This is not what the answer was asked by.")
        return cls(result, asked)

    @property
    def has_several(self) -> bool:
        return len(self.result.segments) > 1

    @property
    def granularity(self) -> Granularity:
        return self.asked.over_time.granularity if self.asked.over_time else Granularity.DAY

    @cached_property
    def lines(self) -> list[Line]:
        """Of each segment the conversion over time and that of the period before, where asked."""
        found: list[Line] = []
        for n, each in enumerate(self.result.segments):
            place = SegmentationFigure(segment=n, event=0)
            if each.over_time is not None:
                found.append(self.line(place, each, each.over_time, each.steps))
            if each.previous and each.previous.over_time is not None:
                before = place.model_copy(update={"previous": True})
                steps = tuple(step.previous for step in each.steps if step.previous)
                found.append(self.line(before, each, each.previous.over_time, steps))
        return found

    def line(
        self,
        place: SegmentationFigure,
        segment: FunnelSegment,
        buckets: tuple[EnteredBucket, ...],
        steps: tuple[StepNumbers, ...],
    ) -> Line:
        total = ratio(steps[-1].people, steps[0].people)
        points = tuple(
            Point(start=each.start, partial=each.partial, **ratio(each.converted, each.people))
            for each in buckets
        )
        number = Number(**total)
        return ConversionLine(
            place, segment.name, self.granularity, number, points, Metric.ADOPTION
        )

    @cached_property
    def taken(self) -> list[Taken]:
        """Of each segment how long it took, and how long in the period before."""
        found = []
        for n, each in enumerate(self.result.segments):
            if each.time_to_convert:
                found.append(Taken(n, each.name, each.time_to_convert))
            if each.previous and each.previous.time_to_convert:
                found.append(Taken(n, each.name, each.previous.time_to_convert, is_before=True))
        return found

    @property
    def way(self) -> str:
        """From which step to which the time is taken."""
        if (asked := self.asked.time_to_convert) is None:
            return ""
        steps = self.result.segments[0].steps
        return f"from {steps[asked.since].label} to {steps[asked.to].label}"


def ratio(part: int, whole: int) -> dict[str, Any]:
    """A share of people with what it is of, as keywords of a number."""
    return {"value": part / whole if whole else None, "numerator": part, "denominator": whole}


# --- Tables -------------------------------------------------------------------------------------


def conversion_tables(conversions: Conversions) -> list[Table]:
    """What was asked: by bucket; how long it took, and the bars of each segment."""
    found = [over_time_table(conversions)] if conversions.lines else []
    if conversions.taken:
        found.append(times_table(conversions))
        found += [bars_table(conversions, each) for each in conversions.taken if each.times.bins]
    return found


def over_time_table(conversions: Conversions) -> Table:
    """A row a bucket; of each segment who entered, who of them converted, and their share."""
    lines = conversions.lines
    before = next((each for each in lines if each.is_before), None)
    head = [conversions.granularity.label, *(["Compared with"] if before else [])]
    total = [Cell("Whole period", "text")]
    total += [Cell("Whole period before", "text")] if before else []
    for each in lines:
        head += [f"{each.name}: entered", "converted", "conversion"]
        total += counted(each.total)
    rows = [
        [
            *(began(each, n) for each in (lines[0], before) if each),
            *(cell for each in lines for cell in counted(point(each, n))),
        ]
        for n in range(max(len(each.points) for each in lines))
    ]
    return Table(f"Conversion by {conversions.granularity}", head, rows, total)


def point(line: Line, n: int) -> Number | None:
    """The number of the n-th bucket; one of two periods can have one more."""
    return line.points[n] if n < len(line.points) else None


def began(line: Line, n: int) -> Cell:
    if n >= len(line.points):
        return Cell(None, line.granularity)
    each = line.points[n]
    return Cell(each.start, line.granularity, partial=each.partial and not line.is_before)


def counted(number: Number | None) -> list[Cell]:
    """Who entered, who of them converted, and their share."""
    if number is None or number.numerator is None or number.denominator is None:
        return [Cell(None), Cell(None), Cell(None, SHARE)]
    part, whole = number.numerator, number.denominator
    of_whole = Cell(number.value, SHARE, formula(part, whole), interval=told_interval(part, whole))
    return [Cell(whole), Cell(part), of_whole]


def times_table(conversions: Conversions) -> Table:
    """A row a segment."""
    rows = [
        [
            Cell(each.name, "text"),
            Cell(each.times.people),
            Cell(each.times.median_seconds, "seconds"),
            Cell(each.times.average_seconds, "seconds"),
            *(Cell(edge, "seconds") for edge in ends(each.times)),
        ]
        for each in conversions.taken
    ]
    head = ["Segment", "people", "half within", "average", "shortest", "longest"]
    return Table(f"Time {conversions.way}", head, rows)


def ends(times: ConversionTimes) -> tuple[float | None, float | None]:
    """The shortest and the longest time; unknown where nobody got there."""
    return (times.bins[0].since, times.bins[-1].to) if times.bins else (None, None)


def bars_table(conversions: Conversions, taken: Taken) -> Table:
    """A row a bar: who took so long, and which share of them that is."""
    rows = [
        [
            Cell(each.since, "seconds"),
            Cell(each.to, "seconds"),
            Cell(each.people),
            Cell(each.people / taken.times.people, SHARE, formula(each.people, taken.times.people)),
        ]
        for each in taken.times.bins
    ]
    of = f"{taken.name}, t" if len(conversions.taken) > 1 else "T"
    title = f"{of}ime {conversions.way}, bar by bar"
    return Table(title, ["From", "up to", "people", "of them"], rows)


# --- In words -----------------------------------------------------------------------------------


def sentences(conversions: Conversions) -> list[str]:
    """What is to be seen in the conversion over time, and how long half of them take."""
    return [*course(conversions), *(each for each in [speed(conversions)] if each)]


def course(conversions: Conversions) -> Iterator[str]:
    """Of each segment when most converted and when fewest, of the buckets that are over and that
    are large enough to tell."""
    for line in conversions.lines:
        told = [
            (each.value, each.start)
            for each in line.points
            if not each.partial and each.value is not None and (each.denominator or 0) >= FEWEST
        ]
        if line.is_before or len(told) < 2:
            continue
        (low, worst), (high, best) = min(told), max(told)
        name = f"{line.label}: conversion" if conversions.has_several else "Conversion"
        if low == high:
            yield f"{name} is {share(low)} in every {line.granularity}."
            continue
        most, least = (bucket(each, line.granularity) for each in (best, worst))
        yield (
            f"{name} by {line.granularity} was highest for those of {most}, {share(high)},"
            f" and lowest for those of {least}, {share(low)}."
        )


def speed(conversions: Conversions) -> str:
    """How long half of those took who got there, and all on average; "" where it is not asked."""
    now = [each for each in conversions.taken if not each.is_before]
    if not now:
        return ""
    told = [
        f"{took(each.times)}{f' in {each.name}' if conversions.has_several else ''}" for each in now
    ]
    return f"{conversions.way[0].upper()}{conversions.way[1:]}: {'; '.join(told)}."


def took(times: ConversionTimes) -> str:
    if times.median_seconds is None or times.average_seconds is None:
        return "nobody got there"
    half, average = duration(times.median_seconds), duration(times.average_seconds)
    people = "1 person" if times.people == 1 else f"{count(times.people)} people"
    return f"half of {people} within {half}, on average {average}"
