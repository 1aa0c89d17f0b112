"""What the worker does about data coming in: ids in, one call."""

from celery import shared_task

from people.imports import jobs
from people.models import Answered, Import, RequestProgress


@shared_task
def bring_in(import_id: int) -> None:
    jobs.run(Import.objects.get(pk=import_id))


@shared_task
def sweep() -> None:
    jobs.sweep()
    RequestProgress.objects.outdated().delete()
    Answered.objects.outdated().delete()
