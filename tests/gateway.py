"""ClickHouse's HTTP interface in front of the embedded engine: python -m tests.gateway FOLDER

Prints the port that it answers on, which the system chooses.

As much of it as the client library speaks: queries with bound parameters and settings, inserts with
a body, errors with their code.
"""

import re
import sys
import tempfile
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb

TRANSPORT = {"query", "database", "query_id", "session_id", "compress", "decompress",
             "client_protocol_version", "default_format", "wait_end_of_query",
             "send_progress_in_http_headers", "http_headers_progress_interval_ms",
             "enable_http_compression", "cancel_http_readonly_queries_on_client_close"}  # fmt: skip
FOLDER = ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def answer(self, body: bytes) -> None:
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        kind = self.headers.get("Content-Type") or ""
        if kind.startswith("multipart/form-data"):
            # Long parameters come as a form, the query among them.
            asked |= fields(kind, body)
            body = asked.pop("query").encode()
        if not (asked.get("query") or body):
            return self.reply(200, b"Ok.\n")
        try:
            self.reply(200, run(asked, body))
        except RuntimeError as error:
            code = re.search(r"Code: (\d+)", str(error))
            text = str(error)[str(error).find("Code: ") :]
            self.reply(500, text.encode(), code[1] if code else "0")

    def reply(self, status: int, content: bytes, code: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Quiet: the tests tell what went wrong."""


def fields(kind: str, body: bytes) -> dict[str, str]:
    form = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP)
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True).decode()
        for part in form.iter_parts()
    }


def run(asked: dict[str, str], body: bytes) -> bytes:
    """One statement on a handle of its own, so that no setting stays behind."""
    engine = chdb.connect(FOLDER)
    try:
        if asked.get("database"):
            engine.query(f"USE `{asked['database']}`")
        for name, value in asked.items():
            if name not in TRANSPORT and not name.startswith("param_"):
                engine.query(f"SET {name} = '{value}'")
        values = {name[6:]: value for name, value in asked.items() if name.startswith("param_")}
        if asked.get("query") and body:
            return insert(engine, asked["query"], body)
        sql = asked.get("query") or body.decode()
        return engine.query(sql, asked.get("default_format", "TabSeparated"), params=values).bytes()
    finally:
        engine.close()


def insert(engine: Any, sql: str, body: bytes) -> bytes:
    """`INSERT INTO … FORMAT …` with its rows in the body."""
    into, _, kind = re.sub(r"\s+", " ", sql).partition(" FORMAT ")
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        engine.query(f"{into} FROM INFILE '{file.name}' FORMAT {kind}")
    return b""


if __name__ == "__main__":
    FOLDER = sys.argv[1]
    # The engine lives as long as a handle does.
    kept = chdb.connect(FOLDER)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)  # noqa: T201
    server.serve_forever()
