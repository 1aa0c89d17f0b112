"""Is everything that Moments needs there and well? Says what to do where it is not."""

import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from analytics.store import client
from moments import checks, services

MOST_SECONDS_APART, MOST_SECONDS_BEHIND = 5, 120


class Command(BaseCommand):
    help = "Looks at database, broker, store, clocks, disk and mail; exits 1 where one is not well."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--start", action="store_true", help="only whether one of several processes can start"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        if options["start"]:
            if refused := checks.refused():
                raise CommandError("\n".join(refused))
            return
        ill = 0
        for name, look in LOOKS.items():
            problems = list(look())
            ill += bool(problems)
            for words in problems or ["ok"]:
                self.stdout.write(f"{name + ':':10} {words}")
        client.close()
        if ill:
            raise CommandError(f"{ill} of {len(LOOKS)} are not well.")


def secrets() -> Iterator[str]:
    for problem in (*checks.secret_key(), *checks.a_way_in()):
        yield f"{problem.msg} {problem.hint}"


def database() -> Iterator[str]:
    if services.database():
        yield "does not answer. Is it running, and is DATABASE_URL right?"
    elif count := checks.unapplied():
        yield f"{count} migrations are not applied. Run `moments migrate`."


def broker() -> Iterator[str]:
    if services.broker():
        yield "does not answer. Reports start late (by the sweep). Is Redis running at REDIS_URL?"


def store() -> Iterator[str]:
    yield from checks.store_refusals()


def backlog() -> Iterator[str]:
    if services.database() or checks.unapplied():
        return
    behind = services.backlog()
    if behind.oldest_seconds > MOST_SECONDS_BEHIND:
        yield (
            f"{behind.batches} requests wait for the store, the oldest for {behind.oldest_seconds} "
            "seconds. Do a worker with -Q load and a beat run, and does the store answer?"
        )


def clocks() -> Iterator[str]:
    for name, other in their_times():
        apart = abs((datetime.now(UTC) - other).total_seconds())
        if apart > MOST_SECONDS_APART:
            yield f"that of the {name} is {apart:.0f} seconds off ours. Let NTP set both."


def their_times() -> Iterator[tuple[str, datetime]]:
    if connection.vendor == "postgresql" and not services.database():
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            yield "database", cursor.fetchone()[0].astimezone(UTC)
    if not client.is_embedded() and not services.store():
        [(milliseconds,)] = client.look("SELECT toUnixTimestamp64Milli(now64(3))")
        yield "store", datetime.fromtimestamp(milliseconds / 1000, UTC)


def disk() -> Iterator[str]:
    if services.is_nearly_full():
        free = f"{services.free_bytes() / 1e9:.1f} GB"
        yield f"{free} free in {settings.DATA_DIR}. Make room before writing fails."
    if not os.access(settings.DATA_DIR, os.W_OK):
        yield f"{settings.DATA_DIR} is not ours to write into."
    if stat.S_IMODE(settings.DATA_DIR.stat().st_mode) & 0o077:
        yield f"others may look into it. Run: chmod 700 {settings.DATA_DIR}"


def mail() -> Iterator[str]:
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        yield "goes to the console. Set EMAIL_URL=smtp://USER:PASSWORD@HOST:PORT to send it."
        return
    sender = get_connection(timeout=10)
    try:
        sender.open()
        sender.close()
    except OSError as error:
        yield f"the server does not take us: {type(error).__name__}. Is EMAIL_URL right?"


LOOKS: dict[str, Callable[[], Iterator[str]]] = {
    "secret": secrets,
    "database": database,
    "broker": broker,
    "store": store,
    "backlog": backlog,
    "clocks": clocks,
    "disk": disk,
    "mail": mail,
}
