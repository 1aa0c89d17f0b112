"""From a definition to SQL, and from rows to a result: no models, no HTTP, no clock."""

from analytics.definitions import Definition, Invalid, Segmentation
from analytics.engine import funnel, segmentation
from analytics.engine.catalogue import examples, found, last_seen, values, volumes
from analytics.engine.query import Query, Rows, Scope, Statement
from analytics.engine.sql import Page, count, inside, sizes
from analytics.figures import Figure, FunnelFigure, SegmentationFigure

__all__ = [
    "Page",
    "Query",
    "Rows",
    "Scope",
    "Statement",
    "count",
    "examples",
    "found",
    "inside",
    "last_seen",
    "people",
    "query",
    "result",
    "sizes",
    "values",
    "volumes",
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
    return funnel.result(definition, scope, rows)


def people(definition: Definition, scope: Scope, figure: Figure) -> Statement:
    """The people behind one number of the result, as rows of `person`. Raises Invalid."""
    match definition, figure:
        case Segmentation(), SegmentationFigure():
            return segmentation.people(definition, scope, figure)
        case _, FunnelFigure() if not isinstance(definition, Segmentation):
            return funnel.people(definition, scope, figure)
    raise Invalid({"": ["This is no number of the report."]})
