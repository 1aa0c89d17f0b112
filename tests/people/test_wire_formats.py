"""What clients of each family send and get back, byte for byte where it matters."""

import base64
import gzip
import json
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import brotli
import pytest
import zstandard

from people.ingest.replay import replay
from people.models import (
    Event,
    EventDefinition,
    Person,
    PropertyDefinition,
    RefusedMessage,
    catalogue,
)
from people.operations import erase

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def key(project):
    return project.write_keys.get().key


@pytest.fixture
def send(client, key):
    """send(path, body, App=key): JSON in, (status, JSON or text) out."""

    def made(path, body, method="post", **headers):
        schemes = {k: v for k, v in headers.items() if k in ("App", "Bearer", "Basic")}
        [(scheme, secret)] = schemes.items() or [("", "")]
        named = {"Authorization": f"{scheme} {secret}"} if scheme else {}
        rest = {k.replace("_", "-"): v for k, v in headers.items() if k not in schemes}
        data = body if isinstance(body, bytes) else json.dumps(body)
        answer = getattr(client, method)(
            path, data, content_type="text/plain", headers=named | rest
        )
        text = answer.content.decode()
        return answer.status_code, json.loads(text) if text[:1] in ("{", "[") else text

    return made


def attributes(name):
    return Person.objects.get(identities__value=name).attributes


# --- Bodies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        (None, lambda text: text),
        ("gzip", gzip.compress),
        (None, gzip.compress),
        ("deflate", zlib.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        (None, zstandard.ZstdCompressor().compress),
        ("br", brotli.compress),
    ],
)
def test_every_encoding_is_read(send, key, encoding, pack):
    event = {"event": "look", "distinct_id": "ann", "uuid": "1"}
    body = pack(json.dumps({"api_key": key, "batch": [event]}).encode())
    headers = {"Content_Encoding": encoding} if encoding else {}
    assert send("/batch/", body, **headers) == (200, {"status": 1})
    assert Event.objects.get().definition.name == "look"


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
        ("br", brotli.compress),
    ],
)
def test_what_inflates_beyond_the_limit_is_too_large(send, encoding, pack):
    assert send("/batch/", pack(b" " * 30_000_000), Content_Encoding=encoding)[0] == 413


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "br", "deflate"])
def test_what_is_not_what_it_says_is_refused(send, encoding):
    assert send("/batch/", b"[1, 2, 3]", Content_Encoding=encoding)[0] == 400


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_a_body_that_ends_early_is_refused(send, pack):
    assert (
        send("/batch/", pack(json.dumps([{"a": str(n)} for n in range(999)]).encode())[:-9])[0]
        == 400
    )


def test_poison_values_leave_their_neighbours(send, key):
    deep = b"[" * 600 + b"]" * 600
    body = (
        b'{"api_key":"%s","batch":['
        b'{"event":"a","distinct_id":"ann","uuid":"1","properties":{"n":NaN,"t":"x\\u0000y","h":1e999}},'
        b'{"event":"b","distinct_id":"ann","uuid":"2","properties":{"deep":%s}},'
        b'{"event":"c","distinct_id":"ann","uuid":"3","properties":{"s":"\\ud800","big":%s}}]}'
        % (key.encode(), deep, b"9" * 400)
    )
    assert send("/batch/", body) == (200, {"status": 1})
    kept = {event.definition.name: event.properties for event in Event.objects.all()}
    assert kept["a"]["t"] == "xy"
    assert set(kept) == {"a", "b", "c"}


def test_deep_values_alone_leave_their_neighbours(send, key):
    deep = json.loads("[" * 600 + "]" * 600)
    batch = [
        {"event": "a", "distinct_id": "ann", "uuid": "1", "properties": {"deep": deep}},
        {"event": "b", "distinct_id": "ann", "$set": {"deep": deep, "plan": "pro"}},
        {"event": "c", "distinct_id": "ann", "properties": {"deep": deep}},
    ]
    assert send("/batch/", {"api_key": key, "batch": batch}) == (200, {"status": 1})
    assert sorted(Event.objects.values_list("definition__name", flat=True)) == ["a", "b", "c"]
    assert attributes("ann")["plan"] == "pro"


# --- Segment ------------------------------------------------------------------------------------


def test_without_an_id_the_content_is_the_id_and_the_request_is_not(send, key):
    call = {"writeKey": key, "userId": "ann", "event": "look", "timestamp": NOW.isoformat()}
    for sent in (NOW, NOW + timedelta(seconds=5)):
        answer = send("/v1/track", call | {"sentAt": sent.isoformat()})
    assert answer[1]["duplicates"] == 1
    assert Event.objects.count() == 1


