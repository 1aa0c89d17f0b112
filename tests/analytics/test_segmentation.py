"""Events, people, adoption and engagement over time (contract §3), as journeys and answers."""

import pytest

from analytics.models import Question, answer

DAY = 24 * 60
REPORT = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-04", "end": "2026-05-06"},
    "events": [{"event": "play"}],
}
pytestmark = pytest.mark.django_db


def values(result, series=0):
    return [point["value"] for point in result["series"][series]["points"]]


def test_the_whole_result(journeys, ask):
    journeys(ann=[(0, "play"), (DAY, "play")], bob=[(0, "play"), (1, "play")])
    result = ask(REPORT)
    assert result.pop("as_of").endswith("Z")
    assert result == {
        "kind": "segmentation",
        "metric": "people",
        "timezone": "Europe/Zagreb",
        "period": {"start": "2026-05-04", "end": "2026-05-06"},
        "warnings": [],
        "segments": [{"name": "Everybody", "size": 2}],
        "series": [
            {
                "segment": 0,
                "event": 0,
                "label": "play",
                "granularity": "day",
                "total": {"value": 2},
                "points": [
                    {"start": "2026-05-04", "value": 2, "partial": False},
                    {"start": "2026-05-05", "value": 1, "partial": False},
                    {"start": "2026-05-06", "value": 0, "partial": False},
                ],
            }
        ],
    }


def test_events_count_every_one(journeys, ask):
    journeys(ann=[(0, "play"), (DAY, "play")], bob=[(0, "play"), (1, "play")])
    result = ask(REPORT | {"metric": "events"})
    assert values(result) == [3, 1, 0]
    assert result["series"][0]["total"] == {"value": 4}


def test_frequency_is_events_by_those_who_did_it(journeys, ask):
    journeys(ann=[(0, "play"), (1, "play"), (2, "play")], bob=[(0, "play")], cid=[(0, "look")])
    [series] = ask(REPORT | {"metric": "frequency"})["series"]
    assert series["total"] == {"value": 2.0, "numerator": 4, "denominator": 2}
    assert series["points"][-1] == {
        "start": series["points"][-1]["start"],
        "value": None,
        "numerator": 0,
        "denominator": 0,
        "partial": False,
    }


def test_days_are_those_of_the_project(journeys, ask):
    """START is noon in Zagreb: 12 hours before midnight, 24 hours after it."""
    journeys(ann=[(-12 * 60 - 1, "play"), (-12 * 60, "play"), (12 * 60 - 1, "play")])
    assert values(ask(REPORT | {"metric": "events"})) == [2, 0, 0]


def test_series_come_segment_by_segment_event_by_event_granularity_by_granularity(journeys, ask):
    journeys(
        ann=[{"country": "HR"}, (0, "play", {"genre": "jazz"}), (DAY, "skip")],
        bob=[{"country": "SI"}, (0, "play", {"genre": "rock"})],
    )
    croatia = {
        "name": "Croatia",
        "condition": {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]},
    }
    others = {
        "name": "Others",
        "condition": {"all": [{"attribute": "country", "operator": "is_not", "value": ["HR"]}]},
    }
    jazz = {"property": "genre", "operator": "is", "value": ["jazz"]}
    result = ask(
        REPORT
        | {
            "segments": [croatia, others],
            "events": [{"event": "play"}, {"event": "play", "filters": [jazz]}],
            "granularities": ["week", "day"],
        }
    )
    assert [each["size"] for each in result["segments"]] == [1, 1]
    found = [
        (each["segment"], each["label"], each["granularity"], each["total"]["value"])
        for each in result["series"]
    ]
    assert found == [
        (0, "play", "week", 1),
        (0, "play", "day", 1),
        (0, "play · genre is jazz", "week", 1),
        (0, "play · genre is jazz", "day", 1),
        (1, "play", "week", 1),
        (1, "play", "day", 1),
        (1, "play · genre is jazz", "week", 0),
        (1, "play · genre is jazz", "day", 0),
    ]
    assert result["series"][0]["points"] == [{"start": "2026-05-04", "value": 1, "partial": True}]


