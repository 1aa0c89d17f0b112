"""Measures: what is made of a property of matching events (contract §2)."""

import random

import numpy as np
import pytest

from analytics.definitions.alerts import NotKnown, parse_watched
from analytics.definitions.conditions import Catalogue
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, parse, read_stored
from analytics.engine.readings import read
from analytics.presentation.csv import to_csv
from analytics.presentation.kinds import presentation
from analytics.results import parse_result
from people.models import EventDefinition
from tests.analytics.results import asked_of, presented

REPORT = {
    "kind": "segmentation",
    "metric": "measure",
    "period": {"start": "2026-05-04", "end": "2026-05-04"},
    "events": [{"event": "buy"}],
}


def of(aggregate, name="price", **entry):
    entry = {"event": "buy"} | entry
    return REPORT | {"events": [entry | {"measure": {"aggregate": aggregate, "property": name}}]}


def total(result):
    [series] = result["series"]
    [point] = series["points"]
    assert point["value"] == series["total"]["value"]
    assert set(series["total"]) == {"value"}
    return series["total"]["value"]


@pytest.fixture
def happened(journeys):
    journeys(
        ann=[(0, "buy", {"price": 10, "tags": ["a", "b"], "code": "x"})],
        bob=[(1, "buy", {"price": 0.1}), (2, "buy", {"price": 0.2, "code": "X"})],
        cid=[(3, "buy", {"price": "many", "tags": ["b", ""], "code": ""}), (4, "look")],
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("aggregate", "name", "value"),
    [
        ("sum", "price", 10.3),
        ("average", "price", 10.3 / 3),
        ("median", "price", 0.2),
        ("p90", "price", 0.2 + 0.8 * 9.8),
        ("minimum", "price", 0.1),
        ("maximum", "price", 10),
        ("distinct", "price", 3),
        ("distinct", "tags", 2),
        ("distinct", "code", 2),
        ("distinct", "ghost", 0),
        ("sum", "ghost", 0),
        ("average", "ghost", None),
        ("median", "code", None),
        ("sum", "code", 0),
    ],
)
def test_each_aggregate(happened, ask, aggregate, name, value):
    found = total(ask(of(aggregate, name)))
    assert found == (value if value is None else pytest.approx(value, rel=1e-12))


@pytest.mark.django_db
@pytest.mark.parametrize("aggregate", ["median", "p90"])
def test_quantiles_are_those_of_numpy_to_the_last_bit(journeys, ask, aggregate):
    draw = random.Random(7)
    groups = {
        f"g{n}": [round(draw.uniform(-5, 50), 2) for _ in range(n)] for n in [1, 2, 2, 3, 4, 7, 20]
    }
    journeys(
        ann=[
            (n, "buy", {"price": price, "code": code})
            for code, prices in groups.items()
            for n, price in enumerate(prices)
        ]
    )
    result = ask(of(aggregate) | {"breakdown": {"property": "code"}})
    part = {"median": 0.5, "p90": 0.9}[aggregate]
    assert {each["value"]: each["total"]["value"] for each in result["series"][0]["breakdown"]} == {
        code: float(np.quantile(prices, part)) for code, prices in groups.items()
    }


@pytest.mark.django_db
def test_sums_of_money_come_out_as_one_would_write_them(journeys, ask):
    journeys(ann=[(n, "buy", {"price": 0.1}) for n in range(10)])
    assert total(ask(of("sum"))) == 1


@pytest.mark.django_db
def test_nothing_at_all_is_unknown_and_sums_to_0(happened, ask):
    nobody = {"event": "buy", "filters": [{"property": "code", "operator": "is", "value": ["no"]}]}
    assert total(ask(of("sum", **nobody))) == 0
    assert total(ask(of("distinct", **nobody))) == 0
    assert total(ask(of("maximum", **nobody))) is None


@pytest.mark.django_db
def test_any_event_is_read_by_its_own_entry(happened, ask, project):
    other = EventDefinition.objects.create(project=project, name="sell")
    other.properties.create(name="price", type="text")
    assert total(ask(of("sum", event=None))) == pytest.approx(10.3)
    assert total(ask(of("distinct", "tags", event=None))) == 2


