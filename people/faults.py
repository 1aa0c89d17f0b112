"""Where a process can be made to die, so that tests see what is left behind."""

import os
import signal
from collections import Counter

# `MOMENTS_CRASH_AT=name:n`: die as if by kill -9 when the n-th time is reached there.
PASSED: Counter[str] = Counter()


def point(name: str) -> None:
    """Die here, if that is asked for."""
    wanted, _, number = os.environ.get("MOMENTS_CRASH_AT", "").partition(":")
    if wanted != name:
        return
    PASSED[name] += 1
    if PASSED[name] == int(number or 1):
        os.kill(os.getpid(), signal.SIGKILL)
