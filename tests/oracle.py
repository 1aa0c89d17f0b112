"""What the numbers mean, in plain Python: written from the contract and from nothing else.

Slow and obvious. A world is what happened; a question is a definition as JSON; `answer` is the
whole result. Every number is the size of a set or a list that can be looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
NOTHING: Any = None


@dataclass(frozen=True)
class Happened:
    """An event: its time in milliseconds."""

    name: str
    ms: int
    properties: dict[str, Any]


@dataclass
class Somebody:
    """What is known of a person; `said` is what they said of themselves, when they were `seen`."""

    attributes: dict[str, Any]
    registered: int
    events: list[Happened]
    seen: datetime
    said: dict[str, Any]


@dataclass
class World:
    zone: ZoneInfo
    now: datetime
    people: list[Somebody]
    attributes: dict[str, str]
    properties: dict[str, str]
    # On which day its weeks start.
    week_start: str
    # Seconds that lie between many of its events.
    gap: int

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def now_ms(self) -> int:
        return to_ms(self.now)

    def midnight(self, day: date) -> int:
        return to_ms(datetime.combine(day, time.min, self.zone))


def to_ms(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def local(world: World, ms: int) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).astimezone(world.zone)


# --- Conditions ---------------------------------------------------------------------------------


def typed(world: World, kind: str, value: Any) -> Any:
    """A stored value read as a type; None where it is missing, empty or of another type."""
    match kind:
        case "text":
            return value if isinstance(value, str) and value != "" else None
        case "number":
            right = isinstance(value, int | float) and not isinstance(value, bool)
            return value if right else None
        case "boolean":
            return value if isinstance(value, bool) else None
        case "list":
            return value if isinstance(value, list) and value else None
        case _:
            return as_day(world, value) if isinstance(value, str) else None


def as_day(world: World, text: str) -> date | None:
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        return datetime.fromisoformat(text).astimezone(world.zone).date()
    except ValueError:
        return None


def guessed(operator: str, value: Any) -> str:
    """The type of something unknown, by the value that it is compared with."""
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, bool):
        return "boolean"
    if isinstance(first, int | float):
        return "number"
    if isinstance(value, list) and operator in ("contains", "does_not_contain"):
        return "list"
    if operator in ("in_the_last", "more_than_ago", "in_the_next", "today", "before", "after"):
        return "date"
    return "text"


def holds(world: World, kind: str | None, leaf: dict[str, Any], stored: Any) -> bool:
    operator, wanted = leaf["operator"], leaf.get("value")
    kind = kind or guessed(operator, wanted)
    value = typed(world, kind, stored)
    if operator == "is_empty":
        return value is None
    if operator == "is_not_empty":
        return value is not None
    if operator in ("is_not", "does_not_contain"):
        positive = {"is_not": "is", "does_not_contain": "contains"}[operator]
        return not holds(world, kind, {"operator": positive, "value": wanted}, stored)
    if value is None:
        return False
    if kind in ("date", "datetime"):
        return day_holds(world, operator, wanted, value)
    match operator:
        case "is":
            return value in wanted if isinstance(wanted, list) else value == wanted
        case "contains" if kind == "list":
            return any(each in value for each in wanted)
        case "contains":
            return wanted.lower() in value.lower()
        case "starts_with":
            return value.lower().startswith(wanted.lower())
        case "ends_with":
            return value.lower().endswith(wanted.lower())
        case "less_than":
            return value < wanted
        case "at_most":
            return value <= wanted
        case "greater_than":
            return value > wanted
        case "at_least":
            return value >= wanted
        case "between":
            return wanted[0] <= value <= wanted[1]
    raise AssertionError(operator)


def day_holds(world: World, operator: str, wanted: Any, day: date) -> bool:
    today = world.today
    if isinstance(wanted, dict):
        count = wanted["value"] * (7 if wanted["unit"] == "week" else 1)
        ago, ahead = (today - day).days, (day - today).days
        return {
            "in_the_last": 0 <= ago < count,
            "more_than_ago": ago >= count,
            "in_the_next": 0 <= ahead < count,
        }[operator]
    if operator == "today":
        return day == today
    if operator == "between":
        return date.fromisoformat(wanted[0]) <= day <= date.fromisoformat(wanted[1])
    given = date.fromisoformat(wanted)
    return {
        "is": day == given,
        "before": day < given,
        "after": day > given,
        "since": day >= given,
        "until": day <= given,
    }[operator]


def matches(world: World, event: Happened, chosen: dict[str, Any]) -> bool:
    return event.name == chosen["event"] and all(
        holds(world, world.properties.get(each["property"]), each,
              event.properties.get(each["property"]))
        for each in chosen.get("filters", [])
    )  # fmt: skip


def is_member(world: World, person: Somebody, condition: dict[str, Any]) -> bool:
    if "all" in condition:
        return all(is_member(world, person, each) for each in condition["all"])
    if "any" in condition:
        return any(is_member(world, person, each) for each in condition["any"])
    if "attribute" in condition:
        name = condition["attribute"]
        return holds(world, world.attributes.get(name), condition, person.attributes.get(name))
    chosen = {"event": condition["performed"], "filters": condition.get("filters", [])}
    days = days_within(world, condition.get("within"))
    count = sum(
        matches(world, event, chosen)
        and (days is None or days[0] <= local(world, event.ms).date() <= days[1])
        for event in person.events
    )
    times = condition.get("times", {"operator": "at_least", "value": 1})
    return {
        "at_least": count >= times["value"],
        "at_most": count <= times["value"],
        "exactly": count == times["value"],
    }[times["operator"]]


def days_within(world: World, within: dict[str, Any] | None) -> tuple[date, date] | None:
    if within is None:
        return None
    if "start" in within:
        return date.fromisoformat(within["start"]), date.fromisoformat(within["end"])
    count = within["last"] * (7 if within["unit"] == "week" else 1)
    return world.today - timedelta(count - 1), world.today


def segments_of(world: World, definition: dict[str, Any]) -> list[tuple[str, list[Somebody], bool]]:
    """Name, members, and whether registration is bounded."""
    if not definition["segments"]:
        return [("Everybody", world.people, False)]
    return [
        (
            each["name"],
            [person for person in world.people if is_member(world, person, each["condition"])],
            is_bounded(each["condition"]),
        )
        for each in definition["segments"]
    ]


def is_bounded(condition: dict[str, Any]) -> bool:
    if "all" in condition:
        return any(map(is_bounded, condition["all"]))
    if "any" in condition:
        return all(map(is_bounded, condition["any"]))
    vague = ("is_empty", "is_not_empty")
    return condition.get("attribute") == "registered_at" and condition["operator"] not in vague


# --- Days ---------------------------------------------------------------------------------------


def days_of(world: World, period: dict[str, str]) -> tuple[date, date]:
    today = world.today
    week, first = first_day(world, "week", today), today.replace(day=1)
    match period:
        case {"start": start, "end": end}:
            return date.fromisoformat(start), date.fromisoformat(end)
        case {"preset": "this_week"}:
            return week, today
        case {"preset": "previous_week"}:
            return week - timedelta(7), week - timedelta(1)
        case {"preset": "this_month"}:
            return first, today
        case {"preset": "previous_month"}:
            return (first - timedelta(1)).replace(day=1), first - timedelta(1)
        case {"preset": preset}:
            return today - timedelta(int(preset.split("_")[1]) - 1), today
    raise AssertionError(period)


@dataclass(frozen=True)
class Bucket:
    label: str
    start: int
    end: int
    partial: bool


def buckets_of(world: World, granularity: str, first: date, last: date) -> list[Bucket]:
    """What the clocks and calendars of the zone show, hour by hour or day by day."""
    start, end = world.midnight(first), world.midnight(last + timedelta(1))
    if granularity == "hour":
        return hours_of(world, start, end)
    found: dict[date, list[date]] = {}
    for n in range((last - first).days + 1):
        day = first + timedelta(n)
        found.setdefault(first_day(world, granularity, day), []).append(day)
    buckets = []
    for own, days in found.items():
        after = own + timedelta({"day": 1, "week": 7, "month": 31}[granularity])
        after = after.replace(day=1) if granularity == "month" else after
        whole = own == days[0] and after == days[-1] + timedelta(1)
        over = world.midnight(after) <= world.now_ms
        ends = world.midnight(days[-1] + timedelta(1))
        buckets.append(
            Bucket(own.isoformat(), world.midnight(days[0]), ends, not whole or not over)
        )
    return buckets


def first_day(world: World, granularity: str, day: date) -> date:
    if granularity == "week":
        while day.strftime("%A").lower() != world.week_start:
            day -= timedelta(1)
        return day
    return day.replace(day=1) if granularity == "month" else day


def hours_of(world: World, start: int, end: int) -> list[Bucket]:
    """A new one whenever the hour that the clock shows, or its offset, changes."""
    edges: list[tuple[int, Any]] = []
    for ms in range(start, end, 30 * 60_000):
        now = local(world, ms)
        shown = now.utcoffset(), now.date(), now.hour
        if not edges or edges[-1][1] != shown:
            edges.append((ms, shown))
    ends = [ms for ms, _ in edges[1:]] + [end]
    return [
        Bucket(local(world, ms).isoformat(), ms, until, until > world.now_ms)
        for (ms, _), until in zip(edges, ends, strict=True)
    ]


# --- Breakdowns ---------------------------------------------------------------------------------


def texts_of(world: World, kind: str | None, stored: Any) -> set[str]:
    """The values a thing is grouped by, as text; none where it has none."""
    if kind == "date":
        return {stored} if isinstance(stored, str) and is_day(stored) else set()
    match typed(world, kind or "text", stored):
        case None | "":
            return set()
        case bool() as value:
            return {"true" if value else "false"}
        case list() as values:
            return {each for each in values if each}
        case str() as value:
            return {value}
        case number:
            return {f"{number:g}"}


def is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


@dataclass(frozen=True)
class Group:
    kind: str
    value: str | None
    values: frozenset[str]

    def has(self, texts: set[str]) -> bool:
        if self.kind == "missing":
            return not texts
        return bool(texts - self.values) if self.kind == "other" else self.value in texts

    def dump(self) -> dict[str, Any]:
        label = {"other": "Other", "missing": "No value"}.get(self.kind, self.value)
        return {"group": self.kind, "value": self.value, "label": label}


def groups_of(counts: dict[str, int], limit: int) -> list[Group]:
    """Every group there may be, in order."""
    there = sorted(
        (name for name in counts if counts[name]), key=lambda name: (-counts[name], name)
    )
    largest = frozenset(there[:limit])
    named = [Group("value", name, largest) for name in there[:limit]]
    return [*named, Group("other", None, largest), Group("missing", None, largest)]


# --- Segmentation -------------------------------------------------------------------------------


def answer(world: World, definition: dict[str, Any]) -> dict[str, Any]:
    first, last = days_of(world, definition["period"])
    periods = {"period": (first, last)}
    if definition.get("compare"):
        back = (last - first) + timedelta(1)
        periods["previous_period"] = first - back, last - back
    build = funnel if definition["kind"] == "funnel" else segmentation
    return {
        "kind": definition["kind"],
        "as_of": world.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "timezone": world.zone.key,
        **{
            name: {"start": days[0].isoformat(), "end": days[1].isoformat()}
            for name, days in periods.items()
        },
        **build(world, definition, periods),
    }


def segmentation(world: World, definition: dict[str, Any], periods: Any) -> dict[str, Any]:
    segments = segments_of(world, definition)
    ratio = definition["metric"] in ("adoption", "engagement")
    members = definition.get("denominator", "members") == "members"
    unbounded = ratio and members and not all(bounded for _, _, bounded in segments)
    return {
        "metric": definition["metric"],
        "warnings": ["registration_unbounded"] if unbounded else [],
        "segments": [{"name": name, "size": len(people)} for name, people, _ in segments],
        "series": list(series(world, definition, segments, periods)),
    }


def series(
    world: World, definition: dict[str, Any], segments: Any, periods: Any
) -> Iterator[dict[str, Any]]:
    for (s, (_, people, _)), (e, chosen) in product(
        enumerate(segments), enumerate(definition["events"])
    ):
        for granularity in definition.get("granularities", ["day"]):
            one = {
                "segment": s,
                "event": e,
                "label": said(chosen),
                "granularity": granularity,
                **numbers(world, definition, chosen, people, granularity, periods),
            }
            if definition.get("breakdown"):
                one["breakdown"] = [
                    group.dump()
                    | numbers(world, definition, chosen, people, granularity, periods, group)
                    for group in shown_groups(world, definition, chosen, segments, periods)
                ]
            yield one


def said(chosen: dict[str, Any]) -> Any:
    """Labels are words, not numbers; those of filters are left to their own tests."""
    return chosen["event"] if not chosen.get("filters") else ...


def kind_by(world: World, breakdown: dict[str, Any]) -> str | None:
    if "attribute" in breakdown:
        return world.attributes.get(breakdown["attribute"])
    return world.properties.get(breakdown["property"])


def texts_by(
    world: World, breakdown: dict[str, Any], person: Somebody, event: Happened = NOTHING
) -> set[str]:
    """The values of an event, or of whoever did it, in a breakdown."""
    kind = kind_by(world, breakdown)
    if "attribute" in breakdown:
        return texts_of(world, kind, person.attributes.get(breakdown["attribute"]))
    return texts_of(world, kind, event.properties.get(breakdown["property"]))


def done(
    world: World, definition: dict[str, Any], chosen: Any, people: Any, start: int, end: int
) -> list[tuple[int, Happened]]:
    """Who did it, each time, in [start, end); only by those registered by its end where asked."""
    return [
        (n, event)
        for n, person in enumerate(world.people)
        if any(person is each for each in people)
        and (not registered_only(definition) or person.registered < end)
        for event in person.events
        if start <= event.ms < end and matches(world, event, chosen)
    ]


def registered_only(definition: dict[str, Any]) -> bool:
    ratio = definition["metric"] in ("adoption", "engagement")
    return ratio and definition.get("denominator") == "registered"


def amount(definition: dict[str, Any], rows: list[tuple[int, Happened]]) -> int:
    by_people = definition["metric"] in ("people", "adoption")
    return len({person for person, _ in rows}) if by_people else len(rows)


def shown_groups(
    world: World, definition: dict[str, Any], chosen: Any, segments: Any, periods: Any
) -> list[Group]:
    breakdown = definition["breakdown"]
    spans = {name: span(world, days) for name, days in periods.items()}
    counts: dict[str, int] = {}
    for _, people, _ in segments:
        rows = done(world, definition, chosen, people, *spans["period"])
        names = [texts_by(world, breakdown, world.people[n], event) for n, event in rows]
        for name in set().union(*names):
            mine = [row for row, texts in zip(rows, names, strict=True) if name in texts]
            counts[name] = counts.get(name, 0) + amount(definition, mine)
    groups = groups_of(counts, breakdown.get("limit", 10))
    return [
        group
        for group in groups
        if group.kind == "value"
        or any(
            numerator or (definition["metric"] in ("adoption", "engagement")
                          and "attribute" in breakdown and denominator)
            for _, people, _ in segments
            for each in spans.values()
            for numerator, denominator in [
                parts(world, definition, chosen, people, *each, each[1], group)
            ]
        )
    ]  # fmt: skip


def span(world: World, days: tuple[date, date]) -> tuple[int, int]:
    return world.midnight(days[0]), world.midnight(days[1] + timedelta(1))


def parts(
    world: World, definition: Any, chosen: Any, people: Any, start: int, end: int, until: int,
    group: Group | None,
) -> tuple[int, int]:  # fmt: skip
    """Numerator and denominator of [start, end)."""
    rows = done(world, definition, chosen, people, start, end)
    below = [each for each in people if not registered_only(definition) or each.registered < until]
    if group:
        by = definition["breakdown"]
        rows = [(n, e) for n, e in rows if group.has(texts_by(world, by, world.people[n], e))]
        if "attribute" in by:
            below = [each for each in below if group.has(texts_by(world, by, each))]
    if definition["metric"] == "frequency":
        return len(rows), len({person for person, _ in rows})
    return amount(definition, rows), len(below)


def figure(definition: dict[str, Any], numerator: int, denominator: int) -> dict[str, Any]:
    if definition["metric"] in ("events", "people"):
        return {"value": numerator}
    value = numerator / denominator if denominator else None
    return {"value": value, "numerator": numerator, "denominator": denominator}


def numbers(
    world: World, definition: Any, chosen: Any, people: Any, granularity: str, periods: Any,
    group: Group | None = None,
) -> dict[str, Any]:  # fmt: skip
    own, *before = [
        {
            "total": figure(
                definition,
                *parts(
                    world, definition, chosen, people, *span(world, days),
                    span(world, days)[1], group,
                ),
            ),
            "points": [
                {"start": bucket.label}
                | figure(
                    definition,
                    *parts(
                        world, definition, chosen, people, bucket.start, bucket.end,
                        bucket.end, group,
                    ),
                )
                | {"partial": bucket.partial}
                for bucket in buckets_of(world, granularity, *days)
            ],
        }
        for days in periods.values()
    ]  # fmt: skip
    return own | ({"previous": before[0]} if before else {})


# --- Funnel -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attempt:
    """The events that filled the steps."""

    events: tuple[Happened, ...]

    @property
    def rank(self) -> Any:
        """Furthest; first to get there; entered latest; every later step earliest."""
        times = [event.ms for event in self.events]
        return -len(times), times[-1], -times[0], times[1:]


def attempts(
    world: World, definition: dict[str, Any], person: Somebody, days: Any
) -> Iterator[Attempt]:
    """Every way to fill the first steps with different events, in order, within the window."""
    start, end = span(world, days)
    later = definition.get("completion") == "after_period"
    window = definition["window"]["value"] * SECONDS[definition["window"]["unit"]] * 1000

    def further(filled: list[Happened]) -> Iterator[Attempt]:
        if filled:
            yield Attempt(tuple(filled))
        if len(filled) == len(definition["steps"]):
            return
        for event in person.events:
            in_period = start <= event.ms < end or (bool(filled) and later)
            fits = in_period and matches(world, event, definition["steps"][len(filled)])
            if not fits or any(event is each for each in filled):
                continue
            if filled and not filled[-1].ms <= event.ms <= filled[0].ms + window:
                continue
            yield from further([*filled, event])

    return further([])


def journey(
    world: World, definition: dict[str, Any], person: Somebody, days: Any
) -> tuple[tuple[Happened, ...], bool]:
    """The counted attempt, and whether the person may still get further."""
    found = list(attempts(world, definition, person, days))
    best = min(found, key=lambda each: each.rank).events if found else ()
    window = definition["window"]["value"] * SECONDS[definition["window"]["unit"]] * 1000
    running = definition.get("completion") == "after_period" or (
        span(world, days)[1] > world.now_ms
    )
    entered = [each.events[0].ms for each in found if len(each.events) == 1]
    still = running and any(ms + window >= world.now_ms for ms in entered)
    return best, still and len(best) < len(definition["steps"])


def funnel(world: World, definition: dict[str, Any], periods: Any) -> dict[str, Any]:
    segments = segments_of(world, definition)
    walked = {
        name: [journey(world, definition, person, days) for person in world.people]
        for name, days in periods.items()
    }
    groups = entry_groups(world, definition, segments, walked) if "breakdown" in definition else []
    shown = []
    for name, people, _ in segments:
        inside = [any(person is each for each in people) for person in world.people]
        everybody = dict.fromkeys(walked, inside)
        one = {"name": name, "size": len(people)} | steps(definition, walked, everybody)
        if "breakdown" in definition:
            one["breakdown"] = []
        for group in groups:
            among = {
                when: [
                    mine and bool(way) and group.has(entry_texts(world, definition, person, way))
                    for mine, person, (way, _) in zip(inside, world.people, ways, strict=True)
                ]
                for when, ways in walked.items()
            }
            one["breakdown"].append(group.dump() | steps(definition, walked, among))
        shown.append(one)
    return {"warnings": [], "segments": shown}


def entry_texts(world: World, definition: Any, person: Somebody, way: Any) -> set[str]:
    """The value of an attribute, or of the event that filled step 1; of equals the first."""
    breakdown = definition["breakdown"]
    if "attribute" in breakdown:
        return texts_by(world, breakdown, person)
    same = [
        texts_by(world, breakdown, person, event)
        for event in person.events
        if event.ms == way[0].ms and matches(world, event, definition["steps"][0])
    ]
    return min(same, key=sorted)


def entry_groups(world: World, definition: Any, segments: Any, walked: Any) -> list[Group]:
    counts: dict[str, dict[str, int]] = {when: {} for when in walked}
    missing = False
    for when, ways in walked.items():
        for _, people, _ in segments:
            for person, (way, _) in zip(world.people, ways, strict=True):
                if way and any(person is each for each in people):
                    texts = entry_texts(world, definition, person, way)
                    missing = missing or not texts
                    for text in texts:
                        counts[when][text] = counts[when].get(text, 0) + 1
    every = set().union(*counts.values())
    groups = groups_of(counts["period"], definition["breakdown"].get("limit", 10))
    return [
        group
        for group in groups
        if group.kind == "value"
        or (group.kind == "other" and every - group.values)
        or (group.kind == "missing" and missing)
    ]


def steps(definition: Any, walked: Any, who: dict[str, list[bool]]) -> dict[str, Any]:
    own, *before = [
        steps_of(definition, [way for way, mine in zip(ways, who[when], strict=True) if mine])
        for when, ways in walked.items()
    ]
    if before:
        for step, earlier in zip(own["steps"], before[0].pop("steps"), strict=True):
            step["previous"] = {key: each for key, each in earlier.items() if key != "label"}
        own["previous"] = before[0]
    return own


def steps_of(definition: Any, ways: Any) -> dict[str, Any]:
    found = []
    for n, step in enumerate(definition["steps"]):
        here = [way for way, _ in ways if len(way) > n]
        before = [way for way, _ in ways if len(way) >= max(n, 1)]
        entered = [way for way, _ in ways if way]
        taken = [(way[n].ms - way[n - 1].ms) / 1000 for way in here] if n else []
        found.append(
            {
                "label": said(step),
                "people": len(here),
                "of_previous": len(here) / len(before) if before else None,
                "of_first": len(here) / len(entered) if entered else None,
                "dropped": len(before) - len(here),
                "dropped_share": (len(before) - len(here)) / len(before) if before else None,
                "median_seconds": median(taken) if taken else None,
            }
        )
    return {
        "conversion": found[-1]["of_first"],
        "still_open": sum(still for _, still in ways),
        "steps": found,
    }
