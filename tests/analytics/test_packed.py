"""Whole numbers packed into a statement come back as they were, however many and large."""

import numpy as np
import pytest

from analytics.definitions.figures import parse_figure
from analytics.engine.packed import MOST_CHARACTERS, rows
from analytics.engine.writer import Writer
from analytics.models import Question, fetch
from analytics.models.scopes import scope_of
from analytics.store import client

LONGEST_FIELD = 128 * 1024
COLUMNS = {
    "none": ([], []),
    "zeros": ([0], [0]),
    "widths": ([0, 255, 256, 65_535, 65_536], [2**40, 0, 2**63 - 1, 1, 2**32]),
    "several pieces": (range(70_000), range(2**33, 2**33 + 70_000)),
}

# Of more numbers the store takes no array.
MANY = 1_100_000
FUNNEL = {
    "kind": "funnel",
    "period": {"start": "2026-05-04", "end": "2026-05-04"},
    "window": {"value": 1, "unit": "hour"},
    "steps": [{"event": "look"}, {"event": "pay"}],
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", COLUMNS)
def test_numbers_come_back(project, store, name):
    first, second = (np.array(each, np.int64) for each in COLUMNS[name])
    w = Writer(scope_of(project, {}))
    found = client.columns(f"SELECT a, b FROM {rows(w, a=first, b=second)} ORDER BY a", w.binds)
    assert found["a"].to_pylist() == first.tolist()
    assert found["b"].to_pylist() == second.tolist()
    assert all(len(str(each)) <= MOST_CHARACTERS < LONGEST_FIELD for each in w.binds.values())


@pytest.mark.django_db
def test_over_a_million_people_are_handed_to_a_statement(project, store):
    client.command(
        "INSERT INTO events (project, event, person, at, id, load, values, days)"
        " SELECT {project:UInt64}, 'look', number + 1, toDateTime64({at:String}, 3, 'UTC'),"
        " toString(number), 1, '{}'::JSON(max_dynamic_paths = 1024),"
        " '{}'::JSON(max_dynamic_paths = 256) FROM numbers({many:UInt64})",
        project=project.pk,
        many=MANY,
        at="2026-05-04 10:00:00",
    )
    ruled, grouped = FUNNEL | {"order": "any"}, FUNNEL | {"breakdown": {"attribute": "country"}}
    for definition, group in ((ruled, {}), (grouped, {"group": "missing"})):
        question = Question.of(project, definition)
        figure = parse_figure(question.definition, {"step": 0, **group})
        assert len(fetch(question.people(figure))) == MANY
    question = Question.of(project, FUNNEL)
    found = question.separation(parse_figure(question.definition, {"step": 1}))
    assert (found.went_on, found.lost) == (0, MANY)
