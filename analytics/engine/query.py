"""What a question is asked of (Scope), what it becomes (Query), and what comes back (Rows)."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import orjson

from analytics.definitions.conditions import Between, Catalogue, Recent
from analytics.definitions.periods import Granularity, PresetPeriod
from people.values import WeekStart, end_of_day, milliseconds, start_of_day

Row: TypeAlias = Sequence[Any]
# The placeholder of the present instant: it alone does not make a question another one.
CLOCK = "now"


@dataclass(frozen=True)
class Scope:
    """Whose data, seen when and from where: all that a definition does not say itself."""

    project: int
    now: datetime
    zone: ZoneInfo
    catalogue: Catalogue
    week_start: WeekStart = WeekStart.MONDAY

    def days(self, period: PresetPeriod | Between | Recent) -> tuple[date, date]:
        """The first and the last day of a period, both included."""
        return period.days(self.today, self.week_start)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def as_of(self) -> datetime:
        """The present instant as answers say it: UTC, whole seconds."""
        return self.now.astimezone(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Span:
    """[start, end) in milliseconds since 1970."""

    start: int
    end: int

    @classmethod
    def of_days(cls, first: date, last: date, zone: ZoneInfo) -> "Span":
        """All instants of these days, both included."""
        start, end = start_of_day(first, zone), end_of_day(last, zone)
        return cls(milliseconds(start), milliseconds(end))


@dataclass(frozen=True)
class Statement:
    """One SELECT and the values of its placeholders."""

    sql: str
    binds: Mapping[str, Any]
    # The answer is wanted as an Arrow table, which is many times as fast as rows are.
    as_columns: bool = False


# Answers a statement: rows, or a table of columns where it wants one.
Fetch: TypeAlias = Callable[[Statement], Any]


class Part(StrEnum):
    """What a statement of a question tells."""

    SIZES = "sizes"
    OVERLAP = "overlap"
    COUNTS = "counts"
    REGISTERED = "registered"
    VALUES = "values"
    GROUP_COUNTS = "group counts"
    GROUP_SIZES = "group sizes"
    JOURNEYS = "journeys"
    COHORTS = "cohorts"


@dataclass(frozen=True)
class Key:
    """Which statement of a question it is: of the period before, of some grids (None is the whole
    period), of one event's groups."""

    part: Part
    previous: bool = False
    grids: tuple[Granularity | None, ...] = ()
    event: int | None = None


# Of each statement its rows; of one whose answer is large, a table of columns.
Rows: TypeAlias = Mapping[Key, Any]


@dataclass(frozen=True)
class Query:
    """The statements of a question; `marks` is what else the answer depends on, as which bucket is
    open."""

    statements: Mapping[Key, Statement]
    marks: object = None

    def digest(self) -> str:
        """Equal for questions whose answers are equal over the same data."""
        parts = {
            repr(key): [each.sql, {name: each.binds[name] for name in each.binds if name != CLOCK}]
            for key, each in self.statements.items()
        }
        text = orjson.dumps(
            [parts, self.marks], option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
        )
        return hashlib.sha256(text).hexdigest()
