"""A database that somebody else writes to for long: data is told to come again, pages are read."""

import sqlite3
import time
import urllib.error
import urllib.request
from contextlib import closing

import pytest
from django.db import OperationalError
from django.test import Client

from moments import patience
from tests.conftest import start
from tests.moments.test_up import project_in


def test_whoever_sends_is_told_soon_and_whoever_reads_does_not_wait(folder, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    made = project_in(folder)
    process, url, _ = start(folder)
    body = b'{"userId": "ann", "event": "x", "writeKey": "%s"}' % made["write_key"].encode()
    with closing(sqlite3.connect(folder / "moments.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(f"{url}/v1/track", body), timeout=60)
        assert (refused.value.code, refused.value.headers["Retry-After"]) == (503, "5")
        assert time.monotonic() - began < 2 * patience.MILLISECONDS / 1000
        began = time.monotonic()
        with urllib.request.urlopen(f"{url}/sign-in/", timeout=60) as page:
            assert page.status == 200
        assert time.monotonic() - began < 3
        other.execute("ROLLBACK")
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/track", body)) as answer:
        assert answer.status == 200
    process.terminate()
    assert process.wait(60) == 0


@pytest.mark.django_db
def test_a_page_whose_database_is_away_says_when_to_come_back(alice, project, monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(alice)

    def away(*given, **named):
        raise OperationalError("database is locked")

    monkeypatch.setattr("people.models.accounts.ProjectQuerySet.visible_to", away)
    answer = client.get(f"/p/{project.slug}/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Try again shortly" in answer.content.decode()
    monkeypatch.setattr("people.models.accounts.ProjectQuerySet.visible_to", broken)
    assert client.get(f"/p/{project.slug}/").status_code == 500


def broken(*given, **named):
    raise ValueError
