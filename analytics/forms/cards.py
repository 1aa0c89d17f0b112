"""The cards of the form and their rows: fields of a URL ↔ pieces of a definition.

Each can be `read` from parameters, made `of` a piece of a definition, give its `fields` and `dump`
its piece; `renumber` moves it to another place of the form.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, cast

from django.http import QueryDict

from analytics.definitions.conditions import MAX_DEPTH, Catalogue, Recent, phrase
from analytics.definitions.operators import OPERATORS, Operator, Takes
from people.values import Type

Fields: TypeAlias = list[tuple[str, Any]]
EVERYBODY, NEW = "", "new"
NUMERIC = {Operator.LESS_THAN, Operator.AT_MOST, Operator.GREATER_THAN, Operator.AT_LEAST}
DAYS_SHOWN = (7, 14, 30, 90, 180, 365)


class Row(Protocol):
    """Something that stands at a numbered place of the form."""

    prefix: str

    def renumber(self, prefix: str) -> None: ...

    def fields(self) -> Fields: ...

    def add(self, what: str) -> None:
        """Add a new row to it, if it has rows of this kind."""


def fields_of(rows: Iterable[Row]) -> Fields:
    return [pair for row in rows for pair in row.fields()]


def renumber(rows: Sequence[Row], stem: str) -> None:
    for n, row in enumerate(rows):
        row.renumber(f"{stem}-{n}")


def numbers(query: QueryDict, pattern: str) -> list[int]:
    """The numbers that keys of a pattern have, in order."""
    return sorted({int(found[1]) for key in query if (found := re.match(pattern, key))})


def places(query: QueryDict, stem: str, key: str) -> list[str]:
    """The prefixes of the rows of a list, told by a key that each row has."""
    return [f"{stem}-{n}" for n in numbers(query, rf"{re.escape(stem)}-(\d+)-{key}$")]


def number(text: str) -> Any:
    """A number as the definition has it, or the text, to be refused at its place."""
    try:
        amount = float(text)
    except ValueError:
        return text
    return int(amount) if amount.is_integer() and abs(amount) < 1e15 else amount


def texts(value: Any) -> list[str]:
    """A value of a definition as it stands in fields."""
    match value:
        case None:
            return []
        case bool():
            return ["true" if value else "false"]
        case {"value": amount, "unit": unit}:
            return [str(amount), unit]
        case list():
            return [str(each) for each in value]
        case _:
            return [str(value)]


# --- Rows ---------------------------------------------------------------------------------------


@dataclass
class Comparison:
    """A filter of an event (`key` is "property") or a condition on people ("attribute")."""

    prefix: str
    key: str
    name: str = ""
    operator: str = "is"
    values: list[str] = field(default_factory=list)
    type: Type | None = None

    @classmethod
    def all(
        cls, query: QueryDict, stem: str, key: str, types: Mapping[str, Type]
    ) -> list["Comparison"]:
        return [cls.read(query, prefix, key, types) for prefix in places(query, stem, key)]

    @classmethod
    def read(
        cls, query: QueryDict, prefix: str, key: str, types: Mapping[str, Type]
    ) -> "Comparison":
        name = query.get(f"{prefix}-{key}", "")
        operator = query.get(f"{prefix}-operator") or "is"
        return cls(prefix, key, name, operator, query.getlist(f"{prefix}-value"), types.get(name))

    @classmethod
    def of(cls, prefix: str, key: str, leaf: Mapping[str, Any]) -> "Comparison":
        return cls(prefix, key, leaf[key], leaf["operator"], texts(leaf.get("value")))

    def renumber(self, prefix: str) -> None:
        self.prefix = prefix

    def add(self, what: str) -> None:
        """It has no rows."""

    def fields(self) -> Fields:
        told = [(self.key, self.name), ("operator", self.operator)]
        told += [("value", value) for value in self.values]
        return [(f"{self.prefix}-{key}", value) for key, value in told]

    def dump(self) -> dict[str, Any]:
        leaf = {self.key: self.name, "operator": self.operator}
        value = self.value()
        return leaf if value is None else leaf | {"value": value}

    def __str__(self) -> str:
        chosen = next((each for each in Operator if each == self.operator), Operator.IS)
        return phrase(self.name, chosen, self.value())

    @property
    def operators(self) -> list[Operator]:
        kinds = [self.type] if self.type else list(OPERATORS)
        return [each for each in Operator if any(each in OPERATORS[kind] for kind in kinds)]

    @property
    def takes(self) -> Takes:
        for kind in [self.type] if self.type else list(OPERATORS):
            if self.operator in OPERATORS[kind]:
                return OPERATORS[kind][cast(Operator, self.operator)].takes
        return Takes.ONE

    @property
    def inputs(self) -> list[str]:
        """What stands in the value fields: as many as the operator takes, one more where it may."""
        count = {Takes.NONE: 0, Takes.ONE: 1, Takes.PAIR: 2, Takes.SPAN: 1}
        given = [value for value in self.values if value]
        if self.takes is Takes.MANY:
            return [*given, ""]
        return [*self.values, "", ""][: count[self.takes]]

    @property
    def input_type(self) -> str:
        if self.takes is Takes.SPAN or self.type is Type.NUMBER:
            return "number"
        return "date" if self.type in (Type.DATE, Type.DATETIME) else "text"

    @property
    def span_unit(self) -> str:
        return self.values[1] if len(self.values) > 1 else "day"

    def value(self) -> Any:
        """The value in the shape of the definition, from the texts of the form."""
        given = [self.typed(text) for text in self.values if text != ""]
        match self.takes:
            case Takes.NONE:
                return None
            case Takes.ONE:
                return given[0] if given else None
            case Takes.SPAN:
                amount = int(self.values[0]) if self.values and self.values[0].isdigit() else None
                return {"value": amount, "unit": self.span_unit}
            case _:
                return given

    def typed(self, text: str) -> Any:
        if self.type is Type.BOOLEAN:
            return {"true": True, "false": False}.get(text, text)
        if self.type is Type.NUMBER or (self.type is None and self.operator in NUMERIC):
            return number(text)
        return text


def dumped(comparisons: Iterable[Comparison]) -> list[dict[str, Any]]:
    """Those that say of what."""
    return [each.dump() for each in comparisons if each.name]


class Filtered:
    """What has filters on the properties of an event."""

    prefix: str
    filters: list[Comparison]

    def renumber(self, prefix: str) -> None:
        self.prefix = prefix
        renumber(self.filters, f"{prefix}-filter")

    def add(self, what: str) -> None:
        if what == "filter":
            self.filters.append(Comparison("", "property"))


@dataclass
class Behaviour(Filtered):
    """A condition on what somebody did.

    `within` is "" (ever), "between" (two days) or like "30-day" and "12-week" (the last ones).
    """

    prefix: str
    event: str = ""
    filters: list[Comparison] = field(default_factory=list)
    times: str = "at_least"
    count: str = "1"
    within: str = ""
    start: str = ""
    end: str = ""

    @classmethod
    def read(cls, query: QueryDict, prefix: str, catalogue: Catalogue) -> "Behaviour":
        def given(key: str) -> str:
            return query.get(f"{prefix}-{key}", "")

        event = given("performed")
        types = catalogue.properties.get(event, {})
        filters = Comparison.all(query, f"{prefix}-filter", "property", types)
        days = [given(key) for key in ("within", "start", "end")]
        return cls(prefix, event, filters, given("times") or "at_least", given("count"), *days)

    @classmethod
    def of(cls, prefix: str, leaf: Mapping[str, Any]) -> "Behaviour":
        filters = [
            Comparison.of(f"{prefix}-filter-{n}", "property", each)
            for n, each in enumerate(leaf["filters"])
        ]
        times = leaf["times"]["operator"], str(leaf["times"]["value"])
        days: list[str] = []
        match leaf.get("within"):
            case {"last": last, "unit": unit}:
                days = [f"{last}-{unit}"]
            case {"start": start, "end": end}:
                days = ["between", start, end]
        return cls(prefix, leaf["performed"], filters, *times, *days)

    def fields(self) -> Fields:
        told = {"performed": self.event, "times": self.times, "count": self.count}
        told["within"] = self.within
        if self.within == "between":
            told |= {"start": self.start, "end": self.end}
        own = [(f"{self.prefix}-{key}", value) for key, value in told.items()]
        return own + fields_of(self.filters)

    def dump(self) -> dict[str, Any]:
        leaf: dict[str, Any] = {
            "performed": self.event,
            "filters": dumped(self.filters),
            "times": {"operator": self.times, "value": number(self.count)},
        }
        if self.within == "between":
            leaf["within"] = {"start": self.start, "end": self.end}
        elif self.within:
            last, _, unit = self.within.partition("-")
            leaf["within"] = {"last": number(last), "unit": unit}
        return leaf

    def __str__(self) -> str:
        return f"performed {self.event}"

    @property
    def withins(self) -> dict[str, str]:
        """The spans to choose from, and the one that is chosen."""
        last = {f"{n}-day": f"in {Recent(last=n, unit='day')}" for n in DAYS_SHOWN}
        found = {"": "ever", **last, "between": "between two days"}
        if self.within not in found:
            found[self.within] = f"in the last {self.within.replace('-', ' ')}s"
        return found


@dataclass
class Group:
    """Conditions of which all or any have to hold, and groups of more of them.

    The lists are kept apart, so that the order of unlike conditions is not kept: it has no meaning.
    """

    prefix: str
    match: str = "all"
    conditions: list[Comparison] = field(default_factory=list)
    behaviours: list[Behaviour] = field(default_factory=list)
    groups: list["Group"] = field(default_factory=list)
    level: int = 1

    @classmethod
    def read(cls, query: QueryDict, prefix: str, catalogue: Catalogue, level: int = 1) -> "Group":
        """One level deeper than can be is read, too: to be refused, and with a reason."""
        inner = places(query, f"{prefix}-group", "match") if level <= MAX_DEPTH else []
        did = places(query, f"{prefix}-did", "performed")
        return cls(
            prefix,
            "any" if query.get(f"{prefix}-match") == "any" else "all",
            Comparison.all(query, f"{prefix}-condition", "attribute", catalogue.attributes),
            [Behaviour.read(query, each, catalogue) for each in did],
            [cls.read(query, each, catalogue, level + 1) for each in inner],
            level,
        )

    @classmethod
    def of(cls, prefix: str, condition: Mapping[str, Any]) -> "Group":
        """From a condition of a definition; a bare leaf is a group of one."""
        if not condition.keys() & {"all", "any"}:
            return cls.of(prefix, {"all": [condition]})
        [(match, parts)] = condition.items()
        plain = [each for each in parts if "attribute" in each]
        did = [each for each in parts if "performed" in each]
        inner = [each for each in parts if "all" in each or "any" in each]
        return cls(
            prefix,
            match,
            [
                Comparison.of(f"{prefix}-condition-{n}", "attribute", each)
                for n, each in enumerate(plain)
            ],
            [Behaviour.of(f"{prefix}-did-{n}", each) for n, each in enumerate(did)],
            [cls.of(f"{prefix}-group-{n}", each) for n, each in enumerate(inner)],
        )

    def renumber(self, prefix: str) -> None:
        self.prefix = prefix
        if not (self.conditions or self.behaviours or self.groups):
            self.add("condition")
        renumber(self.conditions, f"{prefix}-condition")
        renumber(self.behaviours, f"{prefix}-did")
        renumber(self.groups, f"{prefix}-group")

    def fields(self) -> Fields:
        own = [(f"{self.prefix}-match", self.match), *fields_of(self.conditions)]
        return own + fields_of(self.behaviours) + fields_of(self.groups)

    def dump(self) -> dict[str, Any]:
        did = [each.dump() for each in self.behaviours if each.event]
        inner = [each.dump() for each in self.groups if not each.is_empty]
        return {self.match: [*dumped(self.conditions), *did, *inner]}

    def __str__(self) -> str:
        did = [str(each) for each in self.behaviours if each.event]
        inner = [f"({each})" for each in self.groups if not each.is_empty]
        plain = [str(each) for each in self.conditions if each.name]
        return (" and " if self.match == "all" else " or ").join([*plain, *did, *inner])

    @property
    def is_empty(self) -> bool:
        return not self.dump()[self.match]

    @property
    def may_nest(self) -> bool:
        return self.level < MAX_DEPTH

    def lists(self) -> Iterator[list[Any]]:
        """Every list of rows in it."""
        yield from (self.conditions, self.behaviours, self.groups)
        yield from (each.filters for each in self.behaviours)
        for group in self.groups:
            yield from group.lists()

    def add(self, what: str) -> None:
        match what:
            case "condition":
                self.conditions.append(Comparison("", "attribute"))
            case "did":
                self.behaviours.append(Behaviour(""))
            case "group":
                other = "any" if self.match == "all" else "all"
                self.groups.append(Group("", other, level=self.level + 1))


# --- Cards --------------------------------------------------------------------------------------


@dataclass
class EventCard(Filtered):
    """An event with its filters; `name` is what the legend calls it."""

    prefix: str
    event: str = ""
    filters: list[Comparison] = field(default_factory=list)
    properties: Mapping[str, Type] = field(default_factory=dict)
    name: str = ""

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
        return self.is_new and self.group.is_empty

    def renumber(self, prefix: str) -> None:
        self.prefix = prefix
        self.group.renumber(prefix)

    def add(self, what: str) -> None:
        self.group.add(what)

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
