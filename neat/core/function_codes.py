"""Codes of custom functions in files and in other processes, where this process's order of registration is unknown.

There, a custom function has a local code: its place in a list of names, from `FIRST_CUSTOM_CODE` on. Codes of built-in
functions are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.constants import CODES, FIRST_CUSTOM_CODE
from neat.core.errors import NeatError
from neat.core.functions import FunctionTable

Codes = NDArray[np.uint8]


def custom_names(table: FunctionTable[Any], codes: Codes) -> tuple[str, ...]:
    """Return the names of the custom functions among codes, sorted."""
    return tuple(sorted({table.name_of(code) for code in np.unique(codes[codes >= FIRST_CUSTOM_CODE])}))


def to_local(table: FunctionTable[Any], codes: Codes, names: Sequence[str]) -> Codes:
    """Return codes of this process as local codes for a list of names.

    Raises:
        NeatError: a custom function is not in the list.
    """
    own = codes >= FIRST_CUSTOM_CODE
    if not own.any():
        return codes
    local = np.arange(CODES, dtype=np.uint8)
    for code in np.unique(codes[own]):
        name = table.name_of(code)
        if name not in names:
            raise NeatError(
                f"a genome has {table.kind} {name!r}, which the configuration does not name (add it to [genome] "
                f"{table.section_key}_options)"
            )
        local[code] = FIRST_CUSTOM_CODE + names.index(name)
    return local[codes]


def from_local(table: FunctionTable[Any], codes: Codes, names: Sequence[str]) -> Codes:
    """Return local codes as codes of this process.

    Raises:
        NeatError: a code has no name, or no function of this name is registered.
    """
    own = codes >= FIRST_CUSTOM_CODE
    if not own.any():
        return codes
    if codes.max() >= FIRST_CUSTOM_CODE + len(names):
        raise NeatError(f"{codes.max()} is not the code of {table.kind}")
    here = np.arange(CODES, dtype=np.uint8)
    for place, name in enumerate(names):
        here[FIRST_CUSTOM_CODE + place] = table.named(name).code
    return here[codes]
