"""Days as people say them."""

from datetime import date

import pytest

from analytics.definitions.periods import Preset
from analytics.definitions.spoken import spoken

TODAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("today", ("2026-03-31", "2026-03-31")),
        ("Yesterday", ("2026-03-30", "2026-03-30")),
        ("last 14 days", ("2026-03-18", "2026-03-31")),
        ("3 weeks", ("2026-03-11", "2026-03-31")),
        # The day after that of a month ago; February has no 31st.
        ("last 1 month", ("2026-03-01", "2026-03-31")),
        ("past 2 years", ("2024-04-01", "2026-03-31")),
        ("since 1 May", ("2025-05-01", "2026-03-31")),
        ("since Feb 3rd, 2026", ("2026-02-03", "2026-03-31")),
        ("3 March to 9 March", ("2026-03-03", "2026-03-09")),
        ("from 2026-03-03 to 2026-03-09", ("2026-03-03", "2026-03-09")),
        ("2026-03-03 – today", ("2026-03-03", "2026-03-31")),
        ("1. 3. 2026 - 5.3.2026", ("2026-03-01", "2026-03-05")),
        ("May 2025", ("2025-05-01", "2025-05-31")),
        ("december", ("2025-12-01", "2025-12-31")),
        ("2025", ("2025-01-01", "2025-12-31")),
        ("since 25 March", ("2026-03-25", "2026-03-31")),
        ("this year", ("2026-01-01", "2026-03-31")),
    ],
)
def test_words_stand_for_days(text, days):
    found = spoken(text, TODAY)
    assert tuple(map(str, found)) == days


@pytest.mark.parametrize(
    ("text", "preset"),
    [
        ("last 30 days", Preset.LAST_30_DAYS),
        ("90 days", Preset.LAST_90_DAYS),
        ("1 week", Preset.LAST_7_DAYS),
        ("This week", Preset.THIS_WEEK),
        ("last month", Preset.PREVIOUS_MONTH),
    ],
)
def test_what_goes_on_with_the_calendar_is_a_preset(text, preset):
    assert spoken(text, TODAY) is preset


@pytest.mark.parametrize(
    "text",
    ["", "soon", "last 0 days", "31 February", "9 March to 3 March", "since tomorrow", "9999 years",
     "since 1 May" * 20, "0. 0. 2026", "0000", "last ٣ days x"],
)  # fmt: skip
def test_what_names_no_days_is_nothing(text):
    assert spoken(text, TODAY) is None
