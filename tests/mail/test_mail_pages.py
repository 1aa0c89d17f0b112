"""Pages of mails, alerts, annotations and the outbox: who may open which, and what each does."""

import html
import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analytics.mails.sending import send_due
from analytics.models import Alert, Annotation, KeptMail, Report, Subscription
from analytics.models.questions import Question, answer
from analytics.store import loader
from tests.mail.conftest import LOOKS, compute_all

pytestmark = pytest.mark.django_db
ALICE = "alice@example.com"
PUBLIC = {"mail-stop", "mail-confirm"}


@pytest.fixture
def computed(project, report, journeys):
    """The report's answer is in the cache, so that pages need no worker."""
    journeys(ann=[(0, "look")])
    loader.drain(project.pk)
    answer(Question.of(project, report.definition))


@pytest.fixture
def things(project, report, alice, subscribe, computed, settings):
    settings.EMAIL_BACKEND = "analytics.mails.outbox.Outbox"
    subscription = subscribe(ALICE)
    mailing = subscription.send_now()
    delivery = mailing.deliveries.get()
    send_due()
    alert = Alert(project=project, report=report, operator="below", value=5, figure={},
                  schedule={"every": "hour"})  # fmt: skip
    alert.keep([ALICE], alice)
    mark = project.annotations.create(day="2026-05-04", text="Release")
    ids = {
        "subscription": subscription.pk, "mail-preview": subscription.pk,
        "mail-send": subscription.pk, "mail-pause": subscription.pk,
        "mail-delete": subscription.pk, "mail-sent": mailing.pk, "mail-again": delivery.pk,
        "kept-mail": KeptMail.objects.get().pk, "alert": alert.pk, "alert-delete": alert.pk,
        "annotation-delete": mark.pk,
    }  # fmt: skip
    whole = dict.fromkeys(("mails", "outbox", "alert-new", "annotations"), (project.slug,))
    return {name: reverse(name, args=args) for name, args in (
        whole | {name: (project.slug, pk) for name, pk in ids.items()}
    ).items()}  # fmt: skip


def test_a_mail_is_made_and_changed_on_its_page(client, project, report, alice):
    client.force_login(alice)
    path = reverse("mails", args=[project.slug])
    given = {"report": report.pk, "recipients": f"{ALICE}, board@example.org", "every": "week",
             "weekday": "friday", "hour": "7", "day": "1"}  # fmt: skip
    made = client.post(path, given)
    found = Subscription.objects.get()
    assert made["Location"] == reverse("subscription", args=[project.slug, found.pk])
    assert (str(found.timing), found.emails) == (
        "every Friday at 07:00",
        [ALICE, "board@example.org"],
    )
    shown = client.get(made["Location"]).content.decode()
    assert "asked, has not said yes yet" in shown
    client.post(made["Location"], given | {"recipients": ALICE, "every": "day"})
    found = Subscription.objects.get()
    assert (str(found.timing), found.emails) == ("every day at 07:00", [ALICE])
    # From its row, too, and back to the list.
    pause, overview = (reverse(f"mail{each}", args=args) for each, args in (
        ("-pause", [project.slug, found.pk]), ("s", [project.slug])))  # fmt: skip
    assert pause in client.get(overview).content.decode()
    assert client.post(pause, {"list": ""})["Location"] == overview
    assert Subscription.objects.get().paused
    client.post(reverse("mail-delete", args=[project.slug, found.pk]))
    assert not Subscription.objects.exists()


def test_addresses_are_chosen_and_typed(client, project, report, subscribe, alice, bob):
    """Each that is there has a box that takes it out; others are typed beside them."""
    found = subscribe(ALICE, "bob@example.com")
    client.force_login(alice)
    path = reverse("subscription", args=[project.slug, found.pk])
    shown = client.get(path).content.decode()
    for each in found.emails:
        assert f'name="recipient" value="{each}" checked' in shown
    given = {"recipient": [ALICE], "recipients": "board@example.org", "every": "day", "hour": "0"}
    client.post(path, given)
    found = Subscription.objects.get()
    assert found.emails == [ALICE, "board@example.org"]
    assert str(found.timing) == "every day at 00:00"
    # What cannot be kept stays as it was typed.
    refused = client.post(path, given | {"recipients": "nobody", "every": "month", "day": "31"})
    text = refused.content.decode()
    assert refused.status_code == 400
    for part in ('value="nobody"', '<option value="month" selected>', "<option selected>31<"):
        assert part in text
    assert text.count('name="recipient"') == 1


