"""The operator table: every way to compare a value, its words, what it takes, and its SQL."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self

from people.values import UNKEEPABLE, Type, as_date


class Operator(StrEnum):
    """The JSON key of an operator, and its words."""

    label: str

    def __new__(cls, key: str, label: str) -> Self:
        operator = str.__new__(cls, key)
        operator._value_ = key
        operator.label = label
        return operator

    IS = "is", "is"
    IS_NOT = "is_not", "is not"
    CONTAINS = "contains", "contains"
    DOES_NOT_CONTAIN = "does_not_contain", "does not contain"
    STARTS_WITH = "starts_with", "starts with"
    ENDS_WITH = "ends_with", "ends with"
    LESS_THAN = "less_than", "is less than"
    AT_MOST = "at_most", "is at most"
    GREATER_THAN = "greater_than", "is greater than"
    AT_LEAST = "at_least", "is at least"
    BETWEEN = "between", "is between"
    BEFORE = "before", "is before"
    AFTER = "after", "is after"
    SINCE = "since", "is since"
    UNTIL = "until", "is until"
    IN_THE_LAST = "in_the_last", "is in the last"
    MORE_THAN_AGO = "more_than_ago", "is longer ago than"
    IN_THE_NEXT = "in_the_next", "is in the next"
    TODAY = "today", "is today"
    IS_EMPTY = "is_empty", "is empty"
    IS_NOT_EMPTY = "is_not_empty", "is not empty"


class Takes(StrEnum):
    """The shape of the value that an operator takes."""

    NONE = "none"
    ONE = "one"
    MANY = "many"
    PAIR = "pair"
    SPAN = "span"


@dataclass(frozen=True)
class Rule:
    """What an operator takes and means for one type.

    `sql` is a plain boolean, never NULL: `{s}` stands for the value as the type's sub-column
    (NULL where the value is missing or of another type), `{v}` or `{low}` and `{high}` for the
    placeholders of what it takes, which are of the store's type `binds`.
    """

    takes: Takes
    sql: str
    binds: str = ""
    # A comparison of days: its SQL names {low} and {high}, days, and {since} and {until}, instants.
    is_range_of_days: bool = False


NONE, ONE, MANY, PAIR, SPAN = Takes
O = Operator  # noqa: E741

HAS_PART = "position(lowerUTF8({s}), lowerUTF8({v})) > 0"
TEXT_RULES = {
    O.IS: Rule(MANY, "ifNull({s} IN {v}, 0)", "Array(String)"),
    O.IS_NOT: Rule(MANY, "NOT ifNull({s} IN {v}, 0)", "Array(String)"),
    O.CONTAINS: Rule(ONE, "ifNull(position(lowerUTF8({s}), lowerUTF8({v})) > 0, 0)", "String"),
    O.DOES_NOT_CONTAIN: Rule(
        ONE, "NOT ifNull(position(lowerUTF8({s}), lowerUTF8({v})) > 0, 0)", "String"
    ),
    O.STARTS_WITH: Rule(ONE, "ifNull(startsWith(lowerUTF8({s}), lowerUTF8({v})), 0)", "String"),
    O.ENDS_WITH: Rule(ONE, "ifNull(endsWith(lowerUTF8({s}), lowerUTF8({v})), 0)", "String"),
    O.IS_EMPTY: Rule(NONE, "ifNull({s}, '') = ''"),
    O.IS_NOT_EMPTY: Rule(NONE, "ifNull({s}, '') != ''"),
}
NUMBER_RULES = {
    O.IS: Rule(MANY, "ifNull({s} IN {v}, 0)", "Array(Float64)"),
    O.IS_NOT: Rule(MANY, "NOT ifNull({s} IN {v}, 0)", "Array(Float64)"),
    O.LESS_THAN: Rule(ONE, "ifNull({s} < {v}, 0)", "Float64"),
    O.AT_MOST: Rule(ONE, "ifNull({s} <= {v}, 0)", "Float64"),
    O.GREATER_THAN: Rule(ONE, "ifNull({s} > {v}, 0)", "Float64"),
    O.AT_LEAST: Rule(ONE, "ifNull({s} >= {v}, 0)", "Float64"),
    O.BETWEEN: Rule(PAIR, "ifNull({s} >= {low} AND {s} <= {high}, 0)", "Float64"),
    O.IS_EMPTY: Rule(NONE, "isNull({s})"),
    O.IS_NOT_EMPTY: Rule(NONE, "isNotNull({s})"),
}
BOOLEAN_RULES = {
    O.IS: Rule(ONE, "ifNull({s} = {v}, 0)", "Bool"),
    O.IS_EMPTY: Rule(NONE, "isNull({s})"),
    O.IS_NOT_EMPTY: Rule(NONE, "isNotNull({s})"),
}
# Every comparison of days is one range of days; `day_range` below gives its ends. A value is a day
# by itself ({s}, text) or an instant ({i}, milliseconds) that lies in a day of the project's zone.
IN_RANGE = "ifNull({s} >= {low} AND {s} <= {high}, ifNull({i} >= {since} AND {i} < {until}, 0))"


def in_range(takes: Takes) -> Rule:
    return Rule(takes, IN_RANGE, is_range_of_days=True)


DAY_RULES = {
    O.IS: in_range(ONE),
    O.BEFORE: in_range(ONE),
    O.AFTER: in_range(ONE),
    O.SINCE: in_range(ONE),
    O.UNTIL: in_range(ONE),
    O.BETWEEN: in_range(PAIR),
    O.IN_THE_LAST: in_range(SPAN),
    O.MORE_THAN_AGO: in_range(SPAN),
    O.IN_THE_NEXT: in_range(SPAN),
    O.TODAY: in_range(NONE),
    O.IS_EMPTY: Rule(NONE, "isNull({s}) AND isNull({i})"),
    O.IS_NOT_EMPTY: Rule(NONE, "isNotNull({s}) OR isNotNull({i})"),
}
LIST_RULES = {
    O.CONTAINS: Rule(MANY, "hasAny({s}, {v})", "Array(String)"),
    O.DOES_NOT_CONTAIN: Rule(MANY, "NOT hasAny({s}, {v})", "Array(String)"),
    O.IS_EMPTY: Rule(NONE, "empty({s})"),
    O.IS_NOT_EMPTY: Rule(NONE, "notEmpty({s})"),
}
OPERATORS: dict[Type, dict[Operator, Rule]] = {
    Type.TEXT: TEXT_RULES,
    Type.NUMBER: NUMBER_RULES,
    Type.BOOLEAN: BOOLEAN_RULES,
    Type.DATE: DAY_RULES,
    Type.DATETIME: DAY_RULES,
    Type.LIST: LIST_RULES,
}
MAX_VALUES = 1000
FIRST_DAY, LAST_DAY = date(1, 1, 2), date(9999, 12, 30)


def is_relative(operator: Operator) -> bool:
    """Whether what it means depends on the day on which it is asked."""
    return operator in (O.IN_THE_LAST, O.MORE_THAN_AGO, O.IN_THE_NEXT, O.TODAY)


def day_range(operator: Operator, value: Any, today: date) -> tuple[date, date]:
    """The days, both included, that an operator of days means (contract §2)."""
    match operator:
        case O.TODAY:
            return today, today
        case O.BETWEEN:
            low, high = value
            return date.fromisoformat(low), date.fromisoformat(high)
        case O.IN_THE_LAST | O.MORE_THAN_AGO | O.IN_THE_NEXT:
            return span_of_days(operator, value, today)
    day = date.fromisoformat(value)
    one = timedelta(1)
    return {
        O.IS: (day, day),
        O.BEFORE: (FIRST_DAY, day - one if day > FIRST_DAY else FIRST_DAY),
        O.AFTER: (day + one if day < LAST_DAY else LAST_DAY, LAST_DAY),
        O.SINCE: (day, LAST_DAY),
        O.UNTIL: (FIRST_DAY, day),
    }[operator]


def span_of_days(operator: Operator, span: dict[str, Any], today: date) -> tuple[date, date]:
    count = span["value"] * (7 if span["unit"] == "week" else 1)
    first = today - timedelta(count - 1)
    if operator is O.IN_THE_LAST:
        return first, today
    if operator is O.MORE_THAN_AGO:
        return FIRST_DAY, first - timedelta(1)
    return today, today + timedelta(count - 1)


def rule_for(operator: Operator, value: object, known: Type | None) -> tuple[Type | None, Rule]:
    """The rule that reads a comparison: the catalogue's type, else the type of the value.

    The type is None for `is_empty` and `is_not_empty` of something unknown, whose rule is text's.
    """
    if known:
        return known, OPERATORS[known][operator]
    if operator in (O.IS_EMPTY, O.IS_NOT_EMPTY):
        return None, TEXT_RULES[operator]
    for kind, rules in OPERATORS.items():
        if operator in rules and not misfit_of(kind, rules[operator].takes, value):
            return kind, rules[operator]
    raise ValueError(f"{operator} {value!r}")


def misfit(operator: Operator, value: object, known: Type | None) -> str:
    """What is wrong with the value of a comparison, as a sentence; "" when it fits."""
    kinds = [known] if known else [kind for kind in OPERATORS if operator in OPERATORS[kind]]
    rules = [(kind, OPERATORS[kind].get(operator)) for kind in kinds]
    texts = [misfit_of(kind, rule.takes, value) for kind, rule in rules if rule]
    return "" if "" in texts or not texts else texts[0]


def misfit_of(kind: Type, takes: Takes, value: object) -> str:
    match takes:
        case Takes.NONE:
            return "" if value is None else "This operator takes no value."
        case Takes.ONE:
            return "" if fits(kind, value) else f"Give {NEEDS[kind]}."
        case Takes.MANY:
            if isinstance(value, list) and 1 <= len(value) <= MAX_VALUES:
                return (
                    "" if all(fits(kind, each) for each in value) else f"Give {NEEDS[kind]} each."
                )
            return f"Give a list of 1 to {MAX_VALUES:,} values."
        case Takes.PAIR:
            if not (
                isinstance(value, list) and len(value) == 2 and all(fits(kind, v) for v in value)
            ):
                return f"Give two values, [low, high], {NEEDS[kind]} each."
            return "" if value[0] <= value[1] else "The first value is above the second."
        case Takes.SPAN:
            return "" if is_span(value) else 'Give {"value": 1 to 3650, "unit": "day" or "week"}.'


NEEDS = {
    Type.TEXT: "a text",
    Type.NUMBER: "a number",
    Type.BOOLEAN: "true or false",
    Type.DATE: "a day as YYYY-MM-DD",
    Type.DATETIME: "a day as YYYY-MM-DD",
    Type.LIST: "a text",
}


def fits(kind: Type, value: object) -> bool:
    match kind:
        case Type.TEXT | Type.LIST:
            return isinstance(value, str) and not UNKEEPABLE.search(value)
        case Type.NUMBER:
            return is_number(value)
        case Type.BOOLEAN:
            return isinstance(value, bool)
        case Type.DATE | Type.DATETIME:
            return isinstance(value, str) and as_date(value) is not None


def is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e308 and not math.isnan(value)


def is_span(value: object) -> bool:
    match value:
        case {"value": int() as amount, "unit": "day" | "week", **rest} if not rest:
            return not isinstance(amount, bool) and 1 <= amount <= 3650
        case _:
            return False
