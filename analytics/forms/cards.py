"""The cards of the form and their rows: fields of a URL ↔ pieces of a definition.

Each can be `read` from parameters, made `of` a piece of a definition, give its `fields` and `dump`
its piece; `renumber` moves it to another place of the form.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.http import QueryDict

from analytics.definitions.conditions import Catalogue
from analytics.definitions.events import ANY_EVENT, MOST_ALTERNATIVES
from analytics.definitions.measures import Aggregate
from analytics.definitions.titles import title_of
from analytics.forms.comparisons import Comparison, dumped
from analytics.forms.conditions import Filtered, Group, appended
from analytics.forms.fields import Fields, Row, fields_of, numbers, renumber
from people.values import Type

EVERYBODY, NEW = "", "new"


@dataclass(frozen=True)
class Known:
    """What the form knows of a project; `shared` are properties of whatever event, where all that
    have them agree on their type."""

    catalogue: Catalogue
    shared: Mapping[str, Type] = field(default_factory=dict)
    # Whether each event says what is measured of it.
    measures: bool = False

    def properties_of(self, event: str, *, is_any: bool) -> Mapping[str, Type]:
        """What there is to choose from in the filters of an event, or of any."""
        return self.shared if is_any else self.catalogue.properties.get(event, {})


@dataclass
class Choice(Filtered):
    """Events of one name, or of any, with filters. Who names an event again means it alone."""

    prefix: str
    event: str = ""
    any: bool = False
    filters: list[Comparison] = field(default_factory=list)
    properties: Mapping[str, Type] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, query: QueryDict, prefix: str, known: Known) -> Self:
        event = query.get(prefix, "")
        is_any = f"{prefix}-any" in query and not event
        types = known.properties_of(event, is_any=is_any)
        filters = Comparison.all(query, f"{prefix}-filter", "property", types)
        return cls(prefix, event, is_any, filters, types)

    @classmethod
    def of(cls, prefix: str, alternative: Mapping[str, Any]) -> Self:
        event = alternative["event"]
        filters = [
            Comparison.of(f"{prefix}-filter-{n}", "property", each)
            for n, each in enumerate(alternative["filters"])
        ]
        return cls(prefix, event or "", event is None, filters)

    @property
    def is_chosen(self) -> bool:
        return bool(self.event) or self.any

    @property
    def title(self) -> str:
        return self.event or (ANY_EVENT if self.any else "")

    def fields(self) -> Fields:
        some = [(f"{self.prefix}-any", "on")] if self.any else []
        return [(self.prefix, self.event), *some, *fields_of(self.filters)]

    def alternative(self) -> dict[str, Any]:
        """Its piece of a definition."""
        return {"event": None if self.any else self.event, "filters": dumped(self.filters)}


@dataclass
class EventCard(Choice):
    """An entry of the report: an event or one of several; `name` is what the legend calls it."""

    name: str = ""
    first_time: bool = False
    others: list[Choice] = field(default_factory=list)
    is_measured: bool = False
    aggregate: str = Aggregate.SUM
    measured: str = ""

    @classmethod
    def read(cls, query: QueryDict, prefix: str, known: Known) -> Self:
        card = super().read(query, prefix, known)
        card.is_measured = known.measures
        card.aggregate = query.get(f"{prefix}-measure") or Aggregate.SUM
        card.measured = query.get(f"{prefix}-of", "")
        card.name, card.first_time = query.get(f"{prefix}-name", ""), f"{prefix}-first" in query
        card.others = [
            Choice.read(query, f"{prefix}-or-{n}", known)
            for n in numbers(query, rf"{prefix}-or-(\d+)$")
        ]
        return card

    @classmethod
    def of(cls, prefix: str, entry: Mapping[str, Any]) -> Self:
        own, *others = entry.get("any_of", [entry])
        card = super().of(prefix, own)
        card.name, card.first_time = entry.get("name", ""), entry.get("first_time", False)
        card.others = [Choice.of(f"{prefix}-or-{n}", each) for n, each in enumerate(others)]
        if measure := entry.get("measure"):
            card.is_measured = True
            card.aggregate, card.measured = measure["aggregate"], measure["property"]
        return card

    @property
    def choices(self) -> list[Choice]:
        """Its events, in the order that they stand in."""
        return [self, *self.others]

    @property
    def measurable(self) -> list[str]:
        """The properties that its aggregate can be of, and the one that is chosen."""
        types = {name: kind for each in self.choices for name, kind in each.properties.items()}
        takes_all = self.aggregate == Aggregate.DISTINCT
        found = {name for name, kind in types.items() if takes_all or kind is Type.NUMBER}
        return sorted(found | ({self.measured} if self.measured else set()), key=title_of)

    @property
    def is_unmeasured(self) -> bool:
        """Whether it is still to be chosen what is measured."""
        return self.is_measured and not self.measured

    @property
    def may_have_more(self) -> bool:
        return len(self.choices) < MOST_ALTERNATIVES

    def renumber(self, prefix: str) -> None:
        super().renumber(prefix)
        renumber(self.others, f"{prefix}-or")

    def add(self, what: str) -> Row | None:
        return appended(self.others, Choice("")) if what == "or" else super().add(what)

    def place(self, path: str) -> Iterator[tuple[str, Row]]:
        if not self.others:
            yield from super().place(path)
            return
        yield path, self
        yield from super().place(f"{path}.any_of.0")
        for n, each in enumerate(self.others):
            yield from each.place(f"{path}.any_of.{n + 1}")

    def fields(self) -> Fields:
        told = {"name": self.name, "first": "on" if self.first_time else ""}
        told |= {"measure": self.aggregate, "of": self.measured} if self.measured else {}
        own = [(f"{self.prefix}-{key}", value) for key, value in told.items() if value]
        return [*super().fields(), *own, *fields_of(self.others)]

    def dump(self) -> dict[str, Any]:
        if self.others:
            entry: dict[str, Any] = {"any_of": [each.alternative() for each in self.choices]}
        else:
            entry = self.alternative()
        told: dict[str, Any] = {"name": self.name, "first_time": self.first_time}
        if self.is_measured:
            told["measure"] = {"aggregate": self.aggregate, "property": self.measured}
        return entry | {key: value for key, value in told.items() if value}


@dataclass
class SegmentCard:
    """A segment: a saved one by its id, everybody, or one that is made here."""

    prefix: str
    choice: str = EVERYBODY
    name: str = ""
    group: Group = field(default_factory=lambda: Group(""))
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, query: QueryDict, prefix: str, catalogue: Catalogue) -> "SegmentCard":
        group = Group.read(query, prefix, catalogue)
        return cls(prefix, query.get(prefix, EVERYBODY), query.get(f"{prefix}-name", ""), group)

    @classmethod
    def of(cls, prefix: str, segment: Mapping[str, Any]) -> "SegmentCard":
        if "segment" in segment:
            return cls(prefix, segment["segment"])
        return cls(prefix, NEW, segment["name"], Group.of(prefix, segment["condition"]))

    @property
    def is_new(self) -> bool:
        return self.choice == NEW

    @property
    def is_unfinished(self) -> bool:
        if not self.is_new:
            return False
        return self.group.is_empty or any(each.is_unfinished for each in self.comparisons)

    @property
    def comparisons(self) -> list[Comparison]:
        return list(self.group.comparisons) if self.is_new else []

    def renumber(self, prefix: str) -> None:
        self.prefix = prefix
        self.group.renumber(prefix)

    def add(self, what: str) -> Row | None:
        return self.group.add(what)

    def place(self, path: str) -> Iterator[tuple[str, Row]]:
        yield path, self
        if self.is_new:
            yield from self.group.place(f"{path}.condition")

    def fields(self) -> Fields:
        if not self.is_new:
            return [(self.prefix, self.choice)]
        return [
            (self.prefix, self.choice),
            (f"{self.prefix}-name", self.name),
            *self.group.fields(),
        ]

    def dump(self) -> dict[str, Any]:
        if not self.is_new:
            return {"segment": self.choice}
        name = self.name or str(self.group)[:100] or "Segment"
        return {"name": name, "condition": self.group.dump()}
