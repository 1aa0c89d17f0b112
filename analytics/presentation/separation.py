"""Which of many tests tell those who went on from those who were lost, beyond chance."""

from dataclasses import dataclass
from typing import Any

from analytics.definitions.conditions import AttributeCondition
from analytics.definitions.reports import Definition, dump
from analytics.definitions.titles import said
from analytics.engine.funnel.separation import Separation, Separator
from analytics.presentation.statistics import FEWEST, difference, wilson

FALSE_FINDINGS = 0.05
MOST_SHOWN = 20


@dataclass(frozen=True)
class Ranked:
    """A test that separates: its share of both sides, and the conversion of who meets it with its
    95 % interval and against everybody's."""

    separator: Separator
    of_went_on: float
    of_lost: float
    conversion: float
    low: float
    high: float
    lift: float

    @property
    def words(self) -> str:
        return str(said(self.separator.test))

    @property
    def people(self) -> int:
        return self.separator.went_on + self.separator.lost

    @property
    def helps(self) -> bool:
        """Whether who meets it goes on more often."""
        return self.lift > 1


def ranked(found: Separation) -> list[Ranked]:
    """Those beyond chance, the strongest first. Of everything that was tried at most one in twenty
    listed ones is there by chance (Benjamini and Hochberg, 1995); fewer than 30 people count for
    nothing, and what everybody has separates nobody."""
    total = found.went_on + found.lost
    tried = []
    for each in found.separators:
        people = each.went_on + each.lost
        if FEWEST <= people <= total - 1:
            apart = difference((each.went_on, found.went_on), (each.lost, found.lost))
            if apart:
                tried.append((apart.p_value, each))
    tried.sort(key=lambda each: each[0])
    kept = 0
    for n, (p_value, _) in enumerate(tried, 1):
        if p_value <= FALSE_FINDINGS * n / len(tried):
            kept = n
    strong = [told(each, found) for _, each in tried[:kept]]
    strong.sort(key=lambda each: -abs(each.of_went_on - each.of_lost))
    return strong[:MOST_SHOWN]


def told(each: Separator, found: Separation) -> Ranked:
    people = each.went_on + each.lost
    conversion, overall = each.went_on / people, found.went_on / (found.went_on + found.lost)
    low, high = wilson(each.went_on, people) or (0.0, 1.0)
    return Ranked(
        each,
        each.went_on / found.went_on,
        each.lost / found.lost,
        conversion,
        low,
        high,
        conversion / overall,
    )


def narrowed(definition: Definition, each: Separator) -> dict[str, Any]:
    """The funnel of those who meet a test: a segment of its own, or a filter of the first step."""
    asked = dump(definition)
    if isinstance(each.test, AttributeCondition):
        leaf = each.test.model_dump(mode="json")
        asked["segments"] = [{"name": str(each.test)[:100], "condition": {"all": [leaf]}}]
        return asked
    first, *others = asked["steps"]
    if "any_of" not in first:
        leaf = each.test.model_dump(mode="json")
        first = first | {"filters": [*first["filters"], leaf]}
    return asked | {"steps": [first, *others]}
