"""From a definition to SQL, and from rows to a result: no models, no HTTP, no clock.

A definition and a scope become a plan, the plan a query of several statements, their rows a result.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from analytics.definitions.figures import Figure, figure_type
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import Definition, Funnel, Segmentation
from analytics.definitions.retention import Retention
from analytics.engine import funnel, retention, segmentation
from analytics.engine.catalogue import (
    Sorted,
    examples,
    first_seen,
    found,
    holders,
    last_seen,
    newest,
    people_of_each,
    people_volumes,
    values,
    volumes,
)
from analytics.engine.funnel import Why, ways, whys
from analytics.engine.history import history
from analytics.engine.live import Live
from analytics.engine.pages import Page, count
from analytics.engine.plan import Plan
from analytics.engine.properties import filled, histograms, spreads, totals
from analytics.engine.query import Fetch, Query, Rows, Scope, Statement
from analytics.engine.segments import inside, lines, memberships, overlap, segment_name, sizes
from analytics.results import Result

__all__ = [
    "Live",
    "Page",
    "Plan",
    "Query",
    "Rows",
    "Scope",
    "Sorted",
    "Statement",
    "Why",
    "count",
    "examples",
    "filled",
    "first_seen",
    "found",
    "histograms",
    "history",
    "holders",
    "inside",
    "kind_of",
    "last_seen",
    "lines",
    "live",
    "memberships",
    "newest",
    "overlap",
    "people",
    "people_of_each",
    "people_volumes",
    "plan",
    "query",
    "result",
    "segment_name",
    "sizes",
    "spreads",
    "totals",
    "values",
    "volumes",
    "ways",
    "whys",
]  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """How a kind of report is asked and answered. `people` is who is behind one number, `live` the
    condition that they meet; of some kinds `ways` and `whys` tell of each of them why."""

    query: Callable[[Any], Query]
    result: Callable[[Any, Rows], Result]
    people: Callable[[Any, Any, Fetch], Statement]
    live: Callable[[Any, Any], Live]
    has_reasons: bool


SEGMENTATION = Kind(
    segmentation.query,
    segmentation.result,
    segmentation.people,
    segmentation.live,
    has_reasons=False,
)
FUNNEL = Kind(funnel.query, funnel.result, funnel.people, funnel.live, has_reasons=True)
RETENTION = Kind(
    retention.query, retention.result, retention.people, retention.live, has_reasons=False
)


def kind_of(definition: Definition) -> Kind:
    match definition:
        case Segmentation():
            return SEGMENTATION
        case Funnel():
            return FUNNEL
        case Retention():
            return RETENTION
        case _:
            assert_never(definition)


def plan(definition: Definition, scope: Scope) -> Plan[Any]:
    """The definition resolved: its days, its segments, what it is compared with."""
    return Plan.of(definition, scope)


def query(asked: Plan[Any]) -> Query:
    """What the store has to answer: statements, values bound."""
    return kind_of(asked.report).query(asked)


def result(asked: Plan[Any], rows: Rows) -> Result:
    """The answer, from the rows of each statement."""
    return kind_of(asked.report).result(asked, rows)


def live(asked: Plan[Any], figure: Figure) -> Live:
    """The condition that the people behind one number meet. Raises Invalid, in words, where no
    condition says it."""
    if not isinstance(figure, figure_type(asked.report)):
        raise Invalid({"": ["This is no number of the report."]})
    return kind_of(asked.report).live(asked, figure)


def people(asked: Plan[Any], figure: Figure, fetch: Fetch) -> Statement:
    """The people behind one number of the result, as rows of `person`. Raises Invalid.

    `fetch` answers a statement, where a number is told only by what the store says first.
    """
    if not isinstance(figure, figure_type(asked.report)):
        raise Invalid({"": ["This is no number of the report."]})
    return kind_of(asked.report).people(asked, figure, fetch)
