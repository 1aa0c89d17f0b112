"""An export into a project: a chunk a transaction, what cannot be kept into a file with reasons."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from people import faults
from people.imports.export import Export
from people.imports.formats import READERS, Reader
from people.imports.tables import Columns, reader
from people.ingest.body import Unreadable, json_text
from people.ingest.messages import Message, RefusedError, understood
from people.ingest.record import record
from people.models import Project

# Rows of one transaction.
CHUNK = 500
FORMATS = ["csv", *READERS]
PREVIEWED = 10
# By as many rows a wrong format is told.
FIRST = 20


@dataclass(frozen=True)
class Loaded:
    """How far an import is."""

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0

    def __add__(self, other: "Loaded") -> "Loaded":
        return Loaded(
            self.accepted + other.accepted,
            self.duplicates + other.duplicates,
            self.rejected + other.rejected,
        )


@dataclass(frozen=True)
class Row:
    """A record, and what it means or why it cannot be kept."""

    number: int
    record: Any
    messages: list[Message] = field(default_factory=list)
    errors: Mapping[str, list[str]] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        """As a line of what could not be kept."""
        return {"row": self.number, "errors": self.errors, "record": plain(self.record)}


def load(
    project: Project,
    export: Export,
    kind: str,
    rejected: IO[str],
    *,
    columns: Mapping[str, str | None] | None = None,
    zone: ZoneInfo | None = None,
    progress: Callable[[Loaded], None] | None = None,
) -> Loaded:
    """Load every record. Raises BrokenExport, RefusedError when a table lacks a column.

    Loading again adds nothing twice. `rejected` gets a JSON line a row: its number, the reasons,
    the record.
    """
    loaded = Loaded()
    rows = read(project, export, kind, columns or {}, zone)
    first = list(islice(rows, FIRST))
    if problem := other_format(kind, first):
        raise RefusedError(format=problem)
    rows = chain(first, rows)
    while chunk := list(islice(rows, CHUNK)):
        loaded += keep(project, f"import {kind}", chunk)
        rejected.writelines(json_text(row.dump()) + "\n" for row in chunk if row.errors)
        faults.point("import-chunk")
        if progress:
            progress(loaded)
    return loaded


def keep(project: Project, source: str, chunk: Sequence[Row]) -> Loaded:
    """Keep what the rows say, in one transaction."""
    messages = list(chain.from_iterable(row.messages for row in chunk))
    rejected = sum(bool(row.errors) for row in chunk)
    receipt = record(project, messages, source=source, refused_count=rejected)
    return Loaded(receipt.accepted, receipt.duplicates, rejected)


def other_format(kind: str, first: Sequence[Row]) -> str:
    """What to say where none of the first rows is of this format and all are of another."""
    if not first or not all(row.errors for row in first):
        return ""
    received = timezone.now()
    for name, read_one in READERS.items():
        tried = (meaning(row.number, row.record, read_one, received) for row in first)
        if name != kind and not any(row.errors for row in tried):
            return f"None of the first {len(first)} rows is of {kind}; they look like {name}."
    return ""


def preview(
    project: Project,
    path: Path,
    kind: str,
    columns: Mapping[str, str | None] | None = None,
    zone: ZoneInfo | None = None,
) -> tuple[list[str], Columns, list[Row]]:
    """The columns of a table, which of them says what, and what the first rows would become."""
    names = columns_of(Export(path)) if kind == "csv" else []
    guessed = Columns.guessed(names, columns or {})
    if guessed.missing() and kind == "csv":
        return names, guessed, []
    rows = read(project, Export(path), kind, columns or {}, zone)
    return names, guessed, list(islice(rows, PREVIEWED))


def columns_of(export: Export) -> list[str]:
    """The columns that the first rows have."""
    names: dict[str, None] = {}
    for row in islice(export.records(), 200):
        if isinstance(row, dict):
            names |= dict.fromkeys(row)
    return list(names)


def read(
    project: Project,
    export: Export,
    kind: str,
    columns: Mapping[str, str | None],
    zone: ZoneInfo | None,
) -> Iterator[Row]:
    """The rows of an export with what they mean."""
    received = timezone.now()
    read_one = READERS.get(kind) or table_reader(project, export, columns, zone)
    for number, found in enumerate(export.records(), start=1):
        yield meaning(number, found, read_one, received)


def table_reader(
    project: Project, export: Export, columns: Mapping[str, str | None], zone: ZoneInfo | None
) -> Reader:
    head = Export(export.files[0], export.delimiter)
    chosen = Columns.guessed(columns_of(head), columns)
    if problem := chosen.missing():
        raise RefusedError(columns=problem)
    return reader(chosen, zone or project.zone)


def meaning(number: int, found: Any, read_one: Reader, received: datetime) -> Row:
    if isinstance(found, Unreadable):
        return Row(number, None, errors={"": [str(found)]})
    if not isinstance(found, Mapping):
        return Row(number, found, errors={"": ["This is an object."]})
    try:
        return Row(number, found, understood(lambda: read_one(found, received)))
    except RefusedError as error:
        return Row(number, found, errors=error.errors)


def plain(value: Any) -> Any:
    """What JSON can hold of a record; times of a table as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value if isinstance(value, str | int | float | None) else str(value)
