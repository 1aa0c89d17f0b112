"""Django's `migrate`, which also makes and migrates the store's tables."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate

from analytics.store import audit, client, owner
from people.locks import alone

RUNS = "The store belongs to the process that runs in {folder}, which makes its tables itself."


class Command(migrate.Command):
    help = "Updates the database's tables and the store's."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--skip-store", action="store_true", help="the database's tables alone")

    def handle(self, *args: Any, **options: Any) -> None:
        # Two at once would both make the first table.
        with alone("migrate"):
            super().handle(*args, **options)
        whole = not (options["app_label"] or options["plan"] or options["check_unapplied"])
        if whole and not options["skip_store"]:
            self.migrate_store(options["verbosity"])

    def migrate_store(self, verbosity: int) -> None:
        if is_elsewhere():
            self.stdout.write(RUNS.format(folder=settings.DATA_DIR))
            return
        try:
            audit.open_store()
        except client.StoreError as error:
            raise CommandError(f"The store's tables are not made. {error}") from error
        if verbosity:
            self.stdout.write("The store's tables are there.")


def is_elsewhere() -> bool:
    """Whether the store is embedded, and another process holds it."""
    held = any(owner.is_held(settings.DATA_DIR / lock) for lock in owner.LOCKS)
    return client.is_embedded() and held and not client.Engine.is_owner
