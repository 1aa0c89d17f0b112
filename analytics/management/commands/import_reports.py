"""Makes a project have all the reports, and what they need and carry, of a YAML document."""

import sys
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.definitions.parts import Invalid
from analytics.definitions.texts import parse_document
from analytics.management.commands.export_reports import project_named
from analytics.models.texts import bring_in


class Command(BaseCommand):
    help = (
        "Brings in what export_reports wrote: what is new is made, what differs is changed, what "
        "the file does not have is left alone. A second time changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="- is standard input")
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--dry-run", action="store_true", help="say what would change")

    def handle(self, *_: Any, **options: Any) -> None:
        project = project_named(options["project"])
        try:
            document = parse_document(yaml.safe_load(read(options["file"])))
            changes = bring_in(project, document, dry_run=options["dry_run"])
        except yaml.YAMLError as error:
            raise CommandError(f"This is no YAML: {error}") from error
        except Invalid as error:
            told = (f"{path}: {' '.join(texts)}" for path, texts in error.problems.items())
            raise CommandError("Nothing was changed.\n" + "\n".join(told)) from error
        for line in changes.lines:
            self.stdout.write(line)
        would = "would be changed" if options["dry_run"] else "changed"
        self.stdout.write(f"{len(changes.lines)} {would}, {changes.unchanged} as they are.")


def read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
