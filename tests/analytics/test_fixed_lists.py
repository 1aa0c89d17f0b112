"""People behind a number as a fixed list: a segment that stays whatever they do next."""

import json

import pytest
from django.core.management import call_command

from analytics.models import Segment, segment_people
from analytics.models.questions import fetch
from analytics.store import audit, loader
from people import operations
from people.models import Person

pytestmark = pytest.mark.django_db
MAY = {"start": "2026-05-01", "end": "2026-05-31"}
FUNNEL = {
    "kind": "funnel",
    "period": MAY,
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": "look"}, {"event": "buy"}],
}
DROPPED = {"definition": FUNNEL, "step": 1, "outcome": "dropped"}


@pytest.fixture
def call(client, project, alice, bearer):
    headers = bearer(alice)

    def send(method, path, body=None):
        answer = getattr(client, method)(
            f"/api/projects/{project.slug}/{path}", json.dumps(body) if body else None,
            content_type="application/json", headers=headers,
        )  # fmt: skip
        return answer.status_code, answer.json() if answer.content else None

    return send


@pytest.fixture
def lost(call, journeys):
    """The segment of those who looked and did not buy: ann and bob."""
    journeys(ann=[(0, "look")], bob=[(0, "look")], cid=[(0, "look"), (5, "buy")])
    status, segment = call("post", "segments/", {"name": "Lost", "people": DROPPED})
    assert (status, segment["size"], segment["fixed"], segment["condition"]) == (
        201, 2, True, None,
    )  # fmt: skip
    return Segment.objects.get()


def names(segment):
    loader.drain(segment.project_id)
    people = [row[0] for row in fetch(segment_people(segment))]
    return sorted(str(person) for person in Person.objects.filter(pk__in=people))


def test_they_stay_whatever_they_do_next(lost, journeys, ask):
    assert names(lost) == ["ann", "bob"]
    journeys(ann=[(10, "buy")], dan=[(0, "look")])
    assert names(lost) == ["ann", "bob"]
    report = FUNNEL | {"segments": [{"segment": str(lost.pk)}]}
    [segment] = ask(report)["segments"]
    assert (segment["name"], segment["size"]) == ("Lost", 2)
    assert [step["people"] for step in segment["steps"]] == [2, 1]


def test_of_two_who_become_one_the_one_who_stays_is_on_it(journeys, request):
    journeys(eve=[(0, "sleep")])
    lost = request.getfixturevalue("lost")
    assert names(lost) == ["ann", "bob"]
    people = {str(each): each for each in Person.objects.all()}
    operations.merge(people["eve"], people["ann"])
    assert names(lost) == ["bob", "eve"]
    operations.erase(people["bob"])
    assert names(lost) == ["eve"]
    assert list(audit.differences()) == []


def test_a_rebuilt_store_knows_it(lost):
    call_command("rebuild_store")
    assert names(lost) == ["ann", "bob"]


def test_what_cannot_be_kept_is_said(call, lost):
    assert call("post", "segments/", {"name": "Lost", "people": DROPPED})[0] == 409
    status, errors = call("patch", f"segments/{lost.pk}/", {"people": DROPPED})
    assert (status, list(errors["errors"])) == (400, ["people"])
    status, errors = call("post", "segments/", {"name": "x", "people": DROPPED | {"step": 7}})
    assert (status, list(errors["errors"])) == (400, ["people.step"])
    status, errors = call("post", "segments/", {"name": "x"})
    assert (status, list(errors["errors"])) == (400, ["condition"])
    condition = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
    status, errors = call("patch", f"segments/{lost.pk}/", {"condition": condition})
    assert (status, list(errors["errors"])) == (400, ["condition"])
    assert call("patch", f"segments/{lost.pk}/", {"name": "Gone"})[1]["name"] == "Gone"


def test_nobody_writes_a_list_down(call, lost):
    inline = {"name": "x", "condition": {"list": lost.people_id}}
    status, _ = call("post", "query/", {"definition": FUNNEL | {"segments": [inline]}})
    assert status == 400


def test_the_page_keeps_them_and_hands_them_over(client, project, alice, bob, lost):
    address = (
        f"/p/{project.slug}/funnel/people/?period=custom&start=2026-05-01&end=2026-05-31&value=1"
        "&unit=day&event-0=look&event-1=buy&of-step=0&of-segment=0&of-outcome=reached"
    )
    client.force_login(bob)
    assert client.post(address, {"name": "Everybody who looked"}).status_code == 403
    assert "Save as a fixed list" not in client.get(address).content.decode()
    client.force_login(alice)
    page = client.get(address).content.decode()
    assert "Never did buy" in page
    assert "Complete" in page
    lines = b"".join(client.get(f"{address}&format=csv").streaming_content).decode().splitlines()
    assert lines[0].startswith("id,identities,external_id,type,")
    assert [(line.split(",")[1], line.split(",")[-1]) for line in lines[1:]] == [
        ("ann", "Never did buy"),
        ("bob", "Never did buy"),
        ("cid", "Complete"),
    ]
    answer = client.post(address, {"name": "Looked"}, follow=True)
    assert "3 people" in answer.content.decode()
    answer = client.post(address, {"name": "Looked"}, follow=True)
    assert "There is a segment of this name." in answer.content.decode()
    assert Segment.objects.count() == 2
