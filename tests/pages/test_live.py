"""What arrives now: event by event, with pause and filter, requests and refusals beside it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from people.models.arrivals import BARS, rate


@pytest.fixture
def send(client, project):
    """send(*events): one request now; an event is (who, name, properties)."""

    def sent(*events, **more):
        batch = [
            {"type": "track", "userId": who, "event": name, "properties": properties} | more
            for who, name, properties in events
        ]
        body = json.dumps({"batch": batch, "writeKey": project.write_keys.get().key})
        return client.post("/v1/batch", body, content_type="application/json").json()

    return sent


@pytest.fixture
def live_page(client, project, alice):
    client.force_login(alice)

    def shown(query="", **headers):
        answer = client.get(f"/p/{project.slug}/live/?{query}", headers=headers)
        assert answer.status_code == 200
        return answer.content.decode()

    return shown


@pytest.mark.django_db
def test_events_are_shown_with_who_what_and_properties(live_page, send):
    send(("ann", "Bought", {"price": 3, "gift": True}))
    send(("bob", "Looked", {}))
    page = live_page()
    assert "2 came in the last 5 minutes, of 2" in page
    assert page.count('<a class="what"') == 2
    # In the order in which the database keeps them.
    assert "price: 3" in page
    assert "gift: yes" in page
    assert page.index(">Looked</a>") < page.index(">Bought</a>")


@pytest.mark.django_db
def test_they_are_filtered_by_name_and_by_what_was_wrong(live_page, send):
    send(("ann", "Bought", {}), ("bob", "Looked", {}))
    send(("eve", "Old", {}), timestamp="1800-01-01T00:00:00Z")
    assert live_page("q=boug").count('<a class="what"') == 1
    assert "Nothing like this" in live_page("q=nothing")
    warned = live_page("show=warned")
    assert warned.count('<a class="what"') == 1
    assert "claims 1800-01-01T00:00:00Z" in warned
    for text in ("%00", "%25", "'", "x" * 3000):
        live_page(f"q={text}")


@pytest.mark.django_db
def test_a_part_of_it_is_asked_again_with_the_same_filter(live_page, send):
    send(("ann", "Bought", {}))
    part = live_page("q=boug", **{"HX-Request": "true"})
    assert "<html" not in part
    assert 'hx-get="?q=boug"' in part


@pytest.mark.django_db
def test_the_rate_counts_what_was_kept_and_what_was_refused(project, send):
    send(("ann", "Bought", {}), ("ann", "Looked", {}), ("", "Nobody", {}))
    found = rate(project)
    assert (found.accepted, found.refused, found.people, len(found.bars)) == (2, 1, 1, BARS)
    assert (found.bars[-1].accepted, found.bars[-1].refused) == (2, 1)


@pytest.mark.django_db
def test_a_large_request_costs_few_statements(
    live_page, send, project, django_assert_max_num_queries
):
    for n in range(40):
        send(*((f"user{n}-{each}", "Looked", {}) for each in range(5)))
    with django_assert_max_num_queries(18):
        assert live_page().count('<a class="what"') == 30


@pytest.mark.django_db
def test_the_top_bar_says_when_the_last_event_came(client, project, alice, send):
    client.force_login(alice)
    asked = {"HX-Request": "true"}
    path = f"/p/{project.slug}/fresh/"
    assert "No event yet" in client.get(path, headers=asked).content.decode()
    assert client.get(path)["Location"] == f"/p/{project.slug}/live/"


@pytest.mark.django_db
def test_people_alone_are_no_event(client, project, alice, send):
    client.force_login(alice)
    send(("ann", "Bought", {}))
    project.batches.update(received_at=timezone.now() - timedelta(hours=2))
    body = {"userId": "bob", "traits": {}, "writeKey": project.write_keys.get().key}
    client.post("/v1/identify", json.dumps(body), content_type="application/json")
    path = f"/p/{project.slug}/fresh/"
    page = client.get(path, headers={"HX-Request": "true"}).content.decode()
    assert "Last event 2 h ago" in page


def test_it_streams_and_can_be_held_still(page, live):
    page.goto(f"{live.url}/p/music/live/")
    expect(page.locator(".arrivals li").first).to_be_visible()
    page.get_by_role("heading", name="Live").click()
    page.keyboard.press("Space")
    held = page.get_by_role("button", name="Hold still")
    expect(held).to_have_attribute("aria-pressed", "true")
    asked = []
    page.on("request", lambda each: asked.append(each.url))
    page.wait_for_timeout(4500)
    assert [each for each in asked if "/live/" in each] == []
    held.click()
    with page.expect_request("**/live/**", timeout=10_000):
        pass
