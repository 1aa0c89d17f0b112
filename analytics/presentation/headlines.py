"""The numbers of an answer that stand large, and how they compare with the period before."""

from dataclasses import dataclass
from typing import Literal

from analytics.presentation.numbers import written
from analytics.presentation.summary import change_between, compared
from analytics.presentation.tables import SHARE
from analytics.results import FunnelResult, SegmentationResult
from people import locale

# More of them do not stand out.
MOST_HEADLINES = 8
Direction = Literal["up", "down", "same", ""]


@dataclass(frozen=True)
class Headline:
    """A number that stands out, and how it compares with the period before."""

    name: str
    value: str
    change: str = ""
    direction: Direction = ""

    @property
    def mark(self) -> str:
        return {"up": "▲", "down": "▼", "same": "=", "": ""}[self.direction]


def of_series(result: SegmentationResult) -> list[Headline]:
    """Like is compared with like, as in the finding: what is not over by its whole buckets."""
    found = []
    for line, past in compared(result):
        value = "unknown" if line.total.value is None else line.told(line.total.value)
        change, direction = in_share(change_between(line, past, result) if past else None)
        found.append(Headline(line.name, value, change, direction))
    return found


def of_steps(result: FunnelResult) -> list[Headline]:
    found = []
    for each in result.segments:
        value = "–" if each.conversion is None else written(each.conversion, SHARE)
        # While people are on their way, a conversion is not held against one that is over.
        past = each.previous.conversion if each.previous and not each.still_open else None
        change, direction = in_points(each.conversion, past)
        found.append(Headline(each.name, value, change, direction))
    return found


def in_share(change: float | None) -> tuple[str, Direction]:
    """A change as a part of what was before; nothing where there is nothing to compare with."""
    if change is None:
        return "", ""
    if not change:
        return "as in the period before", "same"
    return f"{locale.share(abs(change))} on the period before", "up" if change > 0 else "down"


def in_points(now: float | None, before: float | None) -> tuple[str, Direction]:
    """A change of a rate, in percentage points."""
    if now is None or before is None:
        return "", ""
    change = round((now - before) * 100, 1)
    if not change:
        return "as in the period before", "same"
    points = f"{locale.count(abs(change))} point{'' if abs(change) == 1 else 's'}"
    return f"{points} on the period before", "up" if change > 0 else "down"
