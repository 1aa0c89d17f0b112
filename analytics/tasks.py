"""What the worker does: one call each. Messages only wake; what is due is a row."""

import logging
from threading import BoundedSemaphore

from celery import shared_task
from django.utils import timezone

from analytics.demo.filling import fill
from analytics.exports import jobs as exporting
from analytics.mails.hooks import call_due
from analytics.mails.sending import MOST_SENDING, send_due
from analytics.models import Run, Selection, check_due, plan
from analytics.models import erasure as erasing
from analytics.models.exports import Export
from analytics.models.questions import compute_next, wake_worker
from analytics.models.runs import KEEP_RUNS
from analytics.store import audit, client, loader
from analytics.store.removal import remove_project
from people.models import Erasure, Project, User

log = logging.getLogger(__name__)
# Where one worker serves all queues, a mail server that is slow leaves threads to the others.
SENDERS = BoundedSemaphore(MOST_SENDING)


@shared_task
def compute() -> None:
    """Begin the run whose turn it is: as many messages as runs, in whichever order.

    Where messages were lost, whoever is done rings for the next: the sweep rings for a few.
    """
    if compute_next() and (late := Run.objects.unclaimed().first()):
        wake_worker(late)


@shared_task
def load() -> None:
    """Bring what waits into the store, so that reports find little to load."""
    try:
        audit.look_after()
    except client.StoreError as error:
        log.warning("Nothing is loaded: %s", error)
        return
    going = set(Project.objects.going().values_list("pk", flat=True))
    waiting = [each for each in loader.projects_waiting() if each not in going]
    for project_id in waiting:
        try:
            loader.drain(project_id)
        except client.StoreError as error:
            log.warning("Project %s is not loaded: %s", project_id, error)
    if waiting:
        client.give_back_memory()


@shared_task
def inspect_store() -> None:
    """Find damage that nobody has read yet."""
    try:
        audit.inspect()
    except client.StoreError as error:
        log.warning("The store is not inspected: %s", error)
        return
    load.delay()


@shared_task
def sweep() -> None:
    """Let runs go on whose message or worker was lost."""
    Run.objects.give_back()
    for run in Run.objects.unclaimed():
        wake_worker(run)


@shared_task
def remove_projects() -> None:
    """Take the data of deleted projects out of the record and the store."""
    for project in Project.objects.going():
        try:
            remove_project(project)
        except client.StoreError as error:
            log.warning("Project %s is not gone yet: %s", project.slug, error)


@shared_task
def finish_erasures() -> None:
    """Take what is left of erased people out of everything that kept it."""
    for erasure in Erasure.objects.order_by("pk"):
        try:
            erasing.finish(erasure)
        except client.StoreError as error:
            log.warning("Person %s is not gone yet: %s", erasure.person_id, error)


@shared_task
def fill_with_demo(project_id: int, user_id: int) -> None:
    """Fill an empty project with demo data; nothing where it is gone."""
    project = Project.objects.there().filter(pk=project_id).first()
    if project and (user := User.objects.filter(pk=user_id).first()):
        fill(project, user)


@shared_task
def clear_away() -> None:
    """Forget what was computed long ago."""
    for kind in (Run, Selection):
        kind.objects.filter(created_at__lt=timezone.now() - KEEP_RUNS).delete()


@shared_task
def send_mails() -> None:
    """Write down what is due by now, and send it, unless as many are at it as may be."""
    plan(timezone.now())
    if SENDERS.acquire(blocking=False):
        try:
            send_due()
        finally:
            SENDERS.release()


@shared_task
def call_webhooks() -> None:
    """Call the addresses that are due to be told, unless as many are at it as may be."""
    if SENDERS.acquire(blocking=False):
        try:
            call_due()
        finally:
            SENDERS.release()


@shared_task
def check_alerts() -> None:
    """Look at the numbers that are due to be looked at."""
    check_due(timezone.now())


@shared_task
def export(export_id: str) -> None:
    """Make a file that somebody asked for and that is still wanted."""
    if asked := Export.objects.filter(pk=export_id).first():
        exporting.run(asked)


@shared_task
def sweep_exports() -> None:
    """Files that nobody makes are made, those that nobody needs go."""
    exporting.sweep()
