"""The people behind one number of a segmentation."""

from analytics.definitions.figures import SegmentationFigure
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import Segmentation
from analytics.engine.buckets import Bucket
from analytics.engine.plan import Plan
from analytics.engine.query import Fetch, Statement
from analytics.engine.segmentation.breakdown import splits
from analytics.engine.segmentation.measures import has_value
from analytics.engine.segmentation.plan import Counted, Grids
from analytics.engine.segmentation.sql import did

NOBODY = (
    "A formula is computed from other numbers, so nobody is behind it. "
    "Ask for the people behind the events that it is made of."
)


def people(plan: Plan[Segmentation], figure: SegmentationFigure, _fetch: Fetch) -> Statement:
    """Who did the event in the bucket, each once. Raises Invalid where there is no such bucket, and
    of a formula."""
    if figure.formula is not None:
        raise Invalid({"formula": [NOBODY]})
    own = Counted(plan)
    asked = Counted(plan.of_figure(figure))
    grid: Grids = {None: [bucket_behind(asked, figure)]}
    w = plan.writer()
    entry = own.report.events[figure.event]
    tests = [f"s{figure.segment}", "e0", *(["known"] if own.by_registration else [])]
    if entry.measure:
        tests.append(has_value(w, entry, entry.measure, "m0"))
    if figure.group:
        split = splits(own)[figure.event]
        inner = split.did(w, asked, grid)
        tests.append(split.test(w, figure))
    else:
        inner = did(w, asked, grid, [entry])
    return w.statement(f"SELECT DISTINCT person FROM ({inner}) WHERE {' AND '.join(tests)}")


def bucket_behind(asked: Counted, figure: SegmentationFigure) -> Bucket:
    """The bucket that a number stands for. Raises Invalid where the report has none such."""
    if figure.granularity is None:
        return asked.grids[None][0]
    for place, bucket in enumerate(asked.grids[figure.granularity]):
        if bucket.label == figure.start:
            return asked.time_of(figure.granularity, place)
    raise Invalid({"start": ["No bucket of the report starts then."]})
