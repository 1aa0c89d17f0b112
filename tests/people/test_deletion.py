"""Deleting a project, a segment, a fixed list: what goes, and what is asked before."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from analytics.models import Segment
from analytics.store import client as store_client
from analytics.store import loader
from analytics.tasks import load, remove_projects
from people import operations
from people.models import Batch, Event, Load, Person, PersonList, Project

pytestmark = pytest.mark.django_db

CROATIA = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}


@pytest.fixture
def root(client, alice, project):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client.force_login(alice)
    return client


@pytest.fixture
def full(project, journeys, alice):
    """A project with something of every kind, and another one with people of its own."""
    journeys(**{f"user{n}": [(n, "look", {"n": n}), {"plan": "pro"}] for n in range(20)})
    project.segments.create(name="All", condition=CROATIA)
    project.reports.create(name="Funnel", kind="funnel", definition={"segments": []})
    project.runs.create(definition={}, question="q")
    ids = list(Person.objects.values_list("pk", flat=True)[:3])
    Segment.objects.create(
        project=project, name="Three", people=operations.list_people(project, ids)
    )
    operations.erase(Person.objects.latest("pk"))
    loader.drain(project.pk)
    return project


def in_store(project):
    tables = ("events", "people")
    where = "WHERE project = {project:UInt64}"
    return [
        store_client.look(f"SELECT count() FROM {table} {where}", project=project.pk)[0][0]
        for table in tables
    ]


def test_a_deleted_project_is_gone_from_everywhere(client, full, alice, bearer):
    headers = bearer(alice)
    key = full.write_keys.get().key
    client.force_login(alice)
    path = f"/p/{full.slug}/delete/"
    assert "Nothing was deleted" in client.post(path, {"name": "shop"}).content.decode()
    # At once, whatever there is: the data goes afterwards.
    assert client.post(path, {"name": "Shop"}).status_code == 302
    assert Event.objects.exists()
    assert client.get(f"/p/{full.slug}/").status_code == 404
    assert client.get("/api/projects/", headers=headers).json()["results"] == []
    sent = {"writeKey": key, "userId": "x", "event": "look", "messageId": "late"}
    assert client.post("/v1/track", sent, content_type="application/json").status_code == 401
    assert all(in_store(full))
    remove_projects()
    assert in_store(full) == [0, 0]
    assert not Project.objects.exists()
    for model in (Person, Event, Batch, Load, PersonList, Segment):
        assert not model.objects.exists(), model


def test_only_an_owner_deletes_a_project(client, full, bob, charlie):
    for user, status in ((bob, 403), (charlie, 404)):
        client.force_login(user)
        assert client.post(f"/p/{full.slug}/delete/", {"name": "Shop"}).status_code == status
    assert Project.objects.there().filter(pk=full.pk).exists()


def test_a_loader_that_is_at_it_ends_first(full, client):
    Load.objects.create(project=full, leased_until=timezone.now() + timedelta(seconds=30))
    operations.delete_project(full)
    load()
    remove_projects()
    assert Event.objects.exists()
    Load.objects.update(leased_until=None)
    remove_projects()
    assert not Project.objects.exists()


def test_the_admin_asks_for_the_name_with_few_queries(root, full, django_assert_max_num_queries):
    path = reverse("admin:people_project_delete", args=[full.pk])
    with django_assert_max_num_queries(20):
        assert "Type “Shop” to confirm" in root.get(path).content.decode()
    root.post(path, {"name": "no"})
    assert Project.objects.there().exists()
    with django_assert_max_num_queries(20):
        root.post(path, {"name": "Shop"})
    assert not Project.objects.there().exists()
    everything = reverse("admin:people_project_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [full.pk], "post": "yes"}
    root.post(everything, chosen)
    assert Project.objects.exists()


def test_a_fixed_list_goes_with_its_segment(root, full):
    three = Segment.objects.get(name="Three")
    Segment.objects.filter(pk=three.pk).delete()
    assert not PersonList.objects.exists()
    loader.drain(full.pk)
    rows = "SELECT count() FROM people FINAL WHERE notEmpty(lists)"
    assert store_client.look(rows) == [(0,)]


def test_the_admin_says_where_a_segment_is_used_before_it_goes(root, full):
    segment = full.segments.get(name="All")
    used = {"segments": [{"segment": str(segment.pk)}]}
    full.reports.create(name="Weekly", kind="funnel", definition=used)
    path = reverse("admin:analytics_segment_delete", args=[segment.pk])
    page = root.get(path).content.decode()
    assert "Used by the report “Weekly”" in page
    assert "“Funnel”" not in page
    assert Segment.objects.filter(pk=segment.pk).exists()


def test_the_page_says_where_a_segment_is_used_and_asks(client, full, alice, bob):
    segment = full.segments.get(name="Three")
    used = {"segments": [{"segment": str(segment.pk)}]}
    full.reports.create(name="Weekly", kind="funnel", definition=used)
    path = f"/p/{full.slug}/segments/{segment.pk}/delete/"
    client.force_login(bob)
    assert client.post(path).status_code == 403
    client.force_login(alice)
    listed = client.get(f"/p/{full.slug}/segments/{segment.pk}/").content.decode()
    assert path in listed
    asked = client.get(path).content.decode()
    assert ">Weekly</a>" in asked
    assert ">Funnel</a></li>" not in asked
    assert full.segments.filter(pk=segment.pk).exists()
    assert client.post(path).status_code == 302
    assert not full.segments.filter(pk=segment.pk).exists()
    assert not PersonList.objects.exists()
