"""One mail a slot and recipient, whatever the mail server does."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from analytics.mails import letters, sending
from analytics.mails.sending import send_due
from analytics.models import Delivery, Mailing, plan
from analytics.models.deliveries import LEASE, PAUSES
from tests.conftest import member
from tests.mail.conftest import compute_all

pytestmark = pytest.mark.django_db
# A Monday, five minutes before mails are due in Zagreb.
MORNING = datetime(2026, 6, 1, 5, 55, tzinfo=UTC)
SLOT = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
ALICE, BOB = "alice@example.com", "bob@example.com"


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def at_slot(clock, journeys, subscribe, bob):
    """Two members are subscribed, and the clock stands at the slot."""
    journeys(ann=[(0, "look")], ben=[(5, "look")])
    made = subscribe(ALICE, BOB)
    clock.move_to(SLOT)
    return made


def send():
    plan(timezone.now())
    compute_all()
    return send_due()


def states():
    return dict(Delivery.objects.order_by("recipient").values_list("recipient", "state"))


def test_a_slot_is_one_mail_to_each(at_slot, post):
    assert send() == 2
    assert send() == 0
    assert post.addresses == [ALICE, BOB]
    assert states() == {ALICE: "sent", BOB: "sent"}
    at_slot.refresh_from_db()
    assert at_slot.next_due == SLOT + timedelta(days=1)


def test_nothing_goes_before_its_time(at_slot, clock, post):
    clock.move_to(SLOT - timedelta(seconds=1))
    assert send() == 0
    assert not Mailing.objects.exists()


def test_after_a_pause_of_the_server_one_mail_catches_up(at_slot, clock, post):
    clock.move_to(SLOT + timedelta(days=3, hours=2))
    send()
    assert post.addresses == [ALICE, BOB]
    assert Mailing.objects.get().slot == SLOT + timedelta(days=3)
    at_slot.refresh_from_db()
    assert at_slot.next_due == SLOT + timedelta(days=4)


def test_a_clock_put_back_sends_nothing_twice(at_slot, clock, post):
    send()
    clock.move_to(SLOT - timedelta(hours=1))
    send()
    clock.move_to(SLOT + timedelta(minutes=1))
    send()
    assert post.addresses == [ALICE, BOB]


def test_one_refused_of_three_keeps_no_other_from_its_mail(at_slot, project, post):
    member(project, "carl", "viewer")
    at_slot.keep([ALICE, BOB, "carl@example.com"], None)
    at_slot.next_due = SLOT
    at_slot.save()
    post.of_address[BOB] = "550 no such mailbox"
    send()
    assert post.addresses == [ALICE, "carl@example.com"]
    assert states() == {ALICE: "sent", BOB: "failed", "carl@example.com": "sent"}
    assert Delivery.objects.get(state="failed").error == "The mail server says 550 no such mailbox"


def test_later_is_tried_again_under_the_same_id_and_comes_once(at_slot, clock, post):
    post.of_address[BOB] = "451 greylisted"
    send()
    assert states() == {ALICE: "sent", BOB: "due"}
    waiting = Delivery.objects.get(recipient=BOB)
    assert waiting.error == "The mail server says 451 greylisted"
    assert send() == 0
    del post.of_address[BOB]
    clock.shift(PAUSES[0])
    send()
    assert post.addresses == [ALICE, BOB]
    assert post.to(BOB)[0]["Message-ID"] == f"<{waiting.message_id}@moments.example>"


@pytest.mark.parametrize("answer", ["451 try later", "450 busy"])
def test_later_said_after_the_data_comes_once_too(at_slot, clock, post, answer):
    post.of_data = [answer, answer, answer]
    send()
    assert set(states().values()) == {"due"}
    for pause in PAUSES:
        clock.shift(pause)
        send()
    assert post.addresses == [ALICE, BOB]
    assert set(states().values()) == {"sent"}


def test_what_is_always_later_fails_in_the_end_with_the_reason(at_slot, clock, post):
    post.of_address[BOB] = "451 greylisted"
    send()
    for pause in PAUSES:
        clock.shift(pause)
        send()
    gone = Delivery.objects.get(recipient=BOB)
    assert (gone.state, gone.error) == (
        "failed",
        "Given up after 6 tries: The mail server says 451 greylisted",
    )


@pytest.mark.parametrize("answer", ["drop", "drop then", "hang"])
def test_a_line_that_breaks_after_the_data_leaves_it_uncertain(at_slot, clock, post, answer):
    post.silence = 1.5
    post.of_data = [answer]
    send()
    assert states() == {ALICE: "uncertain", BOB: "sent"}
    assert "after it was handed over" in Delivery.objects.get(recipient=ALICE).error
    clock.shift(timedelta(days=0, hours=12))
    send()
    assert states() == {ALICE: "uncertain", BOB: "sent"}


def test_the_uncertain_one_is_sent_again_only_by_hand(at_slot, post):
    post.of_data = ["drop"]
    send()
    lost = Delivery.objects.get(state="uncertain")
    assert lost.again()
    assert not lost.again()
    send()
    assert post.addresses == [ALICE, BOB]
    assert post.to(ALICE)[0]["Message-ID"] == f"<{lost.message_id}@moments.example>"
    assert not Delivery.objects.get(recipient=BOB).again()


def test_a_server_that_is_away_is_tried_again(at_slot, clock, post, settings):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    send()
    assert set(states().values()) == {"due"}
    assert "cannot be reached" in Delivery.objects.first().error
    settings.EMAIL_PORT = port
    clock.shift(PAUSES[0])
    send()
    assert post.addresses == [ALICE, BOB]


def test_what_a_dead_worker_claimed_is_due_again_and_what_it_was_sending_is_not(
    at_slot, clock, post
):
    plan(timezone.now())
    compute_all()
    claimed = Delivery.objects.claim(timezone.now(), 1)
    assert claimed[0].begin()
    Delivery.objects.claim(timezone.now(), 1)
    assert sorted(states().values()) == ["claimed", "sending"]
    assert send_due() == 0
    clock.shift(LEASE + timedelta(seconds=1))
    send_due()
    assert sorted(states().values()) == ["sent", "uncertain"]
    assert len(post.letters) == 1


def test_who_lost_the_row_sends_nothing(at_slot, clock, post):
    """A worker that slept past its lease does not hand over what another one has by then."""
    plan(timezone.now())
    [slow, *_] = Delivery.objects.claim(timezone.now(), 5)
    clock.shift(LEASE + timedelta(seconds=1))
    Delivery.objects.recover(timezone.now())
    Delivery.objects.claim(timezone.now(), 5)
    assert not slow.begin()


def test_five_schedules_of_one_report_are_five_mails(clock, journeys, subscribe, post):
    journeys(ann=[(0, "look")])
    for _ in range(5):
        subscribe(ALICE)
    clock.move_to(SLOT)
    send()
    assert post.addresses == [ALICE] * 5
    assert len({message["Message-ID"] for _, message in post.letters}) == 5


def test_a_report_is_asked_once_and_drawn_once_for_all(
    clock, journeys, subscribe, project, post, monkeypatch
):
    journeys(ann=[(0, "look")])
    names = ["carl", "dora", "emil", "fred"]
    for name in names:
        member(project, name, "viewer")
    for _ in range(3):
        subscribe(*(f"{name}@example.com" for name in names))
    clock.move_to(SLOT)
    drawn = []
    monkeypatch.setattr(letters, "picture_of", lambda *_: drawn.append(1) or b"\x89PNG")
    monkeypatch.setattr(sending, "BATCH", 5)
    send()
    assert len(post.letters) == 12
    assert (len(drawn), project.runs.count()) == (3, 1)


# --- Who may have it, just before it goes -------------------------------------------------------


def test_what_is_paused_before_it_goes_is_not_sent(at_slot, post):
    plan(timezone.now())
    at_slot.set_paused(True)
    compute_all()
    send_due()
    assert post.letters == []
    assert set(Delivery.objects.values_list("state", "error")) == {
        ("failed", "The mails were paused before it was sent.")
    }


def test_who_lost_access_gets_none(at_slot, project, post):
    plan(timezone.now())
    project.memberships.filter(user__email=BOB).delete()
    compute_all()
    send_due()
    assert post.addresses == [ALICE]
    assert states() == {ALICE: "sent", BOB: "failed"}
    assert "no access" in Delivery.objects.get(recipient=BOB).error


def test_who_lost_access_has_no_row_from_the_next_slot_on(at_slot, project, clock, post):
    project.memberships.filter(user__email=BOB).delete()
    send()
    assert states() == {ALICE: "sent"}


def test_a_report_deleted_while_it_is_due_leaves_a_reason(at_slot, report, subscribe, post):
    plan(timezone.now())
    report.delete()
    compute_all()
    send()
    assert post.letters == []
    assert set(Delivery.objects.values_list("state", "error")) == {
        ("failed", "The report was deleted, or put into the trash, before it was sent.")
    }
    at_slot.refresh_from_db()
    assert (at_slot.title, at_slot.is_orphan) == ("Looks", True)


def test_a_report_that_cannot_be_asked_any_more_leaves_a_reason(
    at_slot, report, clock, subscribe, post
):
    fine = type(report).objects.create(
        project=report.project, name="Fine", kind="segmentation", definition=report.definition
    )
    report.definition = report.definition | {"segments": [{"segment": "gone"}]}
    report.save()
    clock.move_to(SLOT - timedelta(seconds=1))
    subscribe(ALICE, of=fine)
    clock.move_to(SLOT)
    send()
    assert sorted(Delivery.objects.values_list("mailing__title", "state")) == [
        ("Fine", "sent"),
        ("Looks", "failed"),
        ("Looks", "failed"),
    ]
    assert "can no longer be computed" in Delivery.objects.filter(state="failed").first().error


# --- Outside -----------------------------------------------------------------------------------


def test_an_outside_address_is_asked_once_and_gets_mails_when_it_said_yes(
    clock, journeys, subscribe, post, client
):
    journeys(ann=[(0, "look")])
    one = subscribe("board@example.org")
    subscribe("board@example.org")
    send()
    [asked] = post.to("board@example.org")
    assert asked["Subject"] == "Do you want the reports of Shop?"
    assert asked["List-Unsubscribe"] is None
    clock.move_to(SLOT)
    send()
    assert len(post.letters) == 1
    link = asked.get_body(("plain",)).get_content().split("https://moments.example")[1].split()[0]
    assert client.get(link).status_code == 200
    assert client.post(link).status_code == 200
    clock.move_to(SLOT + timedelta(days=1))
    send()
    assert len(post.to("board@example.org")) == 3
    assert one.emails == ["board@example.org"]


def test_one_click_stops_one_address_of_one_mail(at_slot, clock, subscribe, post, client):
    send()
    stop = post.to(BOB)[0]["List-Unsubscribe"].strip(" <>").removeprefix("https://moments.example")
    assert post.to(BOB)[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert client.get(stop).status_code == 200
    assert at_slot.recipients.active().count() == 2
    assert client.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    clock.shift(timedelta(days=1))
    send()
    assert post.addresses == [ALICE, ALICE, BOB]
    client.post(stop, {"start": "again"})
    clock.shift(timedelta(days=1))
    send()
    assert post.addresses == [ALICE, ALICE, ALICE, BOB, BOB]
