"""Taking what was deleted out of the record and the store."""

import logging
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from analytics.store import client
from people.models import (
    Batch,
    Event,
    Identity,
    Import,
    Load,
    Person,
    PersonList,
    Project,
    RefusedMessage,
    Tombstone,
)

log = logging.getLogger(__name__)

# Rows of one transaction, so that nobody waits long to write.
PIECE = 5_000
KINDS = (Event, Identity, Person, PersonList, RefusedMessage, Tombstone, Batch, Load)


def remove_project(project: Project) -> bool:
    """Remove all that a deleted project has, itself last; False where a loader is still at it.

    What was interrupted begins anew and finds less to do.
    """
    at_it = Load.objects.filter(project=project, loaded_at=None, leased_until__gt=timezone.now())
    if at_it.exists():
        return False
    for job in Import.objects.filter(project=project):
        job.forget_files()
    for kind in KINDS:
        remove_all(kind._default_manager.filter(project=project))
    for table in ("events", "people"):
        client.command(
            f"ALTER TABLE {table} DELETE WHERE project = {{project:UInt64}}"
            " SETTINGS mutations_sync = 2",
            project=project.pk,
        )
    project.delete()
    log.info("Project %s is gone", project.slug)
    return True


def remove_all(rows: QuerySet[Any]) -> None:
    while ids := list(rows.values_list("pk", flat=True)[:PIECE]):
        rows.model._default_manager.filter(pk__in=ids).delete()
