"""Funnels without the steps, groups and segments of few people."""

from collections.abc import Sequence
from itertools import pairwise

from analytics.presentation.withheld.sums import nested, tells
from analytics.results import (
    Conversion,
    FunnelGroup,
    FunnelResult,
    FunnelSegment,
    Journey,
    SegmentConversion,
    Step,
    StepNumbers,
)


def shown_steps(result: FunnelResult, minimum: int) -> FunnelResult | None:
    """What may be shown; None where fewer than two steps may."""
    large = [n for n, each in enumerate(result.segments) if each.entered >= minimum]
    segments = [result.segments[n] for n in large]
    steps = steps_of([[each.people for each in one.steps] for one in segments], minimum)
    if not segments or len(steps) < 2:
        return None
    bare = [without(each, steps, minimum) for each in segments]
    counts = {n: people_of(each) for n, each in zip(large, bare, strict=True)}
    left_out: set[int] = set()
    inner: set[int] = set()
    for one, other in nested([each.size for each in result.segments], result.overlap):
        if one in counts and other in counts:
            inner.add(other)
            pairs = zip(counts[one], counts[other], strict=True)
            left_out |= {other} if any(tells(a, b, minimum) for a, b in pairs) else set()
    kept = tuple(
        each if n not in inner else each.model_copy(update={"breakdown": None})
        for n, each in zip(large, bare, strict=True)
        if n not in left_out
    )
    return result.model_copy(update={"segments": kept, "overlap": ()})


def steps_of(counts: Sequence[Sequence[int]], minimum: int) -> list[int]:
    """Which steps may be shown of all of some funnels at once: of the first so many, and then each
    that as many reached, and as many or nobody dropped before, since the last one shown."""
    shown: list[int] = []
    for n in range(max(map(len, counts), default=0)):
        small = any(each[n] < minimum for each in counts)
        if not small and not (shown and any(tells(c[n], c[shown[-1]], minimum) for c in counts)):
            shown.append(n)
    return shown


def people_of(journey: Journey) -> list[int]:
    return [each.people for each in journey.steps]


def fits(counts: Sequence[int], minimum: int) -> bool:
    """Whether all of these steps may be shown."""
    return min(counts) >= minimum and not any(tells(a, b, minimum) for a, b in pairwise(counts))


def without(segment: FunnelSegment, shown: list[int], minimum: int) -> FunnelSegment:
    """A segment's funnel of some of its steps, and of the groups that may be shown."""
    groups = segment.breakdown
    if groups is not None:
        groups = tuple(groups_of(people_at(segment, shown), groups, shown, minimum))
    over_time = segment.over_time
    if over_time and not all(
        each.people >= minimum
        and each.converted >= minimum
        and not tells(each.people, each.converted, minimum)
        for each in over_time
    ):
        over_time = None
    rest = {"breakdown": groups, "over_time": over_time, "time_to_convert": None}
    bare = segment.model_copy(update=rest | parts(segment, shown, minimum))
    if bare.previous:
        past = SegmentConversion(conversion=bare.previous.conversion, still_open=0)
        bare = bare.model_copy(update={"previous": past})
    return bare


def people_at(journey: Journey, shown: list[int]) -> list[int]:
    return [journey.steps[n].people for n in shown]


def groups_of(
    whole: Sequence[int], groups: Sequence[FunnelGroup], shown: list[int], minimum: int
) -> list[FunnelGroup]:
    """The groups that may be shown, each whole. Who is in one of those that may not are together
    too many to be told, too, at each step."""
    kept = [each for each in groups if fits(people_at(each, shown), minimum)]
    while kept and len(kept) < len(groups):
        visible = [sum(at) for at in zip(*(people_at(each, shown) for each in kept), strict=True)]
        rest = [all_ - seen for all_, seen in zip(whole, visible, strict=True)]
        if len(groups) - len(kept) > 1 and fits(rest, minimum):
            break
        kept.remove(min(kept, key=lambda each: each.entered))
    return [each.model_copy(update=parts(each, shown, minimum)) for each in kept]


def parts(journey: Journey, shown: list[int], minimum: int) -> dict[str, object]:
    """The steps that are shown, each beside the last one before it that is."""
    steps = [journey.steps[n] for n in shown]
    past = [each.previous for each in steps if each.previous]
    has_past = len(past) == len(steps) and fits([each.people for each in past], minimum)
    found = []
    for place, n in enumerate(shown):
        step = journey.steps[n]
        before = shown[place - 1] if place else None
        numbers: StepNumbers = beside(step, journey.steps, n, before, shown[0])
        previous = None
        if has_past and step.previous:
            pasts = [each.previous or each for each in journey.steps]
            previous = beside(step.previous, pasts, n, before, shown[0])
        found.append(Step(**numbers_of(numbers), label=step.label, previous=previous))
    first, last = found[0].people, found[-1].people
    still_open = journey.still_open
    few = still_open < minimum or tells(first - last, still_open, minimum)
    return {
        "steps": tuple(found),
        "conversion": last / first,
        "still_open": 0 if few else still_open,
        "previous": past_conversion([each.previous for each in found]),
    }


def past_conversion(past: Sequence[StepNumbers | None]) -> Conversion | None:
    known = [each for each in past if each]
    if not known:
        return None
    return Conversion(conversion=known[-1].people / known[0].people, still_open=0)


def beside(
    step: StepNumbers, steps: Sequence[StepNumbers], n: int, before: int | None, first: int
) -> StepNumbers:
    """A step's numbers against those of the last step that is shown."""
    came = step.people if before is None else steps[before].people
    is_next = before is not None and before == n - 1
    return StepNumbers(
        people=step.people,
        of_previous=step.people / came,
        of_first=step.people / steps[first].people,
        dropped=came - step.people,
        dropped_share=(came - step.people) / came,
        median_seconds=step.median_seconds if is_next else None,
    )


def numbers_of(step: StepNumbers) -> dict[str, object]:
    return {name: getattr(step, name) for name in StepNumbers.model_fields}
