"""Running it: health, metrics, logs, proxies, the doctor, and starts that cannot work."""

import json
import logging
import os
import re
import sqlite3
import subprocess
import sys

import pytest
import yaml
from django.core.management import call_command
from django.test import RequestFactory

from moments import logs
from moments.cache import ForgivingRedisCache
from moments.middleware import ProxyMiddleware
from people.tracing import request_id
from tests.conftest import ROOT
from tests.services import free_port

SECRET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def manage(tmp_path, *words, program=None, **given):
    ours = ("DATABASE_URL", "REDIS_URL", "DJANGO_ALLOW_ASYNC_UNSAFE")
    bare = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [*(program or [sys.executable, "manage.py"]), *words],
        cwd=ROOT,
        env=bare | {"MOMENTS_DATA": str(tmp_path / "data")} | given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# --- Health and metrics --------------------------------------------------------------------------


@pytest.mark.django_db
def test_ready_says_what_answers_and_what_waits(client, journeys):
    journeys(ann=[(0, "signup")])
    response = client.get("/health/ready", headers={"Host": "10.0.0.7"})
    assert response.status_code == 200
    found = response.json()
    assert {name: found[name] for name in ("database", "broker", "store")} == {
        "database": "ok",
        "broker": "ok",
        "store": "ok",
    }
    assert found["backlog"]["batches"] == 1
    assert client.get("/health/live").status_code == 200


@pytest.mark.django_db
def test_a_service_that_is_away_makes_it_503_and_names_no_place(client, store, settings):
    settings.STORE_URL = f"clickhouse://user:hidden@127.0.0.1:{free_port()}"
    settings.REDIS_URL = "redis://:hidden@127.0.0.1:9/0"
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["store"] == "away"
    assert "hidden" not in response.content.decode()


@pytest.mark.django_db
def test_metrics_are_for_the_addresses_that_may(client, store):
    text = client.get("/metrics").content.decode()
    assert 'moments_up{service="store"} 1' in text
    assert "moments_backlog_batches 0" in text
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 403
    # A proxy on this machine forwards for somebody else.
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("file", ["grafana.json", "alerts.yml"])
def test_boards_and_alerts_name_metrics_that_there_are(client, store, file):
    told = set(re.findall(r"^(\w+)[ {]", client.get("/metrics").content.decode(), re.MULTILINE))
    text = (ROOT / "deploy" / file).read_text()
    named = set(re.findall(r"(?:moments|process)_\w+", text))
    assert len(named) >= 4
    assert named <= told
    assert json.loads(text)["panels"] if file.endswith("json") else yaml.safe_load(text)["groups"]


