"""What a funnel may ask beside its steps (contract §3), as stories: who did what, and who got how
far. Minutes after START; what other products' documentation says of a case stands at it."""

import pytest

from analytics.definitions.alerts import Watched
from analytics.definitions.conditions import Catalogue
from analytics.definitions.differences import differences
from analytics.definitions.figures import FunnelFigure, Outcome
from analytics.definitions.parts import Invalid
from analytics.definitions.reports import parse
from analytics.engine.readings import read
from analytics.results import parse_result
from people.values import Type

HOUR, DAY = 60, 24 * 60
MAY = {"start": "2026-05-01", "end": "2026-05-31"}


def asked(*steps, **options):
    return {
        "kind": "funnel",
        "period": MAY,
        "window": {"value": 1, "unit": "day"},
        "steps": [each if isinstance(each, dict) else {"event": each} for each in steps],
        **options,
    }


def reached(result):
    return [step["people"] for step in result["segments"][0]["steps"]]


def did(*events, every=1, **properties):
    """Events one minute after the other."""
    return [(n * every, event, properties) for n, event in enumerate(events)]


# --- Order --------------------------------------------------------------------------------------

ABC = ("a", "b", "c")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("events", "in_order", "strict", "of_any"),
    [
        ("abc", 3, 3, 3),
        # windowFunnel: strict order stops at the D of A B D C; ServiceNow: A B D C matches A B C.
        ("abdc", 3, 2, 3),
        ("abe", 2, 2, 2),
        ("acb", 2, 1, 3),
        ("cba", 1, 1, 3),
        # Amplitude: in exact order whoever deviates has dropped off; a later attempt may be whole.
        ("adbc", 3, 1, 3),
        ("adabc", 3, 3, 3),
        ("aabc", 3, 3, 3),
        ("abbc", 3, 2, 3),
        ("bc", 0, 0, 2),
        ("d", 0, 0, 0),
    ],
)
def test_each_order_by_one_persons_events(journeys, ask, events, in_order, strict, of_any):
    journeys(ann=did(*events))
    for order, level in (("in_order", in_order), ("strict", strict), ("any", of_any)):
        assert sum(reached(ask(asked(*ABC, order=order)))) == level, order


@pytest.mark.django_db
def test_a_repeated_event_of_four_steps(journeys, ask):
    """Apache Doris, StarRocks: of A B C B D the deduplicating mode counts A B C, the plain all."""
    journeys(ann=did(*"abcbd"))
    assert reached(ask(asked(*"abcd"))) == [1, 1, 1, 1]
    assert reached(ask(asked(*"abcd", order="strict"))) == [1, 1, 1, 0]


@pytest.mark.django_db
def test_four_searches_and_one_purchase_are_one_conversion(journeys, ask):
    """Amplitude's example: search × 4, then add to cart; and a funnel may ask for a step twice."""
    journeys(ann=did("search", "search", "search", "search", "add"))
    for order in ("in_order", "strict", "any"):
        assert reached(ask(asked("search", "add", order=order))) == [1, 1]
    assert reached(ask(asked("search", "search", "add", order="strict"))) == [1, 1, 1]
    five = asked(*["search"] * 5, "add")
    assert reached(ask(five)) == [1, 1, 1, 1, 0, 0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("events", "steps", "reached_by", "taken"),
    [
        # Whoever enters again before the window of the first entry has ended still converts.
        ([(0, "a"), (30, "a"), (45, "b"), (75, "c")], "abc", [1, 1, 1], [15, 30]),
        ([(0, "a"), (61, "a"), (70, "b")], "ab", [1, 1], [9]),
        ([(0, "a"), (50, "a"), (70, "b")], "ab", [1, 1], [20]),
        # Of several entries before the next step the latest is the funnel's.
        ([(0, "a"), (10, "a"), (20, "a"), (25, "b")], "ab", [1, 1], [5]),
        # Of two conversions the first; of the later steps their first instance.
        ([(0, "a"), (10, "b"), (20, "a"), (21, "b")], "ab", [1, 1], [10]),
        ([(0, "a"), (10, "b"), (20, "b"), (30, "c"), (40, "c")], "abc", [1, 1, 1], [10, 20]),
    ],
)
def test_who_enters_again(journeys, ask, events, steps, reached_by, taken):
    """Mixpanel's examples of re-entry, with a window of an hour: what it calls optimized."""
    journeys(ann=events)
    result = ask(asked(*steps, window={"value": 1, "unit": "hour"}))
    assert reached(result) == reached_by
    found = [step["median_seconds"] for step in result["segments"][0]["steps"]]
    assert found == [None, *[minutes * 60 for minutes in taken]]


