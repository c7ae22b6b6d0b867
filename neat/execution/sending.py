"""Sending a function to workers: by cloudpickle, with what it needs of the running program.

Functions and classes of a script or a notebook are sent by value, others by the name of their module. Nothing that was
read from a file is ever unpickled: workers get bytes from their own parent only.
"""

from __future__ import annotations

import io
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import CodeType
from typing import Any

from neat.core.custom_functions import register_all, registered
from neat.core.errors import NeatError, message_of
from neat.problems.function import FunctionProblem

_NO_FILE = "<dynamic-code>"


class SendingError(NeatError):
    """A function, or what it needs, cannot be sent to workers; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"the problem cannot be sent to worker processes ({reason}); name it in the configuration ([problem] kind "
            "= module:Name), define it in a module that they can import, or use no workers (jobs=1; for a single run "
            "[run] executor = threads)"
        )


def pickled(function: Callable[..., Any], folder: Path | None = None) -> bytes:
    """Return a function as bytes, with the custom functions of nodes that are registered here.

    Args:
        function: the function, or an object that can be called.
        folder: a folder in which workers find modules, if some of this process come from there.

    Raises:
        SendingError: it cannot be pickled.
    """
    content = io.BytesIO()
    try:
        _pickler()(content).dump((registered(), function))
    except Exception as error:  # any type: a user's `__getstate__` may fail
        raise SendingError(message_of(error)) from None
    folders = [os.path.abspath(folder)] if folder is not None and has_modules(folder) else []
    return pickle.dumps((folders, content.getvalue()))


def unpickled(function: bytes) -> Callable[..., Any]:
    """Return the function in bytes that `pickled` returned in a parent process."""
    folders, content = pickle.loads(function)
    sys.path[:0] = [folder for folder in folders if folder not in sys.path]
    functions, call = pickle.loads(content)
    register_all(functions)
    found: Callable[..., Any] = call
    return found


def _pickler() -> Any:
    """Return the class of picklers, which is defined here so that cloudpickle is imported late."""
    import cloudpickle  # type: ignore[import-untyped]

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        def reducer_override(self, value: Any) -> Any:
            # The problem has replaced its function in the script, so that neither is found there by its name.
            if isinstance(value, FunctionProblem) and value.qualified_name.startswith("__main__:"):
                return object.__reduce_ex__(value, pickle.HIGHEST_PROTOCOL)
            if isinstance(value, CodeType) and value.co_filename != _NO_FILE:  # cloudpickle would leave the file out
                return _in_file, (value.replace(co_filename=_NO_FILE), value.co_filename)
            return super().reducer_override(value)

    return Pickler


def _in_file(code: CodeType, file: str) -> CodeType:
    return code.replace(co_filename=file)


def has_modules(folder: Path) -> bool:
    """Return whether a loaded module comes from a folder."""
    place = os.path.realpath(folder)
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        with suppress(OSError, ValueError):
            if file and place in (
                os.path.dirname(os.path.realpath(file)),
                os.path.dirname(os.path.dirname(os.path.realpath(file))),
            ):
                return True
    return False
