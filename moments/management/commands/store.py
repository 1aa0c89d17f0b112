"""Own the embedded store in a process of its own, for several processes on one machine."""

import logging
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.store.gateway import Gateway
from analytics.store.owner import Door, kept_password
from moments.embedded import Taken, folder_of_ours, listen, store_door

log = logging.getLogger(__name__)

LOCAL = ("127.0.0.1", "::1", "localhost")
LOOK_EVERY = 1


class Command(BaseCommand):
    help = "Owns the embedded store and speaks ClickHouse's HTTP interface, for other processes."
    # It needs no database, and others wait for it.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", help="default: that of STORE_URL, else 127.0.0.1")
        parser.add_argument("--port", type=int, help="default: that of STORE_URL, else 8123")

    def handle(self, *_: Any, **options: Any) -> None:
        place = asked(options["host"], options["port"])
        try:
            with folder_of_ours(place.folder.parent, "store.lock"):
                self.serve(place)
        except Taken as error:
            raise CommandError(str(error)) from error

    def serve(self, place: "Place") -> None:
        sock = listen(place.door.host, place.door.port)
        stopped = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopped.set())
        gateway = opened(place)
        server = store_door(gateway, sock)
        server.start()
        with place.door.announced():
            self.stdout.write(f"The store in {place.folder} answers at {place.door.shown}.")
            self.stdout.write("Stop it with Ctrl-C.")
            self.stdout.flush()
            code = watch(stopped, gateway, server.thread)
            server.stop()
            gateway.close()
        # Threads of native libraries must not hold up an end that is complete.
        os._exit(code)


@dataclass(frozen=True)
class Place:
    """Which folder is owned, and where it is reached."""

    folder: Path
    door: Door


def asked(host: str | None, port: int | None) -> Place:
    """From STORE_URL, where that is the address of this very process, else from the data folder."""
    url = urlsplit(settings.STORE_URL)
    if url.scheme == "chdb":
        folder = Path(url.path)
        user, password = "moments", kept_password(settings.DATA_DIR)
        host, port = host or "127.0.0.1", port or 8123
    else:
        folder = settings.DATA_DIR / "store"
        user, password = unquote(url.username or ""), unquote(url.password or "")
        host, port = host or url.hostname or "127.0.0.1", port or url.port or 8123
    if not (user and password):
        raise CommandError(
            "STORE_URL has no user and password. Name them: "
            "STORE_URL=clickhouse://USER:PASSWORD@127.0.0.1:8123"
        )
    return Place(folder, Door(host, port, user, password, settings.DATA_DIR))


def opened(place: Place) -> Gateway:
    if place.door.host not in LOCAL:
        log.warning("The store listens on %s: its password travels unencrypted.", place.door.host)
    try:
        return Gateway(
            place.folder,
            place.door.user,
            place.door.password,
            memory=settings.STORE_MEMORY_BYTES,
        )
    except RuntimeError as error:
        raise CommandError(
            f"The store in {place.folder} does not open: another process is using it, or it may "
            f"not be read. ({error})"
        ) from error


def watch(stopped: threading.Event, gateway: Gateway, server: threading.Thread) -> int:
    """Wait for the end; 1 where it is one that was not asked for, so that somebody starts anew."""
    while not stopped.wait(LOOK_EVERY):
        if gateway.is_lost():
            log.error("The store's folder is gone. Start again: it is filled from the database.")
            return 1
        if not server.is_alive():
            log.error("The store's server has ended.")
            return 1
    return 0
