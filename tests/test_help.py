"""The first calls of the API: each example runs as it stands, and the page shows them."""

import json
import re
import subprocess
import sys

import pytest

from moments.examples import EXAMPLES

TITLES = [each.title for each in EXAMPLES]


@pytest.fixture
def example(live):
    parts = {"<ORIGIN>": live.url, "<PROJECT>": live.project, "<TOKEN>": live.api_token}
    live.send("/v1/track", {"userId": "ann", "event": "Looked", "properties": {}})
    return lambda title: EXAMPLES[TITLES.index(title)].filled(parts)


def printed(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("title", TITLES)
def test_an_example_runs_in_a_terminal(example, title):
    answer = json.loads(printed("bash", "-c", example(title).curl))
    assert answer.get("status", "done") == "done"
    assert {"result", "results", "id"} & answer.keys(), answer


@pytest.mark.parametrize("title", TITLES)
def test_an_example_runs_in_python(example, title):
    assert printed(sys.executable, "-c", example(title).python).strip()


@pytest.mark.django_db
def test_the_page_shows_them_for_the_readers_project(client, project, alice, charlie):
    client.force_login(alice)
    page = client.get("/help/").content.decode()
    for title in TITLES:
        assert title in page
    assert f"/api/projects/{project.slug}/query/" in page
    other = client.get("/help/?of=charlies").content.decode()
    assert f"/api/projects/{project.slug}/query/" in other
    assert client.get("/help/?of=%00").status_code == 200


@pytest.mark.django_db
def test_what_failed_says_its_id_and_leads_on(client, alice, monkeypatch):
    client.force_login(alice)
    client.raise_request_exception = False
    monkeypatch.setattr("moments.views.EXAMPLES", None)
    answer = client.get("/help/")
    assert answer.status_code == 500
    assert f"<code>{answer['X-Request-ID']}</code>" in answer.content.decode()
    assert 'href="/"' in answer.content.decode()


@pytest.mark.django_db
def test_what_is_not_there_leads_on(client, alice):
    assert "Sign in</a>" in client.get("/nowhere/").content.decode()
    client.force_login(alice)
    assert "To your projects</a>" in client.get("/nowhere/").content.decode()


@pytest.mark.django_db
def test_the_admin_shows_what_serves_in_our_colours(client, alice):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client.force_login(alice)
    page = client.get("/admin/").content.decode()
    assert "css/admin.css" in page
    assert "Groups" not in page
    assert "Periodic" not in page


def test_a_lesson_tells_a_share_as_one(client, alice):
    client.force_login(alice)
    page = client.get("/help/metrics/").content.decode()
    assert re.search(r"<dd>66\.7\s%", page)
    assert "0.666" not in page
