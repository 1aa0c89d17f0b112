"""Made-up events, the same for every contestant: made by the store, read by the rest."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from django.utils import timezone

from analytics.store import audit, client, tables
from analytics.store.columns import key
from people.models import AttributeDefinition, EventDefinition, Project

PEOPLE = 300_000
# How many of a hundred events have each name.
NAMES = {
    "Page Viewed": 30, "Song Played": 20, "Searched": 12, "Shared": 10, "Liked": 8,
    "Ad Clicked": 6, "Playlist Made": 5, "Payment": 4, "Registration": 3, "Cancelled": 2,
}  # fmt: skip
GENRES = ["jazz", "rock", "pop", "folk", "soul"]
COUNTRIES = ["HR", "DE", "FR", "AT", "IT"]
# The newest day is the last of a period of 30 days.
LAST = date(2026, 5, 31)
DAY = 86_400_000


def project(traits: int = 0) -> Project:
    """With its catalogue in the record; its events are in the store alone. Beside country, genre and
    price there are so many attributes, and so many properties of every event."""
    made = Project.objects.create(name="Benchmark", timezone="UTC")
    AttributeDefinition.objects.create(project=made, name="country", type="text")
    AttributeDefinition.objects.bulk_create(
        AttributeDefinition(project=made, name=name, type="text") for name in named(traits)
    )
    for name in NAMES:
        event = EventDefinition.objects.create(project=made, name=name)
        event.properties.create(name="genre", type="text")
        event.properties.create(name="price", type="number")
        for trait in named(traits):
            event.properties.create(name=trait, type="text")
    return made


def named(traits: int) -> list[str]:
    return [f"trait {n}" for n in range(traits)]


def written(traits: int) -> str:
    """SQL for the JSON of so many traits, each with one of six values."""
    return "".join(
        f", ',\"{key(name)}\":\"', toString(sipHash64(number, '{name}') % 6), '\"'"
        for name in named(traits)
    )


def fill(made: Project, events: int, days: int, traits: int = 0) -> None:
    """Empty the store and put so many events of the days up to LAST into it."""
    audit.open_store()
    tables.empty()
    names = [name for name, share in NAMES.items() for _ in range(share)]
    end = int(datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC).timestamp() * 1000) + DAY
    add(made, names, 0, events, end - days * DAY, end, traits)
    client.command(
        "INSERT INTO people (project, person, version, deleted, registered_at, values, days)"
        " SELECT {project:UInt64}, number + 1, 1, 0, toDateTime64('2025-01-01 00:00:00', 3, 'UTC'),"
        f" concat('{{\"{key('country')}\":\"', {{countries:Array(String)}}"
        f" [1 + sipHash64(number, 'c') % 5], '\"'{written(traits)}, '}}')::JSON(max_dynamic_paths = 1024),"
        " '{}'::JSON(max_dynamic_paths = 256)"
        f" FROM numbers({PEOPLE})",
        project=made.pk,
        countries=COUNTRIES,
    )  # fmt: skip
    for table in ("events", "people"):
        client.command(f"OPTIMIZE TABLE {table} FINAL")


def add(
    made: Project, names: list[str], first: int, count: int, start: int, end: int, traits: int = 0
) -> None:
    """Rows number `first` and on, in [start, end), milliseconds."""
    step = 5_000_000
    for offset in range(first, first + count, step):
        rows = min(step, first + count - offset)
        client.command(
            "INSERT INTO events (project, event, person, at, id, load, values, days)"
            " SELECT {project:UInt64}, {names:Array(String)}[1 + sipHash64(number, 'e') % 100],"
            f" 1 + sipHash64(number, 'p') % {PEOPLE},"
            " fromUnixTimestamp64Milli(toInt64({start:Int64} + sipHash64(number, 't')"
            " % ({end:Int64} - {start:Int64})), 'UTC'), toString(number), 1,"
            f' concat(\'{{"{key("genre")}":"\', {{genres:Array(String)}}'
            f" [1 + sipHash64(number, 'g') % 5], '\",\"{key('price')}\":',"
            f" toString(sipHash64(number, 'r') % 100), '.5'{written(traits)}, '}}')::JSON(max_dynamic_paths = 1024),"
            " '{}'::JSON(max_dynamic_paths = 256)"
            f" FROM numbers({offset}, {rows}) SETTINGS max_partitions_per_insert_block = 1000",
            project=made.pk,
            names=names,
            genres=GENRES,
            start=start,
            end=end,
        )


def rows() -> pa.Table:
    """person, event (its place in NAMES), ms, genre, price: sorted by person and time."""
    return client.columns(
        "SELECT toUInt32(person) AS person, toUInt8(indexOf({names:Array(String)}, event) - 1)"
        " AS event, toUnixTimestamp64Milli(at) AS ms,"
        f" values.{key('genre')}.:String AS genre, values.{key('price')}.:Float64 AS price"
        " FROM events ORDER BY person, at",
        {"names": list(NAMES)},
    )


def countries() -> np.ndarray[Any, Any]:
    """For each person the place of their country in COUNTRIES, counted from 1 as they are."""
    table = client.columns(
        f"SELECT person, indexOf({{all:Array(String)}}, values.{key('country')}.:String) - 1 AS c"
        " FROM people FINAL ORDER BY person",
        {"all": COUNTRIES},
    )
    return np.concatenate([[255], table["c"].to_numpy()]).astype(np.uint8)


def stamp() -> str:
    return timezone.now().isoformat(timespec="seconds")
