"""What is left when a sender dies: real processes, a real mail server, kill -9 at each step."""

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT, environment
from tests.mail.smtp import post_office

NAMES = ["ann", "ben", "cid"]
ADDRESSES = [f"{name}@example.com" for name in NAMES]
NUMBER = {"value": 3}
RESULT = {
    "kind": "segmentation", "metric": "events", "as_of": "2026-05-31T10:00:00Z", "timezone": "UTC",
    "period": {"start": "2026-05-01", "end": "2026-05-01"}, "warnings": [],
    "segments": [{"name": "Everybody", "size": 3}],
    "series": [{"segment": 0, "event": 0, "label": "look", "granularity": "day", "total": NUMBER,
                "points": [{"start": "2026-05-01", "value": 3, "partial": False}]}],
}  # fmt: skip
BEGIN = f"""
from datetime import UTC, datetime, timedelta
from django.utils import timezone
from analytics.mails.sending import send_due
from analytics.models import Delivery, Mailing, Report, Subscription, plan
from people.models import Project, User
RESULT = {RESULT!r}
PAST = datetime(2020, 1, 1, tzinfo=UTC)
"""
SET_UP = f"""
project = Project.objects.create(name="Shop")
for name in {NAMES!r}:
    project.memberships.create(user=User.objects.create_user(name + "@example.com"), role="viewer")
period = {{"start": "2026-05-01", "end": "2026-05-01"}}
asked = {{"kind": "segmentation", "metric": "events", "period": period, "granularities": ["day"],
         "segments": [], "events": [{{"event": "look"}}]}}
report = Report.objects.create(project=project, name="Looks", kind="segmentation", definition=asked)
made = Subscription(project=project, report=report, schedule={{"every": "day", "hour": 8}})
made.keep({ADDRESSES!r}, None)
"""
ISSUE = """
Delivery.objects.all().delete()
made = Subscription.objects.get()
Mailing.objects.filter(pk=made.issue(timezone.now(), made.emails).pk).update(result=RESULT)
"""
SEND = "send_due()"
RECOVER = """
Delivery.objects.exclude(leased_until=None).update(leased_until=PAST)
send_due()
"""
TELL = """
import json
rows = Delivery.objects.order_by("recipient").values_list("recipient", "state")
print(json.dumps([len(Mailing.objects.all()), dict(rows)]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    data = tmp_path_factory.mktemp("crashes") / "data"
    migrate = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    subprocess.run(migrate, env=environment(data), check=True, timeout=200)
    finished(process(data, BEGIN + SET_UP, 1))
    return data


@pytest.fixture(scope="module")
def post():
    with post_office() as found:
        yield found


def process(data, code, port, crash=""):
    """A process of its own, as a worker is one."""
    env = environment(data) | {
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "MOMENTS_CRASH_AT": crash,
        "DJANGO_SETTINGS_MODULE": "moments.settings",
        "PYTHONPATH": str(ROOT),
    }
    script = f"import django\ndjango.setup()\n{code}"
    return subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE)


def finished(started):
    out, _ = started.communicate(timeout=200)
    return started.returncode, json.loads(out) if out else None


@pytest.mark.parametrize(
    ("crash", "states", "got"),
    [
        ("mail-claimed:1", ["sent", "sent", "sent"], [1, 1, 1]),
        # Before the server heard of it, and after it took it: the row is the same, so nobody knows.
        ("mail-sending:2", ["sent", "uncertain", "sent"], [1, 0, 1]),
        ("mail-sent:2", ["sent", "uncertain", "sent"], [1, 1, 1]),
        ("mail-written:2", ["sent", "sent", "sent"], [1, 1, 1]),
    ],
)
def test_a_sender_that_dies_sends_nothing_twice(folder, post, crash, states, got):
    server, port = post
    server.letters.clear()
    assert finished(process(folder, BEGIN + ISSUE + SEND, port, crash))[0] == -9
    code, told = finished(process(folder, BEGIN + RECOVER + TELL, port))
    assert (code, told[1]) == (0, dict(zip(ADDRESSES, states, strict=True)))
    assert [len(server.to(each)) for each in ADDRESSES] == got


def test_two_beats_and_two_workers_send_one_mail_each(folder, post):
    server, port = post
    server.letters.clear()
    due = """
Mailing.objects.all().delete()
Subscription.objects.update(next_due=PAST)
"""
    finished(process(folder, BEGIN + due, port))
    beats = [process(folder, BEGIN + "plan(timezone.now())", port) for _ in range(2)]
    assert [finished(each)[0] for each in beats] == [0, 0]
    answered = "Mailing.objects.update(result=RESULT)"
    assert finished(process(folder, BEGIN + answered + TELL, port))[1] == [
        1, dict.fromkeys(ADDRESSES, "due")
    ]  # fmt: skip
    workers = [process(folder, BEGIN + SEND, port) for _ in range(2)]
    assert [finished(each)[0] for each in workers] == [0, 0]
    assert finished(process(folder, BEGIN + TELL, port))[1][1] == dict.fromkeys(ADDRESSES, "sent")
    assert server.addresses == ADDRESSES
