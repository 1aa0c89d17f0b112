"""From a definition to SQL, and from rows to a result: no models, no HTTP, no clock."""

from analytics.definitions.conditions import Invalid
from analytics.definitions.figures import Figure, FunnelFigure, SegmentationFigure
from analytics.definitions.reports import Definition, Segmentation
from analytics.engine.catalogue import examples, found, last_seen, values, volumes
from analytics.engine.funnel import journeys
from analytics.engine.funnel import sql as funnel
from analytics.engine.funnel.why import Why, whys
from analytics.engine.funnel.why import statement as ways
from analytics.engine.query import Query, Rows, Scope, Statement, of_period
from analytics.engine.segmentation import sql as segmentation
from analytics.engine.sql import Page, count, inside, sizes

__all__ = [
    "Page",
    "Query",
    "Rows",
    "Scope",
    "Statement",
    "Why",
    "count",
    "examples",
    "found",
    "inside",
    "last_seen",
    "of_period",
    "people",
    "query",
    "result",
    "sizes",
    "values",
    "volumes",
    "ways",
    "whys",
]  # fmt: skip


def query(definition: Definition, scope: Scope) -> Query:
    """What the store has to answer: named statements, values bound."""
    if isinstance(definition, Segmentation):
        return segmentation.query(definition, scope)
    return funnel.query(definition, scope)


def result(definition: Definition, scope: Scope, rows: Rows) -> dict[str, object]:
    """The answer in the shape of contract §4, from the rows of each statement."""
    if isinstance(definition, Segmentation):
        return segmentation.result(definition, scope, rows)
    return journeys.result(definition, scope, rows)


def people(definition: Definition, scope: Scope, figure: Figure, fetch: funnel.Fetch) -> Statement:
    """The people behind one number of the result, as rows of `person`. Raises Invalid.

    `fetch` answers a statement, where a number is told only by what the store says first.
    """
    match definition, figure:
        case Segmentation(), SegmentationFigure():
            return segmentation.people(definition, scope, figure)
        case _, FunnelFigure() if not isinstance(definition, Segmentation):
            return funnel.people(definition, scope, figure, fetch)
    raise Invalid({"": ["This is no number of the report."]})
