"""A retention resolved: the calendar that cohorts begin in, and that people come back in."""

from dataclasses import dataclass
from functools import cached_property

from analytics.definitions.retention import Counting, Retention
from analytics.engine.buckets import Bucket, calendar
from analytics.engine.plan import Plan
from analytics.engine.query import Span
from people.values import milliseconds


@dataclass(frozen=True)
class Calendar:
    """Whole buckets, known by their places: those of the period, then as many as are asked for, as
    far as they have begun."""

    plan: Plan[Retention]

    @property
    def report(self) -> Retention:
        return self.plan.report

    @cached_property
    def buckets(self) -> list[Bucket]:
        days, report = self.plan.days, self.report
        return calendar(report.granularity, days.start, days.end, self.plan.scope, report.intervals)

    @property
    def cohorts(self) -> range:
        """The places of the buckets that the period touches, each of which has a cohort."""
        last = self.plan.days.end.isoformat()
        return range(sum(each.label <= last for each in self.buckets))

    @cached_property
    def begun(self) -> int:
        """How many buckets have begun."""
        now = milliseconds(self.plan.scope.now)
        return sum(each.start <= now for each in self.buckets)

    def has_begun(self, place: int) -> bool:
        return place < self.begun

    def is_over(self, place: int) -> bool:
        return self.has_begun(place) and not self.buckets[place].partial

    def entries(self, place: int) -> Span:
        """When the people of a cohort begin: in its bucket, as far as that lies in the period."""
        bucket, period = self.buckets[place], self.plan.span
        return Span(max(bucket.start, period.start), min(bucket.end, period.end))

    def returns(self, cohort: int, interval: int) -> Span:
        """When they come back to count in an interval, which has begun and is not the first."""
        first = last = cohort + interval
        if self.report.counting is Counting.ON_OR_AFTER:
            last = min(cohort + self.report.intervals, self.begun - 1)
        return Span(self.buckets[first].start, self.buckets[last].end)

    @property
    def span(self) -> Span:
        """When anybody can come back: in what has begun."""
        start = self.buckets[0].start
        return Span(start, self.buckets[self.begun - 1].end if self.begun else start)
