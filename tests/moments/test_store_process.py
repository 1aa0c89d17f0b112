"""`manage.py store`: the embedded store in a process of its own, behind ClickHouse's interface."""

import os
import signal
import socket
import subprocess
import threading
import time
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import numpy as np
import pytest

from analytics.engine.packed import rows
from analytics.engine.writer import Writer
from analytics.models.scopes import scope_of
from analytics.store import audit, client, loader
from tests.conftest import command
from tests.services import free_port, store_process


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with store_process(tmp_path_factory.mktemp("store")) as url:
        yield url


@pytest.fixture
def over_http(served, settings):
    settings.STORE_URL = served
    yield served
    client.close()


def post(served, sql, *, account=None, **asked):
    place = urlsplit(served)
    request = Request(f"http://{place.hostname}:{place.port}/?{urlencode(asked)}", sql.encode())
    user, key = account or (place.username, place.password)
    request.add_header("X-ClickHouse-User", user)
    request.add_header("X-ClickHouse-Key", key)
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return int(error.headers["X-ClickHouse-Exception-Code"]), error.read().decode()


@pytest.mark.parametrize("account", [("", ""), ("tests", "wrong"), ("other", "wrong"), ("é", "é")])
def test_who_does_not_know_the_password_gets_nothing(served, account):
    place = urlsplit(served)
    account = tuple(word.encode().decode("latin-1") for word in account)
    code, text = post(served, "SELECT 1", account=account)
    assert code == 516
    assert place.password not in text


def test_a_wrong_password_is_named_where_the_store_is_opened(served, settings):
    settings.STORE_URL = served.replace(urlsplit(served).password, "wrong")
    with pytest.raises(client.StoreAway, match="refuses the user or the password"):
        client.ask("SELECT 1", {})


@pytest.mark.django_db
def test_it_holds_what_is_loaded_and_answers(journeys, project, over_http):
    audit.open_store()
    journeys(ann=[(0, "signup"), (5, "buy", {"plan": "it's \\ 100 %"})], bob=[(0, "signup")])
    loader.drain(project.pk)
    assert list(audit.differences()) == []
    assert client.ask("SELECT event, count() FROM events GROUP BY event ORDER BY event", {}) == [
        ("buy", 1),
        ("signup", 2),
    ]
    names = client.columns("SELECT DISTINCT event FROM events ORDER BY event", {})
    assert names["event"].to_pylist() == ["buy", "signup"]
    assert client.ask("SELECT event FROM events WHERE event = 'no'", {}) == []
    assert client.columns("SELECT event FROM events WHERE event = 'no'", {}).num_rows == 0
    assert client.columns("SELECT number FROM numbers(300000)", {}).num_rows == 300_000


@pytest.mark.django_db
def test_a_statement_may_name_over_a_million_people(project, over_http):
    people = np.arange(1_100_000) * 7 + 2**33
    w = Writer(scope_of(project, {}))
    [[count, total]] = client.ask(f"SELECT count(), sum(p) FROM {rows(w, p=people)}", w.binds)
    assert (count, total) == (len(people), int(people.sum()))


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE DATABASE mine",
        "CREATE TABLE mine (a UInt8) ENGINE = Memory",
        "SELECT * FROM url('http://127.0.0.1:9/', 'CSV', 'a String')",
        "SELECT * FROM file('/etc/hostname', 'CSV', 'a String')",
        "SELECT 1 INTO OUTFILE '/tmp/moments-must-not-be-there'",
        "SET readonly = 0",
    ],
)
def test_readers_cannot_change_or_reach_out(over_http, sql):
    with pytest.raises(client.StoreError):
        client.ask(sql, {})


def test_no_setting_stays_behind(served):
    assert post(served, "SELECT getSetting('max_threads')", max_threads=3) == (200, "3\n")
    assert post(served, "SELECT getSetting('max_threads')", max_threads=5) == (200, "5\n")
    assert post(served, "SELECT getSetting('readonly')", readonly=1) == (200, "1\n")
    assert post(served, "SELECT getSetting('readonly')") == (200, "0\n")


def test_what_is_not_a_statement_gets_the_engines_code_and_words(served):
    code, text = post(served, "SELECT nothing_of_that_name()")
    assert code == 46
    assert "nothing_of_that_name" in text
    assert post(served, "SELECT 1", **{"a b": "1"})[0] == 62
    assert post(served, "SELECT 1", database="a`b")[0] == 62
    assert post(served, "") == (200, "Ok.\n")


