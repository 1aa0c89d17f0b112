"""Lines over time, on a ground of round values, weeks and months, weekends and notes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analytics.definitions.metrics import NumberFormat
from analytics.definitions.periods import Granularity
from analytics.presentation.charts import svg
from analytics.presentation.charts.chart import Annotation, Setting, Threshold
from analytics.presentation.charts.scales import (
    Ground,
    across,
    day_of,
    drawn,
    spread,
    time_ticks,
    value_ticks,
    weekends,
)
from analytics.presentation.charts.svg import Frame, element, percent, short, text
from analytics.presentation.charts.traces import Trace
from analytics.presentation.numbers import written
from analytics.presentation.series import Line
from people import locale

# So many lines have their names at their ends, so far apart in percent of the height.
MOST_NAMED = 4
GAP = 5.5
LONGEST_NAME = 20
BRIEF = 9
LONGEST_NOTE = 28
# A line is drawn up to so many times the highest number.
MOST_ABOVE = 4
# Words over lines.
HALO = {"stroke": svg.GROUND, "stroke_width": 3, "paint_order": "stroke"}


@dataclass(frozen=True)
class Plot:
    """Lines on one ground."""

    granularity: Granularity
    traces: Sequence[Trace]
    setting: Setting

    @property
    def first(self) -> Line:
        return self.traces[0].line

    @property
    def count(self) -> int:
        return len(self.first.points)

    @property
    def ticks(self) -> list[float]:
        values = [point.value or 0 for trace in self.traces for point in trace.line.points]
        values += [each.value for each in self.watched]
        return value_ticks(max(values), self.form, min(values))

    @property
    def watched(self) -> list[Threshold]:
        """The lines of alerts, but for those so far away that the numbers would lie flat."""
        values = [point.value or 0 for trace in self.traces for point in trace.line.points]
        most = MOST_ABOVE * max(values, default=0) or math.inf
        least = MOST_ABOVE * min([*values, 0])
        lines = self.setting.watched(self.granularity)
        return [each for each in lines if least <= each.value <= most]

    @property
    def form(self) -> NumberFormat:
        """How the values of the scale are written: as those of the lines, where they agree."""
        forms = {trace.line.form for trace in self.traces}
        return forms.pop() if len(forms) == 1 else NumberFormat.RATE

    @property
    def kept(self) -> list[int]:
        """The buckets that are drawn."""
        now = [trace.line.points for trace in self.traces if not trace.line.is_before]
        kept = drawn([sum(points[n].value or 0 for points in now) for n in range(self.count)])
        return sorted({*kept, max(self.traces[0].begun - 1, 0)})

    def draw(self, frame: Frame) -> str:
        ticks = self.ticks
        ground = Ground(self.kept, self.count, ticks[-1], ticks[0])
        cross = element("line", class_="cross", y1=0, y2="100%", visibility="hidden")
        parts = [
            self.shades(),
            self.values(ticks, ground),
            self.times(),
            cross if frame.is_page else "",
            stretched([trace.paths(ground, frame) for trace in self.traces], frame),
            *self.notes(),
            *self.limits(ground),
            *(trace.points(ground, self.setting) for trace in self.traces),
            self.ends(ground),
        ]
        return "".join(parts)

    def shades(self) -> str:
        """Weekends, where there are days."""
        if self.granularity is not Granularity.DAY:
            return ""
        half = 50 / max(self.count - 1, 1)
        rects = []
        for first, last in weekends(self.first.points):
            left = max(across(first, self.count) - half, 0)
            right = min(across(last, self.count) + half, 100)
            rects.append(
                element("rect", x=percent(left), width=percent(right - left), height="100%",
                        class_="rest", fill="#f2f4f7")
            )  # fmt: skip
        return element("g", *rects, aria_hidden="true") if rects else ""

    def values(self, ticks: list[float], ground: Ground) -> str:
        found = []
        for each in ticks:
            y = percent(ground.y(each))
            look = {"stroke": svg.GRID if each else svg.RULE}
            kind = "grid" if each else "grid zero"
            found.append(element("line", x1=0, x2="100%", y1=y, y2=y, class_=kind, **look))
            # "–" would be written for what is unknown; of nothing but zeros only 0 is told.
            found.append(
                text(self.tick(each), x=0, y=y, dx=-10, dy=4, text_anchor="end")
                if ticks != [0, 1] or not each
                else ""
            )
        return element("g", *found, class_="y", aria_hidden="true")

    def tick(self, value: float) -> str:
        if self.form is not NumberFormat.SHARE and abs(value) >= 10_000:
            return locale.compact(value)
        return written(value, self.form)

    def times(self) -> str:
        points, named = self.first.points, time_ticks(self.first.points, self.granularity)
        found = []
        for place, n in enumerate(named):
            x = across(n, self.count)
            anchor = "start" if x < 4 else "end" if x > 96 else "middle"
            # Every second one makes room on a narrow page.
            kind = "minor" if place % 2 and len(named) > 4 else ""
            words = locale.tick(points[n].start, self.granularity)
            found.append(
                text(words, x=percent(x), y="100%", dy=20, text_anchor=anchor, class_=kind)
            )
        return element("g", *found, class_="x", aria_hidden="true")

    def notes(self) -> Iterator[str]:
        for n, note in enumerate(self.setting.annotations):
            if (bucket := self.bucket_of(note)) is not None:
                x = across(bucket, self.count)
                words = f"{locale.tick(f'{note.day}', Granularity.DAY)}: {note.words}"
                yield marked(words, x, y=4 + 14 * (n % 3))

    def bucket_of(self, note: Annotation) -> int | None:
        """The bucket that has a day; None before the first and after the last."""
        days = [day_of(point) for point in self.first.points]
        found = [n for n, day in enumerate(days) if day <= note.day]
        length = days[1] - days[0] if len(days) > 1 else note.day - note.day
        if not found or note.day > days[-1] + length:
            return None
        return found[-1]

    def limits(self, ground: Ground) -> Iterator[str]:
        """The lines of alerts, each with its condition, side by side where they lie close."""
        found = sorted(self.watched, key=lambda each: -each.value)
        places = [ground.y(each.value) for each in found]
        for each, own, place in zip(found, places, spread(places, GAP), strict=True):
            y = percent(own)
            yield element(
                "g",
                svg.title(each.title or each.words),
                element("line", x1=0, x2="100%", y1=y, y2=y, class_="limit", stroke=svg.BAD,
                        stroke_dasharray="2 3"),
                text(each.words, x=0, y=percent(place), dx=6, dy=-6,
                     class_="limit", fill=svg.BAD, **HALO),
            )  # fmt: skip

    def ends(self, ground: Ground) -> str:
        """The names of a few lines, beside their last whole numbers."""
        named = [each for each in self.traces if not each.line.is_before]
        if not 1 < len(named) <= MOST_NAMED:
            return ""
        places = [ground.y(each.last) for each in named]
        found = [
            element(
                "g",
                element("line", x1="100%", x2="100%", y1=percent(own), y2=percent(own)),
                text(short(each.line.name, LONGEST_NAME), x="100%", y=percent(y), dx=12, dy=4,
                     fill=svg.TEXT),
                class_=each.style.name,
            )
            for each, own, y in zip(named, places, spread(places, GAP), strict=True)
        ]  # fmt: skip
        return element("g", *found, class_="ends", aria_hidden="true")


def room_for(names: Sequence[str]) -> tuple[str, int]:
    """The class of a chart by the names at the ends of its lines, and their width in pixels."""
    if not 1 < len(names) <= MOST_NAMED:
        return "lines", 24
    return ("lines named", 150) if max(map(len, names)) > BRIEF else ("lines named brief", 84)


def stretched(paths: list[str], frame: Frame) -> str:
    """Paths, which know no percent, over the whole frame."""
    box = f"0 0 {svg.number(frame.width)} {svg.number(frame.height)}"
    return element(
        "svg", *paths, viewBox=box, width="100%", height="100%", preserveAspectRatio="none",
        overflow="visible", aria_hidden="true",
    )  # fmt: skip


def marked(words: str, x: float, y: int) -> str:
    """A line from top to bottom with words beside it, on the side that has room."""
    at = percent(x)
    line = element("line", x1=at, x2=at, y1=0, y2="100%", class_="note-line", stroke=svg.QUIET)
    anchor, aside = ("end", -6) if x > 70 else ("start", 6)
    label = short(words, LONGEST_NOTE)
    told = text(label, x=at, dx=aside, dy=y, text_anchor=anchor, class_="note", **HALO)
    return element("g", svg.title(words), line, told, class_="annotation")
