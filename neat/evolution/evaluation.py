"""Evaluation of a state: whom to evaluate, and whom to put to the harder test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.core.errors import ProblemError
from neat.evolution.failures import settled
from neat.evolution.state import State
from neat.execution.in_process import compute, validate
from neat.problems.function import FunctionProblem
from neat.problems.protocol import Evaluation, name_of, validates


def evaluate(problem: Any, state: State, config: Config) -> Evaluation:
    """Return the evaluation of a state's population; genomes whose fitness is known are not evaluated again.

    Where the problem has a harder test, the best candidate not yet checked is put to it, and only a genome that
    passes counts as solved. With `on_error = worst` genomes that fail have the lowest fitness already.

    Raises:
        ProblemError: the problem failed, as `neat.execution.in_process.compute` says.
    """
    unknown = np.flatnonzero(~state.known)
    fresh = compute(problem, state.population, unknown, state.generation, state.carry, config)
    facts: dict[str, Any] = {"evaluated": len(unknown), "noisy": not problem.deterministic}
    if state.remembered is not None:
        facts |= _merged(fresh, state.remembered, unknown, state.known)
    evaluation = replace(fresh, **facts)
    lenient = config.run.on_error == "worst"
    if lenient:
        evaluation = _settled(problem, evaluation, state, config)
    if not validates(problem) or evaluation.solved is None:
        return evaluation
    solved = np.zeros(len(state.population), np.bool_)
    candidate = _candidate(evaluation, state)
    validation = None
    if candidate is not None:
        try:
            validation = validate(problem, state.population, candidate, state.generation, config, state.carry)
        except ProblemError as error:
            if not lenient or isinstance(error.__cause__, MemoryError):
                raise
            return _failed_exam(replace(evaluation, solved=solved), state, candidate, error, config)
        solved[candidate] = validation.passed
    return replace(evaluation, solved=solved, validation=validation)


def check_repeatable(problem: Any, state: State, evaluation: Evaluation, config: Config) -> None:
    """Evaluate the best genome of a state once more; with the same random numbers it must get the same fitness.

    Otherwise the run could not be repeated, and lucky genomes of a problem that counts as deterministic would keep
    their fitness. Problems of this package are not checked, and neither are those in which genomes meet each other or
    those declared as not deterministic. The second evaluation is not counted and does not affect the run.

    Raises:
        ProblemError: the fitness differs.
    """
    fine = evaluation.finite & ~np.isin(state.population.key, list(evaluation.failed))
    declared = not isinstance(problem, FunctionProblem) or problem.declared
    if (evaluation.noisy and declared) or _is_ours(problem):
        return
    if not getattr(problem, "splittable", True) or not fine.any():
        return
    best = int(np.argmax(np.where(fine, evaluation.fitness, -np.inf)))
    again = compute(problem, state.population, np.array([best]), state.generation, state.carry, config)
    first, second = float(evaluation.fitness[best]), float(again.fitness[0])
    if again.failed or first == second or (config.run.on_error == "worst" and not again.finite.all()):
        return
    said = f"gave genome {state.population.key[best]} the fitness {first}, and {second} when it was evaluated again"
    if isinstance(problem, FunctionProblem) and evaluation.noisy:
        raise ProblemError(
            f"{problem.name} {said} with the same rng, so a run could not be repeated; draw all random numbers from "
            "its parameter rng, or declare it not deterministic (deterministic=False in @neat.problem, or "
            "deterministic = no in [problem])"
        )
    if isinstance(problem, FunctionProblem):
        why = "was declared deterministic" if problem.declared else "counts as deterministic, without a parameter rng"
        raise ProblemError(
            f"{problem.name} {said}, but {why}; add deterministic=False to its declaration (@neat.problem, or "
            "deterministic = no in [problem]), or draw all random numbers from a second parameter rng"
        )
    raise ProblemError(
        f"{name_of(problem)} {said}, but deterministic is True; set it to False, and draw all random numbers from rng"
    )


def _is_ours(problem: Any) -> bool:
    """Return whether a problem belongs to this package and is not made from a user's function."""
    package = type(problem).__module__.partition(".")[0]
    return package == __name__.partition(".")[0] and not isinstance(problem, FunctionProblem)


def _settled(problem: Any, evaluation: Evaluation, state: State, config: Config) -> Evaluation:
    """Return the evaluation with the lowest fitness for genomes that failed; raise their error if all failed."""
    if evaluation.failed and not evaluation.finite.any():
        strict = config.replace(run={"on_error": "stop"})
        try:
            compute(problem, state.population, np.flatnonzero(~state.known), state.generation, state.carry, strict)
        except ProblemError as error:
            told = f"every genome of generation {state.generation} failed, so there is no lowest fitness: {error}"
            raise ProblemError(told, error.genome_key) from error.__cause__
    return settled(evaluation, state, config)


def _failed_exam(
    evaluation: Evaluation, state: State, candidate: int, error: ProblemError, config: Config
) -> Evaluation:
    """Return the evaluation after validation failed for a candidate, which then counts as failed."""
    fitness = evaluation.fitness.copy()
    fitness[candidate] = np.nan
    failed = {**evaluation.failed, int(state.population.key[candidate]): str(error)}
    return settled(replace(evaluation, fitness=fitness, failed=failed), state, config)


def _merged(fresh: Evaluation, old: Evaluation, unknown: NDArray[np.int64], known: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the columns of all genomes: of those evaluated now, and of those remembered."""

    def merged(now: NDArray[Any], before: NDArray[Any]) -> NDArray[Any]:
        column = np.empty((len(known), *now.shape[1:]), now.dtype)
        column[unknown], column[known] = now, before
        return column

    solved, columns = fresh.solved, fresh.columns
    if len(fresh.failed) == len(unknown):  # no genome was evaluated successfully
        solved = None if old.solved is None else np.zeros(len(unknown), np.bool_)
        columns = {
            name: np.zeros((len(unknown), *column.shape[1:]), column.dtype) for name, column in old.columns.items()
        }
    if _widths(columns) != _widths(old.columns):
        raise ProblemError("the problem's columns are not those of the generation before")
    return {
        "fitness": merged(fresh.fitness, old.fitness),
        "solved": None if solved is None or old.solved is None else merged(solved, old.solved),
        "columns": {name: merged(column, old.columns[name]) for name, column in columns.items()},
    }


def _widths(columns: Mapping[str, NDArray[Any]]) -> dict[str, tuple[int, ...]]:
    return {name: column.shape[1:] for name, column in columns.items()}


def _candidate(evaluation: Evaluation, state: State) -> int | None:
    """Return the best champion of a species that is marked as solved and was never checked, if there is one."""
    if evaluation.solved is None:
        return None
    order = np.lexsort((-evaluation.fitness, state.species_index))
    first = np.concatenate([[True], np.diff(state.species_index[order]) > 0])
    champions = order[first]
    champions = champions[evaluation.solved[champions] & ~state.validated[champions]]
    return int(champions[np.argmax(evaluation.fitness[champions])]) if len(champions) else None
