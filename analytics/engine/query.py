"""What a question is asked of (Scope), what it becomes (Query), and what comes back (Rows)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import orjson

from analytics.definitions import Catalogue, CustomPeriod, PresetPeriod
from people.values import milliseconds, start_of_day

Row: TypeAlias = Sequence[Any]
Rows: TypeAlias = Mapping[str, Sequence[Row]]


# The placeholder of the present instant: it alone does not make a question another one.
CLOCK = "now"


@dataclass(frozen=True)
class Scope:
    """Whose data, seen when and from where: all that a definition does not say itself."""

    project: int
    now: datetime
    zone: ZoneInfo
    catalogue: Catalogue

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def as_of(self) -> str:
        return self.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Range:
    """The days of a period, both included, and its instants in milliseconds: [start, end)."""

    first: date
    last: date
    start: int
    end: int

    @classmethod
    def of(cls, period: PresetPeriod | CustomPeriod, scope: Scope) -> "Range":
        first, last = period.days(scope.today)
        start = start_of_day(first, scope.zone)
        end = start_of_day(date.fromordinal(last.toordinal() + 1), scope.zone)
        return cls(first, last, milliseconds(start), milliseconds(end))

    def dump(self) -> dict[str, str]:
        return {"start": self.first.isoformat(), "end": self.last.isoformat()}


@dataclass(frozen=True)
class Statement:
    """One SELECT and the values of its placeholders."""

    sql: str
    binds: Mapping[str, Any]


@dataclass(frozen=True)
class Query:
    """Named statements; `marks` is what else the answer depends on, as which bucket is open."""

    statements: Mapping[str, Statement]
    marks: object = None

    def digest(self) -> str:
        """Equal for questions whose answers are equal over the same data."""
        parts = {
            name: [each.sql, {key: value for key, value in each.binds.items() if key != CLOCK}]
            for name, each in self.statements.items()
        }
        text = orjson.dumps(
            [parts, self.marks], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
        )
        return hashlib.sha256(text).hexdigest()
