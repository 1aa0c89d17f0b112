"""Make a project with a write key and an API token."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from knox.models import AuthToken

from people.models import Membership, Project, User

OWNER = "owner@localhost"


class Command(BaseCommand):
    help = "Makes a project and prints its slug, a write key, and an API token of its owner."
    # The tables may not be there yet; this command makes them.
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--timezone", default="UTC", help="such as Europe/Zagreb")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, **options: Any) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False, skip_store=True)
        made = make(options["name"], options["timezone"])
        if options["json"]:
            self.stdout.write(json.dumps(made))
        else:
            for name, value in made.items():
                self.stdout.write(f"{name}: {value}")


@transaction.atomic
def make(name: str, timezone: str) -> dict[str, str]:
    project = Project(name=name.strip(), timezone=timezone)
    try:
        project.full_clean(exclude=["slug"])
    except ValidationError as error:
        raise CommandError("; ".join(error.messages)) from error
    project.save()
    owner = an_owner()
    project.memberships.create(user=owner, role=Membership.Role.OWNER)
    key = project.write_keys.create()
    _, token = AuthToken.objects.create(owner)
    return {"project": project.slug, "write_key": key.key, "api_token": token}


def an_owner() -> User:
    """The first superuser, else the first account, else a new one that cannot sign in yet."""
    accounts = User.objects.order_by("-is_superuser", "pk")
    return accounts.first() or User.objects.create_superuser(OWNER)
