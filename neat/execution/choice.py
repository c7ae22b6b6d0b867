"""The executor that a configuration asks for."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.config.arguments import argument_error
from neat.core.announcements import announce
from neat.core.compile_watch import working_clock
from neat.core.errors import NeatError, ProblemError
from neat.core.parallel import available_threads
from neat.execution.distributed import Distributed
from neat.execution.executor import Evaluated, Executor, Request, evaluate_each
from neat.execution.futures import FutureWorkers
from neat.execution.in_process import InProcess
from neat.execution.process_pool import ProcessPool
from neat.execution.ray import RayWorkers
from neat.execution.workers import Workers
from neat.genetics.population import Population
from neat.problems.evaluation import Validation
from neat.problems.protocol import Context, Problem, SupportsValidation

Result = TypeVar("Result")

_LONG = 1.0  # seconds of one evaluation of a population; worker processes take about two to start

#: Whatever can compute evaluations: an executor of this package's kind, or one that follows `concurrent.futures`.
AnyExecutor = Executor | concurrent.futures.Executor


def checked_executor(given: AnyExecutor | None) -> AnyExecutor | None:
    """Return an executor after checking its type; raises NeatError."""
    if isinstance(given, Executor | concurrent.futures.Executor | None):
        return given
    raise argument_error("executor", given, "a neat.Executor or a concurrent.futures.Executor")


class Execution(AbstractContextManager[Executor]):
    """The executor of a run, with workers that start when they are needed, and end with the body.

    Args:
        config: its section [run] chooses the executor, unless one is given.
        given: an executor of the user's own, which is not closed.
    """

    def __init__(self, config: Config, given: AnyExecutor | None = None) -> None:
        settings, folder = config.run, config.folder
        count = settings.workers or available_threads()
        self._own: Distributed | Automatic | None = None
        self._executor: Executor
        if isinstance(given, concurrent.futures.Executor):
            futures = given
            self._executor = Distributed(lambda function: FutureWorkers(futures, function, count), folder)
        elif given is not None:
            self._executor = given
        elif settings.executor == "threads":
            self._executor = InProcess()
        elif settings.executor == "auto":
            self._executor = self._own = Automatic(folder, settings.workers or settings.threads or count)
        else:
            self._executor = self._own = Distributed(starter(config), folder, settings.timeout)

    def __enter__(self) -> Executor:
        return self._executor

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own is not None:
            self._own.close(at_once=kind is not None)


def starter(config: Config, count: int = 0, *, whole_runs: bool = False) -> Callable[[bytes], Workers[Any, Any]]:
    """Return the function that starts workers: processes, or those of Ray if the configuration says so.

    It takes a function for the workers, as `pickled` returns it.

    Args:
        config: its section [run] describes the workers.
        count: their number; 0: as the configuration says.
        whole_runs: whether a task is a whole run, for which there is no timeout.
    """
    settings, folder = config.run, config.folder
    count, timeout = count or settings.workers or available_threads(), None if whole_runs else settings.timeout

    def start(function: bytes) -> Workers[Any, Any]:
        if settings.executor == "ray":
            return RayWorkers(function, settings.address, count, timeout, folder)
        return ProcessPool(function, count, timeout)

    return start


class Automatic:
    """The executor that evaluates in this process until that takes long, and from then on in worker processes.

    Only problems that compute in Python use workers (`Problem.in_python`), and only if the first genome has the same
    fitness there: a script may have changed a module that workers import.

    Args:
        folder: a folder in which workers find modules that this process has imported from there.
        processes: the number of worker processes.
    """

    def __init__(self, folder: Path, processes: int) -> None:
        self._folder, self._processes = folder, processes
        self._in_process = InProcess()
        self._distributed: Distributed | None = None
        self._stays = processes == 1

    def evaluate(
        self, problem: Problem, population: Population, indices: NDArray[np.int64], context: Context, *, tolerant: bool
    ) -> Evaluated:
        """Return the evaluation of the genomes at `indices`, one row for each: see `Executor`."""
        began = working_clock()
        found = self._by(lambda executor: executor.evaluate(problem, population, indices, context, tolerant=tolerant))
        seconds = working_clock() - began
        can_split = problem.in_python and problem.independent
        can_split &= not found.evaluation.state or type(problem).merge is not Problem.merge
        if self._distributed is None and not self._stays and can_split and seconds > _LONG:
            self._distributed = Distributed(lambda function: ProcessPool(function, self._processes), self._folder)
            one = slice(0, 1)
            try:
                again = self._distributed.evaluate(
                    problem, population, indices[one], context.part(one), tolerant=tolerant
                )
                same = again.evaluation.fitness.tobytes() == found.evaluation.fitness[one].tobytes()
                fault = "" if same else f"genome {population.key[indices[0]]} has another fitness there"
            except NeatError as error:
                fault = str(error)
            if fault:
                self._stay(fault)
            else:
                announce(
                    f"evaluating {len(indices)} genomes took {seconds:.1f} s: from here on, {self._processes} worker "
                    "processes share the work ([run] executor = threads keeps it in this process)"
                )
        return found

    def evaluate_each(
        self, problem: Problem, population: Population, requests: Sequence[Request], *, tolerant: bool
    ) -> list[Evaluated]:
        """Return the evaluation of each request: see `BatchExecutor`."""
        return self._by(lambda executor: evaluate_each(executor, problem, population, requests, tolerant=tolerant))

    def validate(self, problem: SupportsValidation, population: Population, index: int, context: Context) -> Validation:
        """Return the problem's validation of one genome: see `Executor`."""
        return self._by(lambda executor: executor.validate(problem, population, index, context))

    def _by(self, compute: Callable[[Executor], Result]) -> Result:
        """Return what the current executor computes; without workers if these cannot be used."""
        if self._distributed is not None:
            try:
                return compute(self._distributed)
            except ProblemError:
                raise
            except NeatError as error:
                self._stay(str(error))
        return compute(self._in_process)

    def _stay(self, fault: str) -> None:
        """Use no workers, for which the user did not ask, because of a fault."""
        announce(f"no worker processes are used: {fault}")
        self.close(at_once=True)
        self._distributed, self._stays = None, True

    def close(self, *, at_once: bool = False) -> None:
        """End all workers."""
        if self._distributed is not None:
            self._distributed.close(at_once=at_once)
