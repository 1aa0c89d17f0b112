"""The series of formulas, from those of the events of the same segment (contract §2)."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from analytics.definitions.formulas import Formula
from analytics.definitions.reports import Segmentation
from analytics.results import Number, Numbers, Point, Series


def of_formulas(report: Segmentation, of_events: Sequence[Series]) -> Iterator[Series]:
    """Formula by formula, granularity by granularity."""
    for (n, formula), granularity in product(enumerate(report.formulas), report.granularities):
        operands = [each for each in of_events if each.granularity is granularity]
        before = [each.previous for each in operands if each.previous]
        past = {"previous": Numbers(**numbers(formula, before))} if before else {}
        yield Series(
            segment=operands[0].segment,
            event=None,
            formula=n,
            label=str(formula),
            granularity=granularity,
            **numbers(formula, operands),
            **past,
        )


def numbers(formula: Formula, operands: Sequence[Numbers]) -> dict[str, Any]:
    """Total and points, as keywords; the total is computed from totals."""
    buckets = zip(*(each.points for each in operands), strict=True)
    return {
        "total": Number(value=formula.of([each.total.value for each in operands])),
        "points": tuple(
            Point(
                start=points[0].start,
                partial=points[0].partial,
                value=formula.of([each.value for each in points]),
            )
            for points in buckets
        ),
    }
