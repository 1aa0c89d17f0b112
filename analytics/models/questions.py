"""Asking: the cache, the run that computes, and the answer over what the store holds."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from analytics import engine
from analytics.definitions.conditions import Invalid
from analytics.definitions.reports import Definition, dump, parse
from analytics.models.runs import Run
from analytics.models.scopes import scope_of
from analytics.store import client, loader
from people.models import Batch, Project

log = logging.getLogger(__name__)

KEEP_RESULTS = timedelta(hours=24)
LOAD_WITHIN = timedelta(seconds=120)


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


def compute_next() -> bool:
    """Compute the run whose turn it is; False where none waits."""
    while run := Run.objects.next_up():
        if Run.objects.claim(run):
            compute(run)
            return True
    return False


def compute(run: Run) -> None:
    """Answer the question over everything that was accepted before it was asked."""
    try:
        loader.drain(run.project_id, until=timezone.now() + LOAD_WITHIN)
        result = answer(run.project, run.definition, going=run.must_go_on, mark=str(run.pk))
        run.finish(Run.State.DONE, result=result)
    except (client.StoreError, Invalid) as error:
        run.finish(Run.State.FAILED, error=str(error))
    except Exception:
        log.exception("Run %s failed", run.pk)
        run.finish(Run.State.FAILED, error="This could not be computed. The log says why.")
        raise


def answer(
    project: Project, data: object, *, going: Callable[[], None] = lambda: None, mark: str = ""
) -> dict[str, Any]:
    """The result of a definition over what the store holds now; kept in the cache.

    `going` is called before each statement, to raise where there shall be no more; by the `mark`
    the statements can be stopped. Raises StoreError, also where all of them took too long.
    """
    scope = scope_of(project, data)
    definition = parse(data, scope.catalogue)
    query = engine.query(definition, scope)
    key = cache_key(project, query.digest())
    deadline = time.monotonic() + settings.QUERY_SECONDS
    rows = {}
    for name, statement in query.statements.items():
        going()
        if time.monotonic() > deadline:
            raise client.too_slow()
        rows[name] = fetch(statement, mark)
    result = engine.result(definition, scope, rows)
    cache.set(key, result, KEEP_RESULTS.total_seconds())
    return result


def fetch(statement: engine.Statement, mark: str = "") -> Any:
    """The store's answer to a statement: rows, or a table of columns where it wants one."""
    asked = client.columns if statement.as_columns else client.ask
    return asked(statement.sql, statement.binds, mark)


def ring(run: Run) -> None:
    """Wake a worker, to begin this run or another. What gets lost the sweep makes up for."""
    try:
        current_app.send_task("analytics.tasks.compute")
    except BrokerAway:
        log.warning("The broker is away; run %s waits for the sweep", run.pk)
