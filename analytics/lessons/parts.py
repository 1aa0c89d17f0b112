"""What a lesson is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

# The first instant of every lesson, in a project on UTC: a Monday.
START = datetime(2026, 5, 4, 10, tzinfo=UTC)
OTHER = "×"
MINUTES_A_DAY = 1440


@dataclass(frozen=True)
class Did:
    """What somebody did, so many minutes after the start."""

    minutes: float
    event: str
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return START + timedelta(minutes=self.minutes)

    @property
    def said(self) -> str:
        """The properties that matter, as in "plan pro"."""
        return ", ".join(f"{name} {value}" for name, value in self.properties.items())


@dataclass(frozen=True)
class Answer:
    """A number of the answer: its place as for the people behind a number, its value, and who is
    behind it; None where people are not what is counted."""

    words: str
    figure: Mapping[str, Any]
    value: float
    who: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Cell:
    """What somebody did at one instant."""

    marks: tuple[tuple[str, Did], ...]


@dataclass(frozen=True)
class Lesson:
    """Some people, a question, and what comes out."""

    title: str
    text: str
    asked: str
    people: Mapping[str, Sequence[Did]]
    definition: Mapping[str, Any]
    answers: tuple[Answer, ...]
    by: Literal["minute", "day"] = "minute"

    @property
    def names(self) -> list[str]:
        """The events that the question names, in its order."""
        found = self.definition
        parts = found.get("events") or found.get("steps") or (found["entry"], found["return"])
        names = [str(each["event"]) for each in parts]
        return list(dict.fromkeys(names))

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Which mark stands for which event."""
        done = {each.event for did in self.people.values() for each in did}
        known = [(str(n), name) for n, name in enumerate(self.names, 1)]
        return known + [(OTHER, name) for name in sorted(done - set(self.names))]

    @property
    def instants(self) -> list[float]:
        """The columns of the picture: each instant, or each day from the first to the last."""
        found = sorted({self.column(each) for did in self.people.values() for each in did})
        if self.by == "day":
            return [float(n) for n in range(int(found[0]), int(found[-1]) + 1)]
        return found

    @property
    def heads(self) -> list[str]:
        if self.by == "day":
            return [f"{START + timedelta(each):%A}" for each in self.instants]
        times = (START + timedelta(minutes=each) for each in self.instants)
        return [f"{at:%H:%M:%S}".removesuffix(":00") for at in times]

    @property
    def rows(self) -> list[tuple[str, list[Cell]]]:
        """Of each person a cell an instant."""
        return [
            (name, [self.cell(did, at) for at in self.instants])
            for name, did in self.people.items()
        ]

    def cell(self, did: Sequence[Did], at: float) -> Cell:
        there = (each for each in did if self.column(each) == at)
        return Cell(tuple((self.mark(each), each) for each in there))

    def column(self, did: Did) -> float:
        return float(did.minutes // MINUTES_A_DAY) if self.by == "day" else did.minutes

    def mark(self, did: Did) -> str:
        names = self.names
        return str(names.index(did.event) + 1) if did.event in names else OTHER


@dataclass(frozen=True)
class Chapter:
    """The lessons of one kind of question."""

    key: str
    title: str
    lead: str
    lessons: tuple[Lesson, ...]


def day(n: int, event: str, **properties: Any) -> Did:
    """Something at ten o'clock of the n-th day."""
    return Did(n * MINUTES_A_DAY, event, properties)
