"""The one door to the store: a ClickHouse server, or the same engine inside this process."""

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError
from django.conf import settings

from analytics.store import owner
from analytics.store.gateway import identity
from people.operations import wake

log = logging.getLogger(__name__)

STOP_AGAIN, STOP_PAUSE = 5, 0.05

AUTHENTICATION_FAILED, UNKNOWN_TABLE, UNKNOWN_DATABASE = 516, 60, 81
TOO_SLOW, TOO_MUCH_MEMORY, TOO_MANY_ROWS, STOPPED = 159, 241, 158, 394
# What the engine says where it reads what it did not write: a wrong checksum, an end too soon.
DAMAGED = frozenset({32, 33, 40, 246, 271})
ADVICE = {
    TOO_SLOW: "This took longer than {seconds} seconds. Choose a shorter period or fewer events.",
    TOO_MUCH_MEMORY: "This needs too much memory. Choose a shorter period or fewer events.",
    TOO_MANY_ROWS: "This reads too many events. Choose a shorter period or fewer events.",
    STOPPED: "The computation was stopped.",
}


class StoreError(Exception):
    """The store could not answer; the text is for the user."""


class StoreAway(StoreError):
    """The store cannot be reached or opened."""


class StoreLost(StoreAway):
    """The store, or what it held, was taken away. It can be filled again from the database."""

    def __init__(self) -> None:
        super().__init__("The store was lost and is being rebuilt. Try again shortly.")


class StoreDamaged(StoreError):
    """What the store reads is not what was written. It can be filled again from the database."""

    def __init__(self) -> None:
        super().__init__("The store is damaged and is being rebuilt. Try again shortly.")


class Stopped(StoreError):
    """Somebody ended the computation."""

    def __init__(self) -> None:
        super().__init__(ADVICE[STOPPED])


def too_slow() -> StoreError:
    """What to say of statements that took too long together."""
    return StoreError(ADVICE[TOO_SLOW].format(seconds=settings.QUERY_SECONDS))


class Gate:
    """Statements pass together; who closes all handles waits for them and goes alone."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.inside = 0
        self.shut = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        with self.changed:
            self.changed.wait_for(lambda: not self.shut)
            self.inside += 1
        try:
            yield
        finally:
            with self.changed:
                self.inside -= 1
                self.changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self.changed:
            self.changed.wait_for(lambda: not self.shut)
            self.shut = True
            self.changed.wait_for(lambda: not self.inside)
        try:
            yield
        finally:
            with self.changed:
                self.shut = False
                self.changed.notify_all()


class Engine:
    """What this process knows of the embedded engine that it holds."""

    # Whether this process is the one that others ask; it never asks another.
    is_owner = False
    identity: tuple[int, int] | None = None


# Each thread has handles of its own: one query at a time runs on each.
handles: dict[tuple[int, str, str], Client] = {}
opening = threading.Lock()
gate = Gate()


def address() -> str:
    """STORE_URL; where another process owns the embedded store, the door that it opened for us."""
    url: str = settings.STORE_URL
    if urlsplit(url).scheme != "chdb" or Engine.is_owner:
        return url
    return owner.address(settings.DATA_DIR) or url


def own() -> bool:
    """Be the process that others ask for the embedded store; False where the store is a server."""
    Engine.is_owner = urlsplit(settings.STORE_URL).scheme == "chdb"
    return Engine.is_owner


def is_embedded() -> bool:
    """Whether the engine runs in this process."""
    return urlsplit(address()).scheme == "chdb"


def engine_folder() -> Path:
    return Path(urlsplit(settings.STORE_URL).path)


def is_lost() -> bool:
    """Whether the folder of our engine was taken away: the engine goes on as if nothing were."""
    held = Engine.identity
    return held is not None and is_embedded() and identity(engine_folder()) != held


def handle(role: str, **options: Any) -> Client:
    """This thread's handle of a role, opened where there is none yet.

    Opening the embedded engine takes a lock on its folder, for this process.
    """
    url = address()
    key = threading.get_ident(), role, url
    if key not in handles:
        try:
            with opening:
                handles[key] = opened(url, options)
        except (ClickHouseError, OSError) as error:
            log.warning("The store at %s does not open: %s", without_password(url), error)
            raise StoreAway(cause(error)) from error
        if urlsplit(url).scheme == "chdb" and role == "reader":
            handles[key].command("SET readonly = 1")
    return handles[key]


def opened(url: str, options: dict[str, Any]) -> Client:
    place = urlsplit(url)
    if place.scheme != "chdb":
        return clickhouse_connect.get_client(dsn=url, **options)
    folder = Path(place.path)
    folder.mkdir(parents=True, exist_ok=True)
    client = clickhouse_connect.get_client(dsn=url, **options)
    Engine.identity = Engine.identity or identity(folder)
    if Engine.identity is None:
        client.close()
        raise FileNotFoundError(f"{folder} is gone, and the engine still holds it")
    return client


def without_password(url: str) -> str:
    place = urlsplit(url)
    return place._replace(netloc=place.netloc.rpartition("@")[2]).geturl()


def cause(error: Exception) -> str:
    """Why the store does not open, and what to do."""
    if getattr(error, "code", None) == AUTHENTICATION_FAILED:
        return "The store cannot be opened: it refuses the user or the password in STORE_URL."
    return "The store cannot be opened: another process is using it, or the server is away."


def reader() -> Client:
    """For questions: bounded, and unable to change anything."""
    limits: dict[str, Any] = {
        "max_execution_time": settings.QUERY_SECONDS,
        "timeout_overflow_mode": "throw",
        "max_memory_usage": settings.QUERY_MEMORY_BYTES,
        "max_bytes_ratio_before_external_group_by": 0.5,
        # On a cluster who is in a segment is asked where the events are: a person is on one shard.
        "distributed_product_mode": "local",
    }
    if not is_embedded():
        # Our own engine gets it by a statement of its own, after the limits.
        limits["readonly"] = 1
    return handle("reader", settings=limits)


def writer() -> Client:
    """For the loader."""
    return handle("writer")


def ask(sql: str, binds: Mapping[str, Any], mark: str = "") -> Sequence[Sequence[Any]]:
    """The rows of a SELECT. Raises StoreError with a text for the user."""
    with store_errors():
        return reader().query(marked(sql, mark), parameters=dict(binds)).result_rows


def columns(sql: str, binds: Mapping[str, Any], mark: str = "") -> Any:
    """As `ask`, but the answer is an Arrow table: for what is worked on as a whole."""
    with store_errors():
        return reader().query_arrow(marked(sql, mark), parameters=dict(binds), use_strings=True)


def marked(sql: str, mark: str) -> str:
    return f"{sql} /* {mark} */" if mark else sql


def stop(mark: str) -> None:
    """End the statements that carry a mark, and what begins with it in the next moments: whoever
    asks may be between looking whether to go on and asking."""
    for _ in range(STOP_AGAIN):
        command("KILL QUERY WHERE position(query, {mark:String}) > 0 ASYNC", mark=mark)
        time.sleep(STOP_PAUSE)


def look(sql: str, **binds: Any) -> Sequence[Sequence[Any]]:
    """The rows of a SELECT of the loader's own, without the limits of questions."""
    with store_errors():
        return writer().query(sql, parameters=binds).result_rows


