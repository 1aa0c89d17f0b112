"""Names of attributes and properties stand in titles, tables and legends as people read them."""

import pytest

from analytics.definitions.conditions import Catalogue
from analytics.definitions.reports import dump, parse
from analytics.definitions.titles import said
from analytics.models import Alert
from analytics.presentation.kinds import presentation
from analytics.results import parse_result
from people.values import Type

CATALOGUE = Catalogue({}, {"play": {"songGenre": Type.TEXT, "songLength": Type.NUMBER}})
JAZZ = {"property": "songGenre", "operator": "is", "value": ["jazz"]}
SERIES = {
    "kind": "segmentation",
    "metric": "events",
    "period": {"start": "2026-05-04", "end": "2026-05-05"},
    "events": [{"event": "play", "filters": [JAZZ]}, {"event": "play"}],
}
STEPS = {
    "kind": "funnel",
    "period": SERIES["period"],
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": "play", "filters": [JAZZ]}, {"event": "pay"}],
    "breakdown": {"property": "songGenre"},
}


@pytest.fixture
def happened(journeys):
    journeys(ann=[(0, "play", {"songGenre": "jazz", "songLength": 3}), (1, "pay")])


@pytest.mark.django_db
def test_an_answer_keeps_its_labels_and_is_told_in_words(happened, ask):
    result = ask(SERIES)
    assert result["series"][0]["label"] == "play · songGenre is jazz"
    shown = presentation(parse_result(result), parse(SERIES, CATALOGUE))
    heads = [head for table in shown.tables() for head in table.head]
    assert "play · song genre is jazz" in heads
    assert "songGenre" not in str(heads) + shown.finding() + str(shown.charts()[0])


@pytest.mark.django_db
def test_steps_and_their_groups_too(happened, ask):
    result = ask(STEPS)
    shown = presentation(parse_result(result), parse(STEPS, CATALOGUE))
    assert result["segments"][0]["breakdown"][0]["steps"][0]["label"] == "play · songGenre is jazz"
    assert "song genre is jazz" in str(shown.funnel())
    assert "songGenre" not in str(shown.funnel()) + str(shown.tables()) + str(shown.sentences())


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"event": "play", "filters": [JAZZ]}, "play · song genre is jazz"),
        ({"event": "play", "name": "songGenre", "filters": [JAZZ]}, "songGenre"),
        ({"any_of": [{"event": "play", "filters": [JAZZ]}, {"event": "songPlayed"}]},
         "play · song genre is jazz or songPlayed"),
    ],
)  # fmt: skip
def test_names_alone_are_read_not_events_or_values(event, words):
    definition = parse(SERIES | {"events": [event]}, CATALOGUE)
    assert str(said(definition).events[0]) == words
    assert definition.events[0] == parse(SERIES | {"events": [event]}, CATALOGUE).events[0]


def test_a_measure_is_of_the_name_that_people_read():
    measure = {"aggregate": "median", "property": "songLength"}
    events = [{"event": "play", "measure": measure}]
    definition = parse(SERIES | {"metric": "measure", "events": events}, CATALOGUE)
    assert str(said(definition).events[0]) == "play · median of song length"


@pytest.mark.django_db
def test_an_alert_says_it_as_its_report_does(happened, project):
    definition = dump(parse(SERIES, CATALOGUE))
    report = project.reports.create(name="x", kind="segmentation", definition=definition)
    watching = {"project": project, "report": report, "schedule": {"every": "day"}}
    alert = Alert(**watching, operator="below", value=1, figure={"event": 0})
    assert alert.in_words() == "play · song genre is jazz, the last whole day"
