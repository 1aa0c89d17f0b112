"""What the worker does: one call each. Messages only wake; what is due is a row."""

import logging

from celery import shared_task
from django.utils import timezone

from analytics.models import Run, Selection
from analytics.models.questions import compute_next, ring
from analytics.models.runs import KEEP_RUNS
from analytics.store import audit, client, loader

log = logging.getLogger(__name__)


@shared_task
def compute() -> None:
    """Begin the run whose turn it is: as many messages as runs, in whichever order."""
    compute_next()


@shared_task
def load() -> None:
    """Bring what waits into the store, so that reports find little to load."""
    try:
        audit.look_after()
    except client.StoreError as error:
        log.warning("Nothing is loaded: %s", error)
        return
    waiting = loader.projects_waiting()
    for project_id in waiting:
        try:
            loader.drain(project_id)
        except client.StoreError as error:
            log.warning("Project %s is not loaded: %s", project_id, error)
    if waiting:
        client.give_back_memory()


@shared_task
def sweep() -> None:
    """Find runs whose message or worker was lost, and clear old ones away."""
    for run in Run.objects.unheard():
        ring(run)
    for run in Run.objects.abandoned():
        run.finish(Run.State.FAILED, error="The computation was interrupted. Ask again.")
    for kind in (Run, Selection):
        kind.objects.filter(created_at__lt=timezone.now() - KEEP_RUNS).delete()
