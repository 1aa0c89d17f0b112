"""Segments, reports, and the runs that compute them."""

import logging
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from celery import current_app
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from analytics import engine
from analytics.definitions import (
    Catalogue,
    Definition,
    InlineSegment,
    Invalid,
    dump,
    events_named,
    parse,
    parse_condition,
)
from analytics.engine.buckets import Bucket
from analytics.figures import describe, parse_figure
from analytics.store import client, loader
from people.attributes import STANDARD
from people.models import (
    AttributeDefinition,
    Batch,
    Person,
    Project,
    PropertyDefinition,
    User,
)
from people.values import Type

log = logging.getLogger(__name__)

KEEP_RESULTS = timedelta(hours=24)
KEEP_RUNS = timedelta(days=7)
LOAD_WITHIN = timedelta(seconds=120)
GIVE_UP_AFTER = timedelta(minutes=10)


class Segment(models.Model):
    """A named condition on people, evaluated when a report is computed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="segments")
    name = models.CharField(max_length=100)
    condition = models.JSONField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_segment_name")]

    def __str__(self) -> str:
        return self.name

    def used_by(self) -> list["Report"]:
        """The saved reports that name this segment."""
        return [
            report
            for report in self.project.reports.all()
            if any(each.get("segment") == str(self.pk) for each in report.definition["segments"])
        ]

    def clean(self) -> None:
        """Refuse a condition that could not be evaluated, with every reason."""
        try:
            catalogue = catalogue_of(self.project, events_named(self.condition))
            parse_condition(self.condition, catalogue)
        except Invalid as error:
            raise ValidationError({"condition": spoken(error)}) from error


class Report(models.Model):
    """A saved definition with a name."""

    class Kind(models.TextChoices):
        SEGMENTATION = "segmentation"
        FUNNEL = "funnel"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="reports")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind, editable=False)
    definition = models.JSONField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    modified_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-modified_at"]

    def __str__(self) -> str:
        return self.name

    def duplicate(self, user: User) -> "Report":
        """The same question under a name of its own."""
        return Report.objects.create(
            project=self.project,
            name=f"Copy of {self.name}"[:200],
            kind=self.kind,
            definition=self.definition,
            created_by=user,
        )

    def clean(self) -> None:
        """Refuse a definition that could not be asked, with every reason."""
        try:
            catalogue = catalogue_of(self.project, events_named(self.definition))
            definition = parse(self.definition, catalogue)
        except Invalid as error:
            raise ValidationError({"definition": spoken(error)}) from error
        self.kind, self.definition = definition.kind, dump(definition)


def spoken(error: Invalid) -> list[str]:
    return [f"{path}: {text}" for path, texts in error.problems.items() for text in texts]


class RunQuerySet(models.QuerySet["Run"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=[Run.State.PENDING, Run.State.RUNNING])

    def abandoned(self) -> Self:
        """Started so long ago that whoever computed them is gone."""
        return self.unfinished().filter(created_at__lt=timezone.now() - GIVE_UP_AFTER)

    def unheard(self) -> Self:
        """Waiting although a worker should have begun: the message was lost."""
        old = timezone.now() - timedelta(seconds=10)
        return self.filter(state=Run.State.PENDING, created_at__lt=old)

    def claim(self, run: "Run") -> bool:
        """Begin a run; True for the one worker that did it."""
        mine = self.filter(pk=run.pk, state=Run.State.PENDING)
        run.state, run.started_at = Run.State.RUNNING, timezone.now()
        return mine.update(state=run.state, started_at=run.started_at) == 1


class Run(models.Model):
    """One computation of one definition: what was asked, how far it is, what came out."""

    class State(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="runs")
    definition = models.JSONField()
    # Equal questions share a run that has not begun: it loads what is waiting before it asks.
    question = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.project} · {self.state}"

    @property
    def is_finished(self) -> bool:
        return self.state in (Run.State.DONE, Run.State.FAILED)

    def compute(self) -> None:
        """Answer the question over everything that was accepted before it was asked."""
        if not Run.objects.claim(self):
            return
        try:
            loader.drain(self.project_id, until=timezone.now() + LOAD_WITHIN)
            self.finish(Run.State.DONE, result=answer(self.project, self.definition))
        except (client.StoreError, Invalid) as error:
            self.finish(Run.State.FAILED, error=str(error))
        except Exception:
            log.exception("Run %s failed", self.pk)
            self.finish(Run.State.FAILED, error="This could not be computed. The log says why.")
            raise

    def finish(
        self, state: State, *, result: dict[str, Any] | None = None, error: str = ""
    ) -> None:
        self.state, self.result, self.error = state, result, error
        self.finished_at = timezone.now()
        self.save(update_fields=["state", "result", "error", "finished_at"])

    def wait(self, seconds: float) -> Self:
        """Look at the row until it is finished or the time is over."""
        deadline = time.monotonic() + seconds
        pause = 0.004
        while not self.is_finished and time.monotonic() < deadline:
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
            self.refresh_from_db(fields=["state"])
        self.refresh_from_db()
        return self


class Selection(models.Model):
    """A number whose people are looked at: what was asked, and when, while its list is paged."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="selections")
    definition = models.JSONField()
    figure = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.project} · {self.figure}"

    def told(self) -> str:
        """The number in words. Raises Invalid where the report has no such number."""
        scope = scope_of(self.project, self.definition, now=self.created_at)
        definition = parse(self.definition, scope.catalogue)
        return describe(definition, parse_figure(definition, self.figure))

    def people(self) -> engine.Statement:
        """Who is behind the number. Raises Invalid where the report has no such number."""
        scope = scope_of(self.project, self.definition, now=self.created_at)
        definition = parse(self.definition, scope.catalogue)
        return engine.people(definition, scope, parse_figure(definition, self.figure))


