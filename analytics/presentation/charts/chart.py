"""A chart: what is drawn, for a page of any width and as a picture of a fixed size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from django.utils.safestring import SafeString, mark_safe

from analytics.definitions.alerts import Watched
from analytics.definitions.periods import Granularity
from analytics.presentation.charts.marks import Style
from analytics.presentation.charts.svg import (
    FONT,
    GROUND,
    PAGE,
    SIZE,
    TEXT,
    Frame,
    element,
    short,
    text,
)

Drawing = Callable[[Frame], str]


@dataclass(frozen=True)
class Annotation:
    """What happened on a day."""

    day: date
    words: str


@dataclass(frozen=True)
class Threshold:
    """The value at which somebody wants to be told, of buckets of one size, of a retention in one
    interval, or of a funnel at one step: the words on its line, and for the legend what is watched
    and where to change it.
    """

    value: float
    words: str
    granularity: Granularity | None
    title: str = ""
    link: str = ""
    interval: int | None = None
    step: Watched | None = None


@dataclass(frozen=True)
class Setting:
    """What a chart shows beside its numbers, and where its numbers lead: `behind` is the address
    to which the place of a number is added; "" for no links."""

    behind: str = ""
    annotations: tuple[Annotation, ...] = ()
    thresholds: tuple[Threshold, ...] = ()

    def watched(self, granularity: Granularity) -> list[Threshold]:
        """The lines on the chart of buckets of this size."""
        return [each for each in self.thresholds if each.granularity is granularity]

    def link(self, place: str) -> str | None:
        return f"{self.behind}&{place}" if self.behind and place else None


@dataclass(frozen=True)
class Entry:
    """A series in the legend."""

    key: str
    name: str
    style: Style


@dataclass(frozen=True)
class Chart:
    """A drawing in percent of its frame, and what is said around it.

    `margins` are what stands around the frame in a picture: top, right, bottom, left, in pixels.
    `height` is that of the frame in pixels; None leaves it to the style sheet.
    """

    kind: str
    summary: str
    draw: Drawing
    margins: tuple[int, int, int, int]
    legend: list[Entry] = field(default_factory=list)
    # The line of what was before, in words; "" where there is none.
    before: str = ""
    notes: list[str] = field(default_factory=list)
    # The lines that alerts watch.
    watched: list[Threshold] = field(default_factory=list)
    height: int | None = None
    # What stands above it, and what is to be seen in it; "" where the answer's first sentence says
    # both.
    title: str = ""
    told: str = ""
    # What its numbers count; "" where its title says it.
    counts: str = ""

    @property
    def svg(self) -> SafeString:
        """For a page: it takes its size, its colours and its font from there."""
        content = self.draw(PAGE)
        return mark_safe(  # noqa: S308  every text in it is escaped by svg.py
            element(
                "svg", content, class_=f"plot {self.kind}", role="group", aria_label=self.summary,
                height=self.height,
            )
        )  # fmt: skip

    def fixed(self, width: int = 760, height: int = 360) -> str:
        """A drawing of its own, which needs no style sheet."""
        top, right, bottom, left = self.margins
        above = top + (22 if self.legend or self.before else 0)
        tall = self.height or height - above - bottom
        frame = Frame(width - left - right, tall, is_page=False)
        inner = element(
            "svg", self.draw(frame), x=left, y=above, width=frame.width, height=frame.height,
            overflow="visible",
        )  # fmt: skip
        whole = tall + above + bottom
        ground = element("rect", width="100%", height="100%", fill=GROUND)
        return element(
            "svg", ground, drawn_legend(self.legend, left, self.before), inner, xmlns="http://www.w3.org/2000/svg",
            width=width, height=whole, viewBox=f"0 0 {width} {whole}", font_family=FONT,
            font_size=SIZE,
        )  # fmt: skip


class Named(Protocol):
    """What a legend needs to know."""

    @property
    def name(self) -> str: ...

    @property
    def style(self) -> Style: ...


def drawn_legend(entries: Sequence[Named], left: int, before: str = "") -> str:
    """In a picture: marks and names in a row, as far apart as the names are long."""
    found, x = [], left
    for entry in entries:
        sign = text(entry.style.sign, x=x, y=18, fill=entry.style.fallback)
        found.append(sign + text(short(entry.name, 30), x=x + 14, y=18, fill=TEXT))
        x += 36 + 7 * min(len(entry.name), 30)
    return "".join([*found, text(before, x=x, y=18) if before else ""])
