"""Formulas: a grammar of their own, and series computed from those of the events."""

import html
import json
import re

import pytest

from analytics.definitions.alerts import describe_watched, parse_watched
from analytics.definitions.conditions import Catalogue
from analytics.definitions.formulas import Misread, computed, read_expression
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import dump, parse
from analytics.engine.readings import read
from analytics.models.questions import compute_next
from analytics.presentation.csv import to_csv
from analytics.results import parse_result
from analytics.views import behind
from tests.analytics.results import asked_of, presented

NOTHING = Catalogue({}, {})
REPORT = {
    "kind": "segmentation",
    "metric": "events",
    "period": {"start": "2026-05-04", "end": "2026-05-05"},
    "granularities": ["day", "week"],
    "events": [{"event": "play"}, {"event": "pay"}],
    "formulas": [
        {"name": "Plays per payment", "expression": "A / B"},
        {"expression": "(A - 3) * 2"},
    ],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A", 12),
        ("A / B", 4),
        (" A+B *2 ", 18),
        ("(A + B) * 2", 30),
        ("A - B - 1", 8),
        ("A / B / 2", 2),
        ("-A + -(-2)", -10),
        ("0.5 * A", 6),
        ("C + 1", None),
        ("C * 0", None),
        ("A / (B - 3)", None),
        ("1 / 0", None),
    ],
)
def test_expressions(text, value):
    assert computed(read_expression(text), [12, 3, None]) == value


