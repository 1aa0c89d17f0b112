"""The HTTP server of the product, by itself (`up`) and under gunicorn.

One loop reads requests and sends answers, so that a client who dawdles holds no thread; threads are
given whole requests alone. Who dawdles too long, or takes too many connections, is let go.
"""

import os
import resource
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings
from gunicorn.workers.base import Worker as GunicornWorker
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, UnixWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.wasyncore import dispatcher

from moments.addresses import household, is_within

# A client has so many seconds for a request, and as many for taking its answer; a large one has
# more, at so many bytes a second.
SECONDS = 30
SLOWEST = 8_192
# Connections of a process, and of them of one address; proxies forward for many.
MOST_CONNECTIONS = 1_000
MOST_OF_AN_ADDRESS = 100
# Descriptors of a connection: its own, and files for a large request and a large answer.
DESCRIPTORS_EACH = 3
MOST_DESCRIPTORS = 65_536
LOOK_EVERY = 1

# What pages, the API and the doors for data are served with.
OF_THE_PRODUCT: dict[str, Any] = {
    "max_request_body_size": 64 * 1024 * 1024,
    "max_request_header_size": 64 * 1024,
    # What is larger waits in a file until it is all there.
    "inbuf_overflow": 128 * 1024,
    # A connection on which nothing is asked.
    "channel_timeout": 30,
}


class Answerers(ThreadedTaskDispatcher):  # type: ignore[misc]
    """The threads that answer requests. waitress forgets them; here they can be looked after."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.started: list[threading.Thread] = []
        self.set_thread_count(count)

    def start_new_thread(self, target: Callable[[int], None], thread_no: int) -> None:
        name = f"waitress-{thread_no}"
        thread = threading.Thread(target=target, name=name, args=(thread_no,), daemon=True)
        self.started.append(thread)
        thread.start()


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection. Its client has a time for each request, and for taking each answer."""

    def __init__(self, server: Any, sock: socket.socket, addr: Any, *rest: Any, **more: Any):
        self.household = household(str(addr[0]))
        self.begins()
        super().__init__(server, sock, addr, *rest, **more)
        server.make_room(self)

    def begins(self) -> None:
        """From now on the client is waited for."""
        self.since, self.moved = time.monotonic(), 0

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.begins()
        self.moved += len(data)
        return bool(super().received(data))

    def write_soon(self, data: Any) -> int:
        if not self.total_outbufs_len:
            self.begins()
        return int(super().write_soon(data))

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent = int(super().send(data, do_close))
        self.moved += sent
        return sent

    def service(self) -> None:
        super().service()
        self.begins()

    @property
    def is_answered(self) -> bool:
        """Whether a thread has no request of it in hand."""
        return not self.requests

    def is_late(self) -> bool:
        """Whether its client takes longer over a request or an answer than its size allows."""
        reads = self.request is not None and self.is_answered
        if not (reads or self.total_outbufs_len):
            return False
        return time.monotonic() - self.since > SECONDS + self.moved / SLOWEST

    def let_go(self) -> None:
        """Close it, although its client may take nothing: the loop would wait for that."""
        self.will_close = True
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


class Bounds:
    """What a server allows its clients; mixed into waitress's servers of sockets."""

    channel_class = Channel
    active_channels: dict[int, Channel]

    def maintenance(self, now: float) -> None:
        """Called once a second."""
        super().maintenance(now)  # type: ignore[misc]
        for channel in list(self.active_channels.values()):
            if channel.is_late():
                channel.let_go()

    def make_room(self, newest: Channel) -> None:
        """Where there are too many connections, of an address or altogether, let go of the one
        whose client is waited for longest: of that address, or of the one that has most."""
        channels = [each for each in self.active_channels.values() if not each.will_close]
        of_each = Counter(each.household for each in channels)
        home = newest.household
        if len(channels) > most_connections():
            home = of_each.most_common(1)[0][0]
        elif of_each[home] <= MOST_OF_AN_ADDRESS or is_trusted(newest):
            return
        free = [each for each in channels if each.household == home and each.is_answered]
        min(free, key=lambda each: each.since, default=newest).let_go()


