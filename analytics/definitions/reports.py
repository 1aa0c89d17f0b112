"""What may be asked: typed, frozen report definitions, their words and bounds, one way in and out.

Syntax and catalogue are checked in one pass, so that every error is reported at once, each at its
path. Nothing here knows a database, a clock or HTTP.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    Field,
    Strict,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from analytics.definitions.conditions import (
    AnyCondition,
    Between,
    Catalogue,
    Condition,
    EventFilter,
    InlineSegment,
    Invalid,
    Name,
    Part,
    Reading,
    Word,
    check_size,
    complaint,
    keyed,
)
from people.values import UNKEEPABLE, Type, WeekStart

MAX_SEGMENTS = 4
MAX_EVENTS = 4
MIN_STEPS = 2
MAX_STEPS = 7
MAX_FUNNEL_SEGMENTS = 2
MAX_DAYS = 1096
FIRST_YEAR, LAST_YEAR = 1900, 9998
MAX_WINDOW = timedelta(days=366)
MAX_VALUES_SHOWN = 50
DEEPEST_DATA = 20


class NumberFormat(StrEnum):
    """How a number is written: as it is, as a part of a whole, or to the figures that matter."""

    COUNT = "count"
    SHARE = "share"
    RATE = "rate"


class Divisor(StrEnum):
    """What the counted is divided by."""

    NOTHING = "nothing"
    SEGMENT = "segment"
    DOERS = "doers"


class Metric(StrEnum):
    """What is counted: its key and label, the words behind 1 and behind other numbers, how those
    are written, whether people are counted or events, by what that is divided, and its formula in
    a sentence (contract §3)."""

    label: str
    one: str
    many: str
    written: NumberFormat
    counts_people: bool
    divisor: Divisor
    formula: str

    def __new__(
        cls,
        key: str,
        label: str,
        units: tuple[str, str],
        written: NumberFormat,
        counted: str,
        divisor: Divisor,
        formula: str,
    ) -> Self:
        metric = str.__new__(cls, key)
        metric._value_ = key
        metric.label, metric.written, metric.formula = label, written, formula
        metric.one, metric.many = units
        metric.counts_people, metric.divisor = counted == "people", divisor
        return metric

    EVENTS = (
        "events", "Events", ("event", "events"), NumberFormat.COUNT,
        "events", Divisor.NOTHING, "How many matching events happened.",
    )  # fmt: skip
    PEOPLE = (
        "people", "People", ("person", "people"), NumberFormat.COUNT,
        "people", Divisor.NOTHING, "How many different people did the event at least once.",
    )  # fmt: skip
    ADOPTION = (
        "adoption", "Adoption", ("of the people", "of the people"), NumberFormat.SHARE,
        "people", Divisor.SEGMENT, "People who did the event ÷ people in the segment.",
    )  # fmt: skip
    ENGAGEMENT = (
        "engagement", "Engagement", ("event a person", "events a person"), NumberFormat.RATE,
        "events", Divisor.SEGMENT, "Matching events ÷ people in the segment.",
    )  # fmt: skip
    FREQUENCY = (
        "frequency", "Frequency", ("time each", "times each"), NumberFormat.RATE,
        "events", Divisor.DOERS, "Matching events ÷ people who did the event at least once.",
    )  # fmt: skip

    def unit(self, value: float) -> str:
        """The words behind a number: 1 person, 2 people."""
        return self.one if value == 1 else self.many

    @property
    def is_of_segment(self) -> bool:
        """Whether it is divided by people of the segment, so that the segment's bounds matter."""
        return self.divisor is Divisor.SEGMENT


