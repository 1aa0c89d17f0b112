"""Who reaches each step (contract §3), as journeys and answers."""

import random
from itertools import permutations

import pytest

MAY = {"start": "2026-05-01", "end": "2026-05-31"}
FUNNEL = {
    "kind": "funnel",
    "period": MAY,
    "window": {"value": 1, "unit": "day"},
    "steps": [{"event": "signup"}, {"event": "buy"}],
}
DAY = 24 * 60
PERIOD_END = 27 * DAY + 12 * 60  # midnight after 31 May in Zagreb is 22:00 UTC, 27.5 days on


def reached(result, segment=0):
    return [step["people"] for step in result["segments"][segment]["steps"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "people"),
    [
        ({}, [3, 2]),
        ({"window": {"value": 1, "unit": "hour"}}, [3, 1]),
        ({"window": {"value": 5, "unit": "minute"}}, [3, 1]),
        ({"window": {"value": 299, "unit": "second"}}, [3, 0]),
        ({"period": {"start": "2026-05-05", "end": "2026-05-31"}}, [0, 0]),
    ],
)
def test_who_reaches_each_step(journeys, ask, changes, people):
    journeys(ann=[(0, "signup"), (5, "buy")], bob=[(0, "signup"), (90, "buy")], cid=[(0, "signup")])
    assert reached(ask(FUNNEL | changes)) == people


@pytest.mark.django_db
def test_the_whole_result(journeys, ask):
    journeys(ann=[(0, "signup"), (5, "buy")], bob=[(9, "signup")], cid=[(0, "buy")])
    result = ask(FUNNEL)
    assert result.pop("as_of").endswith("Z")
    assert result == {
        "kind": "funnel",
        "timezone": "Europe/Zagreb",
        "period": MAY,
        "warnings": [],
        "segments": [
            {
                "name": "Everybody",
                "size": 3,
                "conversion": 0.5,
                "still_open": 0,
                "steps": [
                    {
                        "label": "signup",
                        "people": 2,
                        "of_previous": 1.0,
                        "of_first": 1.0,
                        "dropped": 0,
                        "dropped_share": 0.0,
                        "median_seconds": None,
                    },
                    {
                        "label": "buy",
                        "people": 1,
                        "of_previous": 0.5,
                        "of_first": 0.5,
                        "dropped": 1,
                        "dropped_share": 0.5,
                        "median_seconds": 300.0,
                    },
                ],
            }
        ],
    }


@pytest.mark.django_db
def test_nobody_leaves_shares_unknown(journeys, ask):
    journeys(ann=[(0, "other")])
    segment = ask(FUNNEL)["segments"][0]
    assert segment["conversion"] is None
    assert {step["of_previous"] for step in segment["steps"]} == {None}
    assert reached({"segments": [segment]}) == [0, 0]


@pytest.mark.django_db
def test_equal_times_count_in_either_order_and_one_event_fills_one_step(journeys, ask):
    journeys(ann=[(0, "buy"), (0, "signup")], bob=[(0, "signup")])
    assert reached(ask(FUNNEL)) == [2, 1]
    twice = FUNNEL | {"steps": [{"event": "signup"}, {"event": "signup"}]}
    assert reached(ask(twice)) == [2, 0]


@pytest.mark.django_db
def test_one_complete_attempt_counts_whatever_the_others_did(journeys, ask):
    short = FUNNEL | {"window": {"value": 10, "unit": "minute"}}
    journeys(
        ann=[(0, "signup"), (60, "signup"), (65, "buy"), (300, "signup")],
        bob=[(0, "signup"), (8, "signup"), (12, "buy")],
    )
    assert reached(ask(short)) == [2, 2]


