"""Who may call what: every address of the API, every method, every role."""

import json

import pytest
from django.db import transaction
from django.urls import reverse

from analytics.api import alerts
from analytics.exports import jobs
from analytics.models import Alert, Placed, Report, Segment, Selection, Share, Subscription
from analytics.urls import api as analytics_api
from people.members import invite
from people.models import Membership, Person, Project
from people.urls import api as people_api
from tests.conftest import member

pytestmark = pytest.mark.django_db
LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "events": [{"event": "look"}],
}
ALL = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
MERGE = {"into": "ann", "from": "ann2"}
PLAN = {"attributes": {"plan": "pro"}}
# The report that the fixture makes.
REPORT = "0b0e6f5c-6f0c-4b8e-9d27-3f7a1c1d8f10"
READERS = {"report": REPORT, "recipients": ["alice@example.com"]}
SUBSCRIPTION = READERS | {"schedule": {"every": "day"}}
ALERT = READERS | {"operator": "below", "value": 1}
NONE = "5e175dd1-5e8f-4d15-87d1-3b7d80edc243"
METHODS = ("get", "post", "put", "patch", "delete")
# What an owner is answered, by method; the body where there is one. The rest follows by rule:
# viewers read and ask, and are refused what changes something (403); to members of other projects
# there is nothing (404); nobody is nobody (401); another method is none (405).
ROWS = {
    "api-projects": {"get": (200, None), "post": (201, {"name": "New"})},
    "api-project": {"get": (200, None), "patch": (200, {"name": "Newer"})},
    "api-people": {"get": (200, None), "post": (201, {"external_id": "new"})},
    "api-merge": {"post": (200, MERGE), "get": (404, None), "patch": (404, PLAN),
                  "delete": (404, None)},
    "api-person-events": {"get": (200, None), "patch": (404, PLAN), "delete": (404, None)},
    "api-person-export": {"get": (200, None)},
    "api-person": {"get": (200, None), "patch": (200, PLAN), "delete": (204, None)},
    "api-audit": {"get": (200, None)},
    "api-attributes": {"get": (200, None), "post": (201, {"name": "n", "type": "text"})},
    "api-attribute": {"patch": (200, {"archived": True})},
    "api-events": {"get": (200, None), "post": (201, {"name": "n"})},
    "api-event": {"patch": (200, {"archived": True})},
    "api-members": {"get": (200, None), "post": (201, {"email": "n@example.com"})},
    "api-member": {"get": (200, None), "patch": (200, {"role": "editor"}), "delete": (204, None)},
    "api-keys": {"get": (200, None), "post": (201, {"name": "Web"})},
    "api-key": {"get": (200, None), "patch": (200, {"name": "App"}), "delete": (204, None)},
    "api-query": {"post": (202, {"definition": LOOKS, "wait": 0})},
    "api-run": {"get": (200, None), "delete": (200, None)},
    "api-people-behind": {"post": (200, {"definition": LOOKS, "event": 0})},
    "api-people-page": {"get": (200, None)},
    "api-reports": {"get": (200, None), "post": (201, {"name": "n", "definition": LOOKS})},
    "api-report": {"get": (200, None), "patch": (200, {"name": "n"}), "delete": (204, None)},
    "api-report-duplicate": {"post": (201, None)},
    "api-report-result": {"get": (202, None)},
    "api-report-versions": {"get": (200, None)},
    "api-report-restore": {"post": (200, None)},
    "api-dashboards": {"get": (200, None), "post": (201, {"name": "n"})},
    "api-dashboard": {"get": (200, None), "patch": (200, {"name": "n"}), "delete": (204, None)},
    "api-dashboard-result": {"get": (202, None)},
    "api-segments": {"get": (200, None), "post": (201, {"name": "n", "condition": ALL})},
    "api-segment": {"get": (200, None), "patch": (200, {"name": "n"}), "delete": (204, None)},
    "api-segment-people": {"get": (200, None)},
    "api-subscriptions": {"get": (200, None), "post": (201, SUBSCRIPTION)},
    "api-subscription": {"get": (200, None), "patch": (200, {"paused": True}),
                         "delete": (204, None)},
    "api-subscription-send": {"post": (202, {})},
    "api-deliveries": {"get": (200, None)},
    "api-alerts": {"get": (200, None), "post": (201, ALERT)},
    "api-alert": {"get": (200, None), "patch": (200, {"value": 2}), "delete": (204, None)},
    "api-shares": {"get": (200, None), "post": (201, {"report": REPORT})},
    "api-share": {"delete": (204, None)},
    "api-webhooks": {"get": (200, None), "post": (201, {"url": "https://192.0.32.8/hook"})},
    "api-webhook": {"get": (200, None), "delete": (204, None)},
    "api-calls": {"get": (200, None), "post": (202, None)},
    "api-exports": {"get": (200, None), "post": (201, {"what": "people"})},
    "api-export": {"get": (200, None), "delete": (204, None)},
    "api-export-file": {"get": (200, None)},
    "api-annotations": {"get": (200, None), "post": (201, {"day": "2026-05-04", "text": "x"})},
    "api-annotation": {"get": (200, None), "patch": (200, {"text": "y"}), "delete": (204, None)},
}  # fmt: skip
PATTERNS = [*people_api.urlpatterns, *analytics_api.urlpatterns]
EXPORTS = {"api-exports", "api-export", "api-export-file"}
ASKING = {"api-query", "api-people-behind", *EXPORTS}
# What only owners change.
DECIDED = {"api-members", "api-member", "api-keys", "api-key"}
HOOKS = {"api-webhooks", "api-webhook", "api-calls"}
# What only owners read.
WATCHED = {"api-audit", *HOOKS}


