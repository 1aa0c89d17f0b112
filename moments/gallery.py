"""What the gallery of components draws: a funnel that was never counted."""

from typing import Any

from analytics.presentation.charts import FunnelChart, Threshold
from analytics.presentation.charts.funnel import Bar, Limit, Step
from analytics.presentation.charts.marks import nth

ALERT = "Alert below 60"
# People at the step before and at each step, of two segments.
COUNTS = (((120, 120), (80, 80)), ((120, 90), (80, 40)))


def example() -> dict[str, Any]:
    watched = Threshold(60, ALERT, None, "Alert: Reached Payment is below 60", "#g-charts")
    steps = [
        Step(name, [bar(n, k, *pair) for k, pair in enumerate(pairs)])
        for n, (name, pairs) in enumerate(
            zip(("1. Registration", "2. Payment"), COUNTS, strict=True)
        )
    ]
    funnel = FunnelChart("A funnel", steps[0].bars, steps, [("Croatia", 3)], [watched])
    return {"funnel": funnel, "watched": funnel.watched}


def bar(n: int, k: int, entered: int, people: int) -> Bar:
    """The bar of the k-th segment at a step."""
    first = COUNTS[0][k][1]
    lost, share = entered - people, people / first
    return Bar(
        ("Croatia", "Germany")[k], nth(k), False, people, lost, share, people / entered,
        lost / entered, first - people, 1 - share, 754.0 if n else None, "", "", 100 * share,
        100 * lost / first, (Limit(50.0, ALERT),) if (n, k) == (1, 0) else (),
    )  # fmt: skip
