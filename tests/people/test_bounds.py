"""One small request costs little: keys before bodies, bounds with names, pieces, short answers."""

import base64
import gzip
import json
import time
from io import BytesIO
from threading import Thread

import pytest
import time_machine
from django.db import OperationalError, connections, transaction
from django.urls import resolve
from django.utils import timezone

from people.ingest import body as bodies
from people.ingest import record as recording
from people.ingest.http import SMALL_BODY
from people.ingest.messages import (
    MOST_ANSWERED,
    MOST_LISTED,
    MOST_MESSAGES,
    Alias,
    Edit,
    Id,
    Identify,
    Kind,
    Verb,
)
from people.ingest.record import record
from people.models import (
    AttributeDefinition,
    Batch,
    Event,
    Person,
    PropertyDefinition,
    RefusedMessage,
)
from people.models.catalogue import MOST_ATTRIBUTES
from people.models.intake import KEEP_FINISHED

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(project):
    return project.write_keys.get().key


def basic(key):
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def post(client, path, body, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(path, data, content_type="text/plain", headers=headers)


def tracks(count):
    return [
        {"type": "track", "userId": f"p{n}", "event": "look", "messageId": f"m{n}"}
        for n in range(count)
    ]


# --- Keys before bodies -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/v1/batch", "post", basic("wrong")),
        ("/i/v1/analytics/events", "post", {"Authorization": "Bearer wrong"}),
        ("/i/v1/analytics/events", "post", {}),
        ("/people/3/events", "post", {"Authorization": "App wrong"}),
        ("/people/3/persons/upsert", "patch", {}),
    ],
)
def test_a_wrong_key_in_the_header_is_told_before_the_body_is_read(
    rf, project, path, method, headers
):
    class Unread(BytesIO):
        def read(self, *size):
            raise AssertionError("The body was read.")

    request = getattr(rf, method)(path, b"[]", content_type="application/json", headers=headers)
    request._stream = Unread(b"[]")
    match = resolve(path)
    assert match.func(request, **match.kwargs).status_code == 401


@pytest.mark.parametrize("path", ["/batch/", "/track", "/v1/batch"])
@pytest.mark.parametrize("place", ["api_key", "token", "$token", "writeKey"])
def test_a_large_body_of_an_unknown_key_is_never_made_into_objects(
    client, project, monkeypatch, path, place
):
    def parsed(*args, **options):
        raise AssertionError("The body was parsed.")

    monkeypatch.setattr(bodies, "parse_json", parsed)
    text = b'{"batch":[' + b"[]," * SMALL_BODY + b'[]],"%s":"unknown-key"}' % place.encode()
    assert post(client, path, gzip.compress(text)).status_code == 401


@pytest.mark.parametrize("first", [True, False])
def test_a_key_is_found_at_either_end_of_a_large_body(client, key, first):
    event = {"event": "look", "distinct_id": "ann", "uuid": "1", "properties": {"t": "x" * 99_999}}
    named = {"api_key": key}
    body = named | {"batch": [event]} if first else {"batch": [event]} | named
    assert post(client, "/batch/", body).status_code == 200
    assert Event.objects.count() == 1


# --- Bounds -------------------------------------------------------------------------------------


def many(path, count):
    item = {
        "/v1/batch": {"type": "track", "userId": "a", "event": "e"},
        "/batch/": {"event": "e", "distinct_id": "a"},
        "/track": {"event": "e", "properties": {"distinct_id": "a"}},
    }[path]
    return [item] * count


@pytest.mark.parametrize("path", ["/v1/batch", "/batch/", "/track"])
def test_more_messages_than_a_request_may_have_are_413(client, key, path):
    items = many(path, MOST_MESSAGES + 1)
    if path == "/track":
        items[0] = {"event": "e", "properties": {"distinct_id": "a", "token": key}}
    body = items if path == "/track" else {"batch": items, "writeKey": key, "api_key": key}
    answer = post(client, path, body)
    assert answer.status_code == 413
    assert "10,000 messages" in answer.content.decode()
    assert not Event.objects.exists()


def test_elements_are_counted_before_a_document_is_made_of_them(client, key):
    text = b"[" + b"[]," * 400_000 + b"[]]"
    assert bodies.elements(text) > bodies.MOST_ELEMENTS
    answer = post(client, "/v1/batch", gzip.compress(text), **basic(key))
    assert answer.status_code == 413
    assert "500,000 elements" in answer.content.decode()


def test_a_form_of_very_many_fields_is_refused(client, project):
    body = b"data=e30=" + b"&a=1" * 100_000
    assert post(client, "/track", body).status_code == 400


