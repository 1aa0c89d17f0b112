"""Hostile requests against a running product: mutated captures, and whatever fits the schema."""

import http.client
import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.attack.kills import Outcome
from tests.attack.product import Product
from tests.attack.workload import Workload
from tests.people.captured import JUNK, REQUESTS, changed, paths, with_key
from tests.services import ROOT

# Of what a server may say although it is well.
ALLOWED = {501, 503}


def mutated(load: Workload, number: int, seed: int = 5) -> Outcome:
    """Captured requests with one to three places changed, broken or cut."""
    began, rng = time.monotonic(), random.Random(seed)
    before = memory(load.product)
    statuses: Counter[int] = Counter()
    bad: list[str] = []
    line = http.client.HTTPConnection("127.0.0.1", load.product.port, timeout=60)
    for _ in range(number):
        method, path, body, headers = mutation(rng, load.made["write_key"])
        line.request(method, path, body, headers)
        answer = line.getresponse()
        answer.read()
        statuses[answer.status] += 1
        if answer.status >= 500 and answer.status not in ALLOWED:
            bad.append(body.decode("utf-8", "replace")[:200])
        if answer.will_close:
            line.close()
    grown = memory(load.product) - before
    note = f"{dict(sorted(statuses.items()))}; {grown:+.0f} MB {bad[:1] or ''}"
    return Outcome(f"{number:,} mutated messages", not bad, time.monotonic() - began, note)


def mutation(rng: random.Random, key: str) -> tuple[str, str, bytes, dict[str, str]]:
    family = rng.choice([*REQUESTS])
    path, body = REQUESTS[family]
    for _ in range(rng.randint(1, 3)):
        places = [*paths(body)]
        body = changed(body, rng.choice(places), rng.choice(JUNK))
        if not isinstance(body, dict | list):
            break
    text = with_key(body, key).encode("utf-8", "surrogatepass")
    if rng.random() < 0.1:
        text = text[: rng.randrange(len(text) + 1)]
    if rng.random() < 0.1 and text:
        place = rng.randrange(len(text))
        text = text[:place] + bytes([rng.randrange(256)]) + text[place + 1 :]
    headers = {"Content-Type": rng.choice(["application/json", "text/plain", "x/y"])}
    if rng.random() < 0.1:
        headers["Content-Encoding"] = rng.choice(["gzip", "br", "zstd", "deflate", "none"])
    if family.startswith("infobip"):
        headers["Authorization"] = f"App {key}"
    return "PATCH" if path.endswith("upsert") else "POST", path, text, headers


def described(load: Workload, seconds: int) -> Outcome:
    """Every call of the API by schemathesis, for so long: whatever fits its schema and what not."""
    began = time.monotonic()
    found = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--config-file",
         str(ROOT / "tests" / "schemathesis.toml"), "run",
         f"{load.product.url}/api/schema/?format=json", "--checks", "not_a_server_error",
         "--header", f"Authorization: Bearer {load.made['api_token']}", "--workers", "2",
         "--max-time", str(seconds), "--max-examples", "500", "--continue-on-failure",
         "--no-color"],
        cwd=load.product.data.parent, capture_output=True, text=True, check=False,
        timeout=seconds * 2 + 60,
    )  # fmt: skip
    cases = re.search(r"(\d+) generated", found.stdout)
    number = int(cases[1]) if cases else 0
    failed = re.findall(r"\[(5\d\d)\]", found.stdout)
    held = bool(number) and not set(map(int, failed)) - ALLOWED
    note = f"{number:,} calls" if held else found.stdout[-1_500:]
    return Outcome("calls of the API by its schema", held, time.monotonic() - began, note)


def memory(product: Product) -> float:
    """What the one process of `up` holds, in MB."""
    process = getattr(product, "process", None)
    if process is None:
        return 0
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024
