"""Curves of who comes back: of each segment the average by interval; of one also its cohorts."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from analytics.definitions.metrics import NumberFormat
from analytics.presentation.charts import svg
from analytics.presentation.charts.chart import Chart, Entry, Setting, Threshold
from analytics.presentation.charts.lines import HALO, LONGEST_NAME, MOST_NAMED, room_for, stretched
from analytics.presentation.charts.marks import Style, mark, nth
from analytics.presentation.charts.scales import MOST_TICKS, Ground, spread, value_ticks
from analytics.presentation.charts.svg import Frame, element, percent, short, text
from analytics.presentation.numbers import written
from analytics.presentation.retention import Triangle, is_over
from analytics.results import RetentionSegment, Share

SHARE = NumberFormat.SHARE
# So many cohorts are drawn behind their average, the newest.
MOST_COHORTS = 24
# How far apart names stand at the ends of lines, in percent of a low chart.
LOW_GAP = 9
FIRST = nth(0)
PLAIN = Setting()


@dataclass(frozen=True)
class Curve:
    """Shares by interval; what lies ahead has none. From the place `open` on it is not over yet.
    A thin one stands behind the others, and is not read off."""

    name: str
    shares: Sequence[Share]
    open: int
    style: Style = FIRST
    key: str = ""
    is_thin: bool = False

    @property
    def known(self) -> list[int]:
        return [n for n, each in enumerate(self.shares) if each is not None]


def retention_charts(triangle: Triangle, setting: Setting = PLAIN) -> list[Chart]:
    """One, of all segments; none where nobody began. An alert is a line where its interval is."""
    averages = [
        Curve(
            each.name if triangle.has_several else "Average",
            each.average,
            len(each.average),
            nth(n),
            str(n),
        )
        for n, each in enumerate(triangle.result.segments)
    ]
    if not any(each.known for each in averages):
        return []
    alone = None if triangle.has_several else triangle.result.segments[0]
    behind = cohorts_of(triangle, alone) if alone else []
    kind, right = room_for([each.name for each in averages])
    entries = [Entry(each.key, each.name, each.style) for each in averages]
    of_this_size = setting.watched(triangle.asked.granularity)
    watched = [each for each in of_this_size if each.interval in triangle.intervals]
    return [
        Chart(
            f"{kind} low", summary_of(triangle, averages),
            Curves(triangle, averages, behind, watched).draw, (16, right, 36, 56),
            entries if triangle.has_several else [], notes=notes_of(triangle, behind),
            watched=watched, counts="% of who began",
        )
    ]  # fmt: skip


def cohorts_of(triangle: Triangle, segment: RetentionSegment) -> list[Curve]:
    """The cohorts behind their average."""
    found = []
    for each in segment.cohorts[-MOST_COHORTS:]:
        shares = [interval.share if interval else None for interval in each.intervals]
        over = [is_over(interval) for interval in each.intervals]
        until = over.index(False) if False in over else len(over)
        found.append(Curve(triangle.began(each), shares, until, is_thin=True))
    return [each for each in found if len(each.known) > 1]


def summary_of(triangle: Triangle, averages: Sequence[Curve]) -> str:
    def course(each: Curve) -> str:
        shares = [f"{said(each.shares[n])} in {triangle.interval(n)}" for n in each.known]
        return f"{each.name}: {', '.join(shares)}."

    courses = " ".join(course(each) for each in averages if each.known)
    return f"Who comes back, by {triangle.size}. {courses}"


def notes_of(triangle: Triangle, behind: Sequence[Curve]) -> list[str]:
    found = [f"Dashed: the {triangle.size} is not over, and not in the average."]
    return [*found, f"Thin: the cohort of each {triangle.size}."] if behind else found


@dataclass(frozen=True)
class Curves:
    """Averages on one ground, and cohorts behind them."""

    triangle: Triangle
    averages: Sequence[Curve]
    behind: Sequence[Curve]
    watched: Sequence[Threshold] = ()

    @property
    def ground(self) -> Ground:
        intervals = self.triangle.intervals
        return Ground(intervals, len(intervals), 1)

    def draw(self, frame: Frame) -> str:
        cross = element("line", class_="cross", y1=0, y2="100%", visibility="hidden")
        paths = [self.path(each, frame) for each in (*self.behind, *self.averages)]
        return "".join(
            [
                self.values(), self.intervals(), cross if frame.is_page else "",
                stretched(paths, frame), *map(self.points, self.averages), self.figures(),
                *map(self.limit, self.watched), self.ends(),
            ]
        )  # fmt: skip

    def values(self) -> str:
        found = []
        for each in value_ticks(1, SHARE):
            y = percent(self.ground.y(each))
            look = {
                "stroke": svg.GRID if each else svg.RULE,
                "class_": "grid" if each else "grid zero",
            }
            found.append(element("line", x1=0, x2="100%", y1=y, y2=y, **look))
            found.append(text(written(each, SHARE), x=0, y=y, dx=-10, dy=4, text_anchor="end"))
        return element("g", *found, class_="y", aria_hidden="true")

    def intervals(self) -> str:
        """The names of all intervals, or of every so many."""
        every = ceil(self.ground.count / MOST_TICKS)
        found = []
        for place, n in enumerate(self.triangle.intervals[::every]):
            x = self.ground.x(n)
            anchor = "start" if x < 4 else "end" if x > 96 else "middle"
            kind = "minor" if place % 2 else ""
            name = self.triangle.interval(n)
            found.append(text(name, x=percent(x), y="100%", dy=20, text_anchor=anchor, class_=kind))
        return element("g", *found, class_="x", aria_hidden="true")

    def path(self, curve: Curve, frame: Frame) -> str:
        look: dict[str, object] = {
            "fill": "none", "stroke_linejoin": "round",
            "stroke": svg.RULE if curve.is_thin else curve.style.fallback,
            "stroke_width": 1 if curve.is_thin else 2,
            "vector_effect": "non-scaling-stroke" if frame.is_page else None,
        }  # fmt: skip
        pieces: dict[str, list[str]] = {"whole": [], "open": []}
        for one, other in pairwise(curve.known):
            piece = f"M{self.at(curve, one, frame)}L{self.at(curve, other, frame)}"
            pieces["whole" if other < curve.open else "open"].append(piece)
        dashes = {"whole": None, "open": "2 4"}
        found = [
            element("path", d="".join(each), class_=kind, stroke_dasharray=dashes[kind], **look)
            for kind, each in pieces.items()
            if each
        ]
        name = "thin" if curve.is_thin else curve.style.name
        return element("g", *found, class_=name, data_series=curve.key)

    def at(self, curve: Curve, n: int, frame: Frame) -> str:
        x = self.ground.x(n) / 100 * frame.width
        y = self.ground.y(curve.shares[n] or 0) / 100 * frame.height
        return f"{svg.number(x)} {svg.number(y)}"

    def points(self, curve: Curve) -> str:
        """Where the crosshair reads."""
        found = []
        for n in curve.known:
            x, y = self.ground.x(n), self.ground.y(curve.shares[n] or 0)
            dot = mark(curve.style, x, y, class_="alone", fill=curve.style.fallback)
            name = self.triangle.interval(n).capitalize()
            found.append(
                element("g", dot, data_n=n, data_x=x, data_day=name, data_value=curve.shares[n],
                        data_text=said(curve.shares[n]))
            )  # fmt: skip
        return element(
            "g", *found, class_=f"points {curve.style.name}", data_series=curve.key,
            data_name=curve.name, data_sign=curve.style.sign,
        )  # fmt: skip

    def figures(self) -> str:
        """What stands over the points of a line that is alone, as long as there is room."""
        [curve, *others] = self.averages
        if others or len(curve.shares) > MOST_TICKS + 2:
            return ""
        found = []
        for n in curve.known[1:]:
            x, y = percent(self.ground.x(n)), percent(self.ground.y(curve.shares[n] or 0))
            anchor = "end" if n == self.ground.count - 1 else "middle"
            look = HALO | {
                "fill": svg.TEXT,
                "text_anchor": anchor,
                "class_": "minor" if n % 4 else "",
            }
            found.append(text(said(round(curve.shares[n] or 0, 2)), x=x, y=y, dy=-10, **look))
        return element("g", *found, class_="figures", aria_hidden="true")

    def limit(self, watched: Threshold) -> str:
        """The line of an alert, as wide as its interval."""
        middle, half = self.ground.x(watched.interval or 0), 50 / max(self.ground.count - 1, 1)
        left, right = max(middle - half, 0), min(middle + half, 100)
        y = percent(self.ground.y(min(watched.value, 1)))
        return element(
            "g",
            svg.title(watched.title or watched.words),
            element("line", x1=percent(left), x2=percent(right), y1=y, y2=y, class_="limit",
                    stroke=svg.BAD, stroke_dasharray="2 3"),
            text(watched.words, x=percent(left), y=y, dy=-6, class_="limit minor", fill=svg.BAD,
                 **HALO),
        )  # fmt: skip

    def ends(self) -> str:
        """The names of a few lines, beside their ends."""
        named = [each for each in self.averages if each.known]
        if not 1 < len(named) <= MOST_NAMED:
            return ""
        places = [self.ground.y(each.shares[each.known[-1]] or 0) for each in named]
        found = [
            element(
                "g",
                text(short(each.name, LONGEST_NAME), x="100%", y=percent(y), dx=12, dy=4,
                     fill=svg.TEXT),
                class_=each.style.name,
            )
            for each, y in zip(named, spread(places, LOW_GAP), strict=True)
        ]  # fmt: skip
        return element("g", *found, class_="ends", aria_hidden="true")


def said(share: Share) -> str:
    return "unknown" if share is None else written(share, SHARE)
