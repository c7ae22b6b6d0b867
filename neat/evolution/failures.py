"""Genomes that failed: which fitness they have instead, and when a failure ends the run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neat.config import RunKeys
from neat.core.errors import ProblemError
from neat.evolution.state import Assessment, Generation, State
from neat.problems.evaluation import Evaluation


def with_lowest_fitness(assessment: Assessment, state: State, settings: RunKeys) -> Assessment:
    """Return the assessment of a state's population with a finite fitness and score for every genome.

    With `on_error = worst`, a genome without them gets the lowest of the others, solves nothing, and is added to the
    failed genomes.

    Raises:
        ProblemError: a genome failed and that is not allowed, or all failed. The message names the first.
    """
    evaluation = assessment.evaluation
    finite = evaluation.finite
    if finite.all():
        return assessment
    first, all_failed = int(np.argmin(finite)), not finite.any()
    key = int(state.population.key[first])
    if settings.on_error != "worst" or all_failed:
        name, value = _not_finite(evaluation, first)
        where = f"genome {key} (number {first} of the population) in generation {state.generation}"
        others = ", and no genome has a finite one" if all_failed else ""
        raise ProblemError(f"the {name} of {where} is {value}; it must be finite{others}", key)
    faults = {
        int(state.population.key[row]): "its {} is {}".format(*_not_finite(evaluation, row))
        for row in np.flatnonzero(~finite).tolist()
    }
    score = evaluation.score
    evaluation = replace(
        evaluation,
        fitness=_with_lowest(evaluation.fitness, finite),
        score=None if score is None else _with_lowest(score, finite),
        solved=None if evaluation.solved is None else evaluation.solved & finite,
    )
    return replace(assessment, evaluation=evaluation, failed={**faults, **assessment.failed})


def valid_genomes(assessment: Assessment | Generation, key: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """Return a mask (P,) of the genomes that did not fail, or None if none failed; `key` (P,) holds all keys."""
    return ~np.isin(key, list(assessment.failed)) if assessment.failed else None


def _not_finite(evaluation: Evaluation, row: int) -> tuple[str, float]:
    """Return which value of a genome is not finite, and the value."""
    if evaluation.score is not None and np.isfinite(evaluation.fitness[row]):
        return "score", float(evaluation.score[row])
    return "fitness", float(evaluation.fitness[row])


def _with_lowest(values: NDArray[np.float64], finite: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(finite, values, values[finite].min())
