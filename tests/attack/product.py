"""The product as it runs: everything in one process on SQLite, or several processes on Postgres."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.services import ROOT, free_port, postgres, redis

PATIENCE = 90
# What gunicorn says of a process of its that was.
KILLED = "was sent SIGKILL"
# In which process a point is reached, where they are several.
PROCESS_OF = {
    "received": "web", "record-written": "web", "recorded": "web",
    "load-attempt": "load", "load-inserted": "load", "load-checked": "load", "load-marked": "load",
    "report-claimed": "reports", "report-computed": "reports",
    "mail-claimed": "reports", "mail-sending": "reports", "mail-sent": "reports",
    "mail-written": "reports",
    "erase-recorded": "load", "erase-purged": "load",
}  # fmt: skip
# Shifts the clock of `up` while it runs: `seconds:hours` pairs with commas.
LAUNCHER = """
import os, sys, threading, time
from datetime import datetime, timedelta, UTC
import time_machine

real = time.time

def jump():
    travel = None
    for each in os.environ["JUMPS"].split(","):
        seconds, hours = map(float, each.split(":"))
        threading.Event().wait(seconds)
        if travel:
            travel.stop()
        to = datetime.fromtimestamp(real(), UTC) + timedelta(hours=hours)
        travel = time_machine.travel(to, tick=True)
        travel.start()

threading.Thread(target=jump, daemon=True).start()
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


