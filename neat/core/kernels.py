"""The kernel decorator, and the one way in which kernels run on several threads.

A kernel is compiled by numba on its first call and kept on disk. Numba's own cache does not notice an
edit in a kernel that is called from another file, so the folder it is kept in is named by a digest of
all kernel files of the package: an edit anywhere makes a fresh folder.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core.caching import FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

from neat.core.compile_watch import watch

Function = TypeVar("Function", bound=Callable[..., Any])

_numba_config: Any = numba.config  # its attributes are made at run time
_njit: Any = numba.njit  # its stub knows few of its options
_FunctionCache: Any = FunctionCache  # its module has no types
_PACKAGE = Path(__file__).resolve().parent.parent
_WORTH_WAKING = 300e-6  # seconds of work that make up for waking a thread: that takes 30 to 150 us
_CHUNKS_PER_THREAD = 4  # enough that a thread that finishes early finds more to do


def kernel_files() -> list[Path]:
    """Return every file of the package that may hold kernels, sorted."""
    own = Path(__file__).resolve()
    return sorted([*_PACKAGE.rglob("*_kernels.py"), own])


@functools.cache
def cache_folder() -> Path | None:
    """Return the folder that compiled kernels are kept in, or None where none can be written.

    `NUMBA_CACHE_DIR` is honoured; otherwise it is `neat-engine` under the user's cache folder.
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
    """Return whether kernels will be cached on disk, and none is cached yet."""
    folder = None if _numba_config.DISABLE_JIT else cache_folder()
    return folder is not None and next(folder.rglob("*.nbi"), None) is None


class _Cache(_FunctionCache):  # type: ignore[misc]
    """Numba's cache of a kernel on disk. With a full disk, a run continues without caching the kernel."""

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError:
            watch.cached = False


def kernel(function: Function) -> Function:
    """Compile `function` with numba: cached, without the GIL, division by zero as in IEEE 754.

    No fast-math, so the compiled code computes the very bits that the Python code says. Under
    `NUMBA_DISABLE_JIT=1` the function stays Python, with numpy's floating-point warnings off, as they
    are in compiled code.
    """
    if _numba_config.DISABLE_JIT:

        @functools.wraps(function)
        def uncompiled(*arguments: Any) -> Any:
            with np.errstate(all="ignore"):
                return function(*arguments)

        return cast(Function, uncompiled)
    folder = cache_folder()
    before = _numba_config.CACHE_DIR
    try:
        _numba_config.CACHE_DIR = "" if folder is None else str(folder)
        options = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
        compiled = _njit(**options)(function)
        if folder is not None:
            compiled._cache = _Cache(function)  # as `cache=True` does, with a class of its own
    finally:
        _numba_config.CACHE_DIR = before
    watch.kernels.add(compiled)
    watch.cached = folder is not None
    return cast(Function, compiled)


class _PartLibrary(JITCodeLibrary):
    """The code of a part: neither optimised nor made executable before it stands in a kernel.

    Numba would do both for a part, and again for each part and kernel that it is put into: nested loops were
    optimised once at every level. On the way to the first fitness that was a third of the compile time.
    """

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if function.linkage.name == "external" and not function.is_declaration:
                function.linkage = "available_externally"  # LLVM may inline it, and makes no code of it


class _PartCompiler(Compiler):
    def __init__(self, typing: Any, target: Any, library: None, *rest: Any) -> None:
        super().__init__(typing, target, _PartLibrary(target.codegen(), "part"), *rest)


class _Part:
    """A function that kernels call, and that becomes part of them.

    Kernels see a numba function without the wrappers that calls from Python and C need, which hold a copy
    of it each. For a call from Python a kernel of its own is compiled.
    """

    def __init__(self, function: Callable[..., Any], **options: bool) -> None:
        functools.update_wrapper(self, function)
        self._inside = _njit(
            nogil=True, error_model="numpy", forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True,
            pipeline_class=_PartCompiler, **options,
        )(function)  # fmt: skip
        self._numba_type_ = self._inside._numba_type_  # where numba looks

    def __call__(self, *arguments: Any) -> Any:
        return self._alone(*arguments)

    @functools.cached_property
    def _alone(self) -> Callable[..., Any]:
        function: Callable[..., Any] = self._inside.py_func
        return kernel(function)


def inlined(function: Function) -> Function:
    """Compile a scalar function for kernels to call: put into its callers always, so that loops vectorise."""
    return kernel(function) if _numba_config.DISABLE_JIT else cast(Function, _Part(function))


def part(function: Function) -> Function:
    """Make a kernel that is a part of others: inlined, and without reference counts.

    Counting the references to its arrays, at every call and for every network, was measured to take more
    time than small networks do. Hence a part allocates nothing and returns no array.
    """
    return kernel(function) if _numba_config.DISABLE_JIT else cast(Function, _Part(function, _nrt=False))


@inlined
def as_index(row: int) -> Any:
    """Return a row that is not negative as an index for kernels: whether a signed one is, numba asks at every use.

    Loops over genes were measured to take two to three times as long with signed indices.
    """
    return np.uint64(row)


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads - 1, thread_name_prefix="neat")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a fork has none of its parent's threads


def available_threads() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parallel_for(threads: int, seconds: float, size: int, run: Callable[..., Any], *arguments: Any) -> None:
    """Call `run(begin, end, *arguments)` over pieces of `range(size)` on up to `threads` threads.

    `run` is a kernel that writes only the rows `begin` to `end` of its outputs, so that the result does
    not depend on the pieces. `seconds` is about how long all of it takes one thread: little work is done in one call
    on this thread, since waking another one takes time too. `threads` = 0 stands for all processors.
    """
    threads = min(threads or available_threads(), size, int(seconds / _WORTH_WAKING) + 1)
    if threads <= 1:
        run(0, size, *arguments)
        return
    piece = -(-size // (threads * _CHUNKS_PER_THREAD))
    next_piece = count()  # `next` on it is atomic
    stopped: list[bool] = []

    def work() -> None:
        while not stopped and (begin := next(next_piece) * piece) < size:
            run(begin, min(begin + piece, size), *arguments)

    helpers = [_pool(threads).submit(work) for _ in range(threads - 1)]
    try:
        work()
    except BaseException:  # such as Ctrl-C: the helpers need not continue
        stopped.append(True)
        raise
    for helper in helpers:
        helper.result()
