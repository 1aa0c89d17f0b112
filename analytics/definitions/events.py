"""Entries of a report: which events are counted together, as one series or one step."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from operator import not_
from typing import Annotated, Any, Self, TypeAlias

from pydantic import (
    Field,
    Tag,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)

from analytics.definitions.conditions import (
    FILTERS_HELP,
    MAX_FILTERS,
    Catalogue,
    PropertyFilter,
    tell_event,
)
from analytics.definitions.measures import Measure
from analytics.definitions.parts import Name, Part, is_absent, keyed
from people.values import Type

FEWEST_ALTERNATIVES, MOST_ALTERNATIVES = 2, 5
ANY_EVENT = "Any event"
FIRST_TIME = "first time"


class Meant(Part, ABC):
    """Events that are counted together: one name or several, or any."""

    @property
    @abstractmethod
    def alternatives(self) -> "tuple[Alternative, ...]":
        """An event counts, once, that is one of these."""

    @property
    def names(self) -> frozenset[str] | None:
        """The names of its events; None is any."""
        names = [each.event for each in self.alternatives]
        return None if None in names else frozenset(filter(None, names))

    @property
    def is_filtered(self) -> bool:
        """Whether an event of its names may not count."""
        return any(each.filters for each in self.alternatives)

    def shares_events_with(self, other: "Meant") -> bool:
        """Whether an event can be of both, as far as names tell."""
        return self.names is None or other.names is None or bool(self.names & other.names)

    def types_of(self, name: str, catalogue: Catalogue) -> Mapping[str, Type]:
        """By event the type that a property has in the catalogue, where it has one."""
        names = self.names
        return {
            event: types[name]
            for event, types in catalogue.properties.items()
            if name in types and (names is None or event in names)
        }


class Alternative(Meant):
    """Events of one name, or of any; all filters must hold."""

    event: Name | None = Field(description="The name of the event; null is any event.")
    filters: tuple[PropertyFilter, ...] = Field(
        default=(), max_length=MAX_FILTERS, description=FILTERS_HELP
    )

    @property
    def alternatives(self) -> "tuple[Alternative, ...]":
        return (self,)

    @model_validator(mode="wrap")
    @classmethod
    def tell_filters(
        cls, data: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Self:
        tell_event(info, data, "event")
        return handler(data)  # type: ignore[no-any-return]

    def words(self, note: str = "") -> str:
        """How people say it, a note behind the event: "Play (first time) · genre is jazz"."""
        event = " ".join(filter(None, (self.event or ANY_EVENT, note)))
        return " · ".join(filter(None, (event, ", ".join(map(str, self.filters)))))

    def __str__(self) -> str:
        return self.words()


class Named(Meant):
    """What every entry may say beside its events."""

    name: Annotated[Name, Field(max_length=100)] | None = Field(
        default=None,
        exclude_if=is_absent,
        description="What legends call it; its event and filters if absent.",
    )
    first_time: bool = Field(
        default=False,
        strict=True,
        exclude_if=not_,
        description="Only each person's very first event of that name, or of any of those names, "
        "in all that is known; the filters are tested on it.",
    )

    @property
    def is_filtered(self) -> bool:
        return self.first_time or super().is_filtered

    def __str__(self) -> str:
        note = f"({FIRST_TIME})" if self.first_time else ""
        return self.name or " or ".join(each.words(note) for each in self.alternatives)


class EventFilter(Named, Alternative):
    """Events of one name, or of any; all filters must hold."""


class EventUnion(Named):
    """Events of several names as one; who fits several of them counts once."""

    any_of: tuple[Alternative, ...] = Field(
        min_length=FEWEST_ALTERNATIVES,
        max_length=MOST_ALTERNATIVES,
        description="Which events are meant.",
    )

    @property
    def alternatives(self) -> tuple[Alternative, ...]:
        return self.any_of


class Measured(Named):
    """What entries of a segmentation may say besides."""

    measure: Measure | None = Field(
        default=None,
        exclude_if=is_absent,
        description="With the metric `measure`, and only with it: what is computed of the events.",
    )

    def __str__(self) -> str:
        words = super().__str__()
        return f"{words} · {self.measure}" if self.measure and not self.name else words


class CountedEvent(Measured, EventFilter):
    """Events of one name, or of any; all filters must hold."""


class CountedUnion(Measured, EventUnion):
    """Events of several names as one; who fits several of them counts once."""


AnyCounted: TypeAlias = CountedEvent | CountedUnion
CountedEntry = Annotated[
    Annotated[CountedEvent, Tag("<event>")] | Annotated[CountedUnion, Tag("<any_of>")],
    keyed("<event>", any_of="<any_of>"),
]
AnyEntry: TypeAlias = EventFilter | EventUnion
Entry = Annotated[
    Annotated[EventFilter, Tag("<event>")] | Annotated[EventUnion, Tag("<any_of>")],
    keyed("<event>", any_of="<any_of>"),
]


def names_of(entries: Iterable[Meant]) -> frozenset[str] | None:
    """The names of the events of several entries; None is any."""
    found: frozenset[str] = frozenset()
    for each in entries:
        if (names := each.names) is None:
            return None
        found |= names
    return found
