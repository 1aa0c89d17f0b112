"""How values are named and typed in the store, for the loader (writes) and the engine (reads)."""

import math
from datetime import datetime
from functools import lru_cache
from typing import Any

from people.ingest.body import json_text
from people.values import JSON, Type, as_date, as_instant, milliseconds


@lru_cache(maxsize=65_536)
def key(name: str) -> str:
    """The sub-column of a name: our own spelling, so that no client's text enters SQL."""
    return f"p{name.encode('utf-8', 'surrogatepass').hex()}"


SUBCOLUMNS = {
    Type.TEXT: "values.{key}.:String",
    Type.NUMBER: "values.{key}.:Float64",
    Type.BOOLEAN: "values.{key}.:Bool",
    Type.LIST: "values.{key}.:`Array(Nullable(String))`",
    Type.DATE: "days.{key}.:String",
    Type.DATETIME: "days.{key}.:String",
}


def subcolumn(name: str, kind: Type) -> str:
    """SQL for a value read as `kind`: NULL (an empty array) where it is missing or not of it."""
    return SUBCOLUMNS[kind].format(key=key(name))


def instant_column(name: str) -> str:
    """SQL for a date-time value in milliseconds since 1970, NULL where there is none."""
    return f"days.{key(name)}.:Float64"


def stored(given: dict[str, JSON]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The `values` and `days` columns of a row.

    Numbers are floats (whole and broken ones would else be two sub-columns), lists that are not of
    text and objects are the text of their JSON. What reads as a day or an instant stands in `days`
    too, so that Python alone decides what a date is.
    """
    values: dict[str, Any] = {}
    days: dict[str, Any] = {}
    for name, value in given.items():
        column = key(name)
        # Told by the exact type: this runs for every property of every event.
        kind = type(value)
        if kind is str:
            values[column] = value
            if value[4:5] == "-" and (day := day_form(value)) is not None:  # type: ignore[index, arg-type]
                days[column] = day
        elif kind is bool:
            values[column] = value
        elif kind is int or kind is float:
            if math.isfinite(number := as_float(value)):  # type: ignore[arg-type]
                values[column] = number
        elif kind is list and all(isinstance(each, str) for each in value):  # type: ignore[union-attr]
            values[column] = value
        elif value is not None:
            # The database gives whole numbers of any length back, which no reader of JSON takes.
            values[column] = json_text(value)
    return values, days


def as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def day_form(text: str) -> str | float | None:
    if len(text) < 10 or text[4] != "-" or not text[0].isdigit():
        return None
    if as_date(text):
        return text
    moment = as_instant(text)
    return float(milliseconds(moment)) if isinstance(moment, datetime) else None
