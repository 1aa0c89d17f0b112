"""The drawing of a segmentation: where everything stands, and how it is told apart."""

import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from analytics.definitions.metrics import NumberFormat
from analytics.definitions.periods import Granularity
from analytics.presentation.charts import (
    Annotation,
    Setting,
    Threshold,
    funnel_chart,
    png,
    segmentation_charts,
)
from analytics.presentation.charts.scales import (
    MOST_DRAWN,
    MOST_TICKS,
    drawn,
    spread,
    time_ticks,
    value_ticks,
    weekends,
)
from analytics.presentation.tables import segmentation_tables
from analytics.results import Point
from people import locale
from tests.analytics.results import (
    START,
    answer,
    funnel,
    group,
    journey,
    number,
    numbers,
    segmentation,
    series,
)

COUNT, SHARE, RATE = NumberFormat.COUNT, NumberFormat.SHARE, NumberFormat.RATE


def chart(*found, setting=None, **others):
    """The first chart of a segmentation, and its SVG as a tree."""
    charts = segmentation_charts(segmentation(*found, **others), setting or Setting("/behind?a=1"))
    return charts[0], ElementTree.fromstring(charts[0].svg)


def of_class(tree, name):
    return [each for each in tree.iter() if name in each.get("class", "").split()]


def paths(tree, kind):
    return [
        [tuple(map(float, place.split())) for place in re.split("[ML]", each.get("d"))[1:]]
        for each in of_class(tree, kind)
    ]


# --- Scales -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "form", "ticks"),
    [
        (0, COUNT, [0, 1]), (1, COUNT, [0, 1]), (3, COUNT, [0, 1, 2, 3]),
        (7, COUNT, [0, 2, 4, 6, 8]), (10, COUNT, [0, 5, 10]),
        (97, COUNT, [0, 25, 50, 75, 100]),
        (100, COUNT, [0, 25, 50, 75, 100]), (3_420, COUNT, [0, 1000, 2000, 3000, 4000]),
        (0.137, SHARE, [0, 0.05, 0.1, 0.15]), (1, SHARE, [0, 0.25, 0.5, 0.75, 1]),
        (2.4, RATE, [0, 1, 2, 3]),
    ],
)  # fmt: skip
def test_values_stand_at_round_numbers(most, form, ticks):
    assert value_ticks(most, form) == pytest.approx(ticks)


def days(count, start=START, step=1):
    return [
        Point(value=1, start=f"{start + timedelta(n * step)}", partial=False) for n in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "named"),
    [
        (7, ["2026-05-04", "2026-05-05", "2026-05-06", "2026-05-07", "2026-05-08", "2026-05-09",
             "2026-05-10"]),
        (30, ["2026-05-04", "2026-05-11", "2026-05-18", "2026-05-25", "2026-06-01"]),
        (90, ["2026-06-01", "2026-07-01", "2026-08-01"]),
        (365, ["2026-07-01", "2026-10-01", "2027-01-01", "2027-04-01"]),
        (1096, ["2027-01-01", "2028-01-01", "2029-01-01"]),
    ],
)  # fmt: skip
def test_days_are_named_where_weeks_and_months_begin(count, named):
    points = days(count)
    found = [points[n].start for n in time_ticks(points, Granularity.DAY)]
    assert found == named or (set(named) <= set(found) and len(found) <= MOST_TICKS)


@pytest.mark.parametrize(
    ("count", "named"),
    [
        (24, ["May 4", "3:00\u202fAM", "6:00\u202fAM", "9:00\u202fAM", "12:00\u202fPM"]),
        (72, ["May 4", "12:00\u202fPM", "May 5", "12:00\u202fPM", "May 6", "12:00\u202fPM"]),
        (24 * 7, ["May 4", "May 5", "May 6", "May 7", "May 8", "May 9", "May 10"]),
        (24 * 28, ["May 4", "May 11", "May 18", "May 25"]),
    ],
)
def test_hours_are_named_by_their_time_and_at_midnight_by_their_day(count, named):
    start = datetime.fromisoformat("2026-05-04T00:00:00+02:00")
    starts = [(start + timedelta(hours=n)).isoformat() for n in range(count)]
    points = [Point(value=1, start=each, partial=False) for each in starts]
    found = [locale.tick(starts[n], "hour") for n in time_ticks(points, Granularity.HOUR)]
    assert found[: len(named)] == named
    assert count == 24 or len(found) == len(named)


