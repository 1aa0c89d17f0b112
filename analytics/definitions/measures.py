"""A measure: what is made of the values that matching events have in a property."""

from pydantic import Field

from analytics.definitions.parts import Name, Part, Word


class Aggregate(Word):
    """How several values become one number; `average` … of numbers alone (contract §2)."""

    SUM = "sum", "sum"
    AVERAGE = "average", "average"
    MEDIAN = "median", "median"
    P90 = "p90", "90th percentile"
    MINIMUM = "minimum", "minimum"
    MAXIMUM = "maximum", "maximum"
    DISTINCT = "distinct", "number of different values"

    @property
    def takes_numbers(self) -> bool:
        return self is not Aggregate.DISTINCT

    @property
    def of_nothing(self) -> int | None:
        """What comes of no value at all."""
        return 0 if self in (Aggregate.SUM, Aggregate.DISTINCT) else None


class Measure(Part):
    """An aggregate of a property."""

    aggregate: Aggregate = Field(
        description="Of the numbers; `distinct`: how many different values, as text, of lists "
        "those of their elements. `median` and `p90` interpolate linearly."
    )
    property: Name = Field(description="Which property of the events.")

    def __str__(self) -> str:
        return f"{self.aggregate.label} of {self.property}"
