"""Asking: the cache, the run that computes, and the answer over what the store holds."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from analytics import engine
from analytics.definitions.conditions import Catalogue
from analytics.definitions.figures import Figure, FunnelFigure
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import Definition, Funnel, dump, parse, parse_condition
from analytics.engine.funnel import Separation, separation
from analytics.models.runs import Run
from analytics.models.scopes import scope_of
from analytics.results import Result
from analytics.store import audit, client, loader
from people import faults
from people.models import Batch, Project
from people.tracing import run_id

log = logging.getLogger(__name__)

KEEP_RESULTS = timedelta(hours=24)
# Of answers in the cache; raised when their shape changes, so that none of another shape is read.
ANSWERS = 3
LOAD_WITHIN = timedelta(seconds=120)


@dataclass(frozen=True)
class Question:
    """A definition asked of a project: parsed once, and resolved once into a plan."""

    project: Project
    definition: Definition
    scope: engine.Scope

    @classmethod
    def of(
        cls,
        project: Project,
        data: object,
        *,
        now: datetime | None = None,
        catalogue: Catalogue | None = None,
    ) -> "Question":
        """The question that JSON asks; now, unless another instant is given. Raises Invalid."""
        scope = scope_of(project, data, now=now, catalogue=catalogue)
        return cls(project, parse(data, scope.catalogue), scope)

    @cached_property
    def plan(self) -> engine.Plan[Any]:
        return engine.plan(self.definition, self.scope)

    @cached_property
    def query(self) -> engine.Query:
        return engine.query(self.plan)

    @cached_property
    def digest(self) -> str:
        """Equal for questions whose answers are equal over the same data."""
        return self.query.digest()

    @cached_property
    def load(self) -> int:
        """How far the store is, as it was when this was first asked for."""
        loads = Project.objects.values_list("loads_done", flat=True)
        return loads.get(pk=self.project.pk)

    @property
    def cache_key(self) -> str:
        """Holds the project, the question with its days resolved, and how far the store is."""
        return f"answer:{ANSWERS}:{self.project.pk}:{self.load}:{self.digest}"

    def people(self, figure: Figure) -> engine.Statement:
        """Who is behind one number of the answer. Raises Invalid."""
        return engine.people(self.plan, figure, fetch)

    def live(self, figure: Figure) -> engine.Live:
        """The condition that those behind one number meet, with what it does not say of the number.
        Raises Invalid, in words, where there is none."""
        found = engine.live(self.plan, figure)
        written = found.condition.model_dump(mode="json", by_alias=True)
        condition = parse_condition(written, self.scope.catalogue)
        return replace(found, condition=condition)

    def whys(self, people: Sequence[int], figure: Figure | None = None) -> dict[int, engine.Why]:
        """Of each of these people how they went through a funnel, in the period of a figure, and
        why no further; none where it is another kind of report."""
        if not isinstance(self.definition, Funnel):
            return {}
        asked = self.plan.of_figure(figure) if figure else self.plan
        return engine.whys(asked, fetch(engine.ways(asked, people)))

    def separation(self, figure: Figure) -> Separation | None:
        """What separates those who got to a step from those who were lost before it; None where
        the figure is no such step."""
        if not isinstance(self.definition, Funnel) or not isinstance(figure, FunnelFigure):
            return None
        return separation(self.plan, figure, fetch) if figure.step else None


def ask(project: Project, data: object, *, wait: float, catalogue: Catalogue | None = None) -> Run:
    """Ask a definition; the run is finished if the answer was there within `wait` seconds.

    Whoever asks several has looked up the catalogue of their events. Raises Invalid when it is not
    a definition.
    """
    question = Question.of(project, data, catalogue=catalogue)
    run = answered(question) or shared(question) or begun(question)
    return run if run.is_finished else run.wait(wait)


def answered(question: Question) -> Run | None:
    """An unsaved run with the cached answer, if nothing was accepted since it was computed."""
    if Batch.objects.waiting(question.project.pk).exists():
        return None
    result = cache.get(question.cache_key)
    return result and Run(
        project=question.project,
        definition=dump(question.definition),
        state=Run.State.DONE,
        result=result,
        load=question.load,
    )


def shared(question: Question) -> Run | None:
    """A run of the same question that has not begun."""
    waiting = Run.objects.filter(project=question.project, state=Run.State.PENDING)
    return waiting.filter(question=question.digest).order_by("created_at").last()


def begun(question: Question) -> Run:
    """A new run, and a worker woken for it."""
    definition = dump(question.definition)
    run = Run.objects.create(
        project=question.project, definition=definition, question=question.digest
    )
    if not wake_worker(run) and Run.objects.claim(run):
        # Nobody else may hear of it before the broker is back.
        compute(run)
    return run


def compute_next() -> bool:
    """Compute the run whose turn it is; False where none waits."""
    while run := Run.objects.next_up():
        if Run.objects.claim(run):
            compute(run)
            return True
    return False


def compute(run: Run) -> None:
    """Answer the question over everything that was accepted before it was asked."""
    token = run_id.set(str(run.pk))
    try:
        faults.point("report-claimed")
        with run.held():
            result = over_everything(run)
        faults.point("report-computed")
        run.finish(Run.State.DONE, result=result.dump())
    except (client.StoreError, Invalid) as error:
        run.finish(Run.State.FAILED, error=str(error))
    except Exception:
        log.exception("Run %s failed", run.pk)
        run.finish(Run.State.FAILED, error="This could not be computed. The log says why.")
        raise
    finally:
        run_id.reset(token)


def over_everything(run: Run) -> Result:
    """The result with all that was accepted; a store that turns out to be lost is made anew."""
    try:
        return over_store(run)
    except client.StoreLost:
        audit.recover()
        return over_store(run)


def over_store(run: Run) -> Result:
    loader.drain(run.project_id, until=timezone.now() + LOAD_WITHIN)
    question = Question.of(run.project, run.definition)
    result = answer(question, going=run.must_go_on, mark=str(run.pk))
    run.load = question.load
    return result


def answer(
    question: Question, *, going: Callable[[], None] = lambda: None, mark: str = ""
) -> Result:
    """The answer over what the store holds now; kept in the cache.

    `going` is called before each statement, to raise where there shall be no more; by the `mark`
    the statements can be stopped. Raises StoreError, also where all of them took too long.
    """
    key = question.cache_key
    deadline = time.monotonic() + settings.QUERY_SECONDS
    rows = {}
    for name, statement in question.query.statements.items():
        going()
        if time.monotonic() > deadline:
            raise client.too_slow()
        rows[name] = fetch(statement, mark)
    result = engine.result(question.plan, rows)
    cache.set(key, result.dump(), KEEP_RESULTS.total_seconds())
    return result


def fetch(statement: engine.Statement, mark: str = "") -> Any:
    """The store's answer to a statement: rows, or a table of columns where it wants one."""
    asked = client.columns if statement.as_columns else client.ask
    return asked(statement.sql, statement.binds, mark)


def wake_worker(run: Run) -> bool:
    """Wake a worker, to begin this run or another; False where the broker cannot be reached.

    What gets lost the sweep makes up for.
    """
    try:
        current_app.send_task("analytics.tasks.compute")
    except BrokerAway:
        log.warning("The broker is away; run %s is computed without it", run.pk)
        return False
    return True
