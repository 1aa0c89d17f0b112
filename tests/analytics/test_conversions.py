"""What a funnel shows beside its steps: lines over time, histograms, tables and sentences."""

import re
import xml.dom.minidom
from zoneinfo import ZoneInfo

import pytest

from analytics.definitions.conditions import Catalogue
from analytics.definitions.reports import parse
from analytics.presentation.charts import png
from analytics.presentation.charts.times import Axis, time_step
from analytics.presentation.csv import to_csv
from analytics.presentation.kinds import presentation
from analytics.presentation.mail import of_report
from analytics.results import ConversionTimes
from people.locale import duration
from tests.analytics.results import funnel, journey

ASKED = {
    "kind": "funnel",
    "period": {"start": "2026-05-04", "end": "2026-05-31"},
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": "a"}, {"event": "b"}, {"event": "c"}],
    "over_time": {"granularity": "week"},
    "time_to_convert": {"from": 0, "to": 2, "bins": 3},
}
HOURS = 3600
HIGHEST = (
    "by week was highest for those of May 11, 2026, 30 %,"
    " and lowest for those of May 4, 2026, 10 %."
)
HALF = "From a to c: half of 44 people within 2 h, on average 2 h 30 min"


def entered(start, people, converted, *, partial=False):
    return {
        "start": start,
        "people": people,
        "converted": converted,
        "conversion": converted / people if people else None,
        "partial": partial,
    }


WEEKS = [
    entered("2026-05-04", 100, 10),
    entered("2026-05-11", 100, 30),
    # Too few to tell anything, and one that is not over.
    entered("2026-05-18", 4, 4),
    entered("2026-05-25", 100, 0, partial=True),
]
TIMES = {
    "people": 44,
    "average_seconds": 2.5 * HOURS,
    "median_seconds": 2.0 * HOURS,
    "bins": [
        {"from": 1.0 * HOURS, "to": 3.0 * HOURS, "people": 40},
        {"from": 3.0 * HOURS, "to": 5.0 * HOURS, "people": 0},
        {"from": 5.0 * HOURS, "to": 7.0 * HOURS, "people": 4},
    ],
}
NOBODY = {"people": 0, "average_seconds": None, "median_seconds": None, "bins": []}


def whole(weeks=WEEKS, times=TIMES, **others):
    return journey(304, 100, 44, **others) | {"over_time": weeks, "time_to_convert": times}


def shown(result, **changes):
    return presentation(result, parse(ASKED | changes, Catalogue()))


def written(table):
    return [[cell.value for cell in row] for row in table.all_rows]


def test_a_row_a_bucket_with_who_entered_and_who_converted():
    table = shown(funnel(whole())).tables()[1]
    assert table.title == "Conversion by week"
    assert table.head == ["Week", "Everybody: entered", "converted", "conversion"]
    assert written(table) == [
        ["Whole period", 304, 44, 44 / 304],
        ["2026-05-04", 100, 10, 0.1],
        ["2026-05-11", 100, 30, 0.3],
        ["2026-05-18", 4, 4, 1.0],
        ["2026-05-25", 100, 0, 0.0],
    ]
    assert [row[0].partial for row in table.rows] == [False, False, False, True]


def test_the_times_of_each_segment_and_then_bar_by_bar():
    result = funnel(whole(), whole(times=NOBODY), segments=("Croatia", "Germany"))
    *_, times, bars = shown(result).tables()
    assert times.title == "Time from a to c"
    assert written(times) == [
        ["Croatia", 44, 2 * HOURS, 2.5 * HOURS, HOURS, 7 * HOURS],
        ["Germany", 0, None, None, None, None],
    ]
    assert bars.title == "Croatia, time from a to c, bar by bar"
    assert [row[2] for row in written(bars)] == [40, 0, 4]
    assert sum(row[3] for row in written(bars)) == 1


def test_sentences_say_what_is_over_and_large_enough():
    assert shown(funnel(whole())).sentences()[1:] == [
        f"Conversion {HIGHEST}",
        f"{HALF}.",
    ]
    both = funnel(whole(WEEKS[1:]), whole(times=NOBODY), segments=("Croatia", "Germany"))
    assert shown(both).sentences()[2:] == [
        f"Germany: conversion {HIGHEST}",
        f"{HALF} in Croatia; nobody got there in Germany.",
    ]


def test_in_any_order_the_steps_are_not_counted_twice():
    part = journey(10, 5)
    for n, step in enumerate(part["steps"]):
        step["label"] = f"{n + 1} of 2"
    answer = shown(funnel(part), over_time=None, time_to_convert=None)
    assert answer.finding() == "50 % get from one of 2 to all 2"
    assert [row[0] for row in written(answer.tables()[0])] == ["1 of 2", "2 of 2"]
    assert [step.name for step in answer.funnel().steps] == ["1 of 2", "2 of 2"]
    for step in part["steps"]:
        step |= {"people": 0}
    empty = shown(funnel(part | {"conversion": None}), over_time=None, time_to_convert=None)
    assert empty.finding() == "nobody did any of the 2 steps"


