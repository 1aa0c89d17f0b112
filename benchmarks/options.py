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
from typing import Any, TypeAlias

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moments.settings")

import django

django.setup()

from django.core.management import call_command

from analytics import engine
from analytics.definitions.figures import parse_figure
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
FUNNEL = {
    "kind": "funnel", "period": {"start": "2026-05-02", "end": "2026-05-31"},
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": name} for name in ("Page Viewed", "Song Played", "Payment")],
}  # fmt: skip
BETWEEN = [{"event": "Searched", "after": 0, "before": 2}]
# Long enough that something excluded happens to nearly everybody.
LONG = FUNNEL | {"window": {"value": 30, "unit": "day"}}
# Of each group the first is the report without the options of the others.
Groups: TypeAlias = dict[str, dict[str, dict[str, Any]]]
GROUPS: Groups = {
    "3 steps over 30 days": {
        "funnel": FUNNEL,
        "strict": FUNNEL | {"order": "strict"},
        "any order": FUNNEL | {"order": "any"},
        "hold a property": FUNNEL | {"hold": ["genre"]},
        "an exclusion": FUNNEL | {"exclusions": BETWEEN},
        "conversion by day": FUNNEL | {"over_time": {"granularity": "day"}},
        "time to convert": FUNNEL | {"time_to_convert": {"from": 0, "to": 2, "bins": 20}},
    },
    "3 steps over 30 days, within 30 days": {
        "funnel": LONG,
        "strict": LONG | {"order": "strict"},
        "any order": LONG | {"order": "any"},
        "hold a property": LONG | {"hold": ["genre"]},
        "an exclusion": LONG | {"exclusions": BETWEEN},
        "an exclusion, conversion by day": LONG
        | {"exclusions": BETWEEN, "over_time": {"granularity": "day"}},
    },
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
# By how many attributes, and as many properties, there are beside those of every world.
WORLDS: dict[int, Groups] = {
    0: GROUPS,
    25: {
        "3 steps over 30 days, 25 attributes and 25 properties": {
            "funnel": FUNNEL,
            "what separates who got to step 2": FUNNEL | {"separation": 1},
            "what separates who got to step 3": FUNNEL | {"separation": 2},
        },
    },
}


def report(project: Project, definition: dict[str, Any]) -> None:
    """As a worker computes it, from the definition to the result; with "separation", a number,
    what separates those who got to that step from who did not."""
    asked = dict(definition)
    step = asked.pop("separation", None)
    question = Question.of(project, asked)
    if step is not None:
        found = question.separation(parse_figure(question.definition, {"segment": 0, "step": step}))
        assert found
        assert found.separators
        return
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
    options.add_argument("--only", default="", help="what the title of a group has in it")
    options.add_argument(
        "--filled", action="store_true", help="the store is as the last run left it"
    )
    given = options.parse_args()
    call_command("migrate", verbosity=0)
    for traits, groups in WORLDS.items():
        chosen = {title: each for title, each in groups.items() if given.only in title}
        if not chosen:
            continue
        if given.filled:
            project = Project.objects.latest("pk")
        else:
            project = world.project(traits)
            world.fill(project, given.events, DAYS, traits)
        tell(project, chosen, given.events, given.rounds)


def tell(project: Project, groups: Groups, events: int, rounds: int) -> None:
    for title, reports in groups.items():
        measured = turns(project, reports, rounds)
        plain = next(iter(measured.values()))
        print(f"\n| {title}, of {events:,} events | ms | of the first |")
        print("| --- | ---: | ---: |")
        for name, taken in measured.items():
            print(f"| {name} | {taken:,.0f} | {taken / plain:.2f} × |", flush=True)


if __name__ == "__main__":
    main()
