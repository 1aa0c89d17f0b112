"""When mails and alerts are due, through both clock changes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.definitions.parts import Invalid
from analytics.definitions.schedules import Every, Schedule, Weekday, dump_schedule, parse_schedule

ZAGREB, NEW_YORK = "Europe/Zagreb", "America/New_York"


def local(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def slots(schedule, zone, start, end):
    """On the zone's clock, with the offset."""
    tz = ZoneInfo(zone)
    found = parse_schedule(schedule).between(local(start, zone), local(end, zone), tz)
    return [each.astimezone(tz).strftime("%a %d %b %H:%M %z") for each in found]


@pytest.mark.parametrize(
    ("schedule", "zone", "start", "end", "expected"),
    [
        # The hour that a day in spring does not have comes an hour later, once.
        ({"every": "day", "hour": 2}, ZAGREB, "2027-03-27", "2027-03-29T12:00",
         ["Sat 27 Mar 02:00 +0100", "Sun 28 Mar 03:00 +0200", "Mon 29 Mar 02:00 +0200"]),
        ({"every": "day", "hour": 2}, NEW_YORK, "2027-03-13", "2027-03-15T12:00",
         ["Sat 13 Mar 02:00 -0500", "Sun 14 Mar 03:00 -0400", "Mon 15 Mar 02:00 -0400"]),
        # The one that a day in autumn has twice counts the first time.
        ({"every": "day", "hour": 2}, ZAGREB, "2026-10-24", "2026-10-26T12:00",
         ["Sat 24 Oct 02:00 +0200", "Sun 25 Oct 02:00 +0200", "Mon 26 Oct 02:00 +0100"]),
        ({"every": "day", "hour": 1}, NEW_YORK, "2026-10-31", "2026-11-02T12:00",
         ["Sat 31 Oct 01:00 -0400", "Sun 01 Nov 01:00 -0400", "Mon 02 Nov 01:00 -0500"]),
        ({"every": "weekday", "hour": 7}, ZAGREB, "2026-11-26T12:00", "2026-12-01",
         ["Fri 27 Nov 07:00 +0100", "Mon 30 Nov 07:00 +0100"]),
        ({"every": "week", "weekday": "monday"}, ZAGREB, "2026-10-19T08:00", "2026-11-02T08:00",
         ["Mon 26 Oct 08:00 +0100", "Mon 02 Nov 08:00 +0100"]),
        # A shorter month has its slot on its last day.
        ({"every": "month", "hour": 8, "day": 31}, ZAGREB, "2027-01-01", "2027-04-30T09:00",
         ["Sun 31 Jan 08:00 +0100", "Sun 28 Feb 08:00 +0100",
          "Wed 31 Mar 08:00 +0200", "Fri 30 Apr 08:00 +0200"]),
        # Every hour there is: in spring 23 a day, in autumn 25.
        ({"every": "hour"}, ZAGREB, "2027-03-28T00:00", "2027-03-28T04:00",
         ["Sun 28 Mar 01:00 +0100", "Sun 28 Mar 03:00 +0200", "Sun 28 Mar 04:00 +0200"]),
        ({"every": "hour"}, ZAGREB, "2026-10-25T01:00", "2026-10-25T03:00",
         ["Sun 25 Oct 02:00 +0200", "Sun 25 Oct 02:00 +0100", "Sun 25 Oct 03:00 +0100"]),
        ({"every": "hour"}, "Asia/Kathmandu", "2026-11-01T09:30", "2026-11-01T11:00",
         ["Sun 01 Nov 10:00 +0545", "Sun 01 Nov 11:00 +0545"]),
        # A day that a zone left out has no slot of its own.
        ({"every": "day", "hour": 8}, "Pacific/Apia", "2011-12-29", "2011-12-31T12:00",
         ["Thu 29 Dec 08:00 -1000", "Sat 31 Dec 08:00 +1400"]),
    ],
)  # fmt: skip
def test_slots(schedule, zone, start, end, expected):
    assert slots(schedule, zone, start, end) == expected


SCHEDULES = st.builds(
    Schedule,
    every=st.sampled_from(Every),
    hour=st.integers(0, 23),
    weekday=st.sampled_from(Weekday),
    day=st.integers(1, 31),
)
INSTANTS = st.datetimes(
    datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(ZoneInfo("UTC"))
)
ZONES = st.sampled_from([ZAGREB, NEW_YORK, "Asia/Kathmandu", "America/Sao_Paulo"]).map(ZoneInfo)


@given(SCHEDULES, INSTANTS, ZONES)
def test_the_next_slot_follows_the_last(schedule, at, zone):
    last, following = schedule.last_until(at, zone), schedule.next_after(at, zone)
    assert last <= at < following
    assert schedule.next_after(last, zone) == following
    assert list(schedule.between(last, following, zone)) == [following]


@given(SCHEDULES.filter(lambda each: each.every is not Every.HOUR), INSTANTS, ZONES)
def test_a_local_day_has_one_slot_at_most(schedule, at, zone):
    found = list(schedule.between(at, at + timedelta(days=70), zone))
    days = [each.astimezone(zone).date() for each in found]
    assert len(set(days)) == len(days) >= 2
    assert all(first < second for first, second in pairwise(found))
    assert all(schedule.falls_on(day) for day in days)


@pytest.mark.parametrize(
    ("given", "paths"),
    [
        ({}, {"every"}),
        ({"every": "year"}, {"every"}),
        ({"every": "day", "hour": 24, "day": 0}, {"hour", "day"}),
        ({"every": "day", "minute": 5}, {"minute"}),
        ({"every": "week", "weekday": "someday"}, {"weekday"}),
        ({"every": "day", "hour": "8"}, {"hour"}),
        ("daily", {""}),
    ],
)
def test_every_problem_is_at_its_key(given, paths):
    with pytest.raises(Invalid) as refused:
        parse_schedule(given)
    assert set(refused.value.problems) == paths
    assert all(text for texts in refused.value.problems.values() for text in texts)


def test_defaults_are_written_down():
    told = {"every": "week", "hour": 8, "weekday": "monday", "day": 1}
    assert dump_schedule(parse_schedule({"every": "week"})) == told
    assert str(parse_schedule(told)) == "every Monday at 08:00"
    assert str(parse_schedule({"every": "weekday", "hour": 7})) == "Monday to Friday at 07:00"
