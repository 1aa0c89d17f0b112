"""Answers without the numbers of few people, and without what would tell those numbers.

The rule, for a minimum group of n people:

1. A number of fewer than n people is hidden: a bucket, a total, a group, a step, a cohort. Of
   events it is the people behind them who count, of a rate those it counts and those it is of.
2. So is a number that differs from another one of the answer by 1 to n - 1 people who can be told
   by that: of a step from the one before, of those who did it from all, of a segment from one that
   it lies in, of a cumulative bucket from the last one shown.
3. Where one part of a sum is hidden, the smallest of the other parts is hidden with it, until at
   least two are and one of them has n people or more: the groups of a breakdown in each bucket, and
   the buckets of what adds up over time. Of such numbers one granularity is left, the longest.
4. Groups that are people are left out: of a breakdown by an e-mail address, say.
5. Sizes of segments, overlaps, times to convert, and the lowest and highest of measured values are
   left out; averages of cohorts are those of the cohorts that are shown.

An answer without these is an answer again, so that it is presented like every other one.
"""

from dataclasses import dataclass
from typing import assert_never

from analytics.definitions.metrics import Metric
from analytics.definitions.reports import Definition, Denominator, Funnel, Segmentation
from analytics.definitions.retention import Retention
from analytics.presentation.withheld.cohorts import shown_cohorts
from analytics.presentation.withheld.series import shown_series
from analytics.presentation.withheld.steps import shown_steps
from analytics.results import FunnelResult, Result, RetentionResult, SegmentationResult
from people.attributes import is_personal

# Whose events are counted has to be asked, too.
OF_EVENTS = frozenset({Metric.EVENTS, Metric.ENGAGEMENT, Metric.MEASURE})


@dataclass(frozen=True)
class Withheld:
    """What of an answer may be shown; None where nothing may. `is_part`: something is hidden."""

    result: Result | None
    is_part: bool


def people_behind(asked: Definition, minimum: int) -> Definition | None:
    """What else has to be asked to know how many people are behind each number of an answer; None
    where the answer says so itself."""
    if minimum < 2 or not isinstance(asked, Segmentation) or asked.metric not in OF_EVENTS:
        return None
    bare = tuple(each.model_copy(update={"measure": None}) for each in asked.events)
    of_people = {"metric": Metric.PEOPLE, "events": bare, "formulas": ()}
    return asked.model_copy(update=of_people | {"denominator": Denominator.MEMBERS})


def withheld(
    result: Result, asked: Definition, minimum: int, people: Result | None = None
) -> Withheld:
    """An answer for a minimum group of so many people, 0 for none; `people` is the answer to
    `people_behind`. Groups that are people are in none."""
    bare = result
    if asked.breakdown is not None and is_personal(str(asked.breakdown)):
        bare = result.without_groups()
    if minimum < 2:
        return Withheld(bare, is_part=bare is not result)
    shown = of_many(bare, asked, minimum, people)
    return Withheld(shown, is_part=shown != result)


def of_many(
    result: Result, asked: Definition, minimum: int, people: Result | None
) -> Result | None:
    """What is of so many people; None where nothing is."""
    match result, asked:
        case SegmentationResult(), Segmentation():
            behind = people if isinstance(people, SegmentationResult) else None
            return shown_series(result, asked, minimum, behind)
        case FunnelResult(), Funnel():
            return shown_steps(result, minimum)
        case RetentionResult(), Retention():
            return shown_cohorts(result, asked, minimum)
        case SegmentationResult() | FunnelResult() | RetentionResult(), _:
            raise TypeError("An answer of another kind than the question.")
        case _:
            assert_never(result)
