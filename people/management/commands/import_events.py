"""Load an export into a project."""

import json
from itertools import chain, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from people.imports.export import BrokenExport, Export
from people.imports.loading import FORMATS, Loaded, load
from people.ingest.messages import RefusedError
from people.models import Project
from people.models.accounts import validate_timezone

SHOWN = 10
COLUMNS = {
    "person": "column with the id of the person",
    "anonymous": "column with an anonymous or device id",
    "event": "column with the name of the event; without one, rows say what people are",
    "time": "column with the time",
    "id": "column with the id of the event",
}


class Command(BaseCommand):
    help = "Loads people and events from a file or a folder. Loading it again adds nothing twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--format", required=True, choices=FORMATS)
        parser.add_argument("--rejected", type=Path, help="where rows that cannot be kept go")
        table = parser.add_argument_group("csv", "guessed by the names of the columns")
        for name, text in COLUMNS.items():
            table.add_argument(f"--{name}", help=text)
        table.add_argument("--zone", help="of times without one; the project's if absent")
        table.add_argument("--delimiter", default="", help="told by the first line if absent")

    def handle(self, *_: Any, **options: Any) -> None:
        file: Path = options["file"]
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project “{options['project']}”.")
        if not file.exists():
            raise CommandError(f"There is no file {file}.")
        rejected: Path = options["rejected"] or file.with_name(f"{file.name}.rejected.jsonl")
        try:
            loaded = self.load(project, file, rejected, options)
        except (BrokenExport, OSError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        except RefusedError as error:
            raise CommandError("; ".join(chain.from_iterable(error.errors.values()))) from error
        self.stdout.write(f"{loaded.accepted:,} accepted, {loaded.duplicates:,} known already")
        if not loaded.rejected:
            rejected.unlink()
            return
        self.tell(rejected)
        self.stderr.write(f"{loaded.rejected:,} rows refused; they are in {rejected}")
        if not loaded.accepted and not loaded.duplicates:
            raise CommandError(f"Every row of {file} was refused.")

    def tell(self, rejected: Path) -> None:
        """Why the first rows were refused."""
        with rejected.open(encoding="utf-8") as lines:
            for row in map(json.loads, islice(lines, SHOWN)):
                reasons = "; ".join(chain.from_iterable(row["errors"].values()))
                self.stderr.write(f"row {row['row']}: {reasons}")

    def load(self, project: Project, file: Path, rejected: Path, options: dict[str, Any]) -> Loaded:
        export = Export(file, options["delimiter"])
        bar = tqdm(total=export.size, unit="B", unit_scale=True, desc=file.name)
        with bar, rejected.open("w", encoding="utf-8") as wrong:
            loaded = load(
                project,
                export,
                options["format"],
                wrong,
                columns={name: options[name] for name in COLUMNS},
                zone=zone_of(options["zone"]),
                progress=lambda _: bar.update(export.done - bar.n) and None,
            )
            bar.update(export.size - bar.n)
        return loaded


def zone_of(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        validate_timezone(name)
    except ValidationError as error:
        raise CommandError("; ".join(error.messages)) from error
    return ZoneInfo(name)
