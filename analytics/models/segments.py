"""Segments beside each other: how large they are and became, whom they share, and fixed lists."""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from analytics import engine
from analytics.definitions.conditions import InlineSegment
from analytics.definitions.parts import Invalid
from analytics.models.people import MOST_LISTED
from analytics.models.questions import LOAD_WITHIN, fetch
from analytics.models.saved import Segment
from analytics.models.scopes import scope_of
from analytics.store import loader
from people import operations
from people.ingest.resolver import batched
from people.models import Identity, Project, User
from people.values import UNKEEPABLE, end_of_day, milliseconds

DAYS = 30
PIECE = 4_000
# What separates ids in a file: the first column of a table counts.
LINES, COLUMNS = re.compile(r"[\r\n]+"), re.compile(r"[,;\t]")


@dataclass(frozen=True)
class Size:
    """How many people are in a segment now, and how many of them were known by the end of each of
    the 30 days before and of today."""

    by_day: tuple[int, ...]

    @property
    def now(self) -> int:
        return self.by_day[-1]

    @property
    def change(self) -> float | None:
        """By which share it grew; None where there was nobody."""
        before = self.by_day[0]
        return (self.now - before) / before if before else None


def sizes_by_day(project: Project, segments: Iterable[Segment]) -> dict[uuid.UUID, Size]:
    """Of each segment, by one question for all; those are left out whose condition fits no longer
    what is known."""
    scope = scope_of(project, None)
    known = scope.catalogue.segments
    chosen = {each.pk: known[str(each.pk)] for each in segments if str(each.pk) in known}
    if not chosen:
        return {}
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    # Today is not over, but everybody who is known now counts.
    days = [scope.today - timedelta(ago) for ago in range(DAYS, 0, -1)]
    ends = [milliseconds(end_of_day(day, scope.zone)) for day in days]
    counts = {row[0]: row[1:] for row in fetch(engine.growth(list(chosen.values()), ends, scope))}
    found = {}
    for n, key in enumerate(chosen):
        total, by_day = 0, []
        for passed in range(DAYS + 1):
            total += counts[passed][n] if passed in counts else 0
            by_day.append(total)
        found[key] = Size(tuple(by_day))
    return found


@dataclass(frozen=True)
class Shared:
    """Two segments: how many are in each, and in both."""

    one: int
    other: int
    both: int

    @property
    def only_one(self) -> int:
        return self.one - self.both

    @property
    def only_other(self) -> int:
        return self.other - self.both


def shared_by(project: Project, one: InlineSegment, other: InlineSegment) -> Shared:
    """Whom two segments have in common, over everything that was accepted."""
    scope = scope_of(project, None)
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    [[first, second]] = fetch(engine.sizes([one, other], scope))
    [[both]] = fetch(engine.overlap([one, other], scope))
    return Shared(first, second, both)


# --- Fixed lists --------------------------------------------------------------------------------


def ids_in(text: str) -> list[str]:
    """The ids of a file: one a line, in the first column; each once."""
    lines = (COLUMNS.split(line)[0].strip().strip("\"'") for line in LINES.split(text))
    return list(dict.fromkeys(each for each in lines if each and not UNKEEPABLE.search(each)))


def list_of_ids(project: Project, name: str, text: str, by: User | None) -> tuple[Segment, int]:
    """A fixed list of the people whom ids name, and how many of the ids belong to nobody. Raises
    Invalid for what cannot be."""
    problems = Segment.name_problems(project, name)
    ids = ids_in(text)
    if not ids:
        problems["ids"] = ["There is no id in it. Give one a line."]
    if len(ids) > MOST_LISTED:
        problems["ids"] = [f"These are {len(ids):,} ids; a fixed list holds {MOST_LISTED:,}."]
    if problems:
        raise Invalid(problems)
    people: set[int] = set()
    named = 0
    for piece in batched(ids, PIECE):
        found = Identity.objects.filter(project=project, value__in=piece)
        rows = list(found.values_list("value", "person_id"))
        named += len({value for value, _ in rows})
        people |= {person for _, person in rows}
    if not people:
        raise Invalid({"ids": ["None of these ids belongs to anybody here."]})
    with transaction.atomic():
        listed = operations.list_people(project, sorted(people))
        made = Segment.objects.create(project=project, name=name, people=listed, created_by=by)
    return made, len(ids) - named