def is_trusted(channel: Channel) -> bool:
    return is_within(str(channel.addr[0]), settings.TRUSTED_PROXIES)


class TcpServer(Bounds, TcpWSGIServer):  # type: ignore[misc]
    """Of a port."""


class UnixServer(Bounds, UnixWSGIServer):  # type: ignore[misc]
    """Of a socket in the file system."""


def most_connections() -> int:
    """Fewer than MOST_CONNECTIONS where the system allows few descriptors."""
    return min(MOST_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // DESCRIPTORS_EACH)


def raise_limit() -> None:
    """Take the descriptors that the system allows this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Server:
    """An HTTP server on a thread of its own."""

    def __init__(
        self, name: str, application: Any, sock: socket.socket, *, patience: int, **options: Any
    ) -> None:
        raise_limit()
        self.name, self.patience = name, patience
        self.answerers = Answerers(options["threads"])
        adjustments = Adjustments(
            sockets=[sock],
            ident=None,
            # `select` fails where a file descriptor is over 1,023.
            asyncore_use_poll=True,
            # Whom to believe is the application's business, under every server.
            clear_untrusted_proxy_headers=False,
            cleanup_interval=LOOK_EVERY,
            # Instead of accepting nobody, somebody is let go (make_room).
            connection_limit=MOST_DESCRIPTORS,
            **options,
        )
        kind = UnixServer if sock.family == socket.AF_UNIX else TcpServer
        self.server = kind(
            application,
            {},
            _sock=sock,
            dispatcher=self.answerers,
            adj=adjustments,
            sockinfo=(sock.family, sock.type, sock.proto, sock.getsockname()),
            bind_socket=False,
        )
        self.thread = threading.Thread(target=self.server.run, name=name, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def is_alive(self) -> bool:
        """Whether it accepts requests, and has all its threads to answer them."""
        return all(each.is_alive() for each in (self.thread, *self.answerers.started))

    def stop(self) -> None:
        """Take nothing new, and give what is being answered `patience` seconds.

        Only the listening socket is closed. Of the server's own pipe, which the threads write to,
        another file could have the number by then.
        """
        deadline = time.monotonic() + self.patience
        dispatcher.close(self.server)
        self.answerers.shutdown(timeout=self.patience)
        while self.is_sending() and time.monotonic() < deadline:
            time.sleep(0.01)

    def is_sending(self) -> bool:
        return any(each.total_outbufs_len for each in list(self.server.active_channels.values()))


def web(application: Any, sock: socket.socket, *, threads: int, patience: int) -> Server:
    """The product's pages, its API and the doors for data."""
    return Server("web", application, sock, patience=patience, threads=threads, **OF_THE_PRODUCT)


class Worker(GunicornWorker):  # type: ignore[misc]
    """The same server in the processes that gunicorn starts, ends and looks after."""

    def run(self) -> None:
        patience = self.cfg.graceful_timeout
        threads = self.cfg.threads
        servers = [
            web(self.counted, each.sock, threads=threads, patience=patience)
            for each in self.sockets
        ]
        for server in servers:
            server.start()
        while self.is_wanted(servers):
            self.notify()
            time.sleep(LOOK_EVERY)
        for server in servers:
            server.stop()

    def counted(self, environ: Any, start_response: Any) -> Any:
        self.nr += 1
        return self.wsgi(environ, start_response)

    def is_wanted(self, servers: Sequence[Server]) -> bool:
        """Until it is told to end, has answered its share, or a part of it has died."""
        is_well = all(each.is_alive() for each in servers)
        return bool(
            self.alive and is_well and self.nr < self.max_requests and self.ppid == os.getppid()
        )
