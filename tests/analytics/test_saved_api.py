"""Saved reports and segments through the API."""

import json

import pytest

from analytics.models import Report, Segment
from analytics.models.questions import compute_next

pytestmark = pytest.mark.django_db
MAY = {"start": "2026-05-01", "end": "2026-05-31"}
HR = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
LOOKS = {"kind": "segmentation", "metric": "events", "period": MAY, "events": [{"event": "look"}]}


@pytest.fixture
def call(client, project, alice, bearer, store):
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
        kind = answer.headers.get("Content-Type", "")
        return answer.status_code, answer.json() if "json" in kind else answer.content.decode()

    return made


def test_a_report_is_saved_changed_copied_and_deleted(call):
    status, report = call("post", "reports/", {"name": "Looks", "definition": LOOKS})
    assert (status, report["kind"], report["definition"]["granularities"]) == (
        201,
        "segmentation",
        ["day"],
    )
    path = f"reports/{report['id']}/"
    assert call("patch", path, {"name": "All looks"})[1]["name"] == "All looks"
    assert call("patch", path, {"definition": {"kind": "funnel"}})[1]["errors"].keys() == {
        "definition.period", "definition.window", "definition.steps"
    }  # fmt: skip
    status, copy = call("post", f"{path}duplicate/")
    assert (status, copy["name"], copy["definition"]) == (
        201,
        "Copy of All looks",
        report["definition"],
    )
    assert [each["name"] for each in call("get", "reports/")[1]["results"]] == [
        "Copy of All looks",
        "All looks",
    ]
    assert call("delete", path)[0] == 204
    assert Report.objects.count() == 1


def test_a_report_answers_as_json_and_as_csv(call, journeys):
    journeys(ann=[(0, "look")])
    report = call("post", "reports/", {"name": "Looks", "definition": LOOKS})[1]
    path = f"reports/{report['id']}/result/"
    assert call("get", f"{path}?wait=0")[1]["status"] == "pending"
    compute_next()
    status, answer = call("get", path)
    assert (status, answer["result"]["series"][0]["total"]) == (200, {"value": 1})
    status, text = call("get", f"{path}?format=csv")
    assert (status, text.splitlines()[:2]) == (200, ["Day,look", "Whole period,1"])


def test_a_segment_says_how_many_it_holds(call, journeys):
    journeys(ann=[{"country": "HR"}, (0, "look")], bob=[{"country": "SI"}])
    status, segment = call("post", "segments/", {"name": "Croatia", "condition": HR})
    assert (status, segment["size"]) == (201, 1)
    path = f"segments/{segment['id']}/"
    looked = {"all": [{"performed": "look", "times": {"operator": "exactly", "value": 0}}]}
    assert call("patch", path, {"description": "Ours"})[1]["description"] == "Ours"
    changed = call("patch", path, {"condition": looked})[1]
    assert (changed["name"], changed["size"]) == ("Croatia", 1)
    assert [p["external_id"] for p in call("get", f"{path}people/")[1]["results"]] == ["bob"]
    assert call("post", "segments/", {"name": "Croatia", "condition": HR})[0] == 409
    wrong = {"all": [{"attribute": "country", "operator": "less_than", "value": 3}]}
    assert list(call("post", "segments/", {"name": "x", "condition": wrong})[1]["errors"]) == [
        "condition.all.0.operator"
    ]
    assert [each["size"] for each in call("get", "segments/")[1]["results"]] == [1]


def test_of_two_who_change_a_segment_the_second_is_told(client, call, project, alice, bearer):
    made = call("post", "segments/", {"name": "Croatia", "condition": HR})[1]
    path, headers = f"/api/projects/{project.slug}/segments/{made['id']}/", bearer(alice)
    seen = client.get(path, headers=headers)["ETag"]

    def change(name, **more):
        return client.patch(path, {"name": name}, "application/json", headers=headers | more)

    first = change("First", **{"If-Match": seen})
    assert (first.status_code, first.json()["name"]) == (200, "First")
    second = change("Second", **{"If-Match": seen})
    assert second.status_code == 409
    assert "saved this segment after you opened it" in second.json()["errors"][""][0]
    assert change("Second", **{"If-Match": "yesterday"}).json()["errors"].keys() == {"If-Match"}
    assert change("Third", **{"If-Match": first["ETag"]}).status_code == 200
    assert change("Fourth").status_code == 200
    assert Segment.objects.get().modified_by == alice


def test_a_segment_in_use_stays(call):
    segment = call("post", "segments/", {"name": "Croatia", "condition": HR})[1]
    uses = LOOKS | {"segments": [{"segment": segment["id"]}]}
    report = call("post", "reports/", {"name": "Looks", "definition": uses})[1]
    path = f"segments/{segment['id']}/"
    status, answer = call("delete", path)
    assert status == 409
    said, *used = answer["errors"][""]
    assert said.startswith("1 report uses it. Its rule is written out in these reports")
    assert used == ["Report “Looks”"]
    call("post", "dashboards/", {"name": "Weekly", "tiles": [{"report": report["id"]}]})
    said, *used = call("delete", f"{path}?confirm=false")[1]["errors"][""]
    assert said.startswith("1 report, 1 dashboard use it. ")
    assert used == ["Report “Looks”", "Dashboard “Weekly”"]
    assert call("delete", f"{path}?confrm=true")[1]["errors"].keys() == {"confrm"}
    assert call("delete", f"{path}?confirm=true")[0] == 204
    kept = call("get", f"reports/{report['id']}/")[1]["definition"]["segments"]
    assert kept == [{"name": "Croatia", "condition": HR}]


def test_a_segment_that_was_in_use_goes(call):
    segment = call("post", "segments/", {"name": "Croatia", "condition": HR})[1]
    uses = LOOKS | {"segments": [{"segment": segment["id"]}]}
    report = call("post", "reports/", {"name": "Looks", "definition": uses})[1]
    assert call("delete", f"segments/{segment['id']}/")[0] == 409
    call("delete", f"reports/{report['id']}/")
    assert call("delete", f"segments/{segment['id']}/")[0] == 204
    assert not Segment.objects.exists()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("reports/", {"name": "x", "definition": LOOKS}),
        ("segments/", {"name": "x", "condition": HR}),
    ],
)
def test_who_may_look_may_not_change(call, bob, charlie, path, body):
    made = call("post", path, body)[1]
    one = f"{path}{made['id']}/"
    for method, where in (("post", path), ("patch", one), ("delete", one)):
        sent = body if method != "delete" else None
        assert call(method, where, sent, user=bob)[0] == 403
        assert call(method, where, sent, user=charlie)[0] == 404
    assert call("get", one, user=bob)[0] == 200
    assert call("get", one, user=charlie)[0] == 404
