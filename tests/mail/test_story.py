"""The whole story: real data, a saved report, its mail, the link in it, the way out; an alert."""

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from analytics.tasks import check_alerts, send_mails
from tests.mail.conftest import compute_all

pytestmark = pytest.mark.django_db
DATA = Path(__file__).parent.parent / "data" / "retentioneering_ecom" / "events.csv.gz"
ALICE = "alice@example.com"
# Friday in Zagreb, in the middle of what the data tells of; mails are due on Monday at 08:00.
FRIDAY = datetime(2024, 4, 19, 10, tzinfo=UTC)
MONDAY = datetime(2024, 4, 22, 6, tzinfo=UTC)
VIEWS = {
    "kind": "segmentation",
    "metric": "events",
    "period": {"preset": "last_7_days"},
    "events": [{"event": "catalog"}],
    "compare": "previous_period",
}


@pytest.fixture
def call(client, project, alice, bearer):
    def made(method, path, body=None):
        answer = getattr(client, method)(
            f"/api/projects/{project.slug}/{path}",
            *([json.dumps(body)] if body is not None else []),
            content_type="application/json",
            headers=bearer(alice),
        )
        assert answer.status_code < 300, answer.content
        return answer.json()

    return made


def work(clock):
    """What beat and the workers do, a few seconds on end."""
    for _ in range(3):
        check_alerts()
        send_mails()
        compute_all()
        clock.shift(5)


def totals(text):
    """The numbers of the first line of a table in a mail's text."""
    return re.search(r"^Whole period .*$", text, re.MULTILINE)[0].split()[-2:]


def test_a_mail_from_real_data_to_its_end(
    client, project, store, alice, call, post, tmp_path, journeys
):
    call_command("import_events", str(DATA), project=project.slug, format="csv",
                 rejected=tmp_path / "rejected")  # fmt: skip
    with time_machine.travel(FRIDAY, tick=False) as clock:
        report = call("post", "reports/", {"name": "Catalogue", "definition": VIEWS})
        weekly = {"every": "week", "weekday": "monday", "hour": 8}
        wanted = {"report": report["id"], "recipients": [ALICE], "schedule": weekly}
        made = call("post", "subscriptions/", wanted)
        assert datetime.fromisoformat(made["next_due"]) == MONDAY
        work(clock)
        assert post.letters == []

        clock.move_to(MONDAY)
        work(clock)
        [mail] = post.to(ALICE)
        text = mail.get_body(("plain",)).get_content()
        assert mail["Subject"].startswith("Catalogue: ")

        # Later something comes in; the link still shows what was sent.
        journeys(late=[{"plan": "pro"}])
        client.force_login(alice)
        link = re.search(r"https://moments.example(/p/\S+)", text)[1]
        shown = client.get(link).content.decode()
        for number in totals(text):
            assert f">{number}</" in shown
        now, before = (int(each.replace(",", "")) for each in totals(text))
        assert now > 0
        assert before > 0
        result = call("get", f"subscriptions/{made['id']}/deliveries/")["results"]
        assert [(each["recipient"], each["state"]) for each in result] == [(ALICE, "sent")]

        # One click, and it stops.
        client.logout()
        stop = mail["List-Unsubscribe"].strip(" <>").removeprefix("https://moments.example")
        assert client.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
        clock.shift(timedelta(days=7))
        work(clock)
        assert len(post.to(ALICE)) == 1


def test_an_alert_fires_on_a_drop_and_is_over(project, alice, journeys, call, post):
    # Twenty a day, on 6 May five, then twenty again.
    days = {0: 20, 1: 20, 2: 5, 3: 20, 4: 20}
    journeys(
        ann=[(day * 1440 + n, "pay") for day, count in days.items() for n in range(count)],
    )
    pays = VIEWS | {"events": [{"event": "pay"}], "compare": None}
    with time_machine.travel(datetime(2026, 5, 6, 18, tzinfo=UTC), tick=False) as clock:
        report = call("post", "reports/", {"name": "Payments", "definition": pays})
        watched = {"report": report["id"], "figure": {}, "operator": "below", "value": 10,
                   "recipients": [ALICE]}  # fmt: skip
        alert = call("post", "alerts/", watched)
        states = []
        while timezone.now() < datetime(2026, 5, 8, 2, tzinfo=UTC):
            clock.shift(timedelta(hours=1))
            work(clock)
            states.append(call("get", f"alerts/{alert['id']}/")["state"])
    assert [state for state, _ in groupby(states)] == ["quiet", "firing", "quiet"]
    assert [mail["Subject"] for mail in post.to(ALICE)] == [
        "Payments is below 10: 5 on May 6, 2026",
        "Over: Payments no longer is below 10: 20 on May 7, 2026",
    ]
