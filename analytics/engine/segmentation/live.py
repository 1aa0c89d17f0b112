"""The people behind one number of a segmentation as a condition."""

from analytics.definitions.conditions import AttributeCondition, Between, PropertyFilter
from analytics.definitions.events import AnyCounted
from analytics.definitions.figures import SegmentationFigure
from analytics.definitions.operators import Operator
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import Segmentation
from analytics.engine.live import (
    SEVERAL_TYPES,
    Live,
    Within,
    counted,
    days_of,
    of_group,
    of_segment,
    period_of,
    together,
    unsayable,
)
from analytics.engine.plan import Plan
from analytics.engine.segmentation.people import NOBODY, bucket_behind
from analytics.engine.segmentation.plan import Counted
from people.values import Type


def live(plan: Plan[Segmentation], figure: SegmentationFigure) -> Live:
    """Who did the event in these days. Raises Invalid where no condition says it."""
    if figure.formula is not None:
        raise Invalid({"formula": [NOBODY]})
    own, asked = Counted(plan), Counted(plan.of_figure(figure))
    entry = own.report.events[figure.event]
    within = days_behind(asked, figure)
    attributes, filters = of_group(plan, figure, [entry])
    parts = [
        *of_segment(plan.segments[figure.segment]),
        *attributes,
        *registered(own, within),
        *counted(entry, within, plan, (*filters, *with_value(plan, entry))),
    ]
    return Live(together(parts))


def days_behind(asked: Counted, figure: SegmentationFigure) -> Within:
    """The days of a bucket, with all the time that it counts; of none those of the period."""
    if figure.granularity is None:
        within = period_of(asked.plan)
        # Who is registered by then is told of a day.
        fixed = asked.by_registration and not isinstance(within, Between)
        return Between(**asked.plan.days.model_dump()) if fixed else within
    bucket = bucket_behind(asked, figure)
    return days_of(asked.plan, bucket.start, bucket.end)


def registered(own: Counted, within: Within) -> tuple[AttributeCondition, ...]:
    """Registered by the end of these days, where only such people count."""
    if not (own.by_registration and isinstance(within, Between)):
        return ()
    until = {"operator": Operator.UNTIL, "value": within.end.isoformat()}
    return (AttributeCondition(attribute="registered_at", **until),)


def with_value(plan: Plan[Segmentation], entry: AnyCounted) -> tuple[PropertyFilter, ...]:
    """That there is something to measure. Raises Invalid where a condition cannot tell."""
    if entry.measure is None:
        return ()
    types = entry.types_of(entry.measure.property, plan.scope.catalogue)
    names = entry.names or frozenset()
    kinds = set(types.values())
    fits = {Type.NUMBER} if entry.measure.aggregate.takes_numbers else {Type.NUMBER, Type.TEXT}
    if types.keys() != names or len(kinds) != 1 or not kinds <= fits:
        raise unsayable(SEVERAL_TYPES)
    return (PropertyFilter(property=entry.measure.property, operator=Operator.IS_NOT_EMPTY),)
