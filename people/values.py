"""What a value is: the six types of attributes and properties, and how JSON values show theirs."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"

# What no text of the record can hold: NUL, and halves of surrogate pairs.
UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d\d:?(?:\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


class Type(StrEnum):
    """The types an attribute or a property may have (contract §1)."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    LIST = "list"


class WeekStart(StrEnum):
    """The day on which a project's weeks begin."""

    MONDAY = "monday"
    SUNDAY = "sunday"

    def first_day(self, day: date) -> date:
        """The first day of the week that a day lies in."""
        before = day.weekday() if self is WeekStart.MONDAY else day.isoweekday() % 7
        return day - timedelta(before)


def type_of(value: JSON) -> Type | None:
    """The type that a first value defines; None where it says nothing (null, empty text)."""
    match value:
        case None | "":
            return None
        case bool():
            return Type.BOOLEAN
        case int() | float():
            return Type.NUMBER
        case list() if all(isinstance(each, str) for each in value):
            return Type.LIST
        case str() if as_date(value):
            return Type.DATE
        case str() if as_instant(value):
            return Type.DATETIME
        case _:
            return Type.TEXT


def as_date(text: str) -> date | None:
    """The day that an ISO text `YYYY-MM-DD` names."""
    if not DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def as_instant(text: str) -> datetime | None:
    """The instant that an ISO date-time names, in UTC; without an offset it is read as UTC."""
    if len(text) < 16 or not (parts := INSTANT.fullmatch(text)):
        return None
    day, clock, seconds, zone = parts.groups()
    seconds, _, fraction = (seconds or ":00").replace(",", ".").partition(".")
    offset = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{seconds}.{fraction[:6]:0<6}{offset}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def read_instant(text: str) -> datetime | None:
    """An instant as this project wrote it, to the microsecond; None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC; where midnight is skipped, the instant of the jump.

    fold=0 takes the offset before a change, which makes both right: a skipped midnight falls on
    the jump itself, a repeated one on its first pass. Where the instant lies before the year 1 or
    after 9999, which no clock here can say, it is the first or the last one that there is.
    """
    try:
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return FIRST if day.year == 1 else LAST


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after a local day, in UTC; the last one that there is after all days."""
    return start_of_day(day + timedelta(1), zone) if day < date.max else LAST


FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


def on_clock(moment: datetime, zone: tzinfo) -> datetime:
    """An instant as a zone's clock shows it; as UTC's where that clock has no such day, as at the
    ends of the years 1 and 9999."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment.astimezone(UTC)


def iso(moment: datetime) -> str:
    """An instant as the project writes it: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, the resolution of every time in the project."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
