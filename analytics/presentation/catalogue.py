"""The list of events: its order, and what there is to say about it in a sentence or two."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone

from analytics.models import Volume
from people.locale import count

NEVER = datetime.min.replace(tzinfo=UTC)
# More names are counted.
MOST_NAMED = 2


@dataclass(frozen=True)
class Entry:
    """An event of the list in few words; the rest of it is read for a page alone."""

    pk: int
    name: str
    title: str
    volume: Volume | None
    is_used: bool

    def __str__(self) -> str:
        return self.title or self.name

    @property
    def is_new(self) -> bool:
        return self.volume is not None and self.volume.is_new

    @property
    def is_silent(self) -> bool:
        return self.volume is not None and self.volume.is_silent

    @property
    def recent(self) -> int:
        return self.volume.recent if self.volume else 0

    @property
    def last(self) -> datetime:
        return self.volume.last if self.volume else NEVER


def in_order(entries: Sequence[Entry], sort: str) -> list[Entry]:
    """Those that come most often first, unless another order is asked for."""
    match sort:
        case "name":
            return sorted(entries, key=lambda each: str(each).casefold())
        case "last":
            return sorted(entries, key=lambda each: each.last, reverse=True)
        case _:
            return sorted(entries, key=lambda each: -each.recent)


def finding(entries: Sequence[Entry]) -> str:
    """Which events are new and which are silent; else which comes most often; "" where none came
    lately."""
    return " ".join(sentences(entries)) or most_often(entries)


def sentences(entries: Sequence[Entry]) -> Iterator[str]:
    if new := [each for each in entries if each.is_new]:
        yield f"{listed(new)} new in the last 7 days."
    match [each for each in entries if each.is_silent]:
        case []:
            return
        case [one]:
            yield f"{one} has been silent for {(timezone.now() - one.last).days} days."
        case several:
            yield f"{count(len(several))} events have been silent for 30 days or more."


def listed(entries: Sequence[Entry]) -> str:
    if len(entries) > MOST_NAMED:
        return f"{count(len(entries))} events are"
    return f"{' and '.join(map(str, entries))} {'is' if len(entries) == 1 else 'are'}"


def most_often(entries: Sequence[Entry]) -> str:
    if not (every := sum(each.recent for each in entries)):
        return ""
    first = max(entries, key=lambda each: each.recent)
    return (
        f"{first} comes most often: {count(first.recent)} of {count(every)} events"
        " in the last 30 days."
    )
