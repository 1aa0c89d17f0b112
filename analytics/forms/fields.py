"""Fields of a URL, and the numbered places of the form that they belong to."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias

from django.http import QueryDict

Fields: TypeAlias = list[tuple[str, Any]]


class Row(Protocol):
    """Something that stands at a numbered place of the form."""

    prefix: str
    problems: list[str]

    def renumber(self, prefix: str) -> None: ...

    def fields(self) -> Fields: ...

    def add(self, what: str) -> "Row | None":
        """Add a new row to it, if it has rows of this kind; the row."""

    def place(self, path: str) -> "Iterator[tuple[str, Row]]":
        """Itself and its rows, each with the path that its piece has in the definition."""


def fields_of(rows: Iterable[Row]) -> Fields:
    return [pair for row in rows for pair in row.fields()]


def renumber(rows: Sequence[Row], stem: str) -> None:
    for n, row in enumerate(rows):
        row.renumber(f"{stem}-{n}")


def numbers(query: QueryDict, pattern: str) -> list[int]:
    """The numbers that keys of a pattern have, in order."""
    return sorted({int(found[1]) for key in query if (found := re.match(pattern, key))})


def places(query: QueryDict, stem: str, key: str) -> list[str]:
    """The prefixes of the rows of a list, told by a key that each row has."""
    return [f"{stem}-{n}" for n in numbers(query, rf"{re.escape(stem)}-(\d+)-{key}$")]


def number(text: str) -> Any:
    """A number as the definition has it, or the text, to be refused at its place."""
    try:
        amount = float(text)
    except ValueError:
        return text
    return int(amount) if amount.is_integer() and abs(amount) < 1e15 else amount


def texts(value: Any) -> list[str]:
    """A value of a definition as it stands in fields."""
    match value:
        case None:
            return []
        case bool():
            return ["true" if value else "false"]
        case {"value": amount, "unit": unit}:
            return [str(amount), unit]
        case list():
            return [str(each) for each in value]
        case _:
            return [str(value)]
