"""The decorators of kernels: functions that numba compiles on their first call and caches on disk.

Numba's cache does not notice a change in a function that is called from another file. Its folder is therefore named by
a digest of every file that is compiled into kernels: a change in one of them starts a new folder.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core.caching import FunctionCache
from numba.extending import overload

from neat.core.compile_watch import watch

Function = TypeVar("Function", bound=Callable[..., Any])

_numba_config: Any = numba.config  # its attributes are set at run time
_njit: Any = numba.njit  # its stub lacks most of its options
_overload: Any = overload
_FunctionCache: Any = FunctionCache  # its module has no types
_PACKAGE = Path(__file__).resolve().parent.parent

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
_INLINED = {**_OPTIONS, "forceinline": True}


def kernel_files() -> list[Path]:
    """Return every file of the package that is compiled into kernels, sorted."""
    core = Path(__file__).resolve().parent
    return sorted([*_PACKAGE.rglob("*_kernels.py"), core / "constants.py", core / "kernels.py"])


@functools.cache
def cache_folder() -> Path | None:
    """Return the folder in which compiled kernels are cached, or None if no such folder can be written.

    It is below `NUMBA_CACHE_DIR` if that is set, else below `neat-engine` in the user's cache folder.
    """
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    root = os.environ.get("NUMBA_CACHE_DIR") or os.path.join(home, "neat-engine")
    digest = hashlib.sha256()
    for file in kernel_files():
        digest.update(file.read_bytes())
    folder = Path(root) / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return None


def none_cached() -> bool:
    """Return whether kernels can be cached on disk and none is cached yet."""
    folder = None if _numba_config.DISABLE_JIT else cache_folder()
    return folder is not None and next(folder.rglob("*.nbi"), None) is None


class _Cache(_FunctionCache):  # type: ignore[misc]
    """Numba's cache of a kernel on disk, except that a run continues without caching if the disk is full.

    This class is not part of numba's public interface. With `cache=True`, the public way, a full disk ends the run.
    """

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError:
            watch.cached = False


def kernel(function: Function) -> Function:
    """Compile a function with numba: cached, without the GIL, and with division by zero as in IEEE 754.

    Fast-math is off, so the compiled code computes the same bits as the Python code. With `NUMBA_DISABLE_JIT=1` the
    function remains a Python function.
    """
    if _numba_config.DISABLE_JIT:
        return _without_warnings(function)
    folder = cache_folder()
    before = _numba_config.CACHE_DIR
    try:
        _numba_config.CACHE_DIR = "" if folder is None else str(folder)
        compiled = _njit(**_OPTIONS)(function)
        if folder is not None:
            compiled._cache = _Cache(function)  # what `cache=True` does with numba's own class
    finally:
        _numba_config.CACHE_DIR = before
    watch.kernels.add(compiled)
    watch.cached = folder is not None
    return cast(Function, compiled)


def inlined(function: Function) -> Function:
    """Make a function that kernels inline, so that loops over it vectorise. Python code calls its Python form."""
    return _inlined(function, _INLINED)


def part(function: Function) -> Function:
    """Make a function that kernels inline, without reference counts. Python code calls its Python form.

    Counting the references to its arrays in every call was measured to take longer than running a small network.
    Therefore a part must not allocate arrays or return one. Numba has no public option for this.
    """
    return _inlined(function, {**_INLINED, "_nrt": False})


def _inlined(function: Function, options: dict[str, Any]) -> Function:
    python_form = _without_warnings(function)
    if not _numba_config.DISABLE_JIT:
        _overload(python_form, jit_options=options, strict=False)(lambda *arguments: function)
    return python_form


def _without_warnings(function: Function) -> Function:
    """Return a Python function with numpy's floating-point warnings turned off, as they are in compiled code."""

    @functools.wraps(function)
    def quiet(*arguments: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*arguments)

    return cast(Function, quiet)


@inlined
def as_index(row: int) -> Any:
    """Return a non-negative row number as an unsigned integer, so that numba does not check for a negative index.

    Loops over genes were measured to take two to three times as long with signed indices.
    """
    return np.uint64(row)
