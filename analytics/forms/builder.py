"""The builder's form: flat, readable parameters of a URL ↔ a definition.

A *draft* is a definition that may still have gaps. The URL is the state of a page, so the same
parameters come from the form, from a link and from a saved report:
`event-0=Song+Played&event-0-filter-0-property=songGenre&event-0-filter-0-operator=is&…-value=jazz`.
"""

import copy
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.http import QueryDict

from analytics.definitions.conditions import Catalogue
from analytics.definitions.figures import PREFIX
from analytics.definitions.kinds import Kind
from analytics.definitions.mentions import Mentions
from analytics.definitions.metrics import Metric
from analytics.definitions.titles import title_of
from analytics.forms.cards import NEW, Choice, EventCard, Known, SegmentCard
from analytics.forms.comparisons import Comparison
from analytics.forms.conditions import Behaviour, Group
from analytics.forms.fields import Fields, Row, fields_of, number, numbers, renumber
from analytics.forms.formulas import FormulaRow
from analytics.forms.kinds import Shape, shape_of
from analytics.forms.periods import CUSTOM, period_fields, said_in_words, whole_address
from analytics.models import catalogue_of, shared_properties, today_of
from people.models import Project
from people.values import Type

CARD = r"event-(\d+)$"
EVENT = rf"{CARD}|event-\d+-or-\d+$|unless-\d+$|.*-performed$"
ANY = r"(event-\d+(-or-\d+)?|unless-\d+)-any$"
HELD = r"hold-\d+$"
MEASURED = r"event-\d+-of$"
PROPERTIES_OF_ANY = "Properties of the steps"
NOTHING_SHARED: Mapping[str, Type] = {}
AnyRow = TypeVar("AnyRow", bound=Row)


