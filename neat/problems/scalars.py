"""Conversion of a single value that user code returned."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np


def widened(reward: Any) -> Any:
    """Return a reward as it is, but a number of numpy as a float, so that a sum has 64 bits."""
    return float(reward) if isinstance(reward, np.floating) else reward


def single_number(value: Any) -> float | None:
    """Return a number, or the only number in an array, as a float; None if the value is neither.

    Booleans, masked values, durations and text do not count as numbers. Arrays of other libraries, such as tensors,
    are converted too.

    Raises:
        OverflowError: the number is too large for a float.
    """
    if isinstance(value, Real):
        return None if isinstance(value, bool | np.timedelta64) else float(value)
    if not hasattr(value, "__array__"):
        return None
    try:
        array = np.asanyarray(value)
    except Exception:  # the array's library may raise anything
        return None
    if array.size != 1 or array.dtype.kind not in "fiu" or np.ma.is_masked(array):
        return None
    return float(array.item())
