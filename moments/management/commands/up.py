"""Start everything in one process, on SQLite and the embedded store."""

import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.wsgi import get_wsgi_application

from analytics import demo
from analytics.store import audit, client, loader
from analytics.store.gateway import Gateway
from analytics.store.owner import Door
from analytics.tasks import inspect_store, load
from moments.celery import app
from moments.embedded import (
    Parts,
    Scheduler,
    Taken,
    folder_of_ours,
    listen,
    store_door,
    watch,
    workers,
)
from moments.serving import web
from people import first

LOCAL = ("127.0.0.1", "localhost", "::1")


class Command(BaseCommand):
    help = "Starts the web server, the worker and the scheduler in one process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        # Read by manage.py before the settings are: they depend on it.
        parser.add_argument("--data", type=Path, help="the folder of everything (MOMENTS_DATA)")
        parser.add_argument("--demo", action="store_true", help="make a project with demo data")

    def handle(self, *_: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        try:
            with folder_of_ours(settings.DATA_DIR):
                self.run(host, port, with_demo=options["demo"])
        except Taken as error:
            raise CommandError(str(error)) from error
        except client.StoreError as error:
            raise CommandError(str(error)) from error

    def run(self, host: str, port: int, *, with_demo: bool) -> None:
        sock, stopped = listen(host, port), told_to_stop()
        address = known_as(host, sock)
        owns_store = client.own()
        app.in_one_process = True
        call_command("migrate", verbosity=0, interactive=False, skip_store=True)
        with Parts() as parts:
            # Pages first: what is to be loaded may take long, and reports wait for it.
            threads = settings.WEB_THREADS
            parts.start(web(get_wsgi_application(), sock, threads=threads, patience=3))
            audit.open_store()
            if owns_store:
                loader.void_leases()
                parts.enter_context(door_for_commands(parts))
            account = demo.ensure() if with_demo else None
            for worker in workers():
                parts.start(worker)
            parts.start(Scheduler(settings.DATA_DIR))
            load.delay()
            inspect_store.delay()
            self.tell(address, account)
            dead = watch(parts.running, stopped)
            self.stdout.write(f"The {dead.name} has died. Stopping …" if dead else "Stopping …")
        client.close()
        # Threads of native libraries must not hold up an end that is complete.
        self.stdout.flush()
        os._exit(1 if dead else 0)

    def tell(self, address: str, account: demo.Account | None) -> None:
        self.stdout.write(f"Moments is at {address}/")
        if account:
            self.stdout.write(f"sign in: {account.email} / {account.password}")
        elif first.is_open():
            self.stdout.write(f"Set it up at {first.address(address)}")
        self.stdout.write("Stop it with Ctrl-C.")
        self.stdout.flush()


@contextmanager
def door_for_commands(parts: Parts) -> Iterator[None]:
    """Lets `check_store` and the like work beside this process, which holds the store."""
    sock = listen("127.0.0.1", 0)
    password = secrets.token_urlsafe(32)
    door = Door("127.0.0.1", sock.getsockname()[1], "moments", password, settings.DATA_DIR)
    folder = Path(urlsplit(settings.STORE_URL).path)
    gateway = Gateway(folder, door.user, door.password, keep=False)
    parts.start(store_door(gateway, sock, threads=4))
    with door.announced():
        yield


def told_to_stop() -> threading.Event:
    """Set by Ctrl-C, and by who ends the process."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def known_as(host: str, sock: socket.socket) -> str:
    """The address of the pages: links in mails lead there, and they answer under its name; on all
    interfaces, under every name."""
    # Asked for port 0, the system chose one.
    address = f"http://{f'[{host}]' if ':' in host else host}:{sock.getsockname()[1]}"
    if "BASE_URL" not in os.environ:
        settings.BASE_URL = address
    if host not in LOCAL and "ALLOWED_HOSTS" not in os.environ:
        settings.ALLOWED_HOSTS += ["*"] if host in ("0.0.0.0", "::") else [host]  # noqa: S104 - compared, not bound
    return address
