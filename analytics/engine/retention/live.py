"""The people behind one number of a retention as a condition."""

from analytics.definitions.conditions import AnyCondition
from analytics.definitions.figures import RetentionFigure
from analytics.definitions.parts import Invalid
from analytics.definitions.retention import CohortEntry, Retention
from analytics.engine.live import (
    FIRST_TIME,
    Live,
    counted,
    days_of,
    did_first,
    of_segment,
    together,
    unsayable,
)
from analytics.engine.plan import Plan
from analytics.engine.retention.people import cohort_of
from analytics.engine.retention.plan import Calendar


def live(plan: Plan[Retention], figure: RetentionFigure) -> Live:
    """Who began in a cohort's days, and came back in those of an interval. Raises Invalid where no
    condition says it."""
    asked = Calendar(plan)
    cohort = cohort_of(asked, figure)
    if not asked.has_begun(cohort + figure.interval):
        raise Invalid({"interval": ["This interval has not begun."]})
    back: tuple[AnyCondition, ...] = ()
    if figure.interval:
        span = asked.returns(cohort, figure.interval)
        back = counted(plan.report.returning, days_of(plan, span.start, span.end), plan)
    segment = of_segment(plan.segments[figure.segment])
    return Live(together([*segment, *began(plan, asked, cohort), *back]))


def began(plan: Plan[Retention], asked: Calendar, cohort: int) -> tuple[AnyCondition, ...]:
    """Whose entry is in a cohort's days: any one, or the first that they have at all."""
    span, entry = asked.entries(cohort), plan.report.entry
    days = days_of(plan, span.start, span.end)
    if plan.report.cohort is CohortEntry.EVERY:
        return counted(entry, days, plan)
    if entry.first_time and any(each.filters for each in entry.alternatives):
        raise unsayable(FIRST_TIME)
    return did_first(entry, days)
