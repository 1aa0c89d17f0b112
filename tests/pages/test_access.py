"""Who may open which page, and what each answers to."""

import pytest
from django.urls import get_resolver

from analytics.models import Report
from analytics.urls import pages as report_pages
from people.models import EventDefinition, Person
from people.urls import pages as people_pages

pytestmark = pytest.mark.django_db
FUNNEL = {
    "kind": "funnel",
    "period": {"preset": "last_7_days"},
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": "a", "filters": []}, {"event": "b", "filters": []}],
    "segments": [],
    "completion": "within_period",
}


CROATIA = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}


@pytest.fixture
def addresses(project, journeys, worker):
    journeys(ann=[(0, "look", {"n": 1}), {"plan": "pro"}])
    job = project.imports.create(name="a.csv", format="csv", file="a.csv", state="done")
    ann, event = Person.objects.get(), EventDefinition.objects.get()
    report = Report.objects.create(project=project, name="x", kind="funnel", definition=FUNNEL)
    segment = project.segments.create(name="All", condition=CROATIA)
    run = project.runs.create(definition=FUNNEL, question="q", state="failed", error="Too much.")
    return {
        "home": ("/", 302),
        "project": (f"/p/{project.slug}/", 200),
        "segmentation": (f"/p/{project.slug}/segmentation/", 200),
        "funnel": (f"/p/{project.slug}/funnel/", 200),
        "report": (f"/p/{project.slug}/reports/{report.pk}/", 200),
        "report-versions": (f"/p/{project.slug}/reports/{report.pk}/versions/", 200),
        "report-restore": (f"/p/{project.slug}/reports/{report.pk}/versions/1/restore/", 405),
        "run": (f"/p/{project.slug}/runs/{run.pk}/", 286),
        "stop": (f"/p/{project.slug}/runs/{run.pk}/stop/", 405),
        "suggestions": (f"/p/{project.slug}/suggestions/?of=value&name=plan", 200),
        "save-segment": (f"/p/{project.slug}/segmentation/segment/", 405),
        "noticed": (f"/p/{project.slug}/noticed/?name=plan&value=pro", 200),
        "usual": (f"/p/{project.slug}/usual/?event-0=a&event-1=b&value=1&unit=day", 200),
        "size": (f"/p/{project.slug}/size/?segment-0=new", 200),
        "people": (f"/p/{project.slug}/people/", 200),
        "behind": (
            f"/p/{project.slug}/funnel/people/?event-0=a&event-1=b&value=1&unit=day&of-step=0",
            200,
        ),
        "person": (f"/p/{project.slug}/people/{ann.pk}/", 200),
        "person-export": (f"/p/{project.slug}/people/{ann.pk}/export/", 200),
        "person-erase": (f"/p/{project.slug}/people/{ann.pk}/erase/", 405),
        "events": (f"/p/{project.slug}/events/", 200),
        "event": (f"/p/{project.slug}/events/{event.pk}/", 200),
        "segment-delete": (f"/p/{project.slug}/segments/{segment.pk}/delete/", 200),
        "project-delete": (f"/p/{project.slug}/delete/", 200),
        "live": (f"/p/{project.slug}/live/", 200),
        "try-again": (f"/p/{project.slug}/live/try-again/", 405),
        "send": (f"/p/{project.slug}/send/", 200),
        "imports": (f"/p/{project.slug}/import/", 200),
        "import": (f"/p/{project.slug}/import/{job.pk}/", 200),
        "import-rejected": (f"/p/{project.slug}/import/{job.pk}/rejected/", 404),
    }


def test_every_page_has_its_row(addresses):
    named = {each.name for each in [*report_pages.urlpatterns, *people_pages.urlpatterns]}
    assert set(addresses) == named
    assert get_resolver()


def test_members_see_them_strangers_find_nothing(addresses, client, alice, bob, charlie):
    for name, (path, status) in addresses.items():
        for user in (alice, bob):
            client.force_login(user)
            hidden = name in ("project-delete", "segment-delete") and user is bob
            assert client.get(path).status_code == (403 if hidden else status), name
        client.force_login(charlie)
        hidden = {302: 302, 405: 405}.get(status, 404)
        assert client.get(path).status_code == hidden, name
        client.logout()
        answer = client.get(path)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/"), name


def test_only_who_may_edit_saves_a_report(client, project, alice, bob):
    path = f"/p/{project.slug}/funnel/?period=last_7_days&value=1&unit=day&event-0=a&event-1=b"
    client.force_login(bob)
    assert client.post(path, {"name": "Mine"}).status_code == 403
    assert not Report.objects.exists()
    client.force_login(alice)
    answer = client.post(path, {"name": "Mine"})
    report = Report.objects.get()
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/p/{project.slug}/reports/{report.pk}/",
    )
    assert (report.name, report.kind, report.definition) == ("Mine", "funnel", FUNNEL)


def test_a_saved_report_is_changed_in_place_or_saved_anew(client, project, alice):
    client.force_login(alice)
    path = f"/p/{project.slug}/funnel/?period=last_7_days&value=1&unit=day&event-0=a&event-1="
    client.post(f"{path}b", {"name": "Mine"})
    saved = Report.objects.get()
    old = client.get(f"{path}c&report={saved.pk}")
    assert old["Location"].startswith(f"/p/{project.slug}/reports/{saved.pk}/?period=")
    client.post(old["Location"], {"name": "Ours", "update": ""})
    saved.refresh_from_db()
    assert (saved.name, saved.definition["steps"][1]["event"]) == ("Ours", "c")
    client.post(f"{path}d", {"name": "Theirs"})
    assert sorted(Report.objects.values_list("name", flat=True)) == ["Ours", "Theirs"]


def test_a_step_that_may_be_a_mistake_is_hinted_at(client, project, alice, journeys):
    journeys(ann=[(0, "look")])
    client.force_login(alice)
    path = f"/p/{project.slug}/funnel/?value=1&unit=day&event-0=look&event-1=look&event-2=lok"
    shown = client.get(path).content.decode()
    assert "The same as the step before" in shown
    assert "No event “lok” was ever sent." in shown


def test_a_fragment_is_a_part_of_its_page(client, project, alice):
    client.force_login(alice)
    path = f"/p/{project.slug}/segmentation/"
    page = client.get(path)
    fragment = client.get(path, headers={"HX-Request": "true"})
    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()
    assert 'id="report"' in fragment.content.decode()
    assert "HX-Request" in page["Vary"]


def test_a_stranger_page_says_so_in_words(client, alice):
    client.force_login(alice)
    answer = client.get("/p/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "event-0=%00",
        "event-0=a&event-0-filter-0-property=%00&event-0-filter-0-value=%00",
        "event-0=a&segment-0=new&segment-0-name=%00&segment-0-condition-0-attribute=country",
        "event-0=a&segment-0=nowhere&report=nothing",
        "event-999999999999999999999=a&event-x=b&do=remove-event-1&granularity=year",
        "event-0=a&period=custom&start=0001-01-01&end=9999-12-31",
        "event-0=a&metric=sum&period=never&denominator=all",
    ],
)
def test_no_address_breaks_a_page(client, project, alice, query):
    client.force_login(alice)
    for kind in ("segmentation", "funnel"):
        assert client.get(f"/p/{project.slug}/{kind}/?{query}").status_code == 200


def test_the_policy_lets_nothing_else_in(client):
    policy = client.get("/sign-in/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
