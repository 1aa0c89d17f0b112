"""Events a second into the database over HTTP, beside what else would write the same rows.

    python -m tests.services postgres python -m benchmarks.ingest
    python -m tests.services sqlite python -m benchmarks.ingest

Two client processes send batches of 500 to gunicorn with two workers. The contestants take turns;
the table shows the median of the rounds.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from multiprocessing import get_context
from statistics import median
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from analytics.store import audit, loader
from people.ingest.messages import Id, Identify, Kind, Track
from people.ingest.record import record
from people.models import Batch, Event, EventDefinition, Project
from tests.services import free_port

SIZE, CLIENTS, PEOPLE = 500, 2, 2_000
NAMES = ["Song Played", "Page Viewed", "Payment"]
START = datetime(2026, 5, 1, tzinfo=UTC)


def messages(count: int) -> list[dict[str, Any]]:
    """Events of known people, with what clients send along."""
    return [
        {
            "type": "track",
            "userId": f"person-{n * 7 % PEOPLE}",
            "event": NAMES[n % 3],
            "messageId": str(uuid.uuid4()),
            "timestamp": (START + timedelta(seconds=n)).isoformat(timespec="milliseconds"),
            "properties": {"genre": "jazz", "seconds": n % 300, "plan": "pro", "mobile": True},
            "context": {"library": {"name": "benchmark", "version": "1"}},
        }
        for n in range(count)
    ]


def bodies(key: str, batches: int) -> list[bytes]:
    sent = messages(batches * SIZE)
    return [
        json.dumps({"writeKey": key, "batch": sent[n * SIZE : (n + 1) * SIZE]}).encode()
        for n in range(batches)
    ]


def send(port: int, path: str, each: list[bytes]) -> None:
    """One client process: its batches one after another on one connection."""
    client = HTTPConnection("127.0.0.1", port)
    for body in each:
        client.request("POST", path, body, {"Content-Type": "application/json"})
        answer = client.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()


@contextmanager
def serving(application: str) -> Iterator[int]:
    port = free_port()
    words = ["-m", "gunicorn", application, "-w", "2", "-b", f"127.0.0.1:{port}"]
    server = subprocess.Popen([sys.executable, *words, "--log-level", "error"])
    try:
        for _ in range(200):
            try:
                HTTPConnection("127.0.0.1", port).request("GET", "/")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


def over_http(application: str, key: str, batches: int, path: str = "/v1/batch") -> float:
    """Events a second, all of them checked to be there."""
    with serving(application) as port:
        for warm in bodies(key, 4):
            send(port, path, [warm])
        before = Event.objects.count()
        parts = [bodies(key, batches) for _ in range(CLIENTS)]
        context = get_context("fork")
        clients = [context.Process(target=send, args=(port, path, part)) for part in parts]
        connection.close()
        began = time.perf_counter()
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        took = time.perf_counter() - began
        assert all(client.exitcode == 0 for client in clients)
    assert Event.objects.count() - before == CLIENTS * batches * SIZE
    return CLIENTS * batches * SIZE / took


def rows(project: Project, count: int) -> list[tuple[Any, ...]]:
    definitions = dict(EventDefinition.objects.filter(project=project).values_list("name", "pk"))
    batch = Batch.objects.create(project=project, source="bare")
    people = list(project.people.values_list("pk", flat=True))
    return [
        (
            project.pk, people[n % len(people)], definitions[each["event"]], batch.pk,
            each["messageId"], each["timestamp"], "", json.dumps(each["properties"]),
        )
        for n, each in enumerate(messages(count))
    ]  # fmt: skip


COLUMNS = "project_id, person_id, definition_id, batch_id, uid, at, claimed_at, properties"


def bare(project: Project, count: int) -> float:
    """COPY into a twin of the table with the same indexes; on SQLite, executemany."""
    made = rows(project, count)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS twin")
        if connection.vendor == "postgresql":
            cursor.execute("CREATE TABLE twin (LIKE people_event INCLUDING ALL)")
            text = io.StringIO()
            for row in made:
                text.write("\t".join(str(cell).replace("\\", "\\\\") for cell in row) + "\n")
            began = time.perf_counter()
            with cursor.copy(f"COPY twin ({COLUMNS}) FROM STDIN") as copy:
                copy.write(text.getvalue())
        else:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'people_event'")
            cursor.execute(cursor.fetchone()[0].replace('"people_event"', '"twin"', 1))
            cursor.execute("CREATE UNIQUE INDEX IF NOT EXISTS t1 ON twin (project_id, uid)")
            cursor.execute("CREATE INDEX IF NOT EXISTS t2 ON twin (person_id, at DESC, id DESC)")
            cursor.execute("CREATE INDEX IF NOT EXISTS t3 ON twin (batch_id)")
            marks = ", ".join(["%s"] * 8)
            began = time.perf_counter()
            with transaction.atomic():
                cursor.executemany(f"INSERT INTO twin ({COLUMNS}) VALUES ({marks})", made)
        return count / (time.perf_counter() - began)


def loading(project: Project) -> float:
    """Events a second from the record into the store, read-back included."""
    audit.open_store()
    waiting = Event.objects.filter(project=project, batch__load=None).count()
    began = time.perf_counter()
    loader.drain(project.pk)
    took = time.perf_counter() - began
    assert list(audit.differences()) == []
    return waiting / took


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--batches", type=int, default=60, help="a client and round")
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    call_command("migrate", verbosity=0)
    project = Project.objects.create(name="Benchmark")
    key = project.write_keys.create().key
    people = [Id(f"person-{n}", Kind.EXTERNAL) for n in range(PEOPLE)]
    record(project, [Identify((each,), START) for each in people], source="benchmark")
    facts = messages(3)[0]["properties"]
    tracks = [Track((people[0],), name, START, f"first {name}", facts) for name in NAMES]
    record(project, tracks, source="benchmark", received_at=timezone.now())

    count = CLIENTS * given.batches * SIZE
    contestants: dict[str, Callable[[], float]] = {
        "Moments": lambda: over_http("moments.wsgi", key, given.batches),
        "bulk_create endpoint": lambda: over_http("benchmarks.naive", key, given.batches),
        "the same, everything looked up in bulk": lambda: over_http(
            "benchmarks.naive", key, given.batches, "/tuned/v1/batch"
        ),
        "bare COPY" if connection.vendor == "postgresql" else "bare executemany": lambda: bare(
            project, count
        ),
    }
    measured: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(given.rounds):
        for name, run in contestants.items():
            measured[name].append(run())
    middle = {name: median(each) for name, each in measured.items()}
    ours = middle["Moments"]
    print(f"\n| into {connection.vendor} | events a second | Moments is |\n| --- | ---: | ---: |")
    for name, speed in middle.items():
        print(f"| {name} | {speed:,.0f} | {ours / speed:.2f} × |")
    print(f"| loading into the store, read-back included | {loading(project):,.0f} | |")


if __name__ == "__main__":
    main()