def test_clicks_without_id_and_time_are_not_one(send, key):
    call = {"userId": "ann", "event": "click", "type": "track"}
    send("/v1/batch", {"writeKey": key, "batch": [call, call]})
    assert Event.objects.count() == 2


def test_a_repeated_event_changes_nobody(send, key):
    call = {"writeKey": key, "userId": "ann", "event": "look", "messageId": "m1"}
    send("/v1/track", call | {"timestamp": "2026-05-04T10:00:00Z"})
    again = call | {"userId": "bob", "timestamp": "2020-01-01T00:00:00Z"}
    assert send("/v1/track", again)[1]["duplicates"] == 1
    person = Person.objects.get()
    assert person.attributes["external_id"] == "ann"
    assert person.first_seen.year == 2026


def test_an_anonymous_id_that_turns_out_to_be_known(send, key):
    send("/v1/track", {"writeKey": key, "anonymousId": "x7", "event": "look", "messageId": "1"})
    send("/v1/track", {"writeKey": key, "userId": "x7", "event": "look", "messageId": "2"})
    person = Person.objects.get()
    assert person.attributes["external_id"] == "x7"
    assert list(person.identities.values_list("value", "kind")) == [("x7", "external")]


# --- PostHog ------------------------------------------------------------------------------------


def test_posthog_v1_answers_for_each_event(send, key):
    batch = [
        {"uuid": "u1", "event": "look", "distinct_id": "ann", "timestamp": NOW.isoformat()},
        {"uuid": "u2", "event": "look", "distinct_id": ""},
    ]
    status, answer = send("/i/v1/analytics/events", {"created_at": "", "batch": batch}, Bearer=key)
    assert (status, answer["results"]["u1"]) == (200, {"result": "ok"})
    assert answer["results"]["u2"]["result"] == "drop"
    assert send("/i/v1/analytics/events", {"batch": []}, Bearer="wrong")[0] == 401
    assert Event.objects.get().uid == "u1"


def test_posthogs_browser_library_gets_its_configuration(client, key):
    script = client.get(f"/array/{key}/config.js")
    assert script["Content-Type"].startswith("text/javascript")
    assert script.content.startswith(b"(window._POSTHOG_REMOTE_CONFIG")
    assert script["Access-Control-Allow-Origin"] == "*"
    assert client.get(f"/array/{key}/config").json()["token"] == key


# --- Mixpanel -----------------------------------------------------------------------------------


def form(client, path, item):
    body = urlencode({"data": json.dumps(item)})
    return client.post(path, body, content_type="application/x-www-form-urlencoded")


def test_mixpanels_profile_operations(client, send, key):
    def told(**operations):
        update = {"$token": key, "$distinct_id": "ann"}
        update |= {f"${name}": value for name, value in operations.items()}
        answer = form(client, "/engage?verbose=1", [update])
        assert answer.json() == {"status": 1, "error": None}

    told(set={"plan": "free", "$email": "a@example.com"}, set_once={"first": 1})
    told(set_once={"first": 2}, add={"visits": 1})
    told(add={"visits": 2.5}, append={"seen": "a"}, union={"tags": ["x", "y"]})
    told(append={"seen": "a"}, union={"tags": ["y", "z"]}, remove={"seen": "b"})
    assert attributes("ann") == {
        "external_id": "ann", "plan": "free", "email": "a@example.com", "first": 1,
        "visits": 3.5, "seen": ["a", "a"], "tags": ["x", "y", "z"],
    }  # fmt: skip
    told(remove={"seen": "a"}, unset=["plan", "$email"])
    assert attributes("ann")["seen"] == []
    assert not {"plan", "email"} & set(attributes("ann"))
    told(delete="")
    assert attributes("ann") == {"external_id": "ann"}


def test_mixpanels_import_answers_strictly(client, key):
    rows = [
        {
            "event": "look",
            "properties": {"distinct_id": "ann", "time": 1716000000, "$insert_id": "1"},
        },
        {"event": "", "properties": {"distinct_id": "ann"}},
    ]
    headers = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
    answer = client.post(
        "/import?strict=1", json.dumps(rows), content_type="application/json", headers=headers
    )
    assert (answer.status_code, answer.json()["num_records_imported"]) == (400, 1)
    assert [each["index"] for each in answer.json()["failed_records"]] == [1]
    answer = client.post(
        "/import?strict=1", json.dumps(rows[:1]), content_type="application/json", headers=headers
    )
    assert answer.json() == {
        "code": 200, "status": "OK", "num_records_imported": 1, "failed_records": []
    }  # fmt: skip
    assert form(client, "/groups/", {"$token": key, "$group_key": "c"}).content == b"1"


