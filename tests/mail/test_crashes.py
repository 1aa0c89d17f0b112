"""What is left when a sender dies: real processes, a real mail server, kill -9 at each step."""

import json
import subprocess
import sys
from collections import Counter

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
SEND = "send_due()"
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


# Every place where a sender can be killed: with three mails, at the first, the second and the
# third. Each comes up three times, but for some that come late.
STEPS = [
    "mail-planned:1",
    "mail-claimed:1",
    *(f"mail-{step}:{n}" for step in ("sending", "sent", "written") for n in (1, 2, 3)),
]
ROUNDS = (STEPS * 3)[:30]
# One process that knows all modules makes a process for each part, so that thirty rounds are short.
IN_ROUNDS = """
import json, os, sys, traceback
from django.db import connections

def run(work, crash):
    os.environ["MOMENTS_CRASH_AT"] = crash
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)

def apart(*works, crash=""):
    # Each in a process of its own, all at once; how they ended.
    connections.close_all()
    children = [os.fork() or run(work, crash) for work in works]
    return sorted(os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) for each in children)

def due():
    Mailing.objects.all().delete()
    Subscription.objects.update(next_due=PAST)

def beat():
    plan(timezone.now())

def ready():
    Mailing.objects.update(result=RESULT, picture=b"png")

def expire():
    Delivery.objects.exclude(leased_until=None).update(leased_until=PAST)

told = []
for crash in ROUNDS:
    in_beat = crash.startswith("mail-planned")
    apart(due)
    ended = apart(beat, beat, crash=crash if in_beat else "")
    apart(ready)
    if not in_beat:
        ended = apart(send_due, crash=crash)
    apart(expire)
    apart(send_due, send_due)
    rows = {each.message_id: each.state for each in Delivery.objects.select_related("mailing")}
    told.append([crash, ended, rows, Mailing.objects.count()])
print(json.dumps(told))
"""


def test_thirty_senders_that_die_send_nothing_twice_and_lose_nothing(folder, post):
    """kill -9 at each step; two beats and two workers at once in every round."""
    server, port = post
    server.letters.clear()
    code = f"ROUNDS = {ROUNDS!r}\n{IN_ROUNDS}"
    status, rounds = finished(process(folder, BEGIN + code, port))
    assert (status, len(rounds)) == (0, 30)
    taken = Counter(each["Message-ID"].strip("<>").split("@")[0] for _, each in server.letters)
    for crash, ended, rows, mailings in rounds:
        step = crash.partition(":")[0]
        assert ended == ([-9, 0] if step == "mail-planned" else [-9]), crash
        assert (mailings, len(rows)) == (1, 3), crash
        # What was being sent may have arrived: it is left for somebody to decide.
        unknown = [mail for mail, state in rows.items() if state == "uncertain"]
        assert len(unknown) == (step in ("mail-sending", "mail-sent")), crash
        assert set(rows.values()) <= {"sent", "uncertain"}, crash
        for mail in rows:
            assert taken[mail] == (0 if mail in unknown and step == "mail-sending" else 1), crash


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
