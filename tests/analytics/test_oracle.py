"""Whole results against the contract in plain Python, on drawn worlds and drawn definitions.

2,000 examples on the embedded default, 400 more with Postgres as the record, which changes how
events get into the store. For a longer run set ORACLE_EXAMPLES=50000.
"""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics import engine
from analytics.definitions.conditions import InlineSegment
from analytics.definitions.events import AnyEntry
from analytics.definitions.figures import Figure, parse_figure
from analytics.definitions.parts import Invalid
from analytics.definitions.periods import Window
from analytics.definitions.reports import parse_condition
from analytics.definitions.steps import Order
from analytics.engine.funnel import solve
from analytics.engine.funnel.rules import Found, Rules, Trails
from analytics.engine.segmentation.running import Running
from analytics.engine.writer import Writer
from analytics.models import Question, fetch
from analytics.models.scopes import scope_of
from analytics.results import parse_result
from analytics.store import loader
from people.ingest.messages import Id, Identify, Kind, Track
from people.ingest.record import record
from people.models import (
    AttributeDefinition,
    EventDefinition,
    Person,
    Project,
    PropertyDefinition,
)
from tests import oracle
from tests.oracle.funnel import journey
from tests.oracle.periods import days_of
from tests.oracle.segments import sizes_of
from tests.oracle.why import Lost
from tests.oracle.world import World, to_ms
from tests.questions import conditions, questions
from tests.worlds import ATTRIBUTES, NAMES, PROPERTIES_OF, worlds

DEFAULT = "400" if "DATABASE_URL" in os.environ else "2000"
EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", DEFAULT))
# Tests of their own, so that several processes share them; each draws by itself.
PARTS = 4
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def settle(world: World) -> Project:
    """A project in which all of it happened, brought into the store."""
    project = Project.objects.create(
        name="World", timezone=world.zone.key, week_start=world.week_start
    )
    AttributeDefinition.objects.bulk_create(
        AttributeDefinition(project=project, name=name, type=kind)
        for name, kind in ATTRIBUTES.items()
    )
    events = [EventDefinition(project=project, name=name) for name in NAMES]
    EventDefinition.objects.bulk_create(events)
    PropertyDefinition.objects.bulk_create(
        PropertyDefinition(event=event, name=name, type=kind)
        for event in events
        for name, kind in PROPERTIES_OF[event.name].items()
    )
    messages: list[Any] = []
    for n, person in enumerate(world.people):
        ids = (Id(f"person-{n}", Kind.EXTERNAL),)
        messages.append(Identify(ids, person.seen, person.said))
        messages += [
            Track(ids, each.name, EPOCH + timedelta(milliseconds=each.ms), f"{n}-{m}",
                  each.properties)
            for m, each in enumerate(person.events)
        ]  # fmt: skip
    record(project, messages, source="oracle", received_at=world.now)
    loader.drain(project.pk)
    return project


