"""From an HTTP request to its answer through Celery, in the product as one command brings it up.

    python -m benchmarks.http

A funnel over 20,000 events is asked with another window each time, so that no answer is in the
cache, and then again. What the worker took for it stands in the run.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from tests.services import free_port

TIMES = 40
NAMES = ["Registration", "Watch Video", "Payment"]


def command(data: Path, *words: str) -> list[str]:
    os.environ["MOMENTS_DATA"] = str(data)
    return [sys.executable, "manage.py", *words]


def call(url: str, body: object, token: str = "") -> Any:
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def fill(url: str, key: str) -> None:
    now = datetime.now(UTC)
    for batch in range(40):
        events = [
            {"type": "track", "userId": f"person-{n * 7 % 3000}", "event": NAMES[n % 3],
             "messageId": str(n), "timestamp": (now - timedelta(minutes=n)).isoformat()}
            for n in range(batch * 500, batch * 500 + 500)
        ]  # fmt: skip
        call(f"{url}/v1/batch", {"writeKey": key, "batch": events})


def question(minutes: int) -> dict[str, Any]:
    steps = [{"event": name} for name in NAMES]
    definition = {"kind": "funnel", "period": {"preset": "last_30_days"}, "steps": steps,
                  "window": {"value": minutes, "unit": "minute"}}  # fmt: skip
    return {"definition": definition, "wait": 30}


@contextmanager
def running(*words: str) -> Iterator[tuple[str, Path, str]]:
    """The product as `up` starts it: its address, its data and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        data, port = Path(folder) / "data", free_port()
        log = Path(folder) / "log"
        with log.open("w") as out:
            server = subprocess.Popen(command(data, "up", "--port", str(port), *words), stdout=out)
        while "Stop it with" not in log.read_text():
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}", data, log.read_text()
        server.terminate()
        server.wait()


def main() -> None:
    with running() as (url, data, _):
        made = subprocess.run(
            command(data, "create_project", "Benchmark", "--json"), capture_output=True, check=True
        )
        keys = json.loads(made.stdout)
        fill(url, keys["write_key"])
        ask = f"{url}/api/projects/{keys['project']}/query/"
        for minutes in range(5):
            call(ask, question(1000 + minutes), keys["api_token"])
        taken: dict[str, list[float]] = {"first": [], "again": []}
        for minutes in range(1, TIMES + 1):
            for times in taken.values():
                began = time.perf_counter()
                assert call(ask, question(minutes), keys["api_token"])["status"] == "done"
                times.append((time.perf_counter() - began) * 1000)
        with sqlite3.connect(data / "moments.sqlite3") as database:
            rows = database.execute(
                "SELECT (julianday(finished_at) - julianday(started_at)) * 86400000"
                f" FROM analytics_run ORDER BY created_at DESC LIMIT {TIMES}"
            ).fetchall()
    worker = median(row[0] for row in rows)
    print("\n| over HTTP, through the worker | ms |\n| --- | ---: |")
    print(f"| a new question | {median(taken['first']):.1f} |")
    print(f"| of that the worker's own time | {worker:.1f} |")
    print(f"| so beside it | {median(taken['first']) - worker:.1f} |")
    print(f"| the same question again | {median(taken['again']):.1f} |")


if __name__ == "__main__":
    main()
