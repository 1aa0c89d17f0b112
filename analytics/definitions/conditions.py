"""Conditions on events and on people: typed, frozen, checked against what the catalogue knows.

Syntax and catalogue are checked in one pass, so that every error is reported at once, each at its
path. Nothing here knows a database, a clock or HTTP.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    Field,
    Strict,
    Tag,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema, WithJsonSchema

from analytics.definitions.operators import OPERATORS, Operator, misfit
from analytics.definitions.parts import Day, Name, Part, Word, complaint, is_absent, keyed
from people.values import Type, WeekStart

MAX_FILTERS = 10
MAX_DEPTH = 3
MAX_LEAVES = 25


@dataclass(frozen=True)
class Catalogue:
    """What a project knows: the types of its attributes and properties, its saved segments."""

    attributes: Mapping[str, Type] = field(default_factory=dict)
    properties: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    segments: Mapping[str, "InlineSegment"] = field(default_factory=dict)


@dataclass
class Reading:
    """What validators know while they read one definition."""

    catalogue: Catalogue
    event: str = ""


class Frequency(Word):
    AT_LEAST = "at_least", "at least"
    AT_MOST = "at_most", "at most"
    EXACTLY = "exactly", "exactly"


# --- Conditions on events and people --------------------------------------------------------


def known_type(info: ValidationInfo) -> Type | None:
    reading = info.context or Reading(Catalogue())
    if "property" in info.data:
        return reading.catalogue.properties.get(reading.event, {}).get(info.data["property"])
    return reading.catalogue.attributes.get(info.data.get("attribute", ""))


def check_operator(operator: Operator, info: ValidationInfo) -> Operator:
    known = known_type(info)
    if known and operator not in OPERATORS[known]:
        choices = ", ".join(OPERATORS[known])
        raise complaint(f"“{operator}” does not apply to {known}; use one of {choices}.")
    return operator


def check_value(value: Any, info: ValidationInfo) -> Any:
    if "operator" in info.data and (text := misfit(info.data["operator"], value, known_type(info))):
        raise complaint(text)
    return value


SCALARS = [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]
SPAN = {
    "type": "object",
    "description": "So many days or weeks.",
    "properties": {
        "value": {"type": "integer", "minimum": 1, "description": "How many."},
        "unit": {"type": "string", "enum": ["day", "week"], "description": "Of what."},
    },
    "required": ["value", "unit"],
    "additionalProperties": False,
}
LISTED = {"type": "array", "items": {"anyOf": SCALARS[:2]}}
Value = Annotated[Any, WithJsonSchema({"anyOf": [*SCALARS, LISTED, SPAN, {"type": "null"}]})]
OPERATOR_HELP = "Which operators there are depends on the type in the catalogue."
VALUE_HELP = (
    "What the operator takes: a list for `is` and `is_not` of texts and numbers and for lists, "
    '`[low, high]` for `between`, `{"value": 30, "unit": "day"}` for `in_the_last` and its like, '
    "nothing for `is_empty`, `is_not_empty` and `today`, else one value. Days are `YYYY-MM-DD`."
)


class PropertyFilter(Part):
    """A condition on a property of the event it belongs to."""

    property: Name = Field(description="Which property.")
    operator: Operator = Field(description=OPERATOR_HELP)
    value: Value = Field(
        default=None, validate_default=True, exclude_if=is_absent, description=VALUE_HELP
    )

    check_operator = field_validator("operator")(check_operator)
    check_value = field_validator("value")(check_value)

    def __str__(self) -> str:
        return phrase(self.property, self.operator, self.value)


class AttributeCondition(Part):
    """A condition on an attribute as it is now."""

    attribute: Name = Field(description="Which attribute, standard or custom.")
    operator: Operator = Field(description=OPERATOR_HELP)
    value: Value = Field(
        default=None, validate_default=True, exclude_if=is_absent, description=VALUE_HELP
    )

    check_operator = field_validator("operator")(check_operator)
    check_value = field_validator("value")(check_value)

    def __str__(self) -> str:
        return phrase(self.attribute, self.operator, self.value)


def phrase(name: str, operator: Operator, value: Any) -> str:
    """A comparison as people say it: "songGenre is jazz or rock"."""
    match value:
        case None:
            said = ""
        case bool():
            said = "true" if value else "false"
        case {"value": amount, "unit": unit}:
            said = f"{amount} {unit}{'' if amount == 1 else 's'}"
        case [low, high] if operator is Operator.BETWEEN:
            said = f"{low} and {high}"
        case list():
            said = " or ".join(map(str, value))
        case _:
            said = str(value)
    return " ".join(filter(None, (name, operator.label, said)))


class Between(Part):
    """Days, both included."""

    start: Day = Field(description="The first day.")
    end: Day = Field(description="The last day.")

    @field_validator("end")
    @classmethod
    def must_follow(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start and end < start:
            raise complaint("The period ends before it starts.")
        return end

    def days(self, _today: date, _weeks: WeekStart) -> tuple[date, date]:
        return self.start, self.end

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


class Recent(Part):
    """Today and the days before it; `last` counts them, today included."""

    last: Annotated[int, Strict(), Field(ge=1, le=3650)] = Field(description="How many.")
    unit: Literal["day", "week"] = Field(description="Of what.")

    def days(self, today: date, _weeks: WeekStart) -> tuple[date, date]:
        return today - timedelta(self.last * (7 if self.unit == "week" else 1) - 1), today

    def __str__(self) -> str:
        return f"the last {self.last} {self.unit}{'' if self.last == 1 else 's'}"


Within = Annotated[
    Annotated[Recent, Tag("<last>")] | Annotated[Between, Tag("<start>")],
    keyed(last="<last>", unit="<last>", start="<start>", end="<start>"),
]


class Times(Part):
    """How often."""

    operator: Frequency = Field(description="At least, at most or exactly.")
    value: Annotated[int, Strict(), Field(ge=0, le=1_000_000_000)] = Field(
        description="How many times."
    )

    def __str__(self) -> str:
        return f"{self.operator.label} {self.value} time{'' if self.value == 1 else 's'}"


FILTERS_HELP = "All must hold for an event to count."


class Performed(Part):
    """A condition on what somebody did: so often, within some days or ever."""

    performed: Name = Field(description="The name of the event.")
    filters: tuple[PropertyFilter, ...] = Field(
        default=(), max_length=MAX_FILTERS, description=FILTERS_HELP
    )
    times: Times = Field(
        default=Times(operator=Frequency.AT_LEAST, value=1),
        description="How often; once or more if absent.",
    )
    within: Within | None = Field(
        default=None, exclude_if=is_absent, description="In which days; absent: ever."
    )

    @model_validator(mode="wrap")
    @classmethod
    def tell_filters(
        cls, data: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Self:
        tell_event(info, data, "performed")
        return handler(data)  # type: ignore[no-any-return]

    def __str__(self) -> str:
        never = self.times.value == 0 and self.times.operator is not Frequency.AT_LEAST
        said = ["never performed" if never else "performed", self.performed]
        said += ["where " + " and ".join(map(str, self.filters))] if self.filters else []
        said += [] if never else [str(self.times)]
        said += [f"in {self.within}"] if self.within else []
        return " ".join(said)


def tell_event(info: ValidationInfo, data: Any, key: str) -> None:
    """Note the event whose properties the filters below speak of; none where it is any event."""
    if info.context:
        name = data.get(key, "") if isinstance(data, dict) else getattr(data, key, "")
        info.context.event = name if isinstance(name, str) else ""


class All(Part):
    """All of them hold."""

    all: tuple["Condition", ...] = Field(min_length=1, description="Conditions.")

    def __str__(self) -> str:
        return " and ".join(bracketed(each) for each in self.all)


class AnyOf(Part):
    """One of them holds, or more."""

    any: tuple["Condition", ...] = Field(min_length=1, description="Conditions.")

    def __str__(self) -> str:
        return " or ".join(bracketed(each) for each in self.any)


def bracketed(part: "AnyCondition") -> str:
    return f"({part})" if isinstance(part, All | AnyOf) else str(part)


class Listed(Part):
    """Everybody on a fixed list. Only a saved segment is one: nobody can write it down."""

    list: int

    def __str__(self) -> str:
        return "is on a fixed list"


class Alone(Part):
    """In one segment and in none of the others. Only reports with `exclusive` segments make it."""

    own: "AnyCondition"
    others: tuple["AnyCondition", ...]

    def __str__(self) -> str:
        return f"{bracketed(self.own)} and in no other segment"


Leaf: TypeAlias = AttributeCondition | Performed
AnyCondition: TypeAlias = All | AnyOf | Leaf | Listed | Alone


Condition = Annotated[
    Annotated[All, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[AttributeCondition, Tag("<attribute>")]
    | Annotated[Performed, Tag("<performed>")]
    # Nobody can write it down, so nobody is told of it.
    | Annotated[SkipJsonSchema[Listed], Tag("<list>")]
    | Annotated[SkipJsonSchema[Alone], Tag("<alone>")],
    keyed(all="<all>", any="<any>", attribute="<attribute>", performed="<performed>"),
]
All.model_rebuild()
AnyOf.model_rebuild()
Alone.model_rebuild()


def depth(condition: AnyCondition) -> int:
    return 1 + max(map(depth, parts(condition)), default=-1) if parts(condition) else 0


def parts(condition: AnyCondition) -> tuple[AnyCondition, ...]:
    match condition:
        case All():
            return condition.all
        case AnyOf():
            return condition.any
        case Alone():
            return (condition.own, *condition.others)
        case AttributeCondition() | Performed() | Listed():
            return ()


def leaves(condition: AnyCondition) -> Iterator[Leaf]:
    if isinstance(condition, AttributeCondition | Performed):
        yield condition
    for each in parts(condition):
        yield from leaves(each)


def check_size(condition: AnyCondition) -> AnyCondition:
    if depth(condition) > MAX_DEPTH:
        raise complaint(f"Conditions may be nested {MAX_DEPTH} deep at most.")
    if sum(1 for _ in leaves(condition)) > MAX_LEAVES:
        raise complaint(f"A segment may have {MAX_LEAVES} conditions at most.")
    return condition


def bounds_registration(condition: AnyCondition) -> bool:
    """Whether only people can match whose registration is bounded (contract §3)."""
    match condition:
        case All():
            return any(map(bounds_registration, condition.all))
        case AnyOf():
            return all(map(bounds_registration, condition.any))
        case AttributeCondition():
            vague = (Operator.IS_EMPTY, Operator.IS_NOT_EMPTY)
            return condition.attribute == "registered_at" and condition.operator not in vague
        case Alone():
            return bounds_registration(condition.own)
        case Performed() | Listed():
            return False


class InlineSegment(Part):
    """A segment that is not saved."""

    name: Annotated[Name, Field(max_length=100)] = Field(description="What legends call it.")
    condition: Condition = Field(description="Who is in it.")

    check_condition = field_validator("condition")(check_size)
