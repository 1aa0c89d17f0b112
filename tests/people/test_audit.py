"""The audit log: who did what in a project, for its owners, and for good."""

import csv

import pytest
from django.test import Client

from moments.auditing import ASKS, PAGES, RESOURCES, THEMSELVES
from people.audit import Action, note
from people.models import AuditEntry, Person, Project
from people.models.audit import NeverChanged
from tests.pages.table import ROWS as PAGE_ROWS
from tests.test_api_access import ROWS as API_ROWS

pytestmark = pytest.mark.django_db


def entries():
    found = AuditEntry.objects.order_by("pk")
    return list(found.values_list("email", "action", "words"))


def test_whatever_changes_something_is_written_down():
    unsafe = {
        name for rows in (PAGE_ROWS, API_ROWS) for name, row in rows.items() if {*row} - {"get"}
    }
    # Of no project yet.
    known = {*PAGES, *RESOURCES, *THEMSELVES, *ASKS, "api-projects"}
    assert unsafe - known == set()
    assert known - unsafe == set()


def test_what_is_done_is_in_it_and_what_is_refused_is_not(client, bearer, project, alice, bob):
    client.force_login(alice)
    client.post("/p/shop/annotations/", {"day": "2026-05-04", "text": "Release"})
    client.post("/p/shop/annotations/", {"day": "never", "text": "x"})
    client.post("/p/shop/settings/", {"name": "", "timezone": "UTC", "week_start": "monday"})
    client.post("/p/shop/keys/", {"name": ""})
    client.post("/p/shop/keys/", {"name": "Web"})
    own = project.memberships.get(user=alice)
    client.post(f"/p/shop/members/{own.pk}/", {"role": "viewer"})
    viewer = Client()
    viewer.force_login(bob)
    viewer.post("/p/shop/keys/", {"name": "Mine"})
    root = "/api/projects/shop"
    mark = {"day": "2026-05-05", "text": "y"}
    kind = "application/json"
    client.post(f"{root}/annotations/", mark, content_type=kind, headers=bearer(alice))
    client.post(f"{root}/annotations/", {}, content_type=kind, headers=bearer(alice))
    client.get(f"{root}/people/", headers=bearer(alice))
    me, him = "alice@example.com", "bob@example.com"
    assert entries() == [
        (me, "signed in", "Signed in"),
        (me, "changed", "Marked a day"),
        (me, "changed", "Made the write key “Web”"),
        (him, "signed in", "Signed in"),
        (me, "changed", "Made the mark of a day by the API"),
    ]


def test_files_and_erasures_are_in_it_without_the_person(client, bearer, project, alice, journeys):
    journeys(ann=[(0, "look")], annabel=[(0, "look")])
    client.force_login(alice)
    headers = bearer(alice)
    assert client.delete("/api/projects/shop/people/annabel/", headers=headers).status_code == 204
    pk = Person.objects.get().pk
    client.get(f"/p/shop/people/{pk}/export/")
    client.post(f"/p/shop/people/{pk}/erase/", {"name": "ann"})
    assert [each[1:] for each in entries()[1:]] == [
        ("erased", "Deleted a person by the API"),
        ("exported", "Took out a file"),
        ("erased", "Erased a person"),
    ]
    assert "ann" not in str([each.place for each in AuditEntry.objects.all()])


def test_the_page_filters_and_is_a_file(client, project, alice):
    client.force_login(alice)
    note(project, alice, Action.SHARED, "=Shared", "/p/shop/")
    page = client.get("/p/shop/audit/").content.decode()
    assert "Signed in" in page
    assert "=Shared" in page
    shown = client.get("/p/shop/audit/?action=shared&who=ALICE").content.decode()
    assert "Signed in" not in shown
    assert "=Shared" in shown
    for nothing in ("who=bob", "until=2020-01-01", "since=2100-01-01", "who=%00"):
        assert ("Nothing to see" in client.get(f"/p/shop/audit/?{nothing}").content.decode()) is (
            nothing != "who=%00"
        )
    wrong = client.get("/p/shop/audit/?since=x&action=y&page=z&format=csv")
    assert wrong.status_code == 200
    answer = client.get("/p/shop/audit/?action=shared&format=csv")
    rows = list(csv.reader(b"".join(answer.streaming_content).decode().splitlines()))
    assert [row[1:] for row in rows] == [
        ["who", "action", "what", "place"],
        ["alice@example.com", "shared", "'=Shared", "/p/shop/"],
    ]
    # Who takes the log out stands in it, too.
    assert entries()[-1][1:] == ("exported", "Took out a file")


def test_a_long_log_asks_no_query_for_each(client, project, alice, django_assert_max_num_queries):
    client.force_login(alice)
    for n in range(120):
        note(project, alice, Action.CHANGED, f"Did {n}")
    # Two of them are the rail's.
    with django_assert_max_num_queries(10):
        assert "Page 1 of 2" in client.get("/p/shop/audit/").content.decode()


def test_it_stays_when_somebody_goes_and_goes_with_the_project(project, alice, bob):
    note(project, bob, Action.CHANGED, "Did it")
    entry = AuditEntry.objects.get()
    for change in (
        lambda: AuditEntry.objects.update(words="x"),
        lambda: AuditEntry.objects.all().delete(),
        entry.save,
        entry.delete,
    ):
        with pytest.raises(NeverChanged):
            change()
    bob.delete()
    entry.refresh_from_db()
    assert (entry.user, entry.email) == (None, "bob@example.com")
    Project.objects.get(pk=project.pk).delete()
    assert not AuditEntry.objects.exists()
