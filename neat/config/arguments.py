"""Checks of arguments from Python.

Every check returns the argument or raises a `NeatError` with its name, its value and what is allowed.
"""

from __future__ import annotations

import numbers
import os
from pathlib import Path
from typing import Any, TypeVar

from neat.config.formatting import describe
from neat.config.sections import MAX_THREADS
from neat.config.value_types import LARGEST_WHOLE, python_scalar
from neat.core.errors import NeatError

Instance = TypeVar("Instance")

_PLAIN_TYPES = (str, bytes, int, float, complex, type(None))


def argument_error(name: str, value: object, allowed: str) -> NeatError:
    """Return the error for an argument that is not allowed."""
    return NeatError(f"{name} is {describe_argument(value)}; it must be {allowed}")


def describe_argument(value: object) -> str:
    """Return a short description of an argument: a plain value itself, or the type of any other object."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, _PLAIN_TYPES):
        return describe(value)
    return f"an object of type {type(value).__name__}"


def instance(name: str, value: object, expected: type[Instance], allowed: str) -> Instance:
    """Return an argument that must be an instance of a class."""
    if not isinstance(value, expected):
        raise argument_error(name, value, allowed)
    return value


def switch(name: str, value: object) -> bool:
    """Return an argument that must be True or False; text such as "no" is not accepted."""
    found = python_scalar(value)
    if isinstance(found, bool):
        return found
    raise argument_error(name, value, "True or False")


def whole(name: str, value: object, low: int = 0, high: int = LARGEST_WHOLE) -> int:
    """Return an argument that must be a whole number from low to high; text is not accepted."""
    found = python_scalar(value)
    if isinstance(found, bool) or not isinstance(found, numbers.Integral) or not low <= int(found) <= high:
        limits = f"from {low} to {high}" if high != LARGEST_WHOLE else f"of 64 bits, {low} or more"
        raise argument_error(name, value, f"a whole number {limits}")
    return int(found)


def thread_count(value: object) -> int:
    """Return the argument `threads`: the largest number of threads to use, or 0 for all processors."""
    if type(value) is int and 0 <= value <= MAX_THREADS:  # the fast path of every generation
        return value
    return whole("threads", value, 0, MAX_THREADS)


def path(name: str, value: Any) -> Path:
    """Return an argument that must be the path of a file or folder; the path itself is not checked."""
    try:
        return Path(value)
    except TypeError:
        raise argument_error(name, value, "a path, as text or as a pathlib.Path") from None


def folder(name: str, value: Any) -> Path:
    """Return an argument that must be the path of a folder, which may not exist yet."""
    found = path(name, value)
    try:
        if b"\0" in os.fsencode(found):
            raise ValueError
    except ValueError:  # also raised for a lone surrogate
        raise argument_error(name, value, "a path that a folder can have") from None
    return found


def function(name: str, value: object, called_with: str) -> None:
    """Check an argument that must be a function or None."""
    if value is not None and not callable(value):
        raise argument_error(name, value, f"a function that is called with {called_with}, or None")
