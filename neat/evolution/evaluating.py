"""Evaluation of a state: whom to evaluate, and whom to put to the harder test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.evolution.state import State
from neat.execution.local import compute, validate
from neat.problems.protocol import Evaluation, validates


def evaluate(problem: Any, state: State, config: Config) -> Evaluation:
    """Return the evaluation of a state's population; genomes whose fitness is known are not evaluated again.

    Where the problem has a harder test, the best candidate not yet checked is put to it, and only a genome that
    passes counts as solved.

    Raises:
        ProblemError: the problem failed, as `neat.execution.local.compute` says.
    """
    unknown = np.flatnonzero(~state.known)
    fresh = compute(problem, state.population, unknown, state.generation, state.carry, config)
    facts: dict[str, Any] = {"evaluated": len(unknown), "noisy": not problem.deterministic}
    if state.remembered is not None:
        facts |= _merged(fresh, state.remembered, unknown, state.known)
    evaluation = replace(fresh, **facts)
    if not validates(problem):
        return evaluation
    solved = np.zeros(len(state.population), np.bool_)
    candidate = _candidate(evaluation, state)
    validation = None
    if candidate is not None:
        validation = validate(problem, state.population, candidate, state.generation, config, state.carry)
        solved[candidate] = validation.passed
    return replace(evaluation, solved=solved, validation=validation)


def _merged(
    fresh: Evaluation, old: Evaluation, unknown: NDArray[np.int64], known: NDArray[np.bool_]
) -> dict[str, Any]:
    """Return the columns of everybody: of those evaluated now, and of those remembered."""

    def merged(now: NDArray[Any], before: NDArray[Any]) -> NDArray[Any]:
        column = np.empty((len(known), *now.shape[1:]), now.dtype)
        column[unknown], column[known] = now, before
        return column

    return {
        "fitness": merged(fresh.fitness, old.fitness),
        "solved": None if fresh.solved is None or old.solved is None else merged(fresh.solved, old.solved),
        "columns": {name: merged(column, old.columns[name]) for name, column in fresh.columns.items()},
    }


def _candidate(evaluation: Evaluation, state: State) -> int | None:
    """Return the best champion of a species that is marked as solved and was never checked, if there is one."""
    if evaluation.solved is None:
        return None
    order = np.lexsort((-evaluation.fitness, state.member))
    first = np.concatenate([[True], np.diff(state.member[order]) > 0])
    champions = order[first]
    champions = champions[evaluation.solved[champions] & ~state.checked[champions]]
    return int(champions[np.argmax(evaluation.fitness[champions])]) if len(champions) else None
