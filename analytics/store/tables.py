"""The store's tables: numbered files, applied once each, in order."""

from pathlib import Path

from analytics.store import client

FILES = sorted((Path(__file__).parent / "schema").glob("*.sql"))


def migrate() -> None:
    """Apply the files that were not applied yet."""
    client.command(
        "CREATE TABLE IF NOT EXISTS schema_files (name String) ENGINE = MergeTree ORDER BY name"
    )
    done = applied()
    for file in FILES:
        if file.name not in done:
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


def missing() -> list[str]:
    """The files that are still to be applied."""
    done = applied()
    return [file.name for file in FILES if file.name not in done]


def empty() -> None:
    for table in ("events", "people"):
        client.command(f"TRUNCATE TABLE {table}")
