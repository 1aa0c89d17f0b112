"""The running product sends by itself, on a laptop without a mail server."""

import time

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
