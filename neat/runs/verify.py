"""Verification of a run: every generation is computed again and compared with what is saved."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from neat.config.arguments import path
from neat.core.errors import NeatError
from neat.evolution.state import Generation
from neat.execution.choice import AnyExecutor
from neat.genetics.operators import Operators
from neat.problems.protocol import Problem
from neat.runs.compatibility import doubts
from neat.runs.experiment import Experiment
from neat.runs.resume import check_options, execution_settings
from neat.store.checkpoint import checkpoint_rows
from neat.store.history import History
from neat.store.rows import Counters, rows_of, summarise


@dataclass(frozen=True)
class Verification:
    """The result of computing a run again.

    Attributes:
        generations: the number of generations that were the same, bit for bit.
        total: the number of generations of the run.
        differs: the first generation that differs, or None.
        tables: the tables of the run's file that differ; `end` if the run computed again ends earlier.
        doubts: sentences that say what differs from the machine or files with which the run was made.
    """

    generations: int
    total: int
    differs: int | None
    tables: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether everything is the same."""
        return self.differs is None


def verify(
    run: str | os.PathLike[str],
    problem: Problem | None = None,
    *,
    threads: int | None = None,
    executor: AnyExecutor | str | None = None,
    workers: int | None = None,
    address: str | None = None,
    trust: bool = False,
    operators: Operators | None = None,
    watch: Callable[[Generation], object] | None = None,
) -> Verification:
    """Compute a run again from its initial population, and compare every row and every saved state.

    The arguments are those of `neat.resume`. The run's file is only read.

    Raises:
        NeatError: there is no such run, or its file is corrupt or newer.
        ProblemError: the problem failed, or cannot be made.
    """
    check_options(problem, threads, trust, watch)
    with History(path("run", run)) as history:
        experiment = Experiment.of_run(
            history, problem, operators, executor=None if isinstance(executor, str) else executor,
            execution=execution_settings(threads=threads, executor=executor, workers=workers, address=address),
            trust=trust,
        )  # fmt: skip
        reasons = tuple(doubts(history, experiment))
        last, settings, genome = history.last, history.config.run, history.config.genome
        if last is None:
            raise NeatError(f"{history.folder}: has no generation yet, so there is nothing to compare")
        states, before, number = set(history.states()), Counters(), 0
        for generation in experiment.evolve():
            number = generation.number
            summary = summarise(generation, before, 0.0, settings)
            tables = rows_of(summary, settings).differences(history.rows(number))
            if number in states and checkpoint_rows(generation.state, genome) != history.state_rows(number):
                tables.append("checkpoint")
            if tables:
                return Verification(number - 1, last, number, tuple(tables), reasons)
            before = summary.after
            if watch is not None:
                watch(generation)
            if number == last:
                return Verification(last, last, None, (), reasons)
        return Verification(number, last, number + 1, ("end",), reasons)
