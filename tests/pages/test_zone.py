"""Every day and time on every page is on the project's clock, and says which clock that is."""

import json
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from analytics.models import (
    Address,
    Alert,
    Annotation,
    Dashboard,
    Delivery,
    KeptMail,
    Mailing,
    Recipient,
    Report,
    Run,
    Segment,
    Share,
    Subscription,
)
from analytics.models.questions import compute_next
from analytics.models.webhooks import Webhook, WebhookCall
from people import locale
from people.admin_base import Zoned, clock_of
from people.models import Batch, Load, Person, RefusedMessage, User, WriteKey
from people.values import iso

pytestmark = pytest.mark.django_db
AUCKLAND = ZoneInfo("Pacific/Auckland")
# Late on 4 May in UTC, the morning of 5 May in Auckland.
AT = datetime(2026, 5, 4, 20, 30, tzinfo=UTC)
TIME = re.compile(r'<time title="([^"]+)" datetime="([^"]+)">([^<]*)</time>')
CROATIA = {"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]}
FUNNEL = {
    "kind": "funnel",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": "look"}, {"event": "buy"}],
}


@pytest.fixture
def shown(project, journeys, client, alice):
    """shown(path): a page of a project in Auckland in which Ann looked and bought."""
    project.timezone = AUCKLAND.key
    project.save()
    journeys(ann=[(630, "look", {"until": iso(AT)}), (631, "buy"), {"renewed": iso(AT)}])
    report = project.reports.create(name="Buying", kind="funnel", definition=FUNNEL)
    Report.objects.filter(pk=report.pk).update(modified_at=AT)
    batch = Batch.objects.latest("pk")
    Batch.objects.update(received_at=AT)
    RefusedMessage.objects.create(project=project, batch=batch, item={}, errors={"": ["No."]})
    Person.objects.update(created_at=AT, modified_at=AT)
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client.force_login(alice)
    return lambda path: client.get(path).content.decode()


def told(at=AT):
    return locale.moment(at.astimezone(AUCKLAND))


def test_pages(shown, project):
    ann, base = Person.objects.get(), f"/p/{project.slug}"
    steps = (
        "event-0=look&event-1=buy&value=1&unit=day&period=custom&start=2026-05-01&end=2026-05-31"
    )
    columns = "column=registered_at&column=created_at&column=renewed"
    pages = {
        "reports": f"{base}/",
        "people": f"{base}/people/?{columns}",
        "person": f"{base}/people/{ann.pk}/?{steps}",
        "events": f"{base}/events/",
        "live": f"{base}/live/",
        "funnel": f"{base}/funnel/?{steps}",
    }
    shown(pages["funnel"])
    assert compute_next()
    for name, path in pages.items():
        page = shown(path)
        assert "Days and times: Pacific/Auckland" in page, name
        assert iso(AT) not in page, name
        assert "UTC" not in page, name
        if name != "people":
            assert TIME.findall(page), name
        for title, at, text in TIME.findall(page):
            there = datetime.fromisoformat(at).astimezone(AUCKLAND)
            assert title == locale.moment(there)
            near = locale.near(there, timezone.now().astimezone(AUCKLAND))
            assert text in (near, locale.minute(there), locale.clock(there)), name
    assert "As of <b><time" in shown(pages["funnel"])
    assert "May 5</time>" in shown(pages["reports"])
    assert shown(pages["people"]).count("May 5, 2026, 8:30:00\u202fAM NZST") == 2
    assert shown(pages["person"]).count(told()) == 7
    assert shown(pages["live"]).count(told()) == 4


def admin_address(model, what="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


def filled(project, user):
    """One row at least of everything that has a time, all at AT."""
    Load.objects.create(project=project)
    run = Run.objects.create(project=project, definition={}, question="q")
    Segment.objects.create(project=project, name="All", condition={"all": []})
    Annotation.objects.create(project=project, day=AT, text="Release")
    address = Address.objects.create(project=project, email="o@example.org")
    title = {"project": project, "title": "Buying", "created_by": user, "schedule": {}}
    sent = Subscription.objects.create(**title, report=project.reports.get(), next_due=AT)
    plain = {"figure": {"segment": 0, "step": 1, "outcome": "reached"}, "value": 1}
    Alert.objects.create(**title, report=sent.report, operator="below", next_due=AT, **plain)
    Share.objects.create(project=project, report=sent.report, token_hash="x")
    Recipient.objects.create(subscription=sent, email="o@example.org")
    mailing = Mailing.objects.create(
        project=project, kind="report", subscription=sent, slot=AT, title="B", run=run
    )
    Delivery.objects.create(mailing=mailing, recipient=address.email)
    KeptMail.objects.create(project=project, recipient=address.email, subject="B", message=b"B")
    WriteKey.objects.create(project=project, revoked_at=AT)
    Dashboard.objects.create(project=project, name="All")
    called = Webhook.objects.create(project=project, url="https://example.com/", created_by=user)
    WebhookCall.objects.create(webhook=called, mailing=mailing, finished_at=AT)


DATED = [
    model
    for model, page in admin.site._registry.items()
    if isinstance(page, Zoned) and page.instants()
]


@pytest.mark.parametrize("model", DATED, ids=lambda model: model.__name__)
def test_the_admin(shown, project, alice, model):
    """Lists and pages, of what can be edited and of what cannot, say when on the row's clock."""
    filled(project, alice)
    names = admin.site._registry[model].instants()
    QuerySet(model).update(**dict.fromkeys({*names} - {"deleted_at"}, AT))
    row = model._default_manager.latest("pk")
    when = told() if clock_of(row) != UTC else locale.moment(AT)
    pages = [shown(admin_address(model)), shown(admin_address(model, "change", row.pk))]
    for page in pages:
        assert not re.search(r"8:30 (a|p)\.m\.", page)
        for text in re.findall(r"May \d, 2026, [^<]*", page):
            assert text.strip() == when
    if model is User:
        assert when in pages[0]
    else:
        assert when in pages[1]


def test_no_time_is_typed_in_the_admin(shown, project, alice):
    """None of its forms says a zone."""
    filled(project, alice)
    for model in DATED:
        row = model._default_manager.latest("pk")
        for path in (admin_address(model, "change", row.pk), admin_address(model, "add")):
            assert 'class="vTimeField"' not in shown(path), path


def test_the_history_of_a_row_in_the_admin(shown, project, client):
    segment = Segment.objects.create(project=project, name="All", condition=CROATIA)
    change = admin_address(Segment, "change", segment.pk)
    assert (
        client.post(change, {"name": "Croatia", "condition": json.dumps(CROATIA)}).status_code
        == 302
    )
    LogEntry.objects.update(action_time=AT)
    assert told() in shown(admin_address(Segment, "history", segment.pk))


def test_what_belongs_to_no_project_is_on_the_clock_of_utc_and_says_so(shown, alice):
    AuthToken.objects.create(alice)
    AuthToken.objects.update(created=AT, expiry=AT)
    assert "May 4, 2026, 8:30 p.m. UTC" in shown(admin_address(AuthToken))


def test_keys_are_revoked_in_the_admin(shown, project, client):
    key = project.write_keys.get()
    client.post(admin_address(WriteKey), {"action": "revoke", "_selected_action": [key.pk]})
    assert not project.write_keys.active().exists()


def test_the_ends_of_time_have_no_clock_and_are_shown(shown, project):
    ann = Person.objects.get()
    ann.attributes |= {"first": "0001-01-01T00:00:00.000Z", "last": "9999-12-31T23:59:59.000Z"}
    ann.save()
    page = shown(f"/p/{project.slug}/people/{ann.pk}/")
    assert "9999, 11:59:59\u202fPM UTC" in page
