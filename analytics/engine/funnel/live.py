"""The people behind one number of a funnel as a condition: did, or did not get to a step."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import ceil

from analytics.definitions.conditions import AnyCondition, AnyOf, Between, Frequency, Times
from analytics.definitions.events import AnyEntry
from analytics.definitions.figures import FunnelFigure, Outcome
from analytics.definitions.reports import Completion, Funnel
from analytics.definitions.steps import Order
from analytics.engine.live import (
    Live,
    Within,
    counted,
    did,
    did_not,
    of_group,
    of_segment,
    period_of,
    together,
    unsayable,
)
from analytics.engine.plan import Plan

SOME_OF_THEM = "It counts who did some of the steps, whichever; a condition names each."


def live(plan: Plan[Funnel], figure: FunnelFigure) -> Live:
    """Who did the steps up to one, and did not do it where they dropped there. Raises Invalid where
    no condition says it."""
    asked, funnel = plan.of_figure(figure), plan.report
    attributes, filters = of_group(plan, figure, funnel.steps[:1])
    done, missed = steps_of(funnel, figure)
    first, later = period_of(asked), later_days(asked)
    parts = [*of_segment(plan.segments[figure.segment]), *attributes]
    if funnel.order is Order.ANY and not figure.step and figure.outcome is Outcome.REACHED:
        parts.append(AnyOf(any=tuple(did(each, first, filters) for each in funnel.steps)))
    else:
        parts += counted(done[0], first, plan, filters) if done.count(done[0]) == 1 else ()
        parts += repeated(done, later)
    if missed:
        before = Times(operator=Frequency.AT_MOST, value=done.count(missed))
        parts += did_not(missed, later, before)
    return Live(together(parts), tuple(left_out(funnel, figure)))


def steps_of(funnel: Funnel, figure: FunnelFigure) -> tuple[list[AnyEntry], AnyEntry | None]:
    """The steps that people of a number did, and the one that they did not. Raises Invalid where it
    does not tell which."""
    reached = figure.outcome is Outcome.REACHED
    if funnel.order is Order.ANY and not (reached and figure.step in (0, len(funnel.steps) - 1)):
        raise unsayable(SOME_OF_THEM)
    done = list(funnel.steps[: figure.step + reached])
    return done, None if reached else funnel.steps[figure.step]


def repeated(done: Sequence[AnyEntry], later: Within) -> Iterator[AnyCondition]:
    """Each step after the first as often as it stands there."""
    for n, each in enumerate(done):
        often = done.count(each)
        if done.index(each) == n and (n or often > 1):
            yield did(each, later, times=Times(operator=Frequency.AT_LEAST, value=often))


def later_days(plan: Plan[Funnel]) -> Within:
    """The days in which the steps after the first can be."""
    within, funnel = period_of(plan), plan.report
    if funnel.completion is Completion.WITHIN_PERIOD or not isinstance(within, Between):
        return within
    days = ceil(funnel.window.length / timedelta(days=1))
    return Between(start=within.start, end=within.end + timedelta(days))


def left_out(funnel: Funnel, figure: FunnelFigure) -> Iterator[str]:
    """What of a funnel no condition says."""
    if funnel.hold:
        yield f"with the same {' and '.join(funnel.hold)}"
    if figure.group and funnel.breakdown and funnel.breakdown.of_events:
        yield f"{funnel.breakdown} as it was in the attempt that counts"
    if not figure.step:
        return
    order = "" if funnel.order is Order.ANY else f"{funnel.order.label}, "
    yield f"{order}within {funnel.window}".lower()
    if funnel.exclusions:
        yield "without what must not happen in between"
    if any(each.first_time for each in funnel.steps[1 : figure.step + 1]):
        yield "each person's first time"
