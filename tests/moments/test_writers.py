"""Twelve writers, bad requests among theirs, and a product that is killed under them."""

import json
import random
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid

from tests.conftest import command, environment, start

WRITERS, KILLS = 12, 3


class Writer(threading.Thread):
    """Sends batches, each until it is acknowledged, as client libraries do."""

    def __init__(self, place, key, seed):
        super().__init__(daemon=True)
        self.place, self.key = place, key
        self.draw = random.Random(seed)
        self.sent, self.acknowledged = set(), set()
        self.enough = threading.Event()
        self.wrong = None

    def run(self):
        try:
            while not self.enough.is_set():
                uids = [str(uuid.uuid4()) for _ in range(self.draw.randint(1, 40))]
                self.sent.update(uids)
                if self.deliver(uids):
                    self.acknowledged.update(uids)
        except (AssertionError, ValueError, KeyError) as error:
            self.wrong = error

    def deliver(self, uids):
        body = json.dumps({"writeKey": self.key, "batch": [self.message(uid) for uid in uids]})
        while not self.enough.is_set():
            if self.draw.random() < 0.1:
                self.post(body[: len(body) // 2])
            if self.post(body) == 200:
                # The answer may have been lost: libraries send again.
                if self.draw.random() < 0.1:
                    self.post(body)
                return True
            time.sleep(0.1)
        return False

    def message(self, uid):
        person = f"person-{self.draw.randint(0, 60)}"
        device = f"device-{self.draw.randint(0, 60)}"
        return {
            "type": "track", "event": f"event-{self.draw.randint(0, 9)}", "messageId": uid,
            "anonymousId": device, **({"userId": person} if self.draw.random() < 0.5 else {}),
        }  # fmt: skip

    def post(self, body):
        request = urllib.request.Request(f"{self.place[0]}/v1/batch", body.encode())
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


def run(data, *words):
    return subprocess.run(
        command(*words), env=environment(data), capture_output=True, text=True, check=False
    )


def test_what_was_acknowledged_is_recorded_and_what_is_recorded_is_in_the_store(folder):
    process, url, _ = start(folder)
    made = json.loads(run(folder, "create_project", "Shop", "--json").stdout)
    place = [url]
    writers = [Writer(place, made["write_key"], seed) for seed in range(WRITERS)]
    for each in writers:
        each.start()
    for _ in range(KILLS):
        time.sleep(2)
        process.kill()
        process.wait()
        process, place[0], _ = start(folder)
    time.sleep(2)
    for each in writers:
        each.enough.set()
    for each in writers:
        each.join(60)
        assert not each.is_alive()
        assert each.wrong is None
    process.terminate()
    assert process.wait(30) == 0

    listing = "from people.models import Event; print(list(Event.objects.values_list('uid')))"
    shown = run(folder, "shell", "--no-imports", "-c", listing).stdout
    recorded = [uid for (uid,) in eval(shown)]
    acknowledged = set().union(*(each.acknowledged for each in writers))
    sent = set().union(*(each.sent for each in writers))
    assert len(acknowledged) > 100
    assert acknowledged <= set(recorded) <= sent
    assert len(recorded) == len(set(recorded))
    # The store is brought up to the record by the next start, and is the same then.
    process, _, _ = start(folder)
    process.terminate()
    assert process.wait(30) == 0
    checked = run(folder, "check_store")
    assert checked.returncode == 0, checked.stdout + checked.stderr
