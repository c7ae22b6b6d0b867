"""Means and deviations equal the plain formulas, and are correct where these overflow."""

from __future__ import annotations

import math
import statistics
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neat.core.averages import mend_means, row_deviations, row_means

LARGEST = float(np.finfo(np.float64).max)
ANY = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=20))
def test_without_overflow_the_bits_are_those_of_the_plain_formulas(values: list[float]) -> None:
    row = np.array([values])
    mean = row.cumsum(axis=1)[:, -1] / len(values)
    squares = ((row - mean[:, None]) ** 2).cumsum(axis=1)[:, -1]
    assert row_means(row).tobytes() == mean.tobytes()
    assert row_deviations(row).tobytes() == np.sqrt(squares / max(len(values) - 1, 1)).tobytes()


@given(st.lists(st.sampled_from([LARGEST, -LARGEST, 1e308, -1e308, 9e307, 1.0]) | ANY, min_size=1, max_size=40))
def test_means_of_any_values_are_right(values: list[float]) -> None:
    exact = sum(map(Fraction, values)) / len(values)
    scale = max(map(abs, values))
    (found,) = row_means(np.array([values])).tolist()
    assert min(values) <= found <= max(values)
    assert abs(Fraction(found) - exact) <= Fraction(scale) * Fraction(len(values), 2**50)


@pytest.mark.parametrize(
    ("values", "deviation"),
    [
        ([1e200, -1e200], math.sqrt(2) * 1e200),
        ([1e308, 1e308, 1e308], 0.0),
        ([LARGEST, -LARGEST], LARGEST),
        ([1e308], 0.0),
    ],
)
def test_deviations_of_large_values(values: list[float], deviation: float) -> None:
    assert row_deviations(np.array([values]))[0] == pytest.approx(deviation)


def test_only_rows_that_overflow_are_computed_again() -> None:
    rows = np.array([[0.1, 0.2, 0.3], [1e308, 1e308, 1e308]])
    assert row_means(rows).tolist() == [(0.1 + 0.2 + 0.3) / 3, 1e308]
    assert row_deviations(rows).tolist() == [pytest.approx(statistics.stdev([0.1, 0.2, 0.3])), 0.0]


def test_means_of_groups_are_mended() -> None:
    means = np.array([np.inf, 0.5, np.nan, np.nan])
    mend_means(means, np.array([1e308, 7.0, 1e308, 1.7e308, -1.7e308]), np.array([0, 1, 0, 2, 2]))
    assert means[:3].tolist() == [1e308, 0.5, 0.0] and np.isnan(means[3])
