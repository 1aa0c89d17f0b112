"""The rows of a file, piece by piece, from the record; whom and what, the store says."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.utils import timezone

from analytics import engine
from analytics.models import (
    Listed,
    attribute_names,
    everybody,
    people_count,
    scope_of,
    segment_people,
)
from analytics.models.exports import Export
from analytics.models.questions import LOAD_WITHIN
from analytics.store import client, loader
from people.attributes import STANDARD
from people.ingest.resolver import batched
from people.models import Event, Identity, Project
from people.values import JSON, Type, iso, milliseconds, start_of_day

# So many events are looked for at a time.
PIECE = 4_000
PAGE = 40_000
Row = tuple[JSON, ...]


@dataclass(frozen=True)
class Column:
    name: str
    type: Type
    # Of a number: without a fraction.
    is_whole: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table that is written while it is read: `total` rows, as many as there were when it
    began."""

    columns: tuple[Column, ...]
    total: int
    pieces: Iterator[Sequence[Row]]


def sheet_of(export: Export) -> Sheet:
    """What an export holds. Raises StoreError, and BadRequest where its segment fits no more."""
    if export.what == Export.What.PEOPLE:
        return people_sheet(export)
    return events_sheet(export)


# --- People -------------------------------------------------------------------------------------


def people_sheet(export: Export) -> Sheet:
    """A row each: id, ids, a column an attribute, and all attributes as JSON, whatever their
    types."""
    project = export.project
    people = who(export)
    kinds = kinds_of(project)
    names = attribute_names(project)
    columns = (
        Column("id", Type.NUMBER, is_whole=True),
        Column("identities", Type.LIST),
        *(Column(name, kinds.get(name, Type.TEXT)) for name in names),
        Column("attributes", Type.TEXT),
    )
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    pieces = ([person_row(each, names) for each in piece] for piece in everybody(project, people))
    return Sheet(columns, people_count(people), pieces)


def who(export: Export) -> engine.Statement:
    if export.segment:
        return segment_people(export.segment)
    if export.segment_name:
        raise BadRequest(f"The segment “{export.segment_name}” was deleted.")
    return engine.found("", (), None, scope_of(export.project, None))


def kinds_of(project: Project) -> dict[str, Type]:
    own = project.attribute_definitions.values_list("name", "type")
    return {name: Type(kind) for name, kind in own} | STANDARD


def person_row(person: Listed, names: Sequence[str]) -> Row:
    known = (person.known.get(name) for name in names)
    return (person.pk, list(person.ids), *known, as_json(person.known))


# --- Events -------------------------------------------------------------------------------------

EVENTS = (
    Column("id", Type.TEXT),
    Column("event", Type.TEXT),
    Column("at", Type.DATETIME),
    Column("person", Type.NUMBER, is_whole=True),
    Column("identities", Type.LIST),
    Column("properties", Type.TEXT),
)
WHICH = (
    "FROM events WHERE project = {project:UInt64} AND at >= fromUnixTimestamp64Milli({start:Int64})"
    " AND at < fromUnixTimestamp64Milli({end:Int64})"
    " AND (empty({events:Array(String)}) OR event IN {events:Array(String)})"
)
# Goes on after an instant and an id.
PAGED = (
    f"SELECT id, toUnixTimestamp64Milli(at) AS ms {WHICH}"
    " AND (toUnixTimestamp64Milli(at), id) > ({after:Int64}, {id:String})"
    f" ORDER BY ms, id LIMIT {PAGE}"
)


@dataclass(frozen=True)
class Span:
    """Events of some names between two instants, the second one left out."""

    project: Project
    events: Sequence[str]
    start: datetime
    end: datetime

    @property
    def binds(self) -> dict[str, Any]:
        return {
            "project": self.project.pk,
            "events": list(self.events),
            "start": milliseconds(self.start),
            "end": milliseconds(self.end),
        }

    def count(self) -> int:
        [[number]] = client.look(f"SELECT count() {WHICH}", **self.binds)
        return int(number)

    def ids(self) -> Iterator[str]:
        """The ids, in the order of their instants."""
        after, last = -(2**63), ""
        while found := client.look(PAGED, **self.binds, after=after, id=last):
            yield from (each for each, _ in found)
            last, after = found[-1]


def events_sheet(export: Export) -> Sheet:
    """A row each, in the order of their instants, a day of the project's clock at a time."""
    project = export.project
    if export.start is None or export.end is None:
        raise ValueError("Events are of days.")
    loader.drain(project.pk, until=timezone.now() + LOAD_WITHIN)
    days = [export.start + timedelta(n) for n in range((export.end - export.start).days + 1)]
    spans = [day_of(project, export.events, each) for each in days]
    whole = Span(project, export.events, spans[0].start, spans[-1].end)
    ids = (each for span in spans for each in span.ids())
    pieces = (rows_of(project, each) for each in batched(ids, PIECE))
    return Sheet(EVENTS, whole.count(), pieces)


def day_of(project: Project, events: Sequence[str], day: date) -> Span:
    first, after = (start_of_day(each, project.zone) for each in (day, day + timedelta(1)))
    return Span(project, events, first, after)


def rows_of(project: Project, uids: Sequence[str]) -> list[Row]:
    """These events as the record has them; who was erased meanwhile is in none."""
    found = Event.objects.filter(project=project, uid__in=uids).values_list(
        "uid", "definition__name", "at", "person_id", "properties"
    )
    by_uid = {each[0]: each for each in found}
    ids: dict[int, list[str]] = {}
    persons = {each[3] for each in by_uid.values()}
    named = Identity.objects.filter(project=project, person__in=persons).order_by("pk")
    for person, value in named.values_list("person", "value"):
        ids.setdefault(person, []).append(value)
    kept = [by_uid[uid] for uid in uids if uid in by_uid]
    return [
        (uid, event, iso(at), person, list(ids.get(person, [])), as_json(properties))
        for uid, event, at, person, properties in kept
    ]


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
