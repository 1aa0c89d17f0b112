"""What a question is asked of (Scope), what it becomes (Query), and what comes back (Rows)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import orjson

from analytics.definitions.conditions import Catalogue
from analytics.definitions.figures import Place
from analytics.definitions.reports import CustomPeriod, Funnel, PresetPeriod, Segmentation
from people.values import milliseconds, start_of_day

Row: TypeAlias = Sequence[Any]
# Of each statement its rows; of one whose answer is large, a table of columns.
Rows: TypeAlias = Mapping[str, Any]


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

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def dump(self) -> dict[str, str]:
        return {"start": self.first.isoformat(), "end": self.last.isoformat()}


Report = TypeVar("Report", Segmentation, Funnel)
PREVIOUS = "previous "


def periods(report: Report, scope: Scope) -> dict[str, Report]:
    """The report, and what it is compared with: the same over as many days just before."""
    if report.compare is None:
        return {"": report}
    span = Range.of(report.period, scope)
    days = [
        date.fromordinal(max(each.toordinal() - span.days, 2)) for each in (span.first, span.last)
    ]
    before = CustomPeriod.model_construct(start=days[0], end=days[1])
    return {"": report, PREVIOUS: report.model_copy(update={"period": before})}


def of_period(report: Report, scope: Scope, figure: Place) -> Report:
    """The report over the period that one of its numbers is of."""
    return periods(report, scope)[PREVIOUS if figure.previous else ""]


def days_of(report: Report, scope: Scope) -> dict[str, dict[str, str]]:
    """The days of a report as its result says them."""
    named = {"": "period", PREVIOUS: "previous_period"}
    return {
        named[when]: Range.of(asked.period, scope).dump()
        for when, asked in periods(report, scope).items()
    }


@dataclass(frozen=True)
class Statement:
    """One SELECT and the values of its placeholders."""

    sql: str
    binds: Mapping[str, Any]
    # The answer is wanted as an Arrow table, which is many times as fast as rows are.
    as_columns: bool = False


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
