"""The library of reports: found, sorted, named, put away, taken back; and what is then missing."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from analytics.models import Placed, Report, Subscription
from analytics.models.aside import aside_of
from analytics.models.questions import compute_next

pytestmark = pytest.mark.django_db
HR = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "granularities": ["day"],
    "segments": [],
    "events": [{"event": "look", "filters": []}],
    "denominator": "members",
}
FUNNEL = {
    "kind": "funnel",
    "period": {"preset": "last_7_days"},
    "window": {"value": 1, "unit": "day"},
    "segments": [],
    "steps": [{"event": "look", "filters": []}, {"event": "buy ü", "filters": []}],
    "completion": "within_period",
}


@pytest.fixture
def saved(project, alice, bob):
    def made(name, definition, by=alice, **fields):
        kind = definition["kind"]
        return project.reports.create(
            name=name, kind=kind, definition=definition, created_by=by, **fields
        )

    croatia = project.segments.create(name="Croatia", condition=HR)
    among = LOOKS | {"segments": [{"segment": str(croatia.pk)}]}
    now = timezone.now()
    return {
        "Looks": made("Looks", LOOKS, description="For Mondays", answered_at=now),
        "Among": made("Among", among, answered_at=now - timedelta(1)),
        "Buying": made("Buying", FUNNEL, bob),
        "Old": made("Old", LOOKS, trashed_at=now),
    }


@pytest.fixture
def names(client, project, alice, saved):
    client.force_login(alice)

    def shown(query=""):
        page = client.get(f"/p/{project.slug}/reports/?{query}")
        assert page.status_code == 200
        return [report.name for report, _ in page.context["rows"]]

    return shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Looks", "Among", "Buying"]),
        ("sort=name", ["Among", "Buying", "Looks"]),
        ("sort=changed", ["Buying", "Among", "Looks"]),
        ("sort=colour", ["Looks", "Among", "Buying"]),
        ("tab=funnel", ["Buying"]),
        ("tab=segmentation", ["Looks", "Among"]),
        ("tab=mine", ["Looks", "Among"]),
        ("tab=trash", ["Old"]),
        ("tab=nowhere", ["Looks", "Among", "Buying"]),
        ("q=monday", ["Looks"]),
        ("q=BUYING", ["Buying"]),
        ("q=buy+%C3%BC", ["Buying"]),
        ("q=croatia", ["Among"]),
        ("q=%25", []),
        ("q=%00", ["Looks", "Among", "Buying"]),
        ("q=nothing+of+this", []),
        ("owner=bob@example.com", ["Buying"]),
        ("owner=nobody", []),
        ("owner=%00", ["Looks", "Among", "Buying"]),
        ("page=99", ["Looks", "Among", "Buying"]),
    ],
)
def test_what_is_looked_for_is_found(names, query, found):
    assert names(query) == found


def test_a_long_library_asks_no_query_for_each(
    client, project, alice, django_assert_max_num_queries
):
    client.force_login(alice)
    for n in range(60):
        project.reports.create(name=f"r {n}", kind="funnel", definition=FUNNEL, created_by=alice)
    with django_assert_max_num_queries(14):
        page = client.get(f"/p/{project.slug}/reports/")
    assert len(page.context["rows"]) == 50
    assert "Page 1 of 2" in page.content.decode()


def test_what_was_answered_last_is_kept_as_a_glance(
    client, project, alice, journeys, worker, saved
):
    journeys(ann=[(0, "look")])
    client.force_login(alice)
    saved["Looks"].answered_at = None
    saved["Looks"].save()
    path = f"/p/{project.slug}/reports/{saved['Looks'].pk}/"
    client.get(path)
    report = Report.objects.get(name="Looks")
    assert report.glance["finding"].startswith("look: 1 person")
    assert max(value for value in report.glance["thumb"]["lines"][0]) == 1
    shown = client.get(f"/p/{project.slug}/reports/").content.decode()
    assert "look: 1 person" in shown
    assert "<polyline" in shown
    # Another question behind its address is no answer of the report.
    client.get(f"{path}?event-0=look&metric=events&period=last_7_days")
    assert Report.objects.get(name="Looks").glance == report.glance


def test_a_report_is_renamed_and_described_unless_somebody_was_quicker(
    client, project, alice, saved
):
    client.force_login(alice)
    report = saved["Looks"]
    path = f"/p/{project.slug}/reports/{report.pk}/about/"
    seen = report.modified_at.isoformat()
    client.post(path, {"name": "All looks", "description": "Daily", "seen": seen})
    report.refresh_from_db()
    assert (report.name, report.description) == ("All looks", "Daily")
    assert report.versions.count() == 1
    told = client.post(path, {"name": "Mine", "description": "", "seen": seen}, follow=True)
    assert "saved this report after you opened it" in told.content.decode()
    report.refresh_from_db()
    assert report.name == "All looks"


def test_the_trash_and_back(client, project, alice, saved, names):
    report = saved["Buying"]
    path = f"/p/{project.slug}/reports/{report.pk}/trash/"
    client.post(path)
    assert names() == ["Looks", "Among"]
    assert (
        "This report is in the trash." in client.get(path.removesuffix("trash/")).content.decode()
    )
    client.post(path, {"back": ""})
    assert names() == ["Looks", "Among", "Buying"]


def test_where_it_is_used_is_shown_before_it_goes_and_nothing_dies(
    client, project, alice, saved, names, journeys, worker
):
    journeys(ann=[(0, "look")])
    report = saved["Looks"]
    board = project.dashboards.create(name="Weekly")
    board.arrange([Placed(report=report)])
    mail = Subscription(project=project, report=report, schedule={"every": "day", "hour": 8})
    mail.keep(["alice@example.com"], alice)
    path = f"/p/{project.slug}/reports/{report.pk}/trash/"
    told = client.post(path).content.decode()
    assert "1 dashboard, 1 mail use it" in told
    assert "Weekly" in told
    assert "Looks" in names()
    client.post(path, {"sure": ""})
    assert "Looks" not in names()
    tile = f"/p/{project.slug}/dashboards/{board.pk}/tiles/{board.tiles.get().pk}/"
    assert "“Looks” is in the trash" in client.get(tile).content.decode()
    shown = client.get(f"/p/{project.slug}/mails/{mail.pk}/").content.decode()
    assert "Its report is in the trash." in shown
    due = Subscription.objects.due(timezone.now() + timedelta(days=2))
    assert not due.exists()
    client.post(path, {"back": ""})
    assert due.exists()
    assert "1 person" in client.get(tile).content.decode()


def test_only_what_is_in_the_trash_is_deleted_for_good(client, project, alice, saved, names):
    kept, old = saved["Looks"], saved["Old"]
    for report in (kept, old):
        client.post(f"/p/{project.slug}/reports/{report.pk}/delete/", {"name": "Other"})
        client.post(f"/p/{project.slug}/reports/{report.pk}/delete/", {"name": report.name})
    assert names("tab=trash") == []
    assert Report.objects.filter(name="Looks").exists()
    assert not Report.objects.filter(name="Old").exists()


def test_the_api_knows_the_trash(client, project, alice, bearer, saved):
    def call(method, path, body=None):
        sent = {"data": json.dumps(body), "content_type": "text/plain"} if body else {}
        address = f"/api/projects/{project.slug}/reports/{path}"
        return getattr(client, method)(address, **sent, headers=bearer(alice)).json()

    def listed(query=""):
        return {each["name"] for each in call("get", query)["results"]}

    assert listed() == {"Looks", "Among", "Buying"}
    assert listed("?trashed=true") == {"Old"}
    pk = saved["Looks"].pk
    assert call("patch", f"{pk}/", {"trashed": True})["trashed"] is True
    assert listed("?trashed=true") == {"Old", "Looks"}
    again = call("patch", f"{pk}/", {"trashed": False, "description": "For us"})
    assert (again["trashed"], again["description"]) == (False, "For us")
    assert list(call("get", "?trashed=maybe")["errors"]) == ["trashed"]


def test_the_home_shows_the_pinned_dashboard(client, project, alice, saved):
    client.force_login(alice)
    home = f"/p/{project.slug}/"
    assert 'class="board"' not in client.get(home).content.decode()
    board = project.dashboards.create(name="Weekly", is_pinned=True)
    board.arrange([Placed(report=saved["Looks"])])
    shown = client.get(home).content.decode()
    assert 'class="board"' in shown
    assert "Weekly" in shown


def test_a_result_through_the_api_is_a_run_too(client, project, alice, bearer, journeys, saved):
    journeys(ann=[(0, "look")])
    path = f"/api/projects/{project.slug}/reports/{saved['Buying'].pk}/result/"
    client.get(f"{path}?wait=0", headers=bearer(alice))
    assert compute_next()
    answered = client.get(path, headers=bearer(alice)).json()
    assert answered["status"] == "done", (answered, project.runs.values("state", "error"))
    saved["Buying"].refresh_from_db()
    assert saved["Buying"].answered_at
    assert saved["Buying"].glance["thumb"]["bars"] == [[0], [0]]


def test_the_rail_counts_and_leads_to_what_is_pinned(
    client, project, alice, saved, django_assert_max_num_queries
):
    project.dashboards.create(name="Weekly", is_pinned=True)
    project.dashboards.create(name="Rare")
    client.force_login(alice)
    client.post(f"/p/{project.slug}/reports/{saved['Looks'].pk}/pin/")
    page = client.get(f"/p/{project.slug}/segments/").content.decode()
    rail = page[page.index('<nav class="rail"') : page.index("</nav>", page.index("rail"))]
    counts = re.findall(r"<span>(\w+)</span>\s*<small[^>]*>(\d+)<", rail)
    assert counts[:2] == [("Reports", "3"), ("Dashboards", "2")]
    pins = re.findall(r'href="([^"]*)" title="([^"]*)"', rail)
    assert [name for _, name in pins] == ["Weekly", "Looks"]
    assert all(client.get(address).status_code == 200 for address, _ in pins)
    client.post(f"/p/{project.slug}/reports/{saved['Looks'].pk}/pin/")
    saved["Looks"].refresh_from_db()
    assert (saved["Looks"].is_pinned, saved["Looks"].versions.count()) == (False, 1)
    with django_assert_max_num_queries(2):
        assert aside_of(project).counts["reports"] == 3
