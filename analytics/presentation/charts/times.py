"""How long people took, as a histogram on an axis of round times."""

from dataclasses import dataclass
from math import ceil, floor

from analytics.definitions.metrics import NumberFormat
from analytics.presentation.charts import svg
from analytics.presentation.charts.lines import marked
from analytics.presentation.charts.marks import Style
from analytics.presentation.charts.scales import round_step, value_ticks
from analytics.presentation.charts.svg import Frame, element, percent, text
from analytics.results import Bin, ConversionTimes
from people import locale

MOST_TIMES = 8
SECOND, MINUTE, HOUR, DAY = 1, 60, 3600, 86_400
STEPS = (
    *(SECOND * each for each in (1, 2, 5, 10, 15, 30)),
    *(MINUTE * each for each in (1, 2, 5, 10, 15, 30)),
    *(HOUR * each for each in (1, 2, 3, 6, 12)),
    *(DAY * each for each in (1, 2, 7, 14, 30, 60, 90)),
)
# Of a bar whose times are all the same, in percent.
THIN = 4


def time_step(length: float) -> float:
    """The shortest round time that is in a length a few times only."""
    if length < MOST_TIMES * SECOND:
        return round_step(length, whole=False, intervals=MOST_TIMES)
    return next((each for each in STEPS if length / each <= MOST_TIMES), STEPS[-1])


@dataclass(frozen=True)
class Axis:
    """Times from the shortest to the longest, in seconds; across the frame in percent."""

    low: float
    high: float

    @classmethod
    def of(cls, several: list[ConversionTimes]) -> "Axis":
        """One for all of them, so that they are compared as they stand."""
        low = min(each.bins[0].since for each in several)
        high = max(each.bins[-1].to for each in several)
        return cls(low, high) if low < high else cls(low - 1, high + 1)

    def x(self, seconds: float) -> float:
        return 100 * (seconds - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> list[float]:
        step = time_step(self.high - self.low)
        first, last = ceil(max(self.low, 0) / step - 1e-9), floor(self.high / step + 1e-9)
        return [n * step for n in range(first, last + 1)] or [(self.low + self.high) / 2]


@dataclass(frozen=True)
class Histogram:
    """Bars of how many took how long, and where half of them and the average are."""

    times: ConversionTimes
    axis: Axis
    style: Style

    def draw(self, _frame: Frame) -> str:
        most = max(each.people for each in self.times.bins)
        values = value_ticks(most, NumberFormat.COUNT)
        bars = [self.bar(each, values[-1]) for each in self.times.bins if each.people]
        return "".join(
            [
                self.values(values),
                self.seconds(),
                element("g", *bars, class_=self.style.name),
                *self.middles(),
            ]
        )

    def values(self, ticks: list[float]) -> str:
        found = []
        for each in ticks:
            y = percent(100 - 100 * each / ticks[-1])
            look = {"stroke": svg.GRID if each else svg.RULE}
            kind = "grid" if each else "grid zero"
            found.append(element("line", x1=0, x2="100%", y1=y, y2=y, class_=kind, **look))
            words = locale.count(each) if each < 10_000 else locale.compact(each)
            found.append(text(words, x=0, y=y, dx=-10, dy=4, text_anchor="end"))
        return element("g", *found, class_="y", aria_hidden="true")

    def seconds(self) -> str:
        found = []
        for place, each in enumerate(self.axis.ticks):
            x = self.axis.x(each)
            anchor = "start" if x < 4 else "end" if x > 96 else "middle"
            kind = "minor" if place % 2 and len(self.axis.ticks) > 4 else ""
            words = locale.duration(each)
            found.append(
                text(words, x=percent(x), y="100%", dy=20, text_anchor=anchor, class_=kind)
            )
        return element("g", *found, class_="x", aria_hidden="true")

    def bar(self, each: Bin, top: float) -> str:
        x, end = self.axis.x(each.since), self.axis.x(each.to)
        if x == end:
            x, end = x - THIN / 2, x + THIN / 2
        height = 100 * each.people / top
        return element(
            "rect", svg.title(said(each)), x=percent(x), width=percent(end - x),
            y=percent(100 - height), height=percent(height), fill=self.style.fallback,
            stroke=svg.GROUND,
        )  # fmt: skip

    def middles(self) -> list[str]:
        """The median and the average, one below the other above the bars."""
        told = (("half within", self.times.median_seconds), ("average", self.times.average_seconds))
        return [
            marked(f"{words} {locale.duration(each)}", self.axis.x(each), y=14 * n - 22)
            for n, (words, each) in enumerate(told)
            if each is not None
        ]


def said(each: Bin) -> str:
    people = "1 person" if each.people == 1 else f"{locale.count(each.people)} people"
    if each.since == each.to:
        return f"{locale.duration(each.since)}: {people}"
    return f"{locale.duration(each.since)} to {locale.duration(each.to)}: {people}"
