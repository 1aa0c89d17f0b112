"""What the store has to answer for a funnel."""

from analytics.definitions.reports import Funnel
from analytics.engine.funnel.rules import is_plain
from analytics.engine.funnel.sql import journeys, may_be_open
from analytics.engine.funnel.trails import trails
from analytics.engine.plan import Plan
from analytics.engine.query import Key, Part, Query, Statement
from people.values import milliseconds


def query(plan: Plan[Funnel]) -> Query:
    """The sizes of the segments, and the journeys of everybody who entered, of each period."""
    statements = plan.about_segments() | walked(plan)
    minute = milliseconds(plan.scope.now) // 60_000 if may_be_open(plan) else None
    return Query(statements, plan.marks() | {"minute": minute})


def walked(plan: Plan[Funnel]) -> dict[Key, Statement]:
    """Everybody's journey, of each period."""
    asked = journeys if is_plain(plan.report) else trails
    return {Key(Part.JOURNEYS, each.is_previous): asked(each) for each in plan.periods}