@pytest.fixture
def things(project, journeys, monkeypatch):
    """One of each in the project, by the names that addresses give them."""
    # No worker answers here.
    monkeypatch.setattr(alerts, "PATIENCE", 0)
    journeys(ann=[(0, "look")], ann2=[(0, "look")])
    report = Report.objects.create(
        pk=REPORT,
        project=project,
        name="x",
        kind="segmentation",
        definition=LOOKS | {"segments": []},
    )
    segment = Segment.objects.create(project=project, name="x", condition=ALL)
    run = project.runs.create(definition=LOOKS, question="q", state="failed", error="Too much.")
    selection = Selection.objects.create(project=project, definition=LOOKS, figure={"event": 0})
    watching = {"project": project, "report": report, "schedule": {"every": "day"}}
    subscription = Subscription(**watching)
    subscription.keep(["alice@example.com"], None)
    alert = Alert(**watching, operator="below", value=1)
    alert.keep(["alice@example.com"], None)
    mark = project.annotations.create(day="2026-05-04", text="x")
    project.attribute_definitions.create(name="plan", type="text")
    dashboard = project.dashboards.create(name="x")
    dashboard.arrange([Placed(report=report)])
    return {
        "dashboard": dashboard.pk, "subscription": subscription.pk, "alert": alert.pk,
        "annotation": mark.pk, "share": Share.make(project=project, report=report)[0].pk,
        "report": report.pk, "segment": segment.pk, "run": run.pk, "selection": selection.pk,
        "external_id": "ann", "number": 1,
        "member": invite(project, "guest@example.com", "viewer").pk,
        "webhook": project.webhooks.create(url="https://192.0.32.8/").pk,
        "key": project.write_keys.create(name="iOS").pk, "export": exported(project).pk,
    }  # fmt: skip


def exported(project):
    """A file that is ready."""
    export = project.exports.create(what="people", format="csv")
    jobs.run(export)
    return export


def address(name, slug, things):
    kinds = {"deliveries": "subscription", "calls": "webhook"}
    [kind] = [
        each
        for each in (
            "dashboard",
            "segment",
            "subscription",
            "alert",
            "annotation",
            "share",
            "report",
            "member",
            "key",
            "export",
            "webhook",
        )
        if each in kinds.get(name.removeprefix("api-"), name)
    ] or ["report"]
    names = {"api-attribute": "plan", "api-event": "look"}
    known = {**things, "pk": things[kind], "project": slug, "name": names.get(name)}
    [pattern] = [each for each in PATTERNS if each.name == name]
    path = reverse(name, kwargs={key: known[key] for key in pattern.pattern.converters})
    return (
        f"{path}?wait=0"
        if name in ("api-report-result", "api-dashboard-result", "api-run")
        else path
    )


