"""What an answer may be broken down by."""

from collections.abc import Iterable
from itertools import chain
from typing import Annotated, ClassVar

from pydantic import Field, Strict, Tag, ValidationInfo

from analytics.definitions.conditions import Catalogue
from analytics.definitions.events import AnyEntry, Meant
from analytics.definitions.parts import Name, Part, complaint, keyed
from analytics.definitions.steps import Order
from people.values import Type

MAX_VALUES_SHOWN = 50
Shown = Annotated[
    int,
    Strict(),
    Field(ge=1, le=MAX_VALUES_SHOWN, description="How many values, the largest first."),
]


class ByProperty(Part):
    """A breakdown by a property of the event; of a funnel, of the event that filled step 1."""

    of_events: ClassVar[bool] = True
    property: Name = Field(description="Which property of the event.")
    limit: Shown = 10

    def __str__(self) -> str:
        return self.property

    def types(self, entries: Iterable[Meant], catalogue: Catalogue) -> set[Type]:
        """What the catalogue knows of the values, over the events of entries."""
        found = (each.types_of(self.property, catalogue).values() for each in entries)
        return set(chain.from_iterable(found))


class ByAttribute(Part):
    """A breakdown by an attribute, as it is now."""

    of_events: ClassVar[bool] = False
    attribute: Name = Field(description="Which attribute of the person.")
    limit: Shown = 10

    def __str__(self) -> str:
        return self.attribute

    def types(self, _entries: Iterable[Meant], catalogue: Catalogue) -> set[Type]:
        known = catalogue.attributes.get(self.attribute)
        return {known} if known else set()


# Each says whether its values are of events or of people, and of which types they are.
AnyBreakdown = ByProperty | ByAttribute


Breakdown = Annotated[
    Annotated[ByProperty, Tag("<property>")] | Annotated[ByAttribute, Tag("<attribute>")],
    keyed(property="<property>", attribute="<attribute>"),
]


def check_breakdown(breakdown: AnyBreakdown | None, info: ValidationInfo) -> AnyBreakdown | None:
    """Instants differ from each other, so a group for each would tell nothing; and whoever goes
    through a funnel is in one group."""
    if not info.context or breakdown is None:
        return breakdown
    entries: tuple[AnyEntry, ...] = info.data.get("events") or info.data.get("steps", ())
    if info.data.get("order", Order.ANY) is not Order.ANY:
        entries = entries[:1]
    known = breakdown.types(entries, info.context.catalogue)
    if Type.DATETIME in known:
        raise complaint(f"“{breakdown}” holds instants; break down by something with fewer values.")
    if Type.LIST in known and "steps" in info.data:
        raise complaint(f"“{breakdown}” holds lists, and a funnel needs one value of each person.")
    return breakdown