def test_what_became_of_each_mail_stands_by_day_and_address(client, project, subscribe, alice, bob):
    found = subscribe(ALICE, "bob@example.com")
    for day, states in ((4, ("sent", "failed")), (5, ("uncertain", "sent"))):
        mailing = found.issue(datetime(2026, 5, day, 6, tzinfo=UTC), found.emails)
        for state, each in zip(states, mailing.deliveries.order_by("recipient"), strict=True):
            mailing.deliveries.filter(pk=each.pk).update(state=state, error=f"why {state}")
    client.force_login(alice)
    page = client.get(reverse("subscription", args=[project.slug, found.pk])).content.decode()
    [table] = re.findall(r'<table class="data texts slots">(.*?)</table>', page, re.DOTALL)
    rows = [
        re.findall(r'<i class="(\w+)"', row)
        for row in table.partition("<tbody>")[2].split("<tr")[1:]
    ]
    # The next one, then the newest first.
    assert rows == [["due", "due"], ["uncertain", "sent"], ["sent", "failed"]]
    assert "why failed" in table
    assert table.count("Send again") == 2
    overview = client.get(reverse("mails", args=[project.slug])).content.decode()
    assert 'aria-label="2 sent, 1 uncertain, 1 failed"' in overview
    assert "Not everybody gets Looks." in overview
    client.force_login(bob)
    assert (
        "Send again"
        not in client.get(reverse("subscription", args=[project.slug, found.pk])).content.decode()
    )


def test_a_report_has_a_page_of_its_own_mails_and_alerts(client, project, report, subscribe, alice):
    other = Report.objects.create(
        project=project, name="Visits", kind="segmentation", definition=report.definition
    )
    subscribe(ALICE)
    subscribe(ALICE, of=other)
    alert = Alert(project=project, report=other, operator="below", value=1, figure={},
                  schedule={"every": "hour"})  # fmt: skip
    alert.keep([ALICE], alice)
    client.force_login(alice)
    path = reverse("mails", args=[project.slug])
    pages = {each: client.get(f"{path}?report={each}").content.decode() for each in
             ("", report.pk, other.pk, "nothing")}  # fmt: skip
    rows = {
        each: re.findall(r'<th scope="row"><a href="[^"]*">(\w+)<', page)
        for each, page in pages.items()
    }
    assert {each: sorted(found) for each, found in rows.items()} == {
        "": ["Looks", "Visits"], report.pk: ["Looks"], other.pk: ["Visits"],
        "nothing": ["Looks", "Visits"],
    }  # fmt: skip
    assert "No number of this report is watched yet" in pages[report.pk]
    assert reverse("alert", args=[project.slug, alert.pk]) in pages[other.pk]


def test_a_list_of_many_mails_asks_no_more_than_one_of_few(client, project, subscribe, alice, bob):
    client.force_login(alice)
    # The first page writes down that she was seen.
    client.get(reverse("mails", args=[project.slug]))
    counts = []
    for _ in range(2):
        for each in [subscribe(ALICE, "bob@example.com") for _ in range(3)]:
            each.issue(timezone.now(), each.emails)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse("mails", args=[project.slug])).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"recipients": "nobody"}, "“nobody” is no e-mail address."),
        ({"recipients": ""}, "Give 1 to 100 addresses."),
        ({"report": "nothing"}, "Choose a report."),
        ({"every": "never"}, "schedule.every"),
        ({"hour": "31"}, "schedule.hour"),
        ({"recipients": "\0", "report": "\0"}, "Choose a report."),
    ],
)
def test_what_is_wrong_stands_on_the_page(client, project, report, alice, change, text):
    client.force_login(alice)
    given = {"report": report.pk, "recipients": ALICE, "every": "day", "hour": "7"} | change
    answer = client.post(reverse("mails", args=[project.slug]), given)
    assert answer.status_code == 400
    assert text in answer.content.decode()
    assert not Subscription.objects.exists()


def test_an_alert_is_made_from_a_number(client, project, report, alice, computed):
    client.force_login(alice)
    path = reverse("alert-new", args=[project.slug])
    place = f"?report={report.pk}&of-segment=0&of-event=0&of-granularity=day&of-start=2026-05-04"
    shown = client.get(path + place).content.decode()
    assert "look, the last whole day" in shown
    made = client.post(path + place, {"operator": "above", "value": "5", "recipients": ALICE})
    found = Alert.objects.get()
    assert made["Location"] == reverse("alert", args=[project.slug, found.pk])
    assert (found.state, found.figure) == (
        "quiet",
        {"segment": 0, "event": 0, "granularity": "day"},
    )
    assert "quiet" in client.get(made["Location"]).content.decode()
    refused = client.post(path + place, {"operator": "near", "value": "x", "recipients": ""})
    assert refused.status_code == 400
    for text in ("Choose a condition.", "Give a number.", "Give 1 to 100 addresses."):
        assert text in refused.content.decode()
    assert client.get(f"{path}?report=nothing&of-event=x").status_code == 200


