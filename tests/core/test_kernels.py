"""Work on several threads: every piece is done exactly once, even after failures or forks."""

from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest

from neat.core.parallel import parallel_for

LONG = 1.0  # claimed seconds of work, enough to use threads


@pytest.mark.parametrize("threads", [0, 1, 2, 3, 8])
@pytest.mark.parametrize("size", [1, 2, 7, 12, 100, 1001])
def test_every_row_is_worked_on_once(threads: int, size: int) -> None:
    done = np.zeros(size, np.int64)

    def run(begin: int, end: int) -> None:
        assert 0 <= begin < end <= size
        done[begin:end] += 1

    parallel_for(threads, LONG, size, run)
    assert (done == 1).all()


def test_little_work_is_done_in_one_call_and_much_on_several_threads() -> None:
    both, calls = threading.Barrier(2, timeout=60), []

    def meet(begin: int, end: int) -> None:
        calls.append((begin, end))
        if len(calls) <= 2:
            both.wait()  # if one thread did everything, the other would never arrive

    parallel_for(2, LONG, 100, meet)
    assert len(calls) > 2 and sorted(end - begin for begin, end in calls)[-1] < 50
    calls = []
    parallel_for(2, 0.0, 100, lambda *piece: calls.append(piece))
    assert calls == [(0, 100)]


@pytest.mark.parametrize("thread", ["main", "helper"])
def test_what_fails_on_any_thread_is_raised_and_ends_the_others(thread: str) -> None:
    main, calls, both = threading.current_thread(), [], threading.Barrier(2, timeout=60)

    def run(begin: int, end: int) -> None:
        calls.append(begin)
        if len(calls) <= 2:
            both.wait()
            if (threading.current_thread() is main) == (thread == "main"):
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        parallel_for(2, LONG, 100, run)
    calls = [0, 0]
    parallel_for(2, LONG, 100, run)  # the threads are available for the next work
    assert len(calls) == 2 + 8


def test_a_fork_makes_threads_of_its_own() -> None:
    done = np.zeros(100)

    def run(begin: int, end: int) -> None:
        done[begin:end] = 1.0

    parallel_for(2, LONG, 100, run)
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # it would wait forever for a thread of its parent
        done[:] = 0.0
        both = threading.Barrier(2)

        def meet(begin: int, end: int) -> None:
            if not done.any():
                both.wait()
            run(begin, end)

        parallel_for(2, LONG, 100, meet)
        os._exit(0 if done.all() else 1)
    assert os.waitpid(child, 0)[1] == 0
