"""The running product sends by itself, on a laptop without a mail server."""

import json
import re
import subprocess
import time

import pytest

from tests.conftest import command, environment, request, start
from tests.mail.smtp import post_office

LOOKS = {
    "kind": "segmentation",
    "metric": "events",
    "period": {"preset": "last_7_days"},
    "events": [{"event": "Mail Tried"}],
}


def eventually(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.3)
    return found


def test_a_report_is_sent_by_the_worker_of_mails(live):
    assert live.send("/v1/track", {"userId": "ann", "event": "Mail Tried"})[0] == 200
    base = f"/api/projects/{live.project}"
    report = live.call("POST", f"{base}/reports/", {"name": "Tried", "definition": LOOKS})[1]
    member = live.call("GET", f"{base}/")[1]
    assert member["slug"] == live.project
    status, made = live.call(
        "POST",
        f"{base}/subscriptions/",
        {
            "report": report["id"],
            "recipients": [live.sign_in[0]],
            "schedule": {"every": "day", "hour": 8},
        },
    )
    assert status == 201, made
    path = f"{base}/subscriptions/{made['id']}"
    assert live.call("POST", f"{path}/send/", {})[0] == 202

    def states():
        rows = live.call("GET", f"{path}/deliveries/")[1]["results"]
        return [each["state"] for each in rows]

    assert eventually(lambda: "sent" in states() and states()) == ["sent"]


def test_an_alert_is_checked_by_the_worker(live):
    assert live.send("/v1/track", {"userId": "ann", "event": "Mail Tried"})[0] == 200
    base = f"/api/projects/{live.project}"
    report = live.call("POST", f"{base}/reports/", {"name": "Tried", "definition": LOOKS})[1]
    status, made = live.call(
        "POST",
        f"{base}/alerts/",
        {
            "report": report["id"],
            "figure": {"segment": 0, "event": 0},
            "operator": "below",
            "value": 1,
            "recipients": [live.sign_in[0]],
        },
    )
    assert status == 201, made
    path = f"{base}/alerts/{made['id']}/"
    assert eventually(lambda: live.call("GET", path)[1]["state"] == "firing")


@pytest.fixture
def silent(folder):
    """A product whose mail server says nothing for a minute once it has a mail, and which waits two
    seconds for it: how it is called, and what is known of its project."""
    with post_office() as (post, port):
        post.silence, post.of_data = 60, ["hang"] * 20
        environment(folder).update(EMAIL_URL=f"smtp://127.0.0.1:{port}", EMAIL_TIMEOUT="2")
        process, url, printed = start(folder, "--demo")
        words = command("create_project", "Slow", "--json")
        made = subprocess.run(words, env=environment(folder), capture_output=True, check=True)
        known = json.loads(made.stdout)
        known["member"] = re.search(r"^sign in: (\S+) /", printed, re.MULTILINE)[1]
        headers = {"Authorization": f"Bearer {known['api_token']}"}
        yield lambda method, path, body=None: request(method, url + path, body, headers), known
        process.terminate()
        process.wait(60)


def test_a_mail_server_that_says_nothing_holds_up_mails_alone(silent):
    call, known = silent
    base = f"/api/projects/{known['project']}"
    report = call("POST", f"{base}/reports/", {"name": "Slow", "definition": LOOKS})[1]
    mail = {"report": report["id"], "recipients": [known["member"]]}
    paths = []
    for _ in range(6):
        made = call("POST", f"{base}/subscriptions/", mail | {"schedule": {"every": "day"}})[1]
        paths.append(f"{base}/subscriptions/{made['id']}")
        assert call("POST", f"{paths[-1]}/send/", {})[0] == 202

    def states():
        rows = [call("GET", f"{path}/deliveries/")[1]["results"] for path in paths]
        return [each["state"] for row in rows for each in row]

    # Handed over, and nobody answers; meanwhile an event comes in and is counted.
    eventually(lambda: "sending" in states())
    event = {"userId": "ann", "event": "Mail Tried", "writeKey": known["write_key"]}
    assert call("POST", "/v1/track", event)[0] == 200
    began = time.monotonic()
    status, answer = call("POST", f"{base}/query/", {"definition": LOOKS, "wait": 20})
    assert (status, answer["result"]["series"][0]["total"]["value"]) == (200, 1)
    assert time.monotonic() - began < 10
    # After its two seconds each is left for somebody to decide.
    over = eventually(lambda: not {"due", "sending"} & set(states()) and states())
    assert over == ["uncertain"] * 6
