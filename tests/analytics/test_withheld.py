"""What a minimum group hides of an answer, and that nothing left tells it."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.presentation.kinds import presentation
from analytics.presentation.withheld import people_behind, withheld
from tests.analytics.results import answer, asked_of, numbers

LEAST = 5


def series(**changes):
    given = numbers(*changes.pop("values", (9, 9)), **changes.pop("of", {}))
    return {"segment": 0, "event": 0, "label": "play", "granularity": "day"} | given | changes


def group(value, *values, total=None):
    return {"group": "value", "value": value, "label": value} | numbers(*values, total=total)


def segmentation(*all_series, metric="people", segments=(("Everybody", 100),), **parts):
    sizes = [{"name": name, "size": size} for name, size in segments]
    return answer("segmentation", metric=metric, segments=sizes, series=list(all_series), **parts)


def shown(result, people=None, **asked):
    given = asked_of(result, **({"metric": "people"} | asked))
    return withheld(result, given, LEAST, people).result


def values(each):
    return [point.value for point in each.points]


def test_small_buckets_are_hidden_and_all_is_presented_without_them():
    result = segmentation(series(values=(9, 4, 0, 5), of={"total": 12}))
    told = withheld(result, asked_of(result, metric="people"), LEAST)
    assert told.is_part
    assert values(told.result.series[0]) == [9, None, None, 5]
    page = presentation(told.result, asked_of(result, metric="people"))
    [table] = page.tables()
    assert [row[1].value for row in table.rows] == [9, None, None, 5]
    assert page.finding()
    assert all(str(chart.svg) for chart in page.charts())


def test_a_series_of_few_is_none_and_nothing_is_left():
    assert shown(segmentation(series(values=(4, 2), of={"total": 4}))) is None


def test_one_hidden_group_takes_the_next_smallest_with_it():
    groups = [group("HR", 60), group("SI", 30), group("AT", 7), group("DE", 3)]
    result = segmentation(series(values=(100,), breakdown=groups))
    [found] = shown(result).series
    assert [each.label for each in found.breakdown] == ["HR", "SI"]
    # Two are hidden, but all of both are too few.
    few = [group("HR", 60), group("SI", 36), group("AT", 2), group("DE", 2)]
    [found] = shown(segmentation(series(values=(100,), breakdown=few))).series
    assert [each.label for each in found.breakdown] == ["HR"]


def test_without_small_groups_nothing_is_hidden():
    groups = [group("HR", 60), group("SI", 40)]
    result = segmentation(series(values=(100,), breakdown=groups))
    assert withheld(result, asked_of(result, metric="people"), LEAST).is_part is False
    assert withheld(result, asked_of(result, metric="people"), 0).result is result


counts = st.lists(st.lists(st.integers(0, 14), min_size=3, max_size=3), min_size=2, max_size=5)


@settings(deadline=None)
@given(counts)
def test_no_sum_tells_a_hidden_number(table):
    """Groups that share their people out, in buckets of which each has its own people."""
    columns = [sum(at) for at in zip(*table, strict=True)]
    groups = [group(f"g{n}", *row) for n, row in enumerate(table)]
    result = segmentation(series(values=columns, breakdown=groups), metric="events")
    kept = shown(result, people=result, metric="events")
    if kept is None:
        assert sum(columns) < LEAST
        return
    [whole] = kept.series
    rows = {each.label: values(each) for each in whole.breakdown}
    known = [rows.get(f"g{n}", [None] * 3) for n in range(len(table))]
    totals = [sum(table[n]) if f"g{n}" in rows else None for n in range(len(table))]
    lines = [(values(whole), columns, sum(columns)), *zip(known, table, totals, strict=True)]
    for seen, true, total in lines:
        check(seen, true, total)
    check(totals, [sum(each) for each in table], sum(columns))
    for n, column in enumerate(columns):
        check([row[n] for row in known], [row[n] for row in table], values(whole)[n] and column)


def check(seen, true, total):
    """What is shown is of enough people, and so is what is not, as far as its sum can be told."""
    assert all(each is None or each >= LEAST for each in seen)
    hidden = [each for value, each in zip(seen, true, strict=True) if value is None]
    if hidden and total is not None:
        assert len(hidden) > 1 or len(true) == 1
        assert sum(hidden) >= LEAST


def test_of_events_the_people_behind_them_count():
    result = segmentation(series(values=(90, 80, 70)), metric="events")
    people = segmentation(series(values=(9, 1, 20), of={"total": 25}))
    [found] = shown(result, people, metric="events").series
    # Three numbers add up to a known one, so one alone is not hidden.
    assert values(found) == [None, None, 70]
    # Nobody knows how many they are.
    assert shown(result, None, metric="events") is None
    asked = people_behind(asked_of(result, metric="events"), LEAST)
    assert (asked.metric, asked.kind) == ("people", "segmentation")
    assert people_behind(asked_of(result, metric="people"), LEAST) is None


def test_what_adds_up_is_of_one_granularity():
    days = series(values=(90, 80, 1))
    weeks = series(values=(171,)) | {"granularity": "week"}
    result = segmentation(days, weeks, metric="events")
    assert shown(result, result, metric="events").granularities == ("week",)


def test_lowest_and_highest_are_one_persons():
    result = segmentation(series(values=(90, 80)), metric="measure")
    people = segmentation(series(values=(9, 9)))
    event = {"event": "play", "measure": {"aggregate": "maximum", "property": "price"}}
    assert shown(result, people, metric="measure", events=[event]) is None
    event["measure"]["aggregate"] = "average"
    assert shown(result, people, metric="measure", events=[event])


def test_of_a_rate_those_who_did_not_count_too():
    result = segmentation(series(values=((50, 100), (97, 100)), of={"total": (60, 100)}),
                          metric="adoption")  # fmt: skip
    [found] = shown(result, metric="adoption").series
    assert [point.numerator for point in found.points] == [50, None]


def test_cumulative_numbers_lie_far_enough_apart():
    result = segmentation(series(values=(6, 8, 11, 40, 44), of={"total": 44}))
    [found] = shown(result, cumulative=True).series
    assert values(found) == [6, None, 11, None, 44]


def test_a_segment_that_lies_in_another_tells_nothing_of_the_rest():
    one, other = series(values=(40, 40)), series(values=(38, 20)) | {"segment": 1}
    sizes = (("Everybody", 100), ("Croatia", 60))
    inside = segmentation(one, other, segments=sizes, overlap=[{"segments": [0, 1], "people": 60}])
    [first, second] = shown(inside).series
    assert (values(first), values(second)) == ([40, 40], [None, 20])
    apart = segmentation(one, other, segments=sizes, overlap=[{"segments": [0, 1], "people": 9}])
    assert values(shown(apart).series[1]) == [38, 20]
    assert shown(apart).overlap == ()


def test_groups_that_are_people_are_shown_to_nobody():
    result = segmentation(series(values=(100,), breakdown=[group("ann@example.com", 100)]))
    for named in ("email", "external_id", "$first_name", "firstName"):
        asked = asked_of(result, metric="people", breakdown={"attribute": named})
        for minimum in (0, LEAST):
            [found] = withheld(result, asked, minimum).result.series
            assert found.breakdown is None, named


# --- Funnels ------------------------------------------------------------------------------------


def steps(*people):
    found = []
    for n, (before, here) in enumerate(pairwise((people[0], *people))):
        found.append(
            {
                "label": "abcdefg"[n], "people": here, "of_previous": here / (before or 1),
                "of_first": here / (people[0] or 1), "dropped": before - here,
                "dropped_share": 0, "median_seconds": 60.0 if n else None,
            }
        )  # fmt: skip
    return found


def journey(*people, name="Everybody", size=1000, **parts):
    return {
        "name": name, "size": size, "conversion": people[-1] / (people[0] or 1), "still_open": 0,
        "steps": steps(*people),
    } | parts  # fmt: skip


def funnel(*segments, **parts):
    return answer("funnel", segments=list(segments), **parts)


def told(result):
    kept = withheld(result, asked_of(result), LEAST).result
    return kept and [[step.people for step in each.steps] for each in kept.segments]


@pytest.mark.parametrize(
    ("people", "left"),
    [
        ((100, 60, 20), [100, 60, 20]),
        ((100, 60, 4), [100, 60]),
        # Two dropped, and nobody.
        ((100, 98, 50), [100, 50]),
        ((100, 100, 50), [100, 100, 50]),
        ((4, 3, 2), None),
        ((100, 2, 1), None),
    ],
)
def test_steps_of_few_or_where_few_dropped_are_left_out(people, left):
    assert told(funnel(journey(*people))) == (left and [left])


def test_a_step_stands_beside_the_last_one_that_is_shown():
    result = funnel(journey(100, 98, 50, still_open=2, time_to_convert={
        "people": 50, "average_seconds": 1.0, "median_seconds": 1.0, "bins": []}))  # fmt: skip
    [kept] = withheld(result, asked_of(result), LEAST).result.segments
    last = kept.steps[-1]
    assert (last.label, last.of_previous, last.dropped, last.median_seconds) == ("c", 0.5, 50, None)
    assert (kept.conversion, kept.still_open, kept.time_to_convert) == (0.5, 0, None)
    page = presentation(withheld(result, asked_of(result), LEAST).result, asked_of(result))
    assert page.tables()
    assert page.funnel().steps


def test_groups_of_a_funnel_are_hidden_as_long_as_the_rest_tells_one():
    def part(value, *people):
        return {"group": "value", "value": value, "label": value, "still_open": 0,
                "conversion": 0.0, "steps": steps(*people)}  # fmt: skip

    groups = [part("HR", 60, 30), part("SI", 30, 15), part("AT", 10, 5), part("DE", 3, 1)]
    result = funnel(journey(103, 51, breakdown=groups))
    [kept] = withheld(result, asked_of(result), LEAST).result.segments
    assert [each.label for each in kept.breakdown] == ["HR", "SI"]


# --- Retention ----------------------------------------------------------------------------------


def cohort(start, *people):
    found = [
        each if each is None else {"people": each, "share": each / people[0], "partial": False}
        for each in people
    ]
    return {"start": start, "people": people[0], "intervals": found}


def test_cohorts_and_intervals_of_few_are_left_out_and_of_the_averages():
    cohorts = [
        cohort("2026-05-04", 100, 50, 2),
        cohort("2026-05-11", 4, 4, 4),
        cohort("2026-05-18", 50, 10, None),
        cohort("2026-05-25", 50, 48, None),
    ]
    whole = {"name": "Everybody", "size": 300, "average": [1, 0.5, 0.1], "cohorts": cohorts}
    result = answer("retention", segments=[whole])
    kept = withheld(result, asked_of(result), LEAST).result
    [segment] = kept.segments
    people = [[each and each.people for each in row.intervals] for row in segment.cohorts]
    assert people == [[100, 50, None], [50, 10, None], [50, None, None]]
    assert segment.average == (1.0, 60 / 150, None)
    page = presentation(kept, asked_of(result))
    assert page.tables()
    assert page.finding()
    assert all(str(chart.svg) for chart in page.charts())
    none = whole | {"cohorts": [cohort("2026-05-04", 3, 1, 1)]}
    assert withheld(answer("retention", segments=[none]), asked_of(result), LEAST).result is None


def test_who_then_stayed_away_is_not_told():
    cohorts = [cohort("2026-05-04", 100, 50, 48, 20)]
    segment = {"name": "Everybody", "size": 300, "average": [1, 0.5, 0.5, 0.2], "cohorts": cohorts}
    result = answer("retention", segments=[segment])
    asked = asked_of(result, counting="on_or_after", intervals=3)
    [row] = withheld(result, asked, LEAST).result.segments[0].cohorts
    assert [each and each.people for each in row.intervals] == [100, 50, None, 20]
