"""What may have happened, and what may be asked of it, drawn by Hypothesis."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.oracle import Happened, Somebody, World

# The days on which clocks change, to and fro; on Lord Howe by half an hour.
CLOCKS = [
    ("Europe/Zagreb", date(2026, 3, 29)),
    ("Europe/Zagreb", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
]
ATTRIBUTES = {
    "plan": "text",
    "age": "number",
    "vip": "boolean",
    "joined": "date",
    "met": "datetime",
    "likes": "list",
}
PROPERTIES = {
    "genre": "text",
    "price": "number",
    "new": "boolean",
    "day": "date",
    "when": "datetime",
    "tags": "list",
}
# How far from each other events are, in seconds: in each world one of these, or nothing at all.
GAPS = [1, 60, 300, 3600, 86_400]
GHOST = "ghost"
NAMES = ["a", "b", "c"]
TEXTS = ["jazz", "rock", "Jazz", "ja", ""]
NUMBERS = [0, 1, 2, 2.5, -3, 10]


def stored(kind: str, zone: ZoneInfo, around: date) -> st.SearchStrategy[Any]:
    """Mostly a value of the type, now and then of another."""
    days = st.integers(-3, 3).map(lambda n: (around + timedelta(n)).isoformat())
    instants = st.builds(
        lambda n, hour: datetime(
            around.year, around.month, around.day, hour, 30, tzinfo=zone
        ).astimezone(UTC).isoformat(timespec="seconds"),
        st.just(0), st.sampled_from([0, 3, 12, 23]),
    )  # fmt: skip
    own = {
        "text": st.sampled_from(TEXTS),
        "number": st.sampled_from(NUMBERS),
        "boolean": st.booleans(),
        "date": days,
        "datetime": instants | days,
        "list": st.lists(st.sampled_from(TEXTS[:4]), max_size=3),
    }
    strangers = st.sampled_from(["jazz", 1, True, ["rock"]])
    return st.one_of(own[kind], own[kind], own[kind], strangers)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    zone_name, change = draw(st.sampled_from(CLOCKS))
    zone = ZoneInfo(zone_name)
    noon = datetime(change.year, change.month, change.day, 12, tzinfo=zone)
    now = (noon + timedelta(hours=draw(st.sampled_from([-9, 0, 12, 30, 24 * 9])))).astimezone(UTC)

    midnight = datetime.combine(change, time.min, zone).astimezone(UTC)
    gap = draw(st.sampled_from(GAPS))
    week_start = draw(st.sampled_from(["monday", "sunday"]))
    anchors = [now, midnight, midnight + timedelta(days=1)]
    for _ in range(2):
        days = draw(st.sampled_from([0, 0, 1, 2, 20, 40]))
        anchors.append(now - timedelta(days=days, minutes=draw(st.integers(0, 1439))))

    def moments() -> st.SearchStrategy[datetime]:
        """Until the present, around few moments: equal times, the length of a window apart, and a
        millisecond more or less."""
        return st.builds(
            lambda anchor, times, ms: min(
                now, anchor + timedelta(seconds=times * gap, milliseconds=ms)
            ),
            st.sampled_from(anchors), st.sampled_from([0, 0, 1, -1, 2]),
            st.sampled_from([0, 0, 0, 0, -1, 1]),
        )  # fmt: skip

    def values(kinds: dict[str, str]) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries(
            {}, optional={name: stored(kind, zone, change) for name, kind in kinds.items()}
        )

    people = []
    for _ in range(draw(st.integers(1, 5))):
        seen = draw(moments())
        attributes = draw(values(ATTRIBUTES))
        registered = draw(st.none() | moments())
        if registered:
            attributes["registered_at"] = registered.isoformat(timespec="milliseconds")
        events = [
            Happened(name, to_whole(at), properties)
            for name, at, properties in draw(
                st.lists(
                    st.tuples(st.sampled_from(NAMES), moments(), values(PROPERTIES)), max_size=8
                )
            )
        ]
        first = min([to_whole(seen), *(each.ms for each in events)])
        own = to_whole(registered) if registered else first
        known = {"registered_at": iso(own), **attributes}
        people.append(Somebody(known, own, events, seen, attributes))
    kinds = ATTRIBUTES | {"registered_at": "datetime"}
    return World(zone, now, people, kinds, PROPERTIES, week_start, gap)


def to_whole(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def iso(ms: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds")


# --- Definitions --------------------------------------------------------------------------------

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
    name = draw(st.sampled_from([*kinds, GHOST]))
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
def event_filters(draw: st.DrawFn, world: World) -> dict[str, Any]:
    filters = draw(SELDOM.flatmap(lambda yes: st.lists(
        comparisons("property", PROPERTIES, world), min_size=yes, max_size=yes
    )))  # fmt: skip
    return {"event": draw(st.sampled_from(NAMES)), "filters": filters}


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


def segments(world: World, most: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    one = conditions(world).map(lambda condition: {"name": "Some", "condition": condition})
    return st.lists(one, max_size=most)


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


METRICS = ["events", "people", "adoption", "engagement", "frequency"]


@st.composite
def segmentations(draw: st.DrawFn, world: World) -> dict[str, Any]:
    period = draw(periods(world))
    names = ["hour", "day", "week", "month"] if "start" in period else ["day", "week", "month"]
    grouped = [{"property": name} for name in PROPERTIES if name != "when"]
    grouped += [{"attribute": name} for name in ATTRIBUTES if name != "met"]
    granularities = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
    return {
        "kind": "segmentation",
        "metric": draw(st.sampled_from(METRICS)),
        "period": period,
        "granularities": draw(granularities),
        "segments": draw(segments(world, 2)),
        "events": draw(st.lists(event_filters(world), min_size=1, max_size=2)),
        "denominator": draw(st.sampled_from(["members", "registered"])),
        **draw(extras([*grouped, {"property": GHOST}, {"attribute": GHOST}])),
    }


@st.composite
def funnels(draw: st.DrawFn, world: World) -> dict[str, Any]:
    windows = [(1, "second"), (5, "minute"), (1, "day"), (30, "day")]
    windows += [(world.gap, "second"), (2 * world.gap, "second")] * 3
    value, unit = draw(st.sampled_from(windows))
    grouped = [{"property": name} for name in ("genre", "price", "new", "day", GHOST)]
    grouped += [{"attribute": name} for name in ("plan", "age", "vip", "joined", GHOST)]
    steps = draw(st.lists(event_filters(world), min_size=2, max_size=4))
    if draw(st.booleans()):
        # No event fits two of them.
        names = draw(st.permutations(NAMES))
        steps = [step | {"event": name} for step, name in zip(steps, names, strict=False)]
    return {
        "kind": "funnel",
        "period": draw(periods(world)),
        "window": {"value": value, "unit": unit},
        "segments": draw(segments(world, 2)),
        "steps": steps,
        "completion": draw(st.sampled_from(["within_period", "after_period"])),
        **draw(extras(grouped)),
    }


def questions(world: World) -> st.SearchStrategy[dict[str, Any]]:
    return segmentations(world) | funnels(world)
