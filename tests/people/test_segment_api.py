"""Segment's HTTP API: what is kept, what is answered, what is refused with its place and reason."""

import base64
import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from people.ingest.http import LARGEST_BODY
from people.models import AttributeDefinition, Batch, Event, Identity, Person, PropertyDefinition

NOW = "2026-05-04T10:00:00.123Z"


@pytest.fixture
def send(project):
    """send(path, body): with the project's key in the body, unless there is one."""

    def call(path, body, **headers):
        body = {"writeKey": project.write_keys.get().key} | body
        return Client().post(path, json.dumps(body), "application/json", headers=headers)

    return call


def track(event="Bought", user="ann", **more):
    return {"type": "track", "userId": user, "event": event, "timestamp": NOW} | more


pytestmark = pytest.mark.django_db


def test_a_batch_is_kept_and_counted(send, project):
    answer = send(
        "/v1/batch",
        {
            "batch": [
                track(messageId="1", properties={"price": 3, "tags": ["a"], "at": "2026-05-04"}),
                track(messageId="1"),
                {"type": "identify", "userId": "ann", "traits": {"plan": "pro"}},
            ]
        },
    )
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "accepted": 2, "duplicates": 1, "refused": []}
    event = Event.objects.get()
    assert (event.uid, event.at.isoformat()) == ("1", "2026-05-04T10:00:00.123000+00:00")
    assert event.properties == {"price": 3, "tags": ["a"], "at": "2026-05-04"}
    types = dict(PropertyDefinition.objects.values_list("name", "type"))
    assert types == {"price": "number", "tags": "list", "at": "date"}
    assert dict(AttributeDefinition.objects.values_list("name", "type")) == {"plan": "text"}
    batch = Batch.objects.get()
    assert (batch.accepted, batch.duplicates, batch.refused) == (2, 1, 0)


def test_what_cannot_be_kept_is_refused_with_its_place_while_its_neighbours_are_kept(send):
    answer = send(
        "/v1/batch",
        {
            "batch": [
                track(messageId="a"),
                {"type": "track", "userId": "ann"},
                {"type": "track", "event": "x"},
                {"type": "track", "event": "x", "userId": "null", "anonymousId": "undefined"},
                {"type": "dance", "userId": "ann"},
                "nothing",
                track(messageId="b", properties=[]),
                track(messageId="c", properties="x"),
                track(user="x" * 257),
                track(event="x" * 201),
                {"type": "track"},
                track(messageId="d"),
            ]
        },
    ).json()
    assert (answer["success"], answer["accepted"]) == (True, 3)
    refused = {each["index"]: set(each["errors"]) for each in answer["refused"]}
    assert refused == {
        1: {"event"},
        2: {"userId"},
        3: {"userId"},
        4: {"type"},
        5: {"message"},
        7: {"properties"},
        8: {"external"},
        9: {"event"},
        10: {"event", "userId"},
    }
    assert sorted(Event.objects.values_list("uid", flat=True)) == ["a", "b", "d"]
    assert Batch.objects.get().refused == 9


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/track", {"userId": "ann", "event": "x"}),
        ("/v1/identify", {"userId": "ann", "traits": {}}),
        ("/v1/alias", {"userId": "ann", "previousId": "old"}),
        ("/v1/batch", {"batch": []}),
    ],
)
def test_every_call_with_and_without_a_slash(send, path, body, slash):
    answer = send(path + slash, body)
    assert answer.status_code == 200
    assert answer.json()["success"] is True
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_the_key_may_be_the_user_of_basic_auth(project):
    key = project.write_keys.get().key
    basic = base64.b64encode(f"{key}:".encode()).decode()
    answer = Client().post(
        "/v1/track",
        json.dumps(track()),
        "text/plain",
        headers={"Authorization": f"Basic {basic}"},
    )
    assert answer.status_code == 200
    assert Event.objects.count() == 1


def test_wrong_revoked_and_missing_keys_are_401_and_keep_nothing(send, project):
    assert send("/v1/track", track() | {"writeKey": "wrong"}).status_code == 401
    assert send("/v1/track", track() | {"writeKey": None}).status_code == 401
    assert send("/v1/track", track() | {"writeKey": "a\0b"}).status_code == 401
    assert send("/v1/track", track(), Authorization="Basic !!!").status_code == 200
    project.write_keys.update(revoked_at=datetime.now(UTC))
    assert send("/v1/track", track(messageId="2")).status_code == 401
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b'{"batch": [',
        b"[]",
        b"null",
        b'"x"',
        b'{"batch": 3}',
        '{"batch": []}'.encode("utf-16"),
        b"\x1f\x8bnonsense",
        gzip.compress(b'{"batch": []}', mtime=0)[:-9],
        b'{"a": ' * 100_000,
    ],
)
def test_a_body_that_is_no_batch_is_400_with_a_reason(project, body):
    user = base64.b64encode(f"{project.write_keys.get().key}:".encode()).decode()
    headers = {"Authorization": f"Basic {user}"}
    answer = Client().post("/v1/batch", body, "application/json", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][""]


