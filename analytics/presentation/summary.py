"""What a result says in words: what to see first, why there is nothing, what would mend it."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from analytics.definitions.reports import Window
from analytics.forms import query_string
from analytics.presentation.charts import said
from analytics.presentation.tables import BEFORE, Line, duration, lines
from people.locale import count, day, share


def sentences(result: dict[str, Any]) -> list[str]:
    """What to see first: of each segment of a funnel the conversion, the largest loss and the
    slowest step; of each series the total, and how it compares."""
    if result["kind"] == "segmentation":
        first = result["series"][0]["granularity"]
        told = [each for each in lines(result, first) if not (each.is_group or each.is_before)]
        pasts = {each.name: each for each in lines(result, first) if each.is_before}
        return [series_of(each, pasts.get(f"{each.name}{BEFORE}"), result) for each in told]
    several = len(result["segments"]) > 1
    return [
        (f"{each['name']}: " if several else "") + journey_of(each["steps"])
        for each in result["segments"]
        if each["steps"][0]["people"]
    ]


# Of one, and of any other number.
UNITS = {
    "events": ("event", "events"),
    "people": ("person", "people"),
    "adoption": ("of the people", "of the people"),
    "engagement": ("event a person", "events a person"),
}


def series_of(line: Line, past: Line | None, result: dict[str, Any]) -> str:
    """The total of a series in words, and how it compares with the period before."""
    value = line.total["value"]
    if value is None:
        return f"{line.name}: unknown, for nobody is in the segment."
    one, many = UNITS[result["metric"]]
    text = f"{line.name}: {said(value, result['metric'])} {one if value == 1 else many}"
    before = past.total["value"] if past else None
    if past is None:
        return f"{text}."
    if not before:
        return f"{text}; the period before has none to compare with."
    change = value / before - 1
    if not change:
        return f"{text}, as in the period before."
    return f"{text}, {'up' if change > 0 else 'down'} {share(abs(change))} on the period before."


def journey_of(steps: list[dict[str, Any]]) -> str:
    first, last = steps[0], steps[-1]
    text = (
        f"{share(last['people'] / first['people'])} of {count(first['people'])} people got from "
        f"{first['label']} to {last['label']}."
    )
    worst = max(steps[1:], key=lambda step: step["dropped"])
    if worst["dropped"]:
        before = steps[steps.index(worst) - 1]["people"]
        lost = f"{count(worst['dropped'])} of {count(before)}"
        text += f" Most are lost before {worst['label']}: {lost}."
    timed = [step for step in steps[1:] if step["median_seconds"] is not None]
    if len(timed) > 1:
        slow = max(timed, key=lambda step: step["median_seconds"])
        text += f" It takes longest to get to {slow['label']}: {duration(slow['median_seconds'])}."
    return text


def emptiness(result: dict[str, Any]) -> list[str]:
    """Why there is nothing to see; nothing where there is something."""
    found = [f"Nobody is in {each['name']}." for each in result["segments"] if not each["size"]]
    days = f"{day(result['period']['start'])} to {day(result['period']['end'])}"
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
            f"Only people registered by {day(end)}",
            query_string(definition | {"segments": bounded or [everybody]}),
        )


def usual_times(result: dict[str, Any], window: Window) -> Iterator[str]:
    """Of each step for which the window leaves half of the people no time; `result` is that of the
    same steps with the longest window there can be."""
    [everybody] = result["segments"]
    for before, step in pairwise(everybody["steps"]):
        taken = step["median_seconds"]
        if taken is not None and taken > window.length.total_seconds():
            way = f"from {before['label']} to {step['label']}"
            yield f"Half of those who go {way} take {duration(taken)} or longer."
