"""What an entry of a report may be beside one event: any, one of several, a first time."""

import pytest

from analytics.definitions.conditions import Catalogue
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, parse

DAY = 24 * 60
REPORT = {
    "kind": "segmentation",
    "metric": "events",
    "period": {"start": "2026-05-04", "end": "2026-05-06"},
    "events": [{"event": "play"}],
}
GENRE = {"property": "genre", "operator": "is", "value": ["jazz"]}


def of(*entries, **more):
    return REPORT | {"events": list(entries)} | more


def totals(result):
    return [each["total"]["value"] for each in result["series"]]


@pytest.fixture
def happened(journeys):
    journeys(
        ann=[(0, "play", {"genre": "jazz"}), (0, "stop", {"genre": 3}), (DAY, "play")],
        bob=[(5, "stop", {"genre": "jazz"}), (6, "play", {"genre": "rock"})],
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("entry", "total", "label"),
    [
        ({"event": None}, 5, "Any event"),
        ({"event": None, "filters": [GENRE]}, 2, "Any event · genre is jazz"),
        ({"any_of": [{"event": "play"}, {"event": "stop"}]}, 5, "play or stop"),
        (
            {"any_of": [{"event": "play", "filters": [GENRE]}, {"event": "play"}]},
            3,
            "play · genre is jazz or play",
        ),
        ({"any_of": [{"event": None}, {"event": "play"}], "name": "All"}, 5, "All"),
        ({"event": "play", "first_time": True}, 2, "play (first time)"),
        (
            {"event": "play", "first_time": True, "filters": [GENRE]},
            1,
            "play (first time) · genre is jazz",
        ),
        ({"event": None, "first_time": True}, 3, "Any event (first time)"),
        (
            {"any_of": [{"event": "play"}, {"event": "stop"}], "first_time": True},
            3,
            "play (first time) or stop (first time)",
        ),
    ],
)
def test_each_counts_what_it_says(happened, ask, entry, total, label):
    [series] = ask(of(entry))["series"]
    assert (series["total"]["value"], series["label"]) == (total, label)


@pytest.mark.django_db
def test_a_first_time_before_the_period_is_none_in_it(happened, ask):
    later = {"start": "2026-05-05", "end": "2026-05-06"}
    assert totals(ask(of({"event": "play", "first_time": True}, period=later))) == [0]


@pytest.mark.django_db
def test_any_event_is_broken_down_by_each_events_own_type(happened, ask):
    [series] = ask(of({"event": None}, breakdown={"property": "genre"}))["series"]
    groups = {each["label"]: each["total"]["value"] for each in series["breakdown"]}
    # A stop's genre is a number: what is none has no value.
    assert groups == {"jazz": 1, "rock": 1, "3": 1, "No value": 2}


@pytest.mark.parametrize(
    "entry",
    [
        {"event": None, "filters": []},
        {"event": "play", "filters": [], "first_time": True},
        {"any_of": [{"event": None, "filters": []}, {"event": "a", "filters": [GENRE]}]},
    ],
)
def test_in_and_out_again_is_the_same(entry):
    assert dump(parse(of(entry), Catalogue()))["events"] == [entry]


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({}, "event"),
        ({"event": 3}, "event"),
        ({"any_of": [{"event": "a"}]}, "any_of"),
        ({"any_of": [{"event": "a"}] * 6}, "any_of"),
        ({"any_of": [{"event": "a"}, {"event": 3}]}, "any_of.1.event"),
        ({"any_of": [{"event": "a"}, {"any_of": []}]}, "any_of.1.event"),
        ({"any_of": [{"event": "a"}, {"event": "b", "name": "x"}]}, "any_of.1.name"),
        ({"any_of": [{"event": "a"}] * 2, "event": "a"}, "event"),
        ({"event": "a", "first_time": "yes"}, "first_time"),
    ],
)
def test_what_an_entry_may_not_be(entry, path):
    with pytest.raises(Invalid) as caught:
        parse(of(entry), Catalogue())
    assert f"events.0.{path}" in caught.value.problems
