"""Whole numbers packed into a statement come back as they were, however many and large."""

import numpy as np
import pytest

from analytics.engine.packed import MOST_CHARACTERS, rows
from analytics.engine.writer import Writer
from analytics.models.scopes import scope_of
from analytics.store import client

LONGEST_FIELD = 128 * 1024
COLUMNS = {
    "none": ([], []),
    "zeros": ([0], [0]),
    "widths": ([0, 255, 256, 65_535, 65_536], [2**40, 0, 2**63 - 1, 1, 2**32]),
    "several pieces": (range(70_000), range(2**33, 2**33 + 70_000)),
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
