"""The interface of an executor, which computes evaluations of genomes, and how it joins those of parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neat.genetics.population import Population
from neat.problems.evaluation import Evaluation, Validation
from neat.problems.protocol import Context, Problem, SupportsValidation, join


class Evaluated(NamedTuple):
    """An evaluation of genomes, and the reasons why some of them failed, by key; these have the fitness nan."""

    evaluation: Evaluation
    failed: Mapping[int, str]


@runtime_checkable
class Executor(Protocol):
    """Computes evaluations. Results never depend on the executor, its workers or how it splits a population."""

    def evaluate(
        self, problem: Problem, population: Population, indices: NDArray[np.int64], context: Context, *, tolerant: bool
    ) -> Evaluated:
        """Return the evaluation of the genomes at `indices`, one row for each.

        Args:
            problem: evaluates the networks.
            population: P genomes.
            indices: (n,) int64, increasing: the genomes to evaluate.
            context: passed to the problem; `species_index` has one element for each of the n genomes.
            tolerant: whether genomes for which the problem fails have the fitness nan; otherwise the failure is raised.

        Raises:
            ProblemError: the problem raised an exception, or returned a wrong type or shape; the message names the
                genome, if it is known.
            KeyboardInterrupt: the problem called `sys.exit()`, as a game does when its window is closed.
        """

    def validate(self, problem: SupportsValidation, population: Population, index: int, context: Context) -> Validation:
        """Return the problem's validation of one genome.

        Raises:
            ProblemError: the validation raised an exception, or returned a wrong type; the message names the genome.
            KeyboardInterrupt: the problem called `sys.exit()`.
        """


class Request(NamedTuple):
    """Genomes of a population, int64 indices in ascending order, and the context in which they are evaluated."""

    indices: NDArray[np.int64]
    context: Context


@runtime_checkable
class BatchExecutor(Executor, Protocol):
    """An executor that evaluates several requests at the same time."""

    def evaluate_each(
        self, problem: Problem, population: Population, requests: Sequence[Request], *, tolerant: bool
    ) -> list[Evaluated]:
        """Return the evaluation of each request, as `evaluate` would return it."""


def evaluate_each(
    executor: Executor, problem: Problem, population: Population, requests: Sequence[Request], *, tolerant: bool
) -> list[Evaluated]:
    """Return the evaluation of each request, at the same time if the executor can do that.

    Raises:
        ProblemError, KeyboardInterrupt: as `Executor.evaluate`, for the first request that fails.
    """
    if isinstance(executor, BatchExecutor):
        return executor.evaluate_each(problem, population, requests, tolerant=tolerant)
    return [executor.evaluate(problem, population, *request, tolerant=tolerant) for request in requests]


def join_parts(
    problem: Problem,
    population: Population,
    parts: Sequence[tuple[NDArray[np.int64], Evaluated]],
    context: Context,
) -> Evaluated:
    """Return the evaluation of genomes from those of parts, in their order.

    A part of which every genome failed gets the columns of the others; it adds nothing to the problem state.

    Args:
        problem: the problem.
        population: P genomes.
        parts: the indices of the genomes of each part, int64, and their evaluation.
        context: the context in which the parts were evaluated.
    """
    valid = [part.evaluation for indices, part in parts if not part.failed or len(part.failed) < len(indices)]
    failed = {key: reason for _, part in parts for key, reason in part.failed.items()}
    if not valid:
        count = sum(len(indices) for indices, _ in parts)
        return Evaluated(Evaluation(np.full(count, np.nan), state=dict(context.state)), failed)
    evaluations = [
        _failed_like(valid[0], population.take(indices)) if 0 < len(indices) == len(part.failed) else part.evaluation
        for indices, part in parts
    ]
    return Evaluated(join(problem, evaluations), failed)


def _failed_like(evaluation: Evaluation, genomes: Population) -> Evaluation:
    """Return the evaluation of genomes that failed, with the columns of another evaluation; they learned nothing."""
    count = len(genomes)
    return replace(
        evaluation,
        fitness=np.full(count, np.nan),
        score=None if evaluation.score is None else np.full(count, np.nan),
        solved=None if evaluation.solved is None else np.zeros(count, np.bool_),
        columns={
            name: np.zeros((count, *column.shape[1:]), column.dtype) for name, column in evaluation.columns.items()
        },
        state={},
        weight=None if evaluation.weight is None else genomes.weight,
        bias=None if evaluation.bias is None else genomes.bias,
        response=None if evaluation.response is None else genomes.response,
        learning_evaluations=0,
    )