# --- Infobip ------------------------------------------------------------------------------------


def test_infobip_upserts_persons(send, key):
    ann = {
        "externalId": "ann", "firstName": "Ann", "gender": "FEMALE", "type": "LEAD",
        "contactInformation": [{"type": "EMAIL", "identifier": "Ann@Example.com"}],
        "customAttributes": {"plan": "pro"},
    }  # fmt: skip
    body = {"persons": [ann, {"firstName": "Nobody"}]}
    status, answer = send("/people/3/persons/upsert", body, method="patch", App=key)
    assert (status, answer["results"]) == (207, [{"index": 0, "status": "UPDATED"}])
    assert [each["index"] for each in answer["errors"]] == [1]
    assert attributes("ann@example.com") == {
        "external_id": "ann", "first_name": "Ann", "gender": "female", "type": "lead",
        "email": "ann@example.com", "plan": "pro",
    }  # fmt: skip
    changed = {"persons": [{"externalId": "ann", "city": "Split"}]}
    # A write key learns nothing: who was there already looks as who was not.
    assert send("/people/3/persons/upsert", changed, method="patch", App=key) == (
        207, {"errors": [], "results": answer["results"]}
    )  # fmt: skip
    assert send("/people/3/persons/upsert", changed, method="patch", App="x")[0] == 401


def test_infobip_replaces_and_merges(send, key):
    send("/people/2/persons", {"externalId": "ann", "city": "Split", "firstName": "Ann"}, App=key)
    path = "/people/2/persons?type=EXTERNAL_ID&identifier=ann"
    assert send(path, {"city": "Zagreb"}, method="put", App=key)[0] == 200
    assert attributes("ann") == {"external_id": "ann", "city": "Zagreb"}
    send("/people/2/persons", {"externalId": "ann2", "nickname": "A"}, App=key)
    phone = {"phone": [{"number": "385911"}]}
    send("/people/2/persons", {"contactInformation": phone}, App=key)
    both = {"externalId": "ann", "contactInformation": [{"type": "PHONE", "identifier": "385911"}]}
    assert send("/people/3/persons/merge", {"persons": [both]}, App=key)[0] == 207
    assert Person.objects.count() == 2
    for name in ("ann", "zed"):
        answer = send(path.replace("ann", name), {"city": "Pula"}, method="patch", App=key)
        assert answer == (200, {"externalId": name})
    assert send(path.replace("EXTERNAL_ID", "ID"), {}, method="patch", App=key)[0] == 400


def test_infobips_events_are_all_kept_or_none(send, key):
    def event(**changes):
        return {
            "definitionId": "bought", "occurredTime": NOW.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "identifier": {"id": "ANN@example.com", "type": "EMAIL"}, "properties": {"sku": "a"},
        } | changes  # fmt: skip

    old = event(occurredTime="2020-01-01T00:00:00.000+0000")
    status, answer = send("/people/3/events", [event(eventId="1"), old], App=key)
    assert (status, list(answer["errors"])) == (400, ["1.occurredTime"])
    assert not Event.objects.exists()
    assert send("/people/3/events", [event(eventId="1"), event(eventId="1")], App=key) == (202, "")
    assert Event.objects.get().person.identities.get().value == "ann@example.com"
    path = "/peopleevents/2/persons/ann@example.com/definitions/paid/events?identifierType=EMAIL"
    status, made = send(path, {"properties": {"amount": 5}}, App=key)
    assert (status, made["definitionId"]) == (201, "paid")
    assert Event.objects.get(uid=made["eventId"]).properties == {"amount": 5}
    assert send(path.replace("ann@", "bob@"), {}, App=key)[0] == 201


def test_infobips_definitions(send, key):
    body = {"definitionId": "bought", "fields": [{"name": "sku", "dataType": "String"}]}
    assert send("/peopleevents/2/definitions", body, App=key)[0] == 201
    assert send("/peopleevents/2/definitions", body, App=key)[0] == 409
    assert PropertyDefinition.objects.get().type == "text"
    attribute = {"name": "plan", "dataType": "STRING"}
    assert send("/people/2/customAttributes", attribute, App=key)[0] == 200
    assert send("/people/2/customAttributes", attribute | {"dataType": "DATE"}, App=key)[0] == 409


# --- What is refused, and what is too much ------------------------------------------------------