@pytest.mark.parametrize("granularity", list(Granularity))
@pytest.mark.parametrize("count", [1, 2, 24, 53, 200, 1096])
def test_there_is_room_for_the_names_of_buckets(granularity, count):
    points = [
        Point(value=1, start=(datetime(2026, 1, 1) + timedelta(hours=n)).isoformat(), partial=False)
        for n in range(count)
    ] if granularity is Granularity.HOUR else days(count, date(2020, 1, 1))  # fmt: skip
    assert 1 <= len(time_ticks(points, granularity)) <= MOST_TICKS


def test_weekends_are_shaded_where_they_can_be_seen():
    assert weekends(days(14)) == [(5, 6), (12, 13)]
    assert weekends(days(3, date(2026, 5, 10))) == [(0, 0)]
    assert weekends(days(400)) == []


def test_too_many_buckets_are_thinned_and_keep_what_stands_out():
    totals = [10.0] * 3000
    totals[1234], totals[2345] = 99, 0
    kept = drawn(totals)
    assert len(kept) <= MOST_DRAWN + 2
    assert {0, 1234, 2345, 2999} <= set(kept)
    assert kept == sorted(kept)


@pytest.mark.parametrize("places", [[50, 50, 50, 50], [99, 98, 100], [0, 1, 2, 3], [10, 60], []])
def test_names_at_the_ends_do_not_collide(places):
    found = spread(places, 5)
    stacked = sorted(found)
    assert all(b - a >= 5 - 1e-9 for a, b in pairwise(stacked))
    assert max(found, default=0) <= 100
    assert sorted(range(len(places)), key=lambda n: places[n]) == sorted(
        range(len(places)), key=lambda n: found[n]
    )


# --- Lines --------------------------------------------------------------------------------------


def test_a_line_goes_through_its_values_in_percent():
    _, tree = chart(series(0, 50, 100))
    assert paths(tree, "whole") == [[(0, 100), (50, 50), (100, 0)]]


def test_what_is_not_over_is_dashed_and_hollow_on_either_side():
    _, tree = chart(series(10, 20, 30, 40, partial=(0, 3)))
    assert paths(tree, "whole") == [[(33.33, 50), (66.67, 25)]]
    assert paths(tree, "open") == [[(0, 75), (33.33, 50), (66.67, 25), (100, 0)]]
    [dashes] = {each.get("stroke-dasharray") for each in of_class(tree, "open")}
    assert dashes
    assert len(of_class(tree, "hollow")) == 2


def test_what_lies_ahead_is_no_zero():
    """On the second day of four, with the period before, which has all of its days."""
    before = numbers(4, 4, 4, 4, start=date(2026, 4, 6))
    _, tree = chart(
        series(4, 2, 0, 0, partial=(1, 2, 3), previous=before), as_of="2026-05-05T12:00:00+02:00"
    )
    assert paths(tree, "open") == [[(0, 0), (33.33, 50)]]
    assert len(of_class(tree, "hollow")) == 1
    assert [len(path) for path in paths(tree, "whole")] == [4]


def test_a_gap_stays_a_gap_and_a_lonely_number_is_seen():
    def pair(n):
        return (n, 100) if n else (0, 0)

    _, tree = chart(series(*map(pair, (1, 2, 0, 3, 0)), total=(6, 100)), metric="adoption")
    assert [len(path) for path in paths(tree, "whole")] == [2]
    assert len(of_class(tree, "alone")) == 1


