"""What an export is made of: files, folders, archives; JSON, CSV, Parquet, record by record."""

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from people.ingest.body import Unreadable, parse_json

# Some products write whole documents into one cell.
csv.field_size_limit(20_000_000)
LARGEST_DOCUMENT = 500_000_000
ROWS = 2_000


class BrokenExport(ValueError):
    """The file cannot be read on; the text names the place."""


class Export:
    """A file, or a folder of files. `done` of `size` bytes are read while its records are taken."""

    def __init__(self, path: Path, delimiter: str = "") -> None:
        self.files = sorted(each for each in path.rglob("*") if each.is_file()) or [path]
        self.size = sum(each.stat().st_size for each in self.files)
        self.done = 0
        self.delimiter = delimiter

    def records(self) -> Iterator[Any]:
        """Every record: an object as it was written, a row of a table as column → cell; or the
        Unreadable that stands in its place. Raises BrokenExport where reading has to end."""
        before = count = 0
        for file in self.files:
            size = file.stat().st_size
            try:
                with file.open("rb") as raw:
                    for record in content(raw, self.delimiter):
                        count += 1
                        self.done = before + min(raw.tell(), size)
                        yield record
            except BREAKS as error:
                reason = str(error) or type(error).__name__
                raise BrokenExport(f"{file.name}, after record {count:,}: {reason}") from error
            before += size
            self.done = before


BREAKS = (
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    csv.Error,
    UnicodeDecodeError,
    Unreadable,
)


def content(raw: IO[bytes], delimiter: str) -> Iterator[Any]:
    """The records of a stream, told by its first bytes."""
    stream = io.BufferedReader(cast(io.RawIOBase, raw))
    start = stream.peek(64)[:64]
    if start.startswith(b"\x1f\x8b"):
        with gzip.GzipFile(fileobj=stream) as inflated:
            yield from content(cast(IO[bytes], inflated), delimiter)
    elif start.startswith(b"PK"):
        yield from zipped(stream, delimiter)
    elif start.startswith(b"PAR1"):
        yield from parquet(stream)
    elif start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        yield from documents(stream)
    else:
        yield from table(stream, delimiter)
    # The file is the caller's: let go of it without closing it.
    stream.detach()


def zipped(stream: IO[bytes], delimiter: str) -> Iterator[Any]:
    with zipfile.ZipFile(stream) as archive:
        for name in sorted(each for each in archive.namelist() if not each.endswith("/")):
            with archive.open(name) as member:
                yield from content(member, delimiter)


def parquet(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    import pyarrow  # noqa: PLC0415 - heavy, and only this needs it
    import pyarrow.parquet  # noqa: PLC0415

    try:
        for batch in pyarrow.parquet.ParquetFile(stream).iter_batches(batch_size=ROWS):
            yield from batch.to_pylist()
    except pyarrow.ArrowException as error:
        raise Unreadable(str(error)) from error


def documents(stream: IO[bytes]) -> Iterator[Any]:
    """One object a line; or one document that holds a list of them."""
    first = stream.readline()
    try:
        alone = parse_json(first)
    except Unreadable:
        yield from whole(first + stream.read(LARGEST_DOCUMENT))
        return
    if isinstance(alone, list):
        yield from alone
        return
    yield from (alone,) if not inner(alone) else inner(alone)
    for line in stream:
        if line.strip():
            try:
                yield parse_json(line)
            except Unreadable as error:
                yield error


def whole(text: bytes) -> Iterator[Any]:
    document = parse_json(text)
    yield from document if isinstance(document, list) else inner(document) or (document,)


def inner(document: Any) -> list[Any]:
    """The list inside a page of an API: Mixpanel's `results`, Infobip's `persons`, a `batch`."""
    for key in ("results", "persons", "batch"):
        if isinstance(document, dict) and isinstance(document.get(key), list):
            return list(document[key])
    return []


def table(stream: IO[bytes], delimiter: str) -> Iterator[dict[str, str]]:
    """Rows as column → cell, without empty cells; the delimiter is told by the head."""
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    head = text.readline()
    mark = delimiter or max(",;\t|", key=head.count)
    names = [name.strip() for name in next(csv.reader([head], delimiter=mark), [])]
    for cells in csv.reader(text, delimiter=mark):
        if cells:
            yield {n: c for n, c in zip(names, cells, strict=False) if n and c.strip()}
    text.detach()
