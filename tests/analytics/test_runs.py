"""Computations that take turns, are stopped, and end at a limit."""

import threading
import time

import pytest
from django.db import connections

from analytics.engine.query import Statement
from analytics.models import Question, Run, questions
from analytics.models.questions import answer, compute_next, fetch
from analytics.store import client
from people.models import Project

pytestmark = pytest.mark.django_db
LOOKS = {
    "kind": "segmentation",
    "metric": "events",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "events": [{"event": "look"}],
}
ENDLESS = Statement("SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 7", {})


def test_one_project_waits_for_one_report_of_another(project, store):
    other = Project.objects.create(name="Other")
    many = [project.runs.create(definition=LOOKS, question=f"{n}") for n in range(5)]
    one = other.runs.create(definition=LOOKS, question="x")
    order = []
    while run := Run.objects.next_up():
        assert compute_next()
        order.append(run.pk)
    assert order[0] == many[0].pk
    assert order[1] == one.pk
    assert order[2:] == [each.pk for each in many[1:]]
    assert not compute_next()
    assert set(Run.objects.values_list("state", flat=True)) == {"done"}


def test_what_waits_is_stopped_at_once(project, store):
    run = project.runs.create(definition=LOOKS, question="x")
    run.stop()
    assert not compute_next()
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", "The computation was stopped.")


def test_a_statement_ends_within_two_seconds(store):
    """The engine ends it: the thread that waits for it goes on by itself."""
    told = []

    def endless():
        try:
            fetch(ENDLESS, "this-one")
        except client.StoreError as error:
            told.append(str(error))
        connections.close_all()

    thread = threading.Thread(target=endless)
    thread.start()
    time.sleep(0.5)
    assert thread.is_alive()
    began = time.monotonic()
    client.stop("this-one")
    thread.join(10)
    assert not thread.is_alive()
    assert time.monotonic() - began < 2
    assert told == ["The computation was stopped."]


def test_no_statement_follows_after_a_stop(project, store, monkeypatch):
    run = project.runs.create(definition=LOOKS, question="x")
    asked = []

    def stop_after_the_first(statement, mark=""):
        asked.append(statement)
        run.stop()
        return fetch(statement, mark)

    monkeypatch.setattr(questions, "fetch", stop_after_the_first)
    compute_next()
    run.refresh_from_db()
    assert (len(asked), run.state, run.error) == (1, "failed", "The computation was stopped.")


def test_what_takes_too_long_says_what_to_narrow(project, store, limits, monkeypatch):
    limits.QUERY_SECONDS = 1
    monkeypatch.setattr(questions, "fetch", lambda *_: fetch(ENDLESS))
    began = time.monotonic()
    with pytest.raises(client.StoreError, match=r"longer than 1 seconds\. Choose a shorter period"):
        answer(Question.of(project, LOOKS))
    assert time.monotonic() - began < 4


def test_what_needs_too_much_memory_says_what_to_narrow(store, limits):
    limits.QUERY_MEMORY_BYTES = 50_000_000
    greedy = Statement("SELECT length(groupArray(number)) FROM numbers(100000000)", {})
    with pytest.raises(client.StoreError, match=r"too much memory\. Choose a shorter period"):
        fetch(greedy)


def test_the_api_stops_a_computation(client, project, alice, bearer, store):
    run = project.runs.create(definition=LOOKS, question="x")
    path = f"/api/projects/{project.slug}/query/{run.pk}/"
    answer = client.delete(path, headers=bearer(alice)).json()
    assert answer == {"status": "failed", "error": "The computation was stopped."}


def test_the_page_stops_a_computation(client, project, alice, store):
    run = project.runs.create(definition=LOOKS, question="x")
    client.force_login(alice)
    shown = client.get(f"/p/{project.slug}/runs/{run.pk}/").content.decode()
    assert "Stop" in shown
    shown = client.post(f"/p/{project.slug}/runs/{run.pk}/stop/").content.decode()
    assert "The computation was stopped." in shown
