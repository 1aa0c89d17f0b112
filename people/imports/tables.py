"""Any table: which column says who, what and when, and what the cells hold."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from people.attributes import from_traits
from people.imports.formats import Reader, needed_name
from people.ingest.body import cleaned
from people.ingest.messages import (
    Identify,
    Kind,
    Message,
    RefusedError,
    Track,
    document,
    quoted,
    uid_of,
    usable_ids,
)
from people.values import JSON, as_date, as_instant, start_of_day

GUESSES = {
    "person": (
        "person_id",
        "user_id",
        "userid",
        "distinct_id",
        "external_id",
        "customer_id",
        "email",
    ),
    "anonymous": ("anonymous_id", "anonymousid", "device_id", "user_pseudo_id"),
    "event": ("event", "event_name", "event_type", "action"),
    "time": ("timestamp", "time", "event_time", "occurred_at", "occurredtime", "datetime", "date"),
    "id": ("event_id", "uuid", "message_id", "messageid", "insert_id", "id"),
}
# Text, so that numbers that are names (zip codes, phones) keep their zeros.
NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})([.,]\d+)?", re.ASCII)
DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:\s+(\d{1,2}):(\d\d)(?::(\d\d))?)?")
# Days since the last of 1899, as spreadsheets count them: 1954 to 2119.
SPREADSHEET = range(20_000, 80_000)
DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
JSON_COLUMNS = ("properties", "attributes")
TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True)
class Columns:
    """Which column of a table says what; every other one is a property, or an attribute where the
    table has no events."""

    person: str = ""
    anonymous: str = ""
    event: str = ""
    time: str = ""
    id: str = ""

    @classmethod
    def guessed(cls, names: Iterable[str], given: Mapping[str, str | None]) -> Self:
        """What is given, and for the rest the first column whose name says it."""
        there = {name.strip().lower().lstrip("$").replace(" ", "_"): name for name in names}
        chosen = {}
        for part in fields(cls):
            guess = next((there[each] for each in GUESSES[part.name] if each in there), "")
            said = given.get(part.name)
            chosen[part.name] = guess if said is None else said
        return cls(**chosen)

    def missing(self) -> str:
        """What has to be chosen before a row can be read; "" when nothing."""
        if not self.person and not self.anonymous:
            return "Which column has the person? Name it with “person” or “anonymous”."
        if self.event and not self.time:
            return "Which column has the time of the event? Name it with “time”."
        return ""


def reader(columns: Columns, zone: ZoneInfo) -> Reader:
    """Reads rows by these columns; times without a zone are of `zone`."""
    taken = {each for each in asdict(columns).values() if each}

    def read(row: Mapping[str, Any], received: datetime) -> Iterable[Message]:
        ids = usable_ids(
            (row.get(columns.person), Kind.EXTERNAL), (row.get(columns.anonymous), Kind.ANONYMOUS)
        )
        if not ids:
            field = columns.person or columns.anonymous
            raise RefusedError(**{field: "A row needs the id of a person."})
        facts = said(row, taken)
        if not columns.event:
            return [Identify(ids, time_of(row, columns.time, zone) or received, from_traits(facts))]
        at = time_of(row, columns.time, zone)
        if at is None:
            raise RefusedError(**{columns.time: "A row needs the time of the event."})
        name = needed_name(row, columns.event)
        return [Track(ids, name, at, uid_of(row.get(columns.id), row), facts)]

    return read


def said(row: Mapping[str, Any], taken: set[str]) -> dict[str, JSON]:
    """The other cells, and what a column of JSON objects holds."""
    facts: dict[str, JSON] = {}
    for name, cell in row.items():
        if name in JSON_COLUMNS and name not in taken:
            facts |= document(row, name)
        elif name not in taken:
            facts[name] = value_of(cell)
    return facts


def value_of(cell: Any) -> JSON:
    """A number, a truth, or the text; a decimal comma is a point."""
    if not isinstance(cell, str):
        return cleaned(cell)  # type: ignore[no-any-return]
    text: str = cleaned(cell.strip())
    if NUMBER.fullmatch(text):
        return float(text.replace(",", ".")) if "." in text or "," in text else int(text)
    return TRUTHS.get(text.lower(), text)


def time_of(row: Mapping[str, Any], column: str, zone: ZoneInfo) -> datetime | None:
    """The instant in a cell, to the millisecond; None for an empty one. Raises RefusedError."""
    cell = row.get(column)
    if cell in (None, ""):
        return None
    at = cell if isinstance(cell, datetime) else instant(str(cell).strip(), zone)
    if at is None or not 1900 <= at.year < 9999:
        given = quoted(str(cell))
        raise RefusedError(**{column: f"{given} is no time like 2026-05-31 10:00:00."})
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def instant(text: str, zone: ZoneInfo) -> datetime | None:
    """ISO, days and months with dots, seconds or milliseconds since 1970, a spreadsheet's day."""
    if day := as_date(text):
        return start_of_day(day, zone)
    if as_instant(text):
        local = as_instant(text) if has_zone(text) else as_instant(f"{text}Z")
        return local if has_zone(text) or local is None else local.replace(tzinfo=zone)
    if parts := DOTTED.fullmatch(text):
        day_, month, year, *clock = (int(each or 0) for each in parts.groups())
        try:
            hour, minute, second = clock
            return datetime(year, month, day_, hour, minute, second, tzinfo=zone)
        except ValueError:
            return None
    return counted(text, zone)


def has_zone(text: str) -> bool:
    return bool(re.search(r"(Z|[+-]\d\d:?(\d\d)?)$", text[16:], re.IGNORECASE))


def counted(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        count = float(text.replace(",", "."))
    except ValueError:
        return None
    try:
        if int(count) in SPREADSHEET:
            return (DAY_ZERO + timedelta(days=count)).replace(tzinfo=zone)
        return datetime.fromtimestamp(count / 1000 if abs(count) > 1e11 else count, UTC)
    except (ValueError, OverflowError, OSError):
        return None
