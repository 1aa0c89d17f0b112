"""A series is known by its place: equal names, a value called "Other", many groups do no harm."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl

import pytest
from django.template.loader import render_to_string

from analytics.definitions.conditions import Catalogue
from analytics.definitions.figures import parse_figure, read_address
from analytics.definitions.metrics import Metric, NumberFormat
from analytics.definitions.periods import Granularity
from analytics.definitions.reports import Denominator, dump, parse
from analytics.presentation.csv import to_csv
from analytics.presentation.series import lines, ways
from analytics.presentation.summary import cures
from analytics.views.reports import shown
from tests.analytics.results import (
    START,
    asked_of,
    funnel,
    group,
    journey,
    numbers,
    presented,
    segmentation,
    series,
)

EARLIER = START - timedelta(28)
DAY = Granularity.DAY


def twins(**others):
    """Two segments of one name, each with its past."""
    return segmentation(
        series(1, 2, previous=numbers(4, 2, start=EARLIER), **others),
        series(5, 5, segment=1, previous=numbers(1, 1, start=EARLIER), **others),
        segments=("A", "A"),
    )


def test_two_segments_of_one_name_are_two_series():
    found = lines(twins(), DAY)
    assert len({each.place for each in found}) == 4
    assert [each.total.value for each in found] == [3, 6, 10, 2]
    assert [each.now for each in found if each.is_before] == [found[0].place, found[2].place]


def test_each_is_compared_with_its_own_past():
    assert presented(twins()).sentences() == [
        "A: 3 events, down 50 % on the period before.",
        "A: 10 events, up 400 % on the period before.",
    ]


def test_tables_have_a_column_a_series_and_sort_by_place():
    [table] = presented(twins()).tables()
    assert [cell.value for cell in table.total[2:]] == [3, 6, 10, 2]
    downwards = table.by(2, descending=True)
    assert [row[2].value for row in downwards.rows] == [2, 1]
    assert [row[3].value for row in downwards.rows] == [2, 4]
    written = to_csv(twins(), asked_of(twins())).splitlines()
    assert written[1] == "Whole period,Whole period before,3,6,10,2"


def test_a_name_that_ends_like_a_past_is_none():
    odd = segmentation(series(1, 1), series(7, 7, event=1, label="play, before"))
    assert [each.is_before for each in lines(odd, DAY)] == [False, False]
    assert presented(odd).sentences() == ["play: 2 events.", "play, before: 14 events."]


def test_a_value_called_other_is_not_all_others():
    groups = [group("Other", 5, 5), group("", 1, 1, kind="other"), group("", 2, 2, kind="missing")]
    result = segmentation(series(8, 8, breakdown=groups))
    found = [each for each in lines(result, DAY) if each.is_group]
    assert [each.name for each in found] == ["Other", "Other", "No value"]
    assert len({each.place for each in found}) == 3
    assert parse_qs(found[0].address)["of-value"] == ["Other"]
    assert "of-value" not in parse_qs(found[1].address)


def test_twenty_groups_of_a_funnel_with_their_pasts():
    groups = [
        {"group": "value", "value": f"v{n}", "label": "same", **journey(9, n, previous=(8, 1))}
        for n in range(9)
    ]
    result = funnel({**journey(90, 40, previous=(80, 10)), "breakdown": groups})
    found = ways(result, groups=True)
    assert len({each.place for each in found}) == 18
    assert [each.now for each in found[1::2]] == [each.place for each in found[::2]]


DEFINITION = {
    "kind": "segmentation", "metric": "events", "period": {"preset": "last_7_days"},
    "segments": [
        {"name": name, "condition": {"all": [{"attribute": "a", "operator": "is_not_empty"}]}}
        for name in ("A", "A")
    ],
    "events": [{"event": "play"}], "breakdown": {"property": "genre"}, "compare": "previous_period",
}  # fmt: skip


def test_an_address_leads_back_to_its_place():
    groups = [group("a&b=c", 1, 1), group("", 1, 1, kind="other")]
    before = series(1, 1, segment=1, previous=numbers(2, 2, start=EARLIER), breakdown=groups)
    definition = parse(DEFINITION, Catalogue())
    for line in lines(segmentation(series(0, 0), before, segments=("A", "A")), DAY):
        assert parse_figure(definition, read_address(dict(parse_qsl(line.address)))) == line.place
        figure = parse_figure(definition, read_address(dict(parse_qsl(line.bucket(1)))))
        assert (figure.granularity, figure.start) == (DAY, line.points[1].start)


def test_a_cure_is_a_definition():
    definition = parse(DEFINITION | {"metric": "adoption"}, Catalogue())
    result = segmentation(
        series((1, 2), total=(1, 2)), metric="adoption", warnings=["registration_unbounded"]
    )
    (_, registered), (words, bounded) = cures(definition, result)
    assert registered.denominator is Denominator.REGISTERED
    assert words == "Only people registered by May 31, 2026"
    assert [str(each.condition) for each in bounded.segments] == [
        "a is not empty and registered_at is until 2026-05-31"
    ] * 2


@pytest.mark.parametrize("metric", list(Metric))
def test_a_metric_says_all_about_itself(metric):
    assert metric.label
    assert metric.formula.endswith(".")
    assert metric.written in NumberFormat
    # What is measured is in the unit of its property.
    assert all(metric.unit(n) for n in (1, 2)) or metric is Metric.MEASURE
    assert type(metric)(str(metric)) is metric


def test_ids_on_a_page_differ_however_many_answers_stand_on_it(project, client, alice):
    """A dashboard shows a report twice; the parts of an answer are asked for one by one, too."""
    client.force_login(alice)
    written = dump(parse(DEFINITION, Catalogue()))
    done = project.runs.create(definition=written, state="done", result=twins().dump())
    address = f"/p/{project.slug}/runs/{done.pk}/"
    parts = [client.get(address, {"key": f"{n}-"}).content.decode() for n in (1, 2)]
    parts += [
        render_to_string("components/answer.html", {"project": project, "key": key, **shown(done)})
        for key in ("3-", "4-")
    ]
    ids = re.findall(r'\bid="([^"]+)"', "".join(parts))
    assert len(ids) == len(set(ids)) == 4 * len(presented(twins()).tables()[0].head)


def test_what_waits_asks_for_its_own_place(project):
    run = project.runs.create(definition=DEFINITION)
    found = render_to_string(
        "components/answer.html", {"project": project, "key": "7-", **shown(run)}
    )
    [address] = re.findall(r'hx-get="([^"]+)"', found)
    assert "key=7-" in address
    assert re.findall(r'hx-target="([^"]+)"', found) == ["closest .result"]
    assert " id=" not in found