class Kind(Word):
    """A kind of report, and what a page calls it."""

    SEGMENTATION = "segmentation", "Event segmentation"
    FUNNEL = "funnel", "Funnel"

    @classmethod
    def of(cls, key: str) -> "Kind":
        """The kind of a key that is one."""
        return next(each for each in cls if each == key)


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

    def days(self, today: date, weeks: WeekStart) -> tuple[date, date]:
        """First and last day, both included."""
        week, first = weeks.first_day(today), today.replace(day=1)
        match self:
            case Preset.LAST_7_DAYS | Preset.LAST_30_DAYS | Preset.LAST_90_DAYS:
                return today - timedelta(int(self.split("_")[1]) - 1), today
            case Preset.THIS_WEEK:
                return week, today
            case Preset.PREVIOUS_WEEK:
                return week - timedelta(7), week - timedelta(1)
            case Preset.THIS_MONTH:
                return first, today
            case Preset.PREVIOUS_MONTH:
                return (first - timedelta(1)).replace(day=1), first - timedelta(1)


class SavedSegment(Part):
    """A segment that is saved."""

    segment: str = Field(description="Its id.")

    @field_validator("segment")
    @classmethod
    def must_exist(cls, key: str, info: ValidationInfo) -> str:
        if info.context and key not in info.context.catalogue.segments:
            raise complaint("There is no segment with this id in the project.")
        return key


SegmentChoice = Annotated[
    Annotated[SavedSegment, Tag("<segment>")] | Annotated[InlineSegment, Tag("<condition>")],
    keyed(segment="<segment>", condition="<condition>", name="<condition>"),
]


class PresetPeriod(Part):
    """Days that move with the calendar."""

    preset: Preset = Field(description="Which days, in the project's time zone; today included.")

    def days(self, today: date, weeks: WeekStart) -> tuple[date, date]:
        return self.preset.days(today, weeks)

    def __str__(self) -> str:
        return self.preset.label.lower()


class CustomPeriod(Between):
    """Days of a report, both included; at most 1,096, in years in which buckets begin and end."""

    @field_validator("start", "end")
    @classmethod
    def must_be_of_our_time(cls, day: date) -> date:
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise complaint(f"A period lies in the years {FIRST_YEAR} to {LAST_YEAR}.")
        return day

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
    """How long a person has from the first step to the last; at most 366 days."""

    value: Annotated[int, Strict(), Field(ge=1)] = Field(description="How many of the unit.")
    unit: Unit = Field(description="A day is 24 hours.")

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

    @property
    def milliseconds(self) -> int:
        return self.length // timedelta(milliseconds=1)

    def __str__(self) -> str:
        return f"{self.value} {self.unit.label if self.value > 1 else self.unit}"


Shown = Annotated[
    int,
    Strict(),
    Field(ge=1, le=MAX_VALUES_SHOWN, description="How many values, the largest first."),
]


class ByProperty(Part):
    """A breakdown by a property of the event; of a funnel, of the event that filled step 1."""

    property: Name = Field(description="Which property of the event.")
    limit: Shown = 10

    def __str__(self) -> str:
        return self.property


class ByAttribute(Part):
    """A breakdown by an attribute, as it is now."""

    attribute: Name = Field(description="Which attribute of the person.")
    limit: Shown = 10

    def __str__(self) -> str:
        return self.attribute


Breakdown = Annotated[
    Annotated[ByProperty, Tag("<property>")] | Annotated[ByAttribute, Tag("<attribute>")],
    keyed(property="<property>", attribute="<attribute>"),
]


def check_breakdown(
    breakdown: ByProperty | ByAttribute | None, info: ValidationInfo
) -> ByProperty | ByAttribute | None:
    """Instants differ from each other, so a group for each would tell nothing; and whoever goes
    through a funnel is in one group."""
    if not info.context or breakdown is None:
        return breakdown
    catalogue: Catalogue = info.context.catalogue
    if isinstance(breakdown, ByAttribute):
        known = [catalogue.attributes.get(breakdown.attribute)]
    else:
        events = info.data.get("events") or info.data.get("steps", ())[:1]
        known = [
            catalogue.properties.get(each.event, {}).get(breakdown.property) for each in events
        ]
    if Type.DATETIME in known:
        raise complaint(f"“{breakdown}” holds instants; break down by something with fewer values.")
    if Type.LIST in known and "steps" in info.data:
        raise complaint(f"“{breakdown}” holds lists, and a funnel needs one value of each person.")
    return breakdown


