"""What the numbers mean, in plain Python: written from the contract and from nothing else.

Slow and obvious. A world is what happened; a question is a definition as JSON; `answer` is the
whole result. Every number is the size of a set or a list that can be looked at.
"""

from datetime import UTC, timedelta
from typing import Any

from tests.oracle.funnel import funnel
from tests.oracle.periods import days_of
from tests.oracle.retention import retention
from tests.oracle.segmentation import segmentation
from tests.oracle.world import World

KINDS = {"segmentation": segmentation, "funnel": funnel, "retention": retention}


def answer(world: World, definition: dict[str, Any]) -> dict[str, Any]:
    first, last = days_of(world, definition["period"])
    periods = {"period": (first, last)}
    if definition.get("compare"):
        back = (last - first) + timedelta(1)
        periods["previous_period"] = first - back, last - back
    return {
        "kind": definition["kind"],
        "as_of": world.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "timezone": world.zone.key,
        **{
            name: {"start": days[0].isoformat(), "end": days[1].isoformat()}
            for name, days in periods.items()
        },
        **KINDS[definition["kind"]](world, definition, periods),
    }
