"""Why somebody is not counted at the next step, in one sentence, and the events that do count."""

import pytest

from analytics.engine.funnel.misses import Reason
from analytics.models import Question
from analytics.store import loader
from people.models import Person
from tests.journeys import START, moment

pytestmark = pytest.mark.django_db
DAY = 24 * 60
FUNNEL = {
    "kind": "funnel",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "window": {"value": 1, "unit": "hour"},
    "steps": [
        {"event": "look"},
        {"event": "pay",
         "filters": [{"property": "amount", "operator": "at_least", "value": 10}]},
    ],
}  # fmt: skip
RICH, POOR = {"amount": 20}, {"amount": 5}


@pytest.fixture
def told(project, journeys):
    """told(steps, definition): the Why of one person who did these."""

    def tell(steps, definition=FUNNEL, at=None):
        journeys(ann=steps)
        loader.drain(project.pk)
        ann = Person.objects.get()
        return Question.of(project, definition, now=at).whys([ann.pk]).get(ann.pk)

    return tell


@pytest.mark.parametrize(
    ("steps", "reason", "sentence"),
    [
        ([(0, "look")], Reason.NEVER, "Never did pay"),
        (
            [(0, "look"), (61, "pay", RICH)],
            Reason.AFTER_WINDOW,
            "Did pay after the window had ended",
        ),
        (
            [(0, "pay", RICH), (5, "look")],
            Reason.BEFORE_PREVIOUS,
            "Did pay before the previous step, not after it",
        ),
        (
            [(0, "look"), (DAY * 40, "pay", RICH)],
            Reason.OUTSIDE_PERIOD,
            "Did pay outside of the period",
        ),
        (
            [(0, "look"), (5, "pay", POOR)],
            Reason.FILTER,
            "Did pay, but not where amount is at least 10",
        ),
        ([(DAY * 40, "look")], Reason.OUTSIDE_PERIOD, "Did look outside of the period"),
        ([(0, "pay", RICH)], Reason.NEVER, "Never did look"),
    ],
)
def test_the_miss_that_came_closest_is_told(told, steps, reason, sentence):
    why = told(steps)
    assert (why.reason, str(why)) == (reason, sentence)
    assert not why.is_complete


def test_who_is_complete_has_no_reason(told):
    why = told([(0, "look"), (30, "look"), (60, "pay", RICH)])
    assert (why.is_complete, why.reason, str(why)) == (True, None, "Complete")
    assert [(str(each.step.event), each.at.isoformat()) for each in why.filled] == [
        ("look", moment(30).replace(".000", "")),
        ("pay", moment(60).replace(".000", "")),
    ]


def test_one_event_is_not_two_steps(told):
    twice = FUNNEL | {"steps": [{"event": "look"}, {"event": "look"}]}
    assert told([(0, "look")], twice).reason is Reason.SAME_EVENT


def test_an_open_window_is_no_miss(told):
    why = told([(0, "look")], at=START)
    assert why.reason is Reason.STILL_OPEN
    assert str(why) == "Has not done pay yet; the window is still open"


def test_who_did_nothing_of_it_is_not_told_of(told):
    assert told([(0, "other")]) is None


FIRST = FUNNEL | {"steps": [{"event": "look"}, {"event": "pay", "first_time": True}]}
SEVERAL = FUNNEL | {
    "steps": [{"event": "look"}, {"any_of": [FUNNEL["steps"][1], {"event": "give"}]}]
}


@pytest.mark.parametrize(
    ("steps", "definition", "sentence"),
    [
        ([(-9, "pay"), (0, "look"), (5, "pay")], FIRST, "Did pay, but not for the first time"),
        ([(0, "look"), (5, "pay", POOR)], SEVERAL,
         "Did pay or give, but not where amount is at least 10"),
        ([(0, "look")], SEVERAL, "Never did pay or give"),
        ([(0, "look"), (5, "give")], SEVERAL, "Complete"),
    ],
)  # fmt: skip
def test_first_times_and_one_of_several(told, steps, definition, sentence):
    assert str(told(steps, definition)) == sentence


TWO = [{"event": "look"}, {"event": "pay"}]
HELD = FUNNEL | {"steps": TWO, "hold": ["order"]}
EXCLUDED = FUNNEL | {"steps": TWO, "exclusions": [{"event": "leave", "after": 0, "before": 1}]}
STRICT = FUNNEL | {"steps": TWO, "order": "strict"}
ANY = FUNNEL | {"steps": [*TWO, {"event": "give"}], "order": "any"}
ONE, OTHER = {"order": "1"}, {"order": "2"}


@pytest.mark.parametrize(
    ("steps", "definition", "reason", "sentence"),
    [
        ([(0, "look", ONE), (5, "pay", OTHER)], HELD, Reason.OTHER_VALUE,
         "Did pay, but not with the same order"),
        ([(0, "look"), (5, "pay", ONE)], HELD, Reason.NO_VALUE, "Did look, but without order"),
        ([(0, "look", ONE), (5, "pay")], HELD, Reason.NO_VALUE, "Did pay, but without order"),
        ([(0, "look"), (3, "leave"), (5, "pay")], EXCLUDED, Reason.EXCLUDED,
         "Did pay, but leave came between"),
        ([(0, "look"), (3, "read"), (5, "pay")], STRICT, Reason.BETWEEN,
         "Did pay, but something else came between"),
        ([(0, "pay"), (5, "look")], ANY, Reason.NEVER, "Never did give"),
        ([(0, "pay"), (5, "look"), (200, "give")], ANY, Reason.TOO_FAR,
         "Did give too long before or after the others"),
        ([(0, "pay"), (5, "give"), (-200, "look")], ANY, Reason.TOO_FAR,
         "Did look too long before or after the others"),
        ([(0, "look", ONE), (5, "pay", ONE)], HELD, None, "Complete"),
        ([(0, "look"), (5, "pay"), (6, "leave")], EXCLUDED, None, "Complete"),
        ([(-1, "read"), (0, "look"), (5, "pay")], STRICT, None, "Complete"),
        ([(0, "give"), (3, "pay"), (5, "look")], ANY, None, "Complete"),
    ],
)  # fmt: skip
def test_why_the_rules_of_a_funnel_keep_somebody_out(told, steps, definition, reason, sentence):
    why = told(steps, definition)
    assert (why.reason, str(why)) == (reason, sentence)


@pytest.mark.parametrize("rules", [FUNNEL, EXCLUDED, STRICT, ANY])
@pytest.mark.parametrize("steps", [TWO, TWO[::-1]])
def test_of_equal_times_either_comes_first(told, steps, rules):
    why = told([(0, "look"), (0, "pay")], rules | {"steps": steps})
    assert why.is_complete