# --- Asking -------------------------------------------------------------------------------------


def catalogue_of(project: Project, events: Iterable[str] = ()) -> Catalogue:
    """The types of a project's attributes and of these events' properties, and its segments."""
    saved = list(project.segments.values_list("pk", "name", "condition"))
    events = set(events).union(*(events_named(condition) for _, _, condition in saved))
    custom = AttributeDefinition.objects.filter(project=project).values_list("name", "type")
    properties: dict[str, dict[str, Type]] = {}
    asked = PropertyDefinition.objects.filter(event__project=project, event__name__in=events)
    for event, name, kind in asked.values_list("event__name", "name", "type"):
        properties.setdefault(event, {})[name] = Type(kind)
    attributes = STANDARD | {name: Type(kind) for name, kind in custom if name not in STANDARD}
    bare = Catalogue(attributes, properties)
    segments = {
        str(pk): InlineSegment.model_construct(name=name, condition=parse_condition(given, bare))
        for pk, name, given in saved
    }
    return Catalogue(attributes, properties, segments)


def scope_of(project: Project, data: object, *, now: datetime | None = None) -> engine.Scope:
    """What a definition is asked of; now, unless another instant is given."""
    catalogue = catalogue_of(project, events_named(data))
    return engine.Scope(project.pk, now or timezone.now(), project.zone, catalogue)


def ask(project: Project, data: object, *, wait: float) -> Run:
    """Ask a definition; the run is finished if the answer was there within `wait` seconds.

    Raises Invalid when it is not a definition.
    """
    scope = scope_of(project, data)
    definition = parse(data, scope.catalogue)
    question = engine.query(definition, scope).digest()
    if (run := answered(project, definition, question)) or (run := shared(project, question)):
        return run.wait(wait) if not run.is_finished else run
    run = Run.objects.create(project=project, definition=dump(definition), question=question)
    ring(run)
    return run.wait(wait)


def answered(project: Project, definition: Definition, question: str) -> Run | None:
    """An unsaved run with the cached answer, if nothing was accepted since it was computed."""
    if Batch.objects.filter(project=project).waiting().exists():
        return None
    result = cache.get(cache_key(project, question))
    if result is None:
        return None
    return Run(project=project, definition=dump(definition), state=Run.State.DONE, result=result)


