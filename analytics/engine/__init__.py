"""From a definition to SQL, and from rows to a result: no models, no HTTP, no clock."""

from analytics.definitions import Definition, Segmentation
from analytics.engine import funnel, segmentation
from analytics.engine.query import Query, Rows, Scope

__all__ = ["Query", "Rows", "Scope", "query", "result"]


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
