"""What may be asked, what may not, and every error at its path."""

from datetime import date, timedelta

import pytest

from analytics.definitions.conditions import Catalogue, InlineSegment
from analytics.definitions.parts import Invalid
from analytics.definitions.periods import Granularity
from analytics.definitions.reports import dump, parse
from people.values import Type

CATALOGUE = Catalogue(
    attributes={"country": Type.TEXT, "registered_at": Type.DATETIME, "age": Type.NUMBER},
    properties={"Song Played": {"songGenre": Type.TEXT, "seconds": Type.NUMBER}},
    segments={
        "s1": InlineSegment(
            name="Croatia",
            condition={"all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]},
        )
    },
)
SEGMENTATION = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"preset": "last_30_days"},
    "granularities": ["day", "week"],
    "segments": [
        {"segment": "s1"},
        {
            "name": "Slovenia",
            "condition": {"all": [{"attribute": "country", "operator": "is", "value": ["SI"]}]},
        },
    ],
    "events": [
        {
            "event": "Song Played",
            "filters": [{"property": "songGenre", "operator": "is", "value": ["jazz"]}],
        }
    ],
    "denominator": "members",
}
FUNNEL = {
    "kind": "funnel",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "window": {"value": 15, "unit": "minute"},
    "segments": [],
    "steps": [{"event": "Registration", "filters": []}, {"event": "Payment", "filters": []}],
    "completion": "within_period",
}


def problems(definition):
    with pytest.raises(Invalid) as caught:
        parse(definition, CATALOGUE)
    return caught.value.problems


@pytest.mark.parametrize("definition", [SEGMENTATION, FUNNEL])
def test_in_and_out_again_is_the_same(definition):
    assert dump(parse(definition, CATALOGUE)) == definition


def test_defaults_are_written_down():
    short = {key: FUNNEL[key] for key in ("kind", "period", "window")}
    short["steps"] = [{"event": "Registration"}, {"event": "Payment"}]
    assert dump(parse(short, CATALOGUE)) == FUNNEL


def test_label_says_the_filters():
    assert str(parse(SEGMENTATION, CATALOGUE).events[0]) == "Song Played · songGenre is jazz"


MEASURED = {"event": "Song Played", "measure": {"aggregate": "median", "property": "seconds"}}


@pytest.mark.parametrize(
    ("changes", "granularity", "words"),
    [
        ({}, "day", "People each day"),
        ({"metric": "events"}, "week", "Events each week"),
        ({"metric": "adoption"}, "hour", "% of the people each hour"),
        ({"metric": "engagement"}, "month", "Events a person each month"),
        ({"metric": "frequency"}, "day", "Events a person who did it each day"),
        ({"metric": "measure", "events": [MEASURED]}, "day", "Median of seconds each day"),
        ({"granularities": ["day"], "rolling": 7}, "day", "People of 7 days up to each day"),
        ({"cumulative": True}, "week", "People up to each week"),
        ({"formulas": [{"expression": "A / 2"}]}, "day", "People and formulas each day"),
    ],
)
def test_a_report_says_what_its_numbers_count(changes, granularity, words):
    asked = parse(SEGMENTATION | changes, CATALOGUE)
    assert asked.counts(Granularity(granularity)) == words


def test_five_errors_are_five_problems_each_at_its_path():
    found = problems(
        FUNNEL
        | {
            "period": {"start": "2026-05-31", "end": "2026-05-01"},
            "window": {"value": 0, "unit": "minute"},
            "steps": [
                {"event": ""},
                {
                    "event": "Song Played",
                    "filters": [{"property": "seconds", "operator": "contains", "value": "x"}],
                },
            ],
            "colour": "red",
        }
    )
    assert set(found) == {
        "period.end",
        "window.value",
        "steps.0.event",
        "steps.1.filters.0.operator",
        "colour",
    }


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"metric": "sum"}, "metric"),
        ({"granularities": []}, "granularities"),
        ({"granularities": ["day", "day"]}, "granularities"),
        ({"granularities": ["year"]}, "granularities.0"),
        ({"period": {"preset": "last_year"}}, "period.preset"),
        ({"period": {"start": "2020-01-01", "end": "2023-01-02"}}, "period.end"),
        ({"period": {"start": "yesterday", "end": "2023-01-02"}}, "period.start"),
        ({"period": {}}, "period"),
        ({"period": {"preset": "last_7_days", "end": "2026-01-01"}}, "period.end"),
        ({"events": []}, "events"),
        ({"events": [{"event": "x"}] * 5}, "events"),
        ({"segments": [{"segment": "s1"}] * 5}, "segments"),
        ({"segments": [{"segment": "s2"}]}, "segments.0.segment"),
        ({"segments": [{"name": "x"}]}, "segments.0.condition"),
        ({"segments": [{"name": "x", "condition": {"all": []}}]}, "segments.0.condition.all"),
        ({"events": [{"event": 3}]}, "events.0.event"),
        ({"events": "x"}, "events"),
        ({"events": [{"event": "a\0b"}]}, "events.0.event"),
        ({"events": [{"event": "a\ud800"}]}, "events.0.event"),
        ({"denominator": "all"}, "denominator"),
    ],
)
def test_what_a_segmentation_may_not_be(change, path):
    assert set(problems(SEGMENTATION | change)) == {path}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"steps": [{"event": "a"}]}, "steps"),
        ({"steps": [{"event": "a"}] * 8}, "steps"),
        ({"segments": [{"segment": "s1"}] * 3}, "segments"),
        ({"window": {"value": 367, "unit": "day"}}, "window.unit"),
        ({"window": {"value": 1.5, "unit": "day"}}, "window.value"),
        ({"window": {"value": 1, "unit": "year"}}, "window.unit"),
        ({"completion": "never"}, "completion"),
    ],
)
def test_what_a_funnel_may_not_be(change, path):
    assert set(problems(FUNNEL | change)) == {path}


