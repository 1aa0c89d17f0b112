"""The people behind one number of a funnel."""

import numpy as np

from analytics.definitions.figures import FunnelFigure, Outcome
from analytics.definitions.reports import Funnel
from analytics.engine import packed
from analytics.engine.funnel.attempts import Whole
from analytics.engine.funnel.journeys import Flags, Journeys, groups_of
from analytics.engine.funnel.query import walked
from analytics.engine.funnel.rules import is_plain
from analytics.engine.funnel.sql import persons
from analytics.engine.groups import Group
from analytics.engine.plan import Plan
from analytics.engine.query import Fetch, Rows, Statement
from analytics.engine.segments import members


def people(plan: Plan[Funnel], figure: FunnelFigure, fetch: Fetch) -> Statement:
    """Who reached a step, or was lost before it."""
    asked = plan.of_figure(figure)
    if not is_plain(plan.report):
        return people_of_rules(plan, figure, asked, fetch)
    w = plan.writer()
    inner = persons(w, asked)
    reached = figure.outcome is Outcome.REACHED
    far = w.bind(figure.step + reached, "UInt8")
    tests = [f"level {'>=' if reached else '='} {far}"]
    tests.append(members(w, plan.segments[figure.segment]))
    if figure.group:
        ids = people_of_group(plan, Group(figure.group, figure.value), asked, fetch)
        tests.append(f"person IN {packed.rows(w, person=ids)}")
    return w.statement(f"SELECT person FROM ({inner}) WHERE {' AND '.join(tests)}")


def people_of_rules(
    plan: Plan[Funnel], figure: FunnelFigure, asked: Plan[Funnel], fetch: Fetch
) -> Statement:
    """Where the store cannot count: from everybody's journey."""
    rows = {key: fetch(each) for key, each in walked(plan).items()}
    read = Journeys.of(asked, rows)
    far = figure.step + (figure.outcome is Outcome.REACHED)
    there = read.levels >= far if figure.outcome is Outcome.REACHED else read.levels == far
    there = there & read.inside(figure.segment)
    if figure.group:
        there = there & among_group(plan, rows, read, Group(figure.group, figure.value))
    w = plan.writer()
    ids = read.column("person")[there].astype(np.int64)
    return w.statement(f"SELECT person FROM {packed.rows(w, person=ids)}")


def people_of_group(plan: Plan[Funnel], group: Group, asked: Plan[Funnel], fetch: Fetch) -> Whole:
    """Who is in a group of a breakdown: known only once everybody's journey is."""
    rows = {key: fetch(each) for key, each in walked(plan).items()}
    read = Journeys.of(asked, rows)
    return read.column("person")[among_group(plan, rows, read, group)].astype(np.int64)


def among_group(plan: Plan[Funnel], rows: Rows, read: Journeys, group: Group) -> Flags:
    groups = groups_of(plan, rows)
    if group not in groups:
        return np.zeros(len(read.levels), np.bool_)
    return read.among(groups)[groups.index(group)]
