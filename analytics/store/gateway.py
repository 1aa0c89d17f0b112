"""ClickHouse's HTTP interface in front of the embedded engine, as a WSGI application.

One process owns the engine's folder; the others reach it here, by the same client library and the
same statements as a ClickHouse server. Every request has a handle of its own (0.5 ms), so that no
setting stays behind. Wants a server that tells of clients that hang up (waitress does).
"""

import logging
import re
import secrets
import shutil
import tempfile
import threading
import uuid
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

log = logging.getLogger(__name__)

# What clients say about the transport, not about the statement.
TRANSPORT = {
    "add_http_cors_header",
    "buffer_size",
    "cancel_http_readonly_queries_on_client_close",
    "client_protocol_version",
    "compress",
    "database",
    "decompress",
    "default_format",
    "enable_http_compression",
    "http_headers_progress_interval_ms",
    "password",
    "query",
    "query_id",
    "quota_key",
    "send_progress_in_http_headers",
    "session_check",
    "session_id",
    "session_timeout",
    "user",
    "wait_end_of_query",
}
# Formats of which a stream's pieces are put together by laying them end to end.
STREAMED = {"Native", "JSONEachRow", "TabSeparated", "RowBinary"}
READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
INSERT = re.compile(
    r"(?P<into>\s*INSERT\s+INTO\s+.*?)\s+FORMAT\s+(?P<form>\w+)\s*", re.IGNORECASE | re.DOTALL
)
FORMAT = re.compile(r"\bFORMAT\s+(\w+)[\s;]*$", re.IGNORECASE)
INTO_FILE = re.compile(r"\bINTO\s+OUTFILE\b", re.IGNORECASE)
LOOK_EVERY = 0.25
MOST_FORM_BYTES = 64 * 1024 * 1024

AUTHENTICATION_FAILED, SYNTAX_ERROR, ACCESS_DENIED, TOO_LARGE = 516, 62, 497, 307
STATUS = {
    AUTHENTICATION_FAILED: "403 Forbidden",
    SYNTAX_ERROR: "400 Bad Request",
    TOO_LARGE: "413 Content Too Large",
}

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Refused(Exception):
    """A request that is not passed on to the engine."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass
class Statement:
    """What one request asks of the engine."""

    sql: str
    form: str = "TabSeparated"
    database: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)


class Gateway:
    """The application. It opens the folder, and holds it until it is closed; with `keep` off,
    somebody else in this process does."""

    def __init__(
        self, folder: Path, user: str, password: str, *, memory: int = 0, keep: bool = True
    ) -> None:
        import chdb  # noqa: PLC0415 - never before a fork, never where it is not used

        folder.mkdir(parents=True, exist_ok=True)
        self.connect = chdb.connect
        limit = f"?max_server_memory_usage={memory}" if memory else ""
        self.place = f"{quote(str(folder))}{limit}"
        # The engine lives as long as a handle does.
        self.kept = chdb.connect(self.place) if keep else None
        self.folder, self.identity = folder, identity(folder)
        self.account = user, password
        self.incoming = folder.with_name(f"{folder.name}-incoming")
        shutil.rmtree(self.incoming, ignore_errors=True)
        self.incoming.mkdir(mode=0o700)
        self.running: dict[str, Callable[[], bool]] = {}
        self.closed = threading.Event()
        self.watcher = threading.Thread(target=self.watch, name="store watcher", daemon=True)
        self.watcher.start()

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] in ("/ping", "/replicas_status"):
            return answer(start, "200 OK", [b"Ok.\n"])
        asked = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        try:
            self.admit(environ, asked)
            return self.run(environ, asked, start)
        except Refused as error:
            return refusal(start, error.code, str(error))
        except RuntimeError as error:
            return refusal(start, *said(error))

    def admit(self, environ: Environ, asked: dict[str, str]) -> None:
        """Raise Refused unless the request names the account that this store was started with."""
        given = account(environ, asked)
        # Joined by what is in neither, so that one comparison tells nothing of either.
        if not secrets.compare_digest("\0".join(given).encode(), "\0".join(self.account).encode()):
            raise Refused(AUTHENTICATION_FAILED, "Authentication failed: wrong user or password.")

    def run(self, environ: Environ, asked: dict[str, str], start: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
            raise Refused(SYNTAX_ERROR, "Packed bodies are not read here; send them plain.")
        body = environ["wsgi.input"]
        kind = environ.get("CONTENT_TYPE") or ""
        if kind.startswith("multipart/form-data"):
            # Long parameters come as a form, the query among them.
            asked |= fields(kind, bounded(body))
        elif "query" not in asked:
            asked["query"] = bounded(body).decode()
        elif into := INSERT.fullmatch(asked["query"]):
            self.insert(statement(asked), into["into"], into["form"], body)
            return answer(start, "200 OK", [])
        if not asked["query"].strip():
            return answer(start, "200 OK", [b"Ok.\n"])
        if INTO_FILE.search(asked["query"]):
            raise Refused(ACCESS_DENIED, "Writing into files is not allowed here.")
        gone = environ.get("waitress.client_disconnected", lambda: False)
        pieces = self.pieces(statement(asked), gone)
        # The first piece, or the error, decides the status.
        first = next(pieces, b"")
        return answer(start, "200 OK", Stream(first, pieces))

    def pieces(self, asked: Statement, gone: Callable[[], bool]) -> Iterator[bytes]:
        """The answer, piece by piece where its format allows; ended when the client is gone."""
        mark = uuid.uuid4().hex
        self.running[mark] = gone
        engine = self.opened(asked)
        try:
            # Only what reads is marked, to be ended: what follows VALUES would be data.
            reads = READS.match(asked.sql)
            sql = f"{asked.sql} /* {mark} */" if reads else asked.sql
            if reads and asked.form in STREAMED:
                with engine.send_query(sql, asked.form, params=asked.values) as result:
                    for piece in result:
                        yield piece.bytes()
            else:
                yield engine.query(sql, asked.form, params=asked.values).bytes()
        finally:
            del self.running[mark]
            engine.close()

    def insert(self, asked: Statement, into: str, form: str, body: Any) -> None:
        """Rows from the body, by way of a file: the engine reads them from there block by block."""
        engine = self.opened(asked)
        try:
            with tempfile.NamedTemporaryFile(dir=self.incoming) as file:
                shutil.copyfileobj(body, file, 1024 * 1024)
                file.flush()
                if file.tell():
                    engine.query(f"{into} FROM INFILE '{file.name}' FORMAT {form}")
        finally:
            engine.close()

    def opened(self, asked: Statement) -> Any:
        """A handle with the statement's database and settings; `readonly` last, as it ends all
        setting."""
        engine = self.connect(self.place)
        try:
            if asked.database:
                engine.query(f"USE {name(asked.database)}")
            for setting, value in sorted(asked.settings.items(), key=lambda s: s[0] == "readonly"):
                engine.query(f"SET {name(setting)} = {text(value)}")
        except BaseException:
            engine.close()
            raise
        return engine

    def watch(self) -> None:
        """End the statements whose clients have hung up."""
        while not self.closed.wait(LOOK_EVERY):
            for mark, gone in list(self.running.items()):
                if gone():
                    self.stop(mark)

    def stop(self, mark: str) -> None:
        engine = self.connect(self.place)
        try:
            sql = "KILL QUERY WHERE position(query, {mark:String}) > 0 ASYNC"
            engine.query(sql, params={"mark": mark})
        except RuntimeError:
            log.exception("A statement could not be stopped")
        finally:
            engine.close()

    def is_lost(self) -> bool:
        """Whether the folder was taken away: the engine itself goes on as if nothing were."""
        return identity(self.folder) != self.identity

    def close(self) -> None:
        """End what still runs and let go of the folder."""
        self.closed.set()
        self.watcher.join()
        for mark in list(self.running):
            self.stop(mark)
        if self.kept:
            self.kept.close()


class Stream:
    """An answer whose first piece is known already. Closed by the server, however it ends."""

    def __init__(self, first: bytes, rest: Iterator[bytes]) -> None:
        self.first, self.rest = first, rest

    def __iter__(self) -> Iterator[bytes]:
        yield self.first
        yield from self.rest

    def close(self) -> None:
        self.rest.close()  # type: ignore[attr-defined]


def identity(folder: Path) -> tuple[int, int] | None:
    """Tells an engine's folder from another that stands in its place; None where there is none."""
    try:
        found = (folder / "status").stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


