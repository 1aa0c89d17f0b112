"""Dashboards through the API: what stands on them, their answers, and what is gone."""

import json

import pytest

from analytics.models import Dashboard, Placed, Report, questions
from analytics.models.dashboards import MOST_TILES
from analytics.models.questions import compute_next

pytestmark = pytest.mark.django_db
MAY = {"start": "2026-05-01", "end": "2026-05-31"}
JUNE = {"start": "2026-06-01", "end": "2026-06-30"}
LOOKS = {"kind": "segmentation", "metric": "events", "period": MAY, "events": [{"event": "look"}]}
FUNNEL = {
    "kind": "funnel",
    "period": MAY,
    "window": {"value": 1, "unit": "hour"},
    "steps": [{"event": "look"}, {"event": "buy"}],
}


@pytest.fixture
def call(client, project, alice, bearer, store):
    def made(method, path, body=None, user=alice, **headers):
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "text/plain"}
        address = f"/api/projects/{project.slug}/{path}"
        answer = getattr(client, method)(address, **sent, headers=bearer(user) | headers)
        return answer.status_code, json.loads(answer.content or "null")

    return made


@pytest.fixture
def reports(call):
    return [
        call("post", "reports/", {"name": name, "definition": definition})[1]["id"]
        for name, definition in (("Looks", LOOKS), ("Buying", FUNNEL))
    ]


@pytest.fixture
def weekly(call, reports):
    looks, buying = reports
    tiles = [
        {"report": looks, "width": 2},
        {"text": "Since Monday.", "width": 1},
        {"report": buying, "width": 3},
    ]
    status, answer = call("post", "dashboards/", {"name": "Weekly", "tiles": tiles})
    assert status == 201, answer
    return f"dashboards/{answer['id']}/"


