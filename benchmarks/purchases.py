"""A log of 70,000 purchases of 23,570 people, imported by the command and once more.

    python -m tests.services sqlite python -m benchmarks.purchases

The log is made from a seed, with the columns of a well-known real one of that size: who bought, on
which day, how many discs, for how much.
"""

import argparse
import csv
import os
import random
import time
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")

import django

django.setup()

from django.core.management import call_command

from people.models import Event, Person, Project

PEOPLE, PURCHASES = 23_570, 70_000
BEGIN, DAYS = date(2025, 1, 1), 545


def rows(seed: int = 1) -> list[tuple[str, str, str, int, float]]:
    """(person, event, day, quantity, amount): everybody buys once, a few very often."""
    pick = random.Random(seed)
    buyers = [
        *range(PEOPLE),
        *(int(PEOPLE * pick.random() ** 2) for _ in range(PURCHASES - PEOPLE)),
    ]
    made = []
    for n in buyers:
        day = BEGIN + timedelta(days=pick.randrange(DAYS))
        count = 1 + int(pick.expovariate(0.7))
        made.append((f"{n:05}", "Purchase", day.isoformat(), count, round(count * 14.5, 2)))
    return sorted(made, key=lambda row: row[2])


def written(folder: Path) -> Path:
    file = folder / "purchases.csv"
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["user_id", "event", "time", "event_id", "quantity", "amount"])
        for n, (person, event, day, count, amount) in enumerate(rows()):
            table.writerow([person, event, day, f"cd-{n}", count, amount])
    return file


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    call_command("migrate", verbosity=0)
    project = Project.objects.create(name="Purchases")
    with TemporaryDirectory() as folder:
        file = written(Path(folder))
        for name in ("first", "repeat"):
            began, used = time.perf_counter(), time.process_time()
            call_command("import_events", file, project=project.slug, format="csv")
            wall, cpu = time.perf_counter() - began, time.process_time() - used
            print(f"{name}: {wall:.1f} s ({cpu:.1f} s of processor)")
    assert Event.objects.filter(project=project).count() == PURCHASES
    assert Person.objects.filter(project=project).count() == PEOPLE


if __name__ == "__main__":
    main()
