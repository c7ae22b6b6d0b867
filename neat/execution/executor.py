"""The interface of an executor: it computes the evaluation of genomes, in this process or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from neat.genetics.population import Population
from neat.problems.evaluation import Evaluation, Validation
from neat.problems.protocol import Context, Problem, SupportsValidation


class Evaluated(NamedTuple):
    """An evaluation of genomes, and the reasons why some of them failed, by key; these have the fitness nan."""

    evaluation: Evaluation
    failed: Mapping[int, str]


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
