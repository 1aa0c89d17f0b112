"""`manage.py up`: starts, refuses clearly, stops cleanly, and comes back after a kill."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid

import pytest

from tests.conftest import PATIENCE, ROOT, command, environment, request, start
from tests.services import free_port


def project_in(folder):
    made = subprocess.run(
        command("create_project", "Shop", "--json"),
        env=environment(folder),
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(made.stdout)


def send(url, made, event):
    body = {"userId": "ann", "event": event, "messageId": str(uuid.uuid4())}
    return request("POST", f"{url}/v1/track", body | {"writeKey": made["write_key"]}, {})


def count(url, made, event):
    definition = {
        "kind": "segmentation",
        "metric": "events",
        "period": {"preset": "last_7_days"},
        "events": [{"event": event}],
    }
    token = {"Authorization": f"Bearer {made['api_token']}"}
    asked = {"definition": definition, "wait": 30}
    _, answer = request("POST", f"{url}/api/projects/{made['project']}/query/", asked, token)
    deadline = time.monotonic() + PATIENCE
    while answer["status"] == "pending" and time.monotonic() < deadline:
        _, answer = request("GET", f"{answer['url']}?wait=30", None, token)
    return answer["result"]["series"][0]["total"]["value"]


def test_it_stops_at_sigterm_and_sigint_and_keeps_everything(folder):
    made = project_in(folder)
    for turn, number in enumerate((signal.SIGTERM, signal.SIGINT), start=1):
        process, url, _ = start(folder)
        assert send(url, made, "x")[0] == 200
        assert count(url, made, "x") == turn
        process.send_signal(number)
        assert process.wait(60) == 0
    checked = subprocess.run(command("check_store"), env=environment(folder), check=False)
    assert checked.returncode == 0


def test_it_comes_back_after_kill_with_all_that_was_acknowledged(folder):
    made = project_in(folder)
    acknowledged = 0
    for _ in range(3):
        process, url, _ = start(folder)
        for _ in range(5):
            acknowledged += send(url, made, "x")[1]["accepted"]
        if acknowledged > 5:
            assert count(url, made, "x") == acknowledged
        process.kill()
        process.wait()
    process, url, _ = start(folder)
    assert count(url, made, "x") == acknowledged == 15
    process.terminate()
    assert process.wait(60) == 0


def test_a_second_one_on_the_same_folder_is_refused_clearly(live):
    second = subprocess.run(
        command("up", "--port", "0", "--data", str(live.data)),
        env=environment(live.data.parent / "elsewhere"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert f"is in use by process {live.process.pid}" in second.stderr
    assert "--data" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_port_that_is_taken_is_refused_clearly(folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        refused = subprocess.run(
            command("up", "--port", str(port)),
            env=environment(folder),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert refused.returncode == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in refused.stderr
    assert "--port" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_create_project_works_beside_it(live):
    made = project_in(live.data)
    assert send(live.url, made, "x")[0] == 200
    assert count(live.url, made, "x") == 1


def test_the_store_is_compared_and_rebuilt_beside_it(live):
    made = project_in(live.data)
    assert send(live.url, made, "x")[0] == 200
    for words in (("check_store",), ("rebuild_store",), ("check_store",), ("migrate",)):
        done = subprocess.run(
            command(*words),
            env=environment(live.data),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert count(live.url, made, "x") == 1


def test_a_store_that_is_taken_away_comes_back_while_it_runs(folder):
    made = project_in(folder)
    process, url, _ = start(folder)
    assert send(url, made, "x")[0] == 200
    assert count(url, made, "x") == 1
    shutil.rmtree(folder / "store")
    assert send(url, made, "x")[0] == 200
    assert count(url, made, "x") == 2
    process.terminate()
    assert process.wait(60) == 0
    checked = subprocess.run(command("check_store"), env=environment(folder), check=False)
    assert checked.returncode == 0


def test_what_a_killed_one_had_in_hand_is_free_for_the_next(folder):
    """Its leases are void: nobody else may load from the folder that the next one holds."""
    made = project_in(folder)
    process, url, _ = start(folder)
    assert send(url, made, "x")[0] == 200
    process.kill()
    process.wait()
    code = (
        "from datetime import timedelta; from django.utils import timezone;"
        "from people.models import Batch, Load, Project;"
        "Load.objects.update(loaded_at=None, leased_until=timezone.now() + timedelta(hours=1));"
        "load = Load.objects.create(project=Project.objects.get(),"
        " leased_until=timezone.now() + timedelta(hours=1));"
        "Batch.objects.filter(load=None).update(load=load)"
    )
    subprocess.run(command("shell", "-v", "0", "-c", code), env=environment(folder), check=True)
    process, url, _ = start(folder)
    assert count(url, made, "x") == 1
    process.terminate()
    assert process.wait(60) == 0


# Ends a thread of `up` from inside, as an exception that nobody foresaw would.
KILLER = """
import ctypes, socket, sys, threading, time
sys.path.insert(0, {root!r})

