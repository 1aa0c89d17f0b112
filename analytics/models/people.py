"""The people behind a number, and in a segment."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import BadRequest
from django.db import models, transaction
from django.utils import timezone

from analytics import engine
from analytics.definitions.conditions import Catalogue, InlineSegment
from analytics.definitions.figures import Figure, describe, parse_figure
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import parse_condition
from analytics.definitions.titles import said
from analytics.models.questions import LOAD_WITHIN, Question, fetch
from analytics.models.saved import Segment
from analytics.models.scopes import scope_of
from analytics.store import loader
from people import operations
from people.attributes import STANDARD
from people.ingest.resolver import batched
from people.models import Identity, Person, Project, User
from people.models.persons import known_of
from people.values import JSON

MOST_LISTED = 100_000
MOST_NAMED = 100
PIECE = 4_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A person in a long list: number, ids, and what is known of them."""

    pk: int
    ids: list[str]
    known: dict[str, JSON]


class Selection(models.Model):
    """A number whose people are looked at: what was asked, and when, while its list is paged."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="selections")
    definition = models.JSONField()
    figure = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    # Of the definition's events, where it was read for a form already.
    catalogue: Catalogue | None = None

    def __str__(self) -> str:
        return f"{self.project} · {self.figure}"

    @cached_property
    def question(self) -> Question:
        """What was asked, as of when it was. Raises Invalid."""
        return Question.of(
            self.project, self.definition, now=self.created_at, catalogue=self.catalogue
        )

    @cached_property
    def place(self) -> Figure:
        """Which number it is. Raises Invalid where the report has no such number."""
        return parse_figure(self.question.definition, self.figure)

    def described(self) -> str:
        """The number in words. Raises Invalid where the report has no such number."""
        return describe(said(self.question.definition), self.place)

    def people(self) -> engine.Statement:
        """Who is behind the number. Raises Invalid where the report has no such number."""
        return self.question.people(self.place)

    @property
    def has_reasons(self) -> bool:
        """Whether there is a why to each of its people."""
        return engine.kind_of(self.question.definition).has_reasons

    def reasons(self, people: Iterable[Person | Listed]) -> dict[int, engine.Why]:
        """Of these people how they went through the funnel; none where it is another report."""
        return self.question.whys([person.pk for person in people], self.place)

    @cached_property
    def live(self) -> engine.Live:
        """The condition that its people meet. Raises Invalid, in words, where there is none."""
        return self.question.live(self.place)

    @property
    def whose(self) -> str:
        """The segment that they are in, where the report has several; else ""."""
        segments = self.question.plan.segments
        return engine.segment_name(segments[self.place.segment]) if len(segments) > 1 else ""

    @property
    def name(self) -> str:
        """What a segment of them may be called."""
        words = " · ".join(filter(None, (self.whose, self.described())))
        return words if len(words) <= MOST_NAMED else f"{words[: MOST_NAMED - 1]}…"

    def save_live(self, name: str, user: User | None) -> Segment:
        """Keep whoever meets their condition. Raises Invalid where there is none, and for a name
        that cannot be."""
        condition = self.live.condition.model_dump(mode="json")
        if problems := Segment.name_problems(self.project, name):
            raise Invalid(problems)
        return Segment.objects.create(
            project=self.project, name=name, condition=condition, created_by=user
        )

    def save_as_segment(self, name: str, user: User | None) -> Segment:
        """Keep who is behind the number now, as a fixed list. Raises Invalid for what cannot be."""
        people = self.people()
        if problems := Segment.name_problems(self.project, name):
            raise Invalid(problems)
        loader.drain(self.project_id, until=timezone.now() + LOAD_WITHIN)
        ids = [person for (person,) in fetch(people)]
        if len(ids) > MOST_LISTED:
            text = f"These are {len(ids):,} people; a fixed list holds {MOST_LISTED:,}."
            raise Invalid({"": [f"{text} Make a segment of a condition instead."]})
        with transaction.atomic():
            listed = operations.list_people(self.project, ids)
            return Segment.objects.create(
                project=self.project, name=name, people=listed, created_by=user
            )


@dataclass(frozen=True)
class PeoplePage:
    """A piece of a list of people, and the ids between which its neighbours lie."""

    people: list[Person]
    after: int | None
    before: int | None


def people_page(project: Project, people: engine.Statement, page: engine.Page) -> PeoplePage:
    """A page of the people whom a statement selects, over everything that was accepted."""
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    ids = [row[0] for row in fetch(page.of(people))]
    more, ids = len(ids) > page.size, ids[: page.size]
    backwards = page.after is None and page.before is not None
    if backwards:
        ids.reverse()
    found = Person.objects.filter(project=project).prefetch_related("identities").in_bulk(ids)
    return PeoplePage(
        [found[each] for each in ids if each in found],
        after=ids[-1] if ids and (more or backwards) else None,
        before=ids[0] if ids and (more if backwards else page.after is not None) else None,
    )


@dataclass(frozen=True)
class SortedPage:
    """A numbered piece of a sorted list of people; `has_more` where it goes on."""

    people: list[Person]
    number: int
    has_more: bool

    @property
    def earlier(self) -> int:
        return self.number - 1

    @property
    def later(self) -> int:
        return self.number + 1


def sorted_page(project: Project, people: engine.Statement, size: int, number: int) -> SortedPage:
    """The people whom a sorted statement selects, of the piece that it has: one more than `size`
    where the list goes on."""
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    ids = [person for (person,) in fetch(people)]
    found = Person.objects.filter(project=project).prefetch_related("identities")
    known = found.in_bulk(ids[:size])
    listed = [known[each] for each in ids[:size] if each in known]
    return SortedPage(listed, number, len(ids) > size)


def everybody(project: Project, people: engine.Statement) -> Iterator[list[Listed]]:
    """All people whom a statement selects, in the order of their ids, piece by piece. Who they are
    is asked once, before the first piece."""
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    for ids in batched(sorted(person for (person,) in fetch(people)), PIECE):
        yield list(listed(project, ids))


def listed(project: Project, people: Sequence[int]) -> Iterator[Listed]:
    """These people by two questions; values, because a model for each takes most of the time."""
    ids: dict[int, list[str]] = {}
    named = Identity.objects.filter(project=project, person__in=people).order_by("pk")
    for person, value in named.values_list("person", "value"):
        ids.setdefault(person, []).append(value)
    found = Person.objects.filter(project=project, pk__in=people).order_by("pk")
    kept = found.values_list("pk", "attributes", "first_seen", "created_at", "modified_at")
    for pk, *known in kept.iterator():
        yield Listed(pk, ids.get(pk, []), known_of(*known))


def attribute_names(project: Project) -> list[str]:
    """Those that a table of people shows: standard ones first, then a project's own."""
    custom = project.attribute_definitions.order_by("name").values_list("name", flat=True)
    return [*STANDARD, *(name for name in custom if name not in STANDARD)]


