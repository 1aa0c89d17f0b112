"""How much is where, and what grows."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from analytics.store import client
from moments import services
from people.models import Batch

LOOK_BACK_DAYS = 7
BIGGEST = 10


class Command(BaseCommand):
    help = "Says how much the database's and the store's tables hold, and how fast they grow."

    def handle(self, *_: Any, **_options: Any) -> None:
        try:
            database, store = list(database_tables()), list(store_tables())
        except client.StoreError as error:
            raise CommandError(str(error)) from error
        finally:
            client.close()
        for place, tables in (("database", database), ("store", store)):
            total = sum(size for _, size in tables)
            self.stdout.write(f"{place}: {megabytes(total)}")
            for name, size in sorted(tables, key=lambda each: -each[1])[:BIGGEST]:
                self.stdout.write(f"  {name:32} {megabytes(size):>12}")
        for words in growth(sum(size for _, size in [*database, *store])):
            self.stdout.write(words)


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"


def database_tables() -> Iterator[tuple[str, int]]:
    """Tables with their indexes; SQLite tells of the file as a whole."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables")
            yield from cursor.fetchall()
            return
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        yield "all tables", cursor.fetchone()[0]


def store_tables() -> Iterator[tuple[str, int]]:
    rows = client.look(
        "SELECT table, sum(bytes_on_disk) FROM system.parts"
        " WHERE active AND database = currentDatabase() GROUP BY table"
    )
    yield from ((table, size) for table, size in rows)


def growth(size: int) -> Iterator[str]:
    """What the last days brought, and how long there is room at that pace."""
    total = Batch.objects.aggregate(events=Sum("accepted"))["events"] or 0
    since = timezone.now() - timedelta(days=LOOK_BACK_DAYS)
    recent = Batch.objects.filter(received_at__gte=since).aggregate(events=Sum("accepted"))
    daily = (recent["events"] or 0) / LOOK_BACK_DAYS
    yield f"events: {total:,}, in the last {LOOK_BACK_DAYS} days {daily:,.0f} a day"
    if total and daily:
        pace = size / total * daily
        days = services.free_bytes() / pace
        yield f"growth: {megabytes(pace)} a day; the data folder's disk is full in {days:,.0f} days"
