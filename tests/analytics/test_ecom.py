"""A real data set through the front door, against plain Python over its files."""

import csv
import gzip
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

DATA = Path(__file__).parent.parent / "data" / "retentioneering_ecom"
ZONE = ZoneInfo("Europe/Zagreb")
PERIOD = {"start": "2024-01-01", "end": "2024-06-30"}
PLATFORMS = ["desktop", "mobile"]
CHANNELS = ["organic", "paid_search"]
VIEWS = ["product_view", "add_to_cart"]
STEPS = ["catalog", "product_view", "add_to_cart", "cart", "payment_details"]


def rows(name):
    with gzip.open(DATA / name, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def events():
    return [
        {
            "person": row["person_id"],
            "event": row["event"],
            "at": datetime.fromisoformat(row["timestamp"]).astimezone(UTC),
            "platform": json.loads(row["properties"])["platform"],
        }
        for row in rows("events.csv.gz")
    ]


@pytest.fixture
def load(project, tmp_path):
    """Import a file; what is rejected goes where no other process writes."""
    return lambda name: call_command(
        "import_events",
        str(DATA / name),
        project=project.slug,
        format="csv",
        rejected=tmp_path / f"{name}.rejected",
    )


@pytest.fixture
def imported(load, store):
    for name in ("people.csv.gz", "events.csv.gz"):
        load(name)


def in_period(event):
    day = event["at"].astimezone(ZONE).date().isoformat()
    return PERIOD["start"] <= day <= PERIOD["end"]


def bucket(event, granularity):
    day = event["at"].astimezone(ZONE).date()
    return (day - timedelta(day.weekday() if granularity == "week" else 0)).isoformat()


def counted(events, metric, name, platform, granularity):
    """Bucket → how many events, or how many different people."""
    found = defaultdict(list)
    for event in filter(in_period, events):
        if event["event"] == name and event["platform"] == platform:
            found[bucket(event, granularity)].append(event["person"])
    return {
        start: len(people) if metric == "events" else len(set(people))
        for start, people in found.items()
    }


@pytest.mark.django_db
def test_days_and_weeks_of_two_events_on_two_platforms(imported, ask, events):
    chosen = [(name, platform) for name in VIEWS for platform in PLATFORMS]
    definition = {
        "kind": "segmentation",
        "period": PERIOD,
        "granularities": ["day", "week"],
        "events": [
            {
                "event": name,
                "filters": [{"property": "platform", "operator": "is", "value": [platform]}],
            }
            for name, platform in chosen
        ],
    }
    for metric in ("events", "people"):
        series = ask(definition | {"metric": metric})["series"]
        assert len(series) == 8
        for each in series:
            name, platform = chosen[each["event"]]
            expected = counted(events, metric, name, platform, each["granularity"])
            assert expected
            got = {point["start"]: point["value"] for point in each["points"] if point["value"]}
            assert got == expected
            people = {
                event["person"]
                for event in filter(in_period, events)
                if (event["event"], event["platform"]) == (name, platform)
            }
            whole = sum(expected.values()) if metric == "events" else len(people)
            assert each["total"] == {"value": whole}


def furthest(journey, window):
    """The last step reached by trying every entry and taking the first fitting event each time.

    Right for steps of five different names: no event fits two of them.
    """
    best = 0
    for index, (start, name) in enumerate(journey):
        if name != STEPS[0]:
            continue
        level, now = 1, start
        for at, event in journey[index + 1 :]:
            if level < len(STEPS) and event == STEPS[level] and now <= at <= start + window:
                level, now = level + 1, at
        best = max(best, level)
    return best


@pytest.mark.django_db
def test_the_checkout_funnel_of_two_channels(imported, ask, events):
    channel = {
        row["person_id"]: json.loads(row["attributes"])["acquisition_channel"]
        for row in rows("people.csv.gz")
    }
    result = ask(
        {
            "kind": "funnel",
            "period": PERIOD,
            "window": {"value": 1, "unit": "day"},
            "steps": [{"event": name} for name in STEPS],
            "segments": [
                {
                    "name": name,
                    "condition": {
                        "all": [
                            {"attribute": "acquisition_channel", "operator": "is", "value": [name]}
                        ]
                    },
                }
                for name in CHANNELS
            ],
        }
    )
    journeys = defaultdict(list)
    for event in filter(in_period, events):
        journeys[event["person"]].append((event["at"], event["event"]))
    times = [at for journey in journeys.values() for at, name in journey if name in STEPS]
    assert times
    for segment, name in zip(result["segments"], CHANNELS, strict=True):
        members = [person for person, its in channel.items() if its == name]
        levels = [furthest(sorted(journeys[person]), timedelta(days=1)) for person in members]
        assert segment["size"] == len(members)
        reached = [sum(level >= step for level in levels) for step in range(1, len(STEPS) + 1)]
        assert [step["people"] for step in segment["steps"]] == reached
        assert reached[-1] > 0


@pytest.mark.django_db
def test_importing_again_adds_nothing(imported, load, project):
    before = project.events.count(), project.people.count()
    assert before == (31_106, 600)
    load("events.csv.gz")
    assert (project.events.count(), project.people.count()) == before
