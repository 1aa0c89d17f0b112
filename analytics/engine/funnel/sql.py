"""The SQL of a funnel: everybody's path, and how far it got (contract §3)."""

from collections.abc import Sequence
from itertools import combinations

from analytics.definitions.breakdowns import AnyBreakdown
from analytics.definitions.events import names_of
from analytics.definitions.reports import Completion, Funnel
from analytics.engine.breakdowns import is_of_events, value_by, values_of_people
from analytics.engine.conditions import matches
from analytics.engine.funnel.attempts import PACK
from analytics.engine.plan import Plan
from analytics.engine.query import Span, Statement
from analytics.engine.segments import members
from analytics.engine.writer import Writer
from people.values import milliseconds


def may_be_open(plan: Plan[Funnel]) -> bool:
    """Whether anybody can still get further: the period runs, or a window after it does."""
    after = plan.report.completion is Completion.AFTER_PERIOD
    end = plan.span.end + (plan.report.window.milliseconds if after else 0)
    return milliseconds(plan.scope.now) < end


def span_of(plan: Plan[Funnel]) -> Span:
    """In which time events may fill a step."""
    if plan.report.completion is Completion.WITHIN_PERIOD:
        return plan.span
    return Span(plan.span.start, plan.span.end + plan.report.window.milliseconds + 1)


def step_tests(w: Writer, plan: Plan[Funnel]) -> list[str]:
    """A plain boolean a step over a row of events in the funnel's span: can it fill the step?"""
    steps = [matches(w, each) for each in plan.report.steps]
    if plan.report.completion is Completion.AFTER_PERIOD:
        steps[0] += f" AND at < {w.instant(plan.span.end)}"
    return steps


def persons(w: Writer, plan: Plan[Funnel]) -> str:
    """SELECT each person with their `level`, `path`, when they last `entered`, `first_value`.

    The path is an ordered list of what they did that fits a step: packed, see PACK. Statements that
    do not name the last two do not pay for them; `first_value` and `values` (as the path) are there
    with a breakdown by property.
    """
    steps = step_tests(w, plan)
    window = w.bind(plan.report.window.milliseconds, "UInt64")
    shown = ["person", "maxIf(ms, bitTest(mask, 0)) AS entered", *path(plan.report)]
    if overlaps(plan.report):
        tests = ", ".join(f"bitTest(mask, {n})" for n in range(len(steps)))
        shown.append(f"windowFunnel({window}, 'strict_once')(toUInt64(ms), {tests}) AS level")
    people = (
        f"SELECT {', '.join(shown)} FROM ({fitting(w, plan, steps)})"
        f" WHERE {'1' if all_fit(plan.report) else 'mask > 0'} GROUP BY person"
    )
    if overlaps(plan.report):
        return people
    return f"SELECT *, {level_of(len(steps), window)} AS level FROM ({people})"


def fitting(w: Writer, plan: Plan[Funnel], steps: list[str]) -> str:
    """SELECT the events of the steps' names: person, `ms` since the period began, `mask` of the
    steps that it fits, `value` by which it is grouped."""
    start = w.bind(plan.span.start, "Int64")
    masks = " + ".join(f"toUInt8({step}) * {1 << n}" for n, step in enumerate(steps))
    source = w.events(names_of(plan.report.steps), span_of(plan))
    return (
        f"SELECT person, toUnixTimestamp64Milli(at) - {start} AS ms, {masks} AS mask,"
        f" {value_of_step(w, plan)} AS value {source}"
    )


def path(funnel: Funnel) -> list[str]:
    """Aggregates over the fitting events of a person: what they did, in order."""
    packed = f"toUInt64(ms) * {1 << PACK} + mask"
    if not is_of_events(funnel.breakdown):
        return [f"arraySort(groupArray({packed})) AS path"]
    return [
        f"arraySort(groupArray(({packed}, value))) AS ordered",
        "ordered.1 AS path, ordered.2 AS values",
        "argMinIf(value, (ms, value), bitTest(mask, 0)) AS first_value",
    ]


