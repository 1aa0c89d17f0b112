"""kill -9 at random moments and at every point of the way of the data, and other misfortunes."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.attack.product import PATIENCE, PROCESS_OF, Embedded, Product
from tests.attack.workload import Workload
from tests.mail.smtp import Post

IMPORTED = 1_500
# What is left on a disk that is filling, in bytes.
ROOM = 100_000


@dataclass(frozen=True)
class Outcome:
    """A row of the table."""

    name: str
    held: bool
    seconds: float
    note: str = ""


class Matrix:
    """Rounds on one product; after each all is there, once, without a hand."""

    def __init__(self, product: Product, post: Post, seed: int = 1) -> None:
        self.product, self.post = product, post
        self.rng = random.Random(seed)
        self.load = Workload(product)
        self.load.subscribe()
        self.imports = 0

    def after(self, name: str, began: float, *, check: bool = True) -> Outcome:
        """What is left of a misfortune, once it is over."""
        back = self.product.until_ready()
        self.load.settle()
        problems = self.load.problems(check)
        twice = Counter((to, letter["Message-ID"]) for to, letter in self.post.letters)
        problems += [f"a mail came {n} times" for n in twice.values() if n > 1]
        if back > self.product.bar:
            problems.append(f"ready after {back:.1f} s")
        note = "; ".join(problems) or f"ready after {back:.1f} s"
        return Outcome(name, not problems, time.monotonic() - began, note)

    def killed_somewhere(self, *, check: bool = True) -> Outcome:
        began = time.monotonic()
        self.load.begin()
        self.load.ask()
        self.load.mail()
        time.sleep(self.rng.uniform(0, 3))
        who = self.product.kill(self.rng)
        self.product.revive()
        return self.after(f"kill -9 of {who} at a random moment", began, check=check)

    def killed_at(self, point: str, *, check: bool = True) -> Outcome:
        began = time.monotonic()
        nth = 1 if point.startswith(("mail", "erase", "report")) else self.rng.randint(1, 2)
        self.product.crash_at(f"{point}:{nth}")
        self.load.begin()
        died = self.provoke(point)
        self.product.revive()
        outcome = self.after(f"kill -9 at {point}", began, check=check)
        if died:
            return outcome
        return Outcome(
            outcome.name, False, outcome.seconds, f"{point} was not reached; {outcome.note}"
        )

    def provoke(self, point: str) -> bool:
        """Do what leads to a point, until the process died there."""
        kind = point.partition("-")[0]
        acts: dict[str, Callable[[], None]] = {
            "report": self.load.ask, "mail": self.load.mail, "erase": self.begin_erasing
        }  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.product.is_dead():
                return True
            if self.product.state() and kind in acts:
                acts[kind]()
                del acts[kind]
            time.sleep(0.1)
        return False

    def begin_erasing(self) -> None:
        self.load.end()
        self.load.begin()
        uid = f"gone{next(self.load.numbers)}"
        self.load.unsure.append([self.load.event(uid, uid)])
        while uid not in self.load.acknowledged:
            time.sleep(0.1)
        self.load.erased.add(uid)
        self.load.insist((204, 404, 0), "DELETE", f"{self.load.root}/people/{uid}/")

    def killed_import(self) -> Outcome:
        """The command dies after a chunk, and is called again."""
        began = time.monotonic()
        self.imports += 1
        now = int(time.time())
        uids = [f"i{self.imports}-{n}" for n in range(IMPORTED)]
        lines = [
            {"event": "look", "properties": {
                "time": now - n, "distinct_id": f"i{n % 40}", "$insert_id": uid}}
            for n, uid in enumerate(uids)
        ]  # fmt: skip
        file = self.product.data.parent / "export.jsonl"
        file.write_text("".join(json.dumps(each) + "\n" for each in lines))
        words = ["import_events", str(file), "--project", self.load.made["project"]]
        words += ["--format", "mixpanel"]
        self.load.begin()
        died = self.product.manage(*words, check=False, MOMENTS_CRASH_AT="import-chunk:2")
        again = self.product.manage(*words, check=False)
        self.load.acknowledged |= set(uids)
        outcome = self.after("kill -9 of an import between two chunks", began)
        held = outcome.held and died.returncode == -9 and again.returncode == 0
        return Outcome(outcome.name, held, outcome.seconds, outcome.note)

    def rounds(self, number: int) -> list[Callable[[], Outcome]]:
        """Every point, and as many random moments as it takes; fewer rounds are fewer points."""
        points = [partial(self.killed_at, point) for point in [*PROCESS_OF][:number]]
        imports = [self.killed_import] if number else []
        moments = max(0, number - len(points) - len(imports))
        return [*points, *imports, *[self.killed_somewhere] * moments]


# --- Other misfortunes, of one process ------------------------------------------------------------


def ended_under_load(matrix: Matrix, product: Embedded) -> Outcome:
    began = time.monotonic()
    matrix.load.begin()
    matrix.load.ask()
    time.sleep(1)
    code, seconds = product.terminate()
    product.start()
    outcome = matrix.after("SIGTERM under load", began)
    note = f"ended with {code} after {seconds:.1f} s; {outcome.note}"
    return Outcome(outcome.name, outcome.held and code == 0, outcome.seconds, note)


def clock_jumps(matrix: Matrix, product: Embedded) -> Outcome:
    began = time.monotonic()
    product.kill(matrix.rng)
    product.start(jumps="6:2,4:-2,4:0")
    product.until_ready()
    matrix.load.begin()
    for _ in range(8):
        matrix.load.ask()
        matrix.load.mail()
        time.sleep(2)
    return matrix.after("the clock jumps 2 h ahead and 4 h back", began)


def full_disk(matrix: Matrix, product: Embedded) -> Outcome:
    """For a while no file can grow beyond what the database has."""
    began = time.monotonic()
    product.kill(matrix.rng)
    size = (product.data / "moments.sqlite3").stat().st_size
    product.start(largest_file=size + ROOM)
    product.until_ready()
    before = len(matrix.load.acknowledged)
    matrix.load.begin()
    deadline = time.monotonic() + 20
    refused = False
    while not refused and time.monotonic() < deadline:
        time.sleep(0.5)
        refused = bool(matrix.load.unsure)
    product.unlimit()
    outcome = matrix.after("full disk", began)
    note = f"{len(matrix.load.acknowledged) - before} events around it; {outcome.note}"
    if not refused:
        note = f"the disk was never full; {note}"
    return Outcome(outcome.name, outcome.held and refused, outcome.seconds, note)


def flipped_byte(matrix: Matrix, product: Embedded) -> Outcome:
    began = time.monotonic()
    matrix.load.begin()
    time.sleep(1)
    matrix.load.settle()
    product.kill(matrix.rng)
    flip(product.data / "store")
    product.start()
    product.until_ready()
    # It is looked for at the start, behind.
    deadline = time.monotonic() + PATIENCE
    while "damaged" not in product.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(1)
    return matrix.after("a flipped byte in a part of the store", began)


def flip(store: Path) -> None:
    """In the largest file of events."""
    files = [each for each in store.rglob("*.bin") if "/store/" in str(each)]
    damaged = max(files, key=lambda each: each.stat().st_size)
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0x10
    damaged.write_bytes(content)


MISFORTUNES = (ended_under_load, clock_jumps, full_disk, flipped_byte)
