"""The builder's form: flat, readable parameters of a URL ↔ a definition.

A *draft* is a definition that may still have gaps. The URL is the state of a page, so the same
parameters come from the form, from a link and from a saved report:
`event-0=Song+Played&event-0-filter-0-property=songGenre&event-0-filter-0-operator=is&…-value=jazz`.
"""

import copy
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

from django.http import QueryDict

from analytics.conditions import Catalogue
from analytics.definitions import (
    MAX_EVENTS,
    MAX_FUNNEL_SEGMENTS,
    MAX_SEGMENTS,
    MAX_STEPS,
    MIN_STEPS,
    events_named,
)
from analytics.operators import OPERATORS, Operator, Takes
from people.values import Type

EVERYBODY, NEW = "", "new"
CARD = r"event-(\d+)$"
FIRST_DRAFT: dict[str, dict[str, Any]] = {
    "segmentation": {"period": "last_30_days", "granularity": ["day"], "metric": "people"},
    "funnel": {"period": "last_30_days", "value": "1", "unit": "day"},
}


@dataclass
class Comparison:
    """A filter or a condition as it stands in the form."""

    prefix: str
    name: str = ""
    operator: str = ""
    values: list[str] = field(default_factory=list)
    type: Type | None = None

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

    def dump(self, key: str) -> dict[str, Any]:
        leaf = {key: self.name, "operator": self.operator or "is"}
        value = self.value()
        return leaf if value is None else leaf | {"value": value}


@dataclass
class Behaviour:
    """A condition on what somebody did, as it stands in the form."""

    prefix: str
    event: str = ""
    times: str = "at_least"
    count: str = "1"
    within: str = ""

    def dump(self) -> dict[str, Any]:
        leaf: dict[str, Any] = {
            "performed": self.event,
            "filters": [],
            "times": {"operator": self.times, "value": number(self.count)},
        }
        if self.within:
            last, _, unit = self.within.partition("-")
            leaf["within"] = {"last": number(last), "unit": unit}
        return leaf

    def fields(self) -> list[tuple[str, Any]]:
        return [
            (f"{self.prefix}-performed", self.event),
            (f"{self.prefix}-times", self.times),
            (f"{self.prefix}-count", self.count),
            (f"{self.prefix}-within", self.within),
        ]

    @classmethod
    def of(cls, prefix: str, leaf: Mapping[str, Any]) -> "Behaviour":
        """From a definition that the form can hold."""
        within = leaf.get("within")
        return cls(
            prefix,
            leaf["performed"],
            leaf["times"]["operator"],
            str(leaf["times"]["value"]),
            f"{within['last']}-{within['unit']}" if within else "",
        )


WITHINS = {"": "ever", **{f"{n}-day": f"in the last {n} days" for n in (7, 14, 30, 90, 180, 365)}}


NUMERIC = {Operator.LESS_THAN, Operator.AT_MOST, Operator.GREATER_THAN, Operator.AT_LEAST}


def number(text: str) -> Any:
    """A number as the definition has it, or the text, to be refused at its place."""
    try:
        amount = float(text)
    except ValueError:
        return text
    return int(amount) if amount.is_integer() and abs(amount) < 1e15 else amount


@dataclass
class EventCard:
    prefix: str
    event: str = ""
    filters: list[Comparison] = field(default_factory=list)
    properties: Mapping[str, Type] = field(default_factory=dict)
    # What the legend calls it.
    name: str = ""

    def dump(self) -> dict[str, Any]:
        filters = [each.dump("property") for each in self.filters if each.name]
        named = {"name": self.name} if self.name else {}
        return {"event": self.event, "filters": filters, **named}


@dataclass
class SegmentCard:
    prefix: str
    choice: str = EVERYBODY
    name: str = ""
    match: str = "all"
    conditions: list[Comparison] = field(default_factory=list)
    behaviours: list[Behaviour] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.choice == NEW

    def dump(self) -> dict[str, Any]:
        if not self.is_new:
            return {"segment": self.choice}
        leaves = [each.dump("attribute") for each in self.conditions if each.name]
        did = [each.dump() for each in self.behaviours if each.event]
        said = [leaf["attribute"] for leaf in leaves] + [leaf["performed"] for leaf in did]
        leaves += did
        name = self.name or " and ".join(said)[:100] or "Segment"
        return {"name": name, "condition": {self.match: leaves}}