@pytest.mark.parametrize("data", [None, [], "x", 3, {}, {"kind": "map"}])
def test_what_is_no_definition_at_all(data):
    assert problems(data)


@pytest.mark.parametrize(
    ("leaf", "path"),
    [
        ({"attribute": "country", "operator": "is", "value": "HR"}, "value"),
        ({"attribute": "country", "operator": "less_than", "value": 3}, "operator"),
        ({"attribute": "country", "operator": "is_empty", "value": 3}, "value"),
        ({"attribute": "country", "operator": "contains"}, "value"),
        ({"attribute": "age", "operator": "is", "value": ["3"]}, "value"),
        ({"attribute": "age", "operator": "is", "value": [True]}, "value"),
        ({"attribute": "age", "operator": "between", "value": [3]}, "value"),
        ({"attribute": "age", "operator": "between", "value": [4, 3]}, "value"),
        ({"attribute": "registered_at", "operator": "is", "value": "2026-02-30"}, "value"),
        (
            {"attribute": "registered_at", "operator": "in_the_last", "value": {"value": 1}},
            "value",
        ),
        ({"attribute": "unknown", "operator": "between", "value": ["a", 3]}, "value"),
        ({"attribute": "country", "operator": "like", "value": "x"}, "operator"),
        ({"attribute": "country", "operator": "is", "value": ["x"], "not": True}, "not"),
    ],
)
def test_what_a_condition_may_not_be(leaf, path):
    segment = {"name": "x", "condition": {"any": [leaf]}}
    at = f"segments.0.condition.any.0.{path}"
    assert set(problems(SEGMENTATION | {"segments": [segment]})) == {at}


def nested(depth):
    leaf = {"attribute": "country", "operator": "is", "value": ["HR"]}
    for level in range(depth):
        leaf = {"all" if level % 2 else "any": [leaf]}
    return leaf


def test_conditions_nest_three_deep_and_have_25_leaves():
    def with_condition(condition):
        return SEGMENTATION | {"segments": [{"name": "x", "condition": condition}]}

    parse(with_condition(nested(3)), CATALOGUE)
    assert set(problems(with_condition(nested(4)))) == {"segments.0.condition"}
    leaf = nested(0)
    parse(with_condition({"all": [leaf] * 25}), CATALOGUE)
    assert set(problems(with_condition({"all": [leaf] * 26}))) == {"segments.0.condition"}
    assert problems(with_condition(nested(400)))


def large(days, **more):
    end = date(2023, 1, 1) + timedelta(days - 1)
    period = {"start": "2023-01-01", "end": end.isoformat()}
    return SEGMENTATION | {"period": period, "segments": [], "granularities": ["hour"]} | more


@pytest.mark.parametrize(
    "asked",
    [
        large(1_096, events=SEGMENTATION["events"] * 4, segments=SEGMENTATION["segments"] * 2),
        large(1_096, events=SEGMENTATION["events"] * 4),
        large(1_096, breakdown={"property": "songGenre", "limit": 50}),
        large(90, period={"preset": "last_90_days"}, breakdown={"property": "songGenre"})
        | {"events": SEGMENTATION["events"] * 4},
    ],
)
def test_an_answer_of_too_many_points_is_refused_with_the_way_out(asked):
    [text] = problems(asked)["granularities"]
    assert "100,000 are allowed: choose longer buckets, fewer days, or fewer" in text
    parse(asked | {"granularities": ["month"]}, CATALOGUE)


def test_three_years_of_hours_are_an_answer():
    parse(large(1_096, events=SEGMENTATION["events"] * 3), CATALOGUE)
    parse(large(1_096, compare="previous_period"), CATALOGUE)
