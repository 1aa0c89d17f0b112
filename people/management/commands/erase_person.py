"""Erase a person: every id, every event, in the record and in the store."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from people import operations
from people.models import Person, Project


class Command(BaseCommand):
    help = "Erases a person by any of their ids, or by their e-mail. This cannot be undone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("identity", help="any id of the person, or their e-mail")
        parser.add_argument("--project", required=True, help="the project's slug")

    def handle(self, *_: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project “{options['project']}”.")
        people = list(Person.objects.reached_by(project, options["identity"])[:2])
        if not people:
            raise CommandError(f"Nobody in {project} has the id “{options['identity']}”.")
        if len(people) > 1:
            raise CommandError("Several people have this e-mail; name one by an id.")
        operations.erase(people[0])
        self.stdout.write("Erased. Reports forget the person with the next one that is asked.")