class Builder:
    """A draft, read from a URL, with what its form needs to show."""

    @classmethod
    def of(cls, project: Project, kind: str, query: QueryDict) -> "Builder":
        """The draft in the parameters of a page."""
        query = said_in_words(query, today_of(project))
        asked = mentioned(query)
        shared = shared_properties(project) if asked.any_event else {}
        return cls(kind, query, catalogue_of(project, asked), shared)

    def __init__(
        self,
        kind: str,
        query: QueryDict,
        catalogue: Catalogue,
        shared: Mapping[str, Type] = NOTHING_SHARED,
    ) -> None:
        self.kind = Kind.of(kind)
        self.shape = shape_of(self.kind)
        self.catalogue = catalogue
        self.query = with_defaults(self.shape, query)
        measures = self.shape.own(self.query).get("metric") == Metric.MEASURE
        known = Known(catalogue, shared, measures)
        self.events = [
            EventCard.read(self.query, f"event-{n}", known) for n in numbers(self.query, CARD)
        ]
        self.formulas = [
            FormulaRow.read(self.query, f"formula-{n}")
            for n in numbers(self.query, r"formula-(\d+)$")
            if self.shape.most_formulas
        ]
        self.segments = [
            SegmentCard.read(self.query, f"segment-{n}", catalogue)
            for n in numbers(self.query, r"segment-(\d+)$")
        ]
        self.rules = self.shape.rules(self.query, known)
        self.problems: dict[str, list[str]] = {}
        # What was just added: where the focus goes.
        self.new: Row | None = None
        if action := self.query.get("do"):
            self.change(action)
        self.fill_up()

    # --- Changing ---

    def change(self, action: str) -> None:
        """One press of a button: "add-event", "remove-segment-1", "add-filter-event-0" …"""
        before = list(self.events)
        self.press(action)
        self.rules.follow(before, self.events)

    def press(self, action: str) -> None:
        verb, _, rest = action.partition("-")
        match verb:
            case "add":
                what, _, where = rest.partition("-")
                self.add(what, where)
            case "remove":
                self.remove(rest)
            case "move":
                what, _, where = rest.partition("-to-")
                self.move(what, where)
            case "any" | "first" | "double":
                self.press_of(verb, rest)

    def press_of(self, verb: str, prefix: str) -> None:
        """A press of a button of the card or choice of a prefix."""
        if verb == "any":
            for choice in at(self.choices, prefix):
                choice.event, choice.any = "", True
        for card in at(self.events, prefix):
            if verb == "first":
                card.first_time = True
            elif verb == "double":
                self.events.insert(self.events.index(card), copy.deepcopy(card))

    def remove(self, prefix: str) -> None:
        for rows in self.lists():
            rows[:] = [row for row in rows if row.prefix != prefix]

    def move(self, prefix: str, where: str) -> None:
        """An event's card to another place."""
        for card in at(self.events, prefix):
            if where.isdecimal() and len(where) < 3:
                self.events.remove(card)
                self.events.insert(int(where), card)

    def add(self, what: str, where: str) -> None:
        """A new card, or a new row in the card or group of a prefix."""
        match what:
            case "event":
                self.new = EventCard("")
                self.events.append(self.new)
            case "formula":
                self.new = FormulaRow("")
                self.formulas.append(self.new)
            case "segment":
                self.new = SegmentCard("", NEW)
                self.segments.append(self.new)
            case _ if not where:
                self.new = self.rules.add(what)
            case _:
                for row in [each for rows in self.lists() for each in rows]:
                    if row.prefix == where:
                        self.new = row.add(what)

    def lists(self) -> Iterator[list[Any]]:
        """Every list of cards and of rows in the form."""
        yield from (self.events, self.segments, self.formulas)
        yield from self.rules.lists()
        yield from (card.others for card in self.events)
        yield from (choice.filters for choice in self.choices)
        for segment in self.segments:
            yield from segment.group.lists()

    def fill_up(self) -> None:
        """Number the cards anew, with at least as many events as the kind needs and, where each
        has a key of its own, no more."""
        if self.shape.own_keys:
            del self.events[self.shape.most_events :]
        while len(self.events) < self.shape.fewest_events:
            self.events.append(EventCard(""))
        renumber(self.events, "event")
        renumber(self.segments, "segment")
        renumber(self.formulas, "formula")
        self.rules.settle(self.events)

    # --- What the form shows ---

    @property
    def fresh(self) -> str:
        """The field of what was just added, by its id; "" when nothing was."""
        match self.new:
            case None:
                return ""
            case Comparison(prefix=prefix, key=key):
                return f"{prefix}-{key}"
            case Behaviour(prefix=prefix):
                return f"{prefix}-performed"
            case SegmentCard(prefix=prefix) | Group(prefix=prefix):
                return f"{prefix}-condition-0-attribute"
            case row:
                return row.prefix

    @property
    def choices(self) -> list[Choice]:
        """Every event of the form."""
        return [choice for card in self.events for choice in card.choices] + self.rules.choices

    @property
    def comparisons(self) -> list[Comparison]:
        """Every filter and condition in the form."""
        filters = [each for choice in self.choices for each in choice.filters]
        return filters + [each for card in self.segments for each in card.comparisons]

    @property
    def gap(self) -> str:
        """What still has to be chosen before there is something to ask; "" when nothing."""
        if not all(choice.is_chosen for card in self.events for choice in card.choices):
            return self.shape.gap
        if any(card.is_unmeasured for card in self.events):
            return "measure"
        if any(each.is_new and each.group.is_empty for each in self.segments):
            return "condition"
        return "value" if any(each.is_unfinished for each in self.comparisons) else ""

    def tell(self, problems: dict[str, list[str]]) -> None:
        """Put problems at their fields; `problems` keeps those that have no row of their own."""
        self.problems = {}
        placed = dict(self.places())
        for path, texts in problems.items():
            steps = path.split(".")
            nearer = (".".join(steps[:n]) for n in range(len(steps), 0, -1))
            row = next((placed[each] for each in nearer if each in placed), None)
            if row:
                row.problems += texts
            else:
                self.problems[path] = texts

    def places(self) -> Iterator[tuple[str, Row]]:
        """Every card and row with the path of its piece of the definition."""
        for n, card in enumerate(self.events):
            yield from card.place(self.shape.path(n))
        for n, segment in enumerate(self.asked_segments):
            yield from segment.place(f"segments.{n}")
        for n, formula in enumerate(self.asked_formulas):
            yield from formula.place(f"formulas.{n}")
        yield from self.rules.places()

    @property
    def asked_formulas(self) -> list[FormulaRow]:
        """Those that are written already."""
        return [each for each in self.formulas if each.expression]

    @property
    def asked_segments(self) -> list[SegmentCard]:
        """Those that the definition has: a lone "everybody" says nothing."""
        return [each for each in self.segments if each.choice or len(self.segments) > 1]

    @property
    def period(self) -> str:
        return self.query.get("period", "")

    @property
    def whole(self) -> str:
        """The parameters with the period that the days are a part of; "" where it is whole."""
        return whole_address(self.query, self.address())

    @property
    def granularities(self) -> list[str]:
        return self.query.getlist("granularity")

    @property
    def spans(self) -> list[tuple[str, str]]:
        """Over which time a bucket may count, and the one that is chosen: (key, words)."""
        asked = [each for each in Metric if each == self.query.get("metric")]
        rolls = any(each.counts_people for each in asked) and self.granularities == ["day"]
        found = {"rolling": "people of the last days", "cumulative": "all since the period began"}
        may = {"rolling": rolls, "cumulative": any(each.accumulates for each in asked)}
        chosen = self.query.get("over")
        return [(key, words) for key, words in found.items() if may[key] or key == chosen]

    @property
    def metrics(self) -> list[Metric]:
        """Those that fit what is chosen: the others cannot be over that time."""
        match self.query.get("over"):
            case "rolling":
                return [each for each in Metric if each.counts_people]
            case "cumulative":
                return [each for each in Metric if each.accumulates]
            case _:
                return list(Metric)

    @property
    def breakdown(self) -> str:
        return self.query.get("breakdown", "")

    @property
    def breakdowns(self) -> dict[str, list[tuple[str, str]]]:
        """What the answer can be broken down by: (parameter, name) by where it comes from."""
        anywhere = self.rules.begins_anywhere
        cards = self.events if anywhere else self.events[: self.shape.grouping_events]
        choices = [choice for card in cards for choice in card.choices]
        # What is unfit in one of them is unfit.
        every = [item for each in choices for item in each.properties.items()]
        properties = dict(sorted(every, key=lambda item: item[1] in self.shape.unfit))
        sources = {
            "Attributes": ("attribute", self.catalogue.attributes),
            PROPERTIES_OF_ANY if anywhere else self.shape.properties_of: ("property", properties),
        }
        return {
            title: [
                (f"{key}:{name}", title_of(name))
                for name in sorted(types, key=title_of)
                if types[name] not in self.shape.unfit
            ]
            for title, (key, types) in sources.items()
        }

    def hints(self, seen: Collection[str]) -> list[str]:
        """Of each event what may be a mistake: it was never seen, or stands there just before."""
        found = []
        for n, card in enumerate(self.events):
            before = self.events[n - 1].dump() if n else None
            never = [each.event for each in card.choices if each.event and each.event not in seen]
            if never:
                found.append(f"No event “{never[0]}” was ever sent.")
            elif card.is_chosen and card.dump() == before:
                found.append(self.shape.twice)
            else:
                found.append("")
        return found

    def extras(self) -> dict[str, Any]:
        """What reports of every kind may ask besides, where it is chosen."""
        found: dict[str, Any] = {}
        if not self.shape.has_extras:
            return found
        if self.breakdown:
            key, _, name = self.breakdown.partition(":")
            found["breakdown"] = {key: name, "limit": number(self.query.get("limit") or "10")}
        if self.query.get("compare"):
            found["compare"] = self.query["compare"]
        if self.query.get("exclusive") and len(self.asked_segments) > 1:
            found["exclusive"] = True
        if self.asked_formulas:
            found["formulas"] = [each.dump() for each in self.asked_formulas]
        return found

    def address(self) -> str:
        """The parameters of the draft as it stands now, buttons pressed and gaps included."""
        passing = ["do", "format", "csrfmiddlewaretoken"]
        passing += ["start", "end", "whole"] if self.period != CUSTOM else []
        passing += [] if self.query.get("days") else ["days"]
        rows = ("event-", "segment-", "formula-", PREFIX, *self.rules.keys)
        fields: Fields = [
            (key, value)
            for key, values in self.query.lists()
            if key not in passing and not key.startswith(rows)
            for value in values
        ]
        fields += fields_of(self.events) + fields_of(self.segments)
        fields += fields_of(self.formulas) + self.rules.fields()
        return urlencode(fields)

    def dump(self) -> dict[str, Any]:
        """The definition as it stands, to be parsed."""
        custom = {"start": self.query.get("start", ""), "end": self.query.get("end", "")}
        segments = [each.dump() for each in self.asked_segments]
        definition: dict[str, Any] = {
            "kind": self.kind.value,
            "period": custom if self.period == CUSTOM else {"preset": self.period},
            "segments": segments,
            **self.extras(),
        }
        events = [card.dump() for card in self.events]
        own = self.shape.own(self.query) | self.rules.dump()
        return definition | own | self.shape.with_events(events)


