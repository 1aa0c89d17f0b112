"""Attacks a running product and prints what held: python -m tests.attack [--short]."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.attack.clients import slow_clients
from tests.attack.hostile import described, mutated
from tests.attack.kills import MISFORTUNES, Matrix, Outcome
from tests.attack.product import embedded, several
from tests.mail.smtp import post_office
from tests.services import MEMORY

ROUNDS = {False: 30, True: 4}
MESSAGES = {False: 20_000, True: 500}
API_SECONDS = {False: 600, True: 30}


def abuse() -> Outcome:
    """Memory, processor, write lock and answer of the most costly small requests."""
    began = time.monotonic()
    words = ["-m", "tests.services", "sqlite", sys.executable, "-m", "benchmarks.abuse"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    over = [line for line in done.stdout.splitlines() if "over:" in line]
    note = "; ".join(over) or f"{done.stdout.count('| held |')} requests"
    if done.returncode and not over:
        note = done.stderr[-500:]
    return Outcome("costly small requests", not done.returncode, time.monotonic() - began, note)


def attacks(only: str, rounds: int | None, *, short: bool) -> Iterator[tuple[str, Outcome]]:
    if not only or only == "abuse":
        yield "", abuse()
    with post_office() as (post, port):
        mail = {"EMAIL_URL": f"smtp://127.0.0.1:{port}", "DEFAULT_FROM_EMAIL": "m@example.com"}
        for kind in (embedded, several):
            if only and only not in ("abuse", kind.__name__):
                continue
            own = tempfile.TemporaryDirectory(prefix="moments-attack-", dir=MEMORY)
            with own as folder, kind(Path(folder), **mail) as product:
                for each in against(Matrix(product, post), rounds, short=short):
                    yield product.name, each


def against(matrix: Matrix, rounds: int | None, *, short: bool) -> Iterator[Outcome]:
    acts = matrix.rounds(ROUNDS[short] if rounds is None else rounds)
    acts.append(partial(slow_clients, matrix.load))
    if hasattr(matrix.product, "process"):
        acts += [partial(misfortune, matrix, matrix.product) for misfortune in MISFORTUNES]
    acts.append(partial(mutated, matrix.load, MESSAGES[short]))
    acts.append(partial(described, matrix.load, API_SECONDS[short]))
    acts.append(partial(matrix.after, "all of it together", time.monotonic()))
    for act in acts:
        try:
            yield act()
        except AssertionError as error:
            # What did not come back; the others are tried all the same.
            yield Outcome(str(getattr(act, "args", act)), False, 0, str(error))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--short", action="store_true", help="a few minutes")
    options.add_argument("--only", default="", choices=["", "abuse", "embedded", "several"])
    options.add_argument("--rounds", type=int, help="of kills")
    given = options.parse_args()
    all_held = True
    print("| product | attack | | s | |\n| --- | --- | --- | ---: | --- |", flush=True)
    for product, each in attacks(given.only, given.rounds, short=given.short):
        all_held &= each.held
        verdict = "held" if each.held else "**not**"
        note = each.note.replace("\n", " ")
        print(f"| {product} | {each.name} | {verdict} | {each.seconds:.1f} | {note} |", flush=True)
    print("\nAll held." if all_held else "\nNot all held.")
    sys.exit(not all_held)


if __name__ == "__main__":
    main()
