"""What a result says in words: never more than its numbers do."""

from datetime import date, timedelta

import pytest

from analytics.definitions.conditions import Catalogue
from analytics.definitions.reports import parse
from analytics.presentation.summary import moved_weekends, whole_weeks
from tests.analytics.results import START, funnel, journey, numbers, presented, segmentation, series

EARLIER = date(2026, 4, 6)
BEFORE = {"start": "2026-04-06", "end": "2026-05-03"}
OVER = {"previous_period": BEFORE, "as_of": "2026-06-01T00:00:01+02:00"}
# Its last day is the 31st of May, in Zagreb.
OPEN = {"previous_period": BEFORE, "as_of": "2026-05-31T23:59:59+02:00"}


def song(*now, before, **others):
    return series(*now, label="Song", previous=numbers(*before, start=EARLIER), **others)


def finding_of(result):
    return presented(result).finding()


def said(result):
    return [presented(result).finding(), *presented(result).sentences()]


def test_a_period_that_is_over_is_compared_as_a_whole():
    assert said(segmentation(song(10, 10, 11, before=(8, 8, 9)), **OVER)) == [
        "Song is up 24 % on the period before",
        "Song: 31 events, up 24 % on the period before.",
    ]


def test_what_is_not_over_is_never_held_against_a_whole():
    """Two whole days doubled; with the day that has just begun it would be "down 10 %"."""
    result = segmentation(song(20, 20, 1, before=(10, 10, 25.5), partial=(2,)), **OPEN)
    assert said(result) == [
        "Song is up 100 % on the period before",
        (
            "Song: 41 events. Over the 2 whole days it is up 100 % on average, "
            "against the period before."
        ),
    ]


def test_where_nothing_is_over_nothing_is_compared():
    result = segmentation(song(20, before=(10,), partial=(0,)), **OPEN)
    assert said(result) == [
        "Song: 20 events", "Song: 20 events. No day of it is over yet, so it is not compared.",
    ]  # fmt: skip


def test_nothing_before_is_no_change():
    result = segmentation(song(20, 20, before=(0, 0)), **OVER)
    assert said(result) == [
        "Song: 40 events", "Song: 40 events; the period before has none to compare with.",
    ]  # fmt: skip


def test_a_finding_says_two_series_at_most():
    several = [series(n, n, event=n, label=f"e{n}") for n in range(1, 5)]
    assert finding_of(segmentation(*several)) == "e1: 2 events; e2: 4 events"


def test_a_funnel_is_compared_once_nobody_is_on_the_way():
    over = funnel(journey(1000, 159, previous=(1000, 200)), **OVER)
    assert finding_of(over) == "15.9 % get from a to b, down 4.1 points on the period before"
    still = funnel(journey(1000, 159, previous=(1000, 200), still_open=3), **OVER)
    assert finding_of(still) == "15.9 % get from a to b"
    assert finding_of(funnel(journey(0, 0))) == "nobody did a"


def test_nobody_entered_with_a_value_of_what_is_held():
    shown = presented(funnel(journey(0, 0)), hold=["cart", "shop"])
    assert shown.finding() == "nobody did a with a value of cart and shop"
    [told] = [each for each in shown.notes() if "“a”" in each]
    assert told.startswith("Nobody in the segments did “a” with a value of cart and shop from ")


# --- Periods that are compared ------------------------------------------------------------------

DEFINITION = {
    "kind": "segmentation", "metric": "events", "period": {"preset": "last_30_days"},
    "events": [{"event": "Song"}], "compare": "previous_period",
}  # fmt: skip


def of_days(length, granularity="day"):
    end = START + timedelta(length - 1)
    period = {"start": f"{START}", "end": f"{end}"}
    return segmentation(
        song(1, 2, before=(3, 4), granularity=granularity), period=period, previous_period=BEFORE
    )


@pytest.mark.parametrize(("length", "offered"), [(30, [28, 35]), (5, [7]), (31, [28, 35])])
def test_a_shift_that_moves_weekends_says_so_and_offers_whole_weeks(length, offered):
    result = of_days(length)
    assert f"The period has {length} days" in moved_weekends(result)
    cures = list(whole_weeks(parse(DEFINITION, Catalogue()), result))
    assert [words for words, _ in cures] == [f"Compare {days} days" for days in offered]
    for (_, cure), days in zip(cures, offered, strict=True):
        assert cure.period.end == result.period.end
        assert (cure.period.end - cure.period.start).days + 1 == days


@pytest.mark.parametrize("result", [of_days(28), of_days(30, "week"), segmentation(series(1))])
def test_whole_weeks_and_weeks_move_no_weekends(result):
    assert moved_weekends(result) == ""
    assert list(whole_weeks(parse(DEFINITION, Catalogue()), result)) == []


def test_rows_of_the_earlier_period_have_their_own_dates():
    [table] = presented(segmentation(song(1, 2, before=(3, 4, 5)), **OVER)).tables()
    assert table.head == ["Day", "Compared with", "Song", "Song, before"]
    assert [[cell.value for cell in row] for row in table.rows] == [
        ["2026-05-04", "2026-04-06", 1, 3],
        ["2026-05-05", "2026-04-07", 2, 4],
        [None, "2026-04-08", None, 5],
    ]