def at(rows: Iterable[AnyRow], prefix: str) -> list[AnyRow]:
    """The rows that stand at a place of the form: one or none."""
    return [row for row in rows if row.prefix == prefix]


def with_defaults(shape: Shape, query: QueryDict) -> QueryDict:
    """The parameters, those that are not given as a new report has them."""
    filled = query.copy()
    for key, value in shape.first_draft.items():
        if key not in filled:
            filled.setlist(key, value)
    return filled


def mentioned(query: QueryDict) -> Mentions:
    """What the form needs to know: the properties of the events in the parameters."""
    names = [query[key] for key in query if re.match(EVENT, key)]
    some = [{"event": None} for key in query if re.match(ANY, key)]
    held = {"hold": [query[key] for key in query if re.match(HELD, key)]}
    key, _, name = query.get("breakdown", "").partition(":")
    read = [{key: name}, *({"property": query[key]} for key in query if re.match(MEASURED, key))]
    events = [{"event": name} for name in names]
    return Mentions.of([*events, *some, held, *({"breakdown": each} for each in read)])


def query_string(definition: Mapping[str, Any]) -> str:
    """The parameters that read back as this definition."""
    shape = shape_of(Kind.of(definition["kind"]))
    fields: Fields = period_fields(definition["period"]) + shape.fields(definition)
    if by := definition.get("breakdown"):
        [key] = set(by) - {"limit"}
        fields += [("breakdown", f"{key}:{by[key]}"), ("limit", by["limit"])]
    if "compare" in definition:
        fields.append(("compare", definition["compare"]))
    if definition.get("exclusive"):
        fields.append(("exclusive", "on"))
    for n, segment in enumerate(definition["segments"]):
        fields += SegmentCard.of(f"segment-{n}", segment).fields()
    for n, event in enumerate(shape.events_of(definition)):
        fields += EventCard.of(f"event-{n}", event).fields()
    for n, formula in enumerate(definition.get("formulas", ())):
        fields += FormulaRow.of(f"formula-{n}", formula).fields()
    return urlencode(fields)
