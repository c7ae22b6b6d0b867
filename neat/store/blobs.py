"""Arrays as rows of a run's file: raw bytes with a dtype and a shape, and nothing that could be run."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config.formatting import format_value
from neat.core.errors import NeatError
from neat.core.json_text import load_json

_DTYPE = re.compile(r"\|b1|\|[iu]1|<[iu][248]|<f[248]|<c(8|16)|\|S[1-9]\d{0,6}|<U[1-9]\d{0,6}")  # what `pack` writes
_MOST_DIMENSIONS = 32
_LONGEST_SHAPE = 1_000  # characters
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
    sizes = _sizes(shape)
    if sizes is not None and _DTYPE.fullmatch(dtype):
        kind = np.dtype(dtype)
        exact = math.prod(sizes) * kind.itemsize == len(data) and _addressable(sizes, kind)
        if exact and not (kind == np.bool_ and data.translate(None, b"\0\1")):  # kernels rely on 0 and 1
            return np.frombuffer(data, kind).reshape(sizes).copy() if data else np.zeros(sizes, kind)
    raise NeatError(
        f"{format_value(what)}: {len(data)} bytes do not fit dtype {format_value(dtype)} and shape "
        f"{format_value(shape)}"
    )


def _sizes(shape: str) -> list[int] | None:
    """Return the sizes in the JSON text of a shape, or None where it is none."""
    try:
        sizes = load_json(shape, _LONGEST_SHAPE)
    except (ValueError, TypeError):
        return None
    if not isinstance(sizes, list) or len(sizes) > _MOST_DIMENSIONS:
        return None
    return sizes if all(type(size) is int and 0 <= size < 2**31 for size in sizes) else None


def _addressable(sizes: list[int], kind: np.dtype[Any]) -> bool:
    """Return whether numpy can make an array of this shape; it counts empty dimensions as 1."""
    return math.prod(max(size, 1) for size in sizes) * kind.itemsize < 2**63