@pytest.mark.django_db
def test_groups_are_by_events_and_measured_each(happened, ask):
    result = ask(of("sum") | {"breakdown": {"property": "code"}})
    [series] = result["series"]
    found = {each["label"]: each["total"]["value"] for each in series["breakdown"]}
    assert found == {"X": 0.2, "x": 10, "No value": 0.1}


@pytest.mark.django_db
def test_who_is_behind_has_a_number(happened, ask, project):
    from analytics.models import Selection  # noqa: PLC0415
    from analytics.models.questions import fetch  # noqa: PLC0415

    def people(definition):
        return len(fetch(Selection(project=project, definition=definition, figure={}).people()))

    ask(of("sum"))
    assert people(of("sum")) == 2
    assert people(of("distinct", "tags")) == 2
    assert people(of("distinct", "ghost")) == 0


@pytest.mark.django_db
def test_it_is_said_in_words_and_in_tables(happened, ask):
    result = parse_result(ask(of("sum")))
    shown = presented(result)
    assert shown.finding() == "buy · sum of price: 10.3"
    assert shown.sentences() == ["buy · sum of price: 10.3."]
    assert "buy · sum of price" in to_csv(result, asked_of(result))
    [chart] = shown.charts()
    assert "10.3" in chart.svg
    did = {"filters": [], "times": {"operator": "at_least", "value": 1}}
    both = [
        {"name": name, "condition": {"all": [{"performed": name, **did}]}}
        for name in ("buy", "look")
    ]
    asked = of("sum") | {"segments": both}
    of_both = presentation(parse_result(ask(asked)), read_stored(asked))
    [drawn], [table, *_] = of_both.charts(), of_both.tables()
    assert drawn.counts == table.counts == "Sum of price each day"
    assert of_both.finding() == "buy · sum of price, buy: 10.3; look: 0"
    unknown = presented(parse_result(ask(of("median", "ghost"))))
    assert unknown.finding() == (
        "buy · median of ghost: unknown, for no matching event has such a number"
    )


@pytest.mark.django_db
def test_an_alert_reads_it_or_says_why_not(happened, ask):
    def reading(definition):
        watched = parse_watched(
            parse(definition, Catalogue({}, {})), {"granularity": "day", "start": "2026-05-04"}
        )
        return read(parse_result(ask(definition)), watched)

    assert reading(of("maximum")).value == 10
    with pytest.raises(NotKnown, match="no matching event has such a number"):
        reading(of("maximum", "ghost"))


MEASURE = {"aggregate": "sum", "property": "price"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({}, "events.0.measure"),
        ({"events": [{"event": "a", "measure": MEASURE}, {"event": "b"}]}, "events.1.measure"),
        ({"metric": "people", "events": [{"event": "a", "measure": MEASURE}]}, "events.0.measure"),
        (
            {"events": [{"event": "a", "measure": MEASURE | {"aggregate": "mode"}}]},
            "events.0.measure.aggregate",
        ),
        (
            {"events": [{"event": "a", "measure": {"aggregate": "sum"}}]},
            "events.0.measure.property",
        ),
        (
            {
                "kind": "funnel",
                "window": {"value": 1, "unit": "day"},
                "steps": [{"event": "a"}, {"event": "b", "measure": MEASURE}],
            },
            "steps.1.measure",
        ),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(changes, path):
    asked = REPORT | changes
    if asked["kind"] == "funnel":
        asked = {key: asked[key] for key in ("kind", "period", "window", "steps")}
    with pytest.raises(Invalid) as refused:
        parse(asked, Catalogue({}, {}))
    assert list(refused.value.problems) == [path]


def test_it_is_dumped_only_where_it_is_asked():
    [entry] = dump(parse(of("sum"), Catalogue({}, {})))["events"]
    assert entry == {"event": "buy", "filters": [], "measure": MEASURE}
    [plain] = dump(parse(REPORT | {"metric": "people"}, Catalogue({}, {})))["events"]
    assert plain == {"event": "buy", "filters": []}
