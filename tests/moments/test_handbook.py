"""deploy/README.md is true: its commands, word for word, bring up several processes."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import PATIENCE, ROOT, request
from tests.services import free_port, postgres, redis

HANDBOOK = (ROOT / "deploy" / "README.md").read_text()
QUESTIONS = 32


def block(kind):
    """The lines of a block of the handbook."""
    return re.search(rf"^```{kind}\n(.*?)^```", HANDBOOK, re.MULTILINE | re.DOTALL)[1].splitlines()


def processes():
    lines = (ROOT / "deploy" / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def environment(folder, database, broker):
    """The handbook's, with values of our own in the place of its examples."""
    given = dict(line.split("=", 1) for line in block("env"))
    ours = {
        "MOMENTS_DATA": str(folder / "data"),
        "DATABASE_URL": database,
        "REDIS_URL": broker,
        "STORE_URL": f"clickhouse://moments:{uuid.uuid4().hex}@127.0.0.1:{free_port()}",
        "SECRET_KEY": uuid.uuid4().hex * 2,
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "1",
        "BIND": f"127.0.0.1:{free_port()}",
    }
    assert given.keys() == ours.keys()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(folder), "PYTHONPATH": str(ROOT), "WEB_WORKERS": "1", **ours}


@contextmanager
def started(command, ours, log):
    process = subprocess.Popen(
        f"exec {command}", shell=True, cwd=ROOT, env=ours, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def run(command, ours, cwd=ROOT):
    done = subprocess.run(
        command,
        shell=True,
        cwd=cwd,
        env=ours,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def state(url):
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=10) as answer:
            return json.loads(answer.read())
    except OSError as error:
        return {"error": str(error)}


def until(true, what, log, seconds=90):
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}:\n{Path(log.name).read_text()[-5000:]}")
        time.sleep(0.2)


# What the proxy in front says of its client.
SECURE = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}


def ask(url, made, number):
    """How many events of one name there are, by the API."""
    definition = {
        "kind": "segmentation",
        "metric": "events",
        "period": {"start": str(date(2026, 1, 1)), "end": str(date(2026, 12, 31))},
        "events": [{"event": f"Event {number}"}],
    }
    headers = {"Authorization": f"Bearer {made['api_token']}", **SECURE}
    body = {"definition": definition, "wait": 30}
    asked = f"{url}/api/projects/{made['project']}/query/"
    status, answer = request("POST", asked, body, headers)
    deadline = time.monotonic() + PATIENCE
    # Few may wait at a time; the others ask again.
    while status == 202 and time.monotonic() < deadline:
        time.sleep(0.2)
        again = answer["url"].replace("https://", "http://")
        status, answer = request("GET", f"{again}?wait=30", None, headers)
    return status, answer


def count(answer):
    status, body = answer
    assert (status, body["status"]) == (200, "done"), answer
    return body["result"]["series"][0]["total"]["value"]


def test_the_handbook_brings_up_a_product_of_several_processes(tmp_path):
    with ExitStack() as stack:
        enter = stack.enter_context
        folder = Path(enter(tempfile.TemporaryDirectory(prefix="moments-handbook-")))
        broker = ExitStack()
        stack.push(broker)
        log = enter((tmp_path / "log").open("w"))
        database = enter(postgres(folder))
        ours = environment(folder, database, broker.enter_context(redis(folder)))
        url = f"http://{ours['BIND']}"

        [store] = block("sh first")
        assert processes().pop("store") == store
        enter(started(store, ours, log))
        until((folder / "data" / "store_url").exists, "The store does not start", log)
        printed = [run(command, ours) for command in block("sh then")]
        made = json.loads(printed[-1])
        for name, command in processes().items():
            if name != "store":
                enter(started(command, ours, log))
        until(lambda: state(url).get("store") == "ok", "It does not get ready", log)

        for number in range(QUESTIONS):
            event = {"event": f"Event {number}", "timestamp": "2026-05-04T10:00:00Z"}
            batch = [event | {"type": "track", "userId": f"u{i}"} for i in range(number + 1)]
            body = {"writeKey": made["write_key"], "batch": batch}
            assert request("POST", f"{url}/v1/batch", body, SECURE)[0] == 200
        answers = {}
        threads = [
            threading.Thread(target=lambda n=n: answers.update({n: ask(url, made, n)}))
            for n in range(QUESTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        found = {number: count(answer) for number, answer in answers.items()}
        assert found == {number: number + 1 for number in range(QUESTIONS)}

        for command in block("sh well"):
            run(command, ours)
        [backup] = block("sh backup")
        tools = max(Path("/usr/lib/postgresql").glob("*/bin"))
        run(backup, ours | {"PATH": f"{tools}:{ours['PATH']}"}, cwd=tmp_path)
        assert (tmp_path / "backup.dump").read_bytes().startswith(b"PGDMP")

        # The broker goes away: what comes in is kept, and reports come through.
        broker.close()
        body = {"writeKey": made["write_key"], "type": "track", "userId": "late"}
        body |= {"event": "Event 0", "timestamp": "2026-05-04T10:00:00Z"}
        assert request("POST", f"{url}/v1/track", body, SECURE)[0] == 200
        assert count(ask(url, made, 0)) == 2


def test_every_variable_is_in_the_handbook():
    """Whatever the code reads from the environment has its line."""
    table = HANDBOOK[HANDBOOK.index("## Every variable") :]
    code = "".join(
        file.read_text()
        for place in ("moments/settings.py", "deploy/gunicorn.conf.py")
        for file in [ROOT / place]
    )
    read = re.findall(r'(?:env\.\w+|os\.environ\.get)\(\s*"([A-Z_]+)"', code)
    assert len(read) > 15
    assert [name for name in read if f"`{name}`" not in table] == []


def test_units_and_procfile_run_the_same_processes():
    """Word for word, but for the queues that units serve one by one."""
    units = {
        file.stem.removeprefix("moments-"): file.read_text()
        for file in (ROOT / "deploy" / "systemd").glob("*.service")
    }
    for name, command in processes().items():
        program = command.replace("-Q reports,mail", "-Q reports").replace("%", "%%")
        assert f"ExecStart=/opt/moments/.venv/bin/{program}\n" in units[name]
    assert "-Q mail " in units["mail"]