class Builder:
    """A draft, read from a URL, with what its form needs to show."""

    def __init__(self, kind: str, query: QueryDict, catalogue: Catalogue) -> None:
        self.kind = kind
        self.catalogue = catalogue
        self.query = query or first_draft(kind)
        self.events = [self.event_at(n) for n in numbers(self.query, CARD)]
        self.segments = [self.segment_at(n) for n in numbers(self.query, r"segment-(\d+)$")]
        self.problems: dict[str, list[str]] = {}
        if action := self.query.get("do"):
            self.change(action)
        self.fill_up()

    # --- Reading ---

    def event_at(self, n: int) -> EventCard:
        prefix = f"event-{n}"
        name = self.query.get(prefix, "")
        types = self.catalogue.properties.get(name, {})
        filters = self.comparisons(f"{prefix}-filter", "property", types)
        return EventCard(prefix, name, filters, types, self.query.get(f"{prefix}-name", ""))

    def segment_at(self, n: int) -> SegmentCard:
        prefix = f"segment-{n}"
        return SegmentCard(
            prefix,
            self.query.get(prefix, EVERYBODY),
            self.query.get(f"{prefix}-name", ""),
            "any" if self.query.get(f"{prefix}-match") == "any" else "all",
            self.comparisons(f"{prefix}-condition", "attribute", self.catalogue.attributes),
            self.behaviours(f"{prefix}-did"),
        )

    def behaviours(self, stem: str) -> list[Behaviour]:
        found = []
        for n in numbers(self.query, rf"{stem}-(\d+)-performed$"):
            prefix = f"{stem}-{n}"
            keys = ("performed", "times", "count", "within")
            given = [self.query.get(f"{prefix}-{key}", "") for key in keys]
            found.append(Behaviour(prefix, given[0], given[1] or "at_least", *given[2:]))
        return found

    def comparisons(self, stem: str, key: str, types: Mapping[str, Type]) -> list[Comparison]:
        found = []
        for n in numbers(self.query, rf"{stem}-(\d+)-{key}$"):
            prefix = f"{stem}-{n}"
            name = self.query.get(f"{prefix}-{key}", "")
            found.append(
                Comparison(
                    prefix,
                    name,
                    self.query.get(f"{prefix}-operator") or "is",
                    self.query.getlist(f"{prefix}-value"),
                    types.get(name),
                )
            )
        return found

    # --- Changing ---

    def change(self, action: str) -> None:
        """One press of a button: "add-event", "remove-segment-1", "add-filter-event-0" …"""
        match action.split("-"):
            case ["add", "event"]:
                self.events.append(EventCard("event-new"))
            case ["add", "segment"]:
                self.segments.append(SegmentCard("segment-new", NEW, conditions=[Comparison("")]))
            case ["add", "filter", "event", n] if self.has(self.events, n):
                self.events[int(n)].filters.append(Comparison(""))
            case ["add", "condition", "segment", n] if self.has(self.segments, n):
                self.segments[int(n)].conditions.append(Comparison(""))
            case ["add", "did", "segment", n] if self.has(self.segments, n):
                self.segments[int(n)].behaviours.append(Behaviour(""))
            case ["remove", "segment", n, "did", m] if self.has(self.segments, n):
                del self.segments[int(n)].behaviours[int(m) : int(m) + 1]
            case ["double", "event", n] if self.has(self.events, n):
                self.events.insert(int(n), copy.deepcopy(self.events[int(n)]))
            case ["move", "event", n, "to", m] if self.has(self.events, n) and m.isdigit():
                self.events.insert(int(m), self.events.pop(int(n)))
            case ["remove", "event", n] if self.has(self.events, n):
                del self.events[int(n)]
            case ["remove", "segment", n] if self.has(self.segments, n):
                del self.segments[int(n)]
            case ["remove", "event", n, "filter", m] if self.has(self.events, n):
                del self.events[int(n)].filters[int(m) : int(m) + 1]
            case ["remove", "segment", n, "condition", m] if self.has(self.segments, n):
                del self.segments[int(n)].conditions[int(m) : int(m) + 1]

    def has(self, cards: list[Any], n: str) -> bool:
        return n.isdigit() and int(n) < len(cards)

    def fill_up(self) -> None:
        """Number the cards anew, with at least as many events as the kind needs."""
        while len(self.events) < self.fewest_events:
            self.events.append(EventCard(""))
        for n, card in enumerate(self.events):
            card.prefix = f"event-{n}"
            renumber(card.filters, f"{card.prefix}-filter")
        for n, segment in enumerate(self.segments):
            segment.prefix = f"segment-{n}"
            if segment.is_new and not (segment.conditions or segment.behaviours):
                segment.conditions.append(Comparison(""))
            renumber(segment.conditions, f"{segment.prefix}-condition")
            renumber(segment.behaviours, f"{segment.prefix}-did")

    # --- What the form shows ---

    @property
    def fewest_events(self) -> int:
        return MIN_STEPS if self.kind == "funnel" else 1

    @property
    def most_events(self) -> int:
        return MAX_STEPS if self.kind == "funnel" else MAX_EVENTS

    @property
    def event_key(self) -> str:
        """What the definition calls its events."""
        return "steps" if self.kind == "funnel" else "events"

    @property
    def most_segments(self) -> int:
        return MAX_FUNNEL_SEGMENTS if self.kind == "funnel" else MAX_SEGMENTS

    @property
    def gap(self) -> str:
        """What still has to be chosen before there is something to ask; "" when nothing."""
        if not all(card.event for card in self.events):
            return "steps" if self.kind == "funnel" else "event"
        unfinished = any(
            segment.is_new and not segment.dump()["condition"][segment.match]
            for segment in self.segments
        )
        return "condition" if unfinished else ""

    @property
    def period(self) -> str:
        return self.query.get("period", "last_30_days")

    @property
    def granularities(self) -> list[str]:
        return self.query.getlist("granularity") or ["day"]

    @property
    def breakdown(self) -> str:
        return self.query.get("breakdown", "")

    @property
    def breakdowns(self) -> dict[str, list[tuple[str, str]]]:
        """What the answer can be broken down by: (parameter, name) by where it comes from."""
        cards = self.events[:1] if self.kind == "funnel" else self.events
        unfit = (Type.DATETIME, Type.LIST) if self.kind == "funnel" else (Type.DATETIME,)
        properties = {name: kind for card in cards for name, kind in card.properties.items()}
        sources = {
            "Attributes": ("attribute", self.catalogue.attributes),
            "Properties of step 1" if self.kind == "funnel" else "Properties": (
                "property",
                properties,
            ),
        }
        return {
            title: [(f"{key}:{name}", name) for name in sorted(types) if types[name] not in unfit]
            for title, (key, types) in sources.items()
        }

    def hints(self, seen: Collection[str]) -> list[str]:
        """Of each event what may be a mistake: it was never seen, or stands there just before."""
        found = []
        for n, card in enumerate(self.events):
            before = self.events[n - 1].dump() if n else None
            if card.event and card.event not in seen:
                found.append(f"No event “{card.event}” was ever sent.")
            elif card.event and self.kind == "funnel" and card.dump() == before:
                found.append("The same as the step before: who does it twice gets here.")
            else:
                found.append("")
        return found

    def extras(self) -> dict[str, Any]:
        """Breakdown and comparison, where they are chosen."""
        found: dict[str, Any] = {}
        if self.breakdown:
            key, _, name = self.breakdown.partition(":")
            found["breakdown"] = {key: name, "limit": number(self.query.get("limit") or "10")}
        if self.query.get("compare"):
            found["compare"] = self.query["compare"]
        return found

    def address(self) -> str:
        """The parameters of the draft as it stands now, buttons pressed and gaps included."""
        passing = ("do", "format", "csrfmiddlewaretoken")
        fields = [
            (key, value)
            for key, values in self.query.lists()
            if key not in passing and not key.startswith(("event-", "segment-"))
            for value in values
        ]
        for card in self.events:
            fields.append((card.prefix, card.event))
            fields += [(f"{card.prefix}-name", card.name)] if card.name else []
            fields += draft_fields("property", card.filters)
        for segment in self.segments:
            fields.append((segment.prefix, segment.choice))
            if segment.is_new:
                fields.append((f"{segment.prefix}-name", segment.name))
                fields.append((f"{segment.prefix}-match", segment.match))
                fields += draft_fields("attribute", segment.conditions)
                fields += [pair for each in segment.behaviours for pair in each.fields()]
        return urlencode(fields)

    def dump(self) -> dict[str, Any]:
        """The definition as it stands, to be parsed."""
        custom = {"start": self.query.get("start", ""), "end": self.query.get("end", "")}
        segments = [each.dump() for each in self.segments if each.choice or len(self.segments) > 1]
        definition: dict[str, Any] = {
            "kind": self.kind,
            "period": custom if self.period == "custom" else {"preset": self.period},
            "segments": segments,
            **self.extras(),
        }
        events = [card.dump() for card in self.events]
        if self.kind == "funnel":
            window = {
                "value": number(self.query.get("value", "")),
                "unit": self.query.get("unit", ""),
            }
            completion = self.query.get("completion", "within_period")
            return definition | {"window": window, "steps": events, "completion": completion}
        return definition | {
            "metric": self.query.get("metric", ""),
            "granularities": self.granularities,
            "events": events,
            "denominator": self.query.get("denominator", "members"),
        }


