"""What the store has to answer for a segmentation."""

from collections.abc import Iterator

from analytics.definitions.reports import Segmentation
from analytics.engine.plan import Plan
from analytics.engine.query import Key, Part, Query, Statement
from analytics.engine.segmentation.breakdown import Split, splits
from analytics.engine.segmentation.plan import Counted
from analytics.engine.segmentation.sql import counts, registered


def query(plan: Plan[Segmentation]) -> Query:
    """The sizes of the segments; of each period the numbers of the whole and of each event's
    groups, which need to be known first: their `values`."""
    own = Counted(plan)
    split = splits(own)
    statements = plan.about_segments()
    for asked in own.periods:
        statements |= dict(of_period(asked, split))
    statements |= {Key(Part.VALUES, event=each.event): each.values() for each in split}
    return Query(statements, plan.marks() | {"partial": open_buckets(own)})


def of_period(asked: Counted, split: list[Split]) -> Iterator[tuple[Key, Statement]]:
    """The numbers of one period: all grids by one statement, but where who is registered depends
    on the bucket, by one each."""
    previous = asked.plan.is_previous
    for some in asked.together:
        yield Key(Part.COUNTS, previous, tuple(some)), counts(asked, some)
        for each in split:
            key = Key(Part.GROUP_COUNTS, previous, tuple(some), each.event)
            yield key, each.counts(asked, some)
    for name, grid in asked.grids.items():
        if asked.by_registration:
            yield Key(Part.REGISTERED, previous, (name,)), registered(asked, grid)
        for each in split:
            if each.has_own_sizes:
                key = Key(Part.GROUP_SIZES, previous, (name,), each.event)
                yield key, each.sizes(asked, grid)


def open_buckets(own: Counted) -> list[list[bool]]:
    """Which buckets are cut or not over: a mark of the answer."""
    return [
        [bucket.partial for bucket in grid]
        for asked in own.periods
        for grid in asked.grids.values()
    ]
