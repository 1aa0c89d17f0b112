"""The real client libraries against the real server; the end state is compared, not the status."""

import base64
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from mixpanel import BufferedConsumer, Consumer, Mixpanel
from posthog import Posthog
from rudderstack.analytics.client import Client as Rudder
from segment.analytics.client import Client as Segment

from people.models import Event
from tests.people.wire import Cutting, state

WHEN = datetime(2026, 5, 4, 10, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(live_server, project):
    return project.write_keys.get().key


def fail(error, *_):
    raise AssertionError(error)


def use_segment(client):
    client.track(anonymous_id="device", event="Look", properties={"price": 3}, timestamp=WHEN)
    client.identify("ann", {"email": "ann@example.com", "plan": "pro"}, anonymous_id="device")
    client.track("ann", "Buy", {"when": WHEN, "tags": ["a"]}, timestamp=WHEN)
    client.page("ann", "Home", "Checkout", {"url": "/"})
    client.alias("old", "ann")
    client.track(42, "Buy")
    client.group("ann", "acme")


EXPECTED = {
    ("ann", "device", "old"): (
        {"external_id": "ann", "email": "ann@example.com", "plan": "pro", "groupId": "acme"},
        ["Buy", "Look", "Page Viewed"],
    ),
    ("42",): ({"external_id": "42"}, ["Buy"]),
}


@pytest.mark.parametrize("gzip", [False, True])
def test_segments_library(live_server, key, gzip):
    client = Segment(key, live_server.url, gzip=gzip, on_error=fail)
    use_segment(client)
    client.join()
    assert state() == EXPECTED
    bought = Event.objects.get(person__identities__value="ann", definition__name="Buy")
    assert (bought.at, bought.properties["tags"]) == (WHEN, ["a"])


@pytest.mark.parametrize("gzip", [False, True])
def test_rudderstacks_library(live_server, key, gzip):
    client = Rudder(key, live_server.url, gzip=gzip, on_error=fail)
    use_segment(client)
    client.join()
    assert state() == EXPECTED


@pytest.mark.parametrize("gzip", [False, True])
def test_posthogs_library(live_server, key, gzip):
    client = Posthog(key, live_server.url, gzip=gzip, on_error=fail, flush_at=100)
    client.capture("Look", distinct_id="device", properties={"price": 3}, timestamp=WHEN)
    client.alias("device", "ann")
    client.set(distinct_id="ann", properties={"email": "ann@example.com", "plan": "pro"})
    client.set_once(distinct_id="ann", properties={"plan": "free", "source": "ad"})
    client.capture("Buy", distinct_id="ann", properties={"tags": ["a"]}, timestamp=WHEN)
    assert client.get_all_flags("ann") == {}
    client.shutdown()
    assert state() == {
        ("ann", "device"): (
            {
                "external_id": "ann",
                "email": "ann@example.com",
                "plan": "pro",
                "source": "ad",
            },
            ["Buy", "Look"],
        )
    }
    looked = Event.objects.get(definition__name="Look").properties
    assert looked["price"] == 3
    assert not any(name.startswith("$lib") for name in looked)


@pytest.mark.parametrize("buffered", [False, True])
def test_mixpanels_library(live_server, key, buffered):
    kind = BufferedConsumer if buffered else Consumer
    urls = {"events_url": f"{live_server.url}/track", "people_url": f"{live_server.url}/engage"}
    consumer = kind(**urls)
    client = Mixpanel(key, consumer)
    client.track("$device:phone", "Look", {"price": 3, "time": WHEN.timestamp()})
    client.people_set("ann", {"$email": "ann@example.com", "plan": "pro"})
    client.people_set_once("ann", {"plan": "free", "source": "ad"})
    client.track("ann", "Buy", {"$device_id": "phone", "tags": ["a"]})
    if buffered:
        consumer.flush()
    assert state() == {
        ("ann", "phone"): (
            {"external_id": "ann", "email": "ann@example.com", "plan": "pro", "source": "ad"},
            ["Buy", "Look"],
        )
    }
    looked = Event.objects.get(definition__name="Look")
    assert (looked.at, looked.properties["price"]) == (WHEN, 3)


def test_mixpanels_other_forms(client, project):
    """Base64 by GET as its Node library sends it, by POST as the browser's does."""
    key = project.write_keys.get().key
    event = {"event": "Look", "properties": {"token": key, "distinct_id": "ann", "n": 1}}
    packed = base64.b64encode(json.dumps(event).encode()).decode()
    answer = client.get("/track", {"data": packed, "ip": "0"})
    assert (answer.status_code, answer.content) == (200, b"1")
    event["properties"]["n"] = 2
    packed = base64.b64encode(json.dumps([event]).encode()).decode()
    form = urlencode({"data": packed})
    answer = client.post("/track/?verbose=1", form, "application/x-www-form-urlencoded")
    assert answer.json() == {"status": 1, "error": None}
    assert Event.objects.count() == 2
    wrong = base64.b64encode(b'{"event": "x", "properties": {"token": "no"}}').decode()
    assert client.get("/track", {"data": wrong}).status_code == 401


def test_a_connection_cut_before_the_answer_is_retried_and_kept_once(live_server, key):
    proxy = Cutting(live_server.thread.port, cuts=2)
    proxy.start()
    client = Segment(key, proxy.url, on_error=fail)
    client.track("ann", "Buy", timestamp=WHEN)
    client.flush()
    client.join()
    assert proxy.seen >= 3
    assert Event.objects.count() == 1