def test_each_number_is_a_link_to_its_people():
    _, tree = chart(series(0, 5, previous=numbers(3, 4, start=date(2026, 5, 2))))
    links = [each.get("href") for each in tree.iter() if each.tag == "a"]
    assert links == [
        "/behind?a=1&of-segment=0&of-granularity=day&of-start=2026-05-05",
        "/behind?a=1&of-segment=0&of-previous=1&of-granularity=day&of-start=2026-05-02",
        "/behind?a=1&of-segment=0&of-previous=1&of-granularity=day&of-start=2026-05-03",
    ]
    # Nobody is behind a zero; it is read all the same.
    told = [each.get("data-text") for each in tree.iter() if each.get("data-n")]
    assert told == ["0 events", "5 events", "3 events", "4 events"]


def test_what_was_before_is_paler_dashed_and_named():
    shown, tree = chart(
        series(5, 5, previous=numbers(3, 4, start=date(2026, 5, 2))),
        previous_period={"start": "2026-05-02", "end": "2026-05-03"},
    )
    assert shown.before == "The period before, May 2, 2026 to May 3, 2026"
    [past] = [each for each in of_class(tree, "before") if "points" not in each.get("class")]
    [path] = past
    assert (path.get("stroke-dasharray"), path.get("stroke-opacity")) == ("5 4", "0.6")
    days = [each.get("data-day") for each in tree.iter() if each.get("data-n")]
    assert days == ["May 4, 2026", "May 5, 2026", "May 2, 2026", "May 3, 2026"]


def test_equal_names_are_two_series_with_colours_of_their_own():
    shown, tree = chart(series(1, 2), series(2, 1, segment=1), segments=("A", "A"))
    assert [entry.name for entry in shown.legend] == ["A", "A"]
    assert len({entry.style for entry in shown.legend}) == 2
    keys = [each.get("data-series") for each in of_class(tree, "points")]
    assert keys == [entry.key for entry in shown.legend] == ["0", "1"]
    assert len({each.get("stroke") for each in of_class(tree, "whole")}) == 2


def test_twenty_groups_each_have_a_look():
    groups = [group("Other", 5, 5), *(group(f"v{n}", 1, n) for n in range(19))]
    groups += [group("", 2, 2, kind="other"), group("", 1, 1, kind="missing")]
    shown, _ = chart(series(8, 8, breakdown=groups))
    assert len({entry.style for entry in shown.legend}) == len(groups) == 22
    assert {entry.style.sign for entry in shown.legend} == set("●■▲◆")


def test_of_two_segments_and_two_events_a_segment_has_a_colour_and_an_event_a_mark():
    found = [series(1, 2, segment=s, event=e, label=f"e{e}") for s in (0, 1) for e in (0, 1)]
    shown, _ = chart(*found, segments=("A", "B"))
    looks = [(entry.style.colour, entry.style.sign) for entry in shown.legend]
    assert looks == [(0, "●"), (0, "■"), (1, "●"), (1, "■")]


def test_bars_in_a_table_have_the_colours_of_the_lines():
    def looks(*found, **parts):
        [table] = segmentation_tables(segmentation(*found, **parts))
        return [cell.look for cell in table.rows[0][1:]]

    two = [series(1, 2, segment=s, previous=numbers(3, 4)) for s in (0, 1)]
    shown, _ = chart(*two, segments=("A", "B"))
    colours = [entry.style.name for entry in shown.legend]
    assert looks(*two, segments=("A", "B"))[1:] == [colours[0], colours[0], colours[1], colours[1]]
    assert looks(series(1, 2)) == [""]
    groups = [group(f"v{n}", 1, 1) for n in range(2)]
    assert looks(series(2, 2, breakdown=groups)) == ["", "series-1", "series-2"]


def test_up_to_four_lines_have_their_names_at_their_ends():
    several = [series(1, 2, event=n, label=f"event {n}") for n in range(4)]
    _, tree = chart(*several)
    [ends] = of_class(tree, "ends")
    assert len(list(ends)) == 4
    groups = [group(f"v{n}", 1, 1) for n in range(5)]
    _, tree = chart(series(1, 1, breakdown=groups))
    assert not of_class(tree, "ends")


