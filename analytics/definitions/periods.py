"""Which days a report covers, in buckets of which size, and how long a conversion may take."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import (
    Field,
    Strict,
    Tag,
    ValidationInfo,
    field_validator,
)

from analytics.definitions.conditions import (
    Between,
)
from analytics.definitions.parts import Part, Word, complaint, keyed
from people.values import WeekStart

MAX_DAYS = 1096
PERIOD_HELP = "Which days, in the project's time zone."


FIRST_YEAR, LAST_YEAR = 1900, 9998


MAX_WINDOW = timedelta(days=366)


class Granularity(Word):
    HOUR = "hour", "Hour"
    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"

    def most_buckets(self, days: int) -> int:
        """How many there are in so many days, however they fall."""
        match self:
            case Granularity.HOUR:
                return days * 24 + 1
            case Granularity.DAY:
                return days
            case Granularity.WEEK:
                return days // 7 + 2
            case Granularity.MONTH:
                return days // 28 + 2


class Unit(Word):
    SECOND = "second", "seconds"
    MINUTE = "minute", "minutes"
    HOUR = "hour", "hours"
    DAY = "day", "days"


class Preset(Word):
    LAST_7_DAYS = "last_7_days", "Last 7 days"
    LAST_30_DAYS = "last_30_days", "Last 30 days"
    LAST_90_DAYS = "last_90_days", "Last 90 days"
    THIS_WEEK = "this_week", "This week"
    PREVIOUS_WEEK = "previous_week", "Previous week"
    THIS_MONTH = "this_month", "This month"
    PREVIOUS_MONTH = "previous_month", "Previous month"

    def days(self, today: date, weeks: WeekStart) -> tuple[date, date]:
        """First and last day, both included."""
        week, first = weeks.first_day(today), today.replace(day=1)
        match self:
            case Preset.LAST_7_DAYS | Preset.LAST_30_DAYS | Preset.LAST_90_DAYS:
                return today - timedelta(int(self.split("_")[1]) - 1), today
            case Preset.THIS_WEEK:
                return week, today
            case Preset.PREVIOUS_WEEK:
                return week - timedelta(7), week - timedelta(1)
            case Preset.THIS_MONTH:
                return first, today
            case Preset.PREVIOUS_MONTH:
                return (first - timedelta(1)).replace(day=1), first - timedelta(1)


class PresetPeriod(Part):
    """Days that move with the calendar."""

    preset: Preset = Field(description="Which days, in the project's time zone; today included.")

    def days(self, today: date, weeks: WeekStart) -> tuple[date, date]:
        return self.preset.days(today, weeks)

    @property
    def most_days(self) -> int:
        """How many days it has, however the calendar falls."""
        if self.preset.startswith("last_"):
            return int(self.preset.split("_")[1])
        return 7 if self.preset.endswith("_week") else 31

    def __str__(self) -> str:
        return self.preset.label.lower()


class CustomPeriod(Between):
    """Days of a report, both included; at most 1,096, in years in which buckets begin and end."""

    @property
    def most_days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    @field_validator("start", "end")
    @classmethod
    def must_be_of_our_time(cls, day: date) -> date:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise complaint(f"A period lies in the years {FIRST_YEAR} to {LAST_YEAR}.")
        return day

    @field_validator("end")
    @classmethod
    def must_be_short(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start and (end - start).days >= MAX_DAYS:
            raise complaint(f"A period has {MAX_DAYS:,} days at most.")
        return end


Period = Annotated[
    Annotated[PresetPeriod, Tag("<preset>")] | Annotated[CustomPeriod, Tag("<start>")],
    keyed(preset="<preset>", start="<start>", end="<start>"),
]


class Window(Part):
    """How long a person has from the first step to the last; at most 366 days."""

    value: Annotated[int, Strict(), Field(ge=1)] = Field(description="How many of the unit.")
    unit: Unit = Field(description="A day is 24 hours.")

    @field_validator("unit")
    @classmethod
    def must_be_short(cls, unit: Unit, info: ValidationInfo) -> Unit:
        most = int(MAX_WINDOW / timedelta(**{f"{unit}s": 1}))
        if info.data.get("value", 0) > most:
            raise complaint(f"The conversion window is at most {most:,} {unit.label}.")
        return unit

    @property
    def length(self) -> timedelta:
        return timedelta(**{f"{self.unit}s": self.value})

    @property
    def milliseconds(self) -> int:
        return self.length // timedelta(milliseconds=1)

    def __str__(self) -> str:
        return f"{self.value} {self.unit.label if self.value > 1 else self.unit}"
