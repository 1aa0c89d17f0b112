"""A funnel: the heights of its bars, drawn by the page, or as a picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analytics.definitions.alerts import Watched
from analytics.definitions.figures import FunnelFigure, Outcome, Place
from analytics.presentation.charts.chart import Setting, Threshold, drawn_legend
from analytics.presentation.charts.lines import HALO
from analytics.presentation.charts.marks import Style, nth
from analytics.presentation.charts.svg import (
    BAD,
    FONT,
    GROUND,
    RULE,
    SIZE,
    TEXT,
    Frame,
    element,
    percent,
    short,
    text,
)
from analytics.presentation.series import Way, step_name, ways
from analytics.results import FunnelResult
from people import locale

MOST_BARS = 6
# Of a picture, in pixels.
WIDEST = 760
PLAIN = Setting()


@dataclass(frozen=True)
class Limit:
    """Where a bar would end if its number were that of an alert, and the words of it."""

    height: float
    words: str

    @property
    def y(self) -> float:
        return 100 - self.height


@dataclass(frozen=True)
class Bar:
    """How some people did at one step; heights are percent of the chart's."""

    name: str
    style: Style
    is_before: bool
    people: int
    dropped: int
    of_first: float | None
    of_previous: float | None
    dropped_share: float | None
    lost_since_first: int
    lost_of_first: float | None
    seconds: float | None
    # Whose people they are, as parameters of an address; "" where nobody is behind it.
    reached: str
    lost: str
    kept_height: float
    lost_height: float
    limits: tuple[Limit, ...] = ()

    @property
    def kept_y(self) -> float:
        return 100 - self.kept_height

    @property
    def lost_y(self) -> float:
        return self.kept_y - self.lost_height

    @property
    def told(self) -> str:
        """The bar in words, for those who do not see it."""
        text = f"{self.name}: {locale.count(self.people)} people"
        if self.of_previous is None or not self.lost:
            return text
        return f"{text}, {locale.share(self.of_previous)} of the step before"


@dataclass(frozen=True)
class Step:
    name: str
    bars: list[Bar]


@dataclass(frozen=True)
class FunnelChart:
    """A group of bars a step, one of them for each segment, group or period.

    A page draws it by its own template, so that steps are a list and numbers are text.
    """

    summary: str
    ways: list[Bar]
    steps: list[Step]
    still_open: list[tuple[str, int]]
    # The lines that alerts watch.
    watched: list[Threshold]

    def fixed(self, width: int = 760, height: int = 360) -> str:
        """A drawing of its own, which needs no style sheet; wider where the numbers over its bars
        would touch each other."""
        width = max(width, min(WIDEST, 32 + 44 * len(self.ways) * len(self.steps)))
        several = len(self.ways) > 1
        whole = Frame(width - 32, height - (110 if several else 88), is_page=False)
        room = whole.width / len(self.steps)
        steps = [step_drawing(step, n * room, room - 16) for n, step in enumerate(self.steps)]
        ground = element("rect", width="100%", height="100%", fill=GROUND)
        inner = element(
            "svg",
            *steps,
            x=16,
            y=66 if several else 44,
            overflow="visible",
            width=whole.width,
            height=whole.height,
        )
        return element(
            "svg", ground, drawn_legend(self.ways, 16) if several else "", inner,
            xmlns="http://www.w3.org/2000/svg", width=width, height=height,
            viewBox=f"0 0 {width} {height}", font_family=FONT, font_size=SIZE,
        )  # fmt: skip


def step_drawing(step: Step, left: float, width: float) -> str:
    """The bars of a step side by side, with their people above and its name below."""
    each = width / len(step.bars)
    found = []
    for n, bar in enumerate(step.bars):
        x, kept, lost = left + n * each, bar.kept_height, bar.lost_height
        pale = 0.45 if bar.is_before else None
        found += [
            element("rect", x=x, width=each - 3, y=percent(100 - kept - lost), height=percent(lost),
                    fill=bar.style.fallback, fill_opacity=0.15),
            element("rect", x=x, width=each - 3, y=percent(100 - kept), height=percent(kept),
                    fill=bar.style.fallback, fill_opacity=pale),
            text(locale.count(bar.people), x=x, y=-20, fill=TEXT, font_weight=600),
            text("–" if bar.of_first is None else locale.share(bar.of_first), x=x, y=-6),
            *(limit_drawing(limit, x, each - 3) for limit in bar.limits),
        ]  # fmt: skip
    found.append(element("line", x1=left, x2=left + width, y1="100%", y2="100%", stroke=RULE))
    most = max(int(width / 7), 4)
    found.append(text(short(step.name, most), x=left, y="100%", dy=20, fill=TEXT, font_weight=600))
    return "".join(found)


