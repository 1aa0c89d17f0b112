"""How figures, values and instants are written on pages, in the reader's locale."""

import json
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from people import locale
from people.models.arrivals import Bar
from people.values import as_date, as_instant, on_clock

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
def timed(at: datetime, zone: ZoneInfo | str) -> SafeString:
    """An instant in few words, all of it where one points at it."""
    return tagged(at, zone, in_words(at, zone))


@register.filter
def dated(at: datetime, zone: ZoneInfo | str) -> SafeString:
    """An instant as its day and its time, all of it where one points at it."""
    return tagged(at, zone, locale.minute(on_clock(at, zone_of(zone))))


@register.filter
def time_of(at: datetime, zone: ZoneInfo | str) -> SafeString:
    """The time of an instant, beside its day."""
    return tagged(at, zone, locale.clock(on_clock(at, zone_of(zone))))


@register.filter
def streamed(at: datetime, zone: ZoneInfo | str) -> SafeString:
    """An instant among those that come and go: of today to the second."""
    there = on_clock(at, zone_of(zone))
    is_today = there.date() == on_clock(timezone.now(), zone_of(zone)).date()
    text = locale.second(there) if is_today else in_words(at, zone)
    return tagged(at, zone, text)


def in_words(at: datetime, zone: ZoneInfo | str) -> str:
    return locale.near(on_clock(at, zone_of(zone)), on_clock(timezone.now(), zone_of(zone)))


def zone_of(zone: ZoneInfo | str) -> ZoneInfo:
    return ZoneInfo(zone) if isinstance(zone, str) else zone


def tagged(at: datetime, zone: ZoneInfo | str, text: str) -> SafeString:
    """The element of an instant: a text, and the whole moment as its title."""
    whole = moment(at, zone)
    return format_html('<time title="{}" datetime="{}">{}</time>', whole, at.isoformat(), text)


@register.filter
def due(at: datetime, zone: tzinfo) -> str:
    """An instant to the minute, mostly one to come: "tomorrow, 08:00", "Mon, Nov 30, 08:00"."""
    there, today = on_clock(at, zone), on_clock(timezone.now(), zone).date()
    ahead = (there.date() - today).days
    said = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(ahead) or locale.weekday(
        there.date(), today
    )
    return f"{said}, {locale.short_clock(there)}"


@register.filter
def sometime(at: datetime, zone: ZoneInfo | str) -> SafeString:
    """An instant as its day in words, its time and its zone, where no project's clock is known."""
    there = zone_of(zone)
    return tagged(at, there, f"{due(at, there)} {on_clock(at, there).tzname()}")


@register.filter
def worded(value: Any, zone: ZoneInfo) -> str | SafeString:
    """A value in a list: an instant in few words, all of it where one points at it."""
    if not isinstance(value, str):
        return shown(value, zone)
    if at := as_date(value):
        return locale.day(at)
    return timed(at, zone) if (at := as_instant(value)) else shown(value, zone)


@register.filter
def day(value: date | str) -> str:
    return locale.day(value)


@register.simple_tag
def days(first: date, last: date, today: date) -> str:
    """Days, both included."""
    return locale.days(first, last, today)


@register.filter
def near_day(value: date, zone: ZoneInfo) -> str:
    """A day among those before it: by its name where it is today or yesterday, else with that of
    the day of its week."""
    return locale.weekday(value, on_clock(timezone.now(), zone).date())


@register.filter
def day_of(at: datetime, zone: ZoneInfo) -> str:
    """The day of an instant in a zone."""
    return locale.day(on_clock(at, zone).date())


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
def spread_bars(spread: Any) -> list[dict[str, Any]]:
    """A bar for each part of some numbers, 16 high; the one that has the median is marked."""
    most = max(spread.bins)
    return [
        {"x": n, "y": 16 - height, "height": height, "kind": "on" if n == spread.middle else ""}
        for n, each in enumerate(spread.bins)
        for height in [max(0.5, round(16 * each / most, 1))]
    ]


@register.filter
def percent(share: float | None) -> float:
    """A share as the width of a bar that is 100 wide."""
    return round(100 * (share or 0), 1)


@register.simple_tag
def compared(now: float | None, before: float | None, kind: str) -> SafeString | str:
    """A number against the one before; nothing where there was none."""
    if now is None or not before:
        return ""
    change = (now - before) / before
    way = "up" if change > 0 else "down" if change < 0 else "flat"
    text = '<span class="delta {}">{}</span> <span class="faint">from {}</span>'
    return format_html(text, way, locale.share(round(abs(change), 3)), figure(before, kind))


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
