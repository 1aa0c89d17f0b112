"""What may be asked: typed, frozen report definitions, their words and bounds, one way in and out.

Syntax and catalogue are checked in one pass, so that every error is reported at once, each at its
path. Nothing here knows a database, a clock or HTTP.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Strict,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from analytics.operators import OPERATORS, Operator, Rule, Takes, misfit
from people.values import UNKEEPABLE, Type, as_date

__all__ = ["OPERATORS", "Operator", "Rule", "Takes"]

MAX_SEGMENTS = 4
MAX_EVENTS = 4
MIN_STEPS = 2
MAX_STEPS = 7
MAX_FUNNEL_SEGMENTS = 2
MAX_FILTERS = 10
MAX_DAYS = 1096
MAX_WINDOW = timedelta(days=366)
MAX_DEPTH = 3
MAX_LEAVES = 25
DEEPEST_DATA = 20


class Word(StrEnum):
    """A choice that people read: its JSON key and its words."""

    label: str

    def __new__(cls, key: str, label: str) -> Self:
        word = str.__new__(cls, key)
        word._value_ = key
        word.label = label
        return word


class Metric(Word):
    EVENTS = "events", "Events"
    PEOPLE = "people", "People"
    ADOPTION = "adoption", "Adoption"
    ENGAGEMENT = "engagement", "Engagement"

    @property
    def formula(self) -> str:
        """The metric in one sentence (contract §3)."""
        return {
            Metric.EVENTS: "How many matching events happened.",
            Metric.PEOPLE: "How many different people did the event at least once.",
            Metric.ADOPTION: "People who did the event ÷ people in the segment.",
            Metric.ENGAGEMENT: "Matching events ÷ people in the segment.",
        }[self]

    @property
    def is_ratio(self) -> bool:
        return self in (Metric.ADOPTION, Metric.ENGAGEMENT)

    @property
    def counts_people(self) -> bool:
        return self in (Metric.PEOPLE, Metric.ADOPTION)


class Granularity(Word):
    HOUR = "hour", "Hour"
    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"


class Denominator(Word):
    MEMBERS = "members", "everybody in the segment"
    REGISTERED = "registered", "those registered by then"


class Completion(Word):
    WITHIN_PERIOD = "within_period", "The whole funnel lies in the period"
    AFTER_PERIOD = "after_period", "The first step lies in the period, the others in the window"


class Frequency(Word):
    AT_LEAST = "at_least", "at least"
    AT_MOST = "at_most", "at most"
    EXACTLY = "exactly", "exactly"


class Unit(Word):
    SECOND = "second", "seconds"
    MINUTE = "minute", "minutes"
    HOUR = "hour", "hours"
    DAY = "day", "days"


class Preset(Word):
    LAST_7_DAYS = "last_7_days", "Last 7 days"
    LAST_30_DAYS = "last_30_days", "Last 30 days"
    LAST_90_DAYS = "last_90_days", "Last 90 days"
    THIS_WEEK = "this_week", "This week"
    PREVIOUS_WEEK = "previous_week", "Previous week"
    THIS_MONTH = "this_month", "This month"
    PREVIOUS_MONTH = "previous_month", "Previous month"

    def days(self, today: date) -> tuple[date, date]:
        """First and last day, both included. Weeks start on Monday."""
        monday, first = today - timedelta(today.weekday()), today.replace(day=1)
        match self:
            case Preset.LAST_7_DAYS | Preset.LAST_30_DAYS | Preset.LAST_90_DAYS:
                return today - timedelta(int(self.split("_")[1]) - 1), today
            case Preset.THIS_WEEK:
                return monday, today
            case Preset.PREVIOUS_WEEK:
                return monday - timedelta(7), monday - timedelta(1)
            case Preset.THIS_MONTH:
                return first, today
            case Preset.PREVIOUS_MONTH:
                return (first - timedelta(1)).replace(day=1), first - timedelta(1)


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


class Invalid(ValueError):
    """A definition that cannot be asked; `problems` maps the path of each error to its reasons."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__(problems)
        self.problems = problems


def complaint(text: str) -> PydanticCustomError:
    return PydanticCustomError("complaint", "{text}", {"text": text})


