"""What a question takes where its people are spread over shards, beside the same on one.

    python -m tests.services sqlite python -m benchmarks.shards

All shards are in one process, so that their processor time adds up: what is over 1 × is what it
costs to ask several and to put their answers together. Reports take turns; medians of the rounds.
"""

import argparse
import gc
import os
import time
from statistics import median

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command

from analytics.store import client
from benchmarks import world
from benchmarks.options import DAYS, FUNNEL, PEOPLE, RETENTION, report
from people.models import Project

SHARDS = (1, 2, 4)
REPORTS = {
    "3-step funnel over 30 days": FUNNEL,
    "4 events × 2 segments by day over 90 days": PEOPLE,
    "retention by week over 90 days": RETENTION,
}
# What a table is sorted by.
ORDER = {
    "events": "project, event, toDate(at), person, at",
    "people": "project, person",
}


def split(shards: int) -> str:
    """Put everything once more into tables of so many shards; the name of their database. A shard
    is a partition, so that each reads its own rows alone, and all are this process."""
    name = f"shards_{shards}"
    addresses = ",".join(("127.0.0.1", "localhost")[n % 2] for n in range(shards))
    client.command(f"CREATE DATABASE {name}")
    for table, order in ORDER.items():
        source = f"default.{table}{' FINAL' if table == 'people' else ''}"
        client.command(
            f"CREATE TABLE {name}.all_{table} ENGINE = MergeTree PARTITION BY shard"
            f" ORDER BY ({order}) AS"
            f" SELECT *, toUInt8(sipHash64(person) % {shards}) AS shard FROM {source}"
        )
        client.command(f"OPTIMIZE TABLE {name}.all_{table} FINAL")
        client.command(
            f"CREATE VIEW {name}.own_{table} AS SELECT * EXCEPT(shard)"
            f" FROM {name}.all_{table} WHERE shard = shardNum() - 1"
        )
        client.command(
            f"CREATE TABLE {name}.{table} AS remote('{addresses}', '{name}', 'own_{table}')"
        )
    return name


def measured(project: Project, databases: dict[int, str], rounds: int) -> None:
    for title, definition in REPORTS.items():
        taken: dict[int, list[tuple[float, float]]] = {shards: [] for shards in databases}
        for turn in range(rounds + 1):
            for shards, address in databases.items():
                settings.STORE_URL = address
                gc.collect()
                began = time.process_time(), time.perf_counter()
                report(project, definition)
                if turn:
                    ended = time.process_time(), time.perf_counter()
                    taken[shards].append((ended[0] - began[0], ended[1] - began[1]))
        for shards, times in taken.items():
            processor, wall = (1000 * median(each) for each in zip(*times, strict=True))
            alone = 1000 * median(each for each, _ in taken[SHARDS[0]])
            ratio = f"{processor / alone:.2f} ×"
            print(f"| {title} | {shards} | {processor:,.0f} | {wall:,.0f} | {ratio} |", flush=True)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=int, default=4_000_000)
    options.add_argument("--rounds", type=int, default=7)
    given = options.parse_args()
    call_command("migrate", verbosity=0)
    project = world.project()
    world.fill(project, given.events, DAYS)
    address = settings.STORE_URL
    databases = {shards: f"{address}?database={split(shards)}" for shards in SHARDS}
    print(f"\n| {given.events:,} events | shards | processor ms | ms | of one |")
    print("| --- | ---: | ---: | ---: | ---: |")
    measured(project, databases, given.rounds)


if __name__ == "__main__":
    main()
