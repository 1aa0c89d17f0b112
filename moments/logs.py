"""How the log is written: lines for people or JSON for machines; never a body, key or person."""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import TypeAlias

from clickhouse_connect.driver.exceptions import OperationalError as StoreAway
from django.db import OperationalError

from people.tracing import request_id, run_id

Caught: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)

# Exceptions whose words are about a place, not about what somebody sent.
ABOUT_PLACES = (OSError, OperationalError, StoreAway, ImportError)


class Line(logging.Formatter):
    """One line a record, whatever is in it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        ids = "".join(f" [{name} {value}]" for name, value in context().items())
        return super().formatMessage(record).translate(CONTROLS) + ids

    def formatException(self, ei: Caught) -> str:  # noqa: N802
        return where(ei)


class Json(logging.Formatter):
    """An object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **context(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["trace"] = where(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


CONTROLS = {code: f"\\x{code:02x}" for code in [*range(32), 127, 0x2028, 0x2029]}


def context() -> dict[str, str]:
    ids = {"request": request_id.get(), "run": run_id.get()}
    return {name: value for name, value in ids.items() if value}


def where(caught: Caught) -> str:
    """The way to an exception and its class; its words only where they cannot be somebody's data,
    which databases like to quote."""
    kind, error, trace = caught
    if kind is None:
        return ""
    way = "".join(traceback.format_tb(trace))
    words = f": {error}".translate(CONTROLS) if isinstance(error, ABOUT_PLACES) else ""
    return f"{way}{kind.__module__}.{kind.__qualname__}{words}"


class WithoutAddresses(logging.Filter):
    """Addresses hold keys and people: what is logged about a request names its route instead."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and hasattr(request, "method"):
            status = getattr(record, "status_code", "")
            record.msg, record.args = f"{status} {request.method} {route(request)}".strip(), ()
        return True


def route(request: object) -> str:
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "(no such address)"
