"""Everything in one process: web server, worker and scheduler as threads (the `up` command)."""

import fcntl
import logging
import os
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from celery.beat import EmbeddedService
from celery.platforms import SecurityWarning
from django.core.wsgi import get_wsgi_application
from waitress.server import create_server

from moments.celery import app

log = logging.getLogger(__name__)

WEB_THREADS = 8
WORKER_THREADS = 4


class Taken(Exception):
    """The port or the folder is in use; the text says what to do."""


@contextmanager
def folder_of_ours(folder: Path) -> Iterator[None]:
    """Hold the data folder; the lock goes with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "up.lock").open("a+") as file:
        claim(file, folder)
        yield


def claim(file: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise Taken(
            f"The data folder {folder} is in use by process {file.read().strip() or 'unknown'}. "
            "Stop that one, or choose another folder with --data."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()


def listen(host: str, port: int) -> socket.socket:
    """The listening socket, bound before anything else starts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(128)
    except OSError as error:
        sock.close()
        raise Taken(
            f"Port {port} on {host} cannot be used ({error.strerror}). Choose another with --port."
        ) from error
    return sock


class Web:
    """The web server on a thread of its own."""

    def __init__(self, sock: socket.socket) -> None:
        self.server = create_server(
            get_wsgi_application(),
            sockets=[sock],
            threads=WEB_THREADS,
            ident=None,
            max_request_body_size=64 * 1024 * 1024,
            channel_timeout=30,
        )
        self.thread = threading.Thread(target=self.server.run, name="web", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.server.close()
        self.server.task_dispatcher.shutdown(timeout=3)


class Worker:
    """A Celery worker with threads, never processes: the embedded store belongs to one process."""

    def __init__(self) -> None:
        # Celery warns those who run it as root of messages that carry code; ours are JSON.
        warnings.simplefilter("ignore", SecurityWarning)
        self.worker: Any = app.Worker(
            pool="threads",
            concurrency=WORKER_THREADS,
            loglevel=logging.WARNING,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            quiet=True,
        )
        self.thread = threading.Thread(target=self.worker.start, name="worker", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        self.worker.stop()
        self.thread.join(5)


class Scheduler:
    """Celery's beat; its ticks only wake, so it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.service = EmbeddedService(app, thread=True, schedule_filename=str(folder / "beat"))

    def start(self) -> None:
        self.service.daemon = True
        self.service.start()

    def stop(self) -> None:
        self.service.service.stop(wait=False)
