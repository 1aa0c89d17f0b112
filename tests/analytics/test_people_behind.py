"""Every number opens to as many people as it says (contract §5, query/people)."""

import json
import random
from collections import Counter

import pytest

from analytics.models import Segment

pytestmark = pytest.mark.django_db
MAY = {"start": "2026-05-01", "end": "2026-05-31"}
JAZZ = [{"property": "genre", "operator": "is", "value": ["jazz"]}]
HR = {
    "name": "Croatia",
    "condition": {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]},
}
FUNNEL = {
    "kind": "funnel",
    "period": MAY,
    "window": {"value": 2, "unit": "day"},
    "segments": [HR, {"name": "Active", "condition": {"all": [{"performed": "play"}]}}],
    "steps": [{"event": "look"}, {"event": "play", "filters": JAZZ}, {"event": "play"}],
}
SEGMENTATION = {
    "kind": "segmentation",
    "metric": "people",
    "period": MAY,
    "granularities": ["day", "week"],
    "segments": [HR, {"name": "Active", "condition": {"all": [{"performed": "play"}]}}],
    "events": [{"event": "look"}, {"event": "play", "filters": JAZZ}],
}

RETENTION = {
    "kind": "retention",
    "period": {"start": "2026-05-04", "end": "2026-05-07"},
    "granularity": "day",
    "intervals": 3,
    "segments": [HR, {"name": "Active", "condition": {"all": [{"performed": "play"}]}}],
    "entry": {"event": "look"},
    "return": {"any_of": [{"event": "play", "filters": JAZZ}, {"event": "pay"}]},
}


@pytest.fixture
def crowd(journeys):
    draw = random.Random(7)
    events = ("look", "play", "pay")
    journeys(
        **{
            f"person{n}": [
                {"country": draw.choice(["HR", "SI"])},
                *(
                    (
                        draw.randint(0, 9000),
                        draw.choice(events),
                        {"genre": draw.choice(["jazz", ""])},
                    )
                    for _ in range(draw.randint(0, 8))
                ),
            ]
            for n in range(60)
        }
    )


@pytest.fixture
def behind(client, project, alice, bearer):
    """behind(question): every page of the list, followed by its `next` links."""
    headers = bearer(alice)

    def look(question, limit=1000):
        path = f"/api/projects/{project.slug}/query/people/?limit={limit}"
        answer = client.post(
            path, json.dumps(question), content_type="application/json", headers=headers
        )
        assert answer.status_code == 200, answer.content
        page = answer.json()
        people = page["results"]
        while page["next"]:
            page = client.get(page["next"], headers=headers).json()
            people += page["results"]
        return people

    return look


def test_funnel_numbers_open_to_their_people(crowd, ask, behind):
    result = ask(FUNNEL)
    assert result["segments"][0]["steps"][2]["people"] > 0
    for s, segment in enumerate(result["segments"]):
        for k, step in enumerate(segment["steps"]):
            found = behind({"definition": FUNNEL, "segment": s, "step": k, "outcome": "reached"})
            assert len({each["id"] for each in found}) == len(found) == step["people"]
            if k:
                question = {"definition": FUNNEL, "segment": s, "step": k, "outcome": "dropped"}
                assert len(behind(question, limit=2)) == step["dropped"]


@pytest.mark.parametrize("changes", [{}, {"metric": "adoption", "denominator": "registered"}])
def test_segmentation_numbers_open_to_their_people(crowd, ask, behind, changes):
    definition = SEGMENTATION | changes
    result = ask(definition)
    for series in result["series"]:
        place = {"definition": definition, "segment": series["segment"], "event": series["event"]}
        total = series["total"].get("numerator", series["total"]["value"])
        assert len(behind(place)) == total
        for point in series["points"]:
            count = point.get("numerator", point["value"])
            bucket = {"granularity": series["granularity"], "start": point["start"]}
            if count or point["start"].endswith("01"):
                assert len(behind(place | bucket)) == count


@pytest.mark.parametrize("counting", ["on", "on_or_after"])
@pytest.mark.parametrize("cohort", ["first_time", "every"])
def test_retention_numbers_open_to_their_people(crowd, ask, behind, cohort, counting):
    definition = RETENTION | {"cohort": cohort, "counting": counting}
    opened = 0
    for s, segment in enumerate(ask(definition)["segments"]):
        for each in segment["cohorts"]:
            for n, interval in enumerate(each["intervals"]):
                if interval["people"] or n == 1:
                    place = {"segment": s, "start": each["start"], "interval": n}
                    found = behind({"definition": definition, **place}, limit=7)
                    assert len({one["id"] for one in found}) == interval["people"], place
                    opened += interval["people"] > 0
    assert opened > 20


def test_a_person_is_all_that_is_known(journeys, behind, project):
    journeys(ann=[{"email": "ann@example.com", "plan": "pro"}, (0, "look")])
    question = {"definition": SEGMENTATION | {"segments": []}, "event": 0}
    [ann] = behind(question)
    assert (ann["external_id"], ann["identities"]) == ("ann", ["ann"])
    assert ann["attributes"]["plan"] == "pro"
    assert ann["attributes"]["email"] == "ann@example.com"
    assert set(ann) == {
        "id", "external_id", "identities", "attributes", "created_at", "modified_at"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ({"definition": FUNNEL, "step": 3}, "step"),
        ({"definition": FUNNEL, "step": 0, "outcome": "dropped"}, "step"),
        ({"definition": FUNNEL}, "step"),
        ({"definition": FUNNEL, "step": 1, "segment": 2}, "segment"),
        ({"definition": SEGMENTATION, "event": 2}, "event"),
        ({"definition": SEGMENTATION, "granularity": "hour", "start": "2026-05-01"}, "granularity"),
        ({"definition": SEGMENTATION, "granularity": "day", "start": "2026-06-01"}, "start"),
        ({"definition": SEGMENTATION | {"events": []}}, "definition.events"),
        ({"definition": SEGMENTATION, "stpe": 1}, "stpe"),
        ({"definition": RETENTION}, "start"),
        ({"definition": RETENTION, "start": "2026-05-08"}, "start"),
        ({"definition": RETENTION, "start": "2026-05-04", "interval": 4}, "interval"),
        ({"definition": RETENTION, "start": "2026-05-04", "event": 0}, "event"),
    ],
)
def test_a_wrong_question_says_where(client, project, alice, bearer, store, question, path):
    answer = client.post(
        f"/api/projects/{project.slug}/query/people/",
        json.dumps(question),
        content_type="application/json",
        headers=bearer(alice),
    )
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [path])


def test_strangers_see_nobody(crowd, client, project, bob, charlie, bearer):
    path = f"/api/projects/{project.slug}/query/people/"
    body = json.dumps({"definition": FUNNEL, "step": 0})
    for user, status in ((bob, 200), (charlie, 404)):
        answer = client.post(path, body, content_type="application/json", headers=bearer(user))
        assert answer.status_code == status


def test_pages_go_back_as_they_went(crowd, client, project, alice, bearer):
    headers = bearer(alice)
    segment = Segment.objects.create(project=project, **HR)
    path = f"/api/projects/{project.slug}/segments/{segment.pk}/people/"
    whole = client.get(path, headers=headers).json()["results"]
    first = client.get(f"{path}?limit=5", headers=headers).json()
    second = client.get(first["next"], headers=headers).json()
    again = client.get(second["previous"], headers=headers).json()
    assert first["previous"] is None
    assert [*first["results"], *second["results"]] == whole[:10]
    assert again["results"] == first["results"]
    countries = Counter(each["attributes"]["country"] for each in whole)
    assert set(countries) == {"HR"}
