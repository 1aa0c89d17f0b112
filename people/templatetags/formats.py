"""How figures, values and instants are written on pages, in the reader's locale."""

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template

from people import locale
from people.values import as_instant

register = template.Library()


@register.filter
def figure(value: Any, kind: str) -> str:
    """A number as it is read: 1,234 · 5.5 % · 2.41; unknown is –."""
    match value, kind:
        case None, _:
            return "–"
        case _, "share":
            return locale.share(value)
        case _, "rate":
            return locale.significant(value)
        case _, "seconds":
            return locale.duration(value)
        case _, "hour" | "day" | "week" | "month":
            return locale.bucket(value, kind)
        case int() | float(), _:
            return locale.count(value)
        case _:
            return str(value)


@register.filter
def exact(value: Any) -> str:
    return "unknown" if value is None else str(value)


@register.filter
def shown(value: Any) -> str:
    """A value of an attribute or a property as it is read."""
    match value:
        case None | "":
            return "–"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return locale.count(value)
        case list() if all(isinstance(each, str) for each in value):
            return ", ".join(value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


@register.filter
def fact(value: Any, zone: ZoneInfo) -> str:
    """A value as it is read, an instant on the project's clock."""
    instant = as_instant(value) if isinstance(value, str) and "T" in value else None
    return moment(instant, zone) if instant else shown(value)


@register.filter
def moment(at: datetime, zone: ZoneInfo) -> str:
    """An instant on the project's clock, to the second."""
    return locale.moment(at.astimezone(zone))


@register.filter
def as_of(at: datetime) -> str:
    """An instant of a result, which has its own offset."""
    return locale.moment(at)


@register.filter
def day(value: date | str) -> str:
    return locale.day(value)


@register.filter
def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def spark(values: list[int]) -> str:
    """The points of a small line, 120 by 24."""
    most, last = max([*values, 1]), max(len(values) - 1, 1)
    return " ".join(f"{n * 120 / last:.1f},{22 - 20 * v / most:.1f}" for n, v in enumerate(values))


@register.filter
def points(share: float) -> str:
    """The size of a difference of rates in percentage points."""
    return locale.count(round(abs(share) * 100, 1))


@register.filter
def signed(share: float) -> str:
    return ("−" if share < 0 else "+") + points(share)


@register.filter
def interval(ends: tuple[float, float]) -> str:
    """The ends of an interval of a rate, in percent."""
    return "–".join(locale.count(round(end * 100, 1)) for end in ends)
