"""Every day and time on every page is on the project's clock, and says which clock that is."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from analytics.models import Report, Run, Segment
from analytics.models.questions import compute_next
from people import locale
from people.models import Batch, Event, Load, Person, RefusedMessage
from people.values import iso

pytestmark = pytest.mark.django_db
AUCKLAND = ZoneInfo("Pacific/Auckland")
# Late on 4 May in UTC, the morning of 5 May in Auckland.
AT = datetime(2026, 5, 4, 20, 30, tzinfo=UTC)
TIME = re.compile(r'<time[^>]* datetime="([^"]+)">([^<]*)</time>')
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
        for at, text in TIME.findall(page):
            there = datetime.fromisoformat(at).astimezone(AUCKLAND)
            assert text in (locale.moment(there), locale.day(there.date())), name
    assert "As of <b><time" in shown(pages["funnel"])
    assert "May 5, 2026</time>" in shown(pages["reports"])
    assert shown(pages["people"]).count("May 5, 2026, 8:30:00\u202fAM NZST") == 2
    assert shown(pages["person"]).count(told()) == 6
    assert shown(pages["live"]).count(told()) == 2


def test_the_admin(shown, project):
    Load.objects.create(project=project, loaded_at=AT)
    Run.objects.create(project=project, definition={}, question="q", created_at=AT)
    Segment.objects.create(project=project, name="All", condition={"all": []})
    Segment.objects.update(modified_at=AT)
    Event.objects.update(at=AT)
    for model in (Batch, Event, Load, Person, Report, Run, Segment):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert told() in shown(reverse(f"{name}_changelist")), model
    for model in (Batch, Event, Person):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        page = shown(reverse(f"{name}_change", args=[model.objects.latest("pk").pk]))
        assert told() in page, model
        assert "8:30 p.m." not in page, model


def test_the_ends_of_time_have_no_clock_and_are_shown(shown, project):
    ann = Person.objects.get()
    ann.attributes |= {"first": "0001-01-01T00:00:00.000Z", "last": "9999-12-31T23:59:59.000Z"}
    ann.save()
    page = shown(f"/p/{project.slug}/people/{ann.pk}/")
    assert "9999, 11:59:59\u202fPM UTC" in page
