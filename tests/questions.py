"""What may be asked of a world, drawn by Hypothesis."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.oracle.world import World, local
from tests.worlds import ATTRIBUTES, NAMES, NUMBERS, PROPERTIES, PROPERTIES_OF, TEXTS

# A name that nobody sent.
GHOST = "ghost"
EMPTY = ["is_empty", "is_not_empty"]
OPERATORS = {
    "text": ["is", "is_not", "contains", "does_not_contain", "starts_with", "ends_with", *EMPTY],
    "number": ["is", "is_not", "less_than", "at_most", "greater_than", "at_least", "between",
               *EMPTY],
    "boolean": ["is", *EMPTY],
    "date": ["is", "before", "after", "since", "until", "between", "in_the_last", "more_than_ago",
             "in_the_next", "today", *EMPTY],
    "list": ["contains", "does_not_contain", *EMPTY],
}  # fmt: skip


@st.composite
def comparisons(draw: st.DrawFn, key: str, kinds: dict[str, str], world: World) -> dict[str, Any]:
    name = draw(st.sampled_from([*(kinds or PROPERTIES_OF["a"]), GHOST]))
    kind = kinds.get(name) or draw(st.sampled_from(["text", "number", "boolean", "list"]))
    kind = "date" if kind == "datetime" else kind
    operator = draw(st.sampled_from(OPERATORS[kind]))
    leaf = {key: name, "operator": operator}
    days = st.integers(-4, 4).map(lambda n: (world.today + timedelta(n)).isoformat())
    texts = st.sampled_from(TEXTS[:4])
    if operator in [*EMPTY, "today"]:
        return leaf
    if operator == "between":
        one = st.sampled_from(NUMBERS) if kind == "number" else days
        return leaf | {"value": sorted([draw(one), draw(one)])}
    if operator in ("in_the_last", "more_than_ago", "in_the_next"):
        unit = draw(st.sampled_from(["day", "week"]))
        return leaf | {"value": {"value": draw(st.integers(1, 4)), "unit": unit}}
    value: st.SearchStrategy[Any] = {
        "text": st.lists(texts, min_size=1, max_size=2)
        if operator in ("is", "is_not")
        else st.sampled_from(["j", "JA", "zz", "ROCK"]),
        "number": st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=2)
        if operator in ("is", "is_not")
        else st.sampled_from(NUMBERS),
        "boolean": st.booleans(),
        "date": days,
        "list": st.lists(texts, min_size=1, max_size=2),
    }[kind]
    return leaf | {"value": draw(value)}


SELDOM = st.sampled_from([0, 0, 0, 1])


@st.composite
def event_filters(draw: st.DrawFn, world: World, *, names: Any = NAMES) -> dict[str, Any]:
    """One event, or any (None), with filters."""
    event = draw(st.sampled_from(names))
    kinds = PROPERTIES_OF[event] if event else {}
    yes = draw(SELDOM)
    filters = st.lists(comparisons("property", kinds, world), min_size=yes, max_size=yes)
    return {"event": event, "filters": draw(filters)}


def entries(world: World) -> st.SearchStrategy[dict[str, Any]]:
    """An entry of a report: mostly an event, now and then any, one of several, a first time."""
    one = event_filters(world)
    free = event_filters(world, names=[*NAMES, None])
    union = st.lists(free, min_size=2, max_size=3).map(lambda some: {"any_of": some})
    entry = st.one_of(one, one, one, free, union)
    return st.builds(lambda each, first: each | first, entry, st.sampled_from(FIRST))


FIRST: list[dict[str, Any]] = [{}, {}, {}, {}, {"first_time": True}]


@st.composite
def performed(draw: st.DrawFn, world: World) -> dict[str, Any]:
    chosen = draw(event_filters(world))
    times = {
        "operator": draw(st.sampled_from(["at_least", "at_most", "exactly"])),
        "value": draw(st.integers(0, 3)),
    }
    leaf = {"performed": chosen["event"], "filters": chosen["filters"], "times": times}
    match draw(st.integers(0, 2)):
        case 1:
            unit = draw(st.sampled_from(["day", "week"]))
            leaf["within"] = {"last": draw(st.integers(1, 5)), "unit": unit}
        case 2:
            leaf["within"] = draw(spans(world))
    return leaf


@st.composite
def spans(draw: st.DrawFn, world: World) -> dict[str, str]:
    """A few days until about the present."""
    start = world.today - timedelta(draw(st.integers(0, 6)))
    end = start + timedelta(draw(st.sampled_from([0, 1, 2, 6, 6])))
    return {"start": start.isoformat(), "end": end.isoformat()}


def conditions(world: World) -> st.SearchStrategy[dict[str, Any]]:
    leaf = st.one_of(
        comparisons("attribute", world.attributes, world),
        comparisons("attribute", {"registered_at": "datetime"}, world),
        performed(world),
    )
    some = st.lists(leaf, min_size=1, max_size=2)
    group = some.map(lambda each: {"all": each}) | some.map(lambda each: {"any": each})
    several = st.lists(group | leaf, min_size=1, max_size=2)
    return leaf | several.map(lambda each: {"all": each}) | several.map(lambda each: {"any": each})


def segments(world: World, most: int) -> st.SearchStrategy[dict[str, Any]]:
    """The segments of a report; of several now and then who is in one alone."""
    one = conditions(world).map(lambda condition: {"name": "Some", "condition": condition})
    return st.builds(
        lambda some, alone: {"segments": some} | (alone if len(some) > 1 else {}),
        st.lists(one, max_size=most),
        st.sampled_from([{}, {"exclusive": True}]),
    )


PRESETS = ["last_7_days", "last_30_days", "this_week", "previous_week", "this_month",
           "previous_month"]  # fmt: skip


def periods(world: World) -> st.SearchStrategy[dict[str, str]]:
    return spans(world) | st.sampled_from(PRESETS).map(lambda preset: {"preset": preset})


def extras(breakdowns: list[dict[str, str]]) -> st.SearchStrategy[dict[str, Any]]:
    limits = st.sampled_from([{}, {"limit": 1}, {"limit": 2}])
    groups = st.builds(lambda by, limit: by | limit, st.sampled_from(breakdowns), limits)
    return st.fixed_dictionaries(
        {}, optional={"breakdown": groups, "compare": st.just("previous_period")}
    )


METRICS = ["events", "people", "adoption", "engagement", "frequency", "measure", "measure"]
AGGREGATES = ["sum", "average", "median", "p90", "minimum", "maximum", "distinct"]
# Numbers mostly, for of others there is only how many differ.
MEASURED = ["price", "price", "price", "mixed", *PROPERTIES, GHOST]


def measures() -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(
        {"aggregate": st.sampled_from(AGGREGATES), "property": st.sampled_from(MEASURED)}
    )


def expressions(letters: str) -> st.SearchStrategy[str]:
    """Arithmetic over some events."""
    simple = st.sampled_from([*letters, *letters, "2", "0.5", "0"])
    return st.recursive(
        simple,
        lambda one: st.one_of(
            st.builds("{} {} {}".format, one, st.sampled_from(["+", "-", "*", "/", "/"]), one),
            st.builds("({})".format, one),
            st.builds("-{}".format, one),
        ),
        max_leaves=5,
    )


@st.composite
def segmentations(draw: st.DrawFn, world: World) -> dict[str, Any]:
    period = draw(periods(world))
    names = ["hour", "day", "week", "month"] if "start" in period else ["day", "week", "month"]
    grouped = [{"property": name} for name in [*PROPERTIES, "mixed"] if name != "when"]
    grouped += [{"attribute": name} for name in ATTRIBUTES if name != "met"]
    granularities = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
    metric = draw(st.sampled_from(METRICS))
    events = draw(st.lists(entries(world), min_size=1, max_size=2))
    if metric == "measure":
        events = [each | {"measure": draw(measures())} for each in events]
    more = draw(extras([*grouped, {"property": GHOST}, {"attribute": GHOST}]))
    if "breakdown" not in more and draw(st.booleans()):
        formula = expressions("ABCD"[: len(events)]).map(lambda text: {"expression": text})
        more["formulas"] = draw(st.lists(formula, min_size=1, max_size=2))
    chosen = draw(granularities)
    match metric, draw(st.integers(0, 2)):
        case (("people" | "adoption"), 1):
            chosen = ["day"]
            more["rolling"] = draw(st.sampled_from([2, 2, 3, 7, 28]))
        case (("people" | "events"), 2):
            more["cumulative"] = True
    return {
        "kind": "segmentation",
        "metric": metric,
        "period": period,
        "granularities": chosen,
        **draw(segments(world, 3)),
        "events": events,
        "denominator": draw(st.sampled_from(["members", "registered"])),
        **more,
    }


@st.composite
def funnels(draw: st.DrawFn, world: World) -> dict[str, Any]:
    windows = [(1, "second"), (5, "minute"), (1, "day"), (30, "day")]
    windows += [(world.gap, "second"), (2 * world.gap, "second")] * 3
    value, unit = draw(st.sampled_from(windows))
    grouped = [{"property": name} for name in ("genre", "price", "new", "day", GHOST)]
    grouped += [{"attribute": name} for name in ("plan", "age", "vip", "joined", GHOST)]
    steps = draw(st.lists(entries(world), min_size=2, max_size=4))
    if draw(st.booleans()):
        # No event fits two of them.
        names = draw(st.permutations(NAMES))[: draw(st.integers(2, 3))]
        steps = [draw(event_filters(world, names=[name])) for name in names]
    chosen = draw(rules(world, steps))
    begins = steps if chosen["order"] == "any" else steps[:1]
    names = {each["event"] for step in begins for each in step.get("any_of", [step])}
    if not names & {"c", None}:
        grouped.append({"property": "mixed"})
    return {
        "kind": "funnel",
        "period": draw(periods(world)),
        "window": {"value": value, "unit": unit},
        **draw(segments(world, 2)),
        "steps": steps,
        "completion": draw(st.sampled_from(["within_period", "after_period"])),
        **chosen,
        **draw(extras(grouped)),
    }


@st.composite
def rules(draw: st.DrawFn, world: World, steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Options of a funnel, in every combination that there is."""
    chosen: dict[str, Any] = {"order": draw(st.sampled_from(ORDERS))}
    if draw(SELDOM):
        names = ["genre", "price", "new", "day", "when", GHOST]
        chosen["hold"] = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    pairs = [(i, j) for j in range(len(steps)) for i in range(j)]
    if chosen["order"] == "in_order" and draw(st.booleans()):
        chosen["exclusions"] = [
            draw(event_filters(world, names=[*NAMES, None])) | {"after": i, "before": j}
            for i, j in draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=2))
        ]
    if draw(SELDOM):
        granularity = draw(st.sampled_from(["day", "week", "month"]))
        chosen["over_time"] = {"granularity": granularity}
    if draw(SELDOM):
        since, to = draw(st.sampled_from(pairs))
        bins = draw(st.sampled_from([1, 2, 3, 20]))
        chosen["time_to_convert"] = {"from": since, "to": to, "bins": bins}
    return chosen


