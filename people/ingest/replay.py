"""Refused messages tried again, after what was wrong has been mended."""

from django.utils import timezone

from people.ingest.families import FAMILIES
from people.ingest.messages import RefusedError, understood
from people.ingest.record import record
from people.models import Project, RefusedMessage

READ = {family.name: family.replayed for family in FAMILIES}


def replay(project: Project) -> tuple[int, int]:
    """Try what was refused again, at the time it was received; how many are kept now, and how many
    are still refused, for the reason that holds now."""
    waiting = project.refused_messages.filter(replayed_at=None, batch__source__in=READ)
    kept = still = 0
    for refused in waiting.exclude(item=None).select_related("batch").order_by("pk"):
        if again(refused):
            kept += 1
        else:
            still += 1
    return kept, still


def again(refused: RefusedMessage) -> bool:
    batch = refused.batch
    try:
        messages = understood(lambda: READ[batch.source](refused.item, batch.received_at))
    except RefusedError as error:
        refused.errors = error.errors
        refused.save(update_fields=["errors"])
        return False
    record(
        batch.project,
        messages,
        source=batch.source,
        write_key=batch.write_key,
        received_at=batch.received_at,
    )
    refused.replayed_at = timezone.now()
    refused.save(update_fields=["replayed_at"])
    return True
