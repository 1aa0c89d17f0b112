"""What happened: people, what is known of them, and their events."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

NOTHING: Any = None


@dataclass(frozen=True)
class Happened:
    """An event: its time in milliseconds."""

    name: str
    ms: int
    properties: dict[str, Any]


@dataclass
class Somebody:
    """What is known of a person; `said` is what they said of themselves, when they were `seen`."""

    attributes: dict[str, Any]
    registered: int
    events: list[Happened]
    seen: datetime
    said: dict[str, Any]


@dataclass
class World:
    zone: ZoneInfo
    now: datetime
    people: list[Somebody]
    attributes: dict[str, str]
    # Of each event, by name.
    properties: dict[str, dict[str, str]]
    # On which day its weeks start.
    week_start: str
    # Seconds that lie between many of its events.
    gap: int

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def now_ms(self) -> int:
        return to_ms(self.now)

    def midnight(self, day: date) -> int:
        return to_ms(datetime.combine(day, time.min, self.zone))


def to_ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def local(world: World, ms: int) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(world.zone)
