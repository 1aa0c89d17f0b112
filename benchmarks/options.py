"""What an option of a report takes, beside the same report without it.

    python -m tests.services sqlite python -m benchmarks.options

The reports take turns; the tables show the median of the rounds in processor time, and ratios
within this run.
"""

import argparse
import gc
import os
import time
from statistics import median
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")

import django

django.setup()

from django.core.management import call_command

from analytics import engine
from analytics.models import Question, fetch
from benchmarks import world
from people.models import Project

CHOSEN = ["Page Viewed", "Song Played", "Searched", "Shared"]
HR = {"name": "HR", "condition": {"attribute": "country", "operator": "is", "value": ["HR"]}}
DE = {"name": "DE", "condition": {"attribute": "country", "operator": "is", "value": ["DE"]}}
PEOPLE = {
    "kind": "segmentation", "metric": "people", "granularities": ["day"], "segments": [HR, DE],
    "period": {"start": "2026-03-03", "end": "2026-05-31"},
    "events": [{"event": name} for name in CHOSEN],
}  # fmt: skip
EVERYBODY = PEOPLE | {"segments": []}
# Rolling days begin before the period, so there are more days than the report is about.
DAYS = 120
MEDIANS = [
    {"event": name, "measure": {"aggregate": "median", "property": "price"}} for name in CHOSEN
]
# The same events, as people of each week and as those who come back to the second.
WEEKLY = EVERYBODY | {
    "granularities": ["week"], "events": [{"event": "Searched"}, {"event": "Song Played"}],
}  # fmt: skip
RETENTION = {
    "kind": "retention", "granularity": "week", "intervals": 8, "period": WEEKLY["period"],
    "entry": {"event": "Searched"}, "return": {"event": "Song Played"},
}  # fmt: skip
# Of each group the first is the report without the options of the others.
GROUPS: dict[str, dict[str, dict[str, Any]]] = {
    "2 events over 90 days": {
        "people by week": WEEKLY,
        "retention by week": RETENTION,
        "retention by week, or later": RETENTION | {"counting": "on_or_after"},
        "retention by week, every entry": RETENTION | {"cohort": "every"},
        "retention by week, 4 segments": RETENTION | {"segments": [HR, DE, HR, DE]},
        "retention by day, 60 days, every entry": RETENTION
        | {"cohort": "every", "granularity": "day", "intervals": 60},
    },
    "4 events over 90 days": {
        "people by day": EVERYBODY,
        "rolling 28 days": EVERYBODY | {"rolling": 28},
        "rolling 28 days, of those registered by then": EVERYBODY
        | {"rolling": 28, "metric": "adoption", "denominator": "registered"},
        "cumulative": EVERYBODY | {"cumulative": True},
        "medians of a property": EVERYBODY | {"metric": "measure", "events": MEDIANS},
    },
    "4 events × 2 segments over 90 days": {
        "people by day": PEOPLE,
        "exclusive": PEOPLE | {"exclusive": True},
        "rolling 28 days": PEOPLE | {"rolling": 28},
        "cumulative": PEOPLE | {"cumulative": True},
    },
}


def report(project: Project, definition: dict[str, Any]) -> None:
    """As a worker computes it, from the definition to the result."""
    question = Question.of(project, definition)
    rows = {name: fetch(each) for name, each in question.query.statements.items()}
    engine.result(question.plan, rows).dump()


def turns(project: Project, reports: dict[str, dict[str, Any]], rounds: int) -> dict[str, float]:
    """The median milliseconds of the processor of each, after one round that is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in reports}
    for turn in range(rounds + 1):
        for name, definition in reports.items():
            gc.collect()
            began = time.process_time()
            report(project, definition)
            if turn:
                taken[name].append((time.process_time() - began) * 1000)
    return {name: median(each) for name, each in taken.items()}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=int, default=10_000_000)
    options.add_argument("--rounds", type=int, default=7)
    given = options.parse_args()
    call_command("migrate", verbosity=0)
    project = world.project()
    world.fill(project, given.events, DAYS)
    for title, reports in GROUPS.items():
        measured = turns(project, reports, given.rounds)
        plain = next(iter(measured.values()))
        print(f"\n| {title}, of {given.events:,} events | ms | of the first |")
        print("| --- | ---: | ---: |")
        for name, taken in measured.items():
            print(f"| {name} | {taken:,.0f} | {taken / plain:.2f} × |", flush=True)


if __name__ == "__main__":
    main()