def all_fit(funnel: Funnel) -> bool:
    """Without filters every event of the steps' names fits a step."""
    filtered = any(step.is_filtered for step in funnel.steps)
    return not filtered and funnel.completion is Completion.WITHIN_PERIOD


def overlaps(funnel: Funnel) -> bool:
    """Whether an event may fit two steps. windowFunnel tells them apart then (`strict_once`); where
    none can, the level is found in two thirds of its time."""
    return any(one.shares_events_with(other) for one, other in combinations(funnel.steps, 2))


def level_of(steps: int, window: str) -> str:
    """SQL for the level over a `path` without overlaps.

    `chain` holds at each event the latest entry of an attempt that has got as far as its step: of
    two attempts at the same step the later one is never worse (as in attempts.py).
    """
    entered = chain = carried("arrayMap(a -> if(bitAnd(a, 127) = 1, a, 0), path)")
    tests = []
    for step in range(1, steps):
        here = f"bitAnd(a, 127) = {1 << step}"
        tests.append(
            f"arrayExists((a, e) -> {here} AND e > 0"
            f" AND bitShiftRight(a, {PACK}) - bitShiftRight(e, {PACK}) <= {window}, path, {chain})"
        )
        chain = carried(f"arrayMap((e, a) -> if({here}, e, 0), {chain}, path)")
    level = str(steps)
    for step in reversed(range(1, steps)):
        level = f"if({tests[step - 1]}, {level}, {step})"
    return f"if({entered}[-1] > 0, {level}, 0)"


def carried(array: str) -> str:
    """Each 0 of an array replaced by what stands before it."""
    return f"arrayFill(x -> x > 0, {array})"


def value_of_step(w: Writer, plan: Plan[Funnel]) -> str:
    """SQL for the value by which an event is grouped that an attempt begins with."""
    breakdown = plan.report.breakdown
    if breakdown is None or not breakdown.of_events:
        return "''"
    return value_by(w, breakdown, plan.report.entries)


def journeys(plan: Plan[Funnel]) -> Statement:
    """How far everybody who entered got; of those past step 1 the matching events, too.

    Columns: level, open, s0 … (in which segments), `path` (lists, packed), and with a breakdown
    `person`, `value` (of whom stayed at step 1) and, by property, `values` (lists, as the path).
    """
    w = plan.writer()
    inner, far = persons(w, plan), w.bind(len(plan.report.steps), "UInt8")
    shown = ["level", "if(level > 1, path, []) AS path"]
    shown.append(f"{open_if(w, plan, f'level < {far}')} AS open")
    if is_of_events(plan.report.breakdown):
        further = "if(level > 1, values, []) AS values"
        shown += ["person", "first_value AS value", further]
    elif plan.report.breakdown:
        inner = beside_value(w, plan.report.breakdown, inner)
        shown += ["person", "value"]
    return of_segments(w, plan, f"SELECT * FROM ({inner}) WHERE level > 0", shown)


def beside_value(w: Writer, breakdown: AnyBreakdown, people: str) -> str:
    """SELECT people with the `value` by which they are grouped."""
    values = values_of_people(w, breakdown)
    return f"SELECT * FROM ({people}) AS p LEFT JOIN ({values}) AS r USING (person)"


def of_segments(w: Writer, plan: Plan[Funnel], people: str, shown: Sequence[str]) -> Statement:
    """What is shown of all people who are in a segment of the report, and in which: s0 …"""
    inside = [f"s{n}" for n in range(len(plan.segments))]
    flags = [f"toUInt8({members(w, each)}) AS s{n}" for n, each in enumerate(plan.segments)]
    return w.statement(
        f"SELECT {', '.join([*shown, *flags])} FROM ({people}) WHERE {' OR '.join(inside)}",
        as_columns=True,
    )


def open_if(w: Writer, plan: Plan[Funnel], test: str) -> str:
    """A flag over persons: a test holds, and a window of theirs has not ended."""
    if not may_be_open(plan):
        return "toUInt8(0)"
    end = w.bind(plan.span.start + plan.report.window.milliseconds, "Int64")
    return f"toUInt8({test} AND entered + {end} >= {w.clock()})"
