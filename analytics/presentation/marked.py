"""What a chart shows beside its numbers: notes on days, and the lines that alerts watch."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.urls import reverse

from analytics.definitions.alerts import COMPARISONS, Comparison, parse_watched, sentence
from analytics.definitions.parts import Invalid
from analytics.definitions.periods import Granularity
from analytics.definitions.reports import dump, read_stored
from analytics.models import Alert, Report
from analytics.models.annotations import annotations_in
from analytics.presentation.charts import Annotation, Setting, Threshold
from analytics.results import Result
from people.models import Project

# What may differ from the saved report, and its alerts' lines are still about the same numbers.
OF_THE_VIEW = frozenset({"period", "granularities", "compare"})
GRANULARITIES = {each.value: each for each in Granularity}


def setting_of(
    project: Project, result: Result, lines: Iterable[Threshold] = (), behind: str = ""
) -> Setting:
    """The marks in the days of a result, these lines, and where its numbers lead."""
    found = annotations_in(project, result.period.start, result.period.end)
    marks = tuple(Annotation(day, words) for day, words in found)
    return Setting(behind, marks, tuple(lines))


def lines_of(report: Report | None, asked: Mapping[str, Any]) -> list[Threshold]:
    """The lines that alerts watch on the chart of a report; none where something else is asked."""
    if report is None or not same_numbers(report.definition, asked):
        return []
    alerts = Alert.objects.filter(report=report).order_by("created_at")
    return [line for each in alerts if (line := line_of(each, report.definition))]


def same_numbers(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two definitions count the same, whatever days of it are looked at."""
    try:
        [these, those] = (dump(read_stored(each)) for each in (one, other))
    except Invalid:
        return False
    return all(
        these.get(key) == those.get(key) for key in (these.keys() | those.keys()) - OF_THE_VIEW
    )


def line_of(alert: Alert, definition: Mapping[str, Any]) -> Threshold | None:
    """The line of one alert: on the series whose last bucket it watches, at the interval of the
    newest cohort, or at the step of a funnel. A change has none, and neither has a number of the
    whole period."""
    if alert.operator == Comparison.CHANGES_BY or "start" in alert.figure:
        return None
    address = reverse("alert", args=[alert.project.slug, alert.pk])
    title = f"Alert: {alert.number} {alert.condition}"
    match definition.get("kind"):
        case "segmentation":
            # Of a breakdown its groups are drawn.
            if bool(definition.get("breakdown")) != ("group" in alert.figure):
                return None
            sizes = definition.get("granularities") or [Granularity.DAY]
            size = alert.figure.get("granularity") or sizes[0]
            return threshold(alert.operator, alert.value, size, title, address)
        case "retention" if alert.figure.get("of") == "first":
            line = threshold(alert.operator, alert.value, definition["granularity"], title, address)
            return replace(line, interval=int(alert.figure.get("interval", 0)))
        case "funnel":
            line = threshold(alert.operator, alert.value, None, title, address)
            return at_step(line, alert, definition)
        case _:
            return None


def at_step(line: Threshold, alert: Alert, definition: Mapping[str, Any]) -> Threshold | None:
    """The line at the step of a funnel; None where the report has no such step any more."""
    try:
        return replace(line, step=parse_watched(read_stored(definition), alert.figure))
    except Invalid:
        return None


def threshold(
    operator: str, limit: float, granularity: str | None, title: str = "", link: str = ""
) -> Threshold:
    """A line at the limit of a condition, with the condition on it."""
    words = sentence(COMPARISONS[operator], limit).removeprefix("is ")
    size = GRANULARITIES[granularity] if granularity else None
    return Threshold(limit, f"Alert {words}", size, title, link)
