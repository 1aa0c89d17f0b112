"""Who is in several of the segments that are compared: told always, left out where asked."""

import pytest

from analytics.definitions.conditions import Catalogue
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import parse
from analytics.results import parse_result
from tests.analytics.results import presented


def segment(key):
    return {
        "name": key,
        "condition": {"attribute": "likes", "operator": "contains", "value": [key]},
    }


REPORT = {
    "kind": "segmentation",
    "metric": "people",
    "period": {"start": "2026-05-04", "end": "2026-05-04"},
    "segments": [segment("a"), segment("b")],
    "events": [{"event": "play"}],
}
FUNNEL = {
    "kind": "funnel",
    "period": REPORT["period"],
    "window": {"value": 1, "unit": "day"},
    "segments": REPORT["segments"],
    "steps": [{"event": "play"}, {"event": "play"}],
}


@pytest.fixture
def happened(journeys):
    likes = {"ann": ["a"], "bob": ["b"], "cid": ["a", "b"], "dan": ["a", "b", "c"], "eve": []}
    journeys(**{name: [{"likes": each}, (0, "play")] for name, each in likes.items()})


def seen(result):
    sizes = [each["size"] for each in result["segments"]]
    return sizes, [(each["segments"], each["people"]) for each in result["overlap"]]


@pytest.mark.django_db
@pytest.mark.parametrize("definition", [REPORT, FUNNEL])
def test_the_overlap_is_told_and_left_out_where_asked(happened, ask, definition):
    assert seen(ask(definition)) == ([3, 3], [([0, 1], 2)])
    assert seen(ask(definition | {"exclusive": True})) == ([1, 1], [([0, 1], 2)])


@pytest.mark.django_db
def test_of_three_segments_each_pair_and_all(happened, ask):
    asked = REPORT | {"segments": [segment(key) for key in "abc"]}
    pairs = [([0, 1], 2), ([0, 2], 1), ([1, 2], 1), ([0, 1, 2], 1)]
    assert seen(ask(asked)) == ([3, 3, 1], pairs)
    alone = ask(asked | {"exclusive": True})
    assert seen(alone) == ([1, 1, 0], pairs)
    assert [each["total"]["value"] for each in alone["series"]] == [1, 1, 0]
    shown = presented(parse_result(alone))
    [note] = shown.overlap()
    assert note.split("; ") == [
        "2 people are in both a and b",
        "1 person is in both a and c",
        "1 person is in both b and c",
        "1 person is in all of a, b and c.",
    ]
    [*_, table] = shown.tables()
    assert [[cell.value for cell in row] for row in table.rows] == [
        ["a and b", 2], ["a and c", 1], ["b and c", 1], ["a, b and c", 1]
    ]  # fmt: skip


@pytest.mark.django_db
def test_one_segment_overlaps_with_nothing(happened, ask):
    result = ask(REPORT | {"segments": [segment("a")]})
    assert "overlap" not in result
    assert presented(parse_result(result)).overlap() == []


@pytest.mark.parametrize("segments", [[], [segment("a")]])
@pytest.mark.parametrize("definition", [REPORT, FUNNEL])
def test_one_segment_cannot_be_exclusive(definition, segments):
    asked = definition | {"segments": segments, "exclusive": True}
    with pytest.raises(Invalid) as refused:
        parse(asked, Catalogue({}, {}))
    assert list(refused.value.problems) == ["exclusive"]
