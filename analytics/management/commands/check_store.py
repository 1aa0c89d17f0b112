"""Compare the store with the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics.store import audit, client
from analytics.store.loader import drain, projects_waiting


class Command(BaseCommand):
    help = "Compares the store with the database; exits 1 where they differ, naming what differs."

    def handle(self, *_: Any, **_options: Any) -> None:
        try:
            audit.open_store()
            for project_id in projects_waiting():
                drain(project_id)
            found = list(audit.differences())
        except client.StoreError as error:
            raise CommandError(str(error), returncode=2) from error
        finally:
            client.close()
        for sentence in found:
            self.stdout.write(sentence)
        if found:
            raise CommandError("The store differs; rebuild_store brings it back.", returncode=1)
        self.stdout.write("The store holds what the database says.")