def people_count(people: engine.Statement) -> int:
    [[number]] = fetch(engine.count(people))
    return int(number)


def segment_people(segment: Segment) -> engine.Statement:
    """Who is in a saved segment now. Raises BadRequest where its condition fits no longer what is
    known."""
    scope = scope_of(segment.project, segment.condition)
    if (known := scope.catalogue.segments.get(str(segment.pk))) is None:
        raise BadRequest(f"The condition of “{segment}” does not fit what is known any more.")
    return engine.inside(known, scope)


def size_of(project: Project, segment: Mapping[str, Any]) -> int:
    """How many people are in a segment as a definition has it. Raises Invalid."""
    scope = scope_of(project, segment)
    known = scope.catalogue.segments
    if segment.get("segment") in known:
        chosen = known[segment["segment"]]
    else:
        condition = parse_condition(segment.get("condition"), scope.catalogue)
        chosen = InlineSegment.model_construct(name="", condition=condition)
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    [[size]] = fetch(engine.sizes([chosen], scope))
    return int(size)


def segment_sizes(project: Project, segments: Iterable[Segment]) -> dict[uuid.UUID, int]:
    """How many people are in each segment, by one question for all of them; those are left out
    whose condition fits no longer what is known."""
    scope = scope_of(project, None)
    known = scope.catalogue.segments
    chosen = {each.pk: known[str(each.pk)] for each in segments if str(each.pk) in known}
    if not chosen:
        return {}
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    [row] = fetch(engine.sizes(list(chosen.values()), scope))
    return dict(zip(chosen, row, strict=True))