class Compare(Word):
    PREVIOUS_PERIOD = "previous_period", "the period before"


KIND_HELP = "Which kind of report it is."
PERIOD_HELP = "Which days, in the project's time zone."
SEGMENTS_HELP = "Whose numbers are wanted; none means everybody."
BREAKDOWN_HELP = "The numbers of each value of a property or attribute, too."
COMPARE_HELP = "The numbers of as many days just before, too."


class Segmentation(Part):
    """How many events and people, over time."""

    kind: Literal["segmentation"] = Field(description=KIND_HELP)
    metric: Metric = Field(description="What is counted.")
    period: Period = Field(description=PERIOD_HELP)
    granularities: tuple[Granularity, ...] = Field(
        default=(Granularity.DAY,),
        min_length=1,
        description="Each gives its own series; each once.",
        json_schema_extra={"uniqueItems": True},
    )
    segments: tuple[SegmentChoice, ...] = Field(
        default=(), max_length=MAX_SEGMENTS, description=SEGMENTS_HELP
    )
    events: tuple[EventFilter, ...] = Field(
        min_length=1, max_length=MAX_EVENTS, description="A series for each."
    )
    denominator: Denominator = Field(
        default=Denominator.MEMBERS,
        description="Of adoption and engagement: everybody, or those registered by then.",
    )
    breakdown: Breakdown | None = Field(default=None, description=BREAKDOWN_HELP)
    compare: Compare | None = Field(default=None, description=COMPARE_HELP)

    check_breakdown = field_validator("breakdown")(check_breakdown)

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

    kind: Literal["funnel"] = Field(description=KIND_HELP)
    period: Period = Field(description=PERIOD_HELP)
    window: Window = Field(description="How long a person has for all steps.")
    segments: tuple[SegmentChoice, ...] = Field(
        default=(), max_length=MAX_FUNNEL_SEGMENTS, description=SEGMENTS_HELP
    )
    steps: tuple[EventFilter, ...] = Field(
        min_length=MIN_STEPS, max_length=MAX_STEPS, description="In order."
    )
    completion: Completion = Field(
        default=Completion.WITHIN_PERIOD,
        description="Whether later steps have to lie in the period, too.",
    )
    breakdown: Breakdown | None = Field(default=None, description=BREAKDOWN_HELP)
    compare: Compare | None = Field(default=None, description=COMPARE_HELP)

    check_breakdown = field_validator("breakdown")(check_breakdown)

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
        raise Invalid(problems_of(error, whole="")) from error
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
    "breakdown": 'A breakdown is {"property": …} or {"attribute": …}, and may have a "limit".',
    "kind": "“kind” is “segmentation” or “funnel”.",
}


def problems_of(error: ValidationError, whole: str = "kind") -> dict[str, list[str]]:
    """Pydantic's errors as path → sentences; the tags that tell unions apart are no path.

    `whole` is where it stands that the kind of the whole cannot be told.
    """
    problems: dict[str, list[str]] = {}
    for each in error.errors(include_url=False, include_context=True):
        steps = [str(step) for step in each["loc"] if not str(step).startswith("<")]
        if steps[:1] in (["segmentation"], ["funnel"]):
            steps = steps[1:]
        if each["type"].startswith("union_tag") and not steps:
            steps = [whole]
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
        case "less_than_equal":
            return f"Give {error['ctx']['le']:,} or less."
        case "enum":
            return f"Use one of {error['ctx']['expected']}."
        case kind if kind.startswith("union_tag"):
            inner = next((step for step in reversed(steps) if step in UNIONS), "condition")
            return UNIONS[inner]
        case _:
            return str(error["msg"]).rstrip(".") + "."
