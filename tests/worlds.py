"""What may have happened, drawn by Hypothesis."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.oracle.world import Happened, Somebody, World

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
NAMES = ["a", "b", "c"]
# One more property that is of another type in each event.
MIXED = {"a": "number", "b": "text", "c": "list"}
PROPERTIES_OF = {event: PROPERTIES | {"mixed": MIXED[event]} for event in NAMES}
# How far from each other events are, in seconds: in each world one of these, or nothing at all.
GAPS = [1, 60, 300, 3600, 86_400]
TEXTS = ["jazz", "rock", "Jazz", "ja", ""]
NUMBERS = [0, 1, 2, 2.5, -3, 10]
# What is drawn over and over is put together once: that takes as long as to compute an answer.
TIMES_A_GAP = st.sampled_from([0, 0, 1, -1, 2])
MILLISECONDS = st.sampled_from([0, 0, 0, 0, -1, 1])


@cache
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


@cache
def values(
    kinds: tuple[tuple[str, str], ...], zone: ZoneInfo, around: date
) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the names, each with a value."""
    return st.fixed_dictionaries(
        {}, optional={name: stored(kind, zone, around) for name, kind in kinds}
    )


def around(anchors: tuple[datetime, ...], gap: int, now: datetime) -> st.SearchStrategy[datetime]:
    """Until the present, around few moments: equal times, the length of a window apart, and a
    millisecond more or less."""
    return st.tuples(st.sampled_from(anchors), TIMES_A_GAP, MILLISECONDS).map(
        lambda drawn: min(now, drawn[0] + timedelta(seconds=drawn[1] * gap, milliseconds=drawn[2]))
    )


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

    moments = around(tuple(anchors), gap, now)
    perhaps = st.none() | moments
    attributes_of = values(tuple(ATTRIBUTES.items()), zone, change)
    happened = st.one_of(
        st.tuples(st.just(name), moments, values(tuple(kinds.items()), zone, change))
        for name, kinds in PROPERTIES_OF.items()
    )
    several = st.lists(happened, max_size=8)
    # In some worlds people come by from day to day, several on one and each on others.
    habit = Random(draw(st.integers(0, 2**32))) if draw(st.sampled_from([0, 0, 1])) else None

    people = []
    for _ in range(draw(st.integers(1, 5))):
        seen = draw(moments)
        attributes = draw(attributes_of)
        registered = draw(perhaps)
        if registered:
            attributes["registered_at"] = registered.isoformat(timespec="milliseconds")
        events = [
            Happened(name, to_whole(at), properties) for name, at, properties in draw(several)
        ]
        events += visits(habit, now) if habit else []
        first = min([to_whole(seen), *(each.ms for each in events)])
        own = to_whole(registered) if registered else first
        known = {"registered_at": iso(own), **attributes}
        people.append(Somebody(known, own, events, seen, attributes))
    kinds = ATTRIBUTES | {"registered_at": "datetime"}
    return World(zone, now, people, kinds, PROPERTIES_OF, week_start, gap)


def visits(habit: Random, now: datetime) -> list[Happened]:
    """Something on about every second day of a week."""
    days = [now - timedelta(ago) for ago in range(7) if habit.random() < 0.4]
    return [Happened(habit.choice(NAMES), to_whole(day), {}) for day in days]


def to_whole(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def iso(ms: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    return moment.isoformat(timespec="milliseconds")