def results(project: Project, question: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The engine's answer over what the store holds, seen at that instant."""
    asked = Question.of(project, question, now=now)
    rows = {name: fetch(each) for name, each in asked.query.statements.items()}
    result = engine.result(asked.plan, rows)
    assert parse_result(result.dump()) == result
    return result.dump()


def without_labels(expected: Any, found: Any) -> Any:
    """The result with … wherever the oracle leaves the words of a filter to other tests."""
    match expected, found:
        case dict(), dict():
            return {
                key: ... if expected.get(key) is ... else without_labels(expected.get(key), value)
                for key, value in found.items()
            }
        case list(), list() if len(expected) == len(found):
            return [without_labels(*pair) for pair in zip(expected, found, strict=True)]
        case _:
            return found


def short(window: Window) -> int:
    return window.length // timedelta(milliseconds=1) - 1


def loosely(trails: Trails, rules: Rules) -> Found:
    return solve.in_order(trails, replace(rules, order=Order.IN_ORDER))


def any_time(_w: Writer, _entry: AnyEntry) -> str:
    return "1"


def one_more(running: Running) -> int:
    return (running.asked.report.rolling or running.end) + 1


DRAWN: Any = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
@settings(**DRAWN, max_examples=-(-EXAMPLES // PARTS), phases=[Phase.generate, Phase.shrink])
@given(st.data())
def test_every_number_is_what_the_contract_says(
    store: None, part: int, data: st.DataObject
) -> None:
    check(data)


def check(data: st.DataObject, word: str = "") -> None:
    """Draw what happened and what is asked, something with this word in it, and compare."""
    world = data.draw(worlds(), "world")
    asked_for = questions(world).filter(lambda each: word in str(each))
    question = data.draw(asked_for, "question")
    project = settle(world)
    result = results(project, question, world.now)
    expected = oracle.answer(world, question)
    assert without_labels(expected, result) == expected
    place, number = data.draw(st.sampled_from(figures(question, result)), "figure")
    asked = Question.of(project, question, now=world.now)
    figure = parse_figure(asked.definition, place)
    listed = [row[0] for row in fetch(asked.people(figure))]
    assert len(set(listed)) == len(listed)
    if number is not None:
        assert len(listed) == number
    met = meeting(asked, figure)
    assert met is None or met == set(listed)
    if question["kind"] == "funnel":
        explained(world, question, asked)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "wrong", "word"),
    [
        # The window's own last millisecond is in it.
        ("definitions.periods.Window.milliseconds", property(short), "window"),
        ("engine.funnel.solve.in_any_order", loosely, "'order': 'any'"),
        ("engine.conditions.is_first", any_time, "first_time': True"),
        ("engine.segmentation.running.Running.length", property(one_more), "rolling"),
    ],
)
def test_a_rule_that_is_broken_on_purpose_is_found(
    store: None, monkeypatch: pytest.MonkeyPatch, rule: str, wrong: object, word: str
) -> None:
    monkeypatch.setattr(f"analytics.{rule}", wrong)

    @settings(
        **DRAWN,
        max_examples=3000,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    @given(st.data())
    def drawn(data: st.DataObject) -> None:
        check(data, word)

    with pytest.raises(AssertionError, match="assert"):
        drawn()


def meeting(asked: Question, figure: Figure) -> set[int] | None:
    """Whoever meets the condition of a number; None where no condition says just that."""
    try:
        live = asked.live(figure)
    except Invalid:
        return None
    chosen = InlineSegment(name="live", condition=live.condition)
    people = {row[0] for row in fetch(engine.inside(chosen, asked.scope))}
    return people if live.is_exact else None


def explained(world: World, question: dict[str, Any], asked: Question) -> None:
    """Everybody went the way that the rule counts, and is told a reason that is true."""
    known = Person.objects.filter(project=asked.project)
    people = dict(known.values_list("identities__value", "pk"))
    whys = asked.whys(list(people.values()))
    days = days_of(world, question["period"])
    for n, person in enumerate(world.people):
        way = journey(world, question, person, days)
        why = whys.get(people[f"person-{n}"])
        if why is None:
            assert not way.events
            continue
        times = tuple(to_ms(each.at) for each in why.filled)
        assert times in [tuple(each.ms for each in one) for one in (way.alike or [()])]
        assert why.is_complete == (len(times) == len(question["steps"]))
        if why.missing is not None and why.reason is not None:
            step = asked.definition.steps.index(why.missing)
            at = to_ms(why.at) if why.at else None
            lost = Lost(world, question, days, person, times, step, at)
            assert lost.is_true(why.reason), (n, why)


@pytest.mark.django_db
@settings(**DRAWN, max_examples=-(-EXAMPLES // 40), phases=[Phase.generate, Phase.shrink])
@given(st.data())
def test_every_size_of_a_day_gone_by_is_what_the_rule_said_then(
    store: None, data: st.DataObject
) -> None:
    world = data.draw(worlds(), "world")
    asked = data.draw(st.lists(conditions(world), min_size=1, max_size=2), "conditions")
    project = settle(world)
    scope = scope_of(project, asked, now=world.now)
    segments = [
        InlineSegment(name="Some", condition=parse_condition(each, scope.catalogue))
        for each in asked
    ]
    days = [world.today - timedelta(ago) for ago in range(30, -1, -1)]
    [found] = fetch(engine.history(segments, days, scope))
    assert [list(each) for each in found] == [sizes_of(world, each, days) for each in asked]


def figures(question: dict[str, Any], result: dict[str, Any]) -> list[tuple[dict[str, Any], Any]]:
    """Places in the result with the number of people that stands there; None for other numbers."""
    found: list[tuple[dict[str, Any], Any]] = []
    if question["kind"] == "funnel":
        for s, segment in enumerate(result["segments"]):
            for part in (segment, *segment.get("breakdown", ())):
                for n, step in enumerate(part["steps"]):
                    for when, each in (({}, step), ({"previous": True}, step.get("previous"))):
                        if each:
                            at = {"segment": s, "step": n, **group_of(part), **when}
                            found.append((at, each["people"]))
                            if n:
                                found.append((at | {"outcome": "dropped"}, each["dropped"]))
        return found
    if question["kind"] == "retention":
        return [
            ({"segment": s, "start": cohort["start"], "interval": n}, each["people"])
            for s, segment in enumerate(result["segments"])
            for cohort in segment["cohorts"]
            for n, each in enumerate(cohort["intervals"])
            if each
        ]
    by_people = question["metric"] in ("people", "adoption")
    for series in result["series"]:
        if series["event"] is None:
            continue
        for part in (series, *series.get("breakdown", ())):
            for when, each in (({}, part), ({"previous": True}, part.get("previous"))):
                if each:
                    at = {"segment": series["segment"], "event": series["event"]}
                    at |= {**group_of(part), **when}
                    points = [({}, each["total"])] + [
                        ({"granularity": series["granularity"], "start": point["start"]}, point)
                        for point in each["points"]
                    ]
                    for where, point in points:
                        number = point.get("numerator", point["value"])
                        found.append((at | where, number if by_people else None))
    return found


def group_of(part: dict[str, Any]) -> dict[str, Any]:
    return {key: part[key] for key in ("group", "value") if part.get("group") and part[key]}
