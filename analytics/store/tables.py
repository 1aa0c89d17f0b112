"""The store's tables: numbered files, applied once each, in order."""

from pathlib import Path

from analytics.store import client

FILES = sorted((Path(__file__).parent / "schema").glob("*.sql"))


def migrate() -> bool:
    """Apply the files that were not applied yet; True if the store was empty before."""
    client.command(
        "CREATE TABLE IF NOT EXISTS schema_files (name String) ENGINE = MergeTree ORDER BY name"
    )
    applied = {name for (name,) in client.look("SELECT name FROM schema_files")}
    for file in FILES:
        if file.name not in applied:
            client.command(file.read_text())
            client.command("INSERT INTO schema_files VALUES ({name:String})", name=file.name)
    return not applied


def empty() -> None:
    for table in ("events", "people"):
        client.command(f"TRUNCATE TABLE {table}")
