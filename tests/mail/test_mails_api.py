"""Subscriptions, alerts and annotations through the API."""

import json

import pytest
from django.utils import timezone

from analytics.mails.sending import send_due
from analytics.models import Alert, Annotation, Report, Subscription
from analytics.models.questions import Question, answer
from analytics.store import loader
from tests.mail.conftest import LOOKS, compute_all

pytestmark = pytest.mark.django_db
WEEKLY = {"every": "week", "hour": 8, "weekday": "monday", "day": 1}
ALICE = "alice@example.com"


@pytest.fixture
def call(client, project, alice, bearer, store):
    def made(method, path, body=None, user=alice):
        sent = (
            {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        )
        path = f"/api/projects/{project.slug}/{path}"
        answer = getattr(client, method)(path, **sent, headers=bearer(user))
        return answer.status_code, answer.json() if answer.content else None

    return made


@pytest.fixture
def subscription(report):
    return {"report": str(report.pk), "recipients": [ALICE], "schedule": WEEKLY}


@pytest.fixture
def watched(project, report, journeys):
    """The body of an alert on a report whose answer is in the cache already."""
    journeys(ann=[(0, "look")])
    loader.drain(project.pk)
    answer(Question.of(project, report.definition))
    return {
        "report": str(report.pk), "figure": {"segment": 0, "event": 0}, "operator": "below",
        "value": 5, "recipients": [ALICE],
    }  # fmt: skip


def test_a_subscription_is_made_changed_and_deleted(call, subscription, report):
    status, made = call("post", "subscriptions/", subscription)
    assert status == 201
    assert (made["report"], made["recipients"], made["paused"]) == (str(report.pk), [ALICE], False)
    assert made["schedule"] == WEEKLY
    assert made["next_due"] > timezone.now().isoformat()[:19]
    path = f"subscriptions/{made['id']}/"
    status, changed = call("patch", path, {"paused": True, "recipients": ["Board@Example.ORG"]})
    assert (status, changed["paused"], changed["recipients"]) == (200, True, ["board@example.org"])
    assert call("get", path)[1] == changed
    assert [each["id"] for each in call("get", "subscriptions/")[1]["results"]] == [made["id"]]
    assert call("delete", path)[0] == 204
    assert not Subscription.objects.exists()


def test_it_is_sent_now_and_says_what_became_of_it(call, subscription, journeys, post):
    journeys(ann=[(0, "look")])
    made = call("post", "subscriptions/", subscription)[1]
    status, rows = call("post", f"subscriptions/{made['id']}/send/", {})
    assert status == 202
    assert [(each["recipient"], each["state"]) for each in rows] == [(ALICE, "due")]
    compute_all()
    send_due()
    status, listed = call("get", f"subscriptions/{made['id']}/deliveries/")
    assert (status, [each["state"] for each in listed["results"]]) == (200, ["sent"])
    assert listed["results"][0]["slot"] == rows[0]["slot"]
    assert post.addresses == [ALICE]


def test_a_paused_one_is_still_sent_by_hand(call, subscription, journeys, post):
    journeys(ann=[(0, "look")])
    made = call("post", "subscriptions/", subscription | {"paused": True})[1]
    call("post", f"subscriptions/{made['id']}/send/", {"only_me": True})
    compute_all()
    send_due()
    assert post.addresses == [ALICE]


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"recipients": ["nobody", "a@b.c\nBcc: d@e.f"]}, {"recipients.0", "recipients.1"}),
        ({"recipients": []}, {"recipients"}),
        ({"recipients": ["a@example.org"] * 101}, {"recipients"}),
        ({"recipients": "a@example.org"}, {"recipients"}),
        ({"recipients": [7, None, {"a": 1}]}, {"recipients.0", "recipients.1", "recipients.2"}),
        ({"schedule": {"every": "never", "hour": 99}}, {"schedule.every", "schedule.hour"}),
        ({"schedule": {"every": "hour"}}, {"schedule.every"}),
        ({"schedule": 8}, {"schedule"}),
        ({"report": "nothing"}, {"report"}),
        ({"report": "6f2ab85c-5a3c-4a3a-9e0b-000000000000"}, {"report"}),
        ({"rows": 1}, {"rows"}),
    ],
)
def test_every_problem_is_told_at_its_place(call, subscription, change, paths):
    status, body = call("post", "subscriptions/", subscription | change)
    assert (status, set(body["errors"])) == (400, paths)
    assert not Subscription.objects.exists()


