"""Days, weeks, months and hours of time zones, against plain walks over every instant."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from analytics.definitions.conditions import Catalogue
from analytics.definitions.periods import Granularity, Preset
from analytics.engine.buckets import buckets
from analytics.engine.query import Scope
from people.values import WeekStart, start_of_day

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def seen(zone: ZoneInfo, now: datetime = NOW, weeks: WeekStart = WeekStart.MONDAY) -> Scope:
    return Scope(1, now, zone, Catalogue(), weeks)


HARD_DAYS = [
    ("Europe/Berlin", date(2026, 10, 25), 25),
    ("Europe/Berlin", date(2027, 3, 28), 23),
    ("America/Sao_Paulo", date(2018, 11, 4), 23),
    ("America/Vancouver", date(2026, 11, 1), None),
    ("Asia/Kathmandu", date(2026, 5, 4), 24),
    ("Australia/Lord_Howe", date(2026, 4, 5), 25),
    ("Pacific/Apia", date(2011, 12, 30), 0),
    ("Atlantic/Azores", date(2026, 10, 25), 25),
]


@pytest.mark.parametrize(("zone", "day", "count"), HARD_DAYS)
def test_hours_of_a_day_cover_it_without_gap(zone, day, count):
    zone = ZoneInfo(zone)
    hours = buckets(Granularity.HOUR, day, day, seen(zone))
    length = start_of_day(day + timedelta(1), zone) - start_of_day(day, zone)
    assert sum(each.end - each.start for each in hours) == length / timedelta(milliseconds=1)
    assert all(a.end == b.start for a, b in pairwise(hours))
    assert len({each.label for each in hours}) == len(hours)
    if count is not None:
        assert len(hours) == count


@pytest.mark.parametrize(("zone", "day", "count"), HARD_DAYS)
def test_every_minute_lies_in_the_bucket_of_its_local_day(zone, day, count):
    zone = ZoneInfo(zone)
    days = buckets(Granularity.DAY, day - timedelta(2), day + timedelta(2), seen(zone))
    for bucket in days:
        for instant in range(bucket.start, bucket.end, 15 * 60_000):
            local = datetime.fromtimestamp(instant / 1000, zone)
            assert local.date().isoformat() == bucket.label


def test_weeks_and_months_start_at_their_own_first_day_and_are_marked_where_cut():
    zone = ZoneInfo("Europe/Zagreb")
    weeks = buckets(Granularity.WEEK, date(2024, 12, 28), date(2025, 1, 8), seen(zone))
    assert [(each.label, each.partial) for each in weeks] == [
        ("2024-12-23", True),
        ("2024-12-30", False),
        ("2025-01-06", True),
    ]
    months = buckets(Granularity.MONTH, date(2024, 2, 1), date(2024, 3, 15), seen(zone))
    assert [(each.label, each.partial) for each in months] == [
        ("2024-02-01", False),
        ("2024-03-01", True),
    ]


def test_a_bucket_that_is_not_over_is_partial():
    now = datetime(2026, 5, 4, 21, 59, 59, tzinfo=UTC)
    days = buckets(
        Granularity.DAY, date(2026, 5, 3), date(2026, 5, 4), seen(ZoneInfo("Europe/Zagreb"), now)
    )
    assert [each.partial for each in days] == [False, True]
    over = buckets(
        Granularity.DAY,
        date(2026, 5, 3),
        date(2026, 5, 4),
        seen(ZoneInfo("Europe/Zagreb"), now + timedelta(seconds=1)),
    )
    assert [each.partial for each in over] == [False, False]


@pytest.mark.parametrize(
    ("preset", "days"),
    [
        ("last_7_days", ("2026-05-07", "2026-05-13")),
        ("last_30_days", ("2026-04-14", "2026-05-13")),
        ("last_90_days", ("2026-02-13", "2026-05-13")),
        ("this_week", ("2026-05-11", "2026-05-13")),
        ("previous_week", ("2026-05-04", "2026-05-10")),
        ("this_month", ("2026-05-01", "2026-05-13")),
        ("previous_month", ("2026-04-01", "2026-04-30")),
    ],
)
def test_presets(preset, days):
    today = date(2026, 5, 13)
    found = Preset(preset).days(today, WeekStart.MONDAY)
    assert tuple(day.isoformat() for day in found) == days


@pytest.mark.parametrize(
    ("today", "this_week", "previous_week"),
    [
        ("2026-05-13", "2026-05-10", ("2026-05-03", "2026-05-09")),
        ("2026-05-10", "2026-05-10", ("2026-05-03", "2026-05-09")),
        ("2026-05-09", "2026-05-03", ("2026-04-26", "2026-05-02")),
    ],
)
def test_weeks_that_start_on_sunday(today, this_week, previous_week):
    today = date.fromisoformat(today)
    assert Preset.THIS_WEEK.days(today, WeekStart.SUNDAY) == (date.fromisoformat(this_week), today)
    found = Preset.PREVIOUS_WEEK.days(today, WeekStart.SUNDAY)
    assert tuple(day.isoformat() for day in found) == previous_week
    scope = seen(ZoneInfo("Europe/Zagreb"), weeks=WeekStart.SUNDAY)
    weeks = buckets(Granularity.WEEK, date(2026, 5, 4), date(2026, 5, 17), scope)
    assert [(each.label, each.partial) for each in weeks] == [
        ("2026-05-03", True),
        ("2026-05-10", False),
        ("2026-05-17", True),
    ]
