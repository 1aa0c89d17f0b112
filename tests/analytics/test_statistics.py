"""Intervals and tests against published and independently computed numbers."""

import pytest

from analytics.presentation.statistics import difference, wilson


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17: 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval(part, whole, low, high):
    assert wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17: 873-890, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_of_a_difference(one, other, low, high):
    found = difference(one, other)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_nothing_is_significant_with_few_people():
    assert difference((9, 10), (3, 10)).p_value < 0.05
    assert not difference((9, 10), (3, 10)).is_significant
    assert difference((56, 70), (48, 80)).is_significant
    assert not difference((40, 80), (41, 80)).is_significant
    assert difference((0, 0), (1, 2)) is None
    assert difference((50, 50), (60, 60)).p_value == 1
