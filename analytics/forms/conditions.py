"""Conditions of the form: what people did, and groups of conditions that hold together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.http import QueryDict

from analytics.definitions.conditions import MAX_DEPTH, Catalogue, Frequency, Recent
from analytics.forms.comparisons import Comparison, dumped
from analytics.forms.fields import Fields, Row, fields_of, number, places, renumber

DAYS_SHOWN = (7, 14, 30, 90, 180, 365)
AnyRow = TypeVar("AnyRow")


def appended(rows: list[AnyRow], row: AnyRow) -> AnyRow:
    rows.append(row)
    return row


class Filtered(Row):
    """What has filters on the properties of an event."""

    prefix: str
    filters: list[Comparison]
    problems: list[str]

    def renumber(self, prefix: str) -> None:
        self.prefix = prefix
        renumber(self.filters, f"{prefix}-filter")

    def add(self, what: str) -> Row | None:
        return appended(self.filters, Comparison("", "property")) if what == "filter" else None

    def place(self, path: str) -> Iterator[tuple[str, Row]]:
        yield path, self
        named = [each for each in self.filters if each.name]
        for n, each in enumerate(named):
            yield f"{path}.filters.{n}", each


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
    problems: list[str] = field(default_factory=list)
    left: int | None = None

    @classmethod
    def read(cls, query: QueryDict, prefix: str, catalogue: Catalogue) -> "Behaviour":
        def given(key: str) -> str:
            return query.get(f"{prefix}-{key}", "")

        event = given("performed")
        types = catalogue.properties.get(event, {})
        filters = Comparison.all(query, f"{prefix}-filter", "property", types)
        days = [given(key) for key in ("within", "start", "end")]
        how = given("times") or "at_least"
        return cls(
            prefix,
            event,
            filters,
            how,
            query.get(f"{prefix}-count", "1"),
            days[0],
            days[1],
            days[2],
        )

    @classmethod
    def of(cls, prefix: str, leaf: Mapping[str, Any]) -> "Behaviour":
        filters = [
            Comparison.of(f"{prefix}-filter-{n}", "property", each)
            for n, each in enumerate(leaf["filters"])
        ]
        times = leaf["times"]["operator"], str(leaf["times"]["value"])
        days = ("", "", "")
        match leaf.get("within"):
            case {"last": last, "unit": unit}:
                days = (f"{last}-{unit}", "", "")
            case {"start": start, "end": end}:
                days = ("between", start, end)
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
    def often(self) -> Frequency:
        return next((each for each in Frequency if each == self.times), Frequency.AT_LEAST)

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
    problems: list[str] = field(default_factory=list)
    left: int | None = None

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
    def is_many(self) -> bool:
        """Whether it says anything that all or any of them have to hold."""
        return len(self.conditions) + len(self.behaviours) + len(self.groups) > 1

    @property
    def may_nest(self) -> bool:
        return self.level < MAX_DEPTH

    def lists(self) -> Iterator[list[Any]]:
        """Every list of rows in it."""
        yield from (self.conditions, self.behaviours, self.groups)
        yield from (each.filters for each in self.behaviours)
        for group in self.groups:
            yield from group.lists()

    def add(self, what: str) -> Row | None:
        match what:
            case "condition":
                return appended(self.conditions, Comparison("", "attribute"))
            case "did":
                return appended(self.behaviours, Behaviour(""))
            case "group":
                other = "any" if self.match == "all" else "all"
                return appended(self.groups, Group("", other, level=self.level + 1))
            case _:
                return None

    @property
    def lines(self) -> list["Comparison | Behaviour | Group"]:
        """What it says, in the order of its definition."""
        plain = [each for each in self.conditions if each.name]
        did = [each for each in self.behaviours if each.event]
        return [*plain, *did, *(each for each in self.groups if not each.is_empty)]

    def place(self, path: str) -> Iterator[tuple[str, Row]]:
        yield path, self
        for n, each in enumerate(self.lines):
            yield from each.place(f"{path}.{self.match}.{n}")

    @property
    def comparisons(self) -> Iterator[Comparison]:
        """Every comparison in it."""
        yield from self.conditions
        yield from (each for did in self.behaviours for each in did.filters)
        for group in self.groups:
            yield from group.comparisons