def draft_fields(key: str, comparisons: list[Comparison]) -> list[tuple[str, str]]:
    fields = []
    for each in comparisons:
        fields += [(f"{each.prefix}-{key}", each.name), (f"{each.prefix}-operator", each.operator)]
        fields += [(f"{each.prefix}-value", value) for value in each.values]
    return fields


def first_draft(kind: str) -> QueryDict:
    return QueryDict(urlencode(FIRST_DRAFT[kind], doseq=True))


def named_events(query: QueryDict) -> set[str]:
    """The events in the parameters: whose properties the form needs."""
    return events_named(
        {"events": [{"event": query.get(f"event-{n}")} for n in numbers(query, CARD)]}
    )


def numbers(query: QueryDict, pattern: str) -> list[int]:
    """The numbers that keys of a pattern have, in order."""
    return sorted({int(found[1]) for key in query if (found := re.match(pattern, key))})


def renumber(rows: Sequence[Comparison | Behaviour], stem: str) -> None:
    for n, each in enumerate(rows):
        each.prefix = f"{stem}-{n}"


# --- A definition as a URL ----------------------------------------------------------------------


def query_string(definition: Mapping[str, Any]) -> str:
    """The parameters that read back as this definition."""
    fields: list[tuple[str, Any]] = period_fields(definition["period"])
    if definition["kind"] == "funnel":
        fields += [(key, definition["window"][key]) for key in ("value", "unit")]
        fields.append(("completion", definition["completion"]))
    else:
        fields += [("metric", definition["metric"]), ("denominator", definition["denominator"])]
        fields += [("granularity", each) for each in definition["granularities"]]
    if by := definition.get("breakdown"):
        [key] = set(by) - {"limit"}
        fields += [("breakdown", f"{key}:{by[key]}"), ("limit", by["limit"])]
    if "compare" in definition:
        fields.append(("compare", definition["compare"]))
    for n, segment in enumerate(definition["segments"]):
        fields += segment_fields(f"segment-{n}", segment)
    for n, event in enumerate(definition.get("steps") or definition["events"]):
        fields.append((f"event-{n}", event["event"]))
        fields += [(f"event-{n}-name", event["name"])] if event.get("name") else []
        fields += leaf_fields(f"event-{n}-filter", "property", event["filters"])
    return urlencode(fields)


