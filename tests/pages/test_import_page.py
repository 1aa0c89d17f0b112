"""Uploading an export: preview, import, progress, rejected rows."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from people.imports import jobs
from people.models import Event, Import

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