def test_a_dashboard_is_made_shown_changed_and_deleted(call, reports, weekly):
    looks, buying = reports
    status, shown = call("get", weekly)
    assert (status, shown["name"], shown["period"], shown["pinned"]) == (200, "Weekly", None, False)
    assert shown["tiles"] == [
        {"report": looks, "text": "", "width": 2},
        {"report": None, "text": "Since Monday.", "width": 1},
        {"report": buying, "text": "", "width": 3},
    ]
    assert call("patch", weekly, {"period": JUNE, "pinned": True})[1]["tiles"] == shown["tiles"]
    fewer = call("patch", weekly, {"tiles": [{"report": buying}]})[1]
    assert (fewer["tiles"], fewer["period"]) == (
        [{"report": buying, "text": "", "width": 1}],
        JUNE,
    )
    assert [each["name"] for each in call("get", "dashboards/")[1]["results"]] == ["Weekly"]
    assert call("delete", weekly) == (204, None)
    assert Report.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": ""}, "name"),
        ({"period": {"preset": "someday"}}, "period.preset"),
        ({"period": {"start": "2026-05-31", "end": "2026-05-01"}}, "period.end"),
        ({"period": 3}, "period"),
        ({"tiles": 3}, "tiles"),
        ({"tiles": [{"width": 1}]}, "tiles.0.report"),
        ({"tiles": [{"text": "x", "width": 4}]}, "tiles.0.width"),
        ({"tiles": [{"text": "x", "width": "1"}]}, "tiles.0.width"),
        ({"tiles": [{"text": "x", "colour": 1}]}, "tiles.0.colour"),
        ({"tiles": [{"text": "x"}] * (MOST_TILES + 1)}, "tiles"),
        ({"tiles": [{"report": "00000000-0000-0000-0000-000000000000"}]}, "tiles.0.report"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_does_not_fit_is_said_at_its_place(call, weekly, body, path):
    before = call("get", weekly)[1]
    status, answer = call("patch", weekly, body)
    assert (status, [each.split(".non_field")[0] for each in answer["errors"]]) == (400, [path])
    assert call("get", weekly)[1] == before


def test_reports_of_other_projects_are_not_there(call, charlie, weekly):
    own = charlie.memberships.get().project
    foreign = own.reports.create(name="x", kind="funnel", definition=FUNNEL)
    status, answer = call("patch", weekly, {"tiles": [{"report": str(foreign.pk)}]})
    assert (status, list(answer["errors"])) == (400, ["tiles.0.report"])


def test_each_tile_has_its_answer(call, journeys, reports, weekly):
    journeys(ann=[(0, "look"), (1, "buy")], bob=[(0, "look")])
    status, pending = call("get", f"{weekly}result/?wait=0")
    assert status == 202
    assert [each["status"] for each in pending["tiles"]] == ["pending", "done", "pending"]
    compute_next()
    compute_next()
    status, done = call("get", f"{weekly}result/")
    looks, text, buying = done["tiles"]
    assert (status, looks["report"], buying["report"]) == (200, *reports)
    assert looks["result"]["series"][0]["total"] == {"value": 2}
    assert [step["people"] for step in buying["result"]["segments"][0]["steps"]] == [2, 1]
    assert text == {
        "report": None, "text": "Since Monday.", "status": "done", "result": None,
    }  # fmt: skip


def test_one_period_counts_for_all(call, journeys, worker, weekly):
    journeys(ann=[(0, "look")])
    call("patch", weekly, {"period": JUNE})
    looks, _, buying = call("get", f"{weekly}result/")[1]["tiles"]
    assert looks["result"]["period"] == buying["result"]["period"] == JUNE
    assert looks["result"]["series"][0]["total"] == {"value": 0}


def test_nothing_dies_of_what_is_gone(call, journeys, worker, reports, weekly):
    journeys(ann=[(0, "look")])
    looks, buying = reports
    gone = "00000000-0000-0000-0000-000000000000"
    Report.objects.filter(pk=looks).update(definition=LOOKS | {"segments": [{"segment": gone}]})
    call("delete", f"reports/{buying}/")
    status, answer = call("get", f"{weekly}result/")
    segment, _, deleted = answer["tiles"]
    assert (status, segment["status"], deleted["status"]) == (200, "failed", "failed")
    assert "There is no segment with this id" in segment["error"]
    assert deleted["error"] == "The report “Buying” was deleted."
    assert call("get", weekly)[1]["tiles"][2]["report"] is None


def test_all_tiles_are_of_one_load(project, journeys, worker, monkeypatch):
    """What comes in while tiles are computed: those of an older load are asked again."""
    journeys(ann=[(0, "look")])
    board = Dashboard.objects.create(project=project, name="x")
    weeks = LOOKS | {"granularities": ["week"]}
    board.arrange(
        Placed(report=project.reports.create(name="x", kind="segmentation", definition=definition))
        for definition in (LOOKS, weeks)
    )
    sent = iter(["bob"])
    compute = questions.answer

    def answer(question, **options):
        found = compute(question, **options)
        for name in sent:
            journeys(**{name: [(0, "look")]})
        return found

    monkeypatch.setattr(questions, "answer", answer)
    runs = board.answers(5)
    assert [run.result["series"][0]["total"]["value"] for run in runs] == [2, 2]
    assert len({run.load for run in runs}) == 1


def test_a_dashboard_asks_no_query_for_each_tile_but_its_own(
    call, project, journeys, worker, reports, django_assert_max_num_queries
):
    journeys(ann=[(0, "look"), (1, "buy")])
    tiles = [{"report": each} for each in reports] * 6
    board = call("post", "dashboards/", {"name": "Wide", "tiles": tiles})[1]["id"]
    call("get", f"dashboards/{board}/result/")
    with django_assert_max_num_queries(12 * 3 + 20):
        assert call("get", f"dashboards/{board}/result/")[0] == 200
    with django_assert_max_num_queries(12):
        call("get", f"dashboards/{board}/")


def test_who_says_what_they_saw_overwrites_nobody(call, weekly):
    seen = {"If-Match": f'"{call("get", weekly)[1]["modified_at"]}"'}
    assert call("patch", weekly, {"period": JUNE})[0] == 200
    status, answer = call("patch", weekly, {"name": "Mine", "tiles": []}, **seen)
    assert status == 409
    assert "alice@example.com saved this dashboard" in answer["errors"][""][0]
    shown = call("get", weekly)[1]
    assert (shown["name"], shown["period"], len(shown["tiles"])) == ("Weekly", JUNE, 3)
    now = {"If-Match": f'"{shown["modified_at"]}"'}
    assert call("patch", weekly, {"name": "Mine"}, **now)[1]["name"] == "Mine"
