"""Formulas: numbers computed from the series of a report's events, read by a grammar of their own.

    sum     = product { ("+" | "-") product }
    product = factor { ("*" | "/") factor }
    factor  = number | letter | "-" factor | "(" sum ")"

Letters are the events in their order. A number is null where one that it is made of is, and where
it would be divided by 0.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from operator import add, mul, sub, truediv
from typing import Annotated, TypeAlias

from pydantic import Field, field_validator

from analytics.definitions.parts import Name, Part, complaint, is_absent

LETTERS = "ABCD"
MAX_FORMULAS = 4
UNKNOWN = "a number that it is made of is unknown, or would be divided by 0"
LONGEST, DEEPEST = 200, 20
SYMBOL = re.compile(r"\s*(\d+(?:\.\d+)?|[A-Z]|[-+*/()]|\S)", re.ASCII)
Value: TypeAlias = int | float | None


class Misread(ValueError):
    """An expression that is none: what is wrong at which character, counted from 1."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(f"Character {place}: {reason}")


@dataclass(frozen=True)
class Number:
    value: int | float


@dataclass(frozen=True)
class Letter:
    """The series of an event, by its index."""

    index: int


@dataclass(frozen=True)
class Operation:
    sign: str
    one: "Term"
    other: "Term"


Term: TypeAlias = Number | Letter | Operation
OPERATIONS: dict[str, Callable[[int | float, int | float], int | float]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": truediv,
}


class Reader:
    """Reads an expression from left to right."""

    def __init__(self, text: str) -> None:
        self.symbols = [(found[1], found.start(1) + 1) for found in SYMBOL.finditer(text)]
        self.end = len(text) + 1
        self.next = 0
        self.depth = 0

    @property
    def symbol(self) -> str:
        return self.symbols[self.next][0] if self.next < len(self.symbols) else ""

    @property
    def place(self) -> int:
        return self.symbols[self.next][1] if self.next < len(self.symbols) else self.end

    def take(self) -> str:
        symbol = self.symbol
        self.next += 1
        return symbol

    def whole(self) -> Term:
        term = self.sum()
        if self.symbol == ")":
            raise Misread(self.place, "this bracket was not opened.")
        if self.symbol:
            raise Misread(self.place, f"an operator is missing before “{self.symbol}”.")
        return term

    def sum(self) -> Term:
        term = self.product()
        while self.symbol in ("+", "-"):
            term = Operation(self.take(), term, self.product())
        return term

    def product(self) -> Term:
        term = self.factor()
        while self.symbol in ("*", "/"):
            term = Operation(self.take(), term, self.factor())
        return term

    def factor(self) -> Term:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Misread(self.place, f"brackets may be nested {DEEPEST} deep at most.")
        place, symbol = self.place, self.take()
        term = self.inside(place) if symbol == "(" else self.simple(place, symbol)
        self.depth -= 1
        return term

    def inside(self, opened: int) -> Term:
        term = self.sum()
        if self.take() != ")":
            raise Misread(opened, "this bracket is not closed.")
        return term

    def simple(self, place: int, symbol: str) -> Term:
        if symbol == "-":
            return Operation("-", Number(0), self.factor())
        if symbol in tuple(LETTERS):
            return Letter(LETTERS.index(symbol))
        if symbol.isascii() and symbol[:1].isdecimal():
            return Number(float(symbol) if "." in symbol else int(symbol))
        if not symbol:
            raise Misread(place, "a letter or a number is missing.")
        if symbol in ("+", "*", "/", ")"):
            raise Misread(place, f"a letter or a number is missing before “{symbol}”.")
        known = f"the letters {LETTERS[0]} to {LETTERS[-1]}, numbers, + - * / and brackets"
        raise Misread(place, f"“{symbol}” has no meaning here; there are {known}.")


@lru_cache(maxsize=1024)
def read_expression(text: str) -> Term:
    """The term that an expression is. Raises Misread."""
    return Reader(text).whole()


def letters(term: Term) -> Iterator[int]:
    """The indexes of the events that a term is made of."""
    match term:
        case Letter(index):
            yield index
        case Operation(_, one, other):
            yield from letters(one)
            yield from letters(other)


def computed(term: Term, values: Sequence[Value]) -> Value:
    """A term over the values of the events; None where one is, or nothing can be computed."""
    match term:
        case Number(value):
            return value
        case Letter(index):
            return values[index]
        case Operation(sign, one, other):
            pair = computed(one, values), computed(other, values)
            return operated(sign, *pair)


def operated(sign: str, one: Value, other: Value) -> Value:
    if one is None or other is None:
        return None
    try:
        value = OPERATIONS[sign](one, other)
        return value if isfinite(value) else None
    except (ZeroDivisionError, OverflowError):
        return None


class Formula(Part):
    """A number computed from those of the report's events."""

    name: Annotated[Name, Field(max_length=100)] | None = Field(
        default=None,
        exclude_if=is_absent,
        description="What legends call it; its expression if absent.",
    )
    expression: str = Field(
        min_length=1,
        max_length=LONGEST,
        description="Of letters (A is the first of `events`), numbers, + - * / and brackets; null "
        "where an operand is null or a divisor 0.",
    )

    @field_validator("expression")
    @classmethod
    def must_read(cls, text: str) -> str:
        try:
            read_expression(text)
        except Misread as error:
            raise complaint(str(error)) from error
        return text

    def misread(self, events: int) -> str:
        """What is wrong where there are so many events: a letter for which there is none; "" where
        each has one."""
        beyond = [n for n in letters(read_expression(self.expression)) if n >= events]
        if not beyond:
            return ""
        letter = LETTERS[beyond[0]]
        place, last = self.expression.index(letter) + 1, LETTERS[events - 1]
        return str(Misread(place, f"there is no event {letter}; the last one is {last}."))

    def of(self, values: Sequence[Value]) -> Value:
        """Its number, of the numbers of the events."""
        return computed(read_expression(self.expression), values)

    def __str__(self) -> str:
        return self.name or self.expression