def limit_drawing(limit: Limit, x: float, width: float) -> str:
    y = percent(limit.y)
    return "".join([
        element("line", x1=x, x2=x + width, y1=y, y2=y, stroke=GROUND, stroke_width=4),
        element("line", x1=x, x2=x + width, y1=y, y2=y, stroke=BAD, stroke_dasharray="2 3"),
        text(limit.words, x=x, y=y, dy=-4, fill=BAD, **HALO),
    ])  # fmt: skip


def funnel_chart(result: FunnelResult, setting: Setting = PLAIN) -> FunnelChart:
    one = len(result.segments) == 1
    shown = (ways(result, groups=True)[:MOST_BARS] if one else []) or ways(result, groups=False)
    # What was before has the colour of what is now, paler.
    now = [way.place for way in shown if not way.is_before]
    looks = [nth(now.index(way.now)) for way in shown]
    steps = [
        Step(
            step_name(n, step.label, len(result.segments[0].steps)),
            [
                bar_of(way, look, n, setting.thresholds)
                for way, look in zip(shown, looks, strict=True)
            ],
        )
        for n, step in enumerate(result.segments[0].steps)
    ]
    waiting = [(each.name, each.still_open) for each in result.segments if each.still_open]
    seen = [each for each in setting.thresholds if any(is_of(each.step, way) for way in shown)]
    return FunnelChart(funnel_summary(result), steps[0].bars, steps, waiting, seen)


def is_of(watched: Watched | None, way: Way) -> bool:
    """Whether an alert looks at a step of these people."""
    if watched is None or not isinstance(watched.figure, FunnelFigure):
        return False
    return Place(**watched.figure.model_dump(include=set(Place.model_fields))) == way.place


def limits_of(way: Way, n: int, thresholds: Sequence[Threshold]) -> Iterator[Limit]:
    """The lines of alerts on one bar; none where the bar would end out of the picture."""
    first = way.steps[0].people
    for each in thresholds:
        if not each.step or not is_of(each.step, way) or n != step_of(each.step):
            continue
        people = people_at(each.step, each.value, way, n)
        if first and 0 <= people <= first:
            yield Limit(round(100 * people / first, 2), each.words)


def step_of(watched: Watched) -> int:
    return watched.figure.step if isinstance(watched.figure, FunnelFigure) else 0


def people_at(watched: Watched, limit: float, way: Way, n: int) -> float:
    """How many would have reached a step if the number of an alert were at its limit."""
    entered = way.entered(n)
    of = {"people": limit, "first": limit * way.steps[0].people, "previous": limit * entered}
    is_lost = isinstance(watched.figure, FunnelFigure) and watched.figure.outcome is Outcome.DROPPED
    return entered - of[watched.of] if is_lost else of[watched.of]


def bar_of(way: Way, style: Style, n: int, thresholds: Sequence[Threshold] = ()) -> Bar:
    numbers, first, entered = way.steps[n], way.steps[0].people, way.entered(n)
    return Bar(
        way.name,
        style,
        way.is_before,
        numbers.people,
        numbers.dropped,
        numbers.of_first,
        numbers.of_previous,
        numbers.dropped_share,
        first - numbers.people,
        (first - numbers.people) / first if first else None,
        numbers.median_seconds,
        way.reached(n) if numbers.people else "",
        way.dropped(n),
        kept_height=round(100 * numbers.people / first, 2) if first else 0,
        lost_height=round(100 * (entered - numbers.people) / first, 2) if first else 0,
        limits=tuple(limits_of(way, n, thresholds)),
    )


def funnel_summary(result: FunnelResult) -> str:
    said_of = [
        f"{each.name}: {locale.count(each.completed)} of {locale.count(each.entered)} people"
        for each in result.segments
    ]
    return f"Reached the last step, {'; '.join(said_of)}."