def test_two_gzip_members_are_one_text():
    packed = gzip.compress(b"[1,") + gzip.compress(b"2]")
    assert bodies.read(BytesIO(packed), None, 99) == b"[1,2]"


@pytest.mark.parametrize(
    ("path", "name"), [("/v1/batch", "refused"), ("/import?strict=1", "failed_records")]
)
def test_the_first_refusals_are_answered_and_the_others_counted(client, key, path, name):
    items = [0] * 9_000
    body = items if path.startswith("/import") else {"batch": items}
    answer = post(client, path, body, **basic(key))
    assert len(answer.content) < 200_000
    assert [each["index"] for each in answer.json()[name]] == list(range(MOST_ANSWERED))
    assert answer.json()[f"more_{name}"] == 9_000 - MOST_ANSWERED
    assert RefusedMessage.objects.count() == MOST_ANSWERED
    assert Batch.objects.get().refused == 9_000


def test_what_is_said_back_is_short(client, key):
    items = [{"type": "x" * 9_000}] * 100
    assert len(post(client, "/v1/batch", {"batch": items}, **basic(key)).content) < 50_000


def test_attributes_beyond_the_cap_are_kept_and_not_catalogued(client, key, project):
    AttributeDefinition.objects.create(project=project, name="mine", type="text")
    traits = {f"t{n}": n for n in range(MOST_ATTRIBUTES + 50)}
    call = {"userId": "ann", "type": "identify", "traits": traits}
    assert post(client, "/v1/identify", call, **basic(key)).status_code == 200
    assert AttributeDefinition.objects.count() == MOST_ATTRIBUTES
    assert Person.objects.get().attributes[f"t{MOST_ATTRIBUTES + 49}"] == MOST_ATTRIBUTES + 49


def test_a_list_that_is_too_long_is_refused_and_one_that_is_full_takes_no_more(client, key):
    call = {"userId": "ann", "type": "identify", "traits": {"seen": ["x"] * (MOST_LISTED + 1)}}
    answer = post(client, "/v1/identify", call, **basic(key)).json()
    assert answer["refused"][0]["errors"] == {"seen": ["A list has 1,000 elements at most."]}
    for start in (0, 600):
        union = {"seen": [f"s{n}" for n in range(start, start + 600)]}
        update = {"$token": key, "$distinct_id": "ann", "$union": union}
        assert post(client, "/engage", [update]).content == b"1"
    assert Person.objects.get().attributes["seen"] == [f"s{n}" for n in range(1_000)]


def test_a_request_defines_so_many_properties_and_the_others_when_they_come_again(client, key):
    calls = [
        each | {"event": f"e{n}", "properties": {f"p{k}": k for k in range(150)}, "messageId": None}
        for n, each in enumerate(tracks(5))
    ]
    for expected in (500, 750):
        post(client, "/v1/batch", {"batch": calls}, **basic(key))
        assert PropertyDefinition.objects.count() == expected


# --- Linear -------------------------------------------------------------------------------------


def known(value):
    return Id(value, Kind.EXTERNAL)


def seconds(work):
    began = time.process_time()
    work()
    return time.process_time() - began


def test_long_chains_of_aliases_cost_no_more_than_their_length(project):
    now = timezone.now()
    facts = {f"t{n}": n for n in range(1_000)}
    chain = [Alias((known(f"a{n + 1}"), known(f"a{n}")), now) for n in range(5_000)]
    messages = [Identify((known("a0"),), now, facts), *chain]
    assert seconds(lambda: record(project, messages, source="test")) < 5
    person = Person.objects.get()
    assert person.identities.count() == 5_001
    assert person.attributes == facts | {"external_id": "a5000"}


def test_many_people_who_are_there_become_one_in_a_few_statements(
    project, django_assert_max_num_queries
):
    now = timezone.now()
    record(project, [Identify((known(f"a{n}"),), now) for n in range(500)], source="test")
    joined = [Alias((known(f"a{n + 1}"), known(f"a{n}")), now) for n in range(499)]
    with django_assert_max_num_queries(40):
        record(project, joined, source="test")
    assert Person.objects.get().attributes["external_id"] == "a499"


def test_unions_are_linear(project):
    edits = [Edit(Verb.UNION, "seen", [f"{m}-{n}" for n in range(50)]) for m in range(1_200)]
    messages = [Identify((known("ann"),), timezone.now(), edits=(each,)) for each in edits]
    assert seconds(lambda: record(project, messages, source="test")) < 5


# --- Pieces -------------------------------------------------------------------------------------


