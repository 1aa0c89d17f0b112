"""Clients who dawdle: others must be answered meanwhile."""

import socket
import threading
import time
from contextlib import suppress
from datetime import date, timedelta

from tests.attack.kills import Outcome
from tests.attack.workload import Workload

HALF = b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{"
CLIENTS, SECONDS = 200, 45
# What an answer may take on two cores that also run the attack.
BAR = 3.0


def slow_clients(load: Workload) -> Outcome:
    """A byte every three seconds from each of 200, and eight who wait for reports."""
    began = time.monotonic()
    over = threading.Event()
    held = [connected(load.product.port) for _ in range(CLIENTS)]
    threads = [threading.Thread(target=dawdle, args=[held, over])]
    threads += [threading.Thread(target=wait_for_reports, args=[load, over, n]) for n in range(8)]
    for each in threads:
        each.start()
    slowest = max(seconds(load) for _ in range(SECONDS))
    over.set()
    for each in threads:
        each.join()
    left = sum(is_open(each) for each in held)
    for each in held:
        each.close()
    note = f"slowest answer {slowest:.1f} s; {left} of {CLIENTS} still connected after {SECONDS} s"
    return Outcome("slow clients", slowest < BAR and not left, time.monotonic() - began, note)


def connected(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.sendall(HALF)
    return sock


def dawdle(held: list[socket.socket], over: threading.Event) -> None:
    while not over.wait(3):
        for each in held:
            with suppress(OSError):
                each.sendall(b" ")


def wait_for_reports(load: Workload, over: threading.Event, number: int) -> None:
    """Another report each time, so that none is answered from what is known."""
    days = 0
    while not over.is_set():
        start = date(2024, 1, 1) + timedelta(days * 8 + number)
        period = {"start": start.isoformat(), "end": (start + timedelta(700)).isoformat()}
        asked = {"kind": "segmentation", "metric": "people", "period": period,
                 "events": [{"event": "look"}] * 4}  # fmt: skip
        _, answer = load.call("POST", f"{load.root}/query/", {"definition": asked, "wait": 30})
        while answer and answer.get("status") == "pending" and not over.is_set():
            time.sleep(0.2)
            _, answer = load.call("GET", f"{answer['url']}?wait=30")
        days += 1


def seconds(load: Workload) -> float:
    """What it takes to take in a batch; one a second."""
    began = time.monotonic()
    assert load.send(load.batch()), "Nothing is taken in."
    took = time.monotonic() - began
    time.sleep(max(0, 1 - took))
    return took


def is_open(sock: socket.socket) -> bool:
    sock.settimeout(0.1)
    try:
        return bool(sock.recv(1))
    except TimeoutError:
        return True
    except OSError:
        return False
