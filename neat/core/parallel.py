"""Running a kernel on several threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
from typing import Any

_SECONDS_WORTH_A_THREAD = 300e-6  # waking a thread takes 30 to 150 us
_CHUNKS_PER_THREAD = 4  # a thread that finishes early finds more work


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads - 1, thread_name_prefix="neat")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked process has none of its parent's threads


def available_threads() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parallel_for(threads: int, seconds: float, size: int, run: Callable[..., Any], *arguments: Any) -> None:
    """Call `run(begin, end, *arguments)` for chunks of `range(size)` on several threads.

    Args:
        threads: the largest number of threads; 0: all processors.
        seconds: an estimate of the time that one thread would take. A small amount of work is done in a single call on
            this thread, because waking another thread takes longer.
        size: the number of rows.
        run: a kernel that writes only rows `begin` to `end` of its outputs, so the result does not depend on chunks.
        arguments: the other arguments of `run`.
    """
    threads = min(threads or available_threads(), size, int(seconds / _SECONDS_WORTH_A_THREAD) + 1)
    if threads <= 1:
        run(0, size, *arguments)
        return
    chunk = -(-size // (threads * _CHUNKS_PER_THREAD))
    next_chunk = count()  # `next` on it is atomic
    stopped: list[bool] = []

    def work() -> None:
        while not stopped and (begin := next(next_chunk) * chunk) < size:
            run(begin, min(begin + chunk, size), *arguments)

    helpers = [_pool(threads).submit(work) for _ in range(threads - 1)]
    try:
        work()
    except BaseException:  # such as Ctrl-C: the other threads stop after their current chunk
        stopped.append(True)
        raise
    for helper in helpers:
        helper.result()
