"""The store's tables: numbered files, applied once each, in order."""

from collections.abc import Iterable
from pathlib import Path

from analytics.store import client

# What is filled from the database.
FILLED = ("events", "people")
FILES = sorted((Path(__file__).parent / "schema").glob("*.sql"))


def migrate() -> None:
    """Apply the files that were not applied yet."""
    client.command(
        "CREATE TABLE IF NOT EXISTS schema_files (name String) ENGINE = MergeTree ORDER BY name"
    )
    for file in pending():
        client.command(file.read_text())
        client.command("INSERT INTO schema_files VALUES ({name:String})", name=file.name)


def applied() -> set[str]:
    """The names of the files whose tables are there; none where the store is new or was lost."""
    try:
        return {name for (name,) in client.look("SELECT name FROM schema_files")}
    except client.StoreLost:
        if client.is_lost():
            raise
        return set()


def pending() -> list[Path]:
    """The files that are still to be applied."""
    done = applied()
    return [file for file in FILES if file.name not in done]


def lose_rows(files: Iterable[Path]) -> bool:
    """Whether the events are gone once these files are applied: their table is new."""
    return any("TABLE events\n(" in file.read_text() for file in files)


def empty() -> None:
    for table in FILLED:
        client.command(f"TRUNCATE TABLE {table}")
