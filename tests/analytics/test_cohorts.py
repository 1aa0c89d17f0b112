"""A retention as it is read: its triangle, its curves, and what is said of it."""

from dataclasses import replace

import pytest

from analytics.definitions.periods import Granularity
from analytics.presentation.charts import Setting, Threshold, png
from analytics.presentation.csv import to_csv
from analytics.presentation.kinds import presentation
from analytics.presentation.retention import Triangle
from tests.analytics.results import asked_of, cohort, presented, retention, segmentation, series

# Three weeks of which the last is open; the shares of the whole ones.
COHORTS = (
    [1.0, 0.5, 0.2],
    [
        cohort("2026-05-04", 100, 60, 20),
        cohort("2026-05-11", 100, 40, 30, partial=(2,)),
        cohort("2026-05-18", 50, 5, None, partial=(1,)),
        cohort("2026-05-25", 0, None, None),
    ],
)
OTHERS = ([1.0, 0.1, None], [cohort("2026-05-04", 10, 1, None)])


def test_the_finding_is_the_furthest_that_half_have_reached():
    assert presented(retention(COHORTS)).finding() == "50 % come back to play 1 week after join"
    later = presented(retention(COHORTS), counting="on_or_after")
    assert later.finding() == "50 % come back to play 1 week after join, or later"
    both = retention(COHORTS, OTHERS, segments=("A", "B"))
    assert presented(both).finding() == (
        "50 % of A and 10 % of B come back to play 1 week after join"
    )


def test_a_finding_of_what_is_not_there_says_so():
    nobody = retention(([None] * 3, [cohort("2026-05-25", 0, None, None)]))
    assert presented(nobody).finding() == "Nobody did join"
    assert presented(nobody).emptiness() == [
        "Nobody in the segments did “join” from May 4, 2026 to May 31, 2026."
    ]
    assert presented(nobody).charts() == []
    fresh = retention(([None] * 3, [cohort("2026-05-25", 7, 1, None, partial=(0, 1))]))
    assert presented(fresh).finding() == "No week after join is over yet"
    lost = retention(([1.0, 0, 0], [cohort("2026-05-04", 7, 0, 0)]))
    assert presented(lost).emptiness() == ["None of them did “play” in the weeks after."]


def test_what_is_said_of_cohorts_is_said_of_large_and_whole_ones():
    assert presented(retention(COHORTS)).sentences() == [
        "On average 50 % in week 1 and 20 % in week 2.",
        (
            "In week 1 most came back of the week of May 4, 2026 (60 %),"
            " fewest of the week of May 11, 2026 (40 %)."
        ),
    ]
    assert presented(retention(OTHERS)).sentences() == ["On average 10 % in week 1."]


def test_the_triangle_has_shares_people_and_heat():
    [table] = presented(retention(COHORTS)).tables()
    assert table.title == "By week of join"
    assert table.head == ["Began in", "People", "Week 0", "Week 1", "Week 2"]
    assert [cell.value for cell in table.total] == ["Average", 250, 1.0, 0.5, 0.2]
    first, second, third, last = table.rows
    assert [cell.value for cell in first] == ["2026-05-04", 100, 1.0, 0.6, 0.2]
    assert [cell.people for cell in first] == [None, None, 100, 60, 20]
    # Of seven shades the last is that of the largest share; the cohort itself has none.
    assert [cell.heat for cell in first] == [None, None, None, 6, 2]
    assert [cell.partial for cell in second] == [False, False, False, False, True]
    assert (second[3].hint, third[1].part) == ("40 ÷ 100", 50.0)
    assert first[3].place == "of-segment=0&of-start=2026-05-04&of-interval=1"
    assert first[1].place == first[2].place == "of-segment=0&of-start=2026-05-04"
    # Nobody is behind what has not begun.
    assert [(cell.value, cell.place) for cell in last[2:]] == [(None, "")] * 3


def test_the_file_has_shares_and_people():
    result = retention(COHORTS)
    rows = to_csv(result, asked_of(result)).splitlines()
    assert rows[:3] == ["Began in,People,Week 0,Week 1,Week 2", "Average,250,1.0,0.5,0.2",
                        "2026-05-04,100,1.0,0.6,0.2"]  # fmt: skip
    assert rows[8:10] == ["2026-05-04,100,100,60,20", "2026-05-11,100,100,40,30"]
    assert rows[11] == "2026-05-25,0,0,,"


def test_a_page_shows_the_newest_and_the_file_all():
    many = [cohort(f"2026-{n // 28 + 1:02}-{n % 28 + 1:02}", 1, 1, 1) for n in range(120)]
    result = retention(([1.0, 1.0, 1.0], many))
    shown = presented(result, granularity="day")
    [table] = shown.tables()
    assert (len(table.rows), table.rows[-1][0].value) == (100, "2026-05-08")
    assert table.title.endswith("the newest 100 of 120; the file has all")
    assert [len(each.rows) for each in shown.sheets()] == [120, 120]


def test_curves_of_one_segment_stand_before_its_cohorts():
    [chart] = presented(retention(COHORTS)).charts()
    assert chart.svg.count('class="thin"') == 3
    assert 'data-text="50 %"' in chart.svg
    assert chart.legend == []
    assert "50 % in week 1" in chart.summary
    assert "stroke-dasharray" in chart.svg
    assert png(chart).startswith(b"\x89PNG")


def test_curves_of_several_segments_have_a_line_each():
    [chart] = presented(retention(COHORTS, OTHERS, segments=("A", "B"))).charts()
    assert [each.name for each in chart.legend] == ["A", "B"]
    assert "thin" not in chart.svg
    assert chart.kind == "lines named brief low"


def test_the_smallest_picture_has_a_row_a_cohort():
    assert presented(retention(COHORTS)).thumb().cells[0] == (1.0, 0.333)


def test_an_answer_is_shown_beside_its_own_question_alone():
    with pytest.raises(TypeError):
        Triangle.of(retention(COHORTS), asked_of(segmentation(series(1))))


def test_an_alert_is_a_line_at_its_interval_and_in_the_legend():
    watched = Threshold(0.4, "Alert below 40 %", Granularity.WEEK, "Week 1", "/alert/", interval=1)
    beyond = replace(watched, interval=9)
    result = retention(COHORTS)
    [drawn] = presentation(result, asked_of(result), Setting("", (), (watched, beyond))).charts()
    assert drawn.watched == [watched]
    assert drawn.svg.count('class="limit"') == 1
