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

log = logging.getLogger(__name__)

STOP_AGAIN, STOP_PAUSE = 5, 0.05

TOO_SLOW, TOO_MUCH_MEMORY, TOO_MANY_ROWS, STOPPED = 159, 241, 158, 394
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


class Stopped(StoreError):
    """Somebody ended the computation."""

    def __init__(self) -> None:
        super().__init__(ADVICE[STOPPED])


def too_slow() -> StoreError:
    """What to say of statements that took too long together."""
    return StoreError(ADVICE[TOO_SLOW].format(seconds=settings.QUERY_SECONDS))


# Each thread has handles of its own: one query at a time runs on each.
handles: dict[tuple[int, str, str], Client] = {}
opening = threading.Lock()


def is_embedded() -> bool:
    return bool(urlsplit(settings.STORE_URL).scheme == "chdb")


def handle(role: str, **options: Any) -> Client:
    """This thread's handle of a role, opened where there is none yet.

    Opening the embedded engine takes a lock on its folder, for this process.
    """
    key = threading.get_ident(), role, settings.STORE_URL
    if key not in handles:
        if is_embedded():
            Path(urlsplit(settings.STORE_URL).path).mkdir(parents=True, exist_ok=True)
        try:
            with opening:
                handles[key] = clickhouse_connect.get_client(dsn=settings.STORE_URL, **options)
        except (ClickHouseError, OSError) as error:
            log.warning("The store at %s does not open: %s", settings.STORE_URL, error)
            raise StoreAway(
                "The store cannot be opened: another process is using it, or the server is away."
            ) from error
        if is_embedded() and role == "reader":
            handles[key].command("SET readonly = 1")
    return handles[key]


def reader() -> Client:
    """For questions: bounded, and unable to change anything."""
    limits = {
        "max_execution_time": settings.QUERY_SECONDS,
        "timeout_overflow_mode": "throw",
        "max_memory_usage": settings.QUERY_MEMORY_BYTES,
        "max_bytes_ratio_before_external_group_by": 0.5,
        # On a cluster who is in a segment is asked where the events are: a person is on one shard.
        "distributed_product_mode": "local",
    }
    return handle("reader", settings=limits)


def writer() -> Client:
    """For the loader."""
    return handle("writer")


def ask(sql: str, binds: Mapping[str, Any], mark: str = "") -> Sequence[Sequence[Any]]:
    """The rows of a SELECT. Raises StoreError with a text for the user."""
    with told():
        return reader().query(marked(sql, mark), parameters=dict(binds)).result_rows


def columns(sql: str, binds: Mapping[str, Any], mark: str = "") -> Any:
    """As `ask`, but the answer is an Arrow table: for what is worked on as a whole."""
    with told():
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
    with told():
        return writer().query(sql, parameters=binds).result_rows


def command(sql: str, **binds: Any) -> None:
    with told():
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
    with told():
        writer().raw_insert(table, insert_block=block, fmt="JSONEachRow", settings=one_block)


@contextmanager
def told() -> Iterator[None]:
    """The engine's errors as ours: what to narrow where a limit was met, else that it is away."""
    try:
        yield
    except OperationalError as error:
        log.warning("The store is away: %s", error)
        raise StoreAway("The store cannot be reached at the moment. Try again shortly.") from error
    except ClickHouseError as error:
        code = getattr(error, "code", None)
        if code in ADVICE:
            raise StoreError(ADVICE[code].format(seconds=settings.QUERY_SECONDS)) from error
        log.exception("The store refused a statement")
        raise StoreError("The store could not compute this. The log says more.") from error


def give_back_memory() -> None:
    """The engine keeps what a heavy statement took until it is told to let go of it."""
    if is_embedded():
        command("SYSTEM JEMALLOC PURGE")


def close() -> None:
    """Close every handle of this process, so that the embedded engine lets go of its folder."""
    with opening:
        while handles:
            _, client = handles.popitem()
            client.close()
