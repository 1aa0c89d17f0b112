"""A client that keeps account: what was acknowledged must be there, once, in record and store."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from itertools import count
from typing import Any

import clickhouse_connect

from tests.attack.product import PATIENCE, Product

BATCH = 20
PEOPLE = 50
LOOKS = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"preset": "last_90_days"},
    "events": [{"event": "look"}],
}
READER = "owner@localhost"


class Workload:
    """Sends batches from a thread of its own, each until it is acknowledged, as clients do."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.made = json.loads(product.manage("create_project", "Shop", "--json").stdout)
        self.acknowledged: set[str] = set()
        self.erased: set[str] = set()
        self.unsure: list[list[dict[str, Any]]] = []
        self.numbers = count()
        self.going, self.idle, self.over = threading.Event(), threading.Event(), threading.Event()
        self.runs: list[str] = []
        self.thread = threading.Thread(target=self.send_forever, daemon=True)
        self.thread.start()

    # --- Sending ---

    def event(self, uid: str, user: str) -> dict[str, Any]:
        ago = timedelta(days=hash(uid) % 60, seconds=5)
        at = (datetime.now(UTC) - ago).isoformat()
        return {"type": "track", "userId": user, "event": "look", "messageId": uid, "timestamp": at}

    def batch(self) -> list[dict[str, Any]]:
        return [
            self.event(f"e{n}", f"u{n % PEOPLE}")
            for n in (next(self.numbers) for _ in range(BATCH))
        ]

    def send(self, batch: list[dict[str, Any]]) -> bool:
        body = {"writeKey": self.made["write_key"], "batch": batch}
        status, answer = self.call("POST", "/v1/batch", body, token=None)
        if status == 200:
            assert answer["refused"] == [], answer
            self.acknowledged |= {each["messageId"] for each in batch}
        return status == 200

    def send_forever(self) -> None:
        while not self.over.is_set():
            if not self.going.wait(0.1) and not self.unsure:
                self.idle.set()
                continue
            batch = self.unsure.pop(0) if self.unsure else self.batch()
            if not self.send(batch):
                self.unsure.append(batch)
                time.sleep(0.1)
            time.sleep(0.01)

    def begin(self) -> None:
        self.idle.clear()
        self.going.set()

    def end(self) -> None:
        """Returns when all that was begun is acknowledged."""
        self.going.clear()
        self.idle.clear()
        assert self.idle.wait(PATIENCE), "What was sent again and again is not acknowledged."

    def call(
        self, method: str, path: str, body: Any = None, token: str | None = ""
    ) -> tuple[int, Any]:
        """Status and JSON; (0, None) where nobody answers."""
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.made['api_token']}"
        data = None if body is None else json.dumps(body).encode()
        url = path if path.startswith("http") else self.product.url + path
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or "null")
        except (OSError, ValueError, HTTPException):
            return 0, None

    def insist(self, wanted: Iterable[int], method: str, path: str, body: Any = None) -> Any:
        """Ask until one of these is answered."""
        deadline = time.monotonic() + PATIENCE
        while True:
            status, answer = self.call(method, path, body)
            if status in wanted:
                return answer
            assert time.monotonic() < deadline, (method, path, status, answer)
            time.sleep(0.2)

    # --- Provoking ---

    @property
    def root(self) -> str:
        return f"/api/projects/{self.made['project']}"

    def ask(self) -> None:
        """Once: the product may die of it before it answers."""
        asked = {"definition": LOOKS, "wait": 0}
        _, answer = self.call("POST", f"{self.root}/query/", asked)
        if answer and "url" in answer:
            self.runs.append(answer["url"])

    def subscribe(self) -> None:
        report = self.insist(
            (201,), "POST", f"{self.root}/reports/", {"name": "Looks", "definition": LOOKS}
        )
        asked = {"report": report["id"], "recipients": [READER], "schedule": {"every": "day"}}
        made = self.insist((201,), "POST", f"{self.root}/subscriptions/", asked)
        self.subscription = made["id"]

    def mail(self) -> None:
        self.call("POST", f"{self.root}/subscriptions/{self.subscription}/send/", {})

    def erase(self) -> None:
        number = next(self.numbers)
        uid = f"gone{number}"
        while not self.send([self.event(uid, uid)]):
            time.sleep(0.2)
        self.erased.add(uid)
        self.insist((204, 404), "DELETE", f"{self.root}/people/{uid}/")

    # --- Looking ---

    def stored(self) -> Counter[str]:
        url = self.product.env.get("STORE_URL") or (self.product.data / "store_url").read_text()
        client = clickhouse_connect.get_client(dsn=url.strip())
        rows = client.query("SELECT id, count() FROM events GROUP BY id").result_rows
        client.close()
        return Counter(dict(rows))

    def problems(self, check: bool = True) -> list[str]:
        """What is not as it must be; everything that came in is loaded by now."""
        record, stored = Counter(self.product.record()), self.stored()
        expected = self.acknowledged - self.erased
        found = {
            "lost from the record": expected - set(record),
            "erased, and in the record": self.erased & set(record),
            "twice in the record": {uid for uid, n in record.items() if n > 1},
            "twice in the store": {uid for uid, n in stored.items() if n > 1},
            "in the record and not in the store": set(record) - set(stored),
            "in the store and not in the record": set(stored) - set(record),
        }
        told = [f"{len(uids)} {what}: {sorted(uids)[:3]}" for what, uids in found.items() if uids]
        told += [
            f"a report is {state}" for state in map(self.outcome, self.runs) if state != "done"
        ]
        self.runs.clear()
        if check:
            checked = self.product.manage("check_store", check=False)
            told += [checked.stdout + checked.stderr] if checked.returncode else []
        return told

    def outcome(self, url: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            _, answer = self.call("GET", f"{url}?wait=10")
            if answer and answer["status"] != "pending":
                return (
                    f"{answer['status']}: {answer['error']}"
                    if answer["status"] == "failed"
                    else "done"
                )
        return "pending"

    def settle(self, act: Callable[[], None] = lambda: None) -> None:
        """All is acknowledged and loaded."""
        self.end()
        act()
        self.product.until_loaded()
