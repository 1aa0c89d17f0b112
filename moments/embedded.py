"""Everything in one process: web server, worker and scheduler as threads (the `up` command)."""

import fcntl
import logging
import os
import socket
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

from celery.beat import EmbeddedService
from celery.platforms import SecurityWarning
from django.conf import settings

from analytics.mails.sending import MOST_SENDING
from analytics.store.gateway import Gateway
from moments.beat import Steady
from moments.celery import app, mail_app
from moments.serving import Server

log = logging.getLogger(__name__)

WORKER_THREADS = 4
LOOK_EVERY = 1
STORE_THREADS = 32
STORE_PATIENCE = 20
MOST_INSERT_BYTES = 4 * 1024**3


class Taken(Exception):
    """The port or the folder is in use; the text says what to do."""


@contextmanager
def folder_of_ours(folder: Path, lock: str = "up.lock") -> Iterator[None]:
    """Hold the data folder; the lock goes with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    # Earlier versions left it open to all.
    folder.chmod(0o700)
    for each in folder.glob("*.sqlite3*"):
        each.chmod(0o600)
    with (folder / lock).open("a+") as file:
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


class Part(Protocol):
    """What `up` is made of."""

    name: str

    def start(self) -> None: ...
    def is_alive(self) -> bool: ...
    def stop(self) -> None: ...


class Parts(ExitStack):
    """What is started inside the block is stopped at its end, the last one first."""

    def __init__(self) -> None:
        super().__init__()
        self.running: list[Part] = []

    def start(self, part: Part) -> None:
        part.start()
        self.running.append(part)
        self.callback(part.stop)


def watch(parts: Sequence[Part], stopped: threading.Event) -> Part | None:
    """Wait until it is to stop, or a part has died: that one."""
    while not stopped.wait(LOOK_EVERY):
        for part in parts:
            if not part.is_alive():
                return part
    return None


def store_door(gateway: Gateway, sock: socket.socket, threads: int = STORE_THREADS) -> Server:
    """The embedded store, for other processes."""
    return Server(
        "store",
        gateway,
        sock,
        patience=STORE_PATIENCE,
        threads=threads,
        max_request_body_size=MOST_INSERT_BYTES,
        # Clients keep their connections between questions.
        channel_timeout=600,
        # Looked at while a statement runs, so that it ends when its client is gone.
        channel_request_lookahead=1,
    )


class Worker:
    """A Celery worker with threads, never processes: the embedded store belongs to one process."""

    def __init__(self, *queues: str, threads: int) -> None:
        is_mail = queues == ("mail",)
        self.name = "worker of mails" if is_mail else "worker"
        # Celery warns those who run it as root of messages that carry code; ours are JSON.
        warnings.simplefilter("ignore", SecurityWarning)
        self.worker: Any = (mail_app if is_mail else app).Worker(
            pool="threads",
            queues=list(queues),
            concurrency=threads,
            loglevel=logging.WARNING,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            quiet=True,
        )
        self.thread = threading.Thread(target=self.worker.start, name=self.name, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def is_alive(self) -> bool:
        return self.thread.is_alive()

    def stop(self) -> None:
        self.worker.stop()
        self.thread.join(5)


def workers() -> list[Worker]:
    """Mails have a worker of their own, so that they hold up nothing; with Redis one for all: two
    in one process would read from one connection at once, and one of them dies of it."""
    if settings.REDIS_URL:
        return [Worker("load", "reports", "mail", threads=WORKER_THREADS + MOST_SENDING)]
    return [
        Worker("load", "reports", threads=WORKER_THREADS),
        Worker("mail", threads=MOST_SENDING),
    ]


class Scheduler:
    """Celery's beat; its ticks only wake, so it keeps nothing."""

    name = "scheduler"

    def __init__(self, folder: Path) -> None:
        # Unlike `celery beat` it does not look for the scheduler in the settings.
        self.service = EmbeddedService(
            app, thread=True, schedule_filename=str(folder / "beat"), scheduler_cls=Steady
        )

    def start(self) -> None:
        self.service.daemon = True
        self.service.start()

    def is_alive(self) -> bool:
        return bool(self.service.is_alive())

    def stop(self) -> None:
        self.service.service.stop(wait=False)
