"""Calls that are sent again, how many there may be, and tokens that see one project."""

import json
import threading

import pytest
from django.db import connections, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from knox.models import AuthToken

from analytics.models import Report
from people.models import Answered, AuditEntry, Project, TokenNote
from tests.test_api_access import ROWS, address, things

__all__ = ["things"]

LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "events": [{"event": "look"}],
}
MADE = {"name": "Looks", "definition": LOOKS}


@pytest.fixture
def post(client, project, alice, bearer):
    """post(path, body, key): as Alice, under a key of hers."""
    headers = bearer(alice)

    def run(path, body, key, client=client):
        return client.post(
            f"/api/projects/{project.slug}/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={**headers, "Idempotency-Key": key},
        )

    return run


@pytest.mark.django_db
def test_a_call_that_is_sent_again_makes_nothing_again(post, project, alice):
    first, again = (post("reports/", MADE, "once") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Report.objects.count() == 1
    assert AuditEntry.objects.filter(words="Made a report by the API").count() == 1
    # Another key is another call.
    assert post("reports/", MADE | {"name": "Other"}, "twice").status_code == 201


@pytest.mark.django_db
def test_a_key_is_for_one_call(post):
    assert post("reports/", MADE, "once").status_code == 201
    other = post("reports/", MADE | {"name": "Other"}, "once")
    assert (other.status_code, list(other.json()["errors"])) == (409, ["Idempotency-Key"])
    assert post("segments/", MADE, "once").status_code == 409
    assert post("reports/", MADE, "x" * 256).status_code == 400
    assert post("reports/", MADE, "").status_code == 400
    assert Report.objects.count() == 1


@pytest.mark.django_db
def test_what_was_refused_is_tried_again(post):
    assert post("reports/", {"name": "Looks", "definition": {}}, "once").status_code == 400
    assert post("reports/", MADE, "once").status_code == 201


@pytest.mark.django_db
def test_what_is_shown_once_is_not_kept(post, project):
    made = post("keys/", {"name": "Web"}, "once")
    again = post("keys/", {"name": "Web"}, "once")
    assert (made.status_code, again.status_code) == (201, 409)
    assert "shown once" in again.json()["errors"]["Idempotency-Key"][0]
    assert not Answered.objects.filter(body__contains=made.json()["key"]).exists()
    assert project.write_keys.filter(name="Web").count() == 1


@pytest.mark.django_db
def test_a_stranger_gets_nothing_by_a_key(post, client, project, charlie, bearer):
    assert post("reports/", MADE, "once").status_code == 201
    headers = {**bearer(charlie), "Idempotency-Key": "once"}
    url = f"/api/projects/{project.slug}/reports/"
    assert (
        client.post(url, MADE, content_type="application/json", headers=headers).status_code == 404
    )
    wrong = {"Authorization": "Bearer no", "Idempotency-Key": "once"}
    assert client.post(url, MADE, content_type="application/json", headers=wrong).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_time_one_is_done(post):
    answers = []

    def call():
        answers.append(post("reports/", MADE, "once", client=Client()))
        connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.status_code for each in answers] == [201] * 4
    assert len({each.json()["id"] for each in answers}) == 1
    assert Report.objects.count() == 1


