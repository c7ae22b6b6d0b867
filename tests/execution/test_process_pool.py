"""The pool of worker processes by itself; with real runs it is tested in `test_distributed.py` and `tests/studies`."""

from __future__ import annotations

import operator
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing import active_children
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from neat.core.errors import NeatError
from neat.execution.process_pool import ProcessPool
from neat.execution.sending import SendingError, pickled
from neat.execution.workers import Lost

WORK = """
import os, pathlib, signal, sys, time

def interrupted(task):
    if task == 2:
        raise KeyboardInterrupt(f"task {task} wants an end")
    time.sleep(600)

def dying(task):
    print("not among the results")
    if task == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if task == 2:
        os._exit(3)
    return task * 10

def slow(task):
    time.sleep(task)
    return task

def whose(task):
    return os.getpid()

def threads(task):
    return os.environ.get(task)
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Return a module that worker processes can import, too."""
    (tmp_path / "pool_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    import pool_work  # type: ignore[import-not-found]

    yield pool_work
    del sys.modules["pool_work"]


@pytest.fixture
def pool() -> Iterator[Callable[..., ProcessPool[Any, Any]]]:
    """Return a function that makes a pool, which is closed after the test."""
    pools: list[ProcessPool[Any, Any]] = []

    def make(function: Callable[[Any], Any], processes: int = 2, timeout: float | None = None) -> ProcessPool[Any, Any]:
        pools.append(ProcessPool(pickled(function), processes, timeout))
        return pools[-1]

    yield make
    for each in pools:
        each.close()
    assert active_children() == []


def test_every_task_has_its_result(pool: Any) -> None:
    negative = pool(operator.neg)
    assert dict(negative.run(deque(range(7)))) == {number: -number for number in range(7)}
    assert list(negative.run(deque())) == []
    assert list(pool({1: None}.get, 1).run(deque([1, 2]))) == [(1, None), (2, None)]


def test_processes_are_kept_for_more_tasks_and_end_when_it_is_closed(pool: Any, work: ModuleType) -> None:
    whose = pool(work.whose)
    used = {process for _ in range(3) for _, process in whose.run(deque(range(20)))}
    processes = {process.pid for process in active_children()}
    assert used <= processes and len(processes) == 2
    whose.close()
    assert active_children() == []
    assert {process for _, process in whose.run(deque(range(4)))}.isdisjoint(processes)


def test_results_come_as_they_end_and_closing_the_iteration_stops_the_rest(pool: Any, work: ModuleType) -> None:
    results = pool(work.slow).run(deque([600.0, 0.1, 0.2]))
    assert [next(results), next(results)] == [(0.1, 0.1), (0.2, 0.2)]
    results.close()
    assert len(active_children()) == 1  # the idle one


def test_tasks_can_be_added_and_removed_meanwhile(pool: Any) -> None:
    waiting, found = deque([1, 2, 3, 4]), []
    for task, _ in pool(operator.neg, 1).run(waiting):
        found.append(task)
        if task == 1:
            waiting.append(5)
        if task == 2:
            waiting.remove(4)
    assert found == [1, 2, 3, 5]


def test_a_process_that_dies_costs_no_other_task(pool: Any, work: ModuleType, capfd: Any) -> None:
    found = dict(pool(work.dying).run(deque(range(5))))
    died = "its worker process died (exit status {})"
    assert found == {0: 0, 1: Lost(died.format(-9)), 2: Lost(died.format(3)), 3: 30, 4: 40}
    assert capfd.readouterr().out == ""


def test_a_process_that_dies_while_it_is_idle_is_replaced(pool: Any, work: ModuleType) -> None:
    whose = pool(work.whose, 1)
    ((_, first),) = whose.run(deque([0]))
    os.kill(first, signal.SIGKILL)
    time.sleep(0.2)
    ((_, second),) = whose.run(deque([0]))
    assert first != second and not isinstance(second, Lost)


def test_a_task_that_takes_too_long_is_stopped(pool: Any, work: ModuleType) -> None:
    found = dict(pool(work.slow, 2, 1.0).run(deque([0.0, 600.0, 0.1])))
    assert found == {0.0: 0.0, 0.1: 0.1, 600.0: Lost("it took more than 1 s")}


def test_an_interrupt_in_a_task_reaches_the_caller(pool: Any, work: ModuleType) -> None:
    with pytest.raises(KeyboardInterrupt, match="task 2 wants an end"):
        list(pool(work.interrupted).run(deque([1, 2])))


def test_libraries_use_one_thread_unless_the_user_says_otherwise(
    pool: Any, work: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "3")
    found = dict(pool(work.threads, 1).run(deque(["OMP_NUM_THREADS", "MKL_NUM_THREADS"])))
    assert found == {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "3"}
    assert "OMP_NUM_THREADS" not in os.environ


def test_functions_of_no_module_are_sent_and_what_cannot_be_is_reported(pool: Any) -> None:
    factor, lock = 3, threading.Lock()
    assert dict(pool(lambda task: factor * task).run(deque([1, 2]))) == {1: 3, 2: 6}
    with pytest.raises(SendingError, match=r"cannot be sent to worker processes \(.*lock.*jobs=1; for a single run"):
        pickled(lambda task: lock)


def test_a_function_that_a_worker_cannot_import_is_reported(pool: Any, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text("def work(task):\n    return task\n")
    sys.path.insert(0, str(tmp_path))
    try:
        import elsewhere  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(tmp_path))
    with pytest.raises(NeatError, match="No module named 'elsewhere'"):
        list(pool(elsewhere.work).run(deque([1])))
    there = ProcessPool[int, int](pickled(elsewhere.work, tmp_path), 1)
    assert list(there.run(deque([1]))) == [(1, 1)]
    there.close()
    del sys.modules["elsewhere"]


def test_sys_exit_in_a_problem_interrupts_the_runs(tmp_path: Path) -> None:
    (tmp_path / "leaving.py").write_text(
        "import sys, neat\n@neat.problem(inputs=1, outputs=1)\ndef leave(network):\n    sys.exit()\n"
    )
    (tmp_path / "main.py").write_text(
        "import neat\n"
        "from leaving import leave\n"
        "try:\n"
        "    neat.run_seeds(neat.Config(population={'size': 4}), '0..3', leave, jobs=2)\n"
        "except KeyboardInterrupt as interruption:\n"
        "    print(interruption)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    command = [sys.executable, "main.py"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("the problem called sys.exit() in generation 1\n", "")
