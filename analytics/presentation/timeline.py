"""What somebody did, day by day on the project's clock, what is alike and in a row as one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from people.models import Event
from people.values import on_clock

# So many in a row are shown as one.
ALIKE = 3


@dataclass(frozen=True)
class Stretch:
    """Events of one name in a row, the newest first."""

    events: list[Event]

    @property
    def is_folded(self) -> bool:
        return len(self.events) >= ALIKE

    @property
    def first(self) -> Event:
        return self.events[-1]

    @property
    def last(self) -> Event:
        return self.events[0]


@dataclass(frozen=True)
class Day:
    """A day of somebody, and how much of it is shown."""

    day: date
    stretches: list[Stretch]

    @property
    def count(self) -> int:
        return sum(len(each.events) for each in self.stretches)


def by_day(events: Iterable[Event], zone: ZoneInfo) -> list[Day]:
    """The days of some events, in the order of these."""
    return [
        Day(day, [Stretch(list(alike)) for _, alike in groupby(group, definition_of)])
        for day, group in groupby(events, lambda event: on_clock(event.at, zone).date())
    ]


def definition_of(event: Event) -> int:
    return event.definition_id
