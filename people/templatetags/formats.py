"""How figures, values and instants are written on pages, in the reader's locale."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from people import locale
from people.models.arrivals import Bar
from people.values import as_instant, on_clock

register = template.Library()
FEW = 4


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
def shown(value: Any, zone: ZoneInfo | None = None) -> str:
    """A value of an attribute or a property as it is read; an instant on the clock of a zone."""
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
        case str() if zone and (at := as_instant(value)):
            return moment(at, zone)
        case _:
            return str(value)


@register.filter
def moment(at: datetime, zone: tzinfo | str) -> str:
    """An instant on a zone's clock, to the second, with the name of the zone."""
    return locale.moment(on_clock(at, ZoneInfo(zone) if isinstance(zone, str) else zone))


@register.filter
def when(at: datetime, zone: tzinfo) -> str:
    """An instant in few words: its time today and yesterday, else its day."""
    there, today = on_clock(at, zone), on_clock(timezone.now(), zone).date()
    words = {today: "today", today - timedelta(1): "yesterday"}
    if there.date() in words:
        return f"{words[there.date()]}, {locale.clock(there)}"
    return locale.day(there.date())


@register.filter
def worded(value: Any, zone: ZoneInfo) -> str | SafeString:
    """A value in a list: an instant in few words, all of it where one points at it."""
    at = as_instant(value) if isinstance(value, str) else None
    if at is None:
        return shown(value, zone)
    text = '<time title="{}" datetime="{}">{}</time>'
    return format_html(text, moment(at, zone), at.isoformat(), when(at, zone))


@register.filter
def day(value: date | str) -> str:
    return locale.day(value)


@register.filter
def day_of(at: datetime, zone: ZoneInfo) -> str:
    """The day of an instant in a zone."""
    return locale.day(on_clock(at, zone).date())


@register.filter
def time_of(at: datetime, zone: ZoneInfo) -> str:
    """The time of an instant in a zone, beside its day."""
    return locale.clock(on_clock(at, zone))


@register.filter
def ago(at: datetime) -> str:
    """How long ago an instant was, in its largest unit."""
    seconds = (timezone.now() - at).total_seconds()
    return "just now" if seconds < 1 else f"{locale.largest(seconds)} ago"


@register.filter
def ruler(counts: tuple[int, ...] | str) -> list[dict[str, Any]]:
    """A bar for each of some counts, 16 high, the last one marked; of nothing a short one."""
    values = counts or (0,) * 60
    most = max([*map(int, values), 1])
    heights = [round(15 * int(each) / most, 1) if int(each) else 1 for each in values]
    return [
        {
            "x": n,
            "y": 16 - height,
            "height": height,
            "kind": "on" if n == len(heights) - 1 and values[n] else "" if values[n] else "base",
        }
        for n, height in enumerate(heights)
    ]


@register.filter
def rates(bars: Sequence[Bar]) -> list[dict[str, Any]]:
    """A bar for each few seconds, 16 high; those with refusals are marked, and the last one."""
    most = max((each.accepted + each.refused for each in bars), default=0) or 1
    heights = [max(1.0, round(16 * (each.accepted + each.refused) / most, 1)) for each in bars]
    kinds = ["bad" if each.refused else "" if each.accepted else "base" for each in bars]
    return [
        {"x": n, "y": 16 - height, "height": height, "kind": kind}
        for n, (height, kind) in enumerate(zip(heights, kinds, strict=True))
    ]


@register.filter
def few(properties: dict[str, Any], zone: ZoneInfo) -> str:
    """The first properties of an event in one line."""
    first = islice(properties.items(), FEW)
    return ", ".join(f"{name}: {shown(value, zone)}" for name, value in first)


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
