"""Database, broker and store: whether each answers, and what waits between them."""

import logging
import shutil
from dataclasses import dataclass

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from analytics.models import Run
from analytics.store import client, tables
from people.models import Batch

log = logging.getLogger(__name__)

LEAST_FREE_BYTES, LEAST_FREE_SHARE = 2_000_000_000, 0.05


@dataclass(frozen=True)
class Backlog:
    """What was accepted and is not in the store yet."""

    batches: int
    oldest_seconds: int


def database() -> str | None:
    """What is wrong with the database; None where it answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as error:
        log.warning("The database is away: %s", type(error).__name__)
        return "away"
    return None


def broker() -> str | None:
    if not settings.REDIS_URL:
        return None
    try:
        with current_app.connection_for_write(connect_timeout=2) as connected:
            connected.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except (BrokerAway, OSError) as error:
        log.warning("The broker is away: %s", type(error).__name__)
        return "away"
    return None


def store() -> str | None:
    try:
        return "without tables" if tables.pending() else None
    except client.StoreLost:
        return "lost"
    except client.StoreError:
        return "away"


def backlog() -> Backlog:
    waiting = Batch.objects.waiting()
    oldest = waiting.order_by("received_at").values_list("received_at", flat=True).first()
    age = (timezone.now() - oldest).total_seconds() if oldest else 0
    return Backlog(waiting.count(), max(0, int(age)))


def questions() -> dict[str, int]:
    """How many computations wait, and how many run."""
    unfinished = Run.objects.unfinished()
    return {state: unfinished.filter(state=state).count() for state in ("pending", "running")}


def free_bytes() -> int:
    return shutil.disk_usage(settings.DATA_DIR).free


def is_nearly_full() -> bool:
    room = shutil.disk_usage(settings.DATA_DIR)
    return room.free < LEAST_FREE_BYTES or room.free < LEAST_FREE_SHARE * room.total
