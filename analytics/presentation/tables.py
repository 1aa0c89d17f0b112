"""A result as tables: the ones on the page, in the mail, and in the CSV file."""

from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Literal

from analytics.definitions.figures import SegmentationFigure
from analytics.definitions.metrics import Metric, NumberFormat
from analytics.definitions.periods import Granularity
from analytics.presentation.charts.marks import styles
from analytics.presentation.numbers import formula
from analytics.presentation.series import Line, Way, lines, step_name, ways
from analytics.presentation.statistics import wilson
from analytics.results import FunnelResult, Number, Point, SegmentationResult, StepNumbers

# What stands in a cell: a number, a time it takes, the start of a bucket, or a text.
Kind = NumberFormat | Granularity | Literal["seconds", "text"]
COUNT, SHARE = NumberFormat.COUNT, NumberFormat.SHARE
# So many columns have room for bars.
MOST_WITH_BARS = 5


@dataclass(frozen=True)
class Cell:
    """One figure: its exact value, how it is read, and the formula behind it."""

    value: float | str | None
    kind: Kind = COUNT
    hint: str = ""
    partial: bool = False
    # Which number of the result it is, as parameters of an address; "" where nobody is behind it.
    place: str = ""
    # Of a rate of people, its 95 % interval.
    interval: tuple[float, float] | None = None
    # Of a share, how many people it is of those who count; and its shade among its like.
    people: int | None = None
    heat: int | None = None
    # The words behind it: people.
    unit: str = ""
    # Of a number beside its like, how long its bar is, in per cent, and its look: that of its line.
    part: float | None = None
    look: str = ""


@dataclass(frozen=True)
class Table:
    title: str
    head: list[str]
    rows: list[list[Cell]]
    # Of the whole; it stays on top however the rows are sorted.
    total: list[Cell] | None = None
    # What its numbers count, where its heads do not say it.
    counts: str = ""
    # What shows it on a page.
    template: str = "components/table.html"

    @property
    def has_intervals(self) -> bool:
        return any(cell.interval for row in self.all_rows for cell in row)

    @property
    def all_rows(self) -> list[list[Cell]]:
        return [self.total, *self.rows] if self.total else self.rows

    def by(self, column: int, *, descending: bool) -> "Table":
        """Sorted by a column; what is unknown comes last. Of no such column as it is."""
        if not 0 <= column < len(self.head):
            return self
        known = [row for row in self.rows if row[column].value is not None]
        unknown = [row for row in self.rows if row[column].value is None]
        key = attrgetter("value")
        known.sort(key=lambda row: key(row[column]), reverse=descending)
        return replace(self, rows=known + unknown)


# --- Segmentation -------------------------------------------------------------------------------


def segmentation_tables(result: SegmentationResult) -> list[Table]:
    """One a granularity."""
    return [segmentation_table(result, each) for each in result.granularities]


def segmentation_table(result: SegmentationResult, granularity: Granularity) -> Table:
    """A row a bucket, a column a series, the totals first; what is compared has its own dates."""
    shown = lines(result, granularity)
    before = next((each for each in shown if each.is_before), None)
    compared = ["Compared with"] if before else []
    head = [granularity.label, *compared, *(each.name for each in shown)]
    total = [Cell("Whole period", "text")]
    total += [Cell("Whole period before", "text")] if before else []
    total += [figure(each, each.total, each.address) for each in shown]
    rows = []
    for n in range(max(len(each.points) for each in shown)):
        buckets = [start(each, n) for each in (shown[0], before) if each]
        rows.append([*buckets, *(point(each, n) for each in shown)])
    if len(shown) <= MOST_WITH_BARS:
        rows = with_bars(rows, len(buckets), shown)
    return Table(f"By {granularity}", head, rows, total)


def with_bars(rows: list[list[Cell]], skipped: int, shown: list[Line]) -> list[list[Cell]]:
    """The rows with a bar in each number: how much it is of the largest of its form."""
    largest: dict[NumberFormat, float] = {}
    for row in rows:
        for line, cell in zip(shown, row[skipped:], strict=True):
            largest[line.form] = max(largest.get(line.form, 0), number_in(cell))
    looks = looks_of(shown)

    def barred(line: Line, cell: Cell) -> Cell:
        part = percent_of(number_in(cell), largest[line.form])
        return replace(cell, part=part, look=looks.get(line.now, ""))

    return [
        [*row[:skipped], *(barred(*pair) for pair in zip(shown, row[skipped:], strict=True))]
        for row in rows
    ]


