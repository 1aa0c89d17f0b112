"""Saying that somebody is at a piece of work, for as long as that takes."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection

log = logging.getLogger(__name__)


@contextmanager
def beating(every: timedelta, beat: Callable[[], object]) -> Iterator[None]:
    """Call `beat` inside the block so often, on a thread and a connection of its own.

    One that fails is missed: a lease outlasts several.
    """
    over = threading.Event()
    thread = threading.Thread(
        target=keep_beating, args=[over, every, beat], name="heartbeat", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        # One that waits for the database must not hold up what is done.
        thread.join(1)


def keep_beating(over: threading.Event, every: timedelta, beat: Callable[[], object]) -> None:
    while not over.wait(every.total_seconds()):
        try:
            beat()
        except (DatabaseError, InterfaceError):
            log.warning("A heartbeat was missed", exc_info=True)
        finally:
            connection.close()