@pytest.fixture
def call(client, bearer, project):
    def made(user, method, path, body=None):
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "text/plain"}
        # What writes data reads nothing.
        key = {"Authorization": f"Bearer {project.write_keys.first().key}"}
        headers = key if user == "no token" else bearer(user) if user else {}
        return getattr(client, method)(path, **sent, headers=headers)

    return made


@pytest.fixture
def eve(project):
    """May change the project."""
    return member(project, "eve", Membership.Role.EDITOR)


def tried(call, *given):
    """The answer to a call that is as if it had not been made."""
    with transaction.atomic():
        answer = call(*given)
        transaction.set_rollback(True)
    return answer


def methods_of(pattern):
    view = pattern.callback
    # DRF adds HEAD where GET was answered once.
    return set(getattr(view, "actions", None) or ()) - {"head"} or {
        each for each in METHODS if hasattr(view.view_class, each)
    }


def test_every_address_and_method_has_its_row():
    assert {each.name: methods_of(each) for each in PATTERNS} == {
        name: set(row) for name, row in ROWS.items()
    }


@pytest.mark.parametrize("name", ROWS)
def test_who_may_call_it(call, project, alice, eve, bob, charlie, things, name):
    path = address(name, project.slug, things)
    order = sorted(METHODS, key=["get", "put", "patch", "post", "delete"].index)
    for method in order:
        status, body = ROWS[name].get(method, (405, None))
        asks = name in ASKING and (name, method) != ("api-export", "delete")
        reads = method == "get" or asks or name == "api-projects"
        expected = {
            None: 401,
            "no token": 401,
            charlie: ROWS[name].get(method, (405,))[0] if name == "api-projects" else 404,
            bob: status if (reads and name not in WATCHED) or name == "api-projects" else 403,
            eve: 403 if (name in DECIDED and not reads) or name in WATCHED else status,
            alice: status,
        }
        for user, answered in expected.items():
            answer = tried(call, user, method, path, body)
            assert answer.status_code == answered, (user, method, path, answer.content)
            if answered >= 400:
                assert list(answer.json()) == ["errors"]
            assert answer["Cache-Control"] == "private, no-store"
            assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))


@pytest.mark.parametrize("name", [each for each in ROWS if each != "api-projects"])
def test_things_of_another_project_are_not_there(call, project, charlie, things, name):
    """A member of another project asks for them through it."""
    own = Project.objects.exclude(pk=project.pk).get()
    path = address(name, own.slug, things)
    named = [each for each in things.values() if f"/{each}/" in path]
    for method, (_, body) in ROWS[name].items():
        if named or name == "api-merge":
            assert call(charlie, method, path, body).status_code == 404
    assert Person.objects.filter(project=project).count() == 2
    listed = call(charlie, "get", "/api/projects/").json()["results"]
    assert [each["slug"] for each in listed] == [own.slug]


# What no body of the API is, and what no server should read from who may not send it.
NO_BODIES = ["[", '{"x": ' * 2_000, '"\\ud800"', '{"name": null}', "[1]"]


@pytest.mark.parametrize("name", ROWS)
def test_who_may_not_is_told_so_before_a_body_is_read(
    client, bearer, project, bob, charlie, things, name
):
    path = address(name, project.slug, things)
    for method in {"post", "patch", "delete"} & set(ROWS[name]):
        for body in NO_BODIES:
            for user, status in ((None, 401), (charlie, 404), (bob, 403)):
                if user and (name == "api-projects" or (name in ASKING and user is bob)):
                    continue
                headers = bearer(user) if user else {}
                answer = getattr(client, method)(
                    path, data=body, content_type="application/json", headers=headers
                )
                assert answer.status_code == status, (method, path, body[:20])


