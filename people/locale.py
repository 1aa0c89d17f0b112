"""How figures and days are written for whoever reads them: in the locale that their browser asks
for. The words around them are English."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_interval, format_skeleton, format_time
from babel.numbers import format_compact_decimal, format_decimal

PLAIN = "en"
UNITS_OF_TIME = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
MIDNIGHT = time()
READER: ContextVar[str] = ContextVar("reader", default=PLAIN)


@contextmanager
def reader(tag: str) -> Iterator[None]:
    """Write for somebody with this locale ("de-CH") inside the block."""
    token = READER.set(tag)
    try:
        yield
    finally:
        READER.reset(token)


@lru_cache(maxsize=256)
def locale_of(tag: str) -> Locale:
    """A locale by its tag; of an unknown region that of its language, else English."""
    for known in (tag, tag.partition("-")[0]):
        try:
            return Locale.parse(known, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(PLAIN)


def locale() -> Locale:
    return locale_of(READER.get())


@lru_cache(maxsize=8192)
def decimal(value: float, tag: str) -> str:
    """All digits of a number. A page has thousands, of which many are equal once rounded."""
    return str(format_decimal(value, locale=locale_of(tag), decimal_quantization=False))


def count(value: float) -> str:
    """1,234 or 0.5: a number as it is."""
    return decimal(value, READER.get())


def compact(value: float) -> str:
    """12.5K: where there is little room."""
    return str(format_compact_decimal(value, locale=locale(), fraction_digits=1))


def significant(value: float) -> str:
    """2.41: three figures that matter; above a thousand whole numbers."""
    return count(round(value) if abs(value) >= 1000 else float(f"{value:.3g}"))


def share(value: float) -> str:
    """5.5 %: a part of a whole."""
    return f"{significant(value * 100)} %"


def duration(seconds: float) -> str:
    """12 min 4 s: the two largest units that matter."""
    parts = []
    rest = round(seconds)
    for size, unit in UNITS_OF_TIME:
        if rest >= size:
            parts.append(f"{rest // size} {unit}")
            rest %= size
    return " ".join(parts[:2]) or f"{seconds:.3g} s"


def largest(seconds: float) -> str:
    """3 min: the largest unit alone."""
    return next(
        (f"{int(seconds // size)} {unit}" for size, unit in UNITS_OF_TIME if seconds >= size), "0 s"
    )


def day(value: date | str) -> str:
    """24 Nov 2026, in the reader's order."""
    chosen = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return str(format_date(chosen, "medium", locale=locale()))


def near_day(value: date, today: date) -> str:
    """24 Nov: a day, with its year where that is not this one."""
    if value.year != today.year:
        return day(value)
    return str(format_skeleton("MMMd", value, locale=locale()))


def weekday(value: date, today: date) -> str:
    """Wed, 18 Nov: a day with its name, which is "Today" and "Yesterday" for the last two."""
    ago = (today - value).days
    if ago in (0, 1):
        return f"{('Today', 'Yesterday')[ago]}, {near_day(value, today)}"
    skeleton = "MMMEd" if value.year == today.year else "yMMMEd"
    return str(format_skeleton(skeleton, value, locale=locale()))


def near(at: datetime, now: datetime) -> str:
    """How far an instant is from now, both on one clock: 5 min ago, yesterday, in 3 days; beyond a
    week its day."""
    seconds, days = (at - now).total_seconds(), (at.date() - now.date()).days
    if abs(seconds) < 60:
        return "just now"
    if abs(seconds) < 3600 or not days:
        size = largest(abs(seconds))
    elif abs(days) == 1:
        return "tomorrow" if days > 0 else "yesterday"
    elif abs(days) < 7:
        size = f"{abs(days)} days"
    else:
        return near_day(at.date(), now.date())
    return f"in {size}" if seconds > 0 else f"{size} ago"


def days(first: date, last: date, today: date) -> str:
    """Oct 27 – Nov 24: what both have in common is said once, this year not at all."""
    skeleton = "MMMd" if first.year == last.year == today.year else "yMMMd"
    return str(format_interval(first, last, skeleton, locale=locale()))


def moment(at: datetime) -> str:
    """A day and its time to the second, with the name of the zone whose clock shows it."""
    return f"{format_datetime(at.replace(tzinfo=None), 'medium', locale=locale())} {at.tzname()}"


def minute(at: datetime) -> str:
    """A day and its time, where the zone is known."""
    return f"{day(at.date())}, {clock(at)}"


def clock(at: datetime) -> str:
    """A time, where its day and its zone stand beside it."""
    return str(format_time(at.replace(tzinfo=None), "short", locale=locale()))


def second(at: datetime) -> str:
    """A time to the second, of what comes and goes."""
    return str(format_time(at.replace(tzinfo=None), "medium", locale=locale()))


def short_clock(at: datetime) -> str:
    """A time to the minute."""
    return str(format_time(at.replace(tzinfo=None), "short", locale=locale()))


def bucket(start: str, granularity: str) -> str:
    """The start of a bucket, as exact as its granularity."""
    at = datetime.fromisoformat(start)
    if granularity == "month":
        return str(format_skeleton("yMMM", at, locale=locale()))
    if granularity == "hour":
        return str(format_datetime(at.replace(tzinfo=None), "short", locale=locale()))
    return day(at.date())


def tick(start: str, granularity: str) -> str:
    """The start of a bucket in little room. An hour is its time, at midnight its day."""
    at = datetime.fromisoformat(start).replace(tzinfo=None)
    if granularity == "hour" and at.time() != MIDNIGHT:
        return str(format_time(at, "short", locale=locale()))
    skeleton = "yMMM" if granularity == "month" else "MMMd"
    return str(format_skeleton(skeleton, at, locale=locale()))