@pytest.mark.django_db
def test_what_fails_half_way_leaves_nothing(post, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    with monkeypatch.context() as failing, transaction.atomic():
        failing.setattr("rest_framework.response.Response.render", fail)
        with pytest.raises(ZeroDivisionError):
            post("reports/", MADE, "once")
    assert not Report.objects.exists()
    assert post("reports/", MADE, "once").status_code == 201


@pytest.mark.django_db
def test_answers_say_how_many_calls_are_left(client, project, alice, bearer):
    headers = bearer(alice)
    said = [client.get("/api/projects/", headers=headers) for _ in range(3)]
    limit = int(said[0]["RateLimit-Limit"])
    assert [int(each["RateLimit-Remaining"]) for each in said] == [limit - n for n in (1, 2, 3)]
    assert 0 < int(said[-1]["RateLimit-Reset"]) <= 60
    assert not client.get("/api/projects/").has_header("RateLimit-Limit")


MAKING = [
    name
    for name, row in ROWS.items()
    if "post" in row and name not in ("api-query", "api-people-behind")
]
ONCE = {"api-keys", "api-shares", "api-webhooks"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", MAKING)
def test_every_call_that_makes_something_takes_a_key(
    client, bearer, project, alice, charlie, things, name
):
    path, (status, body) = address(name, project.slug, things), ROWS[name]["post"]
    headers = bearer(alice) | {"Idempotency-Key": "once"}

    def post(body, headers=headers):
        return client.post(path, json.dumps(body), "application/json", headers=headers)

    first, again, other = post(body), post(body), post({"another": "body"})
    assert first.status_code == status, first.content
    assert other.status_code == 409
    assert list(other.json()["errors"]) == ["Idempotency-Key"]
    if name in ONCE:
        assert again.status_code == 409
    else:
        assert (again.status_code, again.content) == (status, first.content)
        assert again["Idempotent-Replayed"] == "true"
    left = [int(each["RateLimit-Remaining"]) for each in (first, again, other)]
    assert left == [left[0], left[0] - 1, left[0] - 2]


def test_every_call_that_makes_something_says_so():
    """Those that only ask are the same however often they are sent, and need no key."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    described = {
        path: {each["name"] for each in item["post"]["parameters"]}
        for path, item in paths.items()
        if "post" in item
    }
    asking = {path for path, names in described.items() if "Idempotency-Key" not in names}
    assert {path.partition("{project}")[2] for path in asking} == {"/query/", "/query/people/"}
    assert len(described) - len(asking) == len(MAKING)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ROWS)
def test_every_answer_says_how_many_calls_are_left(
    client, bearer, project, alice, bob, charlie, things, name
):
    path = address(name, project.slug, things)
    for user in (charlie, bob, alice):
        headers, left = bearer(user), None
        for method in ("put", "get", "post", "patch", "delete"):
            sent = {"content_type": "application/json"} if method != "get" else {}
            answer = getattr(client, method)(path, headers=headers, **sent)
            said = int(answer["RateLimit-Remaining"])
            assert left is None or said == left - 1, (user, method, answer.status_code)
            left = said
            assert int(answer["RateLimit-Limit"]) >= said
            assert 0 < int(answer["RateLimit-Reset"]) <= 60


@pytest.mark.django_db
def test_refusals_say_it_too(client, bearer, alice):
    headers = bearer(alice)
    for path in ("nowhere/", "projects/none/reports/", "projects/?order=x"):
        assert client.get(f"/api/{path}", headers=headers).has_header("RateLimit-Remaining")
    large = b"x" * 3_000_000
    answer = client.post("/api/projects/", large, "application/json", headers=headers)
    assert (answer.status_code, answer.has_header("RateLimit-Remaining")) == (413, True)


@pytest.mark.django_db
def test_a_token_of_one_project_sees_no_other(client, project, alice):
    other = Project.objects.create(name="Other")
    other.memberships.create(user=alice, role="owner")
    client.force_login(alice)
    page = client.post("/account/tokens/", {"name": "CI", "project": project.pk}).content.decode()
    assert "do what you may in Shop" in page
    assert TokenNote.objects.get().project == project
    token, text = AuthToken.objects.create(alice)
    TokenNote.objects.create(token=token, name="x", project=project)
    headers = {"Authorization": f"Bearer {text}"}

    def status(method, path, body=None):
        call = getattr(client, method)
        return call(f"/api/projects/{path}", body, "application/json", headers=headers).status_code

    listed = client.get("/api/projects/", headers=headers).json()["results"]
    assert [each["slug"] for each in listed] == [project.slug]
    assert status("patch", f"{project.slug}/", {"name": "Shop 2"}) == 200
    assert client.get(f"/api/projects/{other.slug}/", headers=headers).status_code == 404
    assert status("patch", f"{other.slug}/", {"name": "Mine"}) == 404
    assert status("post", "", {"name": "New"}) == 403
    assert not Project.objects.filter(name="New").exists()


@pytest.mark.django_db
def test_a_token_is_made_for_projects_of_ones_own_alone(client, alice, charlie):
    client.force_login(alice)
    foreign = Project.objects.get(name="Charlie's").pk
    client.post("/account/tokens/", {"name": "x", "project": foreign})
    assert not AuthToken.objects.exists()
