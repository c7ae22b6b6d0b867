"""Calls of a function in workers that others manage: each worker unpickles the function once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from neat.core.errors import message_of
from neat.execution.sending import unpickled

_MOST_KEPT = 4  # functions in each thread


@dataclass(frozen=True)
class Unknown:
    """The result of a call in a worker that does not have the function yet."""


@dataclass(frozen=True)
class Rejected:
    """The result of a call in a worker that cannot unpickle the function."""

    reason: str


@dataclass(frozen=True)
class Stopped:
    """The result of a call that raised KeyboardInterrupt, as `sys.exit()` in a problem does."""

    message: str


class _Kept(threading.local):  # threads must not share a problem with its environment
    def __init__(self) -> None:
        self.functions: dict[str, Callable[..., Any]] = {}


_kept = _Kept()


def digest_of(function: bytes) -> str:
    """Return the name under which a worker keeps a function."""
    return hashlib.sha256(function).hexdigest()


def call(digest: str, function: bytes | None, task: Any) -> Any:
    """Call a function, which this thread keeps under its digest, or which is given as bytes."""
    functions = _kept.functions
    if digest not in functions:
        if function is None:
            return Unknown()
        try:
            functions[digest] = unpickled(function)
        except BaseException as error:  # an import of a user's module may raise anything, SystemExit too
            return Rejected(message_of(error))
        while len(functions) > _MOST_KEPT:
            del functions[next(iter(functions))]
    try:
        return functions[digest](task)
    except KeyboardInterrupt as interruption:
        return Stopped(str(interruption))
