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
from analytics.definitions.reports import parse_condition
from analytics.models.people import MOST_LISTED
from analytics.models.questions import LOAD_WITHIN, fetch
from analytics.models.saved import Segment
from analytics.models.scopes import scope_of
from analytics.store import loader
from people import operations
from people.ingest.resolver import batched
from people.models import Identity, Person, Project, User
from people.values import UNKEEPABLE

DAYS = 30
PIECE = 4_000
# What separates ids in a file: the first column of a table counts.
LINES, COLUMNS = re.compile(r"[\r\n]+"), re.compile(r"[,;\t]")


@dataclass(frozen=True)
class Size:
    """How many people were in a segment by the end of each of the 30 days before, as far as is
    known, and how many are in it now."""

    by_day: tuple[int, ...]

    @property
    def now(self) -> int:
        return self.by_day[-1]

    @property
    def change(self) -> float | None:
        """By which share it grew or, below zero, shrank; None where there was nobody."""
        before = self.by_day[0]
        return (self.now - before) / before if before else None

    @property
    def sign(self) -> str:
        return "−" if self.change and self.change < 0 else "+"

    @property
    def moved(self) -> float:
        return abs(self.change or 0)


def sizes_by_day(project: Project, segments: Iterable[Segment]) -> dict[uuid.UUID, Size]:
    """Of each segment, by one question for all; those are left out whose condition fits no longer
    what is known."""
    scope = scope_of(project, None)
    known = scope.catalogue.segments
    chosen = {each.pk: known[str(each.pk)] for each in segments if str(each.pk) in known}
    if not chosen:
        return {}
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    days = [scope.today - timedelta(ago) for ago in range(DAYS, -1, -1)]
    [counts] = fetch(engine.history(list(chosen.values()), days, scope))
    return {key: Size(tuple(by_day)) for key, by_day in zip(chosen, counts, strict=True)}


def segments_with(person: Person) -> list[Segment]:
    """The saved segments that somebody is in, by name. Raises StoreError."""
    project = person.project
    scope = scope_of(project, None)
    known = scope.catalogue.segments
    chosen = [each for each in project.segments.order_by("name") if str(each.pk) in known]
    if not chosen:
        return []
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    conditions = [known[str(each.pk)] for each in chosen]
    rows = fetch(engine.memberships(conditions, person.pk, scope))
    return [each for row in rows for each, is_in in zip(chosen, row, strict=True) if is_in]


@dataclass(frozen=True)
class Counted:
    """How many people a rule holds for: after each of its lines, the last one being its size; and
    how many come and go where it takes the place of the rule that is saved."""

    left: tuple[int, ...]
    coming: int = 0
    going: int = 0

    @property
    def size(self) -> int:
        return self.left[-1]

    @property
    def before(self) -> int:
        """Its size as it is saved."""
        return self.size - self.coming + self.going


def counted(project: Project, rule: object, saved: Segment | None) -> Counted:
    """Whom a rule holds for now, against the one that is saved, by one question. Raises Invalid."""
    scope = scope_of(project, rule)
    condition = parse_condition(rule, scope.catalogue)
    known = scope.catalogue.segments.get(str(saved.pk)) if saved else None
    before = known.condition if known and known.condition != condition else None
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    [row] = fetch(engine.lines(condition, before, scope))
    *left, coming, going = row if before else (*row, 0, 0)
    return Counted(tuple(left), coming, going)


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

    @property
    def of_one(self) -> float | None:
        """Which part of the first is in the other, too; None where nobody is in it."""
        return self.both / self.one if self.one else None

    @property
    def of_other(self) -> float | None:
        return self.both / self.other if self.other else None


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
