"""Files of people and of events: what stands in them, how they are made, when they are gone."""

import csv
import io
import json
from datetime import timedelta

import pyarrow.parquet
import pytest
from django.utils import timezone

from analytics import tasks
from analytics.exports import jobs, sheets
from analytics.models import Export
from analytics.models.exports import MOST_UNFINISHED
from people.models import Person

pytestmark = pytest.mark.django_db
KINDS = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
MAY = {"what": "events", "start": "2026-05-04", "end": "2026-05-04"}


@pytest.fixture
def people(journeys, worker):
    """Two people, one of them with a formula for a name; three events on the fourth of May in
    Zagreb, and one a minute after its midnight."""
    midnight = 12 * 60
    journeys(
        ann=[(0, "look", {"price": 2.5}), (1, "buy"), {"plan": "pro", "first_name": "=1+1"}],
        bob=[(midnight - 1, "look"), (midnight, "look"), {"plan": 5}],
    )


@pytest.fixture
def ask(client, project, alice, bearer, people):
    """ask(**body): asks the API, and what it says of the file when the worker is done."""

    def run(status=201, **body):
        url = f"/api/projects/{project.slug}/exports/"
        answer = client.post(url, body, content_type="application/json", headers=bearer(alice))
        assert answer.status_code == status, answer.content
        if status != 201:
            return answer.json()["errors"]
        found = client.get(f"{url}{answer.json()['id']}/", headers=bearer(alice)).json()
        assert (found["state"], found["done"]) == ("done", found["total"]), found
        return found

    return run


@pytest.fixture
def taken(client, project, alice, ask):
    """taken(**body): the bytes of a file, taken from the page."""

    def run(**body):
        found = ask(**body)
        client.force_login(alice)
        answer = client.get(f"/p/{project.slug}/exports/{found['id']}/file/")
        content = b"".join(answer.streaming_content)
        assert len(content) == found["size"]
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Type"] == KINDS[found["format"]]
        return content

    return run


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def parquet(content):
    return pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()


@pytest.mark.parametrize("page", [1, 2, 40_000])
def test_events_of_days_of_the_project(monkeypatch, taken, page):
    monkeypatch.setattr(sheets, "PAGED", sheets.PAGED.replace("40000", str(page)))
    found = rows(taken(**MAY))
    assert [(each["event"], each["at"], each["identities"]) for each in found] == [
        ("look", "2026-05-04T10:00:00.000Z", "ann"),
        ("buy", "2026-05-04T10:01:00.000Z", "ann"),
        ("look", "2026-05-04T21:59:00.000Z", "bob"),
    ]
    assert json.loads(found[0]["properties"]) == {"price": 2.5}


def test_events_as_parquet(taken):
    [look, other] = parquet(taken(**MAY, events=["look"], format="parquet"))
    assert look["at"].isoformat() == "2026-05-04T10:00:00+00:00"
    assert (look["identities"], json.loads(look["properties"])) == (["ann"], {"price": 2.5})
    assert other["person"] == Person.objects.get(identities__value="bob").pk


def test_people_of_a_segment(project, taken):
    leaf = {"attribute": "plan", "operator": "is", "value": ["pro"]}
    segment = project.segments.create(name="Pro", condition={"all": [leaf]})
    [ann] = rows(taken(what="people", segment=str(segment.pk)))
    # A spreadsheet runs nothing of it.
    assert (ann["identities"], ann["plan"], ann["first_name"]) == ("ann", "pro", "'=1+1")


def test_people_as_parquet_are_of_the_types_of_their_columns(taken):
    ann, bob = sorted(parquet(taken(what="people", format="parquet")), key=lambda e: e["id"])
    assert (ann["plan"], ann["first_name"]) == ("pro", "=1+1")
    # A number where texts are: it is beside them.
    assert (bob["plan"], json.loads(bob["attributes"])["plan"]) == (None, 5)
    assert bob["registered_at"].isoformat() == "2026-05-04T10:00:00+00:00"


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"what": "events"}, {"start", "end"}),
        (MAY | {"end": "2026-05-01"}, {"end"}),
        (MAY | {"start": "0001-01-01"}, {"start"}),
        (MAY | {"events": ["Look"]}, {"events"}),
        ({"what": "people", "events": ["look"]}, {"events"}),
        ({"what": "people", "start": "2026-05-01"}, {"start"}),
        ({"what": "nothing"}, {"what"}),
        (MAY | {"format": "xlsx"}, {"format"}),
    ],
)
def test_what_cannot_be_asked_for_says_where(ask, body, paths):
    assert set(ask(400, **body)) == paths


def test_few_are_made_at_a_time(project, ask):
    Export.objects.bulk_create(
        Export(project=project, what="people", format="csv") for _ in range(MOST_UNFINISHED)
    )
    assert "Wait for one" in ask(400, what="people")[""][0]


def test_a_worker_that_died_is_made_up_for(project, people):
    late = timezone.now() - timedelta(hours=1)
    export = Export.objects.create(
        project=project, what="people", format="csv", state="running", seen_at=late, attempt=1
    )
    tasks.sweep_exports()
    export.refresh_from_db()
    assert (export.state, export.attempt, export.path.exists()) == ("done", 2, True)


def test_one_that_was_deleted_meanwhile_leaves_no_file(project, people, monkeypatch):
    export = Export.objects.create(project=project, what="people", format="csv")
    write = jobs.write

    def deleted(*parts):
        Export.objects.get(pk=export.pk).remove()
        return write(*parts)

    monkeypatch.setattr(jobs, "write", deleted)
    jobs.run(export)
    assert not Export.objects.exists()
    assert list(export.path.parent.glob(f"{export.pk}*")) == []


def test_a_file_goes_in_time(client, project, alice, ask):
    first, second = (Export.objects.get(pk=ask(what="people")["id"]) for _ in range(2))
    Export.objects.filter(pk=first.pk).update(expires_at=timezone.now())
    tasks.sweep_exports()
    assert (first.path.exists(), second.path.exists()) == (False, True)
    client.force_login(alice)
    assert "expired" in client.get(f"/p/{project.slug}/exports/").content.decode()
    assert client.get(f"/p/{project.slug}/exports/{first.pk}/file/").status_code == 404


def test_the_page_asks_and_says_what_is_wrong(client, project, bob, people):
    client.force_login(bob)
    url = f"/p/{project.slug}/exports/"
    wrong = {"what": "events", "format": "csv", "start": "2026-05-04", "end": "2026-05-01"}
    assert "This lies before the first day." in client.post(url, wrong).content.decode()
    assert client.post(url, wrong | {"end": "2026-05-09", "event": "look"}).status_code == 302
    assert client.post(url, {"what": "people", "format": "csv"}).status_code == 302
    page = client.get(url).content.decode()
    assert "All people" in page
    assert "Download" in page