def kill():
    def victims():
        return [each for each in threading.enumerate() if each.name.startswith({name!r})]
    while not victims() or not started.is_set():
        time.sleep(0.1)
    for each in victims():
        number = ctypes.c_ulong(each.ident)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(SystemExit))
    # A thread that waits for work dies when it gets some.
    while True:
        with socket.socket() as sock:
            sock.connect(("127.0.0.1", {port}))
            sock.sendall(b"GET /health/live HTTP/1.0" + bytes([13, 10, 13, 10]))
            sock.settimeout(1)
            try:
                sock.recv(100)
            except TimeoutError:
                pass

started = threading.Event()
import django
django.setup()
from moments.management.commands import up
tell = up.Command.tell
up.Command.tell = lambda self, *args: (tell(self, *args), started.set())
threading.Thread(target=kill, daemon=True).start()
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "up", "--port", "{port}"])
"""


@pytest.mark.parametrize("name", ["web", "waitress-0", "worker", "Beat", "store"])
def test_it_ends_when_a_part_of_it_dies(folder, name):
    code = KILLER.format(root=str(ROOT), name=name, port=free_port())
    ours = environment(folder) | {"DJANGO_SETTINGS_MODULE": "moments.settings"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=ours,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "has died" in ended.stdout
    # Nobody has an account in an empty folder.
    assert "Set it up at http://127.0.0.1:" in ended.stdout


def test_what_waits_is_loaded_without_a_report(live):
    """The scheduler's tick brings it in; the record says so."""
    assert live.send("/v1/track", {"userId": "ann", "event": "ticked"})[0] == 200
    code = "from people.models import Batch; print(Batch.objects.waiting().count())"
    deadline = time.monotonic() + 30
    left = "?"
    while left != "0" and time.monotonic() < deadline:
        shell = subprocess.run(
            command("shell", "-v", "0", "-c", code),
            env=environment(live.data),
            capture_output=True,
            text=True,
            check=True,
        )
        left = shell.stdout.strip()
    assert left == "0"


def test_the_demo_shows_its_stories(live):
    """Opened through the saved reports of the demo, as its account's token sees them."""
    shell = subprocess.run(
        command(
            "shell",
            "-v",
            "0",
            "-c",
            "import json; from analytics.models import Report;"
            "from knox.models import AuthToken; from people.models import User;"
            "user = User.objects.get(email='demo@example.com');"
            "print(json.dumps([AuthToken.objects.create(user)[1],"
            "{r.name: r.definition for r in Report.objects.all()}]))",
        ),
        env=environment(live.data),
        capture_output=True,
        text=True,
        check=True,
    )
    token, reports = json.loads(shell.stdout)

    def result(name):
        body = {"definition": reports[name], "wait": 30}
        status, answer = live.call("POST", "/api/projects/music/query/", body, token=token)
        assert (status, answer["status"]) == (200, "done")
        return answer["result"]

    weeks = [
        [point["value"] for point in series["points"] if not point["partial"]]
        for series in result("Jazz listeners in Croatia take up Sing Along")["series"]
    ]
    assert weeks[0][-1] > 0.4 > 0.25 > weeks[1][-1]
    assert weeks[0][0] == 0

    def paid(name):
        return result(name)["segments"][0]["steps"][2]["of_previous"]

    broken, before = (
        paid("Checkout while release 4.2.0 was out"),
        paid("Checkout in the week before"),
    )
    assert broken < 0.7 * before
    assert result("Songs played, and jazz among them")["segments"][0]["size"] > 1800
