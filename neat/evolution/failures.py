"""Genomes that failed: what they are given instead of a fitness, and when that is not possible."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.core.errors import ProblemError
from neat.evolution.state import State
from neat.problems.protocol import Evaluation


def settled(evaluation: Evaluation, state: State, config: Config) -> Evaluation:
    """Return the evaluation of a state's population with a finite fitness and score for every genome.

    With `on_error = worst` a genome without them gets the lowest of those that have them, solves nothing, and is
    named among the `failed`.

    Raises:
        ProblemError: a genome failed and that is not allowed, or all failed. The message names the first.
    """
    finite = evaluation.finite
    if finite.all():
        return evaluation
    first, all_failed = int(np.argmin(finite)), not finite.any()
    key = int(state.population.key[first])
    if config.run.on_error != "worst" or all_failed:
        name, value = _fault(evaluation, first)
        where = f"genome {key} (number {first} of the population) in generation {state.generation}"
        others = ", and no genome has a finite one" if all_failed else ""
        raise ProblemError(f"the {name} of {where} is {value}; it must be finite{others}", key)
    faults = {
        int(state.population.key[row]): "its {} is {}".format(*_fault(evaluation, row))
        for row in np.flatnonzero(~finite).tolist()
    }
    score = evaluation.score
    return replace(
        evaluation,
        fitness=_with_lowest(evaluation.fitness, finite),
        score=None if score is None else _with_lowest(score, finite),
        solved=None if evaluation.solved is None else evaluation.solved & finite,
        failed={**faults, **evaluation.failed},
    )


def who_did_not_fail(evaluation: Evaluation, key: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """Return a mask (P,) of the genomes that did not fail, or None if none failed."""
    return ~np.isin(key, list(evaluation.failed)) if evaluation.failed else None


def _fault(evaluation: Evaluation, row: int) -> tuple[str, float]:
    """Return which value of a genome is not finite, and the value."""
    if evaluation.score is not None and np.isfinite(evaluation.fitness[row]):
        return "score", float(evaluation.score[row])
    return "fitness", float(evaluation.fitness[row])


def _with_lowest(values: NDArray[np.float64], good: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(good, values, values[good].min())
