"""Days as people say them: "last 14 days", "since 1 May", "May 2026"; pure, today is given.

What a preset says goes on with the calendar, everything else stands for the days that it means now.
"""

import re
from calendar import month_abbr, month_name
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from analytics.definitions.periods import Preset
from people.values import as_date

LONGEST = 60
EXAMPLES = "“last 14 days”, “since 1 May”, “3 May to 9 May” or “May 2026”"
MONTHS = {
    name.lower(): n for names in (month_name, month_abbr) for n, name in enumerate(names) if name
}
# "last week" is the whole one before this.
ALSO = {
    "last week": Preset.PREVIOUS_WEEK,
    "last month": Preset.PREVIOUS_MONTH,
    "week": Preset.THIS_WEEK,
    "month": Preset.THIS_MONTH,
}
NAMED = {each.label.lower(): each for each in Preset} | ALSO
RECENT = re.compile(r"(?:the )?(?:last |past )?(\d{1,4}) (day|week|month|year)s?")
SPAN = re.compile(r"(?:from |between )?(.+?)(?: to | until | and | ?– ?| - )(.+)")
DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)? ([a-z]{3,9})\.?,?(?: (\d{4}))?")
MONTH_DAY = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?")
NUMBERS = re.compile(r"(\d{1,2})\. ?(\d{1,2})\.(?: ?(\d{4}))?")
MONTH = re.compile(r"([a-z]{3,9})(?: (\d{4}))?")
YEAR = re.compile(r"\d{4}")

Days = tuple[date, date]


def spoken(text: str, today: date) -> Preset | Days | None:
    """The days, first and last, or the preset that a text means; None where it means none."""
    said = " ".join(text.lower().split())
    if len(said) > LONGEST:
        return None
    if found := NAMED.get(said):
        return found
    try:
        days = next(filter(None, readings(said, today)), None)
    except (ValueError, OverflowError):
        return None
    if days is None or days[0] > days[1]:
        return None
    # Who says how many days means the latest ones, tomorrow too.
    moves = [each for each in Preset if RECENT.fullmatch(said) and is_of(each, days)]
    return moves[0] if moves else days


def is_of(preset: Preset, days: Days) -> bool:
    """Whether a preset counts as many days."""
    return preset == f"last_{(days[1] - days[0]).days + 1}_days"


def readings(said: str, today: date) -> Iterator[Days | None]:
    """What it may mean, the likeliest first."""
    ways: tuple[Callable[[str, date], Days | None], ...] = (
        relative, recent, since, one_day, whole_month, whole_year, between,
    )  # fmt: skip
    return (way(said, today) for way in ways)


def relative(said: str, today: date) -> Days | None:
    day = {"today": today, "yesterday": today - timedelta(1)}.get(said)
    if day:
        return day, day
    year = {"this year": today.year, "last year": today.year - 1, "previous year": today.year - 1}
    if said in year:
        return date(year[said], 1, 1), min(date(year[said], 12, 31), today)
    return None


def recent(said: str, today: date) -> Days | None:
    """So many days, weeks, months or years that end today."""
    if not (found := RECENT.fullmatch(said)) or not int(found[1]):
        return None
    count, unit = int(found[1]), found[2]
    if unit in ("day", "week"):
        return today - timedelta(count * (7 if unit == "week" else 1) - 1), today
    months = today.year * 12 + today.month - 1 - count * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(1)).day
    return date(year, month, min(today.day, last)) + timedelta(1), today


def since(said: str, today: date) -> Days | None:
    if not said.startswith(("since ", "from ")):
        return None
    first = day_of(said.partition(" ")[2], today)
    return (first, today) if first else None


def one_day(said: str, today: date) -> Days | None:
    day = day_of(said, today)
    return (day, day) if day else None


def whole_month(said: str, today: date) -> Days | None:
    """A month, the latest that has begun where no year is said."""
    found = MONTH.fullmatch(said)
    if not found or found[1] not in MONTHS:
        return None
    month = MONTHS[found[1]]
    year = int(found[2]) if found[2] else today.year - (month > today.month)
    after = date(year + month // 12, month % 12 + 1, 1)
    first, last = date(year, month, 1), after - timedelta(1)
    return first, max(first, min(last, today))


def whole_year(said: str, today: date) -> Days | None:
    if not YEAR.fullmatch(said):
        return None
    first = date(int(said), 1, 1)
    return first, max(first, min(date(int(said), 12, 31), today))


def between(said: str, today: date) -> Days | None:
    if not (found := SPAN.fullmatch(said)):
        return None
    first, last = day_of(found[1], today), day_of(found[2], today)
    return (first, last) if first and last else None


def day_of(said: str, today: date) -> date | None:
    """A day; the latest one there was where no year is said."""
    if named := {"today": today, "yesterday": today - timedelta(1)}.get(said):
        return named
    if iso := as_date(said):
        return iso
    for day, month, year in parts_of(said):
        if year:
            return date(int(year), month, int(day))
        this = date(today.year, month, int(day))
        return this if this <= today else this.replace(year=today.year - 1)
    return None


def parts_of(said: str) -> Iterator[tuple[str, int, str | None]]:
    """Day, month and year of the ways to write a day."""
    if (found := DAY_MONTH.fullmatch(said)) and found[2] in MONTHS:
        yield found[1], MONTHS[found[2]], found[3]
    if (found := MONTH_DAY.fullmatch(said)) and found[1] in MONTHS:
        yield found[2], MONTHS[found[1]], found[3]
    if found := NUMBERS.fullmatch(said):
        yield found[1], int(found[2]), found[3]