def test_a_number_of_a_saved_report_leads_to_an_alert(client, project, report, alice, computed):
    client.force_login(alice)
    page = client.get(reverse("report", args=[project.slug, report.pk]), follow=True)
    shown = page.content.decode()
    assert f"{reverse('mails', args=[project.slug])}?report={report.pk}" in shown
    [number, *_] = re.findall(r'href="([^"]+of-start=2026-05-04)"', shown)
    people = client.get(html.unescape(number)).content.decode()
    [alert] = re.findall(r'href="([^"]+/alerts/new/[^"]+)"', people)
    assert "look, the last whole day" in client.get(html.unescape(alert)).content.decode()


def test_a_day_is_marked_on_its_page(client, project, alice):
    client.force_login(alice)
    path = reverse("annotations", args=[project.slug])
    client.post(path, {"day": "2026-05-04", "text": "Release\n4.2"})
    assert [str(each) for each in Annotation.objects.all()] == ["2026-05-04: Release 4.2"]
    assert "Release 4.2" in client.get(path).content.decode()
    for given in ({"day": "soon", "text": "x"}, {"day": "2026-05-04", "text": " "}, {}):
        assert client.post(path, given).status_code == 400


def test_the_outbox_shows_mails_and_runs_nothing_in_them(things, client, alice, project):
    client.force_login(alice)
    assert "Looks: " in client.get(things["outbox"]).content.decode()
    shown = client.get(things["kept-mail"])
    policy = shown["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "data:image/png;base64," in shown.content.decode()
    assert "Stop these mails" in client.get(f"{things['kept-mail']}?part=text").content.decode()
    source = client.get(f"{things['kept-mail']}?part=source").content.decode()
    assert source.startswith("Message-ID: <")


def test_send_again_is_for_what_is_over_and_not_sent(things, client, alice, project):
    client.force_login(alice)
    answer = client.post(things["mail-again"], follow=True)
    assert "It is under way already." in answer.content.decode()


def test_the_preview_is_the_mail(things, client, alice):
    client.force_login(alice)
    shown = client.get(things["mail-preview"]).content.decode()
    assert "<h1" in shown
    assert ALICE in shown
    Report.objects.update(definition=LOOKS | {"segments": [{"segment": "gone"}]})
    refused = client.get(things["mail-preview"])
    assert (refused.status_code, "no longer be computed" in refused.content.decode()) == (503, True)


def test_links_in_mails_change_nothing_until_they_are_posted(client, subscribe, alice):
    made = subscribe(ALICE, "board@example.org")
    recipient = made.recipients.get(email=ALICE)
    path = reverse("mail-stop", args=[recipient.token])
    for method in ("get", "head"):
        assert getattr(client, method)(path).status_code == 200
    recipient.refresh_from_db()
    assert recipient.stopped_at is None
    assert client.get(path)["Referrer-Policy"] == "no-referrer"
    asked = made.project.outside_addresses.get()
    path = reverse("mail-confirm", args=[asked.token])
    client.get(path)
    asked.refresh_from_db()
    assert asked.confirmed_at is None
    client.post(path)
    asked.refresh_from_db()
    assert asked.confirmed_at <= timezone.now()
    for name in PUBLIC:
        assert client.post(reverse(name, args=["guessed"])).status_code == 404
    compute_all()


def test_numbers_of_a_mail_are_sorted_in_their_place(things, client, alice):
    client.force_login(alice)
    page = client.get(things["mail-sent"]).content.decode()
    assert 'hx-swap="morph:outerHTML"' in page
    assert "idiomorph" in page
    [target] = set(re.findall(r'class="sort"[^>]*hx-target="([^"]+)"', page))
    assert target == "closest [data-report]"
    [part] = re.findall(r"<div hx-ext=\"morph\" data-report>", page)
    again = client.get(f"{things['mail-sent']}?sent&sort=0-0", headers={"HX-Request": "true"})
    assert again.content.decode().strip().startswith(part)
