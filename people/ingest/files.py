"""Exports as messages, row by row: one reader a format."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import IO, Any, TypeAlias

from people.attributes import from_traits
from people.ingest import segment
from people.ingest.body import Unreadable, parse_json
from people.ingest.messages import (
    Identify,
    Kind,
    Message,
    Refusal,
    RefusedError,
    Track,
    believed,
    moment,
    uid_of,
)
from people.models.catalogue import LONGEST_NAME

Row: TypeAlias = Message | Refusal
Reader: TypeAlias = Callable[[IO[bytes], datetime], Iterator[Row]]


def read_segment(file: IO[bytes], received: datetime) -> Iterator[Row]:
    """One call a line, as Segment's own archive has them."""
    for index, line in enumerate(file):
        if line.strip():
            yield row(index, partial(segment_line, line, received))


def segment_line(line: bytes, received: datetime) -> Message:
    """A call as it was archived: its time was corrected then, so its `sentAt` says nothing now."""
    call = parse_json(line)
    if isinstance(call, dict):
        call.pop("sentAt", None)
    return segment.message(call, None, received)


def read_csv(file: IO[bytes], received: datetime) -> Iterator[Row]:
    """Events: `person_id`, `event`, `timestamp`, `event_id`, `properties`; people: `attributes`.

    `properties` and `attributes` are JSON objects; any other column is a property by itself.
    """
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        head = text.readline()
        delimiter = max(",;\t", key=head.count)
        names = next(csv.reader([head], delimiter=delimiter), [])
        for index, cells in enumerate(csv.reader(text, delimiter=delimiter)):
            if cells:
                fields = dict(zip(names, cells, strict=False))
                yield row(index, partial(csv_message, fields, received))
    finally:
        # The file is the caller's: let go of it without closing it.
        text.detach()


def row(index: int, read: Callable[[], Message]) -> Row:
    try:
        return read()
    except RefusedError as error:
        return Refusal(index, error.errors)
    except Unreadable as error:
        return Refusal(index, {"": [str(error)]})


def csv_message(fields: Mapping[str, str], received: datetime) -> Message:
    ids = believed((fields.get("person_id"), Kind.EXTERNAL))
    if not ids:
        raise RefusedError(person_id="A row needs the id of a person.")
    at, doubted = moment(fields.get("timestamp"), received, None)
    if "attributes" in fields:
        return Identify(ids, at, from_traits(json_object(fields, "attributes")))
    name = fields.get("event", "")
    if not name.strip() or len(name) > LONGEST_NAME:
        raise RefusedError(event=f"An event needs a name of at most {LONGEST_NAME} characters.")
    known = ("person_id", "event", "timestamp", "event_id", "properties")
    beside = {key: text for key, text in fields.items() if key not in known and text}
    properties = beside | json_object(fields, "properties")
    return Track(ids, name, at, uid_of(fields.get("event_id"), fields), properties, doubted)


def json_object(fields: Mapping[str, str], column: str) -> dict[str, Any]:
    value = parse_json((fields.get(column) or "{}").encode())
    if not isinstance(value, dict):
        raise RefusedError(**{column: "This is a JSON object."})
    return value


FORMATS: dict[str, Reader] = {"csv": read_csv, "segment": read_segment}