def read_day(value: object) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and (day := as_date(value)):
        return day
    raise complaint("Use a day as YYYY-MM-DD.")


Day = Annotated[date, BeforeValidator(read_day)]


def read_name(name: str) -> str:
    if UNKEEPABLE.search(name):
        raise complaint("There is a character in it that no name can have.")
    return name


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(read_name)]
Whole = Annotated[int, Strict()]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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


class PropertyFilter(Part):
    """A condition on a property of the event it belongs to."""

    property: Name
    operator: Operator
    value: Any = Field(default=None, validate_default=True)

    check_operator = field_validator("operator")(check_operator)
    check_value = field_validator("value")(check_value)

    def __str__(self) -> str:
        return phrase(self.property, self.operator, self.value)


class AttributeCondition(Part):
    """A condition on an attribute as it is now."""

    attribute: Name
    operator: Operator
    value: Any = Field(default=None, validate_default=True)

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


def keyed(**keys: str) -> Discriminator:
    """Tells the members of a union by the keys that only they have: keyed(all="<all>", …)."""

    def tell(data: object) -> str | None:
        has = data.__contains__ if isinstance(data, dict) else lambda key: hasattr(data, key)
        return next((tag for key, tag in keys.items() if has(key)), None)

    return Discriminator(tell)


class Between(Part):
    """Days, both included."""

    start: Day
    end: Day

    @field_validator("end")
    @classmethod
    def must_follow(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start and end < start:
            raise complaint("The period ends before it starts.")
        return end

    def days(self, today: date) -> tuple[date, date]:  # noqa: ARG002
        return self.start, self.end

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


class Recent(Part):
    """Today and the days before it; `last` counts them, today included."""

    last: Annotated[int, Strict(), Field(ge=1, le=3650)]
    unit: Literal["day", "week"]

    def days(self, today: date) -> tuple[date, date]:
        return today - timedelta(self.last * (7 if self.unit == "week" else 1) - 1), today

    def __str__(self) -> str:
        return f"the last {self.last} {self.unit}{'' if self.last == 1 else 's'}"


Within = Annotated[
    Annotated[Recent, Tag("<last>")] | Annotated[Between, Tag("<start>")],
    keyed(last="<last>", unit="<last>", start="<start>", end="<start>"),
]


class Times(Part):
    """How often."""

    operator: Frequency
    value: Annotated[int, Strict(), Field(ge=0, le=1_000_000_000)]

    def __str__(self) -> str:
        return f"{self.operator.label} {self.value} time{'' if self.value == 1 else 's'}"


class Performed(Part):
    """A condition on what somebody did: so often, within some days or ever."""

    performed: Name
    filters: tuple[PropertyFilter, ...] = Field(default=(), max_length=MAX_FILTERS)
    times: Times = Times(operator=Frequency.AT_LEAST, value=1)
    within: Within | None = None

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
    """Note the event whose properties the filters below speak of."""
    if info.context:
        name = data.get(key, "") if isinstance(data, dict) else getattr(data, key, "")
        info.context.event = name if isinstance(name, str) else ""


class All(Part):
    all: tuple["Condition", ...] = Field(min_length=1)

    def __str__(self) -> str:
        return " and ".join(bracketed(each) for each in self.all)


class AnyOf(Part):
    any: tuple["Condition", ...] = Field(min_length=1)

    def __str__(self) -> str:
        return " or ".join(bracketed(each) for each in self.any)


def bracketed(part: "AnyCondition") -> str:
    return f"({part})" if isinstance(part, All | AnyOf) else str(part)


Leaf: TypeAlias = AttributeCondition | Performed
AnyCondition: TypeAlias = All | AnyOf | Leaf


Condition = Annotated[
    Annotated[All, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[AttributeCondition, Tag("<attribute>")]
    | Annotated[Performed, Tag("<performed>")],
    keyed(all="<all>", any="<any>", attribute="<attribute>", performed="<performed>"),
]
All.model_rebuild()
AnyOf.model_rebuild()


def depth(condition: AnyCondition) -> int:
    return 1 + max(map(depth, parts(condition)), default=-1) if parts(condition) else 0


def parts(condition: AnyCondition) -> tuple[AnyCondition, ...]:
    match condition:
        case All():
            return condition.all
        case AnyOf():
            return condition.any
        case AttributeCondition() | Performed():
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
        case Performed():
            return False


# --- What a report is made of ---------------------------------------------------------------


class EventFilter(Part):
    """Events of one name; all filters must hold."""

    event: Name
    filters: tuple[PropertyFilter, ...] = Field(default=(), max_length=MAX_FILTERS)

    @model_validator(mode="wrap")
    @classmethod
    def tell_filters(
        cls, data: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Self:
        tell_event(info, data, "event")
        return handler(data)  # type: ignore[no-any-return]

    def __str__(self) -> str:
        return " · ".join(filter(None, (self.event, ", ".join(map(str, self.filters)))))


class SavedSegment(Part):
    segment: str

    @field_validator("segment")
    @classmethod
    def must_exist(cls, key: str, info: ValidationInfo) -> str:
        if info.context and key not in info.context.catalogue.segments:
            raise complaint("There is no segment with this id in the project.")
        return key


class InlineSegment(Part):
    name: Annotated[Name, Field(max_length=100)]
    condition: Condition

    check_condition = field_validator("condition")(check_size)


SegmentChoice = Annotated[
    Annotated[SavedSegment, Tag("<segment>")] | Annotated[InlineSegment, Tag("<condition>")],
    keyed(segment="<segment>", condition="<condition>", name="<condition>"),
]


class PresetPeriod(Part):
    preset: Preset

    def days(self, today: date) -> tuple[date, date]:
        return self.preset.days(today)

    def __str__(self) -> str:
        return self.preset.label.lower()


class CustomPeriod(Between):
    @field_validator("end")
    @classmethod
    def must_be_short(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start and (end - start).days >= MAX_DAYS:
            raise complaint(f"A period has {MAX_DAYS:,} days at most.")
        return end


Period = Annotated[
    Annotated[PresetPeriod, Tag("<preset>")] | Annotated[CustomPeriod, Tag("<start>")],
    keyed(preset="<preset>", start="<start>", end="<start>"),
]


class Window(Part):
    value: Annotated[int, Strict(), Field(ge=1)]
    unit: Unit

    @field_validator("unit")
    @classmethod
    def must_be_short(cls, unit: Unit, info: ValidationInfo) -> Unit:
        most = int(MAX_WINDOW / timedelta(**{f"{unit}s": 1}))
        if info.data.get("value", 0) > most:
            raise complaint(f"The conversion window is at most {most:,} {unit.label}.")
        return unit

    @property
    def length(self) -> timedelta:
        return timedelta(**{f"{self.unit}s": self.value})

    def __str__(self) -> str:
        return f"{self.value} {self.unit.label if self.value > 1 else self.unit}"


class Segmentation(Part):
    """How many events and people, over time."""

    kind: Literal["segmentation"]
    metric: Metric
    period: Period
    granularities: tuple[Granularity, ...] = Field(default=(Granularity.DAY,), min_length=1)
    segments: tuple[SegmentChoice, ...] = Field(default=(), max_length=MAX_SEGMENTS)
    events: tuple[EventFilter, ...] = Field(min_length=1, max_length=MAX_EVENTS)
    denominator: Denominator = Denominator.MEMBERS

    @field_validator("granularities")
    @classmethod
    def must_differ(cls, chosen: tuple[Granularity, ...]) -> tuple[Granularity, ...]:
        if len(set(chosen)) < len(chosen):
            raise complaint("A granularity stands here twice.")
        return chosen

    def __str__(self) -> str:
        return f"{self.metric.label} of {', '.join(map(str, self.events))}, {self.period}"


class Funnel(Part):
    """Who gets from step to step within a conversion window."""

    kind: Literal["funnel"]
    period: Period
    window: Window
    segments: tuple[SegmentChoice, ...] = Field(default=(), max_length=MAX_FUNNEL_SEGMENTS)
    steps: tuple[EventFilter, ...] = Field(min_length=MIN_STEPS, max_length=MAX_STEPS)
    completion: Completion = Completion.WITHIN_PERIOD

    def __str__(self) -> str:
        return f"{' → '.join(map(str, self.steps))} within {self.window}, {self.period}"


Definition: TypeAlias = Segmentation | Funnel
READ_DEFINITION: TypeAdapter[Definition] = TypeAdapter(
    Annotated[Definition, Field(discriminator="kind")]
)
READ_CONDITION: TypeAdapter[AnyCondition] = TypeAdapter(Condition)


def events_named(data: object, depth: int = 0) -> set[str]:
    """The names of the events in what may be a definition: whose properties it takes to read it."""
    if depth > DEEPEST_DATA:
        return set()
    match data:
        case dict():
            named = [data.get(key) for key in ("event", "performed")]
            own = {each for each in named if isinstance(each, str) and not UNKEEPABLE.search(each)}
            return own.union(*(events_named(each, depth + 1) for each in data.values()))
        case list():
            return set().union(*(events_named(each, depth + 1) for each in data))
        case _:
            return set()


def parse(data: object, catalogue: Catalogue) -> Definition:
    """The only way in, whether from a form, the API or a saved report.

    Raises Invalid with every problem at its path ("steps.1.event"); "" is the definition itself.
    """
    try:
        return READ_DEFINITION.validate_python(data, context=Reading(catalogue))
    except ValidationError as error:
        raise Invalid(problems_of(error)) from error


def parse_condition(data: object, catalogue: Catalogue) -> AnyCondition:
    """A saved segment's condition, by the same rules; paths start at the condition."""
    try:
        return check_size(READ_CONDITION.validate_python(data, context=Reading(catalogue)))
    except ValidationError as error:
        raise Invalid(problems_of(error)) from error
    except PydanticCustomError as error:
        raise Invalid({"": [error.message()]}) from error


def dump(definition: Definition) -> dict[str, Any]:
    """The only way out. Defaults are written down, so changing one leaves saved reports alone."""
    return definition.model_dump(mode="json", exclude_none=True)


AT_LEAST = "At least {} needed."
UNIONS = {
    "condition": 'A condition is {"all": […]}, {"any": […]}, {"attribute": …, "operator": …}'
    ' or {"performed": …, "times": …}.',
    "within": 'Give {"last": 30, "unit": "day" or "week"} or {"start": …, "end": …}.',
    "segments": 'A segment is {"segment": id} or {"name": …, "condition": …}.',
    "period": 'A period is {"preset": …} or {"start": …, "end": …}.',
    "kind": "“kind” is “segmentation” or “funnel”.",
}


def problems_of(error: ValidationError) -> dict[str, list[str]]:
    """Pydantic's errors as path → sentences; the tags that tell unions apart are no path."""
    problems: dict[str, list[str]] = {}
    for each in error.errors(include_url=False, include_context=True):
        steps = [str(step) for step in each["loc"] if not str(step).startswith("<")]
        if steps[:1] in (["segmentation"], ["funnel"]):
            steps = steps[1:]
        if each["type"].startswith("union_tag") and not steps:
            steps = ["kind"]
        problems.setdefault(".".join(steps), []).append(sentence(each, steps))
    return {path: texts for path, texts in problems.items() if not an_echo(path, texts, problems)}


def an_echo(path: str, texts: list[str], problems: Iterable[str]) -> bool:
    """A list counts as too short when its only members are wrong; those are told already."""
    below = any(other.startswith(f"{path}.") for other in problems)
    return below and texts in ([AT_LEAST.format(1)], [AT_LEAST.format(MIN_STEPS)])


def sentence(error: Any, steps: list[str]) -> str:
    match error["type"]:
        case "missing":
            return "This is required."
        case "extra_forbidden":
            return "There is no such key here."
        case "too_short":
            return AT_LEAST.format(error["ctx"]["min_length"])
        case "too_long":
            return f"At most {error['ctx']['max_length']} allowed."
        case "string_too_short":
            return "This must not be empty."
        case "model_type" | "model_attributes_type" | "dict_type":
            return "Give a JSON object."
        case "tuple_type" | "list_type":
            return "Give a list."
        case "greater_than_equal":
            return f"Give {error['ctx']['ge']} or more."
        case "enum":
            return f"Use one of {error['ctx']['expected']}."
        case kind if kind.startswith("union_tag"):
            inner = next((step for step in reversed(steps) if step in UNIONS), "condition")
            return UNIONS[inner]
        case _:
            return str(error["msg"]).rstrip(".") + "."
