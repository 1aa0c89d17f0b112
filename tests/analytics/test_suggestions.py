"""What the fields of the builder offer while somebody types."""

import pytest
from django.utils import timezone

from analytics.models import questions, suggestions, volumes
from analytics.store import loader
from tests.journeys import START

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch):
    """The statements that the store is asked."""
    seen = []

    def fetch(statement, mark=""):
        seen.append(statement)
        return questions.fetch(statement, mark)

    monkeypatch.setattr(volumes, "fetch", fetch)
    return seen


def offered(project, text):
    return {
        each.title: [(option.value, option.count) for option in each.options]
        for each in suggestions(project, "event", text, name="", event="")
    }


@pytest.fixture
def lately(journeys, project):
    """Events of today, and one of START."""
    now = (timezone.now() - START).total_seconds() / 60
    journeys(ann=[(now - n, "look") for n in range(3)] + [(now, "lend"), (0, "leave")])
    loader.drain(project.pk)


def test_events_are_offered_by_how_often_they_came_lately(project, lately):
    assert offered(project, "l") == {
        "In the last 30 days": [("look", 3), ("lend", 1)],
        "Not in the last 30 days": [("leave", None)],
    }


def test_all_that_is_typed_asks_the_store_once_and_of_thirty_days(project, lately, asked):
    for text in ("l", "le", "len"):
        assert offered(project, text)
    [statement] = asked
    assert "at >= " in statement.sql
    assert "at < " in statement.sql


def test_what_is_loaded_meanwhile_counts(project, lately, journeys):
    assert offered(project, "lend") == {"In the last 30 days": [("lend", 1)]}
    now = (timezone.now() - START).total_seconds() / 60
    journeys(bob=[(now, "lend"), (now, "leap")])
    loader.drain(project.pk)
    assert offered(project, "le") == {
        "In the last 30 days": [("lend", 2), ("leap", 1)],
        "Not in the last 30 days": [("leave", None)],
    }
