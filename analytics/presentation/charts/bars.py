"""Bars, one below the other: the numbers of a single bucket."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.presentation.charts import svg
from analytics.presentation.charts.chart import Setting
from analytics.presentation.charts.marks import Style
from analytics.presentation.charts.svg import Frame, element, percent, text
from analytics.presentation.numbers import written
from analytics.presentation.series import Line

# Of one bar, with its name above; and what the longest leaves to its value, in percent.
HEIGHT = 48
LONGEST = 82


@dataclass(frozen=True)
class Bars:
    lines: Sequence[tuple[Line, Style]]
    setting: Setting

    def draw(self, _frame: Frame) -> str:
        most = max([abs(point.value or 0) for line, _ in self.lines for point in line.points]) or 1
        return "".join(self.bar(n, *pair, most) for n, pair in enumerate(self.lines))

    def bar(self, n: int, line: Line, style: Style, most: float) -> str:
        value = line.points[0].value
        length = LONGEST * abs(value or 0) / most
        figure = "–" if value is None else written(value, line.form)
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
        label = f"{line.name}: {figure}" if href else None
        linked = (
            element("a", shape, number, href=href, aria_label=label) if href else shape + number
        )
        return element("svg", name, linked, y=n * HEIGHT, height=HEIGHT, width="100%",
                       class_=f"bar {style.name}{' before' if line.is_before else ''}",
                       overflow="visible")  # fmt: skip
