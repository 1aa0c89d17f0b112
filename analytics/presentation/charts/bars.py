"""Bars, one below the other: the numbers of a single bucket."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analytics.presentation.charts import svg
from analytics.presentation.charts.chart import Setting, Threshold
from analytics.presentation.charts.lines import HALO, MOST_ABOVE
from analytics.presentation.charts.marks import Style
from analytics.presentation.charts.svg import Frame, element, percent, text
from analytics.presentation.series import Line

# Of one bar, with its name above; and what the longest leaves to its value, in percent.
HEIGHT = 48
LONGEST = 82
# The words of a line below the bars, each in a row of its own.
ROW = 20


@dataclass(frozen=True)
class Bars:
    lines: Sequence[tuple[Line, Style]]
    setting: Setting
    watched: Sequence[Threshold] = ()

    @property
    def height(self) -> int:
        return HEIGHT * len(self.lines) + ROW * len(self.near)

    @property
    def longest(self) -> float:
        """The largest value of a bar; bars show how far a value is from nothing."""
        return max([abs(point.value or 0) for line, _ in self.lines for point in line.points]) or 1

    @property
    def near(self) -> list[Threshold]:
        """The lines of alerts, but for those so far away that the bars would be stubs."""
        return [each for each in self.watched if 0 <= each.value <= MOST_ABOVE * self.longest]

    def draw(self, _frame: Frame) -> str:
        most = max([self.longest, *(each.value for each in self.near)])
        bars = [self.bar(n, *pair, most) for n, pair in enumerate(self.lines)]
        return "".join([*bars, *self.limits(most)])

    def limits(self, most: float) -> Iterator[str]:
        """The lines of alerts across all bars, each with its condition below."""
        for n, each in enumerate(self.near):
            foot = HEIGHT * len(self.lines) + ROW * (n + 1)
            x = percent(LONGEST * each.value / most)
            is_right = each.value > most / 2
            yield element(
                "g",
                svg.title(each.title or each.words),
                element("line", x1=x, x2=x, y1=16, y2=foot, stroke=svg.GROUND, stroke_width=4,
                        class_="under"),
                element("line", x1=x, x2=x, y1=16, y2=foot, class_="limit", stroke=svg.BAD,
                        stroke_dasharray="2 3"),
                text(each.words, x=x, y=foot, dx=-6 if is_right else 6, dy=-4, class_="limit",
                     fill=svg.BAD, text_anchor="end" if is_right else None, **HALO),
            )  # fmt: skip

    def bar(self, n: int, line: Line, style: Style, most: float) -> str:
        value = line.points[0].value
        length = LONGEST * abs(value or 0) / most
        figure = "–" if value is None else line.said(value)
        href = self.setting.link(line.bucket(0)) if value else None
        shape = element(
            "rect", y=20, height=20, width=percent(length), fill=style.fallback,
            fill_opacity=0.45 if line.is_before else None,
        )  # fmt: skip
        number = text(
            figure, x=percent(length), dx=8, y=34, fill=svg.TEXT, font_weight=600, class_="value"
        )
        sign = text(style.sign, x=0, y=14, fill=style.fallback, class_="mark")
        name = sign + text(line.name, x=14, y=14, fill=svg.TEXT)
        label = f"{line.name}: {line.told(value)}" if href and value else None
        linked = (
            element("a", shape, number, href=href, aria_label=label) if href else shape + number
        )
        return element("svg", name, linked, y=n * HEIGHT, height=HEIGHT, width="100%",
                       class_=f"bar {style.name}{' before' if line.is_before else ''}",
                       overflow="visible")  # fmt: skip