def period_fields(period: Mapping[str, str]) -> list[tuple[str, Any]]:
    if "preset" in period:
        return [("period", period["preset"])]
    return [("period", "custom"), ("start", period["start"]), ("end", period["end"])]


def segment_fields(prefix: str, segment: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if "segment" in segment:
        return [(prefix, segment["segment"])]
    [(match, leaves)] = segment["condition"].items()
    fields = [(prefix, NEW), (f"{prefix}-name", segment["name"]), (f"{prefix}-match", match)]
    fields += leaf_fields(
        f"{prefix}-condition", "attribute", [each for each in leaves if "attribute" in each]
    )
    did = [each for each in leaves if "performed" in each]
    for n, leaf in enumerate(did):
        fields += Behaviour.of(f"{prefix}-did-{n}", leaf).fields()
    return fields


def leaf_fields(stem: str, key: str, leaves: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    fields: list[tuple[str, Any]] = []
    for n, leaf in enumerate(leaves):
        fields += [(f"{stem}-{n}-{key}", leaf[key]), (f"{stem}-{n}-operator", leaf["operator"])]
        fields += [(f"{stem}-{n}-value", text) for text in texts(leaf.get("value"))]
    return fields


def texts(value: Any) -> list[str]:
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


def is_editable(definition: Mapping[str, Any]) -> bool:
    """Whether the form can hold it: its conditions are one level of all or any, and what somebody
    did has no filters and is counted over days until now, or ever."""
    return all(
        "segment" in each or all(map(is_simple, next(iter(each["condition"].values()), ())))
        for each in definition["segments"]
    )


def is_simple(leaf: object) -> bool:
    match leaf:
        case {"attribute": _}:
            return True
        case {"performed": _, "filters": [], "within": {"last": last, "unit": unit}}:
            return f"{last}-{unit}" in WITHINS
        case {"performed": _, "filters": []}:
            return "within" not in leaf  # type: ignore[operator]
        case _:
            return False
