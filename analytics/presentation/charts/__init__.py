"""One drawing for page, print, mail and dashboard: SVG from a typed result.

Geometry is in percent, in attributes: a page needs no script and no inline style for it, and text
keeps its size at any width. `png` makes a picture of the same drawing, for mails.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from analytics.definitions.figures import SegmentationFigure
from analytics.definitions.periods import Granularity
from analytics.presentation.charts.bars import Bars
from analytics.presentation.charts.chart import Annotation, Chart, Entry, Setting, Threshold
from analytics.presentation.charts.funnel import FunnelChart, funnel_chart
from analytics.presentation.charts.lines import Plot, room_for
from analytics.presentation.charts.marks import COLOURS, MARKS, Style, styles
from analytics.presentation.charts.pictures import png
from analytics.presentation.charts.scales import MOST_DRAWN, weekends
from analytics.presentation.charts.traces import Trace
from analytics.presentation.series import Line, lines
from analytics.results import Answer, SegmentationResult
from people import locale

__all__ = [
    "Annotation",
    "Chart",
    "FunnelChart",
    "Setting",
    "Threshold",
    "funnel_chart",
    "png",
    "segmentation_charts",
]

# More lines have no look of their own; the table has them all.
MOST_LINES = len(COLOURS) * len(MARKS)
# So many notes on days are told under a chart.
MOST_NOTED = 5
PLAIN = Setting()


def segmentation_charts(result: SegmentationResult, setting: Setting = PLAIN) -> list[Chart]:
    """One a granularity."""
    return [segmentation_chart(result, each, setting) for each in result.granularities]


def segmentation_chart(
    result: SegmentationResult, granularity: Granularity, setting: Setting = PLAIN
) -> Chart:
    """Lines over time; bars where there is one bucket."""
    every = lines(result, granularity)
    # A breakdown is drawn by its groups, the whole beside them would press them flat.
    shown = Shown([each for each in every if each.is_group] or every)
    if all(len(each.points) == 1 for each in shown.lines):
        return bars_of(granularity, shown, setting)
    return lines_of(result, granularity, shown, setting)


@dataclass(frozen=True)
class Shown:
    """The lines that are shown, with those of the period before, and how each looks."""

    lines: list[Line]

    @cached_property
    def now(self) -> list[Line]:
        return [each for each in self.lines if not each.is_before]

    @cached_property
    def looks(self) -> dict[SegmentationFigure, Style]:
        return dict(zip((each.place for each in self.now), styles(self.now), strict=True))

    @cached_property
    def drawn(self) -> list[Line]:
        """As many as can be told apart."""
        places = {each.place for each in self.now[:MOST_LINES]}
        return [each for each in self.lines if each.now in places]


def bars_of(granularity: Granularity, shown: Shown, setting: Setting) -> Chart:
    watched = setting.watched(granularity)
    bars = Bars([(each, shown.looks[each.now]) for each in shown.drawn], setting, watched)
    summary, notes = summary_of(shown.now), notes_of(shown.now)
    return Chart(
        "rows", summary, bars.draw, (12, 24, 12, 24), notes=notes, watched=watched,
        height=bars.height,
    )  # fmt: skip


def lines_of(result: Answer, granularity: Granularity, shown: Shown, setting: Setting) -> Chart:
    looks, now = shown.looks, shown.now
    keys = {place: str(n) for n, place in enumerate(looks)}
    traces = [
        Trace(each, looks[each.now], keys[each.now], begun(each, result)) for each in shown.drawn
    ]
    plot = Plot(granularity, traces, setting)
    kind, right = room_for([each.name for each in now])
    before = before_of(result, shown.drawn)
    entries = [Entry(keys[each.place], each.name, looks[each.place]) for each in now[:MOST_LINES]]
    legend = entries if len(now) > 1 or before else []
    margins = (16, right, 36, 56)
    notes = [*notes_of(now), *marks_of(plot)]
    return Chart(
        kind, summary_of(now), plot.draw, margins, legend, before, notes,
        setting.watched(granularity),
    )  # fmt: skip


def marks_of(plot: Plot) -> list[str]:
    """What was noted on days, in words: on a narrow page the lines of it have none."""
    noted = [each for each in plot.setting.annotations if plot.bucket_of(each) is not None]
    told = [f"{locale.day(each.day)}, {each.words}" for each in noted[:MOST_NOTED]]
    more = f"; and {len(noted) - MOST_NOTED} more" if len(noted) > MOST_NOTED else ""
    return [f"From top to bottom: {'; '.join(told)}{more}."] if told else []


def begun(line: Line, result: Answer) -> int:
    """How many buckets of a line had begun when the answer was computed."""
    now = result.as_of.astimezone(ZoneInfo(result.timezone))
    starts = (datetime.fromisoformat(each.start) for each in line.points)
    return sum((at if at.tzinfo else at.replace(tzinfo=now.tzinfo)) <= now for at in starts)


def summary_of(shown: list[Line]) -> str:
    totals = [f"{each.name}: {each.said(each.total.value)}" for each in shown]
    return f"Over the whole period, {', '.join(totals)}."


def before_of(result: Answer, shown: list[Line]) -> str:
    """What the dashed line is."""
    if not (result.previous_period and any(each.is_before for each in shown)):
        return ""
    days = result.previous_period
    return f"The period before, {locale.day(days.start)} to {locale.day(days.end)}"


def notes_of(now: list[Line]) -> list[str]:
    """How the drawing is to be read, as far as there is need to say it."""
    first = now[0]
    found = []
    if any(point.partial for each in now for point in each.points):
        found.append("Dashed, hollow: cut by the period, or not over yet.")
    if first.granularity is Granularity.DAY and weekends(first.points):
        found.append("Shaded: weekends.")
    if len(first.points) > MOST_DRAWN:
        count = locale.count(len(first.points))
        found.append(f"Of {count} {first.granularity}s the highest and lowest are drawn.")
    if len(now) > MOST_LINES:
        found.append(f"The largest {MOST_LINES} of {len(now)} are drawn.")
    return found
