"""What the store has to answer for a retention."""

from analytics.definitions.retention import Retention
from analytics.engine.plan import Plan
from analytics.engine.query import Key, Part, Query
from analytics.engine.retention.plan import Calendar
from analytics.engine.retention.sql import counts
from analytics.engine.segments import sizes


def query(plan: Plan[Retention]) -> Query:
    """The sizes of the segments, and all cohorts with those who came back by one statement."""
    asked = Calendar(plan)
    over = [asked.is_over(place) for place in range(asked.begun)]
    statements = {
        Key(Part.SIZES): sizes(plan.segments, plan.scope),
        Key(Part.COHORTS): counts(asked),
    }
    return Query(statements, plan.marks() | {"over": over})
