"""A project's reports, and what they need and carry, as YAML that is made to be kept in git."""

from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.models.texts import export
from people.models import Project


class Command(BaseCommand):
    help = (
        "Writes segments, reports, dashboards, subscriptions and alerts as YAML, always in the "
        "same order. Addresses and fixed lists of people stay in the project."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="standard output if absent")
        parser.add_argument("--project", required=True, metavar="SLUG")

    def handle(self, *_: Any, **options: Any) -> None:
        document = export(project_named(options["project"]))
        text = yaml.safe_dump(
            document.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100
        )
        if options["file"]:
            Path(options["file"]).write_text(text)
        else:
            self.stdout.write(text, ending="")


def project_named(slug: str) -> Project:
    project = Project.objects.there().filter(slug=slug).first()
    if project is None:
        raise CommandError(f"There is no project “{slug}”.")
    return project