def command(sql: str, **binds: Any) -> None:
    with store_errors():
        writer().command(sql, parameters=binds)


def insert(table: str, block: bytes, token: str) -> None:
    """Insert JSON lines as one block; the same token twice inserts once."""
    one_block = {
        "async_insert": 0,
        "insert_deduplication_token": token,
        "input_format_parallel_parsing": 0,
        "max_insert_block_size": 4_000_000,
        "min_insert_block_size_rows": 4_000_000,
        "min_insert_block_size_bytes": 0,
        "input_format_try_infer_dates": 0,
        "input_format_try_infer_datetimes": 0,
    }
    with store_errors():
        writer().raw_insert(table, insert_block=block, fmt="JSONEachRow", settings=one_block)


@contextmanager
def store_errors() -> Iterator[None]:
    """The engine's errors as ours: what to narrow where a limit was met, else that it is away."""
    try:
        with gate.passing():
            if is_lost():
                raise StoreLost
            yield
    except OperationalError as error:
        log.warning("The store is away: %s", error)
        let_go()
        raise StoreAway("The store cannot be reached at the moment. Try again shortly.") from error
    except ClickHouseError as error:
        code = getattr(error, "code", None)
        if code in (UNKNOWN_TABLE, UNKNOWN_DATABASE):
            raise StoreLost from error
        if code in DAMAGED:
            log.exception("The store is damaged")
            wake("analytics.tasks.inspect_store")
            let_go()
            raise StoreDamaged from error
        if code in ADVICE:
            raise StoreError(ADVICE[code].format(seconds=settings.QUERY_SECONDS)) from error
        log.exception("The store refused a statement")
        raise StoreError("The store could not compute this. The log says more.") from error


def give_back_memory() -> None:
    """The engine keeps what a heavy statement took until it is told to let go of it."""
    if is_embedded():
        command("SYSTEM JEMALLOC PURGE")


def reopen() -> None:
    """Let go of an engine whose folder was taken away; the next statement opens another.

    What still runs on it is waited for: it ends by its own limits, or fails by what is missing.
    """
    with gate.alone():
        if is_lost():
            close()


def let_go() -> None:
    """Close this thread's handles: what broke off in the middle of an answer leaves the rest of it
    in them, and the next question would read that."""
    with opening:
        for key in [key for key in handles if key[0] == threading.get_ident()]:
            handles.pop(key).close()
        if not handles:
            Engine.identity = None


def close() -> None:
    """Close every handle of this process, so that the embedded engine lets go of its folder."""
    with opening:
        while handles:
            _, client = handles.popitem()
            client.close()
        Engine.identity = None