ORDERS = ["in_order", "in_order", "any", "strict"]


def span_from(start: date, days: int) -> dict[str, str]:
    return {"start": start.isoformat(), "end": (start + timedelta(days - 1)).isoformat()}


@st.composite
def retentions(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Mostly of what many do, from when they begin: there is only something to count where several
    people come back, each on another day."""
    plain = st.sampled_from([{"event": name, "filters": []} for name in [None, None, *NAMES]])
    entry = st.one_of(plain, plain, plain, entries(world))
    happened = sorted({local(world, e.ms).date() for one in world.people for e in one.events})
    # The day before something else happens: who began on it can come back.
    early = [a for a, b in pairwise(happened) if b - a <= timedelta(3)] or happened[:1]
    lengths = st.sampled_from([1, 3, 7, 31])
    eventful = st.builds(span_from, st.sampled_from(early or [world.today]), lengths)
    some = st.one_of(st.just([]), segments(world, 2).map(lambda each: each["segments"]))
    return {
        "kind": "retention",
        "period": draw(st.one_of(eventful, eventful, eventful, eventful, periods(world))),
        "granularity": draw(st.sampled_from(["day", "day", "day", "week", "month"])),
        "intervals": draw(st.sampled_from([1, 2, 3, 7, 7, 60])),
        "entry": draw(entry),
        "return": draw(entry),
        "cohort": draw(st.sampled_from(["first_time", "every"])),
        "counting": draw(st.sampled_from(["on", "on_or_after"])),
        "segments": draw(some),
    }


def questions(world: World) -> st.SearchStrategy[dict[str, Any]]:
    return segmentations(world) | funnels(world) | retentions(world)