class Product:
    """What both kinds have in common: an address, a folder, commands, and kills."""

    bar = 10

    def __init__(self, folder: Path, **more: str) -> None:
        self.data, self.log = folder / "data", folder / "log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        named = {"DATABASE_URL", "REDIS_URL", "STORE_URL", "MOMENTS_DATA", "MOMENTS_CRASH_AT"}
        bare = {name: value for name, value in os.environ.items() if name not in named}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.env = bare | {"MOMENTS_DATA": str(self.data), "PATH": path, "PYTHONPATH": str(ROOT)}
        self.env |= {"MOMENTS_API_RATE": "1000000/min", "MOMENTS_WRONG_TOKENS_RATE": "1000000/min"}
        self.env |= more

    def manage(self, *words: str, check: bool = True, **env: str) -> subprocess.CompletedProcess:
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        return subprocess.run(
            command, env=self.env | env, capture_output=True, text=True, timeout=300, check=check
        )

    def spawn(self, *words: str, **env: str) -> subprocess.Popen:
        with self.log.open("a") as log:
            return subprocess.Popen(
                words, env=self.env | env, stdout=log, stderr=log, cwd=ROOT, start_new_session=True
            )

    def state(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5) as answer:
                return json.loads(answer.read())
        except (OSError, ValueError, HTTPException):
            return {}

    def until_ready(self) -> float:
        """Seconds until it says that everything answers."""
        began = time.monotonic()
        while self.state().get("store") != "ok":
            if time.monotonic() - began > PATIENCE:
                raise AssertionError(f"It does not come back:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)
        return time.monotonic() - began

    def until_loaded(self) -> None:
        began = time.monotonic()
        while self.state().get("backlog", {}).get("batches") != 0:
            if time.monotonic() - began > PATIENCE:
                raise AssertionError(f"It does not load: {self.state()}")
            time.sleep(0.2)


def slay(process: subprocess.Popen) -> None:
    """kill -9, also to what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Embedded(Product):
    """`manage.py up`."""

    name = "up, SQLite"
    process: subprocess.Popen

    def start(self, crash: str = "", largest_file: int = 0, jumps: str = "") -> None:
        env = {"MOMENTS_CRASH_AT": crash, "JUMPS": jumps}
        words = ["up", "--port", str(self.port)]
        start = ["-c", LAUNCHER] if jumps else [str(ROOT / "manage.py")]
        if jumps:
            env["DJANGO_SETTINGS_MODULE"] = "moments.settings"
        self.process = self.spawn(sys.executable, *start, *words, **env)
        if largest_file:
            resource.prlimit(
                self.process.pid, resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY)
            )

    def unlimit(self) -> None:
        forever = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, forever)

    def crash_at(self, point: str) -> None:
        slay(self.process)
        self.start(crash=point)

    def is_dead(self) -> bool:
        return self.process.poll() is not None

    def kill(self, _rng: random.Random) -> str:
        slay(self.process)
        return "up"

    def revive(self) -> None:
        slay(self.process)
        self.start()

    def terminate(self) -> tuple[int, float]:
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60), time.monotonic() - began

    def close(self) -> None:
        slay(self.process)

    def record(self) -> list[str]:
        import sqlite3  # noqa: PLC0415

        with sqlite3.connect(f"file:{self.data}/moments.sqlite3?mode=ro", uri=True) as database:
            return [uid for (uid,) in database.execute("SELECT uid FROM people_event")]


class Several(Product):
    """Postgres, Redis, the store, gunicorn and the workers, each a process of its own."""

    name = "processes, Postgres"
    # All of them at once on two cores.
    bar = 20

    def __init__(self, folder: Path, database: str, broker: str, **more: str) -> None:
        super().__init__(
            folder,
            DATABASE_URL=database,
            REDIS_URL=broker,
            STORE_URL=f"clickhouse://moments:{uuid.uuid4().hex}@127.0.0.1:{free_port()}",
            SECRET_KEY=uuid.uuid4().hex * 2,
            WEB_WORKERS="1",
            **more,
        )
        self.env["BIND"] = f"127.0.0.1:{self.port}"
        lines = (ROOT / "deploy" / "Procfile").read_text().splitlines()
        self.commands = dict(line.split(": ", 1) for line in lines)
        self.running: dict[str, subprocess.Popen] = {}
        self.crashed, self.deaths = "", 0

    def start(self) -> None:
        if "store" not in self.running:
            self.run("store")
            began = time.monotonic()
            while not (self.data / "store_url").exists():
                assert time.monotonic() - began < PATIENCE, "The store does not start."
                time.sleep(0.1)
            self.manage("migrate")
        for name in self.commands:
            if name not in self.running:
                self.run(name)

    def run(self, name: str, crash: str = "") -> None:
        words = self.commands[name].replace("%h", "here").split()
        self.running[name] = self.spawn(*words, MOMENTS_CRASH_AT=crash)

    def crash_at(self, point: str) -> None:
        self.crashed = PROCESS_OF[point.partition(":")[0]]
        slay(self.running[self.crashed])
        self.deaths = self.log.read_text().count(KILLED)
        self.run(self.crashed, crash=point)

    def is_dead(self) -> bool:
        """Of gunicorn a process that answers dies, and another follows; its log says so."""
        if self.crashed == "web":
            return self.log.read_text().count(KILLED) > self.deaths
        return self.running[self.crashed].poll() is not None

    def kill(self, rng: random.Random) -> str:
        self.crashed = rng.choice([*self.commands])
        slay(self.running[self.crashed])
        return self.crashed

    def revive(self) -> None:
        if self.crashed:
            slay(self.running[self.crashed])
            self.run(self.crashed)
        self.crashed = ""

    def close(self) -> None:
        for process in self.running.values():
            slay(process)

    def record(self) -> list[str]:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(self.env["DATABASE_URL"]) as database:
            return [uid for (uid,) in database.execute("SELECT uid FROM people_event")]


@contextmanager
def embedded(folder: Path, **more: str) -> Iterator[Embedded]:
    product = Embedded(folder, **more)
    product.start()
    try:
        product.until_ready()
        yield product
    finally:
        product.close()


@contextmanager
def several(folder: Path, **more: str) -> Iterator[Several]:
    with ExitStack() as stack:
        services = folder / "services"
        services.mkdir()
        folder.chmod(0o755)
        database = stack.enter_context(postgres(services))
        product = Several(folder, database, stack.enter_context(redis(services)), **more)
        stack.callback(product.close)
        product.start()
        product.until_ready()
        yield product
