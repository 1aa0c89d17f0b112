"""What a kind of report asks in its form beside its events, and the rows of it: fields of a URL ↔
pieces of a definition, as the cards."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.http import QueryDict

from analytics.forms.cards import Choice, EventCard, Known
from analytics.forms.fields import Fields, Row


class Rules:
    """None: what kinds have that ask nothing beside their events."""

    # The parameters that are read here begin with one of these.
    keys: ClassVar[tuple[str, ...]] = ()

    @property
    def begins_anywhere(self) -> bool:
        """Whether what is counted may begin with any of the events."""
        return False

    @property
    def choices(self) -> list[Choice]:
        """The events in them."""
        return []

    def add(self, _what: str) -> Row | None:
        """Add a new row; the row, if there are such rows."""
        return None

    def lists(self) -> Iterator[list[Any]]:
        """Every list of rows in them."""
        yield from ()

    def places(self) -> Iterator[tuple[str, Row]]:
        """Every row with the path of its piece of the definition."""
        yield from ()

    def follow(self, before: Sequence[EventCard], after: Sequence[EventCard]) -> None:
        """Go where the steps went."""

    def settle(self, cards: Sequence[EventCard]) -> None:
        """Fit the cards that there are, and be numbered anew."""

    def fields(self) -> Fields:
        return []

    def dump(self) -> dict[str, Any]:
        """Their pieces of the definition; none of what is not asked."""
        return {}


@dataclass
class Between:
    """Two steps, counted from 0, the first one before the other."""

    first: int = 0
    last: int = -1

    @classmethod
    def read(cls, query: QueryDict, first: str, last: str) -> "Between":
        return cls(index(query.get(first, ""), 0), index(query.get(last, ""), -1))

    def is_whole(self, count: int) -> bool:
        """Whether they are the first and the last of so many steps."""
        return self.first == 0 and self.last in (-1, count - 1)

    def follow(self, moved: Mapping[int, int]) -> None:
        self.first, self.last = sorted(moved.get(each, each) for each in (self.first, self.last))

    def fit(self, count: int) -> None:
        """Be two of so many steps; the last one where none was chosen."""
        last = count - 1 if self.last < 0 else self.last
        self.first = min(max(self.first, 0), count - 2)
        self.last = min(max(last, self.first + 1), count - 1)


def index(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 3 else otherwise


@dataclass
class HeldRow:
    """A property that all events of an attempt share; one without a name is not asked."""

    prefix: str
    name: str = ""
    problems: list[str] = field(default_factory=list)

    def renumber(self, prefix: str) -> None:
        self.prefix = prefix

    def add(self, what: str) -> Row | None:
        """It has no rows."""

    def place(self, path: str) -> Iterator[tuple[str, Row]]:
        yield path, self

    def fields(self) -> Fields:
        return [(self.prefix, self.name)]


@dataclass
class ExclusionCard(Choice):
    """An event that must not happen between two steps; one that is not chosen is not asked."""

    between: Between = field(default_factory=Between)

    @classmethod
    def read(cls, query: QueryDict, prefix: str, known: Known) -> Self:
        card = super().read(query, prefix, known)
        card.between = Between.read(query, f"{prefix}-after", f"{prefix}-before")
        return card

    @classmethod
    def of(cls, prefix: str, alternative: Mapping[str, Any]) -> Self:
        card = super().of(prefix, alternative)
        card.between = Between(alternative["after"], alternative["before"])
        return card

    def fields(self) -> Fields:
        own = {"after": self.between.first, "before": self.between.last}
        return [*super().fields(), *((f"{self.prefix}-{key}", own[key]) for key in own)]

    def dump(self) -> dict[str, Any]:
        return self.alternative() | {"after": self.between.first, "before": self.between.last}
