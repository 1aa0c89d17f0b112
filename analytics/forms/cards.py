"""The cards of the form and their rows: fields of a URL ↔ pieces of a definition.

Each can be `read` from parameters, made `of` a piece of a definition, give its `fields` and `dump`
its piece; `renumber` moves it to another place of the form.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from analytics.definitions.conditions import Catalogue
from analytics.forms.comparisons import Comparison, dumped
from analytics.forms.conditions import Filtered, Group
from analytics.forms.fields import Fields, Row, fields_of
from people.values import Type

EVERYBODY, NEW = "", "new"


@dataclass
class EventCard(Filtered):
    """An event with its filters; `name` is what the legend calls it."""

    prefix: str
    event: str = ""
    filters: list[Comparison] = field(default_factory=list)
    properties: Mapping[str, Type] = field(default_factory=dict)
    name: str = ""
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, query: QueryDict, prefix: str, catalogue: Catalogue) -> "EventCard":
        event = query.get(prefix, "")
        types = catalogue.properties.get(event, {})
        filters = Comparison.all(query, f"{prefix}-filter", "property", types)
        return cls(prefix, event, filters, types, query.get(f"{prefix}-name", ""))

    @classmethod
    def of(cls, prefix: str, event: Mapping[str, Any]) -> "EventCard":
        filters = [
            Comparison.of(f"{prefix}-filter-{n}", "property", each)
            for n, each in enumerate(event["filters"])
        ]
        return cls(prefix, event["event"], filters, name=event.get("name", ""))

    def fields(self) -> Fields:
        named = [(f"{self.prefix}-name", self.name)] if self.name else []
        return [(self.prefix, self.event), *named, *fields_of(self.filters)]

    def dump(self) -> dict[str, Any]:
        named = {"name": self.name} if self.name else {}
        return {"event": self.event, "filters": dumped(self.filters), **named}


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