def test_an_alert_and_notes_have_their_places():
    setting = Setting(
        "", (Annotation(START + timedelta(1), "Prices <3"), Annotation(date(2020, 1, 1), "old")),
        tuple(Threshold(n, f"Alert above {n}", Granularity.DAY) for n in (100, 999)),
    )  # fmt: skip
    shown, tree = chart(series(10, 20, 30), setting=setting)
    assert "From top to bottom: May 5, 2026, Prices <3." in shown.notes
    [line] = of_class(tree, "note-line")
    assert line.get("x1") == "50%"
    assert [each.text for each in of_class(tree, "note")] == ["May 5: Prices <3"]
    limit = next(each for each in of_class(tree, "limit") if each.tag == "line")
    assert limit.get("y1") == "0%"
    # What lies far above would press the numbers flat.
    assert [each.text for each in of_class(tree, "limit") if each.tag == "text"] == [
        "Alert above 100"
    ]


def test_zero_is_ruled_and_nothing_but_zeros_stands_on_it():
    _, tree = chart(series(0, 0))
    assert paths(tree, "whole") == [[(0, 100), (100, 100)]]
    [zero] = of_class(tree, "zero")
    assert zero.get("y1") == "100%"
    [values] = of_class(tree, "y")
    assert [each.text for each in values if each.tag == "text"] == ["0"]


def test_what_stands_in_names_is_text():
    hostile = "<script>\"&'</script>"
    shown, tree = chart(series(1, 2, label=hostile), series(2, 3, event=1))
    assert "<script>" not in shown.svg
    assert of_class(tree, "points")[0].get("data-name") == hostile


def test_a_page_has_no_styles_and_no_ids():
    shown, tree = chart(series(1, 2), series(2, 3, event=1, label="b"))
    assert "style=" not in shown.svg
    assert not any(each.get("id") for each in tree.iter())


def test_hours_are_thinned_and_the_page_says_so():
    start = datetime.fromisoformat("2026-05-04T00:00:00+02:00")
    points = [
        {"start": (start + timedelta(hours=n)).isoformat(), "partial": False, **number(n % 24)}
        for n in range(28 * 24)
    ]
    hours = {**series(granularity="hour"), "points": points, "total": number(1)}
    [shown] = segmentation_charts(answer(
        "segmentation", metric="events", segments=[{"name": "Everybody", "size": 1}], series=[hours]
    ))  # fmt: skip
    tree = ElementTree.fromstring(shown.svg)
    assert 300 < len(paths(tree, "whole")[0]) <= MOST_DRAWN + 2
    assert "Of 672 hours the highest and lowest are drawn." in shown.notes


def test_figures_on_the_chart_are_in_the_readers_locale():
    with locale.reader("de-DE"):
        _, tree = chart(series(1500, 12_345))
    texts = [each.text for each in tree.iter() if each.tag == "text"]
    assert "5.000" in texts
    assert "4. Mai" in texts


# --- Bars, pictures -----------------------------------------------------------------------------


def test_one_bucket_is_bars_as_long_as_their_values():
    shown, tree = chart(series(20), series(50, segment=1), segments=("A", "A"))
    lengths = [float(each.get("width")[:-1]) for each in tree.iter() if each.tag == "rect"]
    assert lengths[0] / lengths[1] == pytest.approx(20 / 50, abs=0.01)
    assert [each.text for each in of_class(tree, "value")] == ["20", "50"]
    assert shown.height == 2 * 48


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: segmentation_charts(segmentation(series(1, 2, 3)))[0],
        lambda: segmentation_charts(segmentation(series(1), series(2, event=1)))[0],
        lambda: funnel_chart(funnel(journey(9, 4, 1), journey(8, 0, 0), segments=("A", "A"))),
    ],
)
def test_a_mail_gets_a_picture_of_the_same_drawing(drawn):
    picture = drawn()
    assert png(picture).startswith(b"\x89PNG")
    assert len(png(picture)) < 100_000
    tree = ElementTree.fromstring(picture.fixed())
    assert tree.get("width") == "760"
    assert "vector-effect" not in picture.fixed()
