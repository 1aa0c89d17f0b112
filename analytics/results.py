"""What an answer says: typed, frozen results in the shape of contract §4.

The engine returns them, JSON is their dump, and what a cache or the database kept is parsed by
them. What was not asked for (a comparison, a breakdown, the parts of a count) is not set, and so
not in the JSON; `None` is a value that is not known.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from analytics.definitions.metrics import Metric
from analytics.definitions.periods import Granularity

PREVIOUS_HELP = "With `compare`: the same over as many days just before."
BREAKDOWN_HELP = (
    "With `breakdown`: the largest values (at most `limit`, largest first), then all others "
    "together and no value, where anything is counted in them. Of a list each element counts."
)
Share: TypeAlias = float | None


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Days(Part):
    """Days, both included, in the project's time zone."""

    start: date = Field(description="The first day.")
    end: date = Field(description="The last day.")


class GroupLabel(Part):
    """Which group of a breakdown: a value, all others together, or no value."""

    group: Literal["value", "other", "missing"] = Field(
        description="A value, all others together, or no value."
    )
    value: str | None = Field(description="The value as text; null for the other two groups.")
    label: str = Field(description="What legends call it.")


class Answer(Part):
    """What results of every kind carry."""

    as_of: AwareDatetime = Field(description="When it was computed.")
    timezone: str = Field(description="In which days and buckets begin: the project's time zone.")
    period: Days = Field(description="The days that were asked for.")
    previous_period: Days | None = Field(default=None, description=PREVIOUS_HELP)
    warnings: tuple[Literal["registration_unbounded"], ...] = Field(
        description="`registration_unbounded`: the size of a segment grows beside the numbers."
    )

    @property
    def groups(self) -> tuple[GroupLabel, ...]:
        """All groups of its breakdown; none where it has none."""
        return ()

    def without_groups(self) -> Self:
        """The same numbers without a breakdown."""
        return self

    def dump(self) -> dict[str, Any]:
        """The JSON of contract §4."""
        return self.model_dump(mode="json", exclude_unset=True)


class Overlap(Part):
    """Some segments and how many people are in all of them, exclusive or not."""

    segments: tuple[int, ...] = Field(description="Indexes in `segments`.")
    people: int = Field(description="How many people are in all of them.")


OVERLAP_HELP = (
    "Of several segments who is in more than one: each pair and, of more than two, all of them."
)


# --- Segmentation -------------------------------------------------------------------------------


class Number(Part):
    """One number; a ratio carries its parts, and is null where it would be divided by 0."""

    value: int | float | None = Field(description="null where nothing can be divided.")
    numerator: int | None = Field(default=None, description="Of a ratio alone.")
    denominator: int | None = Field(default=None, description="Of a ratio alone.")


class Point(Number):
    """The number of one bucket."""

    start: str = Field(description="The bucket's first day; of an hour an ISO time with offset.")
    partial: bool = Field(description="Cut by the period, or not over yet.")


class Numbers(Part):
    """The number of the whole period, and of each bucket."""

    total: Number = Field(description="Of the whole period; never the sum of the buckets.")
    points: tuple[Point, ...] = Field(description="One a bucket, zero or not.")


class ComparedNumbers(Numbers):
    previous: Numbers | None = Field(default=None, description=PREVIOUS_HELP)


class SeriesGroup(ComparedNumbers, GroupLabel):
    """One group of a breakdown of a series."""


class Series(ComparedNumbers):
    """One event of one segment, or one formula, bucket by bucket."""

    segment: int = Field(description="Index in `segments`.")
    event: int | None = Field(description="Index in the definition's `events`; null of a formula.")
    formula: int | None = Field(
        default=None, description="Of a formula: index in the definition's `formulas`."
    )
    label: str = Field(description="What legends call the event or the formula.")
    granularity: Granularity = Field(description="The size of its buckets.")
    breakdown: tuple[SeriesGroup, ...] | None = Field(default=None, description=BREAKDOWN_HELP)


class SegmentSize(Part):
    """A segment and how many people are in it now."""

    name: str = Field(description="What legends call it.")
    size: int = Field(description="How many people are in it now.")


class SegmentationResult(Answer):
    """How many events and people, over time."""

    kind: Literal["segmentation"] = Field(description="Which kind of result it is.")
    metric: Metric = Field(description="What is counted.")
    segments: tuple[SegmentSize, ...] = Field(description="Whose numbers they are.")
    overlap: tuple[Overlap, ...] = Field(default=(), description=OVERLAP_HELP)
    series: tuple[Series, ...] = Field(
        description="Segment by segment, event by event, then formula by formula, granularity "
        "by granularity."
    )

    @property
    def groups(self) -> tuple[GroupLabel, ...]:
        return tuple(group for each in self.series for group in each.breakdown or ())

    def without_groups(self) -> Self:
        bare = tuple(each.model_copy(update={"breakdown": None}) for each in self.series)
        return self.model_copy(update={"series": bare})

    @property
    def granularities(self) -> tuple[Granularity, ...]:
        return tuple(dict.fromkeys(each.granularity for each in self.series))

    def by(self, granularity: Granularity) -> tuple[Series, ...]:
        """The series of one granularity."""
        return tuple(each for each in self.series if each.granularity is granularity)


# --- Funnel -------------------------------------------------------------------------------------


