"""Arrays as rows of a run's file: raw bytes with a dtype and a shape, and nothing that could be executed."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config.formatting import format_value
from neat.core.errors import NeatError
from neat.core.json_text import load_json

_DTYPE = re.compile(r"\|b1|\|[iu]1|<[iu][248]|<f[248]|<c(8|16)|\|S[1-9]\d{0,6}|<U[1-9]\d{0,6}")  # what `pack` writes
_MOST_DIMENSIONS = 32
_LONGEST_SHAPE = 1_000  # characters
_KINDS = "biufcSU"  # of dtypes: bools, numbers and text; arrays of Python objects are refused

Row = tuple[Any, ...]  # of a table
Packed = tuple[str, str, bytes]  # dtype, shape, data


def pack(array: Any, what: str) -> Packed:
    """Return an array's dtype, shape (JSON) and bytes, in C order and little-endian.

    Raises:
        NeatError: it holds Python objects or structures; `what` names it.
    """
    values = np.asarray(array)
    if values.dtype.kind not in _KINDS:
        raise NeatError(f"{what}: is an array of {values.dtype}; only numbers, bools and text can be saved")
    values = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).reshape(values.shape)
    return values.dtype.str, json.dumps(list(values.shape)), values.tobytes()


def unpack(dtype: str, shape: str, data: bytes, what: str) -> NDArray[Any]:
    """Return the array that `pack` described, as a new, writable array.

    Raises:
        NeatError: these are not the bytes of such an array; `what` names it.
    """
    try:
        sizes = checked_shape(load_json(shape, _LONGEST_SHAPE))
        fits = _DTYPE.fullmatch(dtype) is not None and _fits(sizes, np.dtype(dtype), data)
    except (ValueError, TypeError):
        fits = False
    if not fits:
        raise NeatError(
            f"{format_value(what)}: {len(data)} bytes do not fit dtype {format_value(dtype)} and shape "
            f"{format_value(shape)}"
        )
    return np.frombuffer(data, dtype).reshape(sizes).copy() if data else np.zeros(sizes, dtype)


def load_arrays(connection: sqlite3.Connection, owner: str, generation: int) -> dict[str, NDArray[Any]]:
    """Return the arrays of a generation and an owner by name, from the table `array`."""
    rows = connection.execute(
        "SELECT name, dtype, shape, data FROM array WHERE owner = ? AND generation = ? ORDER BY rowid",
        (owner, generation),
    )
    return {name: unpack(dtype, shape, data, name) for name, dtype, shape, data in rows}


def checked_shape(form: object) -> tuple[int, ...]:
    """Return the shape that was read from JSON; raise ValueError if no array has it."""
    if not isinstance(form, list) or len(form) > _MOST_DIMENSIONS:
        raise ValueError("a shape must be a short list")
    if not all(type(size) is int and 0 <= size < 2**31 for size in form):
        raise ValueError("a size must be a small whole number")
    return tuple(form)


def _fits(sizes: tuple[int, ...], dtype: np.dtype[Any], data: bytes) -> bool:
    """Return whether the bytes are those of an array that numpy can make."""
    if math.prod(sizes) * dtype.itemsize != len(data):
        return False
    addressable = math.prod(max(size, 1) for size in sizes) * dtype.itemsize < 2**63  # numpy counts 0 as 1
    bools = dtype != np.bool_ or not data.translate(None, b"\0\1")  # kernels rely on 0 and 1
    return addressable and bools
