"""Webhooks: called for alerts and deliveries, signed, tried again, and never into the inside."""

import http.server
import json
import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from analytics.mails import hooks
from analytics.mails.hooks import call_due, signature
from analytics.models import Alert, WebhookCall
from analytics.models.deliveries import PAUSES
from analytics.models.webhooks import MOST_WEBHOOKS
from people import outside
from people.outside import NotOutside, NotTaken, Target, post
from tests.mail.conftest import LOOKS

pytestmark = pytest.mark.django_db


class Listener(http.server.BaseHTTPRequestHandler):
    """Takes what is sent, and answers as it was told to."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", self.server.elsewhere)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secret")

    def log_message(self, *_):
        """Nobody reads it."""


@pytest.fixture
def listener():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.heard, server.status, server.elsewhere = [], 200, "/"
    server.url = f"http://127.0.0.1:{server.server_port}/hook?a=b"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def inside(settings):
    settings.WEBHOOKS_ALLOW = ["127.0.0.0/8"]


@pytest.fixture
def hook(project, listener, inside):
    return project.webhooks.create(url=listener.url)


@pytest.fixture
def alert(project, alice, hook):
    report = project.reports.create(name="Looks", kind="segmentation", definition=LOOKS)
    made = Alert(project=project, report=report, operator="below", value=5, figure={},
                 schedule={"every": "day"})  # fmt: skip
    made.keep(["alice@example.com"], alice)
    return made


SEEN = {"value": 3, "before": None, "bucket": "2026-05-04", "granularity": "day", "is_share": False}


def fire(alert):
    alert.tell("fires", timezone.now(), SEEN)


def test_an_alert_is_told_signed_and_once(hook, alert, listener, project):
    fire(alert)
    assert call_due() == 1
    assert call_due() == 0
    [(path, headers, body)] = listener.heard
    assert path == "/hook?a=b"
    assert headers["Host"] == f"127.0.0.1:{listener.server_port}"
    call = WebhookCall.objects.get()
    assert (call.state, call.tries, call.error) == ("sent", 1, "")
    assert headers["Moments-Delivery"] == str(call.pk)
    signed = signature(hook.secret, headers["Moments-Timestamp"], body)
    assert headers["Moments-Signature"] == f"sha256={signed}"
    assert signature("another", headers["Moments-Timestamp"], body) != signed
    told = json.loads(body)
    assert (told["kind"], told["project"], told["id"]) == ("fires", "shop", str(call.pk))
    assert "3" in told["text"]
    assert told["link"].endswith(f"/p/shop/mails/sent/{call.mailing_id}/")


def test_slack_gets_a_message(hook, alert, listener):
    hook.format = "slack"
    hook.save()
    alert.title = "<!channel> & co"
    fire(alert)
    call_due()
    [(_, _, body)] = listener.heard
    told = json.loads(body)
    assert list(told) == ["text"]
    assert told["text"].startswith("*&lt;!channel&gt; &amp; co*: ")


def test_what_is_not_taken_is_tried_again_and_given_up(hook, listener, time_machine):
    hook.call()
    listener.status = 500
    now = datetime(2036, 1, 1, tzinfo=UTC)
    for pause in [timedelta(0), *PAUSES]:
        now += pause
        time_machine.move_to(now - timedelta(seconds=1), tick=False)
        assert call_due() == (0 if pause else 1)
        if pause:
            time_machine.move_to(now, tick=False)
            assert call_due() == 1
        else:
            now -= timedelta(seconds=1)
    call = WebhookCall.objects.get()
    assert (call.state, call.tries) == ("failed", 6)
    assert call.error == "Given up after 6 tries: It answered 500."
    assert "secret" not in call.error
    assert len(listener.heard) == 6
    assert len({headers["Moments-Delivery"] for _, headers, _ in listener.heard}) == 1


def test_who_dies_loses_no_call_and_two_make_none_twice(hook, listener, time_machine):
    hook.call()
    now = datetime(2036, 1, 1, tzinfo=UTC)
    time_machine.move_to(now, tick=False)
    one, other = WebhookCall.objects.get(), WebhookCall.objects.get()
    assert WebhookCall.objects.claim(one, now)
    assert not WebhookCall.objects.claim(other, now)
    # The first one died.
    assert call_due() == 0
    time_machine.move_to(now + timedelta(minutes=3), tick=False)
    assert call_due() == 1
    assert len(listener.heard) == 1


def test_redirects_are_not_followed(hook, listener):
    listener.status, listener.elsewhere = 302, f"{listener.url}&followed"
    hook.call()
    call_due()
    assert len(listener.heard) == 1
    assert "redirects are not followed" in WebhookCall.objects.get().error


INSIDE = [
    "http://127.0.0.1:8123/?query=DROP", "http://[::1]:6379", "http://169.254.169.254/latest/",
    "http://0x7f000001/", "http://2130706433/", "http://127.1/", "http://0.0.0.0/",
    "http://10.0.0.1/", "http://192.168.1.1/", "http://[::ffff:127.0.0.1]/", "http://localhost/",
    "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[fe80::1]/",
    "http://100.64.0.1/", "http://224.0.0.1/", "http://a@8.8.8.8/", "file:///etc/passwd",
    "gopher://8.8.8.8/", "//8.8.8.8/", "https://", "http://8.8.8.8:99999/", "http://[/",
    "http://8.8.8.8/\r\nX: y", "https:8.8.8.8",
]  # fmt: skip


@pytest.fixture
def nobody_is_called(monkeypatch):
    """Nothing of these tests leaves the machine, even where the product fails."""
    called = []

    def refuse(_socket, address):
        called.append(address)
        raise OSError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return called


@pytest.mark.parametrize("url", INSIDE)
def test_the_inside_is_refused_when_saved_and_when_called(url, nobody_is_called):
    with pytest.raises(NotOutside):
        Target.of(url)
    with pytest.raises(NotOutside):
        post(url, b"{}", {})
    assert nobody_is_called == []


def test_saved_and_called_as_a_page_does(client, project, alice):
    client.force_login(alice)
    for url in INSIDE[:4]:
        page = client.post("/p/shop/webhooks/", {"url": url, "format": "moments"})
        assert "is not called" in page.content.decode()
    assert not project.webhooks.exists()
    page = client.post("/p/shop/webhooks/", {"url": "https://8.8.8.8/x", "format": "slack"})
    made = project.webhooks.get()
    assert made.secret in page.content.decode()
    assert made.secret not in client.get("/p/shop/webhooks/").content.decode()
    # However an address got into the database, it is looked at again.
    project.webhooks.update(url="http://127.0.0.1:9/")
    client.post(f"/p/shop/webhooks/{made.pk}/trial/")
    call_due()
    shown = client.get("/p/shop/webhooks/").content.decode()
    assert "Failed" in shown
    assert "inside of a network" in shown


def test_a_name_that_changes_its_mind_gains_nothing(monkeypatch, nobody_is_called):
    """The name leads outside when it is looked at, and inside when it would be called."""
    answers = iter(["8.8.8.8", "127.0.0.1", "127.0.0.1"])

    def resolve(host, port, *_, **__):
        if host[0].isdigit():
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(outside.socket, "getaddrinfo", resolve)
    with pytest.raises(NotTaken):
        post("http://rebind.example/", b"{}", {})
    assert {address[0] for address in nobody_is_called} == {"8.8.8.8"}


def test_a_name_with_one_address_inside_is_refused(monkeypatch):
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 80)) for each in ("8.8.8.8", "10.0.0.1")
    ]
    monkeypatch.setattr(outside.socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(NotOutside):
        Target.of("http://both.example/")


def test_what_breaks_stops_no_other(hook, listener, monkeypatch):
    hook.call()
    hook.call()
    first, real = [], hooks.words

    def broken(call):
        first.append(call.pk)
        if len(first) == 1:
            raise RuntimeError
        return real(call)

    monkeypatch.setattr(hooks, "words", broken)
    assert call_due() == 2
    states = WebhookCall.objects.order_by("state").values_list("state", "tries")
    assert list(states) == [("due", 1), ("sent", 1)]


def test_webhooks_through_the_api(client, bearer, project, alice, listener, inside):
    def call(method, path="", body=None):
        sent = {} if body is None else {"data": body, "content_type": "application/json"}
        path = f"/api/projects/shop/webhooks/{path}"
        answer = getattr(client, method)(path, **sent, headers=bearer(alice))
        return answer.status_code, json.loads(answer.content or "null")

    status, made = call("post", body={"url": listener.url, "format": "slack"})
    assert (status, made["format"]) == (201, "slack")
    assert "secret" not in call("get")[1]["results"][0]
    assert "secret" not in call("get", f"{made['id']}/")[1]
    status, trial = call("post", f"{made['id']}/calls/", {})
    assert (status, trial["state"], trial["about"]) == (202, "due", None)
    assert call_due() == 1
    [(_, headers, body)] = listener.heard
    assert headers["Moments-Delivery"] == trial["id"]
    signed = signature(made["secret"], headers["Moments-Timestamp"], body)
    assert headers["Moments-Signature"] == f"sha256={signed}"
    assert call("get", f"{made['id']}/calls/?state=sent")[1]["results"][0]["tries"] == 1
    for url in ("http://10.0.0.1/", "ftp://x/", "nowhere"):
        status, wrong = call("post", body={"url": url})
        assert (status, list(wrong["errors"])) == (400, ["url"])
    for n in range(MOST_WEBHOOKS - 1):
        project.webhooks.create(url=f"https://192.0.32.8/{n}")
    status, wrong = call("post", body={"url": listener.url})
    assert status == 400
    assert wrong["errors"][""] == ["A project has at most 20 webhooks. Delete one first."]
    assert call("delete", f"{made['id']}/") == (204, None)
