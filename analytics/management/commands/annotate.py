"""Mark a day of a project with words, as a deployment does with its release."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from analytics.models import Annotation
from people.models import Project


class Command(BaseCommand):
    help = "Marks a day of a project with words: manage.py annotate --project shop 'Release 4.2'."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", help="what happened")
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--day", help="YYYY-MM-DD; today on the project's clock if absent")

    def handle(self, *_: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project “{options['project']}”.")
        day = read_day(options["day"]) or timezone.now().astimezone(project.zone).date()
        mark = Annotation(project=project, day=day, text=" ".join(options["text"].split()))
        try:
            mark.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        mark.save()
        self.stdout.write(str(mark))


def read_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise CommandError(f"“{text}” is no day; write it as 2026-11-24.") from error
