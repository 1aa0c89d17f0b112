"""The rules of every call of the API: nothing ignored, refusals of one shape, who may first."""

import json
from base64 import b64encode
from urllib.parse import quote

import pytest
from django.core.cache import cache
from rest_framework.throttling import UserRateThrottle

from people.models import Person, Project

pytestmark = pytest.mark.django_db
# Not base64, no JSON, and places that are no numbers, no times, no texts, or beyond any range.
CURSORS = ["", "x", "%00", "c" * 3000] + [
    b64encode(place).decode()
    for place in (
        b"p=1", b"1", b"[]", b"[false]", b"[" * 1_400, b"\xff", b'{"0": 1, "1": 2, "2": 3}',
        *(
            json.dumps([True, *place]).encode()
            for place in (
                ["1", "1"], ["x", "x"], ["9" * 40, "9" * 40], ["\0", "\0"], ["\ud800", "\ud800"],
                [1, 1], [None, None], ["2026-05-01T00:00:00", "1"], ["0001-01-01T00:00:00Z", "1"],
                ["9999-12-31T23:59:59-14:00", "1"], ["2026-05-01T00:00:00Z", "1" * 19], ["", ""],
            )
        ),
    )
]  # fmt: skip


@pytest.fixture
def call(client, project, alice, bearer):
    """call("get", "people/", body, user=…) → (status, JSON)."""

    def made(method, path, body=None, user=alice, root=f"/api/projects/{project.slug}/"):
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "text/plain"}
        headers = bearer(user) if user else {}
        answer = getattr(client, method)(f"{root}{path}", **sent, headers=headers)
        return answer.status_code, json.loads(answer.content or "null")

    return made


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=abc", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=", "limit"),
        ("limit=%D9%A3", "limit"),
        ("serach=b", "serach"),
        ("format=csv", "format"),
        ("search=%00", "search"),
        ("identity=%00", "identity"),
        ("order=", "order"),
        ("order=password", "order"),
        ("order=--created_at", "order"),
    ],
)
def test_a_parameter_is_used_or_refused(call, query, name):
    status, answer = call("get", f"people/?{query}")
    assert (status, list(answer["errors"])) == (400, [name])


@pytest.mark.parametrize("cursor", CURSORS)
@pytest.mark.parametrize(
    "path", ["people/?", "reports/?", "people/ann/events/?", "events/?order=name&"]
)
def test_a_cursor_that_is_none_is_no_page(call, journeys, path, cursor):
    journeys(ann=[(0, "look")])
    assert call("get", f"{path}cursor={cursor}")[0] in (200, 404)


@pytest.mark.parametrize(
    "query", ["format=xlsx", "wait=31", "wait=nan", "wait=x", "wiat=1", "format=", "wait="]
)
def test_what_a_report_is_asked_with_is_used_or_refused(call, query):
    definition = {
        "kind": "segmentation",
        "metric": "people",
        "period": {"preset": "last_7_days"},
        "events": [{"event": "look"}],
    }
    report = call("post", "reports/", {"name": "x", "definition": definition})[1]
    status, answer = call("get", f"reports/{report['id']}/result/?{query}")
    assert (status, list(answer["errors"])) == (400, [query.split("=")[0]])


@pytest.mark.parametrize("query", ["format=xlsx", "limit=0", "limit=x", "wiat=1", "format="])
def test_what_a_list_of_people_is_asked_with_is_used_or_refused(call, store, query):
    condition = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
    segment = call("post", "segments/", {"name": "x", "condition": condition})[1]
    status, answer = call("get", f"segments/{segment['id']}/people/?{query}")
    assert (status, list(answer["errors"])) == (400, [query.split("=")[0]])


@pytest.mark.parametrize(
    ("method", "path", "body", "problems"),
    [
        ("post", "attributes/", {"name": "x", "type": "text", "colour": 1}, ["colour"]),
        ("post", "attributes/", {"name": 5, "type": "text"}, ["name"]),
        ("post", "attributes/", {"colour": 1}, ["colour", "name", "type"]),
        ("post", "attributes/", [], [""]),
        ("post", "people/", ["ann"], [""]),
        ("post", "query/", 5, [""]),
        ("post", "segments/", {"name": "x", "condition": {}}, ["condition"]),
        ("post", "query/", {"definition": {}, "wait": "5"}, ["wait"]),
        ("post", "query/people/", [], [""]),
        ("post", "segments/", {"name": "x", "condition": {}, "size": 3}, ["condition", "size"]),
        ("post", "events/", {"name": "x", "properties": [{"name": "a", "type": "text", "b": 1}]},
         ["properties.0.b"]),
        ("patch", "", {"slug": "other"}, ["slug"]),
        ("patch", "", {"slug": 0, "name": 0}, ["name", "slug"]),
        ("patch", "", {"week_start": "friday"}, ["week_start"]),
        ("patch", "", {"created_at": "2020-01-01"}, ["created_at"]),
    ],
)  # fmt: skip
def test_nothing_in_a_body_is_ignored(call, method, path, body, problems):
    status, answer = call(method, path, body)
    assert (status, sorted(answer["errors"])) == (400, problems)


