"""Refused messages tried again, after what was wrong has been mended."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone

from people.ingest import mixpanel, posthog, segment
from people.ingest.messages import Message, RefusedError
from people.ingest.record import record
from people.models import Project, RefusedMessage

READ: dict[str, Callable[[Any, Any], Iterable[Message]]] = {
    "segment": lambda item, received: [segment.message(item, None, received)],
    "posthog": lambda item, received: posthog.meanings(item, None, received),
    "mixpanel": lambda item, received: [mixpanel.message(item, received)],
}


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
        messages = list(READ[batch.source](refused.item, batch.received_at))
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
