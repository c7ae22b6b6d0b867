"""The compiled form of functions that kernels inline; called directly from Python, they run as Python code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any]) -> Any:
    """Return a function that calls another one from compiled code."""
    return numba.njit(error_model="numpy")(lambda *arguments: function(*arguments))
