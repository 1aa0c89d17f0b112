"""What the record says of a load, as lines for the store."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import orjson
import psycopg
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Func, QuerySet, TextField
from django.db.models.functions import Cast
from django.db.models.sql.compiler import SQLCompiler

from analytics.store.columns import stored
from people.models import Event, Load, Person, PersonList
from people.values import as_instant, milliseconds

DAY = 86_400_000
EPOCH = date(1970, 1, 1)


class Milliseconds(Func):
    """An instant as whole milliseconds since 1970: making a datetime of each takes longer than all
    that is done with it."""

    output_field = BigIntegerField()

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **context: Any
    ) -> Any:
        if connection.vendor == "postgresql":
            self.template = "round(date_part('epoch', %(expressions)s) * 1000)::bigint"
        else:
            # SQLite counts whole milliseconds itself, so the rounding only undoes the division.
            days = "(julianday(%(expressions)s) - 2440587.5)"
            self.template = f"CAST(round({days} * {DAY}.0) AS INTEGER)"
        return super().as_sql(compiler, connection, *args, **context)


@dataclass
class Sum:
    """What a set of events adds up to, in the record or in the store."""

    count: int = 0
    checksum: int = 0

    def add(self, uid: str, event: str, person: int, at: int) -> None:
        self.count += 1
        self.checksum += zlib.crc32(f"{uid}|{event}|{person}|{at}".encode())


@dataclass
class Blocks:
    """The events of a load as JSON lines, one block a partition: it takes all or nothing."""

    lines: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    sum: Sum = field(default_factory=Sum)
    # How many of each batch there are.
    by_batch: Counter[int] = field(default_factory=Counter)


def events_of(load: Load) -> QuerySet[Event]:
    return Event.objects.filter(batch__load=load)


def read_events(load: Load) -> Blocks:
    """A load's events from the record, as lines for the store."""
    blocks = Blocks()
    for uid, event, person, instant, properties, batch in rows_of(load):
        blocks.sum.add(uid, event, person, instant)
        blocks.by_batch[batch] += 1
        values, days = stored(orjson.loads(properties))
        line = {
            "project": load.project_id,
            "event": event,
            "person": person,
            "at": instant / 1000,
            "id": uid,
            "load": load.pk,
            "values": values,
            "days": days,
        }
        blocks.lines[partition_of(instant // DAY)].append(orjson.dumps(line))
    return blocks


def rows_of(load: Load) -> Iterator[tuple[Any, ...]]:
    """(id, event, person, milliseconds, properties as text, batch) of each event, as they are
    read."""
    query = events_of(load).values_list(
        "uid",
        "definition__name",
        "person_id",
        Milliseconds("at"),
        Cast("properties", TextField()),
        "batch_id",
    )
    if connection.vendor != "postgresql":
        yield from query.iterator(chunk_size=10_000)
        return
    # Streamed in the binary format: the server goes on while rows are worked on here.
    connection.ensure_connection()
    sql, values = query.query.sql_with_params()
    with psycopg.Cursor(connection.connection) as cursor:
        yield from cursor.stream(sql, values, binary=True, size=5_000)


@lru_cache(maxsize=4096)
def partition_of(day: int) -> str:
    """The partition of a day that is counted from 1970, as the table of events has them."""
    at = EPOCH + timedelta(day)
    if at.year < 2000:
        return "0"
    return str(at.year) if at.year < 2020 else f"{at:%Y%m}"


def lists_of(load: Load) -> dict[int, list[int]]:
    """The fixed lists that the people of a load are on."""
    on = PersonList.people.through.objects.filter(person__batch__load=load)
    found: dict[int, list[int]] = defaultdict(list)
    for person, listed in on.order_by("personlist_id").values_list("person_id", "personlist_id"):
        found[person].append(listed)
    return found


def person_line(person: Person, lists: list[int]) -> bytes:
    known = person.known()
    values, days = stored(known)
    registered = as_instant(str(known["registered_at"]))
    line = {
        "project": person.project_id,
        "person": person.pk,
        "version": person.batch_id,
        "deleted": 0,
        "registered_at": milliseconds(registered or person.first_seen) / 1000,
        "values": values,
        "days": days,
        "lists": lists,
    }
    return orjson.dumps(line)
