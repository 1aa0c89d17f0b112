"""People and their catalogue through the API: made, edited, merged, erased, listed."""

import json

import pytest
from django.core.management import CommandError, call_command

from analytics.store import audit, loader
from analytics.store import client as store_client
from people.models import Event, Identity, Person, Tombstone

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(client, project, alice, bearer):
    """call("post", "people/", body, user=…) → (status, JSON)."""

    def made(method, path, body=None, user=alice):
        answer = getattr(client, method)(
            f"/api/projects/{project.slug}/{path}",
            **(
                {"data": json.dumps(body), "content_type": "application/json"}
                if body is not None
                else {}
            ),
            headers=bearer(user),
        )
        return answer.status_code, json.loads(answer.content or "null")

    return made


def test_a_person_is_made_read_and_edited(call):
    status, ann = call(
        "post",
        "people/",
        {
            "external_id": "ann",
            "identities": ["phone-1"],
            "attributes": {"plan": "pro", "city": "Split", "age": 3},
        },
    )
    assert (status, ann["external_id"], ann["identities"]) == (201, "ann", ["ann", "phone-1"])
    assert call("get", "people/phone-1/") == (200, ann)
    status, changed = call("patch", "people/ann/", {"attributes": {"plan": None, "age": 4}})
    assert status == 200
    assert changed["attributes"]["age"] == 4
    assert "plan" not in changed["attributes"]
    assert changed["attributes"]["city"] == "Split"
    assert changed["attributes"]["type"] == "customer"


def test_what_does_not_fit_is_refused_and_nothing_is_kept(call):
    call("post", "attributes/", {"name": "age", "type": "number"})
    body = {
        "external_id": "undefined",
        "attributes": {"age": "old", "gender": "?", "created_at": "2020-01-01", "city": "x" * 5000},
    }
    status, answer = call("post", "people/", body)
    assert status == 400
    assert set(answer["errors"]) == {
        "external_id", "attributes.age", "attributes.gender", "attributes.created_at",
        "attributes.city",
    }  # fmt: skip
    assert call("post", "people/", {"external_id": "x", "plan": 1})[1]["errors"] == {
        "plan": ["There is no such key here."]
    }
    assert not Person.objects.exists()


def test_an_id_that_is_taken_is_a_conflict(call):
    call("post", "people/", {"external_id": "ann"})
    assert call("post", "people/", {"external_id": "ann"})[0] == 409
    assert call("post", "people/", {"external_id": "bob", "identities": ["ann"]})[0] == 409
    assert Person.objects.count() == 1


def test_two_people_become_one(call, journeys):
    journeys(ann=[(0, "look"), {"plan": "pro"}], ann2=[(5, "buy"), {"city": "Split"}])
    status, merged = call("post", "people/merge/", {"into": "ann", "from": "ann2"})
    assert (status, merged["external_id"]) == (200, "ann")
    assert sorted(merged["identities"]) == ["ann", "ann2"]
    assert merged["attributes"]["city"] == "Split"
    assert [each["event"] for each in call("get", "people/ann2/events/")[1]["results"]] == [
        "buy",
        "look",
    ]
    assert call("post", "people/merge/", {"into": "ann", "from": "nobody"})[0] == 404


def test_events_are_paged_newest_first(call, journeys):
    journeys(ann=[(n, "look", {"n": n}) for n in range(7)])
    page = call("get", "people/ann/events/?limit=3")[1]
    assert [each["properties"]["n"] for each in page["results"]] == [6, 5, 4]
    assert set(page["results"][0]) == {"id", "event", "at", "properties"}
    query = page["next"].split("?")[1]
    assert [
        e["properties"]["n"] for e in call("get", f"people/ann/events/?{query}")[1]["results"]
    ] == [3, 2, 1]


def test_erasing_leaves_nothing_but_a_tombstone(call, project, journeys):
    journeys(ann=[(0, "look"), {"email": "ann@example.com"}], bob=[(0, "look")])
    loader.drain(project.pk)
    assert call("delete", "people/ann/")[0] == 204
    assert call("get", "people/ann/")[0] == 404
    loader.drain(project.pk)
    assert (Person.objects.count(), Event.objects.count(), Identity.objects.count()) == (1, 1, 1)
    assert Tombstone.objects.count() == 1
    assert (
        store_client.look("SELECT count() FROM events WHERE project = {p:UInt64}", p=project.pk)[0][
            0
        ]
        == 1
    )
    assert list(audit.differences()) == []
    audit.forget()
    list(audit.rebuild())
    assert (
        store_client.look(
            "SELECT count() FROM people FINAL WHERE project = {p:UInt64}", p=project.pk
        )[0][0]
        == 1
    )


