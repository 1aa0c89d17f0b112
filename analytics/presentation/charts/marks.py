"""How a series looks: its colour and its mark, which it keeps whatever stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.presentation.charts.svg import element, percent
from analytics.presentation.series import Line

# As the tokens --series-1 … of charts.css; these are for where no style sheet is.
COLOURS = ("#2563cf", "#d9650b", "#8a2a7c", "#0f9a7b", "#5f6b78", "#d63a5c")
MARKS = ("●", "■", "▲", "◆")
RADIUS = 4


@dataclass(frozen=True)
class Style:
    """The n-th colour and the n-th mark."""

    colour: int = 0
    mark: int = 0

    @property
    def name(self) -> str:
        """Its class in the style sheet."""
        return f"series-{self.colour + 1}"

    @property
    def fallback(self) -> str:
        return COLOURS[self.colour]

    @property
    def sign(self) -> str:
        return MARKS[self.mark]


def nth(n: int) -> Style:
    """All colours with the first mark, then all with the second, and so on."""
    return Style(n % len(COLOURS), n // len(COLOURS) % len(MARKS))


def styles(lines: Sequence[Line]) -> list[Style]:
    """Of what is drawn now, in this order. Where there are several segments and several events, a
    segment has a colour and an event a mark."""
    segments = {line.place.segment for line in lines}
    series = sorted({key_of(line) for line in lines})
    several = len(segments) > 1 and 1 < len(series) <= len(MARKS)
    if several and not any(line.is_group for line in lines):
        return [Style(line.place.segment, series.index(key_of(line))) for line in lines]
    return [nth(n) for n in range(len(lines))]


def key_of(line: Line) -> tuple[int, int]:
    """Which series of its segment it is: first those of events, then those of formulas."""
    return (0, line.place.event) if line.place.formula is None else (1, line.place.formula)


def mark(style: Style, x: float, y: float, **attributes: object) -> str:
    """A mark of a series at a place in percent, of one size at any width."""
    if style.mark == 0:
        return element("circle", cx=percent(x), cy=percent(y), r=RADIUS, **attributes)
    paths = ("", "M-4-4H4V4H-4Z", "M0-5L5 4H-5Z", "M0-5.5L5.5 0L0 5.5L-5.5 0Z")
    shape = element("path", d=paths[style.mark], **attributes)
    return element("svg", shape, x=percent(x), y=percent(y), overflow="visible")
