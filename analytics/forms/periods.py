"""The period in the form: a preset, days, or words for them; and what whole they are part of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from analytics.definitions.periods import Preset
from analytics.definitions.spoken import EXAMPLES, spoken
from analytics.forms.fields import Fields
from people.values import WeekStart, as_date

KEYS = ("period", "start", "end", "whole", "days")
CUSTOM = "custom"


@dataclass(frozen=True)
class ShownDays:
    """What the fields of the days show; None for what is no day."""

    start: date | None
    end: date | None


def said_in_words(query: QueryDict, today: date) -> QueryDict:
    """The parameters with the days that words stand for, in place of the words; as they are where
    they stand for none."""
    text = query.get("days", "")
    meant = spoken(text, today) if text.strip() else None
    if meant is None:
        return query
    told = query.copy()
    for key in KEYS:
        told.pop(key, None)
    for key, value in period_fields(period_of(meant)):
        told[key] = value
    return told


def period_of(meant: Preset | tuple[date, date]) -> dict[str, str]:
    if isinstance(meant, Preset):
        return {"preset": meant.value}
    start, end = meant
    return {"start": start.isoformat(), "end": end.isoformat()}


def misunderstood(query: QueryDict) -> str:
    """What is wrong with the words that are still there."""
    text = query.get("days", "").strip()
    return f"“{text[:40]}” names no days. Say {EXAMPLES}." if text else ""


def shown_days(query: QueryDict, today: date, weeks: WeekStart) -> ShownDays:
    """The days of the chosen preset, or those that are given."""
    for preset in Preset:
        if preset == query.get("period"):
            return ShownDays(*preset.days(today, weeks))
    return ShownDays(as_date(query.get("start", "")), as_date(query.get("end", "")))


def whole_address(query: QueryDict, address: str) -> str:
    """An address with the period that its days are a part of; "" where they are of none."""
    given = query.get("whole", "") if query.get("period") == CUSTOM else ""
    if not given:
        return ""
    start, _, end = given.partition("..")
    period = {"start": start, "end": end} if end else {"preset": given}
    kept = QueryDict(address, mutable=True)
    for key in KEYS:
        kept.pop(key, None)
    return f"{urlencode(period_fields(period))}&{kept.urlencode()}"


def period_fields(period: Mapping[str, str]) -> Fields:
    if "preset" in period:
        return [("period", period["preset"])]
    return [("period", CUSTOM), ("start", period["start"]), ("end", period["end"])]
