"""Every model in the admin: it lists, searches, and asks no query per row."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from knox.models import AuthToken

from analytics.models import Placed
from people.ingest.messages import Alias, Id, Identify, Kind, Track
from people.ingest.record import record
from people.models import (
    AttributeDefinition,
    Event,
    EventDefinition,
    Person,
    Project,
    PropertyDefinition,
    TokenNote,
)

OURS = [model for model in admin.site._registry if model._meta.app_label in ("people", "analytics")]
NOW = datetime(2026, 5, 4, tzinfo=UTC)
FUNNEL = {
    "kind": "funnel",
    "period": {"preset": "last_7_days"},
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": "a"}, {"event": "b"}],
}
CROATIA = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
NO_PROPERTIES = {"properties-TOTAL_FORMS": 0, "properties-INITIAL_FORMS": 0}


@pytest.fixture
def root(project, alice, client):
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client.force_login(alice)
    return client


def fill(project, start, count):
    for n in range(start, start + count):
        who = Id(f"person {n}", Kind.EXTERNAL)
        told = [
            Track((who,), f"event {n}", NOW + timedelta(minutes=n), f"uid {n}", {"p": n}),
            Identify((who,), NOW, {"plan": "x", f"attribute {n}": 1}),
            Track((Id(f"other {n}", Kind.EXTERNAL),), "event 0", NOW, f"other {n}", {}),
            Alias((who, Id(f"other {n}", Kind.EXTERNAL)), NOW),
        ]
        record(project, told, source="test")
        project.segments.create(name=f"segment {n}", condition=CROATIA)
        project.reports.create(name=f"report {n}", kind="funnel", definition={})
        project.dashboards.create(name=f"dashboard {n}").arrange([Placed(text=f"text {n}")])
        project.runs.create(definition={}, question="q")
        project.loads.create()


def address(model, what="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


@pytest.mark.django_db
@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_a_list_of_many_asks_no_more_than_a_list_of_few(root, project, model):
    counts = []
    for start, count in ((1, 2), (10, 20)):
        fill(project, start, count)
        root.get(address(model))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert root.get(address(model)).status_code == 200
        counts.append(len(asked))
    assert counts[1] <= counts[0] + 1


@pytest.mark.django_db
@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_each_can_be_searched_and_opened(root, project, model):
    fill(project, 1, 1)
    assert admin.site._registry[model].search_fields
    assert root.get(address(model), {"q": "1"}).status_code == 200
    found = model._default_manager.first()
    if found:
        assert root.get(address(model, "change", found.pk)).status_code == 200


@pytest.mark.django_db
def test_events_are_for_reading_only(root, project):
    fill(project, 1, 1)
    event = Event.objects.first()
    assert root.get(address(Event, "add")).status_code == 403
    assert root.post(address(Event, "change", event.pk), {"uid": "x"}).status_code == 403
    assert root.post(address(Event, "delete", event.pk), {"post": "yes"}).status_code == 403
    assert root.get(address(Person, "add")).status_code == 403


@pytest.mark.django_db
def test_a_definition_that_cannot_be_asked_is_refused_with_its_paths(root, project):
    from analytics.models import Report  # noqa: PLC0415

    answer = root.post(
        address(Report, "add"),
        {"project": project.pk, "name": "x", "definition": '{"kind": "funnel", "steps": []}'},
    )
    assert answer.status_code == 200
    assert "period: This is required." in answer.content.decode()
    assert not Report.objects.exists()


@pytest.mark.django_db
def test_types_and_names_of_what_was_kept_never_change(root, project):
    fill(project, 1, 1)
    event = project.event_definitions.get(name="event 1")
    kept = event.properties.get()
    root.post(address(PropertyDefinition, "change", kept.pk), {"name": "q", "type": "text"})
    rows = {"TOTAL_FORMS": 2, "INITIAL_FORMS": 1, "0-id": kept.pk, "0-event": event.pk}
    rows |= {"0-name": "q", "0-type": "text", "0-DELETE": "on", "1-name": "new", "1-type": "date"}
    inline = {f"properties-{key}": value for key, value in rows.items()}
    change = address(EventDefinition, "change", event.pk)
    answer = root.post(change, {"name": "other", "title": "One", **inline})
    assert answer.status_code == 302
    event.refresh_from_db()
    assert (event.name, event.title) == ("event 1", "One")
    types = dict(event.properties.values_list("name", "type"))
    assert types == {"p": "number", "new": "date"}
    plan = project.attribute_definitions.get(name="plan")
    change = address(AttributeDefinition, "change", plan.pk)
    root.post(change, {"type": "number", "name": "x", "description": "Which"})
    plan.refresh_from_db()
    assert (plan.name, plan.type, plan.description) == ("plan", "text", "Which")
    for kind, row in ((PropertyDefinition, kept), (AttributeDefinition, plan)):
        assert root.post(address(kind, "delete", row.pk), {"post": "yes"}).status_code == 403


@pytest.mark.django_db
def test_an_attribute_is_not_named_like_a_standard_one(root, project):
    given = {"project": project.pk, "name": "country", "type": "number"}
    answer = root.post(address(AttributeDefinition, "add"), given)
    assert "This is a standard attribute" in answer.content.decode()
    assert not project.attribute_definitions.exists()


@pytest.mark.django_db
def test_nothing_moves_to_another_project(root, project, alice):
    fill(project, 1, 1)
    other = Project.objects.create(name="Other")
    definition = json.dumps(FUNNEL)
    report = project.reports.get()
    rows = {
        report: {"name": "Renamed", "definition": definition},
        project.segments.get(): {"name": "Renamed", "condition": json.dumps(CROATIA)},
        project.write_keys.get(): {"name": "Renamed"},
        project.memberships.get(): {"role": "owner", "user": alice.pk},
        project.attribute_definitions.get(name="plan"): {"description": "Renamed"},
        project.event_definitions.get(name="event 1"): {"title": "Renamed", **NO_PROPERTIES},
    }
    for row, fields in rows.items():
        answer = root.post(address(row, "change", row.pk), {"project": other.pk, **fields})
        assert answer.status_code == 302, answer.context["errors"]
        row.refresh_from_db()
        assert row.project == project, row
    assert report.name == "Renamed"


@pytest.mark.django_db
def test_a_report_is_edited_as_formatted_json_and_not_over_somebody_else(root, project, alice):
    report = project.reports.create(name="x", kind="funnel", definition=FUNNEL)
    change = address(type(report), "change", report.pk)
    shown = root.get(change).content.decode()
    assert "{\n  &quot;kind&quot;: &quot;funnel&quot;" in shown
    assert f'href="/p/{project.slug}/reports/{report.pk}/"' in shown
    given = {"name": "x", "seen": report.modified_at.isoformat()}
    longer = FUNNEL | {"window": {"value": 2, "unit": "day"}}
    root.post(change, given | {"definition": json.dumps(longer)})
    report.refresh_from_db()
    assert report.definition["window"]["value"] == 2
    assert report.versions.first().created_by == alice
    second = root.post(change, given | {"definition": json.dumps(FUNNEL)})
    assert "Somebody saved this report after you opened it." in second.content.decode()
    wrong = root.post(change, {"name": "x", "definition": json.dumps(FUNNEL | {"steps": [{}]})})
    assert "steps.0.event: This is required." in wrong.content.decode()


@pytest.mark.django_db
def test_what_is_done_stands_in_the_audit_log(root, project, alice, bob):
    mark = project.annotations.create(day="2026-05-04", text="Release")
    kind = type(mark)
    root.post(address(kind, "change", mark.pk), {"day": "2026-05-05", "text": "Release"})
    root.post(address(kind, "change", mark.pk), {"day": "never", "text": "x"})
    chosen = {"action": "delete_selected", "_selected_action": [mark.pk], "post": "yes"}
    root.post(address(kind), chosen)
    key = project.write_keys.get()
    root.post(address(type(key)), {"action": "revoke", "_selected_action": [key.pk]})
    root.post(address(type(bob), "change", bob.pk), {"email": "bob@example.com", "is_active": ""})
    written = project.audit.filter(email=alice.email).exclude(action="signed in").order_by("pk")
    assert list(written.values_list("action", "words")) == [
        ("changed", "Changed annotation “2026-05-05: Release” in the admin"),
        ("erased", "Deleted 1 annotation in the admin"),
        ("changed", "Revoked write key “Default · Shop” in the admin"),
        ("changed", "Changed user “bob@example.com” in the admin"),
    ]


@pytest.mark.django_db
def test_tokens_and_keys_that_are_deleted_stand_in_the_audit_log(root, project, alice, bob):
    other = Project.objects.create(name="Other")
    other.memberships.create(user=bob, role="viewer")
    everywhere, here = (AuthToken.objects.create(bob)[0] for _ in range(2))
    TokenNote.objects.create(token=here, name="CI", project=project)
    assert "CI" in root.get(address(AuthToken)).content.decode()
    root.post(address(AuthToken, "delete", everywhere.pk), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [here.pk], "post": "yes"}
    root.post(address(AuthToken), chosen)
    root.post(address(AuthToken, "add"), {"user": bob.pk})
    key = project.write_keys.create(name="iOS")
    root.post(address(type(key), "delete", key.pk), {"post": "yes"})
    key = project.write_keys.get()
    member = project.memberships.get(user=bob)
    fields = {"name": "Shop", "slug": "shop", "timezone": "UTC", "week_start": "monday"}
    keys = {
        "write_keys-TOTAL_FORMS": 1, "write_keys-INITIAL_FORMS": 1, "write_keys-0-id": key.pk,
        "write_keys-0-project": project.pk, "write_keys-0-name": key.name,
        "write_keys-0-DELETE": "on",
    }  # fmt: skip
    members = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    root.post(address(Project, "change", project.pk), fields | keys | members)
    assert member in project.memberships.all()
    assert not project.write_keys.exists()

    def written(of):
        return list(
            of.audit.filter(email=alice.email)
            .exclude(action="signed in")
            .order_by("pk")
            .values_list("action", "words")
        )

    assert written(other) == [
        ("erased", "Deleted 1 API token in the admin"),
        ("changed", "Added API token “bob@example.com” in the admin"),
    ]
    assert written(project) == [
        ("erased", "Deleted 1 API token in the admin"),
        ("erased", "Deleted 1 API token in the admin"),
        ("changed", "Added API token “bob@example.com” in the admin"),
        ("erased", "Deleted 1 write key in the admin"),
        ("changed", "Changed project “Shop” in the admin"),
        ("erased", "Deleted 1 write key in the admin"),
    ]
