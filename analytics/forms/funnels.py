"""What a funnel asks of its form beside its steps: their order, held properties, exclusions, and
the parts of the answer that come besides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from django.http import QueryDict

from analytics.definitions.periods import Granularity
from analytics.definitions.steps import MAX_EXCLUSIONS, MAX_HELD, USUAL_BINS, Order
from analytics.definitions.titles import title_of
from analytics.forms.cards import Choice, EventCard, Known
from analytics.forms.fields import Fields, Row, fields_of, number, numbers, renumber
from analytics.forms.rules import Between, ExclusionCard, HeldRow, Rules
from people.values import Type

JOINS = {Order.ANY.value: "and", Order.STRICT.value: "right after that"}


@dataclass
class FunnelRules(Rules):
    """Everything that a funnel asks beside its steps."""

    keys = ("order", "hold-", "unless-", "over", "times")

    order: str = Order.IN_ORDER
    hold: list[HeldRow] = field(default_factory=list)
    exclusions: list[ExclusionCard] = field(default_factory=list)
    is_over_time: bool = False
    granularity: str = Granularity.DAY
    is_timed: bool = False
    timed: Between = field(default_factory=Between)
    bins: str = str(USUAL_BINS)
    cards: Sequence[EventCard] = ()

    @classmethod
    def read(cls, query: QueryDict, known: Known) -> Self:
        return cls(
            query.get("order") or Order.IN_ORDER,
            [
                HeldRow(f"hold-{n}", query.get(f"hold-{n}", ""))
                for n in numbers(query, r"hold-(\d+)$")
            ],
            [
                ExclusionCard.read(query, f"unless-{n}", known)
                for n in numbers(query, r"unless-(\d+)$")
            ],
            "over" in query,
            query.get("over-time") or Granularity.DAY,
            "times" in query,
            Between.read(query, "times-from", "times-to"),
            query.get("times-bins") or str(USUAL_BINS),
        )

    @classmethod
    def of(cls, definition: Mapping[str, Any]) -> "FunnelRules":
        """From a definition."""
        over, times = definition.get("over_time"), definition.get("time_to_convert")
        rules = cls(
            definition.get("order", Order.IN_ORDER),
            [HeldRow(f"hold-{n}", name) for n, name in enumerate(definition.get("hold", ()))],
            [
                ExclusionCard.of(f"unless-{n}", each)
                for n, each in enumerate(definition.get("exclusions", ()))
            ],
        )
        if over:
            rules.is_over_time, rules.granularity = True, over["granularity"]
        if times:
            rules.is_timed, rules.bins = True, str(times["bins"])
            rules.timed = Between(times["from"], times["to"])
        return rules

    # --- Changing ---

    @property
    def choices(self) -> list[Choice]:
        return list(self.exclusions) if self.may_exclude else []

    def add(self, what: str) -> Row | None:
        match what:
            case "hold":
                self.hold.append(row := HeldRow(""))
                return row
            case "unless":
                self.exclusions.append(card := ExclusionCard(""))
                return card
        return None

    def lists(self) -> Iterator[list[Any]]:
        yield from (self.hold, self.exclusions)

    def places(self) -> Iterator[tuple[str, Row]]:
        for n, row in enumerate(self.asked_hold):
            yield from row.place(f"hold.{n}")
        for n, card in enumerate(self.asked_exclusions):
            yield from card.place(f"exclusions.{n}")

    def follow(self, before: Sequence[EventCard], after: Sequence[EventCard]) -> None:
        """An exclusion stays with its steps; the time of the whole way stays that."""
        places = {id(card): n for n, card in enumerate(after)}
        moved = {n: places[id(card)] for n, card in enumerate(before) if id(card) in places}
        spans = [card.between for card in self.exclusions]
        if self.timed.is_whole(len(before)):
            self.timed = Between()
        for each in [*spans, self.timed]:
            if each.last >= 0:
                each.follow(moved)

    def settle(self, cards: Sequence[EventCard]) -> None:
        self.cards = cards
        renumber(self.hold, "hold")
        renumber(self.exclusions, "unless")
        for between in [self.timed, *(card.between for card in self.exclusions)]:
            between.fit(len(cards))

    # --- What the form shows ---

    @property
    def begins_anywhere(self) -> bool:
        return self.order == Order.ANY

    @property
    def may_exclude(self) -> bool:
        """Nothing lies between steps that have no order or nothing between them."""
        return self.order == Order.IN_ORDER

    @property
    def may_exclude_more(self) -> bool:
        return self.may_exclude and len(self.exclusions) < MAX_EXCLUSIONS

    @property
    def may_hold_more(self) -> bool:
        return len(self.hold) < MAX_HELD and bool(set(self.holdable) - self.held)

    @property
    def most(self) -> dict[str, int]:
        return {"hold": MAX_HELD, "exclusions": MAX_EXCLUSIONS}

    @property
    def held(self) -> set[str]:
        return {row.name for row in self.hold}

    @property
    def holdable(self) -> list[str]:
        """The properties that every step has and none as a list; a step that lacks it is filled
        by nothing."""
        chosen = [card for card in self.cards if card.is_chosen]
        types = [
            {name: kind for choice in card.choices for name, kind in choice.properties.items()}
            for card in chosen
        ]
        common = set(types[0]).intersection(*types[1:]) if types else set()
        choices = [*self.choices, *(choice for card in chosen for choice in card.choices)]
        lists = {name for name in common for each in choices if is_list(each, name)}
        return sorted(common - lists, key=title_of)

    @property
    def holds(self) -> list[tuple[HeldRow, list[str]]]:
        """Each held property with what there is to choose from: none twice, its own in any case."""
        return [
            (row, [*own, *(each for each in self.holdable if each not in self.held)])
            for row in self.hold
            for own in [[row.name] if row.name else []]
        ]

    @property
    def unshared(self) -> list[str]:
        """What is held and does not come with every step, so that nobody gets on."""
        chosen = all(card.is_chosen for card in self.cards)
        return [name for name in self.held if name and chosen and name not in self.holdable]

    @property
    def steps(self) -> list[tuple[int, str]]:
        """Each step by its index, as it is called where steps are chosen."""
        if self.begins_anywhere:
            return [(n, f"{n + 1} of {len(self.cards)}") for n in range(len(self.cards))]
        return [
            (n, f"{n + 1} {card.name or card.title}".strip()) for n, card in enumerate(self.cards)
        ]

    @property
    def kept(self) -> Fields:
        """The fields of what the order leaves no room for: back again when the order is."""
        return [] if self.may_exclude else fields_of(self.exclusions)

    @property
    def order_words(self) -> str:
        return next((each.label for each in Order if each == self.order), "in which order?")

    @property
    def joins(self) -> str:
        """What stands between two steps."""
        return JOINS.get(self.order, "then")

    # --- Into the definition ---

    @property
    def asked_hold(self) -> list[HeldRow]:
        return [row for row in self.hold if row.name]

    @property
    def asked_exclusions(self) -> list[ExclusionCard]:
        return [card for card in self.exclusions if card.is_chosen and self.may_exclude]

    def fields(self) -> Fields:
        order: Fields = [("order", self.order)] if self.order != Order.IN_ORDER else []
        over: Fields = [("over", "on"), ("over-time", self.granularity)]
        times: Fields = [("times", "on"), ("times-from", self.timed.first)]
        times += [("times-to", self.timed.last), ("times-bins", self.bins)]
        return [
            *order,
            *fields_of(self.hold),
            *fields_of(self.exclusions),
            *(over if self.is_over_time else []),
            *(times if self.is_timed else []),
        ]

    def dump(self) -> dict[str, Any]:
        times = {"from": self.timed.first, "to": self.timed.last, "bins": number(self.bins)}
        found = {
            "order": self.order if self.order != Order.IN_ORDER else None,
            "hold": [row.name for row in self.asked_hold],
            "exclusions": [card.dump() for card in self.asked_exclusions],
            "over_time": {"granularity": self.granularity} if self.is_over_time else None,
            "time_to_convert": times if self.is_timed else None,
        }
        return {key: value for key, value in found.items() if value}


def is_list(choice: Choice, name: str) -> bool:
    return choice.properties.get(name) is Type.LIST
