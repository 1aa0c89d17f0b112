"""Whole results against the contract in plain Python, on drawn worlds and drawn definitions.

2,000 examples on the embedded default, 400 more with Postgres as the record, which changes how
events get into the store. For a longer run set ORACLE_EXAMPLES=50000.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics import engine
from analytics.definitions.figures import parse_figure
from analytics.models import Question, fetch
from analytics.results import parse_result
from analytics.store import loader
from people.ingest.messages import Id, Identify, Kind, Track
from people.ingest.record import record
from people.models import AttributeDefinition, EventDefinition, Project, PropertyDefinition
from tests import oracle
from tests.oracle.world import World
from tests.questions import questions
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


@pytest.mark.django_db
@pytest.mark.parametrize("part", range(PARTS))
@settings(
    max_examples=-(-EXAMPLES // PARTS),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
@given(st.data())
def test_every_number_is_what_the_contract_says(
    store: None, part: int, data: st.DataObject
) -> None:
    world = data.draw(worlds(), "world")
    question = data.draw(questions(world), "question")
    project = settle(world)
    result = results(project, question, world.now)
    expected = oracle.answer(world, question)
    assert without_labels(expected, result) == expected
    place, number = data.draw(st.sampled_from(figures(question, result)), "figure")
    asked = Question.of(project, question, now=world.now)
    people = asked.people(parse_figure(asked.definition, place))
    listed = [row[0] for row in fetch(people)]
    assert len(set(listed)) == len(listed)
    if number is not None:
        assert len(listed) == number


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
