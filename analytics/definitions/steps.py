"""What a funnel may ask of its steps beside their order: exclusions, held properties, times."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import ConfigDict, Field, Strict, ValidationInfo, field_validator

from analytics.definitions.events import Alternative, Meant
from analytics.definitions.parts import Name, Part, Word, complaint, complaints
from analytics.definitions.periods import Granularity
from people.values import Type

MAX_HELD = 3
MAX_EXCLUSIONS = 5
MOST_BINS, USUAL_BINS = 100, 20
NO_SUCH_STEP = "The funnel has {} steps; they are counted from 0."

StepNumber = Annotated[int, Strict(), Field(ge=0)]


class Order(Word):
    """In which order the steps have to be taken."""

    IN_ORDER = "in_order", "in this order"
    ANY = "any", "in any order"
    STRICT = "strict", "in this order, with nothing else between"


def must_follow(later: int, info: ValidationInfo, before: str, key: str) -> int:
    """A step that comes after another one of the same part."""
    if (step := info.data.get(before)) is not None and later <= step:
        raise complaint(f"Give a step after “{key}”: {step + 1} or more.")
    return later


class Exclusion(Alternative):
    """An event that must not happen between two steps."""

    after: StepNumber = Field(description="The step that it must not follow, counted from 0.")
    before: StepNumber = Field(description="The step that it must not precede; a later one.")

    @field_validator("before")
    @classmethod
    def must_follow(cls, before: int, info: ValidationInfo) -> int:
        return must_follow(before, info, "after", "after")

    def words(self, note: str = "") -> str:
        event = super().words(note) if self.event else "event at all"
        return f"no {event} between step {self.after + 1} and {self.before + 1}"


class OverTime(Part):
    """The conversion of those who entered in each bucket of the period."""

    granularity: Granularity = Field(description="The size of the buckets.")

    def __str__(self) -> str:
        return f"by {self.granularity}"


class TimeToConvert(Part):
    """How long people took from one step to another, as a histogram."""

    model_config = ConfigDict(
        serialize_by_alias=True, validate_by_name=True, validate_by_alias=True
    )

    since: StepNumber = Field(alias="from", description="The step from which, counted from 0.")
    to: StepNumber = Field(description="The step until which; a later one.")
    bins: Annotated[int, Strict(), Field(ge=1, le=MOST_BINS)] = Field(
        default=USUAL_BINS, description="Into how many equal spans the times are sorted."
    )

    @field_validator("to")
    @classmethod
    def must_follow(cls, to: int, info: ValidationInfo) -> int:
        return must_follow(to, info, "since", "from")

    def __str__(self) -> str:
        return f"from step {self.since + 1} to {self.to + 1} in {self.bins} bars"


# --- Checks beside the steps, as validators of a funnel's fields --------------------------------


def check_hold(hold: tuple[Name, ...], info: ValidationInfo) -> tuple[Name, ...]:
    """One value of each event is held, so no property that is a list in any of them."""
    if len(set(hold)) < len(hold):
        raise complaint("A property stands here twice.")
    complaints(
        ((n,), f"“{name}” holds lists; only one value can be held.")
        for n, name in enumerate(hold)
        if any(has_list(each, name, info) for each in info.data.get("steps", ()))
    )
    return hold


def has_list(events: Meant, name: str, info: ValidationInfo) -> bool:
    return (
        info.context is not None
        and Type.LIST in events.types_of(name, info.context.catalogue).values()
    )


def check_exclusions(
    exclusions: tuple[Exclusion, ...], info: ValidationInfo
) -> tuple[Exclusion, ...]:
    if exclusions and info.data.get("order", Order.IN_ORDER) is not Order.IN_ORDER:
        raise complaint("Exclusions go with “in_order” alone.")
    complaints(
        problem for n, each in enumerate(exclusions) for problem in problems_with(each, n, info)
    )
    return exclusions


def problems_with(
    exclusion: Exclusion, place: int, info: ValidationInfo
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What of an exclusion does not go with the steps and with what is held."""
    count = len(info.data.get("steps", ()))
    if count and exclusion.before >= count:
        yield (place, "before"), NO_SUCH_STEP.format(count)
    for name in info.data.get("hold", ()):
        if has_list(exclusion, name, info):
            yield (place, "event"), f"Its “{name}” holds lists, and is to be held."


def check_times(times: TimeToConvert | None, info: ValidationInfo) -> TimeToConvert | None:
    count = len(info.data.get("steps", ()))
    if times and count and times.to >= count:
        raise complaint(NO_SUCH_STEP.format(count), at="to")
    return times