def test_what_is_not_asked_is_not_there():
    answer = shown(funnel(journey(3, 2)), over_time=None, time_to_convert=None)
    assert [table.title for table in answer.tables()] == ["Steps"]
    assert (answer.charts(), len(answer.sentences())) == ([], 1)


def test_a_line_a_segment_dashed_where_it_is_not_over():
    result = funnel(whole(), whole(), segments=("Croatia", "Germany"))
    lines, one, other = shown(result).charts()
    assert [entry.name for entry in lines.legend] == ["Croatia", "Germany"]
    drawing = str(lines.svg)
    assert drawing.count('class="open"') == 2
    # A bucket opens to nobody: whom it counts by which attempt no list of people says.
    assert "<a " not in drawing
    assert [one.title, other.title] == ["Time from a to c, Croatia", "Time from a to c, Germany"]


def test_one_bucket_is_a_bar_and_an_unknown_one_has_none():
    [bar, *_] = shown(funnel(whole(WEEKS[:1]))).charts()
    assert bar.kind == "rows"
    [bar, *_] = shown(funnel(whole([entered("2026-05-04", 0, 0)]))).charts()
    assert "–" in str(bar.svg)


def test_the_period_before_is_paler_and_in_every_table():
    past = journey(304, 100, 44, previous=(30, 20, 10))
    weeks = [entered(f"2026-04-{day:02}", 10, 5) for day in (6, 13, 20, 27)]
    past["previous"] |= {"over_time": weeks, "time_to_convert": TIMES}
    result = funnel(
        past | {"over_time": WEEKS, "time_to_convert": TIMES},
        previous_period={"start": "2026-04-06", "end": "2026-05-03"},
    )
    answer = shown(result)
    _, over_time, times, *bars = answer.tables()
    assert over_time.head[:2] == ["Week", "Compared with"]
    assert written(over_time)[1] == ["2026-05-04", "2026-04-06", 100, 10, 0.1, 10, 5, 0.5]
    assert [row[0] for row in written(times)] == ["Everybody", "Everybody, before"]
    assert len(bars) == 2
    lines, histogram = answer.charts()
    assert "before" in str(lines.svg)
    assert histogram.title == "Time from a to c"


def drawn_bars(chart):
    return re.findall(r'<rect x="([\d.]+)%" width="([\d.]+)%" y="[\d.]+%" height="([\d.]+)%"',
                      str(chart.svg))  # fmt: skip


def test_a_histogram_stands_on_round_times():
    [_, chart] = shown(funnel(whole())).charts()
    assert drawn_bars(chart) == [("0", "33.33", "100"), ("66.67", "33.33", "10")]
    words = [node.firstChild.data for node in texts(chart)]
    assert words[:5] == ["0", "10", "20", "30", "40"]
    assert words[5:-2] == [f"{hour} h" for hour in range(1, 8)]
    assert words[-2:] == ["half within 2 h", "average 2 h 30 min"]


def texts(chart):
    return xml.dom.minidom.parseString(str(chart.svg)).getElementsByTagName("text")


def test_the_same_time_of_all_is_one_thin_bar():
    same = TIMES | {"bins": [{"from": 60.0, "to": 60.0, "people": 44}]}
    [_, chart] = shown(funnel(whole(times=same))).charts()
    assert drawn_bars(chart) == [("48", "4", "73.33")]
    assert "1 min: 44 people" in str(chart.svg)


@pytest.mark.parametrize(
    ("length", "step"),
    [(0.5, "0.1 s"), (5, "1 s"), (16, "2 s"), (300, "1 min"), (7_000, "15 min"),
     (20_000, "1 h"), (86_400, "3 h"), (7 * 86_400, "1 d"), (366 * 86_400, "60 d")],
)  # fmt: skip
def test_round_times(length, step):
    assert duration(time_step(length)) == step


def test_segments_share_an_axis():
    later = {"people": 1, "average_seconds": 9.0, "median_seconds": 9.0}
    bins = {"bins": [{"from": 9.0 * HOURS, "to": 9.0 * HOURS, "people": 1}]}
    axis = Axis.of(
        [ConversionTimes.model_validate(TIMES), ConversionTimes.model_validate(later | bins)]
    )
    assert (axis.low, axis.high) == (HOURS, 9 * HOURS)


def test_it_is_in_the_file_and_in_the_mail():
    result, asked = funnel(whole()), parse(ASKED, Catalogue())
    lines = to_csv(result, asked).splitlines()
    assert "Week,Everybody: entered,converted,conversion" in lines
    assert "3600.0,10800.0,40,0.9090909090909091" in lines
    told = of_report(result, asked, "Signups", ZoneInfo("Europe/Zagreb"))
    assert "From a to c: half of 44 people" in " ".join(told["paragraphs"])
    titles = [each.table.title for each in told["tables"]]
    assert titles[1:] == ["Conversion by week", "Time from a to c", "Time from a to c, bar by bar"]


def test_both_are_pictures_too():
    for chart in shown(funnel(whole())).charts():
        xml.dom.minidom.parseString(chart.fixed())
        assert png(chart).startswith(b"\x89PNG")