@pytest.mark.django_db
def test_equal_times_stand_in_any_order_also_strictly(journeys, ask):
    journeys(
        ann=[(0, "b"), (0, "a")],
        # Whatever else happens at the same time can stand before or after them.
        bob=[(0, "a"), (0, "d"), (0, "b")],
        cid=[(0, "a"), (1, "d"), (1, "b")],
        # There is no order in which nothing stands between.
        dan=[(0, "a"), (1, "d"), (2, "b")],
    )
    assert reached(ask(asked("a", "b", order="strict"))) == [4, 3]


@pytest.mark.django_db
def test_in_any_order_the_steps_are_so_many_of_all(journeys, ask):
    journeys(ann=did("c", "a"), bob=did("b"), cid=did("a", "b", "c"))
    [segment] = ask(asked(*ABC, order="any"))["segments"]
    assert [(step["label"], step["people"]) for step in segment["steps"]] == [
        ("1 of 3", 3),
        ("2 of 3", 2),
        ("3 of 3", 1),
    ]


# --- The window ---------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("order", ["in_order", "any", "strict"])
def test_the_window_counts_to_the_millisecond_in_every_order(journeys, ask, order):
    late = HOUR + 1 / 60_000
    journeys(ann=[(0, "a"), (HOUR, "b")], bob=[(0, "a"), (late, "b")])
    assert reached(ask(asked("a", "b", order=order, window={"value": 1, "unit": "hour"}))) == [2, 1]


@pytest.mark.django_db
def test_in_any_order_it_is_from_the_earliest_to_the_latest(journeys, ask):
    journeys(ann=[(0, "c"), (40, "a"), (70, "b")], bob=[(0, "c"), (30, "a"), (60, "b")])
    hour = {"value": 1, "unit": "hour"}
    assert reached(ask(asked(*ABC, order="any", window=hour))) == [2, 2, 1]


@pytest.mark.django_db
def test_login_visit_order_pay_within_five_minutes(journeys, ask):
    """Apache Doris' example: the payment comes nine minutes after the login."""
    journeys(ann=[(1, "login"), (2, "visit"), (4, "order"), (10, "pay")])
    steps = asked("login", "visit", "order", "pay", window={"value": 5, "unit": "minute"})
    assert reached(ask(steps)) == [1, 1, 1, 0]


# --- Exclusions ---------------------------------------------------------------------------------


def without(event, after=0, before=1, **others):
    return {"exclusions": [{"event": event, "after": after, "before": before, **others}]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("events", "people"),
    [
        ([(0, "a"), (5, "b")], [1, 1]),
        ([(0, "a"), (3, "x"), (5, "b")], [1, 0]),
        # Neither before nor after them, nor at the same time as one of them.
        ([(0, "x"), (1, "a"), (5, "b"), (6, "x")], [1, 1]),
        ([(0, "a"), (0, "x"), (5, "b"), (5, "x")], [1, 1]),
        # Another attempt of the same person goes on: PostHog takes the person out as a whole.
        ([(0, "a"), (3, "x"), (5, "b"), (7, "a"), (9, "b")], [1, 1]),
        ([(0, "a"), (3, "x"), (4, "a"), (5, "b")], [1, 1]),
        ([(0, "a"), (1, "b"), (3, "x"), (5, "b")], [1, 1]),
    ],
)
def test_what_must_not_happen_between_two_steps(journeys, ask, events, people):
    journeys(ann=events)
    assert reached(ask(asked("a", "b", **without("x")))) == people


@pytest.mark.django_db
def test_an_exclusion_stops_from_its_second_step_on(journeys, ask):
    journeys(
        ann=did("a", "b", "x", "c"),
        bob=did("a", "x", "b", "c"),
        cid=did("a", "b", "c"),
    )
    assert reached(ask(asked(*ABC, **without("x", 0, 2)))) == [3, 3, 1]
    assert reached(ask(asked(*ABC, **without("x", 0, 1)))) == [3, 2, 2]
    assert reached(ask(asked(*ABC, **without("x", 1, 2)))) == [3, 3, 2]


@pytest.mark.django_db
def test_an_exclusion_has_filters_and_is_never_an_event_of_the_attempt(journeys, ask):
    journeys(
        ann=[(0, "a"), (1, "x", {"to": "rival"}), (2, "b")],
        bob=[(0, "a"), (1, "x", {"to": "friend"}), (2, "b")],
    )
    rival = {"filters": [{"property": "to", "operator": "is", "value": ["rival"]}]}
    assert reached(ask(asked("a", "b", **without("x", **rival)))) == [2, 1]
    assert reached(ask(asked("a", "x", "b", **without("x", 0, 2)))) == [2, 2, 2]