def shared(project: Project, question: str) -> Run | None:
    """A run of the same question that has not begun."""
    same = Run.objects.filter(project=project, question=question, state=Run.State.PENDING)
    return same.order_by("created_at").last()


def cache_key(project: Project, question: str) -> str:
    """Holds the project, the question with its days resolved, and how far the store is."""
    loads = Project.objects.values_list("loads_done", flat=True).get(pk=project.pk)
    return f"answer:{project.pk}:{loads}:{question}"


def answer(project: Project, data: object) -> dict[str, Any]:
    """The result of a definition over what the store holds now; kept in the cache."""
    scope = scope_of(project, data)
    definition = parse(data, scope.catalogue)
    query = engine.query(definition, scope)
    key = cache_key(project, query.digest())
    rows = {name: client.ask(each.sql, each.binds) for name, each in query.statements.items()}
    result = engine.result(definition, scope, rows)
    cache.set(key, result, KEEP_RESULTS.total_seconds())
    return result


def ring(run: Run) -> None:
    """Wake a worker. A message that gets lost is made up for by the sweep."""
    try:
        current_app.send_task("analytics.tasks.compute", [str(run.pk)])
    except BrokerAway:
        log.warning("The broker is away; run %s waits for the sweep", run.pk)


# --- Lists of people ----------------------------------------------------------------------------


@dataclass(frozen=True)
class PeoplePage:
    """A piece of a list of people, and the ids between which its neighbours lie."""

    people: list[Person]
    after: int | None
    before: int | None


def people_page(project: Project, people: engine.Statement, page: engine.Page) -> PeoplePage:
    """A page of the people whom a statement selects, over everything that was accepted."""
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    statement = page.of(people)
    ids = [row[0] for row in client.ask(statement.sql, statement.binds)]
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


def people_count(people: engine.Statement) -> int:
    statement = engine.count(people)
    [[number]] = client.ask(statement.sql, statement.binds)
    return int(number)


def segment_people(segment: Segment) -> engine.Statement:
    """Who is in a saved segment now."""
    scope = scope_of(segment.project, segment.condition)
    return engine.inside(scope.catalogue.segments[str(segment.pk)], scope)


def segment_sizes(project: Project, segments: Iterable[Segment]) -> dict[uuid.UUID, int]:
    """How many people are in each segment, by one question for all of them."""
    chosen = list(segments)
    if not chosen:
        return {}
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    scope = scope_of(project, None)
    statement = engine.sizes([scope.catalogue.segments[str(each.pk)] for each in chosen], scope)
    [row] = client.ask(statement.sql, statement.binds)
    return {each.pk: size for each, size in zip(chosen, row, strict=True)}


# --- The catalogue as the store sees it ---------------------------------------------------------


@dataclass(frozen=True)
class Volume:
    """How often an event came: day by day, in these days, ever, and when last."""

    days: list[int]
    ever: int
    last: datetime

    @property
    def recent(self) -> int:
        return sum(self.days)


def event_volumes(project: Project, days: Sequence[Bucket]) -> dict[str, Volume]:
    """The volume of each event that ever came."""
    scope = scope_of(project, None)
    seen, counted = engine.last_seen(scope), engine.volumes(days, scope)
    by_day = {(name, start): n for name, start, n in client.ask(counted.sql, counted.binds)}
    return {
        name: Volume(
            [by_day.get((name, day.start), 0) for day in days],
            ever,
            datetime.fromtimestamp(last / 1000, UTC),
        )
        for name, last, ever in client.ask(seen.sql, seen.binds)
    }


def event_examples(
    project: Project, event: str, properties: Sequence[PropertyDefinition]
) -> dict[str, list[tuple[str, int]]]:
    """The most frequent values of each property, with how many events about have them."""
    types = {each.name: Type(each.type) for each in properties}
    statement = engine.examples(event, types, scope_of(project, None))
    [row] = client.ask(statement.sql, statement.binds)
    return {
        name: [(each["item"], each["count"]) for each in cell if each["item"] != ""]
        for name, cell in zip(types, row, strict=False)
    }