def test_what_is_too_large_for_a_number_is_unknown():
    term = read_expression("A * A * A")
    assert computed(term, [1e200]) is None
    assert computed(read_expression("A / 2"), [10**400]) is None


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("A +", 4, "a letter or a number is missing"),
        ("A + * B", 5, "missing before “*”"),
        ("A B", 3, "an operator is missing before “B”"),
        ("2 3", 3, "an operator is missing"),
        ("(A + B", 1, "not closed"),
        ("A + B)", 6, "not opened"),
        ("()", 2, "missing before “)”"),
        ("A ** B", 4, "missing before “*”"),
        ("a / B", 1, "“a” has no meaning here"),
        ("E", 1, "“E” has no meaning here"),
        ("A.x", 2, "an operator is missing"),
        ("__import__('os')", 1, "“_” has no meaning"),
        ("A % B", 3, "an operator is missing before “%”"),
        ("1e5", 2, "an operator is missing before “e”"),
        ("٣", 1, "has no meaning here"),
        ("(" * 30 + "A" + ")" * 30, 21, "20 deep"),
        ("-" * 100 + "A", 21, "20 deep"),
        ("   ", 4, "a letter or a number is missing"),
    ],
)
def test_errors_say_where(text, place, words):
    with pytest.raises(Misread) as refused:
        read_expression(text)
    assert str(refused.value).startswith(f"Character {place}: ")
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"formulas": [{"expression": "A"}, {"expression": "A /"}]}, "formulas.1.expression", "4"),
        ({"formulas": [{"expression": "A + C"}]}, "formulas.0.expression", "Character 5"),
        ({"formulas": [{"expression": ""}]}, "formulas.0.expression", "empty"),
        ({"formulas": [{"expression": "A" * 201}]}, "formulas.0.expression", "200"),
        ({"formulas": [{"name": "A"}]}, "formulas.0.expression", "required"),
        ({"formulas": [{"expression": "A"}] * 5}, "formulas", "At most 4"),
        ({"breakdown": {"property": "genre"}}, "formulas", "breakdown"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_place(changes, path, words):
    with pytest.raises(Invalid) as refused:
        parse(REPORT | changes, NOTHING)
    [(where, [text])] = refused.value.problems.items()
    assert where == path
    assert words in text


def test_a_funnel_has_none():
    funnel = {
        "kind": "funnel",
        "period": REPORT["period"],
        "window": {"value": 1, "unit": "day"},
        "steps": [{"event": "a"}, {"event": "b"}],
    }
    with pytest.raises(Invalid) as refused:
        parse(funnel | {"formulas": REPORT["formulas"]}, NOTHING)
    assert list(refused.value.problems) == ["formulas"]


def test_none_are_left_out_of_the_dump():
    assert "formulas" not in dump(parse(REPORT | {"formulas": []}, NOTHING))


@pytest.fixture
def happened(journeys):
    journeys(
        ann=[(0, "play"), (1, "play"), (2, "pay"), (1440, "play")],
        bob=[(5, "play"), (6, "play"), (7, "pay")],
    )


@pytest.mark.django_db
def test_series_follow_those_of_the_events(happened, ask):
    found = ask(REPORT)["series"]
    assert [(each["event"], each.get("formula"), each["granularity"]) for each in found] == [
        (0, None, "day"), (0, None, "week"), (1, None, "day"), (1, None, "week"),
        (None, 0, "day"), (None, 0, "week"), (None, 1, "day"), (None, 1, "week"),
    ]  # fmt: skip
    ratio = found[4]
    assert ratio["label"] == "Plays per payment"
    assert ratio["total"] == {"value": 2.5}
    assert ratio["points"] == [
        {"start": "2026-05-04", "value": 2, "partial": False},
        {"start": "2026-05-05", "value": None, "partial": False},
    ]
    assert [each["value"] for each in found[6]["points"]] == [2, -4]
    assert found[6]["label"] == "(A - 3) * 2"


@pytest.mark.django_db
def test_segments_have_each_their_own_and_the_period_before_too(happened, ask):
    everybody = {"all": [{"performed": "play", "times": {"operator": "at_least", "value": 1}}]}
    twice = [{"name": name, "condition": everybody} for name in ("One", "Two")]
    found = ask(
        REPORT | {"granularities": ["day"], "segments": twice, "compare": "previous_period"}
    )["series"]
    assert [(each["segment"], each["event"]) for each in found] == [
        (0, 0), (0, 1), (0, None), (0, None), (1, 0), (1, 1), (1, None), (1, None)
    ]  # fmt: skip
    assert found[3]["previous"]["total"] == {"value": -6}


@pytest.mark.django_db
def test_nobody_is_behind_one_and_it_says_so(happened, client, project, alice, bearer):
    asked = {"definition": REPORT, "formula": 0}
    answer = client.post(
        f"/api/projects/{project.slug}/query/people/", json.dumps(asked),
        content_type="application/json", headers=bearer(alice),
    )  # fmt: skip
    assert answer.status_code == 400
    [text] = answer.json()["errors"]["formula"]
    assert "nobody is behind it" in text


@pytest.mark.django_db
def test_a_number_of_one_leads_to_those_that_it_is_made_of(
    happened, client, project, alice, monkeypatch
):
    monkeypatch.setattr(behind, "MADE_OF_WAIT", 0)
    client.force_login(alice)
    page = f"/p/{project.slug}/segmentation/"
    address = (
        "event-0=play&event-1=pay&formula-0=A%2FB&metric=events&granularity=day"
        "&period=custom&start=2026-05-04&end=2026-05-05"
    )
    people = f"{page}people/?{address}&of-formula=0"
    assert "still being computed" in client.get(people).content.decode()
    compute_next()
    shown = client.get(f"{page}?{address}").content.decode()
    assert "of-formula=0" in shown
    whole = client.get(people).content.decode()
    assert re.search(r"<code>A/B</code> = 2\.5\b", whole)
    day = f"{people}&of-granularity=day&of-start=2026-05-0"
    told = client.get(f"{day}4", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in told
    parts = re.findall(r'<td class="num">\s*<a href="([^"]+)"[^>]*>([^<]+)</a>', told)
    assert [text for _, text in parts] == ["4 events", "2 events"]
    listed = client.get(html.unescape(parts[1][0])).content.decode()
    assert "Did pay, day of 2026-05-04" in listed
    assert "ann" in listed
    unknown = client.get(f"{day}5").content.decode()
    assert "= unknown" in unknown
    assert "0 events" in unknown
    assert "no such number" in client.get(f"{day}9").content.decode()
    assert client.get(f"{page}people/?{address}&of-formula=1").status_code == 400


@pytest.mark.django_db
def test_an_alert_watches_one(happened, ask):
    definition = parse(REPORT, NOTHING)
    watched = parse_watched(definition, {"formula": 1, "granularity": "day"})
    assert describe_watched(definition, watched) == "(A - 3) * 2, the last whole day"
    result = parse_result(ask(REPORT))
    assert read(result, watched).value == -4
    with pytest.raises(Invalid) as refused:
        parse_watched(definition, {"formula": 2})
    assert list(refused.value.problems) == ["formula"]


@pytest.mark.django_db
def test_it_is_drawn_and_written_down(happened, ask):
    result = parse_result(ask(REPORT))
    shown = presented(result)
    assert "Plays per payment: 2.5." in shown.sentences()
    assert to_csv(result, asked_of(result)).splitlines()[:2] == [
        "Day,play,pay,Plays per payment,(A - 3) * 2", "Whole period,5,2,2.5,4"
    ]  # fmt: skip
    day, _ = shown.charts()
    # What is below 0 stays inside the frame.
    assert "Plays per payment" in day.svg
    assert 'y="-' not in day.svg
    assert ">-4<" in day.svg
