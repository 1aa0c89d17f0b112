"""A dashboard by mail: all tiles in one, over one load of data; what is missing says so."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from analytics.mails.sending import send_due
from analytics.models import Address, Delivery, Mailing, Placed, Subscription, plan
from tests.mail.conftest import LOOKS, compute_all, whole

pytestmark = pytest.mark.django_db
ALICE, BOARD = "alice@example.com", "board@example.org"
FUNNEL = {
    "kind": "funnel",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": "look"}, {"event": "buy"}],
}


@pytest.fixture
def board(project, report, journeys):
    journeys(ann=[{"email": "ann@example.com"}, (0, "look"), (5, "buy")], ben=[(0, "look")])
    made = project.dashboards.create(name="Weekly")
    buying = project.reports.create(name="Buying", kind="funnel", definition=whole(FUNNEL))
    made.arrange([Placed(report=report), Placed(text="Since Monday."), Placed(report=buying)])
    return made


@pytest.fixture
def subscription(project, board, alice):
    made = Subscription(
        project=project, dashboard=board, created_by=alice, schedule={"every": "day", "hour": 8}
    )
    made.keep([ALICE], alice)
    return made


def sent(post, to=ALICE):
    """Each round asks what is still open; a part may be asked anew."""
    for _ in range(5):
        compute_all()
        Delivery.objects.filter(state=Delivery.State.DUE).update(due_at=timezone.now())
        send_due()
    return post.to(to)


def text_of(message):
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


def test_one_mail_has_all_tiles(post, subscription):
    subscription.send_now()
    [message] = sent(post)
    assert message["Subject"].startswith("Weekly: ")
    text = text_of(message)
    for words in ("Looks", "2 people", "Since Monday.", "Buying", "50 % get from look to buy"):
        assert words in text, words
    pictures = [each for each in message.walk() if each.get_content_type() == "image/png"]
    html = message.get_body(("html",)).get_content()
    assert len(pictures) == 2
    files = [each for each in message.iter_attachments() if each.get_content_type() == "text/csv"]
    names = [each.get_filename() for each in files]
    day = f"{Mailing.objects.get().slot.astimezone(subscription.project.zone):%Y-%m-%d}"
    assert names == [f"shop-{day}-1-looks.csv", f"shop-{day}-3-buying.csv"]
    assert "look" in files[0].get_content()
    for each in pictures:
        assert f"cid:{each['Content-ID'].strip('<>')}" in html


def test_what_came_in_late_is_said_of_each_report(post, subscription, journeys):
    subscription.send_now()
    sent(post)
    Mailing.objects.update(slot=datetime(2026, 6, 1, 6, tzinfo=UTC))
    # An answer says to the second when it was computed.
    with time_machine.travel(timezone.now() + timedelta(seconds=5)):
        journeys(eve=[(1, "look"), (2, "look")])
        subscription.send_now()
        first, second = (" ".join(text_of(each).split()) for each in sent(post))
    assert "came in late" not in first
    since = "Since the mail of Jun 1, 2026 2 events of its days came in late."
    assert f"{since} look was 2 people and is 3 people now." in second
    assert f"{since} Everybody was 50 % and is 33.3 % now." in second


def test_it_is_looked_at_before_it_is_saved(client, project, board, report, alice, worker):
    client.force_login(alice)
    path = f"/p/{project.slug}/mails/draft/"
    given = {"recipient": BOARD, "every": "day", "hour": "7"}
    beside = client.get(path, given | {"report": str(board.pk)}).content.decode()
    assert "<b>Weekly: " in beside
    assert f"{BOARD}</b>" in beside
    assert "07:00" in beside or "7:00" in beside
    mail = client.get(f"{path}preview/?report={board.pk}").content.decode()
    assert mail.count("data:image/png;base64,") == 2
    assert "Since Monday." in mail
    assert "2 people" in client.get(f"{path}preview/?report={report.pk}").content.decode()
    assert client.get(f"{path}preview/?report=x").status_code == 503
    assert "Choose what to send." in client.get(path).content.decode()
    assert not Mailing.objects.exists()


def test_it_goes_out_by_its_schedule_once(post, subscription):
    assert subscription.title == "Weekly"
    for _ in range(2):
        plan(subscription.next_due + timedelta(minutes=1))
    assert Mailing.objects.filter(subscription=subscription).count() == 1
    assert len(sent(post)) == 1


def test_all_parts_are_of_one_load(post, subscription, journeys, monkeypatch):
    from analytics.models import questions  # noqa: PLC0415

    subscription.send_now()
    compute, late = questions.answer, iter(["cid"])

    def answer(question, **options):
        found = compute(question, **options)
        for name in late:
            journeys(**{name: [(0, "look")]})
        return found

    monkeypatch.setattr(questions, "answer", answer)
    [message] = sent(post)
    assert "3 people" in text_of(message)
    assert len({part.load for part in Mailing.objects.get().parts.exclude(result=None)}) == 1


def test_a_tile_that_is_missing_says_so_and_the_others_go(post, subscription, report, project):
    report.put_in_trash()
    buying = project.reports.get(name="Buying")
    gone = {"segments": [{"segment": "00000000-0000-0000-0000-000000000000"}]}
    project.reports.filter(pk=buying.pk).update(definition=buying.definition | gone)
    subscription.send_now()
    [message] = sent(post)
    text = text_of(message)
    assert "“Looks” is in the trash" in text
    assert "can no longer be computed" in text
    assert "Since Monday." in text


def test_what_was_sent_is_a_page_and_stays(client, post, subscription, board, alice, report):
    subscription.send_now()
    sent(post)
    mailing = Mailing.objects.get()
    board.tiles.all().delete()
    report.delete()
    client.force_login(alice)
    page = client.get(f"/p/{mailing.project.slug}/mails/sent/{mailing.pk}/").content.decode()
    for words in ("Looks", "2 people", "Since Monday.", "Buying"):
        assert words in page, words


def test_a_deleted_dashboard_sends_nothing_and_says_so(client, post, subscription, board, alice):
    board.delete()
    subscription.refresh_from_db()
    assert subscription.is_orphan
    assert plan(timezone.now() + timedelta(days=2)) == []
    client.force_login(alice)
    path = f"/p/{subscription.project.slug}/mails/{subscription.pk}/"
    assert "Nothing is sent any more." in client.get(path).content.decode()


def test_it_is_made_on_the_page(client, board, alice, project):
    client.force_login(alice)
    path = f"/p/{project.slug}/mails/"
    assert "Weekly (dashboard)" in client.get(f"{path}?report={board.pk}").content.decode()
    given = {"report": str(board.pk), "recipients": ALICE, "every": "day", "hour": "7"}
    assert client.post(path, given).status_code == 302
    assert Subscription.objects.get().dashboard == board


@pytest.fixture
def call(client, project, alice, bearer):
    def made(method, path, body):
        address = f"/api/projects/{project.slug}/subscriptions/{path}"
        sent = {"data": json.dumps(body), "content_type": "text/plain"}
        answer = getattr(client, method)(address, **sent, headers=bearer(alice))
        return answer.status_code, answer.json()

    return made


def test_the_api_takes_a_report_or_a_dashboard(call, board, report):
    rest = {"recipients": [ALICE], "schedule": {"every": "day", "hour": 8}}
    status, made = call("post", "", {"dashboard": str(board.pk), **rest})
    assert (status, made["dashboard"], made["report"]) == (201, str(board.pk), None)
    path = f"{made['id']}/"
    assert call("patch", path, {"paused": True})[1]["dashboard"] == str(board.pk)
    changed = call("patch", path, {"report": str(report.pk)})[1]
    assert (changed["dashboard"], changed["report"]) == (None, str(report.pk))
    both = {"dashboard": str(board.pk), "report": str(report.pk)}
    assert list(call("post", "", {**both, **rest})[1]["errors"]) == ["dashboard"]
    assert list(call("post", "", rest)[1]["errors"]) == ["report"]
    assert list(call("patch", path, {"report": None})[1]["errors"]) == ["report"]
    nowhere = {"dashboard": "00000000-0000-0000-0000-000000000000"}
    assert list(call("post", "", {**nowhere, **rest})[1]["errors"]) == ["dashboard"]


def test_outside_go_numbers_and_nobodys_name(post, subscription, project, report, alice):
    by = {"breakdown": {"attribute": "email", "limit": 5}}
    project.reports.filter(pk=report.pk).update(definition=whole(LOOKS | by))
    subscription.keep([ALICE, BOARD], alice)
    Address.objects.filter(email=BOARD).update(confirmed_at=timezone.now())
    subscription.send_now()
    sent(post)
    [inside] = [each for each in post.to(ALICE) if "Weekly" in each["Subject"]]
    [outside] = [each for each in post.to(BOARD) if each["Subject"].startswith("Weekly")]
    assert "ann@example.com" not in str(outside)
    first, second = (
        next(
            each.get_content() for each in message.walk() if each.get_content_type() == "image/png"
        )
        for message in (inside, outside)
    )
    # The drawing that names groups is not the one that goes outside.
    assert first != second