@pytest.mark.django_db
def test_overlapping_steps(journeys, ask):
    steps = [
        {"event": "play"},
        {"event": "play", "filters": [{"property": "genre", "operator": "is", "value": ["jazz"]}]},
    ]
    journeys(
        ann=[(0, "play", {"genre": "jazz"})],
        bob=[(0, "play", {"genre": "jazz"}), (1, "play", {"genre": "rock"})],
        cid=[(0, "play", {"genre": "rock"}), (1, "play", {"genre": "jazz"})],
    )
    assert reached(ask(FUNNEL | {"steps": steps})) == [3, 1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("completion", "people"), [("within_period", [2, 1]), ("after_period", [2, 2])]
)
def test_completion(journeys, ask, completion, people):
    journeys(
        ann=[(PERIOD_END - 10, "signup"), (PERIOD_END + 10, "buy")],
        bob=[(PERIOD_END - 10, "signup"), (PERIOD_END - 1, "buy")],
        cid=[(PERIOD_END, "signup"), (PERIOD_END + 1, "buy")],
    )
    assert reached(ask(FUNNEL | {"completion": completion})) == people


@pytest.mark.django_db
def test_the_window_is_inclusive_to_the_millisecond(journeys, ask):
    journeys(ann=[(0, "signup"), (60, "buy")], bob=[(0, "signup"), (60 + 1 / 60_000, "buy")])
    assert reached(ask(FUNNEL | {"window": {"value": 1, "unit": "hour"}})) == [2, 1]


@pytest.mark.django_db
def test_two_segments(journeys, ask):
    journeys(
        ann=[{"country": "HR"}, (0, "signup"), (5, "buy")],
        bob=[{"country": "SI"}, (0, "signup")],
        cid=[(0, "signup")],
    )
    result = ask(
        FUNNEL
        | {
            "segments": [
                {
                    "name": "Croatia",
                    "condition": {
                        "all": [{"attribute": "country", "operator": "is", "value": ["HR"]}]
                    },
                },
                {
                    "name": "Elsewhere",
                    "condition": {
                        "all": [{"attribute": "country", "operator": "is_not", "value": ["HR"]}]
                    },
                },
            ]
        }
    )
    assert [each["size"] for each in result["segments"]] == [1, 2]
    assert [reached(result, 0), reached(result, 1)] == [[1, 1], [2, 0]]


def furthest(events, steps, window):
    """Contract §3 by trying every choice of different events, slow and obvious."""
    for count in range(len(steps), 0, -1):
        for chosen in permutations(events, count):
            times = [time for time, _ in chosen]
            fits = all(kind in step for (_, kind), step in zip(chosen, steps, strict=False))
            if fits and times == sorted(times) and times[-1] - times[0] <= window:
                return count
    return 0


@pytest.mark.django_db
def test_random_journeys_against_brute_force(journeys, ask):
    rng = random.Random(7)
    people = {
        f"p{n}": [(rng.randrange(6), rng.choice("abc")) for _ in range(rng.randrange(1, 7))]
        for n in range(300)
    }
    people = {name: sorted(set(steps)) for name, steps in people.items()}
    journeys(**people)
    for names in (["a", "b"], ["a", "a", "b"], ["a", "b", "c"], ["b", "b"]):
        for window in (1, 3, 60):
            definition = FUNNEL | {
                "steps": [{"event": name} for name in names],
                "window": {"value": window, "unit": "minute"},
            }
            levels = [furthest(steps, names, window) for steps in people.values()]
            expected = [sum(level > k for level in levels) for k in range(len(names))]
            assert reached(ask(definition)) == expected, (names, window)


def test_of_several_entries_at_one_time_the_value_that_sorts_first_is_the_group(journeys, ask):
    """Whichever of them fills step 1, and whatever else they fit."""
    journeys(ann=[(0, "look", {"genre": "rock"}), (0, "look", {"genre": "jazz", "n": 1})])
    once = {"event": "look", "filters": [{"property": "n", "operator": "is", "value": [1]}]}
    steps = [{"event": "look"}, once]
    report = FUNNEL | {"steps": steps, "breakdown": {"property": "genre"}}
    [segment] = ask(report)["segments"]
    assert [step["people"] for step in segment["steps"]] == [1, 1]
    assert [group["value"] for group in segment["breakdown"]] == ["jazz"]