# --- Held properties ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_all_steps_of_an_attempt_have_the_same_value(journeys, ask):
    """Amplitude: with a property held it has to be in all events of the funnel."""
    journeys(
        ann=[(0, "look", {"item": "hat"}), (1, "buy", {"item": "hat"})],
        bob=[(0, "look", {"item": "hat"}), (1, "buy", {"item": "tie"})],
        cid=[
            (0, "look", {"item": "hat"}),
            (1, "look", {"item": "tie"}),
            (2, "buy", {"item": "hat"}),
        ],
        dan=[(0, "look", {"item": "hat"}), (1, "buy")],
        eve=[(0, "look"), (1, "buy", {"item": "hat"})],
    )
    assert reached(ask(asked("look", "buy"))) == [5, 5]
    assert reached(ask(asked("look", "buy", hold=["item"]))) == [4, 2]


@pytest.mark.django_db
def test_only_what_has_the_held_value_excludes(journeys, ask):
    journeys(
        ann=[(0, "a", {"order": 1}), (1, "x", {"order": 2}), (2, "b", {"order": 1})],
        bob=[(0, "a", {"order": 1}), (1, "x", {"order": 1}), (2, "b", {"order": 1})],
        cid=[(0, "a", {"order": 1}), (1, "x"), (2, "b", {"order": 1})],
    )
    assert reached(ask(asked("a", "b", hold=["order"], **without("x")))) == [3, 2]


# --- Over time ----------------------------------------------------------------------------------


def days(result, *starts):
    buckets = {each["start"]: each for each in result["segments"][0]["over_time"]}
    return [(buckets[f"2026-05-{day:02}"]["people"], buckets[f"2026-05-{day:02}"]["converted"])
            for day in starts]  # fmt: skip


@pytest.mark.django_db
def test_a_person_counts_once_a_bucket_by_the_attempts_that_begin_in_it(journeys, ask):
    """Amplitude's example: step 1 on three days, step 2 the day after the first two of them. The
    funnel says 100 %, and the days 100 %, 100 % and 0 %."""
    journeys(
        ann=[
            (0, "one"), (DAY, "two"), (4 * DAY, "one"), (5 * DAY, "two"), (19 * DAY, "one"),
        ]
    )  # fmt: skip
    result = ask(asked("one", "two", over_time={"granularity": "day"}))
    assert result["segments"][0]["conversion"] == 1
    assert days(result, 4, 8, 23) == [(1, 1), (1, 1), (1, 0)]
    assert days(result, 5) == [(0, 0)]


@pytest.mark.django_db
def test_the_bucket_is_that_of_the_first_event_wherever_the_last_one_lies(journeys, ask):
    # Midnight in Zagreb is 22:00 UTC, 12 hours on.
    journeys(ann=[(12 * HOUR - 1, "one"), (12 * HOUR + 1, "two")], bob=[(12 * HOUR, "one")])
    result = ask(asked("one", "two", over_time={"granularity": "day"}))
    assert days(result, 4, 5) == [(1, 1), (1, 0)]
    weeks = ask(asked("one", "two", over_time={"granularity": "week"}))["segments"][0]["over_time"]
    assert [(each["start"], each["partial"]) for each in weeks] == [
        ("2026-04-27", True),
        ("2026-05-04", False),
        ("2026-05-11", False),
        ("2026-05-18", False),
        ("2026-05-25", False),
    ]


# --- Time to convert ----------------------------------------------------------------------------


def took(result):
    return result["segments"][0]["time_to_convert"]


def bars(result):
    return [(each["from"], each["to"], each["people"]) for each in took(result)["bins"]]


def timed(bins=4, since=0, to=1):
    return {"time_to_convert": {"from": since, "to": to, "bins": bins}}


@pytest.mark.django_db
def test_a_time_on_an_edge_is_of_the_later_bar_and_the_longest_of_the_last(journeys, ask):
    journeys(**{f"p{n}": [(0, "a"), (minutes, "b")] for n, minutes in enumerate((0, 1, 2, 3, 4))})
    result = ask(asked("a", "b", **timed()))
    assert bars(result) == [(0, 60, 1), (60, 120, 1), (120, 180, 1), (180, 240, 2)]
    assert (took(result)["average_seconds"], took(result)["median_seconds"]) == (120, 120)


@pytest.mark.django_db
def test_one_value_is_one_bar_and_nobody_none(journeys, ask):
    journeys(ann=[(0, "a"), (5, "b")], bob=[(9, "a"), (14, "b")])
    assert bars(ask(asked("a", "b", **timed()))) == [(300, 300, 2)]
    nobody = ask(asked("a", "c", **timed()))
    assert took(nobody) == {
        "people": 0,
        "average_seconds": None,
        "median_seconds": None,
        "bins": [],
    }


