"""Clients who dawdle, or take many connections, shut nobody out: by `up` and under gunicorn."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from django.urls import reverse

from analytics.models import Run, runs
from moments import serving
from moments.addresses import household
from moments.embedded import listen
from tests.conftest import ROOT
from tests.services import free_port

HALF = b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"


@pytest.fixture
def served(monkeypatch):
    """served(**limits): a server with these limits that answers with so many bytes as its path
    says, on threads of which there are two."""
    started = []

    def application(environ, start_response):
        path = environ["PATH_INFO"].strip("/")
        count = int(path) if path.isdigit() else 1
        start_response("200 OK", [("Content-Length", str(count))])
        return [b"x" * count]

    def start(**limits):
        for name, value in limits.items():
            monkeypatch.setattr(serving, name, value)
        sock = listen("127.0.0.1", 0)
        server = serving.web(application, sock, threads=2, patience=1)
        server.start()
        started.append(server)
        return sock.getsockname()[1]

    yield start
    for each in started:
        each.stop()


def connected(port, text=b""):
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    sock.sendall(text)
    return sock


def answers(port, path="/"):
    began = time.monotonic()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        assert answer.status == 200
    return time.monotonic() - began


def is_closed(sock, within):
    """Whether the other side lets go of it in so many seconds."""
    sock.settimeout(within)
    try:
        while sock.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


def everything(sock):
    """What comes until the other side ends."""
    taken = b""
    try:
        while more := sock.recv(1_000_000):
            taken += more
    except ConnectionError:
        pass
    return taken


def test_a_byte_now_and_then_does_not_prolong_the_time_of_a_request(served):
    sock = connected(served(SECONDS=2, SLOWEST=1_000_000), HALF)
    began = time.monotonic()
    while not is_closed(sock, 0.3) and time.monotonic() - began < 10:
        sock.sendall(b" ")
    assert 2 <= time.monotonic() - began < 6


def test_a_head_that_never_ends_has_the_same_time(served):
    sock = connected(served(SECONDS=1), b"GET / HTTP/1.1\r\nHost: ")
    assert is_closed(sock, 5)


def test_a_large_request_has_more_time_and_one_after_another_each_its_own(served):
    port = served(SECONDS=1, SLOWEST=1_000)
    sock = connected(port)
    for _ in range(2):
        sock.sendall(HALF.replace(b"1000", b"3001"))
        for _ in range(10):
            time.sleep(0.2)
            sock.sendall(b"x" * 300)
        answer = b""
        while not answer.endswith(b"x"):
            answer += sock.recv(1_000)
        assert answer.startswith(b"HTTP/1.1 200")


def test_who_does_not_take_an_answer_is_let_go(served):
    port = served(SECONDS=1, SLOWEST=1_000_000_000)
    sock = connected(port)
    sock.sendall(b"GET /50000000 HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(5)
    sock.settimeout(5)
    assert len(everything(sock)) < 50_000_000
    assert answers(port) < 1


def test_who_takes_an_answer_slowly_but_steadily_gets_all_of_it(served):
    sock = connected(served(SECONDS=1, SLOWEST=1_000_000))
    sock.sendall(b"GET /20000000 HTTP/1.0\r\n\r\n")
    taken, began = 0, time.monotonic()
    while more := sock.recv(1_000_000):
        taken += len(more)
        # 5 MB a second.
        time.sleep(max(0, began + taken / 5_000_000 - time.monotonic()))
    assert taken > 20_000_000


def test_half_sent_requests_hold_no_thread(served):
    port = served()
    held = [connected(port, HALF) for _ in range(200)]
    assert answers(port) < 1
    for each in held:
        each.close()


def test_of_too_many_connections_those_that_were_waited_for_longest_go(served):
    port = served(MOST_CONNECTIONS=20)
    held = [connected(port, HALF) for _ in range(30)]
    assert answers(port) < 1
    assert [is_closed(each, 1) for each in held[:10]] == [True] * 10
    assert not is_closed(held[-1], 0.5)


def test_an_address_has_so_many_connections_unless_it_is_a_proxys(served, settings):
    settings.TRUSTED_PROXIES = []
    port = served(MOST_OF_AN_ADDRESS=5)
    held = [connected(port, HALF) for _ in range(8)]
    assert [is_closed(each, 0.5) for each in held] == [True] * 3 + [False] * 5
    settings.TRUSTED_PROXIES = ["127.0.0.0/8"]
    held += [connected(port, HALF) for _ in range(8)]
    assert not any(is_closed(each, 0.1) for each in held[3:])


def test_one_subscriber_of_ipv6_is_one_address():
    assert household("2001:db8::1") == household("2001:db8::ffff:1")
    assert household("2001:db8::1") != household("2001:db8:0:1::1")
    assert household("192.0.2.1") != household("192.0.2.2")


@pytest.mark.django_db
def test_few_wait_for_answers_and_others_are_told_at_once(client, project, alice, bearer):
    run = Run.objects.create(project=project, definition={}, question="q")
    held = [runs.long_waits.acquire(blocking=False) for _ in range(runs.LONG_SEATS)]
    try:
        assert held == [True] * runs.LONG_SEATS
        assert runs.LONG_SEATS + runs.SHORT_SEATS < runs.settings.WEB_THREADS
        began = time.monotonic()
        path = reverse("api-run", args=[project.slug, run.pk])
        answer = client.get(f"{path}?wait=30", headers=bearer(alice))
        assert answer.status_code == 202
        assert time.monotonic() - began < 2
        # A page waits a moment all the same.
        assert not run.wait(0.1).is_finished
    finally:
        for _ in range(runs.LONG_SEATS):
            runs.long_waits.release()


# --- Under gunicorn ------------------------------------------------------------------------------

APPLICATION = """
import os, time

