"""Evaluation by workers: a population is split into chunks, and their results are joined by index."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.announcements import announce
from neat.core.errors import NeatError
from neat.execution.chunks import (
    Answer,
    Chunk,
    Computing,
    Evaluations,
    Failure,
    ValidationEpisodes,
    WholeValidation,
    chunk_sizes,
    lost,
)
from neat.execution.executor import Evaluated, Request, join_parts
from neat.execution.in_process import InProcess, validated
from neat.execution.precompilation import compile_for_workers
from neat.execution.sending import pickled
from neat.execution.workers import Lost, Workers
from neat.genetics.population import Population
from neat.problems.evaluation import Validation
from neat.problems.protocol import Context, Problem, SupportsValidation, name_of, validates_in_episodes


class Distributed:
    """The executor that lets workers evaluate chunks of a population.

    A chunk whose worker dies or hangs is computed again, each genome alone; if a worker is lost again, the run stops.
    A population whose genomes meet is never split: it is evaluated in this process.

    Args:
        start: starts workers for a function, as `pickled` returns it.
        folder: a folder in which workers find modules that this process has imported from there.
        timeout: the seconds after which workers stop a chunk; None: never.
    """

    def __init__(
        self,
        start: Callable[[bytes], Workers[Chunk, Answer]],
        folder: Path | None = None,
        timeout: float | None = None,
    ) -> None:
        self._start, self._folder, self._timeout = start, folder, timeout
        self._problem: Problem | None = None
        self._workers: Workers[Chunk, Answer] | None = None
        self._in_process = InProcess()
        self._is_whole = False  # whether it was announced that the population is not split
        self._seconds: dict[type[Chunk], float] = {}  # of one row of a chunk, in the last call

    def evaluate(
        self, problem: Problem, population: Population, indices: NDArray[np.int64], context: Context, *, tolerant: bool
    ) -> Evaluated:
        """Return the evaluation of the genomes at `indices`, one row for each: see `Executor`.

        Raises:
            LostWorkerError: workers died or hung twice at a genome.
            NeatError: the problem cannot be sent to workers, or they cannot start.
        """
        (found,) = self.evaluate_each(problem, population, [Request(indices, context)], tolerant=tolerant)
        return found

    def evaluate_each(
        self, problem: Problem, population: Population, requests: Sequence[Request], *, tolerant: bool
    ) -> list[Evaluated]:
        """Return the evaluation of each request, all of which workers share; raises as `evaluate`."""
        if not problem.independent or not all(len(indices) for indices, _ in requests):
            self._announce_whole(problem)
            return [self._in_process.evaluate(problem, population, *request, tolerant=tolerant) for request in requests]
        workers = self._workers_for(problem, population)
        chunks, start = list[Chunk](), 0
        total = sum(len(indices) for indices, _ in requests)
        for indices, context in requests:
            first = 0
            for size in self._sizes(Evaluations, len(indices), max(1, workers.count * len(indices) // total)):
                rows = slice(first, first + size)
                part, genomes = replace(context.part(rows), threads=1), population.take(indices[rows])
                chunks.append(Evaluations(start=start, context=part, population=genomes, tolerant=tolerant))
                first, start = first + size, start + size
        computed, evaluated, begin = self._compute(workers, chunks), list[Evaluated](), 0
        for indices, context in requests:
            end = begin + len(indices)
            parts = [
                (indices[chunk.start - begin : chunk.start - begin + len(chunk)], found)
                for chunk, found in computed
                if begin <= chunk.start < end
            ]
            evaluated.append(join_parts(problem, population, parts, context))
            begin = end
        return evaluated

    def validate(self, problem: SupportsValidation, population: Population, index: int, context: Context) -> Validation:
        """Return the problem's validation of one genome, whose episodes workers share if they can: see `Executor`.

        Raises:
            LostWorkerError, NeatError: as `evaluate`.
        """
        assert isinstance(problem, Problem), "only problems are validated"
        workers, genome = self._workers_for(problem, population), population.take([index])
        context = replace(context, threads=1)
        if not validates_in_episodes(problem):
            whole = WholeValidation(start=0, context=context, population=genome)
            ((_, validation),) = self._compute(workers, [whole])
            found: Validation = validation
            return found
        chunks, start = [], 0
        for size in self._sizes(ValidationEpisodes, problem.validation_episodes, workers.count):
            chunks.append(ValidationEpisodes(start=start, context=context, population=genome, count=size))
            start += size
        results = np.concatenate([part for _, part in self._compute(workers, chunks)])
        key = int(genome.key[0])
        return validated(lambda: problem.validation_of(key, results), key, context.moment)

    def close(self, *, at_once: bool = False) -> None:
        """End all workers."""
        if self._workers is not None:
            self._workers.close(at_once=at_once)
        self._problem = self._workers = None

    def _workers_for(self, problem: Problem, population: Population) -> Workers[Chunk, Answer]:
        if self._workers is None or self._problem is not problem:
            self.close()
            compile_for_workers(problem, population)
            self._workers = self._start(pickled(Computing(problem, population.take([0])), self._folder))
            self._problem = problem
        return self._workers

    def _sizes(self, kind: type[Chunk], count: int, workers: int) -> Iterator[int]:
        """Return the sizes of chunks of one kind, of `count` rows in all."""
        return chunk_sizes(count, workers, self._seconds.get(kind), self._timeout)

    def _compute(self, workers: Workers[Chunk, Answer], chunks: Sequence[Chunk]) -> list[tuple[Chunk, Any]]:
        """Return chunks and their results, in order.

        Raises:
            NeatError: the first failure by row, whichever came first by time.
        """
        waiting, found, failure = deque(chunks), dict[int, tuple[Chunk, Any]](), None
        seconds, rows = 0.0, 0
        for chunk, answer in workers.run(waiting):
            error: NeatError
            if isinstance(answer, Lost):
                if chunk.attempt == 1:
                    if failure is None or chunk.start < failure[0]:
                        waiting.extendleft(reversed(chunk.again()))
                    continue
                error = lost(chunk, answer.reason)
            elif isinstance(answer.result, Failure):
                error = answer.result.error
            else:
                found[chunk.start] = chunk, answer.result
                seconds, rows = seconds + answer.seconds, rows + len(chunk)
                continue
            if failure is None or chunk.start < failure[0]:
                failure = chunk.start, error
            before = [each for each in waiting if each.start < failure[0]]
            waiting.clear()
            waiting.extend(before)
        if failure is not None:
            raise failure[1]
        self._seconds[type(chunks[0])] = seconds / rows
        return [found[start] for start in sorted(found)]

    def _announce_whole(self, problem: Problem) -> None:
        if problem.independent or self._is_whole:
            return
        self._is_whole = True
        announce(f"the genomes of {name_of(problem)} meet each other, so they are evaluated together, in this process")
