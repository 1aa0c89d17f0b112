"""The people behind one number of a retention."""

from analytics.definitions.figures import RetentionFigure
from analytics.definitions.parts import Invalid
from analytics.definitions.retention import Retention
from analytics.engine.plan import Plan
from analytics.engine.query import Fetch, Statement
from analytics.engine.retention.plan import Calendar
from analytics.engine.retention.sql import came, entered
from analytics.engine.segments import members


def people(plan: Plan[Retention], figure: RetentionFigure, _fetch: Fetch) -> Statement:
    """Who of a cohort counts in an interval, each once. Raises Invalid where there is none such."""
    asked = Calendar(plan)
    cohort = cohort_of(asked, figure)
    if not asked.has_begun(cohort + figure.interval):
        raise Invalid({"interval": ["This interval has not begun."]})
    w = plan.writer()
    began = entered(w, asked, asked.entries(cohort))
    tests = [members(w, plan.segments[figure.segment])]
    if figure.interval:
        back = came(w, asked, asked.returns(cohort, figure.interval))
        tests.append(f"person IN (SELECT person {back})")
    return w.statement(f"SELECT DISTINCT person FROM ({began}) WHERE {' AND '.join(tests)}")


def cohort_of(asked: Calendar, figure: RetentionFigure) -> int:
    """The place of the cohort that a number is of."""
    for place in asked.cohorts:
        if asked.buckets[place].label == figure.start:
            return place
    if figure.start is None:
        raise Invalid({"start": ["Say which cohort: its first day."]})
    raise Invalid({"start": ["No cohort of the report starts then."]})
