"""Events into the database with one statement, each id once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import psycopg
from django.db import connection

from people.ingest.body import json_text
from people.ingest.messages import Track
from people.models import Batch

# Every part of these statements is of this file; what was sent is bound.
COLUMNS = "project_id, batch_id, uid, person_id, definition_id, at, claimed_at, properties"
ONCE = "ON CONFLICT (project_id, uid) DO NOTHING"
POSTGRES = f"""
    INSERT INTO people_event ({COLUMNS})
    SELECT %b::bigint, %b::bigint,
      row.uid, row.person, row.definition, row.at, row.claimed, row.properties::jsonb
    FROM unnest(%b::text[], %b::bigint[], %b::bigint[], %b::timestamptz[], %b::text[], %b::text[])
      AS row(uid, person, definition, at, claimed, properties)
    {ONCE}
"""  # noqa: S608
SQLITE = f"INSERT INTO people_event ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) {ONCE}"  # noqa: S608
# uid, person, definition, at, claimed_at, properties as JSON.
Row = tuple[str, int, int, datetime, str, str]


def insert_events(
    batch: Batch, tracks: Sequence[Track], definitions: Mapping[str, int], people: Mapping[str, int]
) -> int:
    """Insert the events whose ids the project does not have; returns how many these were.

    In the order of their ids, so that two requests with the same ids do not wait for each other.
    """
    rows: list[Row] = [
        (
            track.uid,
            people[track.ids[0].value],
            definitions[track.event],
            track.at,
            track.claimed_at,
            json_text(track.properties),
        )
        for track in sorted(tracks, key=lambda track: track.uid)
    ]
    if not rows:
        return 0
    batch.bytes = sum(len(row[5].encode()) for row in rows)
    insert = into_postgres if connection.vendor == "postgresql" else into_sqlite
    return insert(batch, rows)


def into_postgres(batch: Batch, rows: Sequence[Row]) -> int:
    """Bound by the server in the binary format: quoting half a million characters takes longer than
    inserting them."""
    columns = map(list, zip(*rows, strict=True))
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(POSTGRES, [batch.project_id, batch.pk, *columns])
        return cursor.rowcount


def into_sqlite(batch: Batch, rows: Sequence[Row]) -> int:
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.executemany(
            SQLITE,
            [(batch.project_id, batch.pk, *row[:3], adapt(row[3]), *row[4:]) for row in rows],
        )
        return int(cursor.rowcount)
