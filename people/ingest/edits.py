"""Changes of an attribute that build on what is there: sums, lists, sets."""

import math
from typing import Any

from people.ingest.body import json_text
from people.ingest.messages import MOST_LISTED, Edit, Verb
from people.values import JSON


def edited(edit: Edit, before: JSON) -> JSON:
    """An attribute after a change; None where the change does not fit what is there.

    A list that has MOST_LISTED elements takes no more.
    """
    match edit.verb, before, edit.value:
        case Verb.ADD, None | int() | float(), int() | float() as more:
            return added(before if isinstance(before, int | float) else 0, more)
        case Verb.APPEND, None | list(), value:
            return longer(before or [], [value])
        case Verb.UNION, None | list(), list() as more:
            return union(before or [], more)
        case Verb.REMOVE, list(), value:
            return [each for each in before if each != value]
        case _:
            return None


# Up to here whole numbers are exact in every reader of JSON.
LARGEST_WHOLE = 2**53


def added(before: float, more: float) -> float | None:
    """A sum; None where it is beyond what a number can be."""
    total = before + more
    if isinstance(total, int) and abs(total) <= LARGEST_WHOLE:
        return total
    return float(total) if math.isfinite(total) else None


def longer(before: list[JSON], more: list[JSON]) -> list[JSON]:
    return before + more[: max(0, MOST_LISTED - len(before))]


def union(before: list[JSON], more: list[JSON]) -> list[JSON]:
    """What is there, and of the rest what is not there yet, each once and in its order."""
    there = {identity(each) for each in before}
    new = {identity(each): each for each in more if identity(each) not in there}
    return longer(before, list(new.values()))


def identity(value: Any) -> object:
    """What makes two values of a list the same; numbers are by value, objects by their text."""
    if isinstance(value, list | dict):
        return json_text(value)
    return (isinstance(value, bool), value)
