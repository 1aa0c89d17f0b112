"""What client tests share: who there is afterwards, and connections that fail."""

import re
import socket
import threading
import time
from contextlib import suppress

from people.models import Person


def state():
    """Who there is, and what each did."""
    return {
        tuple(sorted(person.identities.values_list("value", flat=True))): (
            {k: v for k, v in person.attributes.items() if not k.startswith("$")},
            sorted(person.events.values_list("definition__name", flat=True)),
        )
        for person in Person.objects.all()
    }


def settled(expected, seconds=20):
    """The state, once it is the expected one or the time is over."""
    deadline = time.monotonic() + seconds
    while (found := state()) != expected and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def hang_up(connection):
    """Close for both sides, also where another thread is still reading."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


class Cutting(threading.Thread):
    """A proxy that cuts the first connections after the answer was made, before it arrives."""

    def __init__(self, port, cuts):
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port, self.cuts, self.seen = port, cuts, 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.getsockname()[1]}"

    def run(self):
        while True:
            near, _ = self.server.accept()
            threading.Thread(target=self.carry, args=(near,), daemon=True).start()

    def carry(self, near):
        far = socket.create_connection(("127.0.0.1", self.port))
        threading.Thread(target=self.pump, args=(near, far, False), daemon=True).start()
        self.pump(far, near, True)

    def pump(self, source, target, is_answer):
        with suppress(OSError):
            while data := source.recv(65536):
                if is_answer:
                    self.seen += 1
                    if self.seen <= self.cuts:
                        break
                target.sendall(data)
        for each in (source, target):
            hang_up(each)


class Busy(Cutting):
    """A proxy that answers the first POSTs with 503."""

    ANSWER = (
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
        b"Access-Control-Allow-Origin: %s\r\nAccess-Control-Allow-Credentials: true\r\n"
        b"Connection: close\r\n\r\n"
    )

    def __init__(self, port, cuts):
        super().__init__(port, cuts=0)
        self.refusals = cuts

    def carry(self, near):
        head = b""
        while b"\r\n\r\n" not in head:
            more = near.recv(65536)
            if not more:
                # A browser opens connections that it may not need.
                return
            head += more
        if head.startswith(b"POST") and self.refusals:
            self.refusals -= 1
            self.seen += 1
            origin = re.search(rb"Origin: (\S+)", head, re.IGNORECASE)
            self.refuse(near, origin[1] if origin else b"*")
            return
        far = socket.create_connection(("127.0.0.1", self.port))
        # One request a connection, so that each is seen here.
        far.sendall(head.replace(b"keep-alive", b"close"))
        threading.Thread(target=self.pump, args=(near, far, False), daemon=True).start()
        self.pump(far, near, True)

    def refuse(self, near, origin):
        near.settimeout(0.2)
        with suppress(TimeoutError):
            while near.recv(65536):
                pass
        near.sendall(self.ANSWER % origin)
        hang_up(near)


class Slow(Cutting):
    """A proxy through which answers take their time."""

    def pump(self, source, target, is_answer):
        with suppress(OSError):
            while data := source.recv(65536):
                if is_answer:
                    self.seen += 1
                    time.sleep(2)
                target.sendall(data)
        for each in (source, target):
            hang_up(each)
