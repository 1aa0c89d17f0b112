"""Runs a command with the tests' services: python -m tests.services sqlite|postgres COMMAND …

`sqlite` is the embedded default; `postgres` sets DATABASE_URL and REDIS_URL. A service that the
environment names is used as it is; else a private one is started on a free port, in a folder of its
own, and stopped again however the command ends.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PATIENCE = 60
# What tests write is gone with them, so it need not wait for a disk.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def numbered(url: str, further: int) -> str:
    """The address of the Redis database that is so many numbers further."""
    server, _, number = url.rpartition("/")
    return f"{server}/{int(number) + further}"


def wait_until(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} did not start within {PATIENCE} seconds.")
        time.sleep(0.05)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def unprivileged() -> dict[str, object]:
    """Postgres refuses to run as root; who is root runs it as `postgres` or `nobody`."""
    if os.getuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextmanager
def running(command: list[str], port: int, what: str, **options: object) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    try:
        wait_until(lambda: process.poll() is None and answers(port), what)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A cluster of its own; yields its DATABASE_URL."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not binaries:
        raise SystemExit("Postgres is not installed; run `make services`.")
    tools = binaries[-1].parent
    data, who = folder / "postgres", unprivileged()
    data.mkdir()
    if who:
        os.chown(data, who["user"], who["group"])  # type: ignore[arg-type]
        folder.chmod(0o755)
    subprocess.run(
        [tools / "initdb", "-D", data, "-U", "moments", "-A", "trust", "-E", "UTF8"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=data,
        **who,  # type: ignore[call-overload]
    )
    port = free_port()
    server = [str(tools / "postgres"), "-D", str(data), "-p", str(port), "-k", str(data)]
    server += [
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "fsync=off",
        "-c",
        "log_min_messages=fatal",
    ]
    with running(server, port, "Postgres", cwd=data, stderr=subprocess.DEVNULL, **who):
        yield f"postgres://moments@127.0.0.1:{port}/postgres"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A server of its own that keeps nothing; yields its REDIS_URL."""
    if not shutil.which("redis-server"):
        raise SystemExit("Redis is not installed; run `make services`.")
    port = free_port()
    server = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server += ["--databases", "1024"]
    with running([*server, "--dir", str(folder)], port, "Redis"):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def store_process(folder: Path) -> Iterator[str]:
    """`manage.py store` on a folder; yields its STORE_URL."""
    port = free_port()
    url = f"clickhouse://tests:{secrets.token_urlsafe(16)}@127.0.0.1:{port}"
    words = [sys.executable, str(ROOT / "manage.py"), "store"]
    ours = os.environ | {"MOMENTS_DATA": str(folder), "STORE_URL": url}
    with running(words, port, "The store", env=ours):
        yield url


def main(kind: str, command: list[str]) -> int:
    with ExitStack() as stack:
        own = tempfile.TemporaryDirectory(prefix="moments-tests-", dir=MEMORY)
        folder = Path(stack.enter_context(own))
        environment = os.environ | {"MOMENTS_DATA": str(folder / "data")}
        if kind == "sqlite":
            environment.pop("DATABASE_URL", None)
            environment.pop("REDIS_URL", None)
        else:
            if "DATABASE_URL" not in environment:
                environment["DATABASE_URL"] = stack.enter_context(postgres(folder))
            if "REDIS_URL" not in environment:
                environment["REDIS_URL"] = stack.enter_context(redis(folder))
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1], sys.argv[2:]))
