"""Rebuild the store from the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from analytics.store import audit, client
from analytics.store.loader import projects_waiting


class Command(BaseCommand):
    help = "Empties the store and brings everything in again from the database."

    def handle(self, *_: Any, **_options: Any) -> None:
        try:
            audit.open_store()
            audit.forget()
            count = len(projects_waiting())
            for _ in tqdm(audit.rebuild(), total=count, unit="project", file=self.stderr):
                pass
        except client.StoreError as error:
            raise CommandError(str(error)) from error
        finally:
            client.close()
        self.stdout.write("The store is rebuilt.")
