"""Helpers for numpy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def freeze(values: ArrayLike, dtype: Any) -> NDArray[Any]:
    """Return values as a read-only, C-contiguous array of a dtype; an array that fits is frozen itself, not copied."""
    if type(values) is np.ndarray and values.dtype is dtype and values.flags.c_contiguous:
        array = values  # the common case, ten times as fast as `ascontiguousarray`
    else:
        array = np.ascontiguousarray(values, dtype)
    array.setflags(write=False)
    return array