def test_gzip_with_its_header_and_without(send, project):
    body = {"batch": [track(messageId="1")], "writeKey": project.write_keys.get().key}
    packed = gzip.compress(json.dumps(body).encode())
    for headers in ({"Content-Encoding": "gzip"}, {}):
        answer = Client().post("/v1/batch", packed, "text/plain", headers=headers)
        assert answer.status_code == 200
    assert Event.objects.count() == 1


def test_a_small_body_that_inflates_to_a_large_one_is_413(project):
    bomb = gzip.compress(b" " * (LARGEST_BODY + 1))
    assert len(bomb) < 100_000
    assert Client().post("/v1/batch", bomb, "application/json").status_code == 413


def test_poison_is_taken_out_and_its_neighbours_stay(project):
    key = project.write_keys.get().key
    body = (
        '{"writeKey": "KEY", "batch": ['
        '{"type":"track","messageId":"a","userId":"u","event":"e"},'
        '{"type":"track","messageId":"b","userId":"u","event":"e","properties":'
        '{"inf":1e999,"nan":NaN,"nul":"x\\u0000y","half":"\\ud800z","long":DIGITS,"a.b":1,"a":{"b":2}}},'
        '{"type":"track","messageId":"c","userId":"u","event":"e"}]}'
    )
    body = body.replace("KEY", key).replace("DIGITS", "9" * 5000)
    answer = Client().post("/v1/batch", body, "application/json")
    assert answer.json()["accepted"] == 3
    kept = Event.objects.get(uid="b").properties
    assert kept == {
        "inf": None,
        "nan": None,
        "nul": "xy",
        "half": "z",
        "long": None,
        "a.b": 1,
        "a": {"b": 2},
    }


def test_the_same_id_in_another_project_is_another_event(send, project):
    other = type(project).objects.create(name="Other")
    key = other.write_keys.create().key
    send("/v1/track", track(messageId="1"))
    send("/v1/track", track(messageId="1") | {"writeKey": key})
    assert Event.objects.count() == 2
    assert Person.objects.count() == 2


def test_an_event_without_an_id_is_once_by_its_content(send):
    for price in (1, 1, 2):
        send("/v1/track", track(properties={"price": price}))
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ("2026-05-04T10:00:00.123456+02:00", "2026-05-04T08:00:00.123000+00:00"),
        ("2026-05-04 10:00:00", "2026-05-04T10:00:00+00:00"),
        (1777888800, "2026-05-04T10:00:00+00:00"),
        (1777888800123, "2026-05-04T10:00:00.123000+00:00"),
        ("1899-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (1e300, None),
    ],
)
def test_times(send, claimed, kept):
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    assert send("/v1/track", track(timestamp=claimed)).json()["accepted"] == 1
    event = Event.objects.get()
    if kept:
        assert (event.at.isoformat(), event.claimed_at) == (kept, "")
    else:
        assert before <= event.at <= datetime.now(UTC)
        assert event.claimed_at == str(claimed)


def test_a_wrong_clock_is_corrected_by_the_time_of_sending(send):
    now = datetime.now(UTC)
    wrong = now - timedelta(hours=3)
    happened = (wrong - timedelta(minutes=10)).isoformat()
    send("/v1/batch", {"batch": [track(timestamp=happened)], "sentAt": wrong.isoformat()})
    assert abs(Event.objects.get().at - (now - timedelta(minutes=10))) < timedelta(seconds=5)


def test_up_to_a_day_ahead_is_believed(send):
    for hours, id_ in ((23, "near"), (25, "far")):
        ahead = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
        send("/v1/track", track(messageId=id_, timestamp=ahead))
    assert Event.objects.get(uid="near").at > datetime.now(UTC)
    assert Event.objects.get(uid="far").at <= datetime.now(UTC)


def test_a_browser_may_ask_before_it_sends(project):
    answer = Client().options(
        "/v1/batch", headers={"Access-Control-Request-Headers": "authorization,x-retry-count"}
    )
    assert answer["Access-Control-Allow-Headers"] == "authorization,x-retry-count"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert Client().get("/v1/batch").status_code == 405


@pytest.mark.django_db(transaction=True)
def test_the_same_event_fifty_times_at_once_is_one_event(project):
    body = json.dumps(track(messageId="1") | {"writeKey": project.write_keys.get().key})

    def call(_):
        try:
            answer = Client().post("/v1/track", body, "application/json")
            return answer.status_code, answer.json()["accepted"], answer.json()["duplicates"]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(call, range(50)))
    assert {status for status, _, _ in answers} == {200}
    assert (sum(a for _, a, _ in answers), sum(d for _, _, d in answers)) == (1, 49)
    assert (Event.objects.count(), Person.objects.count(), Identity.objects.count()) == (1, 1, 1)