def test_a_large_request_is_recorded_in_pieces(client, key, monkeypatch):
    monkeypatch.setattr(recording, "MOST_AT_ONCE", 100)
    answer = post(client, "/v1/batch", {"batch": [*tracks(250), *tracks(20)]}, **basic(key)).json()
    assert (answer["accepted"], answer["duplicates"]) == (250, 20)
    assert [each.accepted for each in Batch.objects.order_by("pk")] == [100, 100, 50]


def test_what_one_message_says_is_bounded_and_pieces_are_by_what_messages_say(
    client, key, monkeypatch
):
    call = {"userId": "ann", "type": "identify", "traits": {f"t{n}": n for n in range(10_001)}}
    answer = post(client, "/v1/identify", call, **basic(key)).json()
    assert answer["refused"][0]["errors"] == {"message": ["A message has 10,000 values at most."]}
    monkeypatch.setattr(recording, "MOST_VALUES_AT_ONCE", 100)
    calls = [each | {"properties": {f"p{n}": n for n in range(60)}} for each in tracks(4)]
    post(client, "/v1/batch", {"batch": calls}, **basic(key))
    assert [each.accepted for each in Batch.objects.order_by("pk")] == [0, 2, 2]


@pytest.mark.django_db(transaction=True)
def test_what_was_recorded_before_a_failure_stays_and_is_no_duplicate_trouble(
    client, key, monkeypatch
):
    monkeypatch.setattr(recording, "MOST_AT_ONCE", 100)
    write = recording.write
    calls = []

    def failing(*args, **options):
        calls.append(1)
        if len(calls) == 4:
            raise OperationalError("gone")
        return write(*args, **options)

    monkeypatch.setattr(recording, "write", failing)
    assert post(client, "/v1/batch", {"batch": tracks(250)}, **basic(key)).status_code == 503
    assert 0 < Event.objects.count() < 250
    answer = post(client, "/v1/batch", {"batch": tracks(250)}, **basic(key)).json()
    assert answer["accepted"] + answer["duplicates"] == 250
    assert Event.objects.count() == 250
    assert not transaction.get_connection().in_atomic_block


# --- A request that comes again -----------------------------------------------------------------


@pytest.fixture
def failing_at(monkeypatch):
    """failing_at(n): the n-th piece from now on fails, once, in its transaction."""
    insert = recording.keep_refused

    def fail_at(number):
        count = iter(range(1, 1_000))

        def failing(*given):
            insert(*given)
            if next(count) == number:
                raise OperationalError("gone")

        monkeypatch.setattr(recording, "keep_refused", failing)

    return fail_at


def additions(key, count):
    return [
        {"$token": key, "$distinct_id": f"p{n % 3}", "$add": {"n": 1}, "$append": {"log": n}}
        for n in range(count)
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("failed", [1, 2, 3])
def test_what_builds_on_what_is_there_is_done_once_where_a_request_comes_again(
    client, key, monkeypatch, failing_at, failed
):
    monkeypatch.setattr(recording, "MOST_AT_ONCE", 10)
    failing_at(failed)
    sent = additions(key, 30)
    assert post(client, "/engage", sent).status_code == 503
    # Again, as a client does, and once more, as one does whose answer was lost.
    for _ in range(2):
        assert post(client, "/engage", sent).status_code == 200
    assert sum(each.attributes["n"] for each in Person.objects.all()) == 30
    logs = [each.attributes["log"] for each in Person.objects.all()]
    assert sorted(n for log in logs for n in log) == list(range(30))


@pytest.mark.django_db(transaction=True)
def test_a_request_that_is_meant_again_is_done_again(client, key, monkeypatch):
    monkeypatch.setattr(recording, "MOST_AT_ONCE", 10)
    sent = additions(key, 30)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(2):
            assert post(client, "/engage", sent).status_code == 200
            clock.shift(KEEP_FINISHED * 2)
    assert sum(each.attributes["n"] for each in Person.objects.all()) == 60
    # And what is recorded at once is never taken for another one.
    for _ in range(2):
        assert post(client, "/engage", sent[:1]).status_code == 200
    assert sum(each.attributes["n"] for each in Person.objects.all()) == 62


@pytest.mark.django_db(transaction=True)
def test_two_of_one_request_at_a_time_are_one(project, key, monkeypatch):
    monkeypatch.setattr(recording, "MOST_AT_ONCE", 5)
    now, sent = timezone.now(), {"the": "same"}
    edits = (Edit(Verb.ADD, "n", 1),)
    messages = [Identify((known(f"p{n % 3}"),), now, edits=edits) for n in range(60)]

    def send():
        record(project, messages, source="test", sent=sent)
        connections.close_all()

    threads = [Thread(target=send) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(each.attributes["n"] for each in Person.objects.all()) == 60
