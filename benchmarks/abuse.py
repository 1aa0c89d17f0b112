"""What the most costly small requests cost: memory, processor, write lock, answer.

    python -m tests.services sqlite python -m benchmarks.abuse

Every request is of 1 MB or less. Each is answered by a process of its own on a database that the
others used before it; meanwhile another one tries to take the write lock, and the longest time that
it could not is the time the lock was held.
"""

import argparse
import base64
import gzip
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from people.models import Project

LARGEST_REQUEST = 1_000_000
MOST = {"MB": 300.0, "CPU s": 5.0, "lock s": 1.0, "answer KB": 200.0}
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Request:
    """One request; `{key}` in its headers and its body stands for the write key."""

    name: str
    path: str
    body: bytes
    headers: dict[str, str]
    method: str = "post"


def packed(body: Any) -> bytes:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return text if len(text) < LARGEST_REQUEST else gzip.compress(text)


def people(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [{"type": "identify", "userId": f"u{start + n}", "traits": {}} for n in range(count)]


def did(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [
        {"type": "track", "userId": f"t{n}", "event": "e", "messageId": f"m{n}"} | fields
        for n in range(count)
    ]


def months() -> list[dict[str, Any]]:
    return [
        {"type": "track", "userId": "old", "event": "e", "timestamp": f"{y}-{m:02}-01T00:00:00Z"}
        for y in range(1900, 2026)
        for m in range(1, 13)
    ]


def alias(a: str, b: str) -> dict[str, Any]:
    return {"type": "alias", "userId": a, "previousId": b}


def requests(key: str) -> list[Request]:
    """By family: what inflates, what multiplies, what repeats, what nests."""
    basic = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
    app, bearer = {"Authorization": f"App {key}"}, {"Authorization": f"Bearer {key}"}
    recent = (NOW - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def segment(name: str, batch: Any, **headers: str) -> Request:
        body = batch if isinstance(batch, bytes) else {"batch": batch}
        return Request(f"segment: {name}", "/v1/batch", packed(body), basic | headers)

    def posthog(name: str, batch: Any) -> Request:
        return Request(f"posthog: {name}", "/batch/", packed({"batch": batch, "api_key": key}), {})

    def engage(name: str, items: list[dict[str, Any]]) -> Request:
        own = [{"$token": key, "$distinct_id": "ann"} | each for each in items]
        return Request(f"mixpanel: {name}", "/engage", packed(own), {})

    lists = b"[" + b"[]," * 6_600_000 + b"[]]"
    nested = b"[" + (b"[" * 150 + b"]" * 150 + b",") * 60_000 + b"0]"
    objects = b"[" + b'{"a":0},' * 240_000 + b"0]"
    zeros = b"[" + b"0," * 490_000 + b"0]"
    names = {f"t{n}": n for n in range(60_000)}
    union = [f"v{n}" for n in range(60_000)]
    event = {"definitionId": "e", "occurredTime": recent}
    return [
        Request("nobody: 20 MB of lists, gzip", "/v1/batch", gzip.compress(lists), {}),
        Request("nobody: 20 MB of lists, posthog", "/batch/", gzip.compress(lists), {}),
        Request("nobody: 20 MB of lists, mixpanel", "/track", gzip.compress(lists), {}),
        Request("nobody: a form of 3 MB of escapes", "/track",
                gzip.compress(b"data=" + b"%22" * 1_040_000), {}),
        Request("nobody: a form of fields", "/track", gzip.compress(b"data=1" + b"&a" * 999_999), {}),
        segment("20 MB of lists", gzip.compress(lists)),
        segment("20 MB of nested lists", gzip.compress(nested)),
        segment("240,000 small objects", gzip.compress(b'{"batch":' + objects + b"}")),
        segment("490,000 zeros", gzip.compress(b'{"batch":' + zeros + b"}")),
        segment("10,000 zeros", [0] * 10_000),
        segment("10,000 messages of no type", [{"type": "x" * 1_900}] * 10_000),
        segment("10,000 new people", people(10_000)),
        segment("10,000 events of new people", did(10_000)),
        segment("10,000 aliases in a chain",
                [alias(f"c{n + 1}", f"c{n}") for n in range(10_000)]),
        segment("10,000 aliases of who is there",
                [alias(f"u{n + 1}", f"u{n}") for n in range(9_999)]),
        segment("60,000 traits of one", [people(1)[0] | {"traits": names}]),
        segment("60,000 properties of one event", did(1, properties=names)),
        segment("1,900 events of 200 properties of their own", [
            each | {"event": f"e{n}", "properties": {f"p{n}-{k}": k for k in range(200)}}
            for n, each in enumerate(did(1_900, messageId=None))
        ]),
        segment("events in every month since 1900", months()),
        segment("a text of 19 MB", did(1, properties={"t": "x" * 19_000_000})),
        segment("NUL in 19 MB", did(1, properties={"t": "x\0" * 3_000_000})),
        segment("a number of 19 MB", gzip.compress(
            b'{"batch":[{"type":"track","userId":"a","event":"e","properties":{"n":NaN,"m":'
            + b"9" * 19_000_000 + b"}}]}")),
        posthog("10,000 zeros", [0] * 10_000),
        posthog("10,000 events that set", [
            {"event": "e", "distinct_id": f"p{n}", "$set": {"a": n, "b": n}} for n in range(10_000)
        ]),
        posthog("10,000 aliases", [
            {"event": "$create_alias", "distinct_id": f"p{n}",
             "properties": {"distinct_id": f"p{n}", "alias": f"p{n + 1}"}} for n in range(9_999)
        ]),
        Request("posthog: 10,000 results", "/i/v1/analytics/events", packed({"batch": [
            {"uuid": f"{n:036}", "event": "e", "distinct_id": "a"} for n in range(10_000)
        ]}), bearer),
        engage("one union of 60,000", [{"$union": {"seen": union}}]),
        engage("9,000 unions of 50", [
            {"$union": {"seen": [f"{n}-{k}" for k in range(40)]}} for n in range(9_000)
        ]),
        engage("10,000 appends", [{"$append": {"log": n}} for n in range(10_000)]),
        engage("10,000 removals of lists", [{"$remove": {"log": [0] * 40}}] * 10_000),
        engage("10,000 times all attributes", [{"$delete": ""}, {"$set": {"a": 1}}] * 5_000),
        Request("mixpanel: 9,000 refused, strictly", "/import?strict=1", packed([0] * 9_000), basic),
        Request("mixpanel: a form", "/track", urlencode({"data": json.dumps([
            {"event": "e", "properties": {"token": key, "distinct_id": f"m{n}"}}
            for n in range(5_000)
        ])}).encode(), {}),
        Request("infobip: 1,000 persons", "/people/3/persons/upsert", packed({"persons": [
            {"externalId": f"i{n}", "customAttributes": {f"a{k}": k for k in range(100)}}
            for n in range(1_000)
        ]}), app, "patch"),
        Request("infobip: 1,000 merges", "/people/3/persons/merge", packed({"persons": [
            {"externalId": f"i{n}", "contactInformation": [
                {"type": "PHONE", "identifier": f"{k}"} for k in range(n, n + 20)
            ]} for n in range(1_000)
        ]}), app),
        Request("infobip: 5,000 refused events", "/people/3/events", packed([{}] * 5_000), app),
        Request("infobip: 5,000 events", "/people/3/events", packed([
            event | {"identifier": {"id": f"x{n}", "type": "EXTERNAL_ID"}, "eventId": f"x{n}"}
            for n in range(5_000)
        ]), app),
        Request("infobip: a definition of fields", "/peopleevents/2/definitions", packed({
            "definitionId": "d", "fields": [{"name": f"f{n}", "dataType": "STRING"}
                                           for n in range(20_000)]}), app),
    ]  # fmt: skip


def memory(field: str) -> float:
    """What this process holds (VmRSS), or held at most (VmHWM), in MB."""
    status = Path("/proc/self/status").read_text()
    [line] = [each for each in status.splitlines() if each.startswith(f"{field}:")]
    return int(line.split()[1]) / 1024


def served(sent: Request, out: Connection) -> None:
    """Answer one request in this process, and tell what it took."""
    client = Client(raise_request_exception=False, SERVER_NAME="localhost")
    client.get("/sign-in/")
    # From here on the highest memory is counted anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    began = time.process_time()
    headers = sent.headers | ({"Content-Encoding": "gzip"} if sent.body[:2] == b"\x1f\x8b" else {})
    call = getattr(client, sent.method)
    answer = call(sent.path, sent.body, content_type="application/json", headers=headers)
    took = time.process_time() - began
    out.send((answer.status_code, memory("VmHWM") - before, took, len(answer.content)))
    # The request above counted its own memory; nothing may follow it.
    os._exit(0)


def longest_lock(path: str, is_over: Callable[[], bool]) -> float:
    """The longest time in which the write lock could not be had."""
    probe = sqlite3.connect(path, timeout=0, isolation_level=None)
    longest, since = 0.0, None
    while not is_over():
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
            since = None
        except sqlite3.OperationalError:
            since = since or time.monotonic()
            longest = max(longest, time.monotonic() - since)
        time.sleep(0.002)
    probe.close()
    return longest


def measured(sent: Request) -> tuple[int, dict[str, float]]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    connection.close()
    process = context.Process(target=served, args=(sent, theirs))
    process.start()
    lock = 0.0
    if connection.vendor == "sqlite":
        lock = longest_lock(str(settings.DATABASES["default"]["NAME"]), ours.poll)
    status, memory, cpu, answer = ours.recv()
    process.join()
    return status, {"MB": memory, "CPU s": cpu, "lock s": lock, "answer KB": answer / 1024}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--only", default="", help="part of the names")
    given = options.parse_args()
    call_command("migrate", verbosity=0)
    key = Project.objects.create(name="Abuse").write_keys.create().key
    held = True
    names = list(MOST)
    print(f"| request | sent KB | status | {' | '.join(names)} | |\n| --- |{' ---: |' * 6} --- |")
    for sent in requests(key):
        if given.only not in sent.name:
            continue
        assert len(sent.body) <= LARGEST_REQUEST, (sent.name, len(sent.body))
        status, cost = measured(sent)
        over = [name for name in names if cost[name] > MOST[name]]
        held &= not over and status < 500
        cells = " | ".join(f"{cost[name]:.2f}" for name in names)
        verdict = f"over: {', '.join(over)}" if over else "held"
        print(
            f"| {sent.name} | {len(sent.body) // 1024} | {status} | {cells} | {verdict} |",
            flush=True,
        )
    print("\nAll bars hold." if held else "\nA bar does not hold.")
    sys.exit(not held)


if __name__ == "__main__":
    main()
