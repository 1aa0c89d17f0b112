"""What was saved before: kept, told in words, taken back; and two people who save at once."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import QueryDict
from django.urls import reverse

from analytics.definitions.conditions import Catalogue, InlineSegment
from analytics.definitions.differences import differences
from analytics.definitions.reports import dump, parse, read_stored
from analytics.forms import Builder, query_string
from analytics.models import Overtaken, Report
from people.attributes import STANDARD
from people.values import Type

STORED = sorted((Path(__file__).parent.parent / "data" / "definitions").glob("*.json"))
MAY = {"start": "2026-05-01", "end": "2026-05-31"}
HR = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
LOOKS = {"kind": "segmentation", "metric": "events", "period": MAY, "events": [{"event": "look"}]}
FUNNEL = {
    "kind": "funnel",
    "period": MAY,
    "window": {"value": 15, "unit": "minute"},
    "steps": [{"event": "a"}, {"event": "b"}],
}
JAZZ = {"property": "genre", "operator": "is", "value": ["jazz"]}
CATALOGUE = Catalogue(
    attributes=STANDARD | {"age": Type.NUMBER, "plan": Type.TEXT},
    properties={"Payment": {"amount": Type.NUMBER}, "Song Played": {"songGenre": Type.TEXT}},
)
SEGMENTS = {"s1": InlineSegment(name="Croatia", condition=HR)}


def told(before, after):
    return differences(read_stored(before), read_stored(after), SEGMENTS)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, []),
        ({"window": {"value": 1, "unit": "hour"}}, ["window 15 minutes → 1 hour"]),
        ({"steps": [{"event": "a"}, {"event": "b"}, {"event": "c"}]}, ["step 3 added: c"]),
        ({"steps": [{"event": "a"}, {"event": "c"}]}, ["step 2 b → c"]),
        ({"steps": [{"event": "b"}, {"event": "a"}]}, ["steps in another order: b, a"]),
        (
            {"steps": [{"event": "a", "filters": [JAZZ]}, {"event": "b"}]},
            ["step 1 a → a · genre is jazz"],
        ),
        (
            {"period": {"preset": "last_7_days"}},
            ["period 2026-05-01 to 2026-05-31 → last 7 days"],
        ),
        (
            {"completion": "after_period"},
            [
                (
                    "completion the whole funnel lies in the period → "
                    "the first step lies in the period, the others in the window"
                )
            ],
        ),
        ({"segments": [{"segment": "s1"}]}, ["segment 1 added: Croatia"]),
        ({"segments": [{"segment": "gone"}]}, ["segment 1 added: a segment that was deleted"]),
        ({"breakdown": {"attribute": "plan"}}, ["breakdown added: plan"]),
        ({"compare": "previous_period"}, ["compare added: the period before"]),
        (
            {"window": {"value": 20, "unit": "minute"}, "breakdown": {"attribute": "plan"}},
            ["window 15 minutes → 20 minutes", "breakdown added: plan"],
        ),
    ],
)
def test_each_change_is_said_in_words(changes, words):
    assert told(FUNNEL, FUNNEL | changes) == words


@pytest.mark.parametrize("back", [False, True])
def test_what_an_event_with_a_name_of_its_own_hides_is_said(back):
    before = LOOKS | {"events": [{"event": "look", "name": "Looks"}]}
    after = LOOKS | {"events": [{"event": "look", "name": "Looks", "filters": [JAZZ]}]}
    assert told(after, before) == ["event 1, filter 1 removed: genre is jazz"]
    assert told(before, after) == ["event 1, filter 1 added: genre is jazz"]


def test_another_kind_is_a_change_too():
    assert "kind segmentation → funnel" in told(LOOKS, FUNNEL)
    assert "kind funnel → segmentation" in told(FUNNEL, LOOKS)


def test_members_that_went_are_named():
    three = FUNNEL | {"steps": [{"event": each} for each in "abc"]}
    assert told(three, FUNNEL) == ["step 3 removed: c"]
    assert told(three, FUNNEL | {"steps": [{"event": "b"}, {"event": "c"}]}) == [
        "step 1 removed: a"
    ]
    both = LOOKS | {"segments": [{"segment": "s1"}, {"name": "All", "condition": HR}]}
    assert told(both, LOOKS | {"segments": [{"segment": "s1"}]}) == ["segment 2 removed: All"]


# --- What was stored ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_every_shape_ever_stored_still_opens(path):
    """One example of each shape that any version of the product saved; none is ever changed."""
    stored = json.loads(path.read_text())
    definition = parse(stored, CATALOGUE)
    whole = dump(definition)
    form = Builder(definition.kind, QueryDict(query_string(whole)), CATALOGUE)
    assert dump(parse(form.dump(), CATALOGUE)) == whole


@pytest.mark.django_db
@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_every_shape_ever_stored_opens_as_a_page(client, project, alice, path):
    stored = json.loads(path.read_text())
    saved = project.reports.create(name="Old", kind=stored["kind"], definition=stored)
    client.force_login(alice)
    page = client.get(reverse("report", args=[project.slug, saved.pk]), follow=True)
    assert page.status_code == 200
    assert "Old" in page.content.decode()


# --- Versions ------------------------------------------------------------------------------------


@pytest.fixture
def report(project, alice):
    return Report.objects.create(
        project=project, name="Looks", kind="funnel", definition=dump(read_stored(FUNNEL)),
        created_by=alice,
    )  # fmt: skip


@pytest.fixture
def call(client, project, alice, bearer):
    def made(method, path, body=None, user=alice, **headers):
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "text/plain"}
        address = f"/api/projects/{project.slug}/reports/{path}"
        answer = getattr(client, method)(address, **sent, headers=bearer(user) | headers)
        return answer.status_code, answer.json(), answer.headers.get("ETag", "")

    return made


@pytest.mark.django_db
def test_only_what_is_asked_makes_a_version(report, alice):
    report.name = "All looks"
    report.change(alice)
    report.definition = report.definition | {"window": {"value": 1, "unit": "hour"}}
    report.change(alice)
    numbers = report.versions.values_list("number", "definition__window__value")
    assert list(numbers) == [(2, 1), (1, 15)]


@pytest.mark.django_db
def test_versions_are_listed_newest_first_and_restored(call, report, alice):
    path = f"{report.pk}/"
    longer = FUNNEL | {"window": {"value": 1, "unit": "hour"}}
    more = longer | {"steps": [{"event": each} for each in "abc"]}
    for each in (longer, more):
        assert call("patch", path, {"definition": each})[0] == 200
    status, listed, _ = call("get", f"{path}versions/")
    assert (status, [(each["number"], each["changes"]) for each in listed["results"]]) == (
        200,
        [(3, ["step 3 added: c"]), (2, ["window 15 minutes → 1 hour"]), (1, [])],
    )
    assert {each["created_by"] for each in listed["results"]} == {"alice@example.com"}
    first = listed["results"][-1]
    assert first["definition"] == report.definition
    status, restored, _ = call("post", f"{path}versions/1/restore/")
    assert (status, restored["definition"]) == (200, report.definition)
    newest = call("get", f"{path}versions/?limit=1")[1]["results"][0]
    assert newest["number"] == 4
    assert newest["changes"] == ["window 1 hour → 15 minutes", "step 3 removed: c"]
    for number in (99, 10**30):
        assert call("post", f"{path}versions/{number}/restore/")[0] == 404


@pytest.mark.django_db
def test_a_version_that_cannot_be_asked_any_more_is_not_restored(call, report, alice, project):
    segment = project.segments.create(name="Croatia", condition=HR)
    path = f"{report.pk}/"
    uses = FUNNEL | {"segments": [{"segment": str(segment.pk)}]}
    call("patch", path, {"definition": uses})
    call("patch", path, {"definition": FUNNEL})
    segment.delete()
    status, answer, _ = call("post", f"{path}versions/2/restore/")
    assert (status, list(answer["errors"])) == (400, ["definition.segments.0.segment"])
    words = [each["changes"] for each in call("get", f"{path}versions/")[1]["results"]]
    assert words[1] == ["segment 1 added: a segment that was deleted"]


# --- Two people at once --------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_says_what_they_saw_overwrites_nobody(call, report):
    path = f"{report.pk}/"
    _, seen, tag = call("get", path)
    assert tag == f'"{seen["modified_at"]}"'
    longer = {"definition": FUNNEL | {"window": {"value": 1, "unit": "hour"}}}
    assert call("patch", path, longer)[0] == 200
    for match in (tag, f"W/{tag}"):
        status, answer, _ = call("patch", path, {"name": "Mine"}, **{"If-Match": match})
        assert status == 409
        assert "alice@example.com saved this report" in answer["errors"][""][0]
    report.refresh_from_db()
    assert (report.name, report.definition["window"]["value"]) == ("Looks", 1)
    newer = call("get", path)[2]
    assert call("patch", path, {"name": "Mine"}, **{"If-Match": newer})[0] == 200
    assert call("patch", path, {"name": "Anyway"}, **{"If-Match": "*"})[0] == 200


@pytest.mark.django_db
@pytest.mark.parametrize("match", ["x", '""', '"2026-13-01"', '"2026-05-01T00:00:00"', '"\x7f"'])
def test_a_tag_that_is_none_is_refused(call, report, match):
    status, answer, _ = call("patch", f"{report.pk}/", {"name": "x"}, **{"If-Match": match})
    assert (status, list(answer["errors"])) == (400, ["If-Match"])


@pytest.mark.django_db
def test_a_change_to_what_was_deleted_says_so(report, alice):
    Report.objects.all().delete()
    with pytest.raises(Overtaken, match="was deleted"):
        report.change(alice)
    assert not Report.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_reports_from_before_versions_begin_with_one():
    """What was saved last is the first version."""
    before, after = [("analytics", "0006_report_kinds")], [("analytics", "0007_versions")]
    executor = MigrationExecutor(connection)
    latest = [each for each in executor.loader.graph.leaf_nodes() if each[0] == "analytics"]
    executor.migrate(before)
    try:
        apps = executor.loader.project_state(before).apps
        shop = apps.get_model("people", "Project").objects.create(name="Old", slug="old")
        apps.get_model("analytics", "Report").objects.create(
            project_id=shop.pk, name="x", kind="funnel", definition=FUNNEL
        )
        executor = MigrationExecutor(connection)
        executor.migrate(after)
        apps = executor.loader.project_state(after).apps
        kept = apps.get_model("analytics", "Version").objects.get()
        assert (kept.number, kept.definition, kept.report.name) == (1, FUNNEL, "x")
        assert kept.created_at == kept.report.modified_at
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(latest)


# --- On pages ------------------------------------------------------------------------------------


@pytest.fixture
def page(client, project, alice, report):
    client.force_login(alice)
    return f"/p/{project.slug}/reports/{report.pk}/"


CHANGED = "period=custom&start=2026-05-01&end=2026-05-31&value=1&unit=hour&event-0=a&event-1=b"
SAME = CHANGED.replace("value=1&unit=hour", "value=15&unit=minute")


@pytest.mark.django_db
def test_a_report_has_an_address_and_changes_stand_behind_it(client, page):
    plain = client.get(page)
    assert "edited, not saved" not in plain.content.decode()
    assert plain["HX-Push-Url"] == page
    changed = client.get(f"{page}?{CHANGED}")
    assert "edited, not saved" in changed.content.decode()
    assert changed["HX-Push-Url"].startswith(f"{page}?")
    back = client.get(f"{page}?{SAME}")
    assert "edited, not saved" not in back.content.decode()
    assert back["HX-Push-Url"] == page


@pytest.mark.django_db
def test_saving_says_what_was_changed(client, page, report):
    seen = report.modified_at.isoformat()
    answer = client.post(f"{page}?{CHANGED}", {"name": "Looks", "update": "", "seen": seen})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "Saved: window 15 minutes → 1 hour." in client.get(page).content.decode()
    shown = client.get(f"{page}versions/").content.decode()
    assert "window 15 minutes → 1 hour" in shown
    assert client.get(f"{page}?version=1").content.decode().count("edited, not saved") == 1
    client.post(f"{page}versions/1/restore/")
    report.refresh_from_db()
    assert report.definition["window"] == {"value": 15, "unit": "minute"}


@pytest.mark.django_db
def test_who_saves_second_is_told_and_decides(client, page, report, alice):
    first = report.modified_at.isoformat()
    report.definition = report.definition | {"window": {"value": 2, "unit": "hour"}}
    report.change(alice)
    mine = {"name": "Looks", "update": "", "seen": first}
    told = client.post(f"{page}?{CHANGED}", mine)
    assert told.status_code == 409
    shown = told.content.decode()
    assert "alice@example.com saved this report after you opened it." in shown
    assert "window 2 hours → 1 hour" in shown
    report.refresh_from_db()
    assert report.definition["window"]["value"] == 2
    # What was seen is carried along while the page is edited.
    assert (
        first in client.get(f"{page}?{CHANGED}&seen={first.replace('+', '%2B')}").content.decode()
    )
    assert client.post(f"{page}?{CHANGED}", mine | {"update": "anyway"}).status_code == 302
    report.refresh_from_db()
    assert report.definition["window"]["value"] == 1


@pytest.mark.django_db
def test_save_as_new_proposes_another_name(client, page, report, project):
    assert 'value="Copy of Looks"' in client.get(page).content.decode()
    client.post(f"{page}?{CHANGED}", {"name": "Copy of Looks"})
    assert 'value="Copy 2 of Looks"' in client.get(page).content.decode()
    assert project.reports.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stored", "says"),
    [
        ({}, "kind"),
        ([], "definition"),
        ({"kind": "pie"}, "kind"),
        (FUNNEL | {"window": {"value": 0, "unit": "minute"}}, "window.value"),
        (FUNNEL | {"steps": [{"event": "a"}, {"evnt": "b"}]}, "steps.1.event"),
        (FUNNEL | {"steps": [{"event": "a"}]}, "steps"),
        (FUNNEL | {"period": "may", "colour": "red"}, "colour"),
        (FUNNEL | {"segments": "all"}, "segments"),
        (FUNNEL | {"steps": None, "breakdown": 3}, "steps"),
    ],
)
def test_what_cannot_be_read_any_more_opens_with_what_is_wrong(client, page, report, stored, says):
    Report.objects.update(definition=stored)
    shown = client.get(page)
    assert shown.status_code == 200
    text = shown.content.decode()
    assert "Some of what was saved cannot be read any more" in text
    assert f"<code>{says}" in text
    if isinstance(stored, dict) and isinstance(stored.get("steps"), list):
        assert 'value="a"' in text
    assert client.get(f"{page}versions/").status_code == 200
    assert client.get(f"{page}?{CHANGED}").status_code == 200