# --- Reading requests ---------------------------------------------------------------------------


def account(environ: Environ, asked: dict[str, str]) -> tuple[str, str]:
    """User and password, from any of the three places where ClickHouse takes them."""
    scheme, _, packed = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = b64decode(packed, validate=True).decode().partition(":")
        except (NotBase64, UnicodeDecodeError):
            return "", ""
        return user, password
    user = environ.get("HTTP_X_CLICKHOUSE_USER", asked.get("user", ""))
    return user, environ.get("HTTP_X_CLICKHOUSE_KEY", asked.get("password", ""))


def statement(asked: dict[str, str]) -> Statement:
    """The statement, and in which format it is answered: the one it names itself comes first."""
    sql, named = asked["query"], FORMAT.search(asked["query"])
    return Statement(
        sql=sql[: named.start()] if named and READS.match(sql) else sql,
        form=named[1] if named else asked.get("default_format", "TabSeparated"),
        database=asked.get("database", ""),
        settings={
            key: value
            for key, value in asked.items()
            if key not in TRANSPORT and not key.startswith("param_")
        },
        values={key[6:]: value for key, value in asked.items() if key.startswith("param_")},
    )


def bounded(body: Any) -> bytes:
    content: bytes = body.read(MOST_FORM_BYTES + 1)
    if len(content) > MOST_FORM_BYTES:
        raise Refused(TOO_LARGE, "The statement is too long.")
    return content


def fields(kind: str, body: bytes) -> dict[str, str]:
    form = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP)
    found = {}
    for part in form.iter_parts():
        key = part.get_param("name", header="content-disposition")
        content: Any = part.get_payload(decode=True)
        found[str(key)] = content.decode()
    if "query" not in found:
        raise Refused(SYNTAX_ERROR, "The form has no query.")
    return found


def name(given: str) -> str:
    if not re.fullmatch(r"\w+", given, re.ASCII):
        raise Refused(SYNTAX_ERROR, "This is no name.")
    return f"`{given}`" if given[0].isdigit() else given


def text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


# --- Answering ----------------------------------------------------------------------------------


def answer(
    start: StartResponse, status: str, content: Iterable[bytes], *headers: tuple[str, str]
) -> Iterable[bytes]:
    start(status, [("Content-Type", "application/octet-stream"), *headers])
    return content


def refusal(start: StartResponse, code: int, words: str) -> Iterable[bytes]:
    status = STATUS.get(code, "500 Internal Server Error")
    body = words.encode("utf-8", "replace")
    return answer(start, status, [body], ("X-ClickHouse-Exception-Code", str(code)))


def said(error: RuntimeError) -> tuple[int, str]:
    """Code and text of the engine's error."""
    words = str(error)
    code = re.search(r"Code: (\d+)", words)
    return (int(code[1]), words[code.start() :]) if code else (0, words)