def test_a_project_has_the_slug_and_the_week_it_is_given(call):
    given = {"name": "Two", "slug": "second", "week_start": "sunday", "timezone": "Asia/Tokyo"}
    status, made = call("post", "", given, root="/api/projects/")
    assert status == 201
    assert given.items() <= made.items()
    assert call("post", "", given, root="/api/projects/")[1]["errors"].keys() == {"slug"}
    changed = call("patch", "", {"week_start": "monday"}, root="/api/projects/second/")[1]
    assert changed["week_start"] == "monday"
    assert Project.objects.get(slug="second").week_start == "monday"


def test_people_are_reached_by_any_id(call, journeys):
    odd = ["merge", "a/events", "ann@example.com", "a b", "ä/ö", "a"]
    journeys(**{name: [(0, "look")] for name in odd})
    for name in odd:
        [found] = call("get", f"people/?identity={name.replace('/', '%2F')}")[1]["results"]
        assert found["external_id"] == name
        status, changed = call("patch", f"people/{name}/", {"attributes": {"plan": name}})
        assert (status, changed["external_id"]) == (200, name)
    assert call("get", "people/merge/")[1]["external_id"] == "merge"
    assert call("get", "people/a/events/")[1]["results"][0]["event"] == "look"
    assert call("delete", "people/a/")[0] == 204
    assert call("get", "people/a/events/")[1]["external_id"] == "a/events"
    assert call("delete", "people/a/events/")[0] == 204
    assert call("get", "people/?identity=nobody")[1]["results"] == []
    assert call("get", "people/%00/")[0] == 404


def test_people_are_reached_by_their_email_where_it_is_only_an_attribute(call, journeys):
    mail = {name: {"email": f"{name}@example.com"} for name in ("ann", "bob")}
    shared, long = {"email": "desk@example.com"}, {"email": f"{'x' * 400}@example.com"}
    journeys(
        ann=[(0, "look"), mail["ann"]], bob=[mail["bob"]], cid=[shared], dan=[shared], eve=[long],
        **{"bob@example.com": [(0, "look")]},
    )  # fmt: skip

    def found(text):
        page = call("get", f"people/?identity={quote(text)}")[1]["results"]
        return [each["external_id"] for each in page]

    assert found("ann@example.com") == ["ann"]
    assert call("get", "people/ann@example.com/")[1]["external_id"] == "ann"
    assert call("get", "people/ann@example.com/events/")[1]["results"][0]["event"] == "look"
    assert call("patch", "people/ann@example.com/", {"attributes": {"plan": "pro"}})[0] == 200
    # An id names one person, whatever others have as their e-mail.
    assert found("bob@example.com") == ["bob@example.com"]
    assert call("get", "people/bob@example.com/")[1]["external_id"] == "bob@example.com"
    # An e-mail of several lists them, and names none of them.
    assert found("desk@example.com") == ["dan", "cid"]
    for method in ("get", "delete"):
        status, answer = call(method, "people/desk@example.com/")
        assert (status, list(answer["errors"])) == (404, [""])
        assert "Several people" in answer["errors"][""][0]
    assert call("get", "people/desk@example.com/events/")[0] == 404
    assert call("post", "people/merge/", {"into": "ann", "from": "desk@example.com"})[0] == 404
    # What is longer than any id names nobody.
    assert found(long["email"]) == found(long["email"][:256]) == found("") == []
    assert call("delete", "people/ann@example.com/")[0] == 204
    assert found("ann@example.com") == []


@pytest.mark.parametrize(
    "path",
    ["nowhere", "nowhere/", "projects/", "projects/shop/nowhere/", "projects/shop/reports/7/"],
)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_every_refusal_has_one_shape(call, method, path):
    status, answer = call(method, path, root="/api/")
    assert status in (400, 404, 405) or path == "projects/"
    assert status == 200 or list(answer) == ["errors"]
    assert call(method, path, root="/api/", user=None)[0] == 401


def test_a_final_slash_may_be_missing(call):
    assert call("get", "people")[0] == 200
    assert call("post", "people", {"external_id": "ann"})[0] == 201
    assert call("patch", "people/ann", {"attributes": {"plan": "pro"}})[0] == 200
    assert call("delete", "people/ann")[0] == 204
    assert not Person.objects.exists()


def test_who_may_not_is_told_so_before_what_is_wrong(call, bob, charlie):
    for path in ("people/", "reports/", "segments/", "attributes/", "events/", "people/merge/"):
        for body in ({}, [], {"x": 1}):
            assert call("post", path, body, user=bob)[0] == 403, path
            assert call("post", path, body, user=charlie)[0] == 404, path
            assert call("post", path, body, user=None)[0] == 401, path
    assert call("patch", "", {"x": 1}, user=bob)[0] == 403


@pytest.fixture
def forgotten():
    """Without what earlier tests counted, and without leaving anything behind."""
    cache.clear()
    yield
    cache.clear()


def test_who_tries_tokens_has_to_wait_and_who_has_one_has_not(call, client, forgotten):
    wrong = {"Authorization": f"Bearer {'0' * 64}"}
    tried = [client.get("/api/projects/", headers=wrong) for _ in range(35)]
    assert [each.status_code for each in tried] == [401] * 30 + [429] * 5
    assert 0 < int(tried[-1]["Retry-After"]) <= 60
    assert list(tried[-1].json()) == ["errors"]
    assert call("get", "people/")[0] == 200


def test_who_calls_too_often_is_told_when_to_come_back(call, forgotten, monkeypatch):
    monkeypatch.setitem(UserRateThrottle.THROTTLE_RATES, "user", "3/min")
    assert [call("get", "people/")[0] for _ in range(5)] == [200, 200, 200, 429, 429]
