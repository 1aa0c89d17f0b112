"""When something is due: slots on the clock of a project's time zone (contract §5)."""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from analytics.definitions.parts import Invalid, Part, Whole, Word
from analytics.definitions.problems import problems_of

# No slot is further from the next one: a month, and the hour of a clock change.
LONGEST_PAUSE = timedelta(days=32)


class Every(Word):
    HOUR = "hour", "every hour"
    DAY = "day", "every day"
    WEEKDAY = "weekday", "Monday to Friday"
    WEEK = "week", "every week"
    MONTH = "month", "every month"


class Weekday(Word):
    MONDAY = "monday", "Monday"
    TUESDAY = "tuesday", "Tuesday"
    WEDNESDAY = "wednesday", "Wednesday"
    THURSDAY = "thursday", "Thursday"
    FRIDAY = "friday", "Friday"
    SATURDAY = "saturday", "Saturday"
    SUNDAY = "sunday", "Sunday"

    @property
    def number(self) -> int:
        """As Python counts them, Monday is 0."""
        return list(Weekday).index(self)


class Schedule(Part):
    """How often, and at which hour of the project's clock.

    An hour that a day in spring does not have is the instant at which it would have begun, so 02:00
    comes at 03:00; one that a day in autumn has twice counts once, the first time. A month without
    the day has its slot on its last one.
    """

    every: Every
    hour: Whole = Field(default=8, ge=0, le=23)
    weekday: Weekday = Weekday.MONDAY
    day: Whole = Field(default=1, ge=1, le=31)

    def __str__(self) -> str:
        match self.every:
            case Every.HOUR:
                return self.every.label
            case Every.WEEK:
                return f"every {self.weekday.label} at {self.hour:02}:00"
            case Every.MONTH:
                return f"on day {self.day} of each month at {self.hour:02}:00"
        return f"{self.every.label} at {self.hour:02}:00"

    def next_after(self, at: datetime, zone: ZoneInfo) -> datetime:
        """The first slot after an instant."""
        return next(slot for slot in self.slots(at, zone) if slot > at)

    def last_until(self, at: datetime, zone: ZoneInfo) -> datetime:
        """The last slot that is not after an instant."""
        begun = [each for each in self.between(at - LONGEST_PAUSE, at, zone) if each <= at]
        return begun[-1]

    def between(self, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """The slots after `start` up to `end`, in order, each instant once."""
        for slot in self.slots(start, zone):
            if slot > end:
                return
            if slot > start:
                yield slot

    def slots(self, start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Slots from the local day before `start` on, without an end."""
        if self.every is Every.HOUR:
            yield from hours(start, zone)
            return
        day, last = start.astimezone(zone).date() - timedelta(1), None
        while True:
            slot = instant(day, self.hour, zone)
            # A day that a zone left out has the same instants as the one after it.
            if self.falls_on(day) and slot != last:
                yield (last := slot)
            day += timedelta(1)

    def falls_on(self, day: date) -> bool:
        match self.every:
            case Every.WEEKDAY:
                return day.weekday() < 5
            case Every.WEEK:
                return day.weekday() == self.weekday.number
            case Every.MONTH:
                return day.day == min(self.day, calendar.monthrange(day.year, day.month)[1])
        return True


def hours(start: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The beginnings of the hours of the zone's clock, which may be shifted by half an hour."""
    local = start.astimezone(zone)
    slot = local.astimezone(UTC) - timedelta(
        minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    while True:
        yield slot
        slot += timedelta(hours=1)


def instant(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def parse_schedule(data: object) -> Schedule:
    """A schedule from its JSON. Raises Invalid with each problem at its key."""
    try:
        return Schedule.model_validate(data)
    except ValidationError as error:
        raise Invalid(problems_of(error)) from error


def dump_schedule(schedule: Schedule) -> dict[str, Any]:
    """Its JSON, with defaults written down."""
    return schedule.model_dump(mode="json")