def test_adoption_and_engagement_carry_their_parts_and_the_warning(journeys, ask):
    journeys(ann=[(0, "play"), (1, "play")], bob=[(0, "skip")])
    adoption = ask(REPORT | {"metric": "adoption"})
    assert adoption["warnings"] == ["registration_unbounded"]
    assert adoption["series"][0]["points"][0] == {
        "start": "2026-05-04",
        "value": 0.5,
        "numerator": 1,
        "denominator": 2,
        "partial": False,
    }
    engagement = ask(REPORT | {"metric": "engagement"})
    assert engagement["series"][0]["total"] == {"value": 1.0, "numerator": 2, "denominator": 2}


def test_registered_counts_those_registered_by_the_end_of_each_bucket(journeys, ask):
    journeys(
        ann=[{"registered_at": "2026-05-01T00:00:00Z"}, (0, "play")],
        bob=[{"registered_at": "2026-05-05T08:00:00Z"}, (0, "play"), (DAY, "play")],
        cid=[{"registered_at": "2026-06-01T00:00:00Z"}, (0, "play"), (DAY, "play")],
    )
    result = ask(REPORT | {"metric": "adoption", "denominator": "registered"})
    assert result["warnings"] == []
    points = result["series"][0]["points"]
    assert [(each["numerator"], each["denominator"]) for each in points] == [(1, 1), (1, 2), (0, 2)]
    assert result["series"][0]["total"] == {"value": 1.0, "numerator": 2, "denominator": 2}
    before = ask(
        REPORT
        | {
            "metric": "engagement",
            "denominator": "registered",
            "period": {"start": "2026-04-01", "end": "2026-04-02"},
        }
    )
    assert before["series"][0]["total"] == {"value": None, "numerator": 0, "denominator": 0}


def test_a_bound_on_registration_takes_the_warning_away(journeys, ask):
    journeys(ann=[{"registered_at": "2026-05-01T00:00:00Z"}, (0, "play")])
    since = {"attribute": "registered_at", "operator": "since", "value": "2026-05-01"}
    bounded = {"name": "May", "condition": {"all": [since]}}
    result = ask(REPORT | {"metric": "adoption", "segments": [bounded]})
    assert result["warnings"] == []
    assert values(result) == [1.0, 0.0, 0.0]


def test_hours_of_the_day_that_has_25(journeys, ask, project):
    result = ask(
        REPORT | {"period": {"start": "2025-10-26", "end": "2025-10-26"}, "granularities": ["hour"]}
    )
    starts = [point["start"] for point in result["series"][0]["points"]]
    assert len(starts) == 25
    assert starts[2:4] == ["2025-10-26T02:00:00+02:00", "2025-10-26T02:00:00+01:00"]


def test_three_years_by_the_hour(journeys, ask):
    journeys(ann=[(0, "play")])
    result = ask(
        REPORT | {"period": {"start": "2024-01-01", "end": "2026-12-31"}, "granularities": ["hour"]}
    )
    assert len(values(result)) == 1096 * 24
    assert sum(values(result)) == 1


SONGS = {
    "ann": {"genre": "jazz", "seconds": 10, "live": True, "out": "2026-05-04", "tags": ["a", "b"]},
    "bob": {"genre": "Rock", "seconds": 20.5, "live": False, "out": "2026-05-04T22:30:00Z"},
    "cid": {"genre": "", "seconds": None, "tags": []},
    "dan": {},
    "eve": {"genre": 3, "seconds": "many", "live": "yes", "out": "soon", "tags": "a"},
}


