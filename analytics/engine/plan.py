"""A question resolved: which days, which segments. SQL is made from the plan alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from analytics.definitions.figures import Place
from analytics.definitions.periods import CustomPeriod
from analytics.definitions.reports import Funnel, Segmentation, dump
from analytics.definitions.retention import Retention
from analytics.engine.query import Key, Part, Rows, Scope, Span, Statement
from analytics.engine.segments import (
    Chosen,
    chosen_segments,
    exclusive,
    overlap,
    segment_name,
    sizes,
    together,
)
from analytics.engine.writer import Writer
from analytics.results import Days, Overlap

Report = TypeVar("Report", Segmentation, Funnel, Retention)


@dataclass(frozen=True)
class Plan(Generic[Report]):
    """A report over one period, of one project; `previous` is the same over the days before, where
    it is compared with them."""

    report: Report
    scope: Scope
    days: Days
    span: Span
    segments: tuple[Chosen, ...]
    previous: "Plan[Report] | None" = None
    is_previous: bool = False

    @classmethod
    def of(cls, report: Report, scope: Scope) -> "Plan[Report]":
        first, last = scope.days(report.period)
        segments = chosen_segments(report.segments, scope)
        segments = exclusive(segments) if report.exclusive else segments
        before = None
        if report.compare:
            before = cls(*shifted(report, first, last, scope), segments, is_previous=True)
        span = Span.of_days(first, last, scope.zone)
        return cls(report, scope, Days(start=first, end=last), span, segments, before)

    @property
    def periods(self) -> tuple["Plan[Report]", ...]:
        """The report's own period, then the one it is compared with."""
        return (self, self.previous) if self.previous else (self,)

    def of_figure(self, figure: Place) -> "Plan[Report]":
        """The plan of the period that a number is of."""
        return self.previous if figure.previous and self.previous else self

    def writer(self) -> Writer:
        """A new statement over the plan's data."""
        return Writer(self.scope)

    def about_segments(self) -> dict[Key, Statement]:
        """How many people are in the segments and, of several, how many in more than one."""
        chosen = chosen_segments(self.report.segments, self.scope)
        found = {Key(Part.SIZES): sizes(self.segments, self.scope)}
        if len(chosen) > 1:
            found[Key(Part.OVERLAP)] = overlap(chosen, self.scope)
        return found

    def overlaps(self, rows: Rows) -> Mapping[str, tuple[Overlap, ...]]:
        """Who is in several segments, as a keyword of a result; none where there is but one."""
        if Key(Part.OVERLAP) not in rows:
            return {}
        [numbers] = rows[Key(Part.OVERLAP)]
        pairs = zip(together(len(self.segments)), numbers, strict=True)
        return {"overlap": tuple(Overlap(segments=each, people=count) for each, count in pairs)}

    def marks(self) -> dict[str, Any]:
        """What an answer shows beside its rows; two questions may have the same SQL and differ
        here."""
        names = [segment_name(each) for each in self.segments]
        return {
            "definition": dump(self.report),
            "segments": names,
            "zone": self.scope.zone.key,
            "weeks": self.scope.week_start,
            "days": [[each.days.start, each.days.end] for each in self.periods],
        }

    def answer(self) -> Mapping[str, Any]:
        """What results of every kind carry, as keywords."""
        before = {"previous_period": self.previous.days} if self.previous else {}
        return {
            "kind": self.report.kind,
            "as_of": self.scope.as_of,
            "timezone": self.scope.zone.key,
            "period": self.days,
            **before,
        }


def shifted(
    report: Report, first: date, last: date, scope: Scope
) -> tuple[Report, Scope, Days, Span]:
    """The report over as many days just before."""
    days = (last - first).days + 1
    start, end = (date.fromordinal(max(each.toordinal() - days, 2)) for each in (first, last))
    period = CustomPeriod.model_construct(start=start, end=end)
    span = Span.of_days(start, end, scope.zone)
    return report.model_copy(update={"period": period}), scope, Days(start=start, end=end), span
