"""Who comes back: people by when they began, and what they did in the buckets after."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, Field, Strict

from analytics.definitions.events import AnyEntry, Entry
from analytics.definitions.parts import KIND_HELP, MOST_POINTS, Problems, Report, Word, complaint
from analytics.definitions.periods import PERIOD_HELP, Granularity, Period
from analytics.definitions.segments import MAX_SEGMENTS, SEGMENTS_HELP, SegmentChoice

MAX_INTERVALS = 60
# A cohort is of people who began on a day or later than that; an hour has too few of them.
SIZES = (Granularity.DAY, Granularity.WEEK, Granularity.MONTH)


class CohortEntry(Word):
    FIRST_TIME = "first_time", "their very first one"
    EVERY = "every", "each of them"


class Counting(Word):
    ON = "on", "in"
    ON_OR_AFTER = "on_or_after", "in or after"


def read_size(value: object) -> object:
    if value not in SIZES:
        raise complaint("Use one of 'day', 'week' or 'month'.")
    return value


Size: TypeAlias = Literal[Granularity.DAY, Granularity.WEEK, Granularity.MONTH]


class Retention(Report):
    """Who comes back: of those who began in a day, week or month, who returned n of them later."""

    shares: ClassVar[Mapping[str, str]] = {"first": ", share of them"}

    # What other kinds may have, and this one has not.
    breakdown: ClassVar[None] = None
    compare: ClassVar[None] = None
    exclusive: ClassVar[bool] = False

    kind: Literal["retention"] = Field(description=KIND_HELP)
    period: Period = Field(description=PERIOD_HELP)
    granularity: Annotated[Size, BeforeValidator(read_size)] = Field(
        description="The size of cohorts and intervals."
    )
    intervals: Annotated[int, Strict(), Field(ge=1, le=MAX_INTERVALS)] = Field(
        description="How many intervals after the cohort’s own, which is interval 0."
    )
    entry: Entry = Field(description="What people began with.")
    returning: Entry = Field(alias="return", description="What they came back to.")
    cohort: CohortEntry = Field(
        default=CohortEntry.FIRST_TIME,
        description="Whether somebody is in the cohort of their very first entry, or of each.",
    )
    counting: Counting = Field(
        default=Counting.ON,
        description="Whether an interval counts who returned in it, or in it or later.",
    )
    segments: tuple[SegmentChoice, ...] = Field(
        default=(), max_length=MAX_SEGMENTS, description=SEGMENTS_HELP
    )

    @property
    def events(self) -> tuple[AnyEntry, AnyEntry]:
        """What people began with, and what they came back to."""
        return self.entry, self.returning

    @property
    def most_points(self) -> int:
        """How many intervals of cohorts an answer has at most."""
        cohorts = self.granularity.most_buckets(self.period.most_days)
        return cohorts * (self.intervals + 1) * max(1, len(self.segments))

    def too_large(self) -> Problems:
        if self.most_points <= MOST_POINTS:
            return {}
        text = (
            f"This would be up to {self.most_points:,} intervals of cohorts, and {MOST_POINTS:,}"
            " are allowed: choose fewer of them, longer ones, fewer days, or fewer segments."
        )
        return {"intervals": [text]}

    def __str__(self) -> str:
        size = f"{self.granularity}{'' if self.intervals == 1 else 's'}"
        return f"{self.entry}, then {self.returning} in {self.intervals} {size}, {self.period}"