class StepNumbers(Part):
    """How many people got to a step; shares are null where they would be divided by 0."""

    people: int = Field(description="How many people reached it.")
    of_previous: Share = Field(description="Their share of those at the step before.")
    of_first: Share = Field(description="Their share of those at the first step.")
    dropped: int = Field(description="Reached the step before and not this one.")
    dropped_share: Share = Field(description="Their share of those at the step before.")
    median_seconds: float | None = Field(
        description="From the step before, in each person's counted attempt; null for step 1."
    )


class Step(StepNumbers):
    """One step of a funnel."""

    label: str = Field(description="What legends call it.")
    previous: StepNumbers | None = Field(default=None, description=PREVIOUS_HELP)


class Conversion(Part):
    """How many of those who entered completed the funnel, and of how many that is still open."""

    conversion: Share = Field(description="Who completed ÷ who entered.")
    still_open: int = Field(description="Who did not complete and still may.")


class Journey(Conversion):
    """The steps of some people: of a segment, or of one group of it."""

    steps: tuple[Step, ...] = Field(description="In order.")
    previous: Conversion | None = Field(default=None, description=PREVIOUS_HELP)

    @property
    def entered(self) -> int:
        return self.steps[0].people

    @property
    def completed(self) -> int:
        return self.steps[-1].people


class FunnelGroup(Journey, GroupLabel):
    """One group of a breakdown of a funnel."""


class EnteredBucket(Part):
    """Who entered in one bucket, each once, by the attempts that began in it."""

    start: str = Field(description="The bucket's first day; of an hour an ISO time with offset.")
    people: int = Field(description="How many entered.")
    converted: int = Field(description="How many of them completed such an attempt.")
    conversion: Share = Field(description="Who completed ÷ who entered.")
    partial: bool = Field(description="Cut by the period, or not over yet.")


class Bin(Part):
    """How many people took so long: from the first edge to before the second one."""

    since: float = Field(alias="from", description="Seconds; the shortest of this bin.")
    to: float = Field(description="Seconds; those belong to the next bin, but for the last one.")
    people: int = Field(description="How many.")

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)


class ConversionTimes(Part):
    """How long people took from one step to another, in their counted attempts."""

    people: int = Field(description="How many got that far.")
    average_seconds: float | None = Field(description="null where nobody did.")
    median_seconds: float | None = Field(description="null where nobody did.")
    bins: tuple[Bin, ...] = Field(
        description="Equal spans from the shortest to the longest; one where all are the same."
    )


class SegmentConversion(Conversion):
    """What of a whole segment is told beside its steps."""

    over_time: tuple[EnteredBucket, ...] | None = Field(
        default=None, description="With `over_time`: the conversion of each bucket."
    )
    time_to_convert: ConversionTimes | None = Field(
        default=None, description="With `time_to_convert`: how long people took."
    )


class FunnelSegment(SegmentConversion, Journey, SegmentSize):
    """The funnel of one segment."""

    previous: SegmentConversion | None = Field(default=None, description=PREVIOUS_HELP)

    breakdown: tuple[FunnelGroup, ...] | None = Field(default=None, description=BREAKDOWN_HELP)


class FunnelResult(Answer):
    """Who got from step to step."""

    kind: Literal["funnel"] = Field(description="Which kind of result it is.")
    segments: tuple[FunnelSegment, ...] = Field(description="The funnel of each segment.")
    overlap: tuple[Overlap, ...] = Field(default=(), description=OVERLAP_HELP)

    @property
    def groups(self) -> tuple[GroupLabel, ...]:
        return tuple(group for each in self.segments for group in each.breakdown or ())

    def without_groups(self) -> Self:
        bare = tuple(each.model_copy(update={"breakdown": None}) for each in self.segments)
        return self.model_copy(update={"segments": bare})


# --- Retention ----------------------------------------------------------------------------------


class Interval(Part):
    """Who of a cohort came back in an interval, and whether that can still grow."""

    people: int = Field(description="How many of the cohort count.")
    share: Share = Field(description="Their share of the cohort.")
    partial: bool = Field(description="Not over yet.")


class Cohort(Part):
    """Those who began in one day, week or month."""

    start: date = Field(description="Its own first day, even before the period.")
    people: int = Field(description="How many began in it.")
    intervals: tuple[Interval | None, ...] = Field(
        description="Interval 0 is the cohort; null: it has not begun."
    )


class RetentionSegment(SegmentSize):
    """Who of one segment came back."""

    average: tuple[Share, ...] = Field(
        description="Of each interval, over the cohorts in which it is over; null where none is."
    )
    cohorts: tuple[Cohort, ...] = Field(description="One a bucket of the period, empty or not.")


class RetentionResult(Answer):
    """Who came back."""

    kind: Literal["retention"] = Field(description="Which kind of result it is.")
    segments: tuple[RetentionSegment, ...] = Field(description="The cohorts of each segment.")


Result: TypeAlias = SegmentationResult | FunnelResult | RetentionResult
READ_RESULT: TypeAdapter[Result] = TypeAdapter(Annotated[Result, Field(discriminator="kind")])


def parse_result(data: object) -> Result:
    """A result from its JSON. Raises pydantic's ValidationError for what is none."""
    return READ_RESULT.validate_python(data)
