"""The charts of a funnel beside its steps: the conversion over time, and the time it takes."""

from collections.abc import Iterator
from dataclasses import replace

from analytics.presentation.charts import PLAIN, Shown, bars_of, lines_of
from analytics.presentation.charts.chart import Chart, Setting
from analytics.presentation.charts.marks import nth
from analytics.presentation.charts.times import Axis, Histogram
from analytics.presentation.conversions import Conversions, course, took

MARGINS = (44, 24, 36, 56)
HEIGHT = 176
STILL_OPEN = "Who entered lately may still convert."


def conversion_charts(conversions: Conversions, setting: Setting = PLAIN) -> list[Chart]:
    """What was asked for: a line a segment, then a histogram a segment."""
    return [*over_time(conversions, setting), *histograms(conversions)]


def over_time(conversions: Conversions, setting: Setting) -> Iterator[Chart]:
    if not conversions.lines:
        return
    result, shown = conversions.result, Shown(conversions.lines)
    if all(len(each.points) == 1 for each in shown.lines):
        chart = bars_of(conversions.granularity, shown, setting)
    else:
        chart = lines_of(result, conversions.granularity, shown, setting)
    open_ones = [STILL_OPEN] if any(each.still_open for each in result.segments) else []
    title = f"Conversion by {conversions.granularity} of entering"
    told = " ".join(course(conversions))
    counts = f"% of who entered each {conversions.granularity}"
    yield replace(chart, title=title, told=told, counts=counts, notes=[*chart.notes, *open_ones])


def histograms(conversions: Conversions) -> Iterator[Chart]:
    """On one axis. Those of the period before stand in the table alone."""
    now = [each for each in conversions.taken if each.times.bins and not each.is_before]
    if not now:
        return
    axis = Axis.of([each.times for each in now])
    for each in now:
        title = f"Time {conversions.way}"
        title += f", {each.label}" if conversions.has_several else ""
        words = took(each.times)
        drawing = Histogram(each.times, axis, nth(each.segment)).draw
        yield Chart(
            "histogram", f"{title}: {words}.", drawing, MARGINS, height=HEIGHT,
            title=title, told=f"{words[0].upper()}{words[1:]}.", counts="People in each bar",
        )  # fmt: skip
