"""Load an export into a project."""

import gzip
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from people.ingest.files import FORMATS, Row
from people.ingest.messages import Refusal
from people.ingest.record import record
from people.models import Project

CHUNK = 2_000
SHOWN = 10


class Command(BaseCommand):
    help = "Loads people and events from a file. Loading it again adds nothing twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--format", required=True, choices=sorted(FORMATS))

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        file: Path = options["file"]
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project “{options['project']}”.")
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            counts, refused = load(project, file, options["format"])
        except (UnicodeDecodeError, OSError, EOFError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        self.stdout.write(
            f"{counts['accepted']:,} accepted, {counts['duplicates']:,} known already"
        )
        for each in refused[:SHOWN]:
            reasons = "; ".join(text for texts in each.errors.values() for text in texts)
            self.stderr.write(f"row {each.index + 1}: {reasons}")
        if refused:
            self.stderr.write(f"{len(refused):,} rows refused")


def load(project: Project, file: Path, kind: str) -> tuple[dict[str, int], list[Refusal]]:
    """Every row of a file through `record`, a chunk a transaction."""
    counts = {"accepted": 0, "duplicates": 0}
    refused: list[Refusal] = []
    with (
        file.open("rb") as raw,
        tqdm(total=file.stat().st_size, unit="B", unit_scale=True, desc=file.name) as bar,
    ):
        rows = FORMATS[kind](opened(raw), timezone.now())
        while chunk := list(islice(rows, CHUNK)):
            take(project, chunk, kind, counts, refused)
            bar.update(raw.tell() - bar.n)
        bar.update(bar.total - bar.n)
    return counts, refused


def opened(raw: IO[bytes]) -> IO[bytes]:
    zipped = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    return gzip.open(raw) if zipped else raw  # type: ignore[return-value]


def take(
    project: Project, chunk: list[Row], kind: str, counts: dict[str, int], refused: list[Refusal]
) -> None:
    wrong = [row for row in chunk if isinstance(row, Refusal)]
    messages = [row for row in chunk if not isinstance(row, Refusal)]
    receipt = record(project, messages, source=f"import {kind}", refused=wrong)
    counts["accepted"] += receipt.accepted
    counts["duplicates"] += receipt.duplicates
    refused += wrong