def test_a_report_of_another_project_is_as_unknown_as_none(call, subscription, charlie):
    theirs = Report.objects.create(
        project=charlie.memberships.get().project, name="x", kind="segmentation", definition=LOOKS
    )
    status, body = call("post", "subscriptions/", subscription | {"report": str(theirs.pk)})
    assert (status, set(body["errors"])) == (400, {"report"})


def test_who_stopped_a_mail_is_not_put_back_by_others(call, subscription):
    made = call("post", "subscriptions/", subscription)[1]
    found = Subscription.objects.get()
    found.recipients.get().stop()
    path = f"subscriptions/{made['id']}/"
    assert call("get", path)[1]["recipients"] == []
    status, body = call("patch", path, {"recipients": [ALICE]})
    assert (status, set(body["errors"])) == (400, {"recipients.0"})


def test_an_alert_is_checked_at_once(call, watched):
    status, made = call("post", "alerts/", watched)
    # The last whole day of May had nobody.
    assert (status, made["state"]) == (201, "firing")
    assert made["schedule"]["every"] == "hour"
    path = f"alerts/{made['id']}/"
    status, changed = call("patch", path, {"value": -1})
    assert (status, changed["state"]) == (200, "quiet")
    assert call("get", path)[1]["state"] == "quiet"
    assert len(call("get", "alerts/")[1]["results"]) == 1
    assert call("delete", path)[0] == 204
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        ({"figure": {"event": 4}}, {"figure.event"}),
        ({"figure": {"step": 1}}, {"figure.step"}),
        ({"figure": []}, {"figure"}),
        ({"operator": "near"}, {"operator"}),
        ({"value": "much"}, {"value"}),
        ({"value": 1e300}, {"value"}),
        ({"recipients": ["nobody"]}, {"recipients.0"}),
        ({"schedule": {"every": "sometimes"}}, {"schedule.every"}),
    ],
)
def test_an_alert_on_nothing_is_refused(call, watched, change, paths):
    status, body = call("post", "alerts/", watched | change)
    assert (status, set(body["errors"])) == (400, paths)
    assert not Alert.objects.exists()


def test_annotations(call):
    status, made = call("post", "annotations/", {"day": "2026-05-04", "text": "Release\n 4.2"})
    assert (status, made["text"]) == (201, "Release 4.2")
    path = f"annotations/{made['id']}/"
    assert call("patch", path, {"text": "Release 4.3"})[1]["text"] == "Release 4.3"
    assert call("post", "annotations/", {"day": "soon", "text": ""})[1]["errors"].keys() == {
        "day", "text"
    }  # fmt: skip
    assert call("delete", path)[0] == 204
    assert not Annotation.objects.exists()


def test_who_may_look_may_not_change(call, subscription, watched, bob, charlie):
    bodies = {
        "subscriptions/": subscription,
        "alerts/": watched,
        "annotations/": {"day": "2026-05-04", "text": "Release"},
    }
    for path, body in bodies.items():
        one = f"{path}{call('post', path, body)[1]['id']}/"
        unsafe = [("post", path), ("patch", one), ("delete", one)]
        unsafe += [("post", f"{one}send/")] if path == "subscriptions/" else []
        for method, where in unsafe:
            sent = None if method == "delete" else body
            assert call(method, where, sent, user=bob)[0] == 403, where
            assert call(method, where, sent, user=charlie)[0] == 404, where
        safe = [path, one] + ([f"{one}deliveries/"] if path == "subscriptions/" else [])
        for where in safe:
            assert call("get", where, user=bob)[0] == 200, where
            assert call("get", where, user=charlie)[0] == 404, where
