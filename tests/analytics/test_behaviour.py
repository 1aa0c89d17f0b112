"""Segments by what people did (contract §2), as journeys and sizes."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from analytics.definitions.parts import Invalid
from analytics.definitions.reports import parse
from analytics.models import scope_of

pytestmark = pytest.mark.django_db
REPORT = {
    "kind": "segmentation",
    "metric": "events",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "events": [{"event": "play"}],
}


def members(ask, *leaves, how="all"):
    """How many people conditions hold for."""
    segment = {"name": "s", "condition": {how: list(leaves)}}
    return ask(REPORT | {"segments": [segment]})["segments"][0]["size"]


def played(operator, value, **more):
    return {"performed": "play", "times": {"operator": operator, "value": value}, **more}


@pytest.fixture
def listeners(journeys):
    """Ann played three times, twice jazz; Bob once; Cid never, Dan only paid."""
    journeys(
        ann=[(0, "play", {"genre": "jazz"}), (9, "play", {"genre": "jazz"}), (2000, "play")],
        bob=[(5, "play", {"genre": "rock"})],
        cid=[{"plan": "free"}],
        dan=[(7, "pay", {"amount": 5})],
    )


@pytest.mark.parametrize(
    ("leaf", "people"),
    [
        ({"performed": "play"}, 2),
        (played("at_least", 1), 2),
        (played("at_least", 3), 1),
        (played("at_least", 4), 0),
        (played("at_least", 0), 4),
        (played("at_most", 0), 2),
        (played("at_most", 1), 3),
        (played("at_most", 3), 4),
        (played("exactly", 0), 2),
        (played("exactly", 1), 1),
        (played("exactly", 3), 1),
        ({"performed": "never heard of"}, 0),
        (
            played(
                "exactly",
                2,
                filters=[{"property": "genre", "operator": "is", "value": ["jazz"]}],
            ),
            1,
        ),
        (played("at_least", 1, within={"start": "2026-05-05", "end": "2026-05-06"}), 1),
        (played("exactly", 0, within={"start": "2026-05-05", "end": "2026-05-06"}), 3),
        (played("at_least", 3, within={"start": "2026-05-04", "end": "2026-05-05"}), 1),
        (played("at_least", 1, within={"last": 1, "unit": "day"}), 0),
        (played("at_least", 1, within={"last": 3650, "unit": "day"}), 2),
    ],
)
def test_how_often(listeners, ask, leaf, people):
    assert members(ask, leaf) == people


def test_they_go_together_with_attributes(listeners, ask):
    free = {"attribute": "plan", "operator": "is", "value": ["free"]}
    assert members(ask, free, played("exactly", 0)) == 1
    assert members(ask, free, played("at_least", 1)) == 0
    assert members(ask, free, played("at_least", 1), how="any") == 3


def test_the_last_days_are_today_and_those_before_in_the_projects_zone(project, client, ask):
    zone = project.zone
    midnight = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    batch = [
        {
            "type": "track",
            "userId": name,
            "event": "play",
            "timestamp": at.astimezone(UTC).isoformat(),
        }
        for name, at in (
            ("today", midnight),
            ("yesterday", midnight - timedelta(milliseconds=1)),
            ("week", midnight - timedelta(days=6)),
            ("before", midnight - timedelta(days=6, milliseconds=1)),
        )
    ]
    body = {"batch": batch, "writeKey": project.write_keys.get().key}
    client.post("/v1/batch", json.dumps(body), content_type="application/json")
    counts = [
        members(ask, played("at_least", 1, within={"last": last, "unit": unit}))
        for last, unit in ((1, "day"), (2, "day"), (7, "day"), (1, "week"), (8, "day"))
    ]
    assert counts == [1, 2, 3, 3, 4]


@pytest.mark.parametrize(
    ("leaf", "path"),
    [
        ({"performed": "play", "times": {"operator": "often", "value": 3}}, "times.operator"),
        (played("at_least", -1), "times.value"),
        (played("at_least", 1, within={"last": 3, "unit": "month"}), "within.unit"),
        (played("at_least", 1, within={"start": "2026-05-05", "end": "2026-05-04"}), "within.end"),
        (played("at_least", 1, filters=[{"property": "genre", "operator": "before", "value": "x"}]),
         "filters.0.operator"),
        ({"performed": ""}, "performed"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_at_its_path(listeners, project, leaf, path):
    data = REPORT | {"segments": [{"name": "s", "condition": {"all": [leaf]}}]}
    with pytest.raises(Invalid) as refused:
        parse(data, scope_of(project, data).catalogue)
    assert list(refused.value.problems) == [f"segments.0.condition.all.0.{path}"]