@pytest.mark.django_db
def test_the_time_is_that_of_the_counted_attempt(journeys, ask):
    """Entered as late as possible, then on as early as possible; of who stops before nothing."""
    journeys(
        ann=[(0, "a"), (10, "a"), (12, "b"), (15, "b"), (20, "c"), (30, "c")],
        bob=[(0, "a"), (1, "b")],
    )
    assert bars(ask(asked(*ABC, **timed(to=2)))) == [(600, 600, 1)]
    assert bars(ask(asked(*ABC, **timed(since=1, to=2)))) == [(480, 480, 1)]
    assert took(ask(asked(*ABC, **timed())))["people"] == 2


# --- What watches it ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_alert_reads_how_many_of_the_steps_in_any_order(journeys, ask):
    journeys(ann=did("c", "a"), bob=did("b"), cid=did("a", "b", "c"))
    definition = asked(*ABC, order="any", **timed(), over_time={"granularity": "day"})
    result = parse_result(ask(definition))
    second = FunnelFigure(step=1)
    assert second.words(parse(definition, Catalogue())) == "Reached 2 of 3"
    assert read(result, Watched(second)).value == 2
    assert read(result, Watched(second, of="previous")).value == 2 / 3
    dropped = FunnelFigure(step=2, outcome=Outcome.DROPPED)
    assert read(result, Watched(dropped)).value == 1


# --- Together, and what does not go together ----------------------------------------------------


@pytest.mark.django_db
def test_whoever_is_excluded_or_holds_another_value_is_behind_no_time(journeys, ask):
    journeys(
        ann=[(0, "a", {"k": 1}), (4, "b", {"k": 1})],
        bob=[(0, "a", {"k": 1}), (1, "x", {"k": 1}), (2, "b", {"k": 1})],
        cid=[(0, "a", {"k": 1}), (6, "b", {"k": 2})],
    )
    rules = {"hold": ["k"], **without("x"), **timed(), "over_time": {"granularity": "month"}}
    result = ask(asked("a", "b", **rules))
    assert bars(result) == [(240, 240, 1)]
    [month] = result["segments"][0]["over_time"]
    assert (month["people"], month["converted"]) == (3, 1)


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"order": "any", **without("x")}, "exclusions"),
        ({"order": "strict", **without("x")}, "exclusions"),
        (without("x", 1, 1), "exclusions.0.before"),
        (without("x", 0, 3), "exclusions.0.before"),
        (without("x", -1, 1), "exclusions.0.after"),
        ({"exclusions": without("x")["exclusions"] * 6}, "exclusions"),
        ({"hold": ["a", "a"]}, "hold"),
        ({"hold": ["a", "b", "c", "d"]}, "hold"),
        ({"hold": [""]}, "hold.0"),
        ({"over_time": {"granularity": "year"}}, "over_time.granularity"),
        ({"over_time": {}}, "over_time.granularity"),
        (timed(since=1, to=1), "time_to_convert.to"),
        (timed(to=3), "time_to_convert.to"),
        (timed(bins=0), "time_to_convert.bins"),
        (timed(bins=101), "time_to_convert.bins"),
        ({"order": "sideways"}, "order"),
    ],
)
def test_what_does_not_go_together_is_told_at_its_path(options, path):
    with pytest.raises(Invalid) as refused:
        parse(asked(*ABC, **options), Catalogue())
    assert list(refused.value.problems) == [path]


def test_every_exclusion_that_is_wrong_is_told_at_once():
    wrong = [{"event": "x", "after": 0, "before": n} for n in (4, 1, 5)]
    with pytest.raises(Invalid) as refused:
        parse(asked(*ABC, exclusions=wrong), Catalogue())
    assert list(refused.value.problems) == ["exclusions.0.before", "exclusions.2.before"]


def test_what_changed_is_told_in_words():
    rules = {"hold": ["k"], **without("x"), **timed(), "over_time": {"granularity": "week"}}
    before, after = (parse(asked(*ABC, **each), Catalogue()) for each in ({}, rules))
    assert differences(before, after, {}) == [
        "held property 1 added: k",
        "exclusion 1 added: no x between step 1 and 2",
        "over time added: by week",
        "time to convert added: from step 1 to 2 in 4 bars",
    ]
    strictly = parse(asked(*ABC, order="strict"), Catalogue())
    assert differences(before, strictly, {}) == [
        "order in this order → in this order, with nothing else between"
    ]


def test_a_property_that_holds_lists_is_not_held():
    listed = Catalogue(properties={each: {"tags": Type.LIST} for each in ("a", "x")})
    rules = {"hold": ["k", "tags"], **without("x")}
    with pytest.raises(Invalid) as refused:
        parse(asked("a", "b", **rules), listed)
    assert list(refused.value.problems) == ["hold.1"]
