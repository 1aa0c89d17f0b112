"""A log of 70,000 purchases of 23,570 people: imported by the command, once more, and by the page;
then the people behind the number of buyers as CSV.

    python -m tests.services sqlite python -m benchmarks.purchases

The log is made from a seed, with the columns of a well-known real one of that size: who bought, on
which day, how many discs, for how much.
"""

import argparse
import csv
import os
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")

import django

django.setup()

from django.core.files import File
from django.core.management import call_command

from analytics.models.people import Selection
from analytics.presentation.csv import people_csv
from analytics.store import loader
from people.imports import jobs
from people.models import Event, Import, Person, Project

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


def timed(name: str, work: Callable[[], Any]) -> Any:
    began, used = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"{name}: {wall:.1f} s ({cpu:.1f} s of processor)", flush=True)
    return result


def by_page(file: Path, project: Project) -> None:
    """What a worker does with an upload."""
    with file.open("rb") as content:
        job = Import(project=project, name=file.name, format="csv", state=Import.State.WAITING)
        job.file.save(file.name, File(content))
    jobs.run(job)


def buyers(project: Project) -> bytes:
    """The people behind one number, as the page hands them over."""
    definition = {"kind": "segmentation", "metric": "people", "events": [{"event": "Purchase"}]}
    definition |= {"period": {"start": BEGIN.isoformat(), "end": "2026-06-30"}, "segments": []}
    figure = {"segment": 0, "event": 0}
    selection = Selection(project=project, definition=definition, figure=figure)
    return b"".join(people_csv(project, selection.people()))


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    call_command("migrate", verbosity=0)
    project, other = (Project.objects.create(name=each) for each in ("Purchases", "By page"))
    with TemporaryDirectory() as folder:
        file = written(Path(folder))
        for name in ("first", "repeat"):
            command = partial(call_command, "import_events", file, format="csv")
            timed(name, partial(command, project=project.slug))
        timed("by the page", partial(by_page, file, other))
    for each in (project, other):
        assert Event.objects.filter(project=each).count() == PURCHASES
        assert Person.objects.filter(project=each).count() == PEOPLE
    timed("into the store", partial(loader.drain, project.pk))
    table = timed("buyers as CSV", partial(buyers, project))
    assert table.count(b"\n") == PEOPLE + 1


if __name__ == "__main__":
    main()
