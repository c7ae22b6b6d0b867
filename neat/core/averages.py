"""Means and deviations that stay finite where sums and squares of the values would overflow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LARGEST = float(np.finfo(np.float64).max)


def row_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each row of finite values (P, E), added in their order: (P,) float64."""
    count = values.shape[1]
    with np.errstate(over="ignore", invalid="ignore"):
        means: NDArray[np.float64] = values.cumsum(axis=1)[:, -1] / count
    if not (finite := np.isfinite(means)).all():
        rows = values[~finite]
        scale = 2.0 ** (count.bit_length() + 1)  # a power of two, so that dividing by it is exact
        with np.errstate(over="ignore"):
            scaled = (rows / scale).cumsum(axis=1)[:, -1] / count * scale
        means[~finite] = np.clip(scaled, rows.min(axis=1), rows.max(axis=1))
    return means


def row_deviations(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sample standard deviation of each row of finite values (P, E), 0 for E = 1: (P,) float64."""
    with np.errstate(over="ignore", invalid="ignore"):
        deviations = _deviations(values)
        if not (finite := np.isfinite(deviations)).all():
            rows = values[~finite]
            scale = np.abs(rows).max(axis=1)
            deviations[~finite] = np.minimum(_deviations(rows / scale[:, None]) * scale, _LARGEST)
    return deviations


def mend_means(means: NDArray[np.float64], values: NDArray[np.float64], group: NDArray[np.int64]) -> None:
    """Replace means of groups of finite values whose sum overflowed; `group` holds the group of each value."""
    for place in np.flatnonzero(~np.isfinite(means)).tolist():
        members = values[group == place]
        if members.size:
            means[place] = row_means(members[None])[0]


def _deviations(values: NDArray[np.float64]) -> NDArray[np.float64]:
    squares = (values - row_means(values)[:, None]) ** 2
    deviations: NDArray[np.float64] = np.sqrt(squares.cumsum(axis=1)[:, -1] / max(values.shape[1] - 1, 1))
    return deviations
