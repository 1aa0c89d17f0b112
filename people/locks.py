"""What only one process of the installation may do at a time."""

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Wait until nobody else does `what`, and keep everybody else waiting meanwhile.

    The lock goes with the process or its connection, however they end.
    """
    held = in_database(what) if connection.vendor == "postgresql" else in_folder(what)
    with held:
        yield


@contextmanager
def in_database(what: str) -> Iterator[None]:
    """All machines share the database."""
    number = zlib.crc32(f"moments {what}".encode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [number])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


@contextmanager
def in_folder(what: str) -> Iterator[None]:
    """SQLite is one machine's, and so is its folder."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / f"{what}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
