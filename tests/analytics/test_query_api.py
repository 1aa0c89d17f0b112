"""Asking the running product through its API: data in by the write key, answers by the token."""

import gzip
import json
import urllib.request
import uuid
from datetime import UTC, datetime, timedelta

import pytest

TODAY = {"preset": "last_7_days"}


def counted(event):
    return {
        "kind": "segmentation",
        "metric": "events",
        "period": TODAY,
        "events": [{"event": event}],
    }


def batch_of(event, count):
    now = datetime.now(UTC)
    return [
        {
            "type": "track",
            "userId": f"user {n % 7}",
            "event": event,
            "messageId": str(uuid.uuid4()),
            "timestamp": (now - timedelta(minutes=n)).isoformat(),
        }
        for n in range(count)
    ]


def test_what_was_accepted_is_in_the_next_report(live):
    event = f"Bought {uuid.uuid4()}"
    for size in (1, 50, 300):
        assert live.send("/v1/batch", {"batch": batch_of(event, size)})[0] == 200
        before = live.call(
            "POST", f"/api/projects/{live.project}/query/", {"definition": counted(event)}
        )
        status, answer = before
        assert (status, answer["status"]) == (200, "done")
        expected = {1: 1, 50: 51, 300: 351}[size]
        assert answer["result"]["series"][0]["total"] == {"value": expected}


def test_a_repeated_question_has_the_same_answer(live):
    ask = {"definition": counted("Song Played") | {"metric": "people"}}
    first = live.call("POST", "/api/projects/music/query/", ask)
    second = live.call("POST", "/api/projects/music/query/", ask)
    assert first == second
    assert first[1]["result"]["series"][0]["total"]["value"] > 100


def test_two_questions_with_the_same_sql_have_their_own_answers(live):
    """People and adoption count the same rows, and read them differently."""
    event = f"Bought {uuid.uuid4()}"
    live.send("/v1/batch", {"batch": batch_of(event, 3)})
    for metric, value in (("people", 3), ("adoption", None), ("people", 3)):
        ask = {"definition": counted(event) | {"metric": metric}}
        _, answer = live.call("POST", f"/api/projects/{live.project}/query/", ask)
        total = answer["result"]["series"][0]["total"]
        assert answer["result"]["metric"] == metric
        assert total["value"] == (value or total["numerator"] / total["denominator"])
        assert total.get("numerator", 3) == 3


def test_not_waiting_gives_an_address_that_has_the_answer(live):
    definition = counted(f"Nothing {uuid.uuid4()}")
    path = f"/api/projects/{live.project}/query/"
    status, answer = live.call("POST", path, {"definition": definition, "wait": 0})
    assert (status, answer["status"]) == (202, "pending")
    status, answer = live.call("GET", answer["url"].removeprefix(live.url) + "?wait=20")
    assert (status, answer["status"]) == (200, "done")
    assert answer["result"]["series"][0]["total"] == {"value": 0}


def test_five_errors_are_answered_at_their_paths(live):
    wrong = {
        "kind": "funnel",
        "period": {"preset": "last_year"},
        "window": {"value": 0, "unit": "minute"},
        "steps": [{"event": ""}, {"event": "b", "filters": [{"property": "x"}]}],
        "colour": "red",
    }
    path = f"/api/projects/{live.project}/query/"
    status, answer = live.call("POST", path, {"definition": wrong})
    assert status == 400
    assert set(answer["errors"]) == {
        "period.preset",
        "window.value",
        "steps.0.event",
        "steps.1.filters.0.operator",
        "colour",
    }


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "definition"),
        ({"definition": {}, "wait": 31}, "wait"),
        ({"definition": {}, "wait": -1}, "wait"),
    ],
)
def test_what_is_wrong_with_a_question(live, body, path):
    status, answer = live.call("POST", f"/api/projects/{live.project}/query/", body)
    assert status == 400
    assert path in answer["errors"]


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_project_that_is_unknown_is_not_found(live, method):
    path = "/api/projects/nowhere/" + ("query/" if method == "POST" else "")
    status, answer = live.call(
        method, path, {"definition": counted("x")} if method == "POST" else None
    )
    assert status == 404
    assert list(answer) == ["errors"]


@pytest.mark.parametrize("token", ["", "wrong", "0" * 64])
def test_without_a_token_nothing_is_said(live, token):
    path = f"/api/projects/{live.project}/query/"
    status, answer = live.call("POST", path, {"definition": counted("x")}, token=token)
    assert status == 401
    assert list(answer) == ["errors"]


def test_a_gzipped_question(live):
    body = gzip.compress(json.dumps({"definition": counted("x")}).encode())
    headers = {"Authorization": f"Bearer {live.api_token}", "Content-Encoding": "gzip"}
    call = urllib.request.Request(f"{live.url}/api/projects/{live.project}/query/", body, headers)
    with urllib.request.urlopen(call, timeout=30) as answer:
        assert json.loads(answer.read())["status"] == "done"


def test_projects(live):
    status, answer = live.call("GET", "/api/projects/")
    assert status == 200
    assert {"next", "previous", "results"} == set(answer)
    assert live.project in [each["slug"] for each in answer["results"]]
    status, answer = live.call("POST", "/api/projects/", {"name": "New", "timezone": "Nowhere"})
    assert (status, list(answer["errors"])) == (400, ["timezone"])
    status, made = live.call("POST", "/api/projects/", {"name": "New", "timezone": "Asia/Tokyo"})
    assert status == 201
    status, changed = live.call("PATCH", f"/api/projects/{made['slug']}/", {"name": "Newer"})
    assert (status, changed["name"], changed["slug"]) == (200, "Newer", made["slug"])


@pytest.mark.django_db
def test_another_ones_project_is_not_found(client, project, alice, bob, charlie, bearer):
    path = f"/api/projects/{project.slug}/"
    assert client.get(path, headers=bearer(alice)).status_code == 200
    assert client.get(path, headers=bearer(bob)).status_code == 200
    assert client.get(path, headers=bearer(charlie)).status_code == 404
    change = {"name": "Mine"}
    for user, status in ((charlie, 404), (bob, 403), (alice, 200)):
        answer = client.patch(path, change, "application/json", headers=bearer(user))
        assert answer.status_code == status
    project.refresh_from_db()
    assert (project.name, project.slug) == ("Mine", "shop")
    assert client.get(path).status_code == 401
