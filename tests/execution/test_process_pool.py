"""The pool of worker processes by itself; with real runs it is tested in `tests/studies`."""

from __future__ import annotations

import operator
import os
import subprocess
import sys
from multiprocessing import active_children
from pathlib import Path

import pytest

from neat.core.errors import NeatError
from neat.execution.process_pool import ProcessDied, run_in_processes

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
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """Return a module that worker processes can import, too."""
    (tmp_path / "pool_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    import pool_work

    yield pool_work
    del sys.modules["pool_work"]


def test_every_task_has_its_result():
    found = dict(run_in_processes(operator.neg, range(7), 2))
    assert found == {index: -index for index in range(7)}
    assert list(run_in_processes(operator.neg, [], 2)) == [] and active_children() == []


def test_results_come_as_they_end(work):
    results = run_in_processes(work.slow, [600.0, 0.1, 0.2], 2)
    assert [next(results), next(results)] == [(1, 0.1), (2, 0.2)]
    results.close()
    assert active_children() == []


def test_a_task_whose_process_dies_twice_costs_no_other(work, capfd):
    found = dict(run_in_processes(work.dying, range(5), 2))
    assert found == {0: 0, 1: ProcessDied(2, -9), 2: ProcessDied(2, 3), 3: 30, 4: 40}
    assert capfd.readouterr().out == ""


def test_an_interrupt_in_a_task_ends_all_processes(work):
    with pytest.raises(KeyboardInterrupt, match="task 2 wants an end"):
        list(run_in_processes(work.interrupted, [1, 2], 2))
    assert active_children() == []


def test_a_function_that_cannot_be_pickled_is_reported():
    with pytest.raises(NeatError, match=r"cannot be sent to worker processes \(.*lambda.*use jobs=1"):
        list(run_in_processes(lambda task: task, [1, 2], 2))


def test_sys_exit_in_a_problem_interrupts_the_runs(tmp_path: Path) -> None:
    (tmp_path / "leaving.py").write_text(
        "import sys, neat\n@neat.problem(inputs=1, outputs=1)\ndef leave(network):\n    sys.exit()\n"
    )
    (tmp_path / "main.py").write_text(
        "import neat\n"
        "from leaving import leave\n"
        "if __name__ == '__main__':\n"
        "    try:\n"
        "        neat.run_seeds(neat.Config(population={'size': 4}), '0..3', leave, jobs=2)\n"
        "    except KeyboardInterrupt as interruption:\n"
        "        print(interruption)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    command = [sys.executable, "main.py"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("the problem called sys.exit() in generation 1\n", "")
