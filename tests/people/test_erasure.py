"""Erasing somebody leaves nothing of them: a marker is planted everywhere and looked for after."""

import json
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection

from analytics import tasks
from analytics.exports import jobs
from analytics.models import Export, Segment
from analytics.models.questions import compute_next
from analytics.store import audit, loader
from analytics.store import client as store_client
from people import operations
from people.models import Erasure, Import, Person, RefusedMessage

pytestmark = pytest.mark.django_db
# No four letters that stand in ids or words: the store compresses its columns, and a drawn text of
# which four bytes stood before in a block would stand there in pieces.
MARKER = "qzxjkvwygphmtrnl"
BY_MAIL = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "events": [{"event": "look"}],
    "breakdown": {"attribute": "email"},
}


@pytest.fixture
def marker(project, journeys, client):
    """A text that stands in all that is kept of Ann, whose id and e-mail it is."""
    text, mail = MARKER, f"{MARKER}@example.com"
    journeys(**{text: [(0, "look", {"page": text}), {"email": mail}], "bob": [(0, "look")]})
    refused = [{"type": "track", "userId": text, "event": ""}, {"type": "track", "event": "x"}]
    body = json.dumps({"batch": refused, "writeKey": project.write_keys.get().key})
    client.post("/v1/batch", body, content_type="application/json")
    assert RefusedMessage.objects.count() == 2
    ann = Person.objects.named(project, text).get()
    listed = operations.list_people(project, [ann.pk])
    Segment.objects.create(project=project, name=f"As {text}", people=listed)
    done = upload(project, "done", "")
    row = {"row": 1, "errors": {"event": ["No."]}, "item": {"userId": text}}
    other = {"row": 2, "errors": {"event": ["No."]}, "item": {"userId": "bob"}}
    done.rejected_path.write_text(f"{json.dumps(row)}\n{json.dumps(other)}\n")
    upload(project, "draft", f"userId,event\n{text},look\n")
    project.runs.create(definition=BY_MAIL, question=text)
    assert compute_next()
    assert text in json.dumps(project.runs.get().result)
    jobs.run(Export.objects.create(project=project, what="people", format="csv"))
    return text


def upload(project, state, text):
    file = ContentFile(text.encode(), f"{state}.csv")
    return Import.objects.create(
        project=project, name=f"{state}.csv", format="csv", state=state, file=file
    )


def folders():
    places = [Path(settings.MEDIA_ROOT), Path(urlsplit(settings.STORE_URL).path)]
    if connection.vendor == "sqlite":
        database = Path(connection.settings_dict["NAME"])
        places += [database, database.with_name(f"{database.name}-wal")]
    return places


def holding(text):
    """Every file that has a text in it."""
    files = [file for place in folders() for file in (place, *place.rglob("*"))]
    return [file for file in files if file.is_file() and text.encode() in read(file)]


def read(file):
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_who_is_erased(project, marker):
    assert len({file.parent for file in holding(marker)}) >= 4
    operations.erase(Person.objects.named(project, marker).get())
    tasks.finish_erasures()
    # A minute where nothing else runs; other tests share this machine.
    deadline = time.monotonic() + 180
    while left := holding(marker):
        assert time.monotonic() < deadline, left
        time.sleep(1)
    assert not Erasure.objects.exists()
    assert [each.item for each in RefusedMessage.objects.all()] == [{"type": "track", "event": "x"}]
    assert not project.runs.exists()
    assert Export.objects.get().state == "gone"
    assert Segment.objects.get().name == "As …"
    rejected = Import.objects.get(state="done").rejected_path.read_text()
    assert '"bob"' in rejected
    assert list(audit.differences()) == []
    assert store_client.look("SELECT DISTINCT person FROM events") == [(Person.objects.get().pk,)]


def test_what_still_names_them_is_told_to_who_erased_them(client, project, alice, journeys):
    journeys(ann=[(0, "look"), {"email": "ann@example.com"}])
    leaf = {"attribute": "email", "operator": "is", "value": ["ann@example.com"]}
    project.segments.create(name="Just Ann", condition={"all": [leaf]})
    project.segments.create(name="Others", condition={"all": [leaf | {"value": ["bob"]}]})
    inline = {"name": "x", "condition": {"all": [leaf]}}
    project.reports.create(name="Hers", kind="funnel", definition={"segments": [inline]})
    client.force_login(alice)
    path = f"/p/{project.slug}/people/{Person.objects.get().pk}/erase/"
    page = client.post(path, {"name": "ann@example.com"}, follow=True).content.decode()
    assert "still names them: segment “Just Ann”, report “Hers”" in page


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"userId": 17}, True),
        ({"a": [{"b": "17"}]}, True),
        ({"a": "170"}, False),
        ({"17": 1}, False),
        ({"url": "https://x/?u=ann@example.com"}, True),
        ([True, None, 1.7], False),
        (None, False),
    ],
)
def test_short_values_are_whole_ones_and_long_ones_stand_anywhere(said, found):
    assert operations.mentions(said, {"17", "ann@example.com"}) is found


@pytest.mark.django_db(transaction=True)
def test_an_erasure_that_the_store_could_not_finish_is_finished_later(project, marker, monkeypatch):
    operations.erase(Person.objects.named(project, marker).get())

    def away(*_, **__):
        raise store_client.StoreAway("Away.")

    with monkeypatch.context() as broken:
        broken.setattr(loader, "drain", away)
        tasks.finish_erasures()
    assert Erasure.objects.exists()
    tasks.finish_erasures()
    assert not Erasure.objects.exists()
