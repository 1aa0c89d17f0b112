"""A segmentation resolved: its days, segments, and the grids of buckets that are counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TypeAlias

from analytics.definitions.periods import Granularity
from analytics.definitions.reports import Denominator, Segmentation
from analytics.engine.buckets import Bucket, buckets
from analytics.engine.plan import Plan

# None is the whole period, as one bucket.
Grid: TypeAlias = Granularity | None
Grids: TypeAlias = Mapping[Grid, Sequence[Bucket]]


@dataclass(frozen=True)
class Counted:
    """A segmentation over one period: the plan, with what is counted in it."""

    plan: Plan[Segmentation]

    @property
    def report(self) -> Segmentation:
        return self.plan.report

    @cached_property
    def periods(self) -> "tuple[Counted, ...]":
        """The report's own period, then the one it is compared with."""
        return (self, *(Counted(each) for each in self.plan.periods[1:]))

    @property
    def by_registration(self) -> bool:
        """Whether only those count who are registered by the end of the bucket."""
        return (
            self.report.metric.is_of_segment and self.report.denominator is Denominator.REGISTERED
        )

    @cached_property
    def grids(self) -> Grids:
        """The buckets of the totals and of each granularity."""
        scope, days, span = self.plan.scope, self.plan.days, self.plan.span
        named: dict[Grid, list[Bucket]] = {None: [Bucket("", span.start, span.end, partial=False)]}
        for each in self.report.granularities:
            named[each] = buckets(each, days.start, days.end, scope)
        return named

    @property
    def is_running(self) -> bool:
        """Whether people are counted of longer times than a bucket."""
        report = self.report
        return bool(report.rolling or (report.cumulative and report.metric.counts_people))

    def runs(self, grid: Grid) -> bool:
        """Whether a grid counts so: all do but that of the totals."""
        return self.is_running and grid is not None

    def run(self, some: Grids) -> bool:
        """Whether what one statement counts does; it is of one grid then."""
        return any(self.runs(each) for each in some)

    def reach(self, grid: Grid) -> Sequence[Bucket]:
        """The buckets whose events count somewhere in a grid: rolling days begin before it."""
        own = self.grids[grid]
        if not (self.report.rolling and self.runs(grid)):
            return own
        first = self.plan.days.start
        before = first - timedelta(self.report.rolling - 1), first - timedelta(1)
        return [*buckets(Granularity.DAY, *before, self.plan.scope), *own]

    def time_of(self, grid: Grid, place: int) -> Bucket:
        """The bucket at a place of a grid, with all of the time that it counts."""
        bucket = self.grids[grid][place]
        if grid is None:
            return bucket
        if self.report.cumulative:
            return replace(bucket, start=self.grids[grid][0].start)
        return replace(bucket, start=self.reach(grid)[place].start)

    @property
    def together(self) -> tuple[Grids, ...]:
        """The grids that one statement counts: all of them, but each alone where who is registered
        depends on the bucket, or a bucket counts more than its own time."""
        if not (self.by_registration or self.is_running):
            return (self.grids,)
        return tuple({name: grid} for name, grid in self.grids.items())