@pytest.mark.parametrize(
    ("name", "operator", "value", "who"),
    [
        ("genre", "is", ["jazz"], "ann"),
        ("genre", "is", ["jazz", "Rock"], "ann bob"),
        ("genre", "is", ["rock"], ""),
        ("genre", "is_not", ["jazz"], "bob cid dan eve"),
        ("genre", "contains", "AZ", "ann"),
        ("genre", "does_not_contain", "az", "bob cid dan eve"),
        ("genre", "starts_with", "r", "bob"),
        ("genre", "ends_with", "ZZ", "ann"),
        ("genre", "is_empty", None, "cid dan eve"),
        ("genre", "is_not_empty", None, "ann bob"),
        ("seconds", "is", [10, 3], "ann"),
        ("seconds", "is_not", [10], "bob cid dan eve"),
        ("seconds", "less_than", 20.5, "ann"),
        ("seconds", "at_most", 20.5, "ann bob"),
        ("seconds", "greater_than", 10, "bob"),
        ("seconds", "at_least", 10, "ann bob"),
        ("seconds", "between", [10, 20], "ann"),
        ("seconds", "is_empty", None, "cid dan eve"),
        ("seconds", "is_not_empty", None, "ann bob"),
        ("live", "is", True, "ann"),
        ("live", "is", False, "bob"),
        ("live", "is_empty", None, "cid dan eve"),
        ("live", "is_not_empty", None, "ann bob"),
        ("out", "is", "2026-05-04", "ann"),
        ("out", "is", "2026-05-05", "bob"),
        ("out", "before", "2026-05-05", "ann"),
        ("out", "after", "2026-05-04", "bob"),
        ("out", "since", "2026-05-04", "ann bob"),
        ("out", "until", "2026-05-04", "ann"),
        ("out", "between", ["2026-05-05", "2026-05-06"], "bob"),
        ("out", "is_empty", None, "cid dan eve"),
        ("out", "is_not_empty", None, "ann bob"),
        ("out", "in_the_next", {"value": 1, "unit": "week"}, ""),
        ("out", "more_than_ago", {"value": 1, "unit": "day"}, "ann bob"),
        ("tags", "contains", ["b", "c"], "ann"),
        ("tags", "does_not_contain", ["b"], "bob cid dan eve"),
        ("tags", "is_empty", None, "bob cid dan eve"),
        ("tags", "is_not_empty", None, "ann"),
        ("never seen", "is", ["x"], ""),
        ("never seen", "is_not", ["x"], "ann bob cid dan eve"),
        ("never seen", "is_empty", None, "ann bob cid dan eve"),
        ("never seen", "greater_than", 3, ""),
    ],
)
def test_every_operator_on_properties(journeys, ask, name, operator, value, who):
    journeys(**{person: [(n, "play", song)] for n, (person, song) in enumerate(SONGS.items())})
    leaf = {"property": name, "operator": operator}
    if value is not None:
        leaf["value"] = value
    chosen = REPORT | {"metric": "events", "granularities": ["hour"]}
    result = ask(chosen | {"events": [{"event": "play", "filters": [leaf]}]})
    assert result["series"][0]["total"]["value"] == len(who.split())
    by_person = {
        person: ask(
            chosen
            | {
                "events": [{"event": "play", "filters": [leaf]}],
                "segments": [
                    {
                        "name": person,
                        "condition": {
                            "all": [
                                {"attribute": "external_id", "operator": "is", "value": [person]}
                            ]
                        },
                    }
                ],
            }
        )["series"][0]["total"]["value"]
        for person in who.split()
    }
    assert by_person == dict.fromkeys(who.split(), 1)


@pytest.mark.parametrize(
    "name", ["a.b", "a`b", 'a"b', "a'b", "x') OR 1=1 --", "{v0:String}", "%(x)s", "💥", "a\\", "?"]
)
def test_hostile_names_and_values_match_themselves_only(journeys, ask, name):
    journeys(ann=[(0, "play", {name: name})], bob=[(1, "play", {"other": name})])
    leaf = {"property": name, "operator": "is", "value": [name]}
    result = ask(REPORT | {"events": [{"event": "play", "filters": [leaf]}]})
    assert result["series"][0]["total"] == {"value": 1}
    nothing = ask(REPORT | {"events": [{"event": name}]})
    assert nothing["series"][0]["total"] == {"value": 0}


def test_another_projects_events_and_people_do_not_count(journeys, ask, project):
    other = type(project).objects.create(name="Other", timezone="Europe/Zagreb")
    journeys(ann=[(0, "play")])
    result = answer(Question.of(other, REPORT)).dump()
    assert result["segments"] == [{"name": "Everybody", "size": 0}]
    assert values(result) == [0, 0, 0]


def test_who_registers_as_a_bucket_ends_is_not_in_it(journeys, ask):
    """Before the end, says the contract; midnight in Zagreb is 22:00 of the day before."""
    journeys(
        ann=[{"registered_at": "2026-05-04T22:00:00Z"}, (0, "play"), (24 * 60, "play")],
        bob=[{"registered_at": "2026-05-04T21:59:59.999Z"}, (0, "play"), (24 * 60, "play")],
    )
    result = ask(
        {
            "kind": "segmentation",
            "metric": "adoption",
            "denominator": "registered",
            "period": {"start": "2026-05-04", "end": "2026-05-05"},
            "events": [{"event": "play"}],
        }
    )
    points = result["series"][0]["points"]
    assert [(each["numerator"], each["denominator"]) for each in points] == [(1, 1), (2, 2)]
