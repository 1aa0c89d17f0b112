"""The people behind one number of a funnel."""

from analytics.definitions.figures import FunnelFigure, Outcome
from analytics.definitions.reports import Funnel
from analytics.engine.funnel.journeys import Journeys, groups_of
from analytics.engine.funnel.sql import journeys, persons
from analytics.engine.groups import Group
from analytics.engine.plan import Plan
from analytics.engine.query import Fetch, Key, Part, Statement
from analytics.engine.segments import members


def people(plan: Plan[Funnel], figure: FunnelFigure, fetch: Fetch) -> Statement:
    """Who reached a step, or was lost before it."""
    asked = plan.of_figure(figure)
    w = plan.writer()
    inner = persons(w, asked)
    reached = figure.outcome is Outcome.REACHED
    far = w.bind(figure.step + reached, "UInt8")
    tests = [f"level {'>=' if reached else '='} {far}"]
    tests.append(members(w, plan.segments[figure.segment]))
    if figure.group:
        ids = people_of_group(plan, Group(figure.group, figure.value), asked, fetch)
        tests.append(f"person IN {w.bind(ids, 'Array(UInt64)')}")
    return w.statement(f"SELECT person FROM ({inner}) WHERE {' AND '.join(tests)}")


def people_of_group(
    plan: Plan[Funnel], group: Group, asked: Plan[Funnel], fetch: Fetch
) -> list[int]:
    """Who is in a group of a breakdown: known only once everybody's journey is."""
    rows = {Key(Part.JOURNEYS, each.is_previous): fetch(journeys(each)) for each in plan.periods}
    groups = groups_of(plan, rows)
    if group not in groups:
        return []
    read = Journeys(asked.report, rows[Key(Part.JOURNEYS, asked.is_previous)])
    ids: list[int] = read.column("person")[read.among(groups)[groups.index(group)]].tolist()
    return ids