def application(environ, start_response):
    time.sleep(float(environ["PATH_INFO"].strip("/") or 0))
    start_response("200 OK", [])
    return [str(os.getpid()).encode()]
"""
CONFIGURATION = """
bind = "127.0.0.1:{port}"
workers = 1
worker_class = "moments.serving.Worker"
threads = 2
graceful_timeout = 5
"""


@pytest.fixture
def gunicorn(tmp_path):
    port = free_port()
    (tmp_path / "application.py").write_text(APPLICATION)
    (tmp_path / "conf.py").write_text(CONFIGURATION.format(port=port))
    ours = os.environ | {"PYTHONPATH": f"{ROOT}:{tmp_path}", "MOMENTS_DATA": str(tmp_path / "data")}
    ours["DJANGO_SETTINGS_MODULE"] = "moments.settings"
    words = [sys.executable, "-m", "gunicorn", "-c", str(tmp_path / "conf.py"), "application"]
    process = subprocess.Popen(words, env=ours, cwd=tmp_path)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            connected(port).close()
            break
        except ConnectionError:
            time.sleep(0.1)
    yield process, port
    process.kill()
    process.wait()


def test_under_gunicorn_half_sent_requests_hold_no_thread_either(gunicorn):
    _, port = gunicorn
    held = [connected(port, HALF) for _ in range(100)]
    assert answers(port) < 2
    for each in held:
        each.close()


def test_under_gunicorn_what_is_being_answered_is_answered_before_the_end(gunicorn):
    process, port = gunicorn
    sock = connected(port, b"GET /1.5 HTTP/1.0\r\n\r\n")
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert sock.recv(100).startswith(b"HTTP/1.0 200")
    assert process.wait(10) == 0


def test_a_worker_that_was_killed_is_followed_by_another(gunicorn):
    _, port = gunicorn
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        first = int(answer.read())
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 10
    second = None
    while second is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                second = int(answer.read())
        except OSError:
            time.sleep(0.1)
    assert second not in (None, first)