def test_what_was_refused_is_kept_and_can_be_tried_again(send, key, project, monkeypatch):
    name = "x" * 150
    monkeypatch.setattr("people.ingest.segment.LONGEST_NAME", 100)
    send("/v1/track", {"writeKey": key, "userId": "ann", "event": name, "messageId": "1"})
    refused = RefusedMessage.objects.get()
    assert refused.errors == {"event": ["The name of an event has 100 characters at most."]}
    assert replay(project) == (0, 1)
    monkeypatch.undo()
    assert replay(project) == (1, 0)
    assert replay(project) == (0, 0)
    assert Event.objects.get().at == refused.batch.received_at.replace(
        microsecond=refused.batch.received_at.microsecond // 1000 * 1000
    )


def test_names_beyond_the_cap_are_kept_and_archived(send, key, monkeypatch):
    monkeypatch.setattr("people.ingest.definitions.MOST_EVENTS", 2)
    monkeypatch.setattr("people.ingest.definitions.MOST_PROPERTIES", 3)
    for n in range(4):
        properties = {f"p{n}{k}": 1 for k in range(2)}
        call = {"writeKey": key, "userId": "ann", "event": f"e{n}", "properties": properties}
        assert send("/v1/track", call)[1]["accepted"] == 1
        send("/v1/track", call | {"event": "e0"})
    offered = EventDefinition.objects.offered().values_list("name", flat=True)
    assert list(offered) == ["e0", "e1"]
    assert EventDefinition.objects.filter(over_cap=True).count() == 2
    first = EventDefinition.objects.get(name="e0")
    assert (first.properties.count(), first.uncatalogued > 0) == (3, True)
    assert Event.objects.count() == 8
    assert catalogue.MOST_EVENTS == 2000


def test_a_time_that_cannot_be_believed_is_counted_as_a_warning(send, key, project):
    call = {"writeKey": key, "userId": "ann", "event": "look", "timestamp": "1850-01-01T00:00:00Z"}
    send("/v1/track", call)
    assert project.batches.get().warned == 1
    assert Event.objects.get().claimed_at == "1850-01-01T00:00:00Z"


# --- Groups -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "group", "answer"),
    [
        (
            "/batch/",
            {
                "event": "$groupidentify", "distinct_id": "$company_acme", "uuid": "1",
                "properties": {"$group_type": "company", "$group_key": "acme", "$group_set": {}},
            },
            {"status": 1},
        ),
        ("/groups/", {"$group_key": "company", "$group_id": "acme", "$set": {"plan": "pro"}}, "1"),
    ],
)  # fmt: skip
def test_groups_are_not_people(send, key, project, path, group, answer):
    body = {"api_key": key, "batch": [group]} if path == "/batch/" else [group | {"$token": key}]
    assert send(path, body) == (200, answer)
    assert not Person.objects.exists()
    assert "Groups are not kept" in str(RefusedMessage.objects.get())
    assert project.batches.get().refused == 1


def test_posthog_v1_says_of_groups_that_they_are_not_kept(send, key):
    event = {"uuid": "u1", "event": "$groupidentify", "distinct_id": "x"}
    _, answer = send("/i/v1/analytics/events", {"batch": [event]}, Bearer=key)
    assert answer["results"]["u1"]["result"] == "warning"
    assert not Person.objects.exists()


def test_segments_group_traits_are_attributes_of_whoever_is_in_the_group(send, key):
    call = {"userId": "ann", "groupId": "acme", "traits": {"plan": "pro", "name": "Acme"}}
    call["context"] = {"traits": {"email": "ann@example.com"}}
    assert send("/v1/group", call | {"writeKey": key})[1]["accepted"] == 1
    assert attributes("ann") == {
        "external_id": "ann", "groupId": "acme", "group.plan": "pro", "group.name": "Acme"
    }  # fmt: skip


def test_what_was_refused_of_an_erased_person_goes_with_them(send, key, project):
    for name in ("Ann Žic", 'a"b', "b", "bob"):
        send("/v1/track", {"writeKey": key, "userId": name, "event": "look", "messageId": name})
        send("/v1/track", {"writeKey": key, "userId": name, "event": ""})
    send("/v1/identify", {"writeKey": key, "traits": {"link": "https://x/?u=Ann Žic"}})
    for name, left in (("Ann Žic", 3), ('a"b', 2), ("b", 1)):
        erase(Person.objects.get(identities__value=name))
        assert RefusedMessage.objects.count() == left
    assert RefusedMessage.objects.get().item["userId"] == "bob"


def test_what_a_family_refused_can_be_tried_again(send, key, project):
    ann = {"externalId": "ann", "customAttributes": {"plan": "pro"}}
    body = {"persons": [{"firstName": "Nobody"}]}
    send("/people/3/persons/upsert", body, method="patch", App=key)
    RefusedMessage.objects.update(item=ann)
    assert replay(project) == (1, 0)
    assert attributes("ann")["plan"] == "pro"
