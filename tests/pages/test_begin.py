"""The first ten minutes: from an empty project to the first answer."""

import json

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from analytics.demo import listeners
from analytics.demo.filling import fill, key_of
from people.models import Project
from tests.conftest import request


@pytest.mark.django_db
def test_an_empty_project_says_how_to_begin(client, project, alice):
    client.force_login(alice)
    page = client.get(f"/p/{project.slug}/").content.decode()
    key = project.write_keys.get().key
    assert "Nothing has happened yet" in page
    assert f"data-key=&quot;{key}&quot;" in page
    assert f"/p/{project.slug}/import/" in page
    python = client.get(f"/p/{project.slug}/begin/?from=python").content.decode()
    assert f"analytics.write_key = &quot;{key}&quot;" in python
    assert client.get(f"/p/{project.slug}/begin/?from=nothing").status_code == 200


@pytest.mark.django_db
def test_the_event_that_arrives_is_shown_with_a_question_about_it(client, project, alice, journeys):
    client.force_login(alice)
    asked = {"HX-Request": "true"}
    before = client.get(f"/p/{project.slug}/begin/", headers=asked).content.decode()
    assert "every 2s" in before
    assert "<html" not in before
    journeys(ann=[(0, "Signed Up", {"plan": "free"})])
    after = client.get(f"/p/{project.slug}/begin/", headers=asked).content.decode()
    assert "every 2s" not in after
    assert "<strong>Signed Up</strong>" in after
    assert "event-0=Signed%20Up" in after
    assert "<dd>free</dd>" in after


@pytest.mark.django_db
def test_an_owner_fills_an_empty_project_with_demo_data_and_takes_it_out(
    client, project, alice, bob, worker, monkeypatch
):
    monkeypatch.setattr(listeners, "PEOPLE", 12)
    home, demo = f"/p/{project.slug}/", f"/p/{project.slug}/demo/"
    client.force_login(bob)
    assert "Fill it with demo data" not in client.get(home).content.decode()
    client.force_login(alice)
    assert "Fill it with demo data" in client.get(home).content.decode()
    client.post(demo, {"do": "fill"})
    page = client.get(home).content.decode()
    assert "This is demo data" in page
    assert project.reports.exists()
    assert project.events.exists()
    again = client.post(demo, {"do": "fill"}, follow=True).content.decode()
    assert "only goes into a project that is empty" in again
    people, key = project.people.count(), project.write_keys.get()
    # Done once more, as after a worker that died, it adds nothing.
    fill(project, alice)
    assert project.people.count() == people
    assert (
        "the project is empty again"
        in client.post(demo, {"do": "take-out"}, follow=True).content.decode()
    )
    empty = Project.objects.get(slug=project.slug)
    assert not Project.objects.filter(pk=project.pk).exists() or project.pk != empty.pk
    assert (empty.name, empty.timezone) == (project.name, project.timezone)
    assert not empty.people.exists()
    assert empty.write_keys.get() == key
    assert set(empty.memberships.values_list("user", flat=True)) == {alice.pk, bob.pk}
    assert empty.audit.filter(words__startswith="Filled").count() == 2


@pytest.mark.django_db
def test_demo_data_stays_where_data_of_ones_own_came_in(
    client, project, alice, worker, journeys, monkeypatch
):
    monkeypatch.setattr(listeners, "PEOPLE", 5)
    demo = f"/p/{project.slug}/demo/"
    client.force_login(alice)
    client.post(demo, {"do": "fill"})
    cache.set(key_of(project), 30)
    on_its_way = client.get(demo, headers={"HX-Request": "true"})
    assert "Demo data is coming:</b> 30 events" in on_its_way.content.decode()
    assert "HX-Refresh" not in on_its_way
    cache.delete(key_of(project))
    assert client.get(demo, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    journeys(ann=[(0, "look")])
    events = project.events.count()
    said = client.post(demo, {"do": "take-out"}, follow=True).content.decode()
    assert "Data of your own has come in" in said
    assert project.events.count() == events


@pytest.mark.django_db
def test_a_project_without_a_key_says_so(client, project, alice):
    project.write_keys.get().revoke()
    client.force_login(alice)
    assert "WRITE_KEY" in client.get(f"/p/{project.slug}/").content.decode()


def test_a_new_project_is_walked_through_to_its_first_answer(page, live):
    page.goto(f"{live.url}/projects/new/")
    page.get_by_label("Name").fill("Garden")
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_role("heading", name="Nothing has happened yet")).to_be_visible()
    page.get_by_role("link", name="HTTP", exact=True).click()
    shown = page.locator("#snippet").inner_text()
    key = shown.split("curl -u ")[1].split(":")[0]
    assert json.loads(shown.split("-d '")[1].rstrip("'"))["event"] == "Signed Up"
    expect(page.get_by_text("Waiting for it.")).to_be_visible()
    call = {"userId": "ann", "event": "Watered", "properties": {"plant": "fern"}, "writeKey": key}
    assert request("POST", f"{live.url}/v1/track", call, {})[0] == 200
    question = page.get_by_role("link", name="How many people did “Watered”, by day?")
    expect(question).to_be_visible(timeout=15_000)
    question.click()
    expect(page.locator(".canvas svg").first).to_be_visible(timeout=30_000)
