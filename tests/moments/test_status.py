"""The status page: what is behind is said in words, with since when and what to do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.models import Export, Run
from analytics.store import loader
from moments import services
from moments.status import status_of
from people.models import Batch, Project

pytestmark = pytest.mark.django_db
LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "events": [{"event": "look"}],
}


def test_nothing_is_late_where_all_is_done(client, alice, project, journeys):
    journeys(ann=[(0, "look")])
    loader.drain(project.pk)
    assert all(line.is_well for line in status_of(project))
    client.force_login(alice)
    assert "All is well" in client.get("/p/shop/status/").content.decode()


def test_what_waits_too_long_is_said_first(client, alice, project, journeys):
    journeys(ann=[(0, "look")], bob=[(0, "look")])
    began = timezone.now() - timedelta(minutes=9)
    Batch.objects.update(received_at=began)
    project.runs.create(definition=LOOKS, question="q", created_at=began - timedelta(hours=1))
    project.runs.create(definition=LOOKS, question="q", state=Run.State.DONE)
    project.exports.create(what="people", format="csv", state=Export.State.WAITING)
    loads, reports, *others = status_of(project)
    assert (loads.words, loads.since, loads.is_well) == ("1 request waits", began, False)
    assert "-Q load" in loads.advice
    assert (reports.words, reports.since) == ("1 question waits", began - timedelta(hours=1))
    assert all(line.is_well for line in others)
    [export] = [line for line in others if line.name == "Exports"]
    assert export.words == "1 file waits"
    client.force_login(alice)
    page = client.get("/p/shop/status/").content.decode()
    assert "2 of 13 are not well" in page


def test_what_waits_elsewhere_is_not_said(project, store):
    other = Project.objects.create(name="Other")
    other.runs.create(definition=LOOKS, question="q", created_at=timezone.now() - timedelta(days=1))
    assert all(line.is_well for line in status_of(project))


def test_a_disk_that_is_nearly_full_is_said(project, store, monkeypatch):
    monkeypatch.setattr(services, "LEAST_FREE_BYTES", 10**18)
    [disk] = [line for line in status_of(project) if not line.is_well]
    assert disk.advice == "Make room before writing fails."
