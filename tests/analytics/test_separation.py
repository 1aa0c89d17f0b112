"""What separates who went on in a funnel from who was lost: counted, and listed beyond chance."""

import pytest

from analytics.definitions.conditions import AttributeCondition, PropertyFilter
from analytics.definitions.figures import parse_figure
from analytics.definitions.operators import Operator
from analytics.definitions.reports import parse
from analytics.engine.funnel.separation import Separation, Separator
from analytics.models import Question, catalogue_of
from analytics.presentation.separation import narrowed, ranked
from analytics.store import loader

FUNNEL = {
    "kind": "funnel",
    "period": {"start": "2026-05-01", "end": "2026-05-31"},
    "window": {"value": 1, "unit": "hour"},
    "steps": [{"event": "look"}, {"event": "pay"}],
}


def person(n):
    """Two of three in Croatia pay, one of four elsewhere; the price they look at tells more."""
    croat, pays = n % 2 == 0, (n % 3 != 0 if n % 2 == 0 else n % 4 == 1)
    steps = [
        {"country": "HR" if croat else "SI", "age": n, "likes": ["jazz"] if pays else ["rock"]},
        (0, "look", {"price": 5}),
        # The attempt that counts begins later, with another price.
        (30, "look", {"price": 1 if pays else 9}),
    ]
    return steps + ([(40, "pay")] if pays else [])


@pytest.fixture
def found(project, journeys):
    journeys(**{f"p{n}": person(n) for n in range(240)})
    loader.drain(project.pk)

    def separated(definition, figure):
        question = Question.of(project, definition)
        return question.separation(parse_figure(question.definition, figure))

    return separated


def both(found, words):
    [each] = [each for each in found.separators if str(each.test) == words]
    return each.went_on, each.lost


@pytest.mark.django_db
def test_each_value_is_counted_on_both_sides(found):
    told = found(FUNNEL, {"step": 1})
    # Of 120 Croats 80 pay, of 120 others 60.
    assert (told.went_on, told.lost) == (140, 100)
    assert both(told, "country is HR") == (80, 40)
    assert both(told, "country is SI") == (60, 60)
    assert both(told, "likes contains jazz") == (140, 0)
    # Who is lost stays at step 1 with the first look; a number is told apart at its median.
    prices = [e for e in told.separators if getattr(e.test, "property", "") == "price"]
    assert {(str(e.test), e.went_on, e.lost) for e in prices} == {
        ("price is at most 1.0", 140, 0),
        ("price is greater than 1.0", 0, 100),
    }


KINDS = [(5.0, True, ["a", "b", "a"]), (7.0, False, []), (None, None, None), (9.0, True, ["b"])]

OWN = {"price", "cheap", "tags", "code"}


def of_kinds(n, *, at_once):
    """Somebody with values of every type; `at_once`: of two looks at one time, with others each."""
    price, cheap, tags = KINDS[n % 4]
    values = {"price": price, "cheap": cheap, "tags": tags, "code": f"n{n % 60}"}
    own = {name: each for name, each in values.items() if each is not None}
    looks = [(0, "look", own), *([(0, "look", {"price": 6, "code": "a"})] if at_once else [])]
    return [own, *looks, *([(1, "pay")] if n % 3 else [])]


@pytest.mark.django_db
def test_values_of_every_type_are_counted_as_they_are_read_one_by_one(project, journeys):
    journeys(**{f"p{n}": of_kinds(n, at_once=False) for n in range(240)})
    loader.drain(project.pk)
    told = separated(project)
    expected = {}
    for n in range(240):
        price, cheap, tags = KINDS[n % 4]
        half = "at most" if price in (5, 7) else "greater than"
        words = {
            f"price is {half} 7.0" if price else "price is empty",
            f"cheap is {str(cheap).lower()}" if price else "cheap is empty",
            f"code is n{n % 60}",
            *({f"tags contains {each}" for each in tags or ()} or {"tags is empty"}),
        }
        for each in words:
            expected.setdefault(each, [0, 0])[not n % 3] += 1
    for kind in (AttributeCondition, PropertyFilter):
        found = [each for each in told.separators if isinstance(each.test, kind)]
        counted = {str(each.test): [each.went_on, each.lost] for each in found}
        # Everybody has attributes that nobody sent, too.
        counted = {words: pair for words, pair in counted.items() if words.split()[0] in OWN}
        codes = [each for each in counted if each.startswith("code")]
        # Of 60 that are as frequent the first 50.
        assert codes == [f"code is {each}" for each in sorted(f"n{n}" for n in range(60))[:50]]
        assert counted == {e: expected[e] for e in expected if e in codes or e[:4] != "code"}


@pytest.mark.django_db
def test_of_several_entries_at_one_time_one_counts_the_same_each_time(project, journeys):
    journeys(**{f"p{n}": of_kinds(n, at_once=n % 2 == 0) for n in range(40)})
    loader.drain(project.pk)
    told = separated(project)
    for name in ("price", "cheap", "code"):
        mine = [e for e in told.separators if getattr(e.test, "property", "") == name]
        assert (sum(e.went_on for e in mine), sum(e.lost for e in mine)) == (26, 14), name
    # The one whose id sorts first: of those of journeys the one with "cheap" before "code".
    assert not [e for e in told.separators if str(e.test) == "code is a"]


def separated(project):
    question = Question.of(project, FUNNEL)
    return question.separation(parse_figure(question.definition, {"step": 1}))


@pytest.mark.django_db
def test_rules_of_the_funnel_hold_here_too(found):
    told = found(FUNNEL | {"order": "any"}, {"step": 1})
    assert (told.went_on, told.lost) == (140, 100)
    assert found(FUNNEL, {"step": 0}) is None


def counts(*pairs):
    return tuple(
        Separator(
            AttributeCondition.model_construct(
                attribute=f"a{n}", operator=Operator.IS, value=["x"]
            ),
            *pair,
        )
        for n, pair in enumerate(pairs)
    )


def test_only_what_is_beyond_chance_is_listed_the_strongest_first():
    noise = [(50 + n % 5, 50 - n % 3) for n in range(40)]
    told = ranked(Separation(100, 100, counts((90, 10), (70, 40), (20, 2), *noise, (100, 99))))
    assert [each.words for each in told] == ["a0 is x", "a1 is x"]
    first = told[0]
    assert (first.of_went_on, first.of_lost, first.conversion, first.lift) == (0.9, 0.1, 0.9, 1.8)
    assert 0.8 < first.low < 0.9 < first.high < 1


@pytest.mark.django_db
def test_each_leads_to_the_funnel_of_those_who_meet_it(found, project):
    told = found(FUNNEL, {"step": 1})
    for each in told.separators:
        asked = narrowed(Question.of(project, FUNNEL).definition, each)
        again = parse(asked, catalogue_of(project))
        assert again.segments or again.steps[0].filters
