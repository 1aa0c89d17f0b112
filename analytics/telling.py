"""What a result says in words: what to see first, why there is nothing, what would mend it."""

from collections.abc import Iterator
from typing import Any

from analytics.exports import duration
from analytics.forms import query_string


def sentences(result: dict[str, Any]) -> list[str]:
    """Of each segment of a funnel the conversion, the largest loss and the slowest step."""
    if result["kind"] != "funnel":
        return []
    several = len(result["segments"]) > 1
    return [
        (f"{each['name']}: " if several else "") + journey_of(each["steps"])
        for each in result["segments"]
        if each["steps"][0]["people"]
    ]


def journey_of(steps: list[dict[str, Any]]) -> str:
    first, last = steps[0], steps[-1]
    text = (
        f"{last['people'] / first['people'] * 100:.3g} % of {first['people']:,} people got from "
        f"{first['label']} to {last['label']}."
    )
    worst = max(steps[1:], key=lambda step: step["dropped"])
    if worst["dropped"]:
        before = steps[steps.index(worst) - 1]["people"]
        text += f" Most are lost before {worst['label']}: {worst['dropped']:,} of {before:,}."
    timed = [step for step in steps[1:] if step["median_seconds"] is not None]
    if len(timed) > 1:
        slow = max(timed, key=lambda step: step["median_seconds"])
        text += f" It takes longest to get to {slow['label']}: {duration(slow['median_seconds'])}."
    return text


def emptiness(result: dict[str, Any]) -> list[str]:
    """Why there is nothing to see; nothing where there is something."""
    found = [f"Nobody is in {each['name']}." for each in result["segments"] if not each["size"]]
    days = f"{result['period']['start']} to {result['period']['end']}"
    if result["kind"] == "funnel":
        if not any(each["steps"][0]["people"] for each in result["segments"]):
            step = result["segments"][0]["steps"][0]["label"]
            found.append(f"Nobody in the segments did “{step}” from {days}.")
        return found
    for label in dict.fromkeys(series["label"] for series in result["series"]):
        mine = [series["total"] for series in result["series"] if series["label"] == label]
        if not any(total.get("numerator", total["value"]) for total in mine):
            found.append(f"Nobody in the segments did “{label}” from {days}.")
    return found


def cures(definition: dict[str, Any], result: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What mends a rate over people who could not have done it yet: (words, address)."""
    if "registration_unbounded" not in result["warnings"]:
        return
    yield (
        "Count only those registered by then",
        query_string(definition | {"denominator": "registered"}),
    )
    end = result["period"]["end"]
    leaf = {"attribute": "registered_at", "operator": "until", "value": end}
    everybody = {"name": f"Registered by {end}", "condition": {"all": [leaf]}}
    segments = definition["segments"] or [everybody]
    if all("all" in each.get("condition", {}) for each in segments):
        bounded = [
            each | {"condition": {"all": [*each["condition"]["all"], leaf]}}
            for each in definition["segments"]
        ]
        yield (
            f"Only people registered by {end}",
            query_string(definition | {"segments": bounded or [everybody]}),
        )
