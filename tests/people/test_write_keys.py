"""Write keys: which pages may send with one, and what came by each day by day."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from analytics.store import audit, loader
from people.models import Batch, Event, KeyDay, WriteKey
from people.models.sent import sent_by

pytestmark = pytest.mark.django_db
JSON = "application/json"
OURS = "https://shop.example.com"


@pytest.fixture
def key(project):
    return project.write_keys.create(name="Web", origins=[OURS])


def sends(key, origin=None, **headers):
    """The status of each family's call, by a page of some site."""
    named = headers | ({"Origin": origin} if origin else {})
    event = {"userId": "ann", "type": "track", "event": "look"}
    mixpanel = {"event": "look", "properties": {"token": key, "distinct_id": "ann"}}
    posthog = {"event": "look", "distinct_id": "ann", "api_key": key}
    infobip = {"definitionId": "look", "userId": "ann"}
    post = Client().post
    app = named | {"Authorization": f"App {key}"}
    path = "/peopleevents/2/persons/ann/definitions/look/events"
    answers = [
        post("/v1/track", event | {"writeKey": key}, JSON, headers=named),
        post("/track", [mixpanel], JSON, headers=named),
        post("/capture/", posthog, JSON, headers=named),
        post(path, infobip, JSON, headers=app),
    ]
    return [each.status_code for each in answers], answers


@pytest.mark.parametrize("origin", ["https://evil.example", "http://shop.example.com", "null"])
def test_a_page_of_another_site_sends_nothing(key, origin):
    statuses, answers = sends(key.key, origin)
    assert set(statuses) == {403}
    assert all(origin in each.content.decode() for each in answers)
    assert {each["Access-Control-Allow-Origin"] for each in answers} == {origin}
    assert not Batch.objects.exists()


@pytest.mark.parametrize("origin", [OURS, "https://SHOP.example.com", None])
def test_pages_that_are_named_and_servers_send(key, origin):
    statuses, answers = sends(key.key, origin)
    assert all(200 <= each < 300 for each in statuses), answers
    assert Event.objects.count() == 4


def test_a_key_of_no_site_is_good_on_all(project):
    assert max(sends(project.write_keys.get().key, "https://any.example")[0]) < 300


def test_sites_of_a_key_are_said_on_its_page(client, alice, key):
    client.force_login(alice)
    path = f"/p/shop/keys/{key.pk}/"
    assert OURS in client.get(path).content.decode()
    wrong = client.post(path, {"name": "Web", "origins": "shop.example.com"}).content.decode()
    assert "“shop.example.com” is no address of a site" in wrong
    client.post(path, {"name": "Site", "origins": "https://A.example/, http://b.example:8000"})
    key.refresh_from_db()
    assert (key.name, key.origins) == ("Site", ["https://a.example", "http://b.example:8000"])
    assert (
        "https://a.example, http://b.example:8000" in client.get("/p/shop/keys/").content.decode()
    )
    client.post("/p/shop/keys/", {"name": "App", "origins": OURS})
    assert WriteKey.objects.get(name="App").origins == [OURS]


def test_sites_of_a_key_through_the_api(client, bearer, alice, key):
    def call(method, path, body):
        answer = getattr(client, method)(
            f"/api/projects/shop/keys/{path}", body, JSON, headers=bearer(alice)
        )
        return answer.status_code, answer.json()

    status, made = call("post", "", {"name": "App", "origins": ["https://A.example/"]})
    assert (status, made["origins"], made["events"]) == (201, ["https://a.example"], 0)
    status, wrong = call("patch", f"{key.pk}/", {"origins": ["ftp://x"]})
    assert (status, list(wrong["errors"])) == (400, ["origins"])
    status, wrong = call("patch", f"{key.pk}/", {"origins": [f"https://{n}.x" for n in range(21)]})
    assert (status, wrong["errors"]["origins"]) == (400, ["Name at most 20 sites."])
    status, changed = call("patch", f"{key.pk}/", {"origins": []})
    assert (status, changed["origins"], "key" in changed) == (200, [], False)


def test_events_of_a_key_are_counted_by_the_projects_day(project, store, key):
    project.timezone = "Europe/Zagreb"
    project.save()
    sends(key.key)
    sends(project.write_keys.get(name="Default").key)
    sends(key.key)
    # Half an hour before and after midnight in Zagreb, and who only says who they are.
    now = timezone.now()
    midnight = now.astimezone(project.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    first, *_, last = Batch.objects.filter(write_key=key).order_by("pk")
    Batch.objects.filter(pk=first.pk).update(received_at=midnight - timedelta(minutes=30))
    Batch.objects.filter(pk=last.pk).update(received_at=midnight - timedelta(days=29))
    who = {"userId": "ann", "type": "identify", "traits": {"plan": "pro"}, "writeKey": key.key}
    Client().post("/v1/identify", who, JSON)
    assert not KeyDay.objects.exists()
    loader.drain(project.pk)
    of = {
        each: Event.objects.filter(batch__write_key=key, batch=each).count()
        for each in Batch.objects.filter(write_key=key)
    }
    expected = [0] * 30
    for batch, events in of.items():
        back = (
            now.astimezone(project.zone).date() - batch.received_at.astimezone(project.zone).date()
        )
        expected[29 - back.days] += events
    assert sum(expected) == sum(of.values()) > 0
    sent = sent_by([key], project)[key.pk]
    assert sent.days == tuple(expected)
    assert (sent.days[0], sent.each_day) == (of[last], sum(expected) / 30)
    before = sorted(KeyDay.objects.values_list("write_key", "day", "events"))
    audit.forget()
    assert not KeyDay.objects.exists()
    list(audit.rebuild())
    assert sorted(KeyDay.objects.values_list("write_key", "day", "events")) == before


def test_the_page_of_keys_asks_the_same_whatever_their_number(
    client, alice, project, django_assert_max_num_queries
):
    client.force_login(alice)
    today = datetime.now(UTC).date()
    for n in range(20):
        made = project.write_keys.create(name=f"Key {n}")
        KeyDay.objects.create(write_key=made, day=today, events=1_200_000 + n)
    client.get("/p/shop/keys/")
    with django_assert_max_num_queries(12):
        page = client.get("/p/shop/keys/").content.decode()
    assert "1,200,019 in 30 days" in page
