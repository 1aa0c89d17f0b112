"""One line: what is whole solid, what is not over dashed with a hollow end, what was before paler;
and its numbers, each a link to the people behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from analytics.presentation.charts import svg
from analytics.presentation.charts.chart import Setting
from analytics.presentation.charts.marks import Style, mark
from analytics.presentation.charts.scales import Ground
from analytics.presentation.charts.svg import Frame, element
from analytics.presentation.numbers import formula
from analytics.presentation.series import Line
from analytics.results import Point
from people import locale


@dataclass(frozen=True)
class Trace:
    """A line, how it looks, its key in the legend, and how many of its buckets have begun: of one
    that lies ahead there is no number yet."""

    line: Line
    style: Style
    key: str
    begun: int

    @property
    def last(self) -> float:
        """The value at its end."""
        known = [each for each in map(self.value, range(len(self.line.points))) if each is not None]
        return known[-1] if known else 0

    @property
    def kind(self) -> str:
        """Its classes in the style sheet."""
        return f"{self.style.name} before" if self.line.is_before else self.style.name

    def value(self, n: int) -> float | None:
        return self.line.points[n].value if n < min(len(self.line.points), self.begun) else None

    def is_open(self, n: int) -> bool:
        """Whether a bucket is cut or not over; the period before is compared as it is."""
        return self.line.points[n].partial and not self.line.is_before

    # --- Its line -------------------------------------------------------------------------------

    def paths(self, ground: Ground, frame: Frame) -> str:
        pieces = [
            (one, other)
            for one, other in pairwise(ground.kept)
            if self.value(one) is not None and self.value(other) is not None
        ]
        cut = [any(map(self.is_open, piece)) for piece in pieces]
        whole = [piece for piece, is_cut in zip(pieces, cut, strict=True) if not is_cut]
        dashed = [piece for piece, is_cut in zip(pieces, cut, strict=True) if is_cut]
        look: dict[str, object] = {
            "fill": "none", "stroke": self.style.fallback, "stroke_linejoin": "round",
            "stroke_width": 1.5 if self.line.is_before or self.style.mark else 2,
            "vector_effect": "non-scaling-stroke" if frame.is_page else None,
        }  # fmt: skip
        past = {"stroke_dasharray": "5 4", "stroke_opacity": 0.6} if self.line.is_before else {}
        found = [
            element("path", d=self.path(some, ground, frame), class_=kind, **look | dashes)
            for some, kind, dashes in (
                (whole, "whole", past), (dashed, "open", {"stroke_dasharray": "2 4"}),
            )
            if some
        ]  # fmt: skip
        return element("g", *found, class_=self.kind, data_series=self.key)

    def path(self, pieces: list[tuple[int, int]], ground: Ground, frame: Frame) -> str:
        """Pieces that follow each other are drawn without lifting the pen."""
        found, end = [], -1
        for one, other in pieces:
            found.append("" if one == end else f"M{self.at(one, ground, frame)}")
            found.append(f"L{self.at(other, ground, frame)}")
            end = other
        return "".join(found)

    def at(self, n: int, ground: Ground, frame: Frame) -> str:
        x = ground.x(n) / 100 * frame.width
        y = ground.y(self.value(n) or 0) / 100 * frame.height
        return f"{svg.number(x)} {svg.number(y)}"

    # --- Its numbers ----------------------------------------------------------------------------

    def points(self, ground: Ground, setting: Setting) -> str:
        """Only what is hollow or alone is seen before it is pointed at."""
        found = [self.point(n, ground, setting) for n in ground.kept if self.value(n) is not None]
        return element(
            "g", *found, class_=f"points {self.kind}", data_series=self.key,
            data_name=self.line.label, data_sign=self.style.sign,
            data_before=1 if self.line.is_before else None,
        )  # fmt: skip

    def point(self, n: int, ground: Ground, setting: Setting) -> str:
        point = self.line.points[n]
        value = point.value or 0
        figure = self.line.on_chart(value)
        day = locale.bucket(point.start, self.line.granularity)
        day += " (partial)" if self.is_open(n) else ""
        href = setting.link(self.line.bucket(n)) if value else None
        link: dict[str, object] = {
            "href": href, "tabindex": -1, "aria_label": f"{self.line.name}, {day}: {figure}",
        }  # fmt: skip
        return element(
            "a" if href else "g", self.mark(n, ground), **link if href else {},
            data_n=n, data_x=ground.x(n), data_day=day, data_value=value, data_text=figure,
            data_formula=parts_of(point),
            # Where its days begin, for whoever drags across the chart; once is enough.
            data_from=point.start[:10] if self.key == "0" and not self.line.is_before else None,
        )  # fmt: skip

    def mark(self, n: int, ground: Ground) -> str:
        alone = all(self.value(each) is None for each in self.beside(n))
        look = "hollow" if self.is_open(n) else "alone" if alone else ""
        return mark(
            self.style, ground.x(n), ground.y(self.value(n) or 0), class_=look,
            fill=self.style.fallback if look == "alone" else svg.GROUND,
            stroke=self.style.fallback, stroke_width=1.5, opacity=None if look else 0,
        )  # fmt: skip

    def beside(self, n: int) -> Iterator[int]:
        return (each for each in (n - 1, n + 1) if 0 <= each < len(self.line.points))


def parts_of(point: Point) -> str:
    """The formula of a ratio."""
    if point.numerator is None or point.denominator is None:
        return ""
    return formula(point.numerator, point.denominator)
