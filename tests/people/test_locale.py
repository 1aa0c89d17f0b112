"""Figures and days in the locale of whoever reads them."""

from datetime import UTC, datetime, timedelta

import pytest

from people import locale


@pytest.mark.parametrize(
    ("tag", "number", "part", "day"),
    [
        ("en", "1,234,567", "5.52 %", "Nov 5, 2026"),
        ("en-gb", "1,234,567", "5.52 %", "5 Nov 2026"),
        ("de-DE", "1.234.567", "5,52 %", "05.11.2026"),
        ("de-XX", "1.234.567", "5,52 %", "05.11.2026"),
        ("xx", "1,234,567", "5.52 %", "Nov 5, 2026"),
        ("*", "1,234,567", "5.52 %", "Nov 5, 2026"),
        ("../x", "1,234,567", "5.52 %", "Nov 5, 2026"),
    ],
)
def test_a_locale(tag, number, part, day):
    with locale.reader(tag):
        assert locale.count(1_234_567) == number
        assert locale.share(0.05518) == part
        assert locale.day("2026-11-05") == day


def test_a_number_keeps_all_that_it_says_and_a_rate_three_figures():
    assert locale.count(0.1234567) == "0.1234567"
    assert locale.significant(2.41432) == "2.41"
    assert locale.significant(12_345.6) == "12,346"
    assert locale.significant(0) == locale.significant(0.0) == "0"


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        ({"seconds": 20}, "just now"),
        ({"minutes": 9}, "9 min ago"),
        ({"hours": 3}, "3 h ago"),
        # 23:30 of the day before.
        ({"hours": 12, "minutes": 30}, "yesterday"),
        ({"days": 2}, "2 days ago"),
        ({"days": 7}, "Nov 18"),
        ({"days": 365}, "Nov 25, 2025"),
        ({"minutes": -9}, "in 9 min"),
        ({"days": -1}, "tomorrow"),
        ({"days": -3}, "in 3 days"),
    ],
)
def test_an_instant_is_told_by_how_far_it_is(passed, text):
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert locale.near(now - timedelta(**passed), now) == text


def test_buckets_are_as_exact_as_they_are_long():
    assert locale.bucket("2026-11-01", "month") == "Nov 2026"
    assert locale.bucket("2026-11-02", "week") == "Nov 2, 2026"
    assert "2" in locale.bucket("2026-11-02T14:00:00+01:00", "hour")
    assert locale.tick("2026-11-02", "day") == "Nov 2"
