"""Write the database into one file. The store is derived from it and needs no backup."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection


class Command(BaseCommand):
    help = "Writes a consistent copy of the database into FILE, beside a running product."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, **options: Any) -> None:
        file: Path = options["file"].resolve()
        if file.exists():
            raise CommandError(f"{file} is there already; name another.")
        if not file.parent.is_dir():
            raise CommandError(f"There is no folder {file.parent}.")
        if connection.vendor == "postgresql":
            dump(file)
        else:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(file)])
        self.stdout.write(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


def dump(file: Path) -> None:
    """By pg_dump, compressed; `pg_restore` brings it back."""
    if not shutil.which("pg_dump"):
        raise CommandError("pg_dump is not installed. On Debian: apt-get install postgresql-client")
    given = {
        "PGHOST": connection.settings_dict["HOST"],
        "PGPORT": connection.settings_dict["PORT"],
        "PGUSER": connection.settings_dict["USER"],
        "PGPASSWORD": connection.settings_dict["PASSWORD"],
        "PGDATABASE": connection.settings_dict["NAME"],
    }
    # What holds the password is the environment, which other accounts cannot read.
    place = os.environ | {name: str(value) for name, value in given.items() if value}
    done = subprocess.run(  # noqa: S603 - the one word that is not ours is a file's name
        ["pg_dump", "--format=custom", f"--file={file}"],  # noqa: S607 - the host's own PATH
        env=place,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        file.unlink(missing_ok=True)
        raise CommandError(f"pg_dump failed: {done.stderr.strip()}")
