"""How long one who answers waits for SQLite's only writer: not as long as a worker may."""

from typing import Any

from django.db.backends.signals import connection_created

from people.tracing import request_id

# Who sends is told then to send again, and the thread is free for others.
MILLISECONDS = 5_000


def be_brief(connection: Any, **_: object) -> None:
    """Inside a request; connections of SQLite last as long as one."""
    if connection.vendor == "sqlite" and request_id.get():
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {MILLISECONDS}")


connection_created.connect(be_brief, dispatch_uid="brief")
