"""Uploading an export: preview, import, progress, rejected rows."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from people.imports import jobs
from people.models import Event, Import
from people.models.intake import KEEP_DRAFTS, KEEP_FILES

pytestmark = pytest.mark.django_db
TABLE = b"who,event,when\nann,buy,2026-05-31\nbob,buy,yesterday\n"


@pytest.fixture
def uploaded(client, project, alice, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(alice)
    file = SimpleUploadedFile("table.csv", TABLE)
    answer = client.post(f"/p/{project.slug}/import/", {"file": file, "format": "csv"})
    assert answer.status_code == 302
    return answer["Location"]


def test_nothing_is_loaded_before_the_columns_are_known(client, uploaded):
    page = client.get(uploaded).content.decode()
    assert "Which column has the person?" in page
    assert ">Import</button>" not in page.replace("\n", "").replace("  ", "")
    page = client.get(
        f"{uploaded}?person=who&event=event&time=when&id=&anonymous="
    ).content.decode()
    assert "May 31, 2026, 12:00:00" in page
    assert "“yesterday” is no time" in page
    assert not Event.objects.exists()


def test_an_import_ends_with_what_became_of_it(client, uploaded, project):
    client.post(uploaded, {"person": "who", "event": "event", "time": "when"})
    job = Import.objects.get()
    assert job.state == "waiting"
    jobs.run(job)
    jobs.run(Import.objects.get())
    page = client.get(uploaded).content.decode()
    assert "1 accepted · 0 known already · 1 rejected" in page
    wrong = b"".join(client.get(f"{uploaded}rejected/").streaming_content)
    assert b"yesterday" in wrong
    assert Event.objects.get().person.attributes["external_id"] == "ann"


def test_an_import_whose_worker_died_is_begun_again(uploaded, client, project):
    client.post(uploaded, {"person": "who", "event": "event", "time": "when"})
    Import.objects.update(state="running", seen_at="2026-01-01T00:00:00Z")
    jobs.sweep()
    jobs.run(Import.objects.get())
    assert (Import.objects.get().state, Event.objects.count()) == ("done", 1)


def test_a_broken_file_says_why(client, project, alice, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(alice)
    file = SimpleUploadedFile("x.zip", b"PK nothing")
    answer = client.post(f"/p/{project.slug}/import/", {"file": file, "format": "amplitude"})
    assert "x" in client.get(answer["Location"]).content.decode()
    assert "not a zip" in client.get(answer["Location"]).content.decode()


START = {"person": "who", "event": "event", "time": "when"}


@pytest.mark.parametrize("state", ["waiting", "running", "done"])
def test_what_was_started_cannot_be_started_again(client, uploaded, state):
    client.post(uploaded, START)
    Import.objects.update(state=state)
    client.post(uploaded, {"person": "event"})
    job = Import.objects.get()
    assert (job.state, job.columns) == (state, START)


def test_what_failed_can_be_started_again(client, uploaded):
    Import.objects.update(state="failed", error="The disk was full.")
    client.post(uploaded, START)
    job = Import.objects.get()
    assert (job.state, job.error) == ("waiting", "")


def files():
    folder = Path(default_storage.path("imports/"))
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def test_an_upload_goes_when_it_is_in_and_its_rejected_rows_when_nobody_came_back(client, uploaded):
    assert files() == ["table.csv"]
    client.post(uploaded, START)
    jobs.run(Import.objects.get())
    assert files() == ["table.csv.rejected.jsonl"]
    jobs.sweep()
    assert files() == ["table.csv.rejected.jsonl"]
    Import.objects.update(seen_at=timezone.now() - KEEP_FILES - timedelta(minutes=1))
    jobs.sweep()
    assert files() == []
    assert client.get(f"{uploaded}rejected/").status_code == 404
    assert "Rejected rows" not in client.get(uploaded).content.decode()


def test_an_upload_that_nobody_started_goes(client, uploaded):
    jobs.sweep()
    assert files() == ["table.csv"]
    Import.objects.update(created_at=timezone.now() - KEEP_DRAFTS - timedelta(minutes=1))
    jobs.sweep()
    assert (files(), Import.objects.count()) == ([], 0)


def test_the_upload_of_a_project_that_is_gone_goes(client, uploaded):
    Import.objects.all().delete()
    jobs.sweep()
    assert files() == ["table.csv"]
    old = (timezone.now() - KEEP_DRAFTS - timedelta(minutes=1)).timestamp()
    os.utime(default_storage.path("imports/table.csv"), (old, old))
    jobs.sweep()
    assert files() == []