def looks_of(shown: list[Line]) -> dict[SegmentationFigure, str]:
    """The class of the colour that each line has on the chart; of one line alone none."""
    now = [each for each in shown if not each.is_before]
    drawn = [each for each in now if each.is_group] or now
    looks = zip(drawn, styles(drawn), strict=True)
    return {line.place: style.name for line, style in looks} if len(drawn) > 1 else {}


def number_in(cell: Cell) -> float:
    """What a bar can show: nothing below 0, nor what is unknown."""
    return max(cell.value, 0) if isinstance(cell.value, float | int) else 0


def percent_of(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def start(line: Line, n: int) -> Cell:
    """The n-th bucket of a line, by its own date; the one of two periods can have one more."""
    if n >= len(line.points):
        return Cell(None, line.granularity)
    bucket = line.points[n]
    return Cell(bucket.start, line.granularity, partial=bucket.partial and not line.is_before)


def point(line: Line, n: int) -> Cell:
    """The number of a line in the n-th bucket; a shorter line has none in the last."""
    if n >= len(line.points):
        return Cell(None)
    return figure(line, line.points[n], line.bucket(n))


def figure(line: Line, number: Number, place: str) -> Cell:
    """A number of a line; its `place` is parameters of an address."""
    hint, interval, form = "", None, line.form
    if number.numerator is not None and number.denominator is not None:
        hint = formula(number.numerator, number.denominator)
        if form is SHARE:
            interval = told_interval(number.numerator, number.denominator)
    partial = isinstance(number, Point) and number.partial
    unit = "" if number.value is None else line.unit(number.value)
    return Cell(number.value, form, hint, partial, place, interval, unit=unit)


# --- Funnel -------------------------------------------------------------------------------------


def funnel_tables(result: FunnelResult) -> list[Table]:
    """The steps and, of a breakdown, the groups."""
    broken = any(each.breakdown is not None for each in result.segments)
    return [steps_table(result), *([groups_table(result)] if broken else [])]


def steps_table(result: FunnelResult) -> Table:
    """A row a step; for each segment the people, shares, who dropped, how long it took."""
    shown = ways(result, groups=False)
    head = ["Step"]
    for way in shown:
        head += [f"{way.name}: people", "of previous", "of first", "dropped", "median time"]
    rows, steps = [], result.segments[0].steps
    largest = max((each.people for way in shown for each in way.steps), default=0)
    for n, step in enumerate(steps):
        row = [Cell(step_name(n, step.label, len(steps)), "text")]
        for way in shown:
            row += step_cells(way, n, way.steps[n], largest)
        rows.append(row)
    return Table("Steps", head, rows)


def step_cells(way: Way, n: int, step: StepNumbers, largest: int) -> list[Cell]:
    return [
        of_people(step.people, way.reached(n), percent_of(step.people, largest)),
        rate(step.people, way.entered(n)),
        rate(step.people, way.steps[0].people),
        of_people(step.dropped, way.dropped(n)),
        Cell(step.median_seconds, "seconds"),
    ]


def of_people(number: int, place: str, part: float | None = None) -> Cell:
    """So many people."""
    return Cell(number, place=place, part=part, unit=Metric.PEOPLE.unit(number))


def rate(part: int, whole: int) -> Cell:
    """A share of people with the formula behind it."""
    value = part / whole if whole else None
    return Cell(value, SHARE, formula(part, whole), interval=told_interval(part, whole))


def told_interval(part: float, whole: float) -> tuple[float, float] | None:
    """The 95 % interval of a rate of people; None where everybody is in it, as in a first step."""
    return wilson(int(part), int(whole)) if part != whole else None


def groups_table(result: FunnelResult) -> Table:
    """A row a group; a column a step, then who got to the last one."""
    named = result.segments[0].steps
    steps = [step_name(n, step.label, len(named)) for n, step in enumerate(named)]
    rows = []
    for way in ways(result, groups=True):
        reached = [of_people(step.people, way.reached(n)) for n, step in enumerate(way.steps)]
        last = rate(way.steps[-1].people, way.steps[0].people)
        rows.append([Cell(way.name, "text"), *reached, last])
    return Table("Groups", ["Group", *steps, "conversion"], rows, counts="People at each step")
