"""Arrays as rows of a run's file: raw bytes with a dtype and a shape, and nothing that could be run."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.ground.errors import NeatError

_KINDS = "biufcSU"  # of dtypes: bools, numbers and text; what holds Python objects is refused

Packed = tuple[str, str, bytes]  # dtype, shape, data


def pack(array: Any, what: str) -> Packed:
    """Return an array's dtype, shape (JSON) and bytes, in C order, low byte first.

    Raises:
        NeatError: it holds Python objects or structures; `what` names it.
    """
    values = np.asarray(array)
    if values.dtype.kind not in _KINDS:
        raise NeatError(f"{what}: is an array of {values.dtype}; only numbers, bools and text can be saved")
    values = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).reshape(values.shape)
    return values.dtype.str, json.dumps(list(values.shape)), values.tobytes()


def unpack(dtype: str, shape: str, data: bytes, what: str) -> NDArray[Any]:
    """Return the array that `pack` described: a new one, which may be written.

    Raises:
        NeatError: these are not the bytes of such an array; `what` names it.
    """
    try:
        kind = np.dtype(dtype)
        sizes = json.loads(shape)
        fits = kind.kind in _KINDS and all(type(size) is int and size >= 0 for size in sizes)
        if fits and math.prod(sizes) * kind.itemsize == len(data):
            return np.frombuffer(data, kind).reshape(sizes).copy() if data else np.empty(sizes, kind)
    except (TypeError, ValueError, RecursionError, OverflowError):
        pass
    raise NeatError(f"{what}: {len(data)} bytes are no array of dtype {dtype!r:.40} and shape {shape!r:.40}")
