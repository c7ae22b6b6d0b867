"""What workers compute: the evaluation of a chunk of a population, or some episodes of a validation."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.compile_watch import working_clock
from neat.core.errors import LostWorkerError, NeatError, ProblemError, WorkerTraceback
from neat.core.tracebacks import users_traceback, with_source
from neat.execution.executor import Evaluated
from neat.execution.in_process import InProcess, play_validation
from neat.execution.precompilation import compile_for_workers
from neat.genetics.population import Population
from neat.network import compile_networks
from neat.problems.evaluation import Validation
from neat.problems.protocol import Context, EpisodicValidation, Problem, SupportsValidation

_LEAST_SECONDS = 0.02  # of a chunk
_SECONDS_TO_SEND = 0.0005  # a chunk and its result; with many workers, chunks last until all others have been sent
_TINY = 1e-12  # seconds
_MOST_SECONDS = 5.0  # of a chunk, since it is computed again if its worker dies


@dataclass(frozen=True, kw_only=True)
class Chunk(ABC):
    """A part of the work of an executor, from row `start` on; `attempt` counts how often it has been begun."""

    start: int
    context: Context
    attempt: int = 1

    @property
    @abstractmethod
    def key(self) -> int | None:
        """The key of its only genome, or None if it has more."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def compute(self, problem: Problem) -> Any:
        """Return its result.

        Raises:
            NeatError: as `Executor.evaluate` and `Executor.validate`.
        """

    def again(self) -> list[Chunk]:
        """Return what to compute again after a worker was lost."""
        return [replace(self, attempt=self.attempt + 1)]


@dataclass(frozen=True, kw_only=True)
class Evaluations(Chunk):
    """The evaluation of P genomes."""

    population: Population
    tolerant: bool

    @property
    def key(self) -> int | None:
        """The key of its only genome, or None if it has more."""
        return int(self.population.key[0]) if len(self) == 1 else None

    def __len__(self) -> int:
        return len(self.population)

    def compute(self, problem: Problem) -> Evaluated:
        """Return the evaluation of the genomes."""
        indices = np.arange(len(self))
        return InProcess().evaluate(problem, self.population, indices, self.context, tolerant=self.tolerant)

    def again(self) -> list[Chunk]:
        """Return each genome as a chunk, so that the one at which workers are lost becomes known."""
        return [
            replace(
                self,
                start=self.start + row,
                population=self.population.take([row]),
                context=self.context.part(slice(row, row + 1)),
                attempt=self.attempt + 1,
            )
            for row in range(len(self))
        ]


@dataclass(frozen=True, kw_only=True)
class WholeValidation(Chunk):
    """The validation of one genome."""

    population: Population

    @property
    def key(self) -> int:
        """The key of the genome."""
        return int(self.population.key[0])

    def __len__(self) -> int:
        return 1

    def compute(self, problem: Problem) -> Validation:
        """Return the validation."""
        assert isinstance(problem, SupportsValidation), "only such a problem is asked"
        return InProcess().validate(problem, self.population, 0, self.context)


@dataclass(frozen=True, kw_only=True)
class ValidationEpisodes(Chunk):
    """Some episodes of the validation of one genome."""

    population: Population
    count: int

    @property
    def key(self) -> int:
        """The key of the genome."""
        return int(self.population.key[0])

    def __len__(self) -> int:
        return self.count

    def compute(self, problem: Problem) -> NDArray[np.float64]:
        """Return the results of the episodes."""
        assert isinstance(problem, EpisodicValidation), "only such a problem is asked"
        network = compile_networks(self.population, threads=1)[0]
        return play_validation(problem, network, self.context, range(self.start, self.start + self.count))

    def again(self) -> list[Chunk]:
        """Return each episode as a chunk."""
        starts = range(self.start, self.start + self.count)
        return [replace(self, start=start, count=1, attempt=self.attempt + 1) for start in starts]


@dataclass(frozen=True)
class Failure:
    """An error of a problem in a worker, in a form that any process can unpickle."""

    faults: tuple[str, ...]
    of_problem: bool
    genome_key: int | None
    traceback: str | None
    no_memory: bool

    @classmethod
    def of(cls, error: NeatError) -> Failure:
        """Return an error in this form."""
        cause, of_problem = error.__cause__, isinstance(error, ProblemError)
        return cls(
            error.faults,
            of_problem,
            error.genome_key if isinstance(error, ProblemError) else None,
            None if cause is None else users_traceback(cause),
            isinstance(cause, MemoryError),
        )

    @property
    def error(self) -> NeatError:
        """The error; its cause shows the traceback of the worker."""
        error = ProblemError(self.faults[0], self.genome_key) if self.of_problem else NeatError(*self.faults)
        if self.traceback is not None:
            text = with_source(self.traceback)
            error.__cause__ = MemoryError(text) if self.no_memory else WorkerTraceback(text)
        return error


@dataclass(frozen=True)
class Answer:
    """The result of a chunk, or why there is none, and the seconds that it took."""

    result: Any
    seconds: float


class Computing:
    """What workers call with one chunk after another: its problem is sent to each worker once.

    `genome` is a population of one genome, with which kernels are compiled, or loaded, before the first chunk.
    """

    def __init__(self, problem: Problem, genome: Population) -> None:
        self._problem, self._genome = problem, genome

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state
        compile_for_workers(self._problem, self._genome)

    def __call__(self, chunk: Chunk) -> Answer:
        began = working_clock()
        try:
            result = chunk.compute(self._problem)
        except NeatError as error:
            result = Failure.of(error)
        return Answer(result, working_clock() - began)


def lost(chunk: Chunk, reason: str) -> LostWorkerError:
    """Return the error of a chunk for which workers were lost twice."""
    genome = "genomes" if chunk.key is None else f"genome {chunk.key}"
    what = f"validating {genome}" if isinstance(chunk, ValidationEpisodes | WholeValidation) else f"evaluating {genome}"
    return LostWorkerError(f"{what} {chunk.context.moment}: {reason}, twice", chunk.key)


def chunk_sizes(count: int, workers: int, seconds: float | None, timeout: float | None = None) -> Iterator[int]:
    """Yield the sizes of chunks of `count` rows: large ones first, so that workers end at about the same time.

    Args:
        count: the number of rows.
        workers: the number of workers.
        seconds: how long one row takes, if it is known. Chunks are not too short to be worth sending, and not so long
            that much is lost with a worker.
        timeout: the seconds after which a chunk is stopped. Chunks take at most a quarter of it, and have one row as
            long as `seconds` is unknown.
    """
    least, most, longest = 1, count, _MOST_SECONDS
    if timeout is not None:
        most, longest = 1, min(longest, timeout / 4)
    if seconds is not None:
        seconds = max(seconds, _TINY)
        until_sent = min(-(-count // workers), math.ceil(workers * _SECONDS_TO_SEND / seconds))
        least = max(math.ceil(min(count, _LEAST_SECONDS / seconds)), until_sent)
        most = max(1, int(min(count, longest / seconds)))
    while count > 0:
        size = min(count, most, max(least, count // (2 * workers)))
        yield size
        count -= size