# --- Proxies -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "chain", "origin"),
    [
        ("192.0.2.9", "198.51.100.1", "192.0.2.9"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "10.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_only_trusted_proxies_are_believed(settings, sender, chain, origin):
    settings.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.0/24"]
    seen = []
    request = RequestFactory().get(
        "/", REMOTE_ADDR=sender, HTTP_X_FORWARDED_FOR=chain, HTTP_X_FORWARDED_PROTO="https"
    )
    ProxyMiddleware(lambda each: seen.append(each.META.copy()))(request)
    assert seen[0]["REMOTE_ADDR"] == origin
    assert ("HTTP_X_FORWARDED_PROTO" in seen[0]) is (sender != "192.0.2.9")


@pytest.mark.django_db
def test_https_behind_a_proxy_does_not_redirect_for_ever(client, settings, alice):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    there = client.get("/sign-in/", headers={"X-Forwarded-Proto": "https"})
    assert there.status_code == 200
    plain = client.get("/sign-in/", headers={"X-Forwarded-Proto": "https"}, REMOTE_ADDR="192.0.2.1")
    assert plain.status_code == 301


# --- Logs ----------------------------------------------------------------------------------------


@pytest.fixture
def lines():
    """What a request logs, as the JSON of production."""
    written = []

    class Kept(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    handler = Kept()
    handler.setFormatter(logs.Json())
    handler.addFilter(logs.WithoutAddresses())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.django_db
def test_a_request_is_logged_by_its_route_and_id(client, lines, journeys, alice, bearer, project):
    journeys(**{"secret-person@example.com": [(0, "signup", {"card": "secret-value"})]})
    response = client.get(
        f"/api/projects/{project.slug}/people/secret-nobody@example.com/", headers=bearer(alice)
    )
    assert response.status_code == 404
    told = [json.loads(line) for line in lines]
    assert response["X-Request-ID"] in {each.get("request") for each in told}
    assert any(each.get("status") == 404 for each in told)
    assert "secret" not in "".join(lines)
    assert project.write_keys.get().key not in "".join(lines)


def test_an_exception_is_logged_without_what_it_quotes(lines):
    token = request_id.set("abc")
    try:
        raise ValueError("Key (uid)=(secret) exists\nFAKE LINE")
    except ValueError:
        logging.getLogger("moments").exception("It failed")
    finally:
        request_id.reset(token)
    [line] = [json.loads(each) for each in lines]
    assert line["message"] == "It failed"
    assert line["request"] == "abc"
    assert line["trace"].endswith("builtins.ValueError")


def test_a_line_stays_a_line():
    record = logging.makeLogRecord({"msg": "x\n2026 INFO fake \x1b[31m", "levelname": "INFO"})
    text = logs.Line().format(record)
    assert "\n" not in text
    assert "\x1b" not in text


# --- Away ----------------------------------------------------------------------------------------


def test_a_cache_that_is_away_holds_nothing():
    away = ForgivingRedisCache("redis://127.0.0.1:9/0", {})
    ForgivingRedisCache.rests_until = 0.0
    try:
        assert away.get("x", 7) == 7
        assert away.set("x", 1) is None
        assert away.get_many(["x"]) == {}
        assert away.incr("x") == 1
    finally:
        ForgivingRedisCache.rests_until = 0.0


# --- Starts that cannot work ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("short", ["up", "--port", "0"]),
        ("short", ["check"]),
        ("short", ["doctor", "--start"]),
        ("a" * 80, ["check"]),
        (f"django-insecure-{SECRET}", ["check"]),
    ],
)
def test_a_secret_that_can_be_guessed_is_refused(tmp_path, key, words):
    done = manage(tmp_path, *words, SECRET_KEY=key)
    assert done.returncode == 1
    assert "SECRET_KEY can be guessed" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "program",
    [
        [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "moments.wsgi"],
        [sys.executable, "-m", "celery", "-A", "moments", "worker", "-P", "threads", "-Q", "load"],
        [sys.executable, "-m", "celery", "-A", "moments", "beat"],
    ],
    ids=["gunicorn", "worker", "beat"],
)
def test_one_of_several_processes_refuses_an_embedded_store(tmp_path, program):
    done = manage(tmp_path, program=program, SECRET_KEY=SECRET, BIND="127.0.0.1:0")
    assert done.returncode == 1
    assert "belongs to one process alone" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_a_store_that_is_away_and_tables_that_are_not_made_are_named(tmp_path):
    url = f"clickhouse://me:secret@127.0.0.1:{free_port()}"
    done = manage(tmp_path, "doctor", "--start", SECRET_KEY=SECRET, STORE_URL=url)
    assert done.returncode == 1
    assert "migrations of the database are not applied" in done.stderr
    assert "REDIS_URL is not set" in done.stderr
    assert "server is away" in done.stderr
    assert "secret" not in done.stderr.replace("SECRET", "")
    migrated = manage(tmp_path, "migrate", STORE_URL=url)
    assert migrated.returncode == 1
    assert "The store's tables are not made" in migrated.stderr


def test_migrate_makes_the_tables_of_database_and_store(tmp_path):
    assert "tables are there" in manage(tmp_path, "migrate").stdout
    assert "holds what the database says" in manage(tmp_path, "check_store").stdout
    for each in (tmp_path / "data").iterdir():
        assert each.stat().st_mode & 0o077 == 0, each


def test_a_backup_of_sqlite_is_the_database_and_writes_over_nothing(tmp_path):
    made = manage(tmp_path, "create_project", "Shop", "--json")
    assert made.returncode == 0, made.stderr
    assert manage(tmp_path, "backup", str(tmp_path / "copy")).returncode == 0
    with sqlite3.connect(tmp_path / "copy") as copy:
        assert copy.execute("SELECT name FROM people_project").fetchall() == [("Shop",)]
    again = manage(tmp_path, "backup", str(tmp_path / "copy"))
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    told = manage(tmp_path, "storage").stdout
    assert "database: " in told
    assert "store: " in told


def test_the_check_of_a_deployment_is_clean(tmp_path):
    done = manage(
        tmp_path,
        "check",
        "--deploy",
        "--fail-level",
        "WARNING",
        HTTPS="1",
        SECRET_KEY=SECRET,
        ALLOWED_HOSTS="moments.example.com",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
def test_the_doctor_says_what_to_do(capsys, settings, store):
    settings.DATA_DIR.chmod(0o755)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with pytest.raises(Exception, match="2 of 8 are not well"):
        call_command("doctor")
    told = capsys.readouterr().out
    assert f"chmod 700 {settings.DATA_DIR}" in told
    assert "Is EMAIL_URL right?" in told
    settings.DATA_DIR.chmod(0o700)


def test_the_version_is_told_in_one_place(tmp_path, settings):
    assert manage(tmp_path, "version").stdout.strip() == settings.SPECTACULAR_SETTINGS["VERSION"]
