"""Which values, events and people a condition holds for."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.world import Happened, Somebody, World, local


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
    if kind is None and operator in ("is_empty", "is_not_empty"):
        return (stored in (None, "", [])) == (operator == "is_empty")
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


def matches(world: World, event: Happened, entry: dict[str, Any], person: Somebody) -> bool:
    """Whether something that a person did is what an entry means."""
    choices = entry.get("any_of", [entry])
    if entry.get("first_time"):
        names = [each["event"] for each in choices]
        like = [each for each in person.events if None in names or each.name in names]
        if any(each.ms < event.ms for each in like):
            return False
    return any(is_one(world, event, each) for each in choices)


def is_one(world: World, event: Happened, chosen: dict[str, Any]) -> bool:
    if chosen["event"] is None:
        kinds = {}
    elif chosen["event"] == event.name:
        kinds = world.properties[event.name]
    else:
        return False
    return all(
        holds(world, kinds.get(each["property"]), each, event.properties.get(each["property"]))
        for each in chosen.get("filters", [])
    )


def said(entry: dict[str, Any]) -> Any:
    """Labels are words, not numbers; all but plain ones are left to their own tests."""
    told = any(entry.get(key) for key in ("filters", "first_time", "measure"))
    plain = entry.get("event") and not told
    return entry["event"] if plain else ...


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
        is_one(world, event, chosen)
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