def test_a_limit_ends_a_question_with_advice(over_http, settings):
    settings.QUERY_SECONDS = 1
    with pytest.raises(client.StoreError, match="Choose a shorter period"):
        client.ask("SELECT sum(sipHash64(number)) FROM numbers(100000000000)", {})


def test_long_answers_are_streamed(served):
    place = urlsplit(served)
    sql = "SELECT number FROM system.numbers"
    with socket.create_connection((place.hostname, place.port)) as sock:
        sock.sendall(ask_line(served, sql, "default_format=TabSeparated"))
        began = time.monotonic()
        got = b""
        while len(got) < 1_000_000:
            got += sock.recv(65536)
    # It has no end, and yet it came.
    assert got.startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 20
    assert is_over(served, sql)


def ask_line(served, sql, query=""):
    place = urlsplit(served)
    return (
        f"POST /?{query} HTTP/1.1\r\nHost: x\r\nX-ClickHouse-User: {place.username}\r\n"
        f"X-ClickHouse-Key: {place.password}\r\nContent-Length: {len(sql)}\r\n\r\n{sql}"
    ).encode()


def is_over(served, sql):
    """Whether a statement ends within moments."""
    look = f"SELECT count() FROM system.processes WHERE startsWith(query, '{sql}')"
    deadline = time.monotonic() + 10
    while post(served, look)[1] != "0\n":
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_a_statement_ends_when_its_client_hangs_up(served):
    place = urlsplit(served)
    sql = "SELECT sum(sipHash64(number)) FROM numbers(100000000000)"
    with socket.create_connection((place.hostname, place.port)) as sock:
        sock.sendall(ask_line(served, sql))
        time.sleep(0.5)
    assert is_over(served, sql)


def test_a_computation_is_stopped_from_elsewhere(over_http):
    failed = []

    def ask():
        try:
            client.ask("SELECT sum(sipHash64(number)) FROM numbers(100000000000)", {}, "marked")
        except client.StoreError as error:
            failed.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.5)
    client.stop("marked")
    thread.join(10)
    assert failed == ["The computation was stopped."]


def process_on(folder, **environment):
    log = (folder.parent / f"{folder.name}.log").open("w")
    return subprocess.Popen(
        command("store"),
        env=os.environ | {"MOMENTS_DATA": str(folder)} | environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )


def wait_for(served, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            return post(served, "SELECT 1") == (200, "1\n")
        except OSError:
            time.sleep(0.1)
    return False


def test_it_finishes_what_runs_and_keeps_everything_at_sigterm(tmp_path):
    folder = tmp_path / "data"
    url = f"clickhouse://me:secret@127.0.0.1:{free_port()}"
    process = process_on(folder, STORE_URL=url)
    assert wait_for(url)
    post(url, "CREATE TABLE kept (a UInt64) ENGINE = MergeTree ORDER BY a")
    post(url, "INSERT INTO kept VALUES (1)")
    answer = []
    asked = threading.Thread(target=lambda: answer.append(post(url, "SELECT sleep(2)")))
    asked.start()
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    asked.join(10)
    assert answer == [(200, "0\n")]
    assert process.wait(10) == 0
    assert not (folder / "store_url").exists()
    again = process_on(folder, STORE_URL=url)
    assert wait_for(url)
    assert post(url, "SELECT count() FROM kept") == (200, "1\n")
    again.kill()
    again.wait()


def test_it_ends_when_its_folder_is_taken_away(tmp_path):
    folder = tmp_path / "data"
    url = f"clickhouse://me:secret@127.0.0.1:{free_port()}"
    process = process_on(folder, STORE_URL=url)
    assert wait_for(url)
    subprocess.run(["rm", "-rf", folder / "store"], check=True)
    assert process.wait(10) == 1
    assert "is gone" in (tmp_path / "data.log").read_text()


def refused(folder, **environment):
    return subprocess.run(
        command("store"),
        env=os.environ | {"MOMENTS_DATA": str(folder)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_second_one_and_one_without_a_password_are_refused_clearly(tmp_path):
    folder = tmp_path / "data"
    url = f"clickhouse://me:secret@127.0.0.1:{free_port()}"
    process = process_on(folder, STORE_URL=url)
    assert wait_for(url)
    second = refused(folder, STORE_URL=f"clickhouse://me:secret@127.0.0.1:{free_port()}")
    assert (second.returncode, f"is in use by process {process.pid}" in second.stderr) == (1, True)
    process.terminate()
    assert process.wait(10) == 0
    without = refused(folder, STORE_URL="clickhouse://127.0.0.1:9")
    assert (without.returncode, "no user and password" in without.stderr) == (1, True)
