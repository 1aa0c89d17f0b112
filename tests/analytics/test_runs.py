"""Computations that take turns, are stopped, and end at a limit."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from analytics.engine.query import Statement
from analytics.models import Question, Run, questions, runs
from analytics.models.questions import answer, compute_next, fetch
from analytics.store import client
from analytics.tasks import clear_away, compute, sweep
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


def test_a_viewer_stops_nothing_by_the_page_as_by_the_api(client, project, bob, bearer, store):
    run = project.runs.create(definition=LOOKS, question="x")
    path = f"/api/projects/{project.slug}/query/{run.pk}/"
    assert client.delete(path, headers=bearer(bob)).status_code == 403
    client.force_login(bob)
    shown = client.get(f"/p/{project.slug}/runs/{run.pk}/").content.decode()
    assert "Computing" in shown
    assert "Stop" not in shown
    assert client.post(f"/p/{project.slug}/runs/{run.pk}/stop/").status_code == 403
    run.refresh_from_db()
    assert run.state == "pending"


# --- Workers that are lost ----------------------------------------------------------------------


def silent_since(run, seconds):
    Run.objects.filter(pk=run.pk).update(seen_at=timezone.now() - timedelta(seconds=seconds))


def begun(project, **fields):
    run = project.runs.create(definition=LOOKS, question="x", **fields)
    assert Run.objects.claim(run)
    return run


def test_what_waited_long_and_was_just_begun_goes_on(project):
    run = begun(project, created_at=timezone.now() - timedelta(minutes=20))
    sweep()
    run.refresh_from_db()
    assert (run.state, run.error) == ("running", "")


def test_what_lost_its_worker_is_computed_by_another_without_being_asked_for(project, store):
    run = begun(project)
    silent_since(run, 6)
    sweep()
    assert not compute_next()
    silent_since(run, 10)
    sweep()
    assert compute_next()
    run.refresh_from_db()
    assert (run.state, run.attempts, run.error) == ("done", 2, "")


def test_what_loses_three_workers_has_failed(project):
    run = begun(project)
    for attempt in (1, 2, 3):
        assert run.attempts == attempt
        silent_since(run, 10)
        sweep()
        run.refresh_from_db()
        Run.objects.claim(run)
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("failed", 3)
    assert "three times" in run.error


def test_a_worker_that_comes_back_late_spoils_nothing(project, store):
    late = begun(project)
    silent_since(late, 10)
    sweep()
    other = Run.objects.get(pk=late.pk)
    assert Run.objects.claim(other)
    with pytest.raises(client.Stopped):
        late.must_go_on()
    assert not late.finish(Run.State.FAILED, error="The computation was stopped.")
    assert other.finish(Run.State.DONE, result={})
    other.refresh_from_db()
    assert other.state == "done"


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_heard_of_while_it_is_at_a_run(project, monkeypatch):
    monkeypatch.setattr(runs, "HEARTBEAT", timedelta(seconds=0.05))
    run = begun(project)
    silent_since(run, 10)
    with run.held():
        deadline = time.monotonic() + 10
        while Run.objects.abandoned().exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert not Run.objects.give_back()


def test_after_messages_were_lost_each_worker_rings_for_the_next(project, monkeypatch):
    """The sweep rings for ten at a time: a hundred are done all the same, without another."""
    rung = []
    monkeypatch.setattr("analytics.tasks.wake_worker", rung.append)
    old = timezone.now() - timedelta(seconds=11)
    for n in range(4):
        project.runs.create(definition=LOOKS, question=str(n), created_at=old)
    monkeypatch.setattr(runs, "MOST_RUNG", 1)
    sweep()
    while rung:
        rung.pop()
        compute()
    assert not Run.objects.unfinished().exists()


def test_the_bell_rings_again_for_what_nobody_began(project, monkeypatch):
    rung = []
    monkeypatch.setattr("analytics.tasks.wake_worker", rung.append)
    old = timezone.now() - timedelta(seconds=11)
    run = project.runs.create(definition=LOOKS, question="x", created_at=old)
    project.runs.create(definition=LOOKS, question="y")
    sweep()
    assert rung == [run]


def test_old_runs_are_cleared_away(project):
    for days in (6, 8):
        at = timezone.now() - timedelta(days=days)
        project.runs.create(definition=LOOKS, question="x", created_at=at)
    clear_away()
    assert project.runs.count() == 1