def test_a_command_erases_by_any_id(project, journeys):
    journeys(ann=[(0, "look")], bob=[(0, "look")])
    call_command("erase_person", "ann", project=project.slug)
    assert Person.objects.get().attributes["external_id"] == "bob"
    with pytest.raises(CommandError, match="Nobody"):
        call_command("erase_person", "ann", project=project.slug)


def test_a_command_erases_by_an_email_that_one_person_has(project, journeys):
    mails = {"ann": "ann@example.com", "bob": "desk@example.com", "cid": "desk@example.com"}
    journeys(**{name: [{"email": mail}] for name, mail in mails.items()})
    call_command("erase_person", "ann@example.com", project=project.slug)
    with pytest.raises(CommandError, match="Several"):
        call_command("erase_person", "desk@example.com", project=project.slug)
    assert {each.attributes["external_id"] for each in Person.objects.all()} == {"bob", "cid"}


def test_everything_known_is_handed_over(call, journeys):
    journeys(ann=[(0, "look", {"page": "home"}), {"plan": "pro"}])
    status, known = call("get", "people/ann/export/")
    assert (status, known["attributes"]["plan"]) == (200, "pro")
    assert [(e["event"], e["properties"]) for e in known["events"]] == [("look", {"page": "home"})]
    assert [(i["value"], i["kind"]) for i in known["identities"]] == [("ann", "external")]


def test_definitions_made_by_hand_come_first_and_keep_their_type(call, journeys, ask):
    assert call("post", "events/", {
        "name": "buy", "description": "Paid", "properties": [{"name": "sku", "type": "text"}]
    })[0] == 201  # fmt: skip
    assert call("post", "events/", {"name": "buy"})[0] == 409
    assert (
        call("post", "attributes/", {"name": "plan", "type": "text", "description": "d"})[0] == 201
    )
    assert call("post", "attributes/", {"name": "plan", "type": "number"})[0] == 409
    assert call("post", "attributes/", {"name": "city", "type": "text"})[0] == 400
    assert call("post", "attributes/", {"name": "x", "type": "money"})[0] == 400
    journeys(ann=[(0, "buy", {"sku": 5, "n": 1})])
    [event] = call("get", "events/")[1]["results"]
    assert [(each["name"], each["type"]) for each in event["properties"]] == [
        ("n", "number"), ("sku", "text")
    ]  # fmt: skip


def test_definitions_are_archived_and_keep_their_name_and_type(call, journeys):
    journeys(ann=[{"plan": "pro"}, (0, "a/b c")])
    for path in ("attributes/plan/", "events/a%2Fb%20c/"):
        kept = call("patch", path, {"archived": True, "description": "Old"})[1]
        assert (kept["archived"], kept["description"]) == (True, "Old")
        assert call("patch", path, {"archived": True, "description": ""})[1]["archived"] is True
        assert call("patch", path, {"archived": False})[1]["archived"] is False
        status, answer = call("patch", path, {"name": "other", "archived": True})
        assert (status, list(answer["errors"])) == (400, ["name"])
    for properties in ([], [{"type": "date"}], [{"name": "genre", "type": "text"}]):
        status, answer = call("patch", "events/a%2Fb%20c/", {"properties": properties})
        assert (status, answer["errors"]) == (400, {"properties": ["This never changes."]})
    assert call("get", "attributes/")[1]["results"][0]["archived"] is False
    assert call("patch", "attributes/plan/", {"type": "number"})[0] == 400
    assert call("patch", "events/nothing/", {"archived": True})[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "people/", {"external_id": "x"}),
        ("patch", "people/ann/", {"attributes": {}}),
        ("delete", "people/ann/", None),
        ("post", "people/merge/", {"into": "ann", "from": "bob"}),
        ("post", "attributes/", {"name": "x", "type": "text"}),
        ("post", "events/", {"name": "x"}),
    ],
)
def test_who_may_look_may_not_change(call, journeys, bob, charlie, method, path, body):
    journeys(ann=[(0, "look")], bob=[(0, "look")])
    assert call(method, path, body, user=bob)[0] == 403
    assert call(method, path, body, user=charlie)[0] == 404
    assert call("get", "people/", user=bob)[0] == 200
    assert call("get", "people/", user=charlie)[0] == 404
    assert Person.objects.count() == 2


def test_people_are_listed_and_found_by_any_id(call, journeys):
    journeys(ann=[(0, "look")], bob=[(0, "look")], bea=[(0, "look")])
    page = call("get", "people/?limit=2")[1]
    assert [each["external_id"] for each in page["results"]] == ["bea", "bob"]
    assert page["previous"] is None
    assert "cursor=" in page["next"]
    assert {p["external_id"] for p in call("get", "people/?search=b")[1]["results"]} == {
        "bob",
        "bea",
    }
