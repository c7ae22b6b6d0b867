"""Whether a run is what its seed gives: every generation computed again and compared with what is saved."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from neat.config.arguments import path
from neat.core.errors import NeatError
from neat.evolution.loop import evolve, initialize
from neat.evolution.state import Generation
from neat.runs.compatibility import doubts
from neat.runs.resume import check_options
from neat.runs.run import with_threads
from neat.runs.trust import problem_of_run
from neat.store.checkpoint import checkpoint_rows
from neat.store.history import History
from neat.store.rows import Before, note, rows_of


@dataclass(frozen=True)
class Verification:
    """What came of computing a run again.

    Attributes:
        generations: how many were found again, bit for bit.
        total: how many the run has.
        differs: the first generation that differs, or None.
        tables: where it differs: tables of the run's file; `end` where the run computed again ends before it.
        doubts: sentences: what is not as it was when the run was made.
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
    problem: Any = None,
    *,
    threads: int | None = None,
    trust: bool = False,
    watch: Callable[[Generation], object] | None = None,
) -> Verification:
    """Compute a run again, from its founders on, and compare every row and every saved state.

    `problem`, `threads`, `trust` and `watch` are those of `neat.resume`. The run's file is only read.

    Raises:
        NeatError: there is no such run, or its file is corrupt or newer.
        ProblemError: the problem failed, or cannot be made.
    """
    check_options(problem, threads, trust, watch)
    with History(path("run", run)) as history:
        config = history.config
        problem = problem_of_run(history, problem, trust=trust, threads=threads)
        told = tuple(doubts(history, config, problem))
        last = history.last
        if last is None:
            raise NeatError(f"{history.folder}: has no generation yet, so there is nothing to compare")
        states, before, number = set(history.states()), Before(), 0
        here = with_threads(config, threads)
        for generation in evolve(here, problem, initialize(here, problem)):
            number = generation.number
            noted = note(generation, before, 0.0)
            found, there = rows_of(noted, lineage=config.run.lineage), history.rows(number)
            tables = found.differences(there)
            if number in states and checkpoint_rows(generation.state, config.genome) != history.state_rows(number):
                tables.append("checkpoint")
            if tables:
                return Verification(number - 1, last, number, tuple(tables), told)
            before = noted.after
            if watch is not None:
                watch(generation)
            if number == last:
                return Verification(last, last, None, (), told)
        return Verification(number, last, number + 1, ("end",), told)
