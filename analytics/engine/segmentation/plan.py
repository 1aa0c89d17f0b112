"""A segmentation resolved: its days, segments, and the grids of buckets that are counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    def together(self) -> tuple[Grids, ...]:
        """The grids that one statement counts: all of them, but each alone where who is registered
        depends on the bucket."""
        if not self.by_registration:
            return (self.grids,)
        return tuple({name: grid} for name, grid in self.grids.items())
