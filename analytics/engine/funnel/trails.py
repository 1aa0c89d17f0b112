"""The SQL of everything that people did of a funnel, for rules that the store cannot count."""

from analytics.definitions.events import Meant, names_of
from analytics.definitions.reports import Funnel
from analytics.definitions.steps import Order
from analytics.engine.breakdowns import is_of_events, value_of_event
from analytics.engine.conditions import is_of, matches
from analytics.engine.funnel.attempts import PACK
from analytics.engine.funnel.sql import beside_value, of_segments, open_if, span_of, value_of_step
from analytics.engine.funnel.sql import step_tests as steps_in_order
from analytics.engine.plan import Plan
from analytics.engine.query import Statement
from analytics.engine.writer import Writer

# How an event stands in a trail: milliseconds since the period began, the bits of the steps that
# it fits (see PACK), the bits of the exclusions that it is of. Of equal times what fits no step
# comes first, then the earlier step.
MARKS = 5
ALL_STEPS = (1 << PACK) - 1 << MARKS


def trails(plan: Plan[Funnel]) -> Statement:
    """What everybody did who entered.

    Columns: person, `path` (lists, packed, see MARKS), `open` (whether a window of theirs has not
    ended), s0 … (in which segments), where something is held `holds` (lists, as the path: a number
    for what it is), and with a breakdown `value` (of the person) or `values` (lists, as the path).
    """
    w = plan.writer()
    inner = (
        f"SELECT person, {', '.join(path(plan.report))}, maxIf(ms, enters) AS entered"
        f" FROM ({events(w, plan)}) GROUP BY person HAVING countIf(enters) > 0"
    )
    shown = ["person", "path", f"{open_if(w, plan, '1')} AS open"]
    shown += ["holds"] if plan.report.hold else []
    if by_events(plan.report):
        shown.append("values")
    elif plan.report.breakdown:
        shown.append("value")
        inner = beside_value(w, plan.report.breakdown, inner)
    return of_segments(w, plan, inner, shown)


def path(funnel: Funnel) -> list[str]:
    """Aggregates over the events of a person: what they did, in order. What nobody asks for does
    not stand beside it: bare numbers are sorted in a fraction of the time."""
    beside = [*(["held"] if funnel.hold else []), *(["value"] if by_events(funnel) else [])]
    row = f"({', '.join(['packed', *beside])})" if beside else "packed"
    ordered = f"arraySort(groupArray({row}))"
    if funnel.order is Order.STRICT:
        ordered = with_ends_alone(ordered, bool(beside))
    shown = [f"{ordered} AS ordered", f"ordered{'.1' if beside else ''} AS path"]
    for place, name in enumerate(beside, 2):
        one = f"ordered.{place}"
        shown.append(
            f"arrayEnumerateDense({one}) AS holds" if name == "held" else f"{one} AS values"
        )
    return shown


def by_events(funnel: Funnel) -> bool:
    return is_of_events(funnel.breakdown)


def with_ends_alone(ordered: str, is_tuple: bool) -> str:
    """Of what fits no step only what stands beside something that does: enough to tell what comes
    between steps, and when."""
    bits = "arrayMap(x -> bitAnd(x{}, {}), every)".format(".1" if is_tuple else "", ALL_STEPS)
    return (
        f"arrayFilter((x, a, b, c) -> a + b + c > 0, {ordered} AS every, {bits} AS fits,"
        " arrayPushFront(arrayPopBack(fits), toUInt64(0)),"
        " arrayPushBack(arrayPopFront(fits), toUInt64(0)))"
    )


def events(w: Writer, plan: Plan[Funnel]) -> str:
    """SELECT what may matter: person, `ms` since the period began, the event `packed`, whether an
    attempt `enters` with it, what it has `held`, the `value` by which it is grouped."""
    report, span = plan.report, span_of(plan)
    fits = bits(step_tests(w, plan), MARKS)
    held = held_values(w, report)
    whole = " AND ".join(f"{each} != ''" for each in held) or "1"
    together = f"toString(tuple({', '.join(held) or 1}))"
    inner = (
        f"SELECT person, toUnixTimestamp64Milli(at) - {w.bind(plan.span.start, 'Int64')} AS ms,"
        f" if({whole}, {fits} + {marks_of(w, report)}, 0) AS bits, {together} AS held,"
        f" {value_of_step(w, plan)} AS value {w.events(names_that_matter(report), span)}"
    )
    enters = f"bitTest(bits, {MARKS})"
    if report.order is Order.ANY:
        enters = f"bits > 0 AND ms < {w.bind(plan.span.end - plan.span.start, 'Int64')}"
    counted = "1" if report.order is Order.STRICT else "bits > 0"
    packed = f"toUInt64(ms) * {1 << (PACK + MARKS)} + bits"
    return (
        f"SELECT person, ms, {packed} AS packed, {enters} AS enters, held, value"
        f" FROM ({inner}) WHERE {counted}"
    )


def meant(funnel: Funnel) -> list[Meant]:
    """Every entry whose events are steps, or excluded."""
    return [*funnel.steps, *funnel.exclusions]


def names_that_matter(funnel: Funnel) -> frozenset[str] | None:
    """The names of all events that matter; None is any: strictly, nothing may lie between."""
    return None if funnel.order is Order.STRICT else names_of(meant(funnel))


def held_values(w: Writer, funnel: Funnel) -> list[str]:
    """SQL for what an event has in each held property, as text."""
    return [f"({value_of_event(w, meant(funnel), name)})" for name in funnel.hold]


def marks_of(w: Writer, funnel: Funnel) -> str:
    """SQL for a bit for each exclusion that an event is of."""
    return bits([is_of(w, each) for each in funnel.exclusions], 0)


def step_tests(w: Writer, plan: Plan[Funnel]) -> list[str]:
    """A plain boolean a step: can an event fill it?"""
    if plan.report.order is Order.ANY:
        return [matches(w, each) for each in plan.report.steps]
    return steps_in_order(w, plan)


def bits(tests: list[str], shift: int) -> str:
    """SQL for a number with a bit for each test."""
    return (
        " + ".join(f"toUInt64({each}) * {1 << (n + shift)}" for n, each in enumerate(tests)) or "0"
    )
