"""What is counted, how it is written, and by what it is divided."""

from enum import StrEnum
from typing import Self


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


NOBODY_THERE = "nobody is in the segment"


class Metric(StrEnum):
    """What is counted: its key and label, the words behind 1 and behind other numbers, how those
    are written, whether people are counted or events, by what that is divided, why it may be
    unknown, and its formula in a sentence (contract §3)."""

    label: str
    one: str
    many: str
    written: NumberFormat
    counts_people: bool
    divisor: Divisor
    unknown: str
    formula: str

    def __new__(
        cls,
        key: str,
        label: str,
        units: tuple[str, str],
        written: NumberFormat,
        counted: str,
        divisor: Divisor,
        unknown: str,
        formula: str,
    ) -> Self:
        metric = str.__new__(cls, key)
        metric._value_ = key
        metric.label, metric.written, metric.formula = label, written, formula
        metric.unknown = unknown
        metric.one, metric.many = units
        metric.counts_people, metric.divisor = counted == "people", divisor
        return metric

    EVENTS = (
        "events", "Events", ("event", "events"), NumberFormat.COUNT,
        "events", Divisor.NOTHING, "", "How many matching events happened.",
    )  # fmt: skip
    PEOPLE = (
        "people", "People", ("person", "people"), NumberFormat.COUNT,
        "people", Divisor.NOTHING, "",
        "How many different people did the event at least once.",
    )  # fmt: skip
    ADOPTION = (
        "adoption", "Adoption", ("of the people", "of the people"), NumberFormat.SHARE,
        "people", Divisor.SEGMENT, NOBODY_THERE,
        "People who did the event ÷ people in the segment.",
    )  # fmt: skip
    ENGAGEMENT = (
        "engagement", "Engagement", ("event a person", "events a person"), NumberFormat.RATE,
        "events", Divisor.SEGMENT, NOBODY_THERE, "Matching events ÷ people in the segment.",
    )  # fmt: skip
    FREQUENCY = (
        "frequency", "Frequency", ("time each", "times each"), NumberFormat.RATE,
        "events", Divisor.DOERS, "nobody did it",
        "Matching events ÷ people who did the event at least once.",
    )  # fmt: skip
    MEASURE = (
        "measure", "Measure", ("", ""), NumberFormat.RATE,
        "events", Divisor.NOTHING, "no matching event has such a number",
        "The sum, the average or another figure of a property of matching events.",
    )  # fmt: skip

    def unit(self, value: float) -> str:
        """The words behind a number: 1 person, 2 people."""
        return self.one if value == 1 else self.many

    @property
    def counted(self) -> str:
        """What its numbers count, as an axis says it; "" of a measure, which has its own words."""
        if self is Metric.FREQUENCY:
            return "events a person who did it"
        return f"% {self.many}" if self.written is NumberFormat.SHARE else self.many

    @property
    def accumulates(self) -> bool:
        """Whether it can be counted on and on, from the start of a period."""
        return self in (Metric.EVENTS, Metric.PEOPLE)

    @property
    def is_of_segment(self) -> bool:
        """Whether it is divided by people of the segment, so that the segment's bounds matter."""
        return self.divisor is Divisor.SEGMENT
