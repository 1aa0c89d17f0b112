"""What may be asked: typed, frozen report definitions, their words and bounds, one way in and out.

Syntax and catalogue are checked in one pass, so that every error is reported at once, each at its
path. Nothing here knows a database, a clock or HTTP.
"""

from collections.abc import Mapping
from operator import not_
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import (
    Field,
    Strict,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from analytics.definitions.breakdowns import Breakdown, check_breakdown
from analytics.definitions.conditions import (
    AnyCondition,
    Catalogue,
    Condition,
    Reading,
    check_size,
)
from analytics.definitions.events import AnyCounted, AnyEntry, CountedEntry, Entry
from analytics.definitions.formulas import MAX_FORMULAS, Formula
from analytics.definitions.metrics import Metric
from analytics.definitions.parts import (
    KIND_HELP,
    MOST_POINTS,
    Invalid,
    Name,
    Part,
    Problems,
    Report,
    Word,
    complaint,
    complaints,
    is_absent,
)
from analytics.definitions.periods import (
    PERIOD_HELP,
    CustomPeriod,
    Granularity,
    Period,
    PresetPeriod,
    Window,
)
from analytics.definitions.problems import MIN_STEPS, problems_of
from analytics.definitions.retention import Retention
from analytics.definitions.segments import MAX_SEGMENTS, SEGMENTS_HELP, SegmentChoice
from analytics.definitions.steps import (
    MAX_EXCLUSIONS,
    MAX_HELD,
    Exclusion,
    Order,
    OverTime,
    TimeToConvert,
    check_exclusions,
    check_hold,
    check_times,
)

MAX_EVENTS = 4
MAX_STEPS = 7
MAX_FUNNEL_SEGMENTS = 2
MOST_ROLLING = 90


class Denominator(Word):
    MEMBERS = "members", "everybody in the segment"
    REGISTERED = "registered", "those registered by then"


class Completion(Word):
    WITHIN_PERIOD = "within_period", "The whole funnel lies in the period"
    AFTER_PERIOD = "after_period", "The first step lies in the period, the others in the window"


Exclusive = Annotated[
    bool,
    Strict(),
    Field(
        exclude_if=not_,
        description="Who is in several of the segments is left out of each of them.",
    ),
]


def check_exclusive(exclusive: bool, info: ValidationInfo) -> bool:
    """Whether nobody counts in two segments, which takes two."""
    if exclusive and len(info.data.get("segments", (None, None))) < 2:
        raise complaint("Only of two segments or more can one leave out who is in several.")
    return exclusive


class Compare(Word):
    PREVIOUS_PERIOD = "previous_period", "the period before"


BREAKDOWN_HELP = "The numbers of each value of a property or attribute, too."
COMPARE_HELP = "The numbers of as many days just before, too."


class Segmentation(Report):
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
    exclusive: Exclusive = False
    events: tuple[CountedEntry, ...] = Field(
        min_length=1, max_length=MAX_EVENTS, description="A series for each."
    )
    denominator: Denominator = Field(
        default=Denominator.MEMBERS,
        description="Of adoption and engagement: everybody, or those registered by then.",
    )
    breakdown: Breakdown | None = Field(
        default=None, exclude_if=is_absent, description=BREAKDOWN_HELP
    )
    compare: Compare | None = Field(default=None, exclude_if=is_absent, description=COMPARE_HELP)
    formulas: tuple[Formula, ...] = Field(
        default=(),
        max_length=MAX_FORMULAS,
        exclude_if=not_,
        description="Series computed from those of the events. Not with a breakdown.",
    )
    rolling: Annotated[int, Strict(), Field(ge=2, le=MOST_ROLLING)] | None = Field(
        default=None,
        exclude_if=is_absent,
        description="Each day counts people of so many days that end with it, also of earlier ones "
        "than the period. Of `people` and `adoption`, by `day` alone.",
    )
    cumulative: bool = Field(
        default=False,
        strict=True,
        exclude_if=not_,
        description="Each bucket counts from the period's start to its own end, people once. Of "
        "`events` and `people`; not with `rolling`.",
    )

    check_exclusive = field_validator("exclusive")(check_exclusive)
    check_breakdown = field_validator("breakdown")(check_breakdown)

    @field_validator("rolling")
    @classmethod
    def must_roll(cls, days: int | None, info: ValidationInfo) -> int | None:
        if days is None:
            return days
        if "metric" in info.data and not info.data["metric"].counts_people:
            raise complaint("Only people and adoption can be counted over rolling days.")
        if info.data.get("granularities", (Granularity.DAY,)) != (Granularity.DAY,):
            raise complaint("Rolling days are counted by day alone.")
        return days

    @field_validator("cumulative")
    @classmethod
    def must_accumulate(cls, cumulative: bool, info: ValidationInfo) -> bool:
        if not cumulative:
            return cumulative
        if "metric" in info.data and not info.data["metric"].accumulates:
            raise complaint("Only events and people can be counted cumulatively.")
        if info.data.get("rolling"):
            raise complaint("Either rolling or cumulative, not both.")
        return cumulative

    @field_validator("formulas")
    @classmethod
    def must_have_their_events(
        cls, formulas: tuple[Formula, ...], info: ValidationInfo
    ) -> tuple[Formula, ...]:
        if formulas and info.data.get("breakdown"):
            raise complaint("A formula has no groups: leave out the breakdown or the formulas.")
        if "events" in info.data:
            count = len(info.data["events"])
            complaints(
                ((n, "expression"), reason)
                for n, each in enumerate(formulas)
                if (reason := each.misread(count))
            )
        return formulas

    @field_validator("events")
    @classmethod
    def must_be_measured(
        cls, events: tuple[AnyCounted, ...], info: ValidationInfo
    ) -> tuple[AnyCounted, ...]:
        """All of them where the metric says so, and otherwise none."""
        wanted = info.data.get("metric") is Metric.MEASURE
        text = "This is required." if wanted else "Only with the metric “measure”."
        complaints(
            ((n, "measure"), text)
            for n, each in enumerate(events)
            if "metric" in info.data and (each.measure is not None) != wanted
        )
        return events

    @field_validator("granularities")
    @classmethod
    def must_differ(cls, chosen: tuple[Granularity, ...]) -> tuple[Granularity, ...]:
        if len(set(chosen)) < len(chosen):
            raise complaint("A granularity stands here twice.")
        return chosen

    @property
    def most_points(self) -> int:
        """How many points an answer has at most."""
        buckets = sum(each.most_buckets(self.period.most_days) for each in self.granularities)
        # A breakdown adds all others together, and no value.
        series = max(1, len(self.segments)) * (len(self.events) + len(self.formulas))
        series *= self.breakdown.limit + 3 if self.breakdown else 1
        return buckets * series * (2 if self.compare else 1)

    def too_large(self) -> Problems:
        if self.most_points <= MOST_POINTS:
            return {}
        fewer = "segments or events" if self.breakdown is None else "segments, events or values"
        text = (
            f"This would be up to {self.most_points:,} points, and {MOST_POINTS:,} are allowed:"
            f" choose longer buckets, fewer days, or fewer {fewer}."
        )
        return {"granularities": [text]}

    def __str__(self) -> str:
        counted = ", ".join(map(str, (*self.events, *self.formulas)))
        lead = "" if self.metric is Metric.MEASURE else f"{self.metric.label} of "
        return ", ".join([f"{lead}{counted}", *self.spans, str(self.period)])

    @property
    def spans(self) -> list[str]:
        """Over which time a bucket counts, in words, where it is not its own."""
        rolling = [f"rolling over {self.rolling} days"] if self.rolling else []
        return rolling + (["cumulative"] if self.cumulative else [])

    @property
    def notes(self) -> list[str]:
        """What has to be known to read its numbers: that a bucket counts longer than it lasts."""
        if self.rolling:
            return [f"Each day counts people of the {self.rolling} days that end with it."]
        return ["Each number counts from the start of the period."] if self.cumulative else []

    def counts(self, granularity: Granularity) -> str:
        """What numbers of buckets of a size count: "People each day", "Sum of price each week"."""
        own = {self.metric.counted, *(str(each.measure or "") for each in self.events)} - {""}
        words = " and ".join([*sorted(own), *(["formulas"] if self.formulas else [])])
        days = f"of {self.rolling} days up to " if self.rolling else ""
        since = "up to " if self.cumulative else ""
        return f"{words[:1].upper()}{words[1:]} {days or since}each {granularity}"


class Funnel(Report):
    """Who gets from step to step within a conversion window."""

    shares: ClassVar[Mapping[str, str]] = {
        "first": ", share of the first step",
        "previous": ", share",
    }

    kind: Literal["funnel"] = Field(description=KIND_HELP)
    period: Period = Field(description=PERIOD_HELP)
    window: Window = Field(description="How long a person has for all steps.")
    segments: tuple[SegmentChoice, ...] = Field(
        default=(), max_length=MAX_FUNNEL_SEGMENTS, description=SEGMENTS_HELP
    )
    exclusive: Exclusive = False
    steps: tuple[Entry, ...] = Field(
        min_length=MIN_STEPS, max_length=MAX_STEPS, description="In order, but for `order: any`."
    )
    order: Order = Field(
        default=Order.IN_ORDER,
        exclude_if=Order.IN_ORDER.__eq__,
        description="In order, in any (the steps of the result are then “1 of n” …), or in order "
        "with no other event of the person between.",
    )
    hold: tuple[Name, ...] = Field(
        default=(),
        max_length=MAX_HELD,
        exclude_if=not_,
        description="Properties of which all events of an attempt have the same value; not of "
        "lists. An event without a value fills no step.",
        json_schema_extra={"uniqueItems": True},
    )
    exclusions: tuple[Exclusion, ...] = Field(
        default=(),
        max_length=MAX_EXCLUSIONS,
        exclude_if=not_,
        description="What must not happen between two steps of an attempt; another attempt of the "
        "person may still get on. `in_order` only.",
    )
    completion: Completion = Field(
        default=Completion.WITHIN_PERIOD,
        description="Whether later steps have to lie in the period, too.",
    )
    breakdown: Breakdown | None = Field(
        default=None, exclude_if=is_absent, description=BREAKDOWN_HELP
    )
    compare: Compare | None = Field(default=None, exclude_if=is_absent, description=COMPARE_HELP)
    over_time: OverTime | None = Field(
        default=None,
        exclude_if=is_absent,
        description="The conversion of each bucket of the period, too.",
    )
    time_to_convert: TimeToConvert | None = Field(
        default=None, exclude_if=is_absent, description="How long people took, too."
    )

    check_exclusive = field_validator("exclusive")(check_exclusive)
    check_hold = field_validator("hold")(check_hold)
    check_exclusions = field_validator("exclusions")(check_exclusions)
    check_breakdown = field_validator("breakdown")(check_breakdown)
    check_times = field_validator("time_to_convert")(check_times)

    @property
    def entries(self) -> tuple[AnyEntry, ...]:
        """What an attempt may begin with."""
        return self.steps if self.order is Order.ANY else self.steps[:1]

    @property
    def labels(self) -> tuple[str, ...]:
        """What each step of the answer is called: in any order they are no events of their own."""
        count = len(self.steps)
        if self.order is Order.ANY:
            return tuple(f"{n + 1} of {count}" for n in range(count))
        return tuple(map(str, self.steps))

    def __str__(self) -> str:
        joined = (", " if self.order is Order.ANY else " → ").join(map(str, self.steps))
        said = [f"{joined} within {self.window}"]
        said += [] if self.order is Order.IN_ORDER else [self.order.label]
        said += [f"the same {' and '.join(self.hold)}"] if self.hold else []
        return ", ".join([*said, *map(str, self.exclusions), str(self.period)])


Definition: TypeAlias = Segmentation | Funnel | Retention
READ_DEFINITION: TypeAdapter[Definition] = TypeAdapter(
    Annotated[Definition, Field(discriminator="kind")]
)
READ_CONDITION: TypeAdapter[AnyCondition] = TypeAdapter(Condition)


def parse(data: object, catalogue: Catalogue) -> Definition:
    """The only way in, whether from a form, the API or a saved report.

    Raises Invalid with every problem at its path ("steps.1.event"); "" is the definition itself.
    """
    try:
        definition = READ_DEFINITION.validate_python(data, context=Reading(catalogue))
    except ValidationError as error:
        raise Invalid(problems_of(error)) from error
    if too_large := definition.too_large():
        raise Invalid(too_large)
    return definition


def read_stored(data: object) -> Definition:
    """What was parsed once, whatever the catalogue has become since. Raises Invalid where another
    version of the product wrote what this one cannot read."""
    try:
        return READ_DEFINITION.validate_python(data)
    except ValidationError as error:
        raise Invalid(problems_of(error)) from error


class WithPeriod(Part):
    """A period that is no part of a definition, at the path of its own."""

    period: Period


def parse_period(data: object) -> PresetPeriod | CustomPeriod:
    """One period for several reports. Raises Invalid with every problem at its path ("period")."""
    try:
        return WithPeriod.model_validate({"period": data}).period
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
    """The only way out. Defaults are written down, so changing one leaves saved reports alone;
    options that were not asked for are left out."""
    return definition.model_dump(mode="json", by_alias=True)