def bodies_with_foreign_ids(things):
    """Whatever a body may name by an id: path, body, the path of the problem."""
    report, dashboard = str(things["report"]), str(things["dashboard"])
    other = LOOKS | {"segments": [{"segment": str(things["segment"])}]}
    schedule = {"schedule": {"every": "day"}, "recipients": ["charlie@example.com"]}
    return [
        ("dashboards/", {"name": "x", "tiles": [{"report": report}]}, "tiles.0.report"),
        ("subscriptions/", schedule | {"report": report}, "report"),
        ("subscriptions/", schedule | {"dashboard": dashboard}, "dashboard"),
        ("shares/", {"report": report}, "report"),
        ("shares/", {"dashboard": dashboard}, "dashboard"),
        ("alerts/", schedule | {"report": report, "operator": "below", "value": 1}, "report"),
        ("reports/", {"name": "x", "definition": other}, "definition.segments.0.segment"),
    ]


def test_whatever_a_body_names_is_of_the_project(call, project, charlie, things):
    own = Project.objects.exclude(pk=project.pk).get()
    root = f"/api/projects/{own.slug}/"

    def anonymous(text):
        for each in ("report", "dashboard", "segment"):
            text = text.replace(str(things[each]), NONE)
        return text

    for path, body, where in bodies_with_foreign_ids(things):
        answer = call(charlie, "post", f"{root}{path}", body)
        assert answer.status_code == 400, (path, answer.content)
        assert where in answer.json()["errors"], (path, answer.content)
        # Not even whether it is there is told: an id that nobody has is answered the same.
        nobodys = call(charlie, "post", f"{root}{path}", json.loads(anonymous(json.dumps(body))))
        assert nobodys.content.decode() == anonymous(answer.content.decode()), path
    for name in ("reports", "dashboards", "subscriptions", "alerts", "shares"):
        assert call(charlie, "get", f"{root}{name}/").json()["results"] == []


def test_ids_in_bodies_are_those_of_the_project(call, project, charlie, things):
    own = Project.objects.exclude(pk=project.pk).get()
    root = f"/api/projects/{own.slug}/"
    other = LOOKS | {"segments": [{"segment": str(things["segment"])}]}
    for path, body in (
        ("query/", {"definition": other}),
        ("query/people/", {"definition": other, "event": 0}),
        ("reports/", {"name": "x", "definition": other}),
        ("segments/", {"name": "x", "people": {"definition": other, "event": 0}}),
    ):
        answer = call(charlie, "post", f"{root}{path}", body)
        assert answer.status_code == 400, path
        assert any("segments.0.segment" in each for each in answer.json()["errors"])
    assert call(charlie, "post", f"{root}people/merge/", MERGE).status_code == 404


HOSTILE = ["0", "-1", "x", "%00", "9" * 40, NONE, "a/b", "%F0%9F%92%A9", "'--", "%0A"]


@pytest.mark.parametrize("given", HOSTILE)
def test_an_id_that_is_none_is_not_found(call, project, alice, things, given):
    root = f"/api/projects/{project.slug}/"
    for path in ("reports/{}/", "reports/{}/result/", "segments/{}/", "segments/{}/people/",
                 "query/{}/", "query/people/{}/", "people/{}/", "people/{}/events/"):  # fmt: skip
        answer = call(alice, "get", root + path.format(given))
        assert answer.status_code == 404, path
        assert list(answer.json()) == ["errors"]
    for key in ("after", "before", "cursor", "limit"):
        query = f"people/?{key}={given}"
        assert call(alice, "get", root + query).status_code in (200, 400, 404)
        behind = f"segments/{things['segment']}/people/?{key}={given}"
        assert call(alice, "get", root + behind).status_code in (200, 400, 404)


def test_pages_of_a_person_are_kept_by_nobody(client, project, alice, things):
    client.force_login(alice)
    for path in ("people/", f"people/{Person.objects.first().pk}/", "segmentation/"):
        answer = client.get(f"/p/{project.slug}/{path}")
        assert answer["Cache-Control"] == "private, no-store"
        assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))
