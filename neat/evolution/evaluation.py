"""Evaluation of a state: which genomes to evaluate, and which one to validate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import RunKeys
from neat.core.errors import LostWorkerError, ProblemError
from neat.core.randomness import Purpose, Randomness
from neat.evolution.failures import with_lowest_fitness
from neat.evolution.learned import with_learned
from neat.evolution.retesting import raced, uses_retests, with_averages, with_estimates
from neat.evolution.state import Assessment, State
from neat.execution.executor import Executor
from neat.execution.in_process import InProcess
from neat.problems.evaluation import Evaluation
from neat.problems.function import FunctionProblem
from neat.problems.protocol import Context, Problem, SupportsValidation, name_of, supports_validation


def evaluate(problem: Problem, state: State, executor: Executor, settings: RunKeys) -> Assessment:
    """Return the assessment of a state's population; genomes whose fitness is known are not evaluated again.

    If the problem supports validation, the best candidate that has not been validated yet is validated, and only a
    genome that passes counts as solved. With `on_error = worst`, genomes that failed already have the lowest fitness.
    If fitness is noisy, the best genomes are re-tested, and the fitness of copied elites is the mean of all their
    evaluations.

    Raises:
        ProblemError: the problem failed, as `Executor.evaluate` says.
    """
    assessment = _evaluated(problem, state, executor, settings)
    if not uses_retests(problem, settings) or not assessment.evaluation.finite.all():
        return assessment
    race = raced(problem, state, assessment, executor, settings)
    return replace(assessment, evaluation=with_estimates(assessment, race, state.population.key), race=race)


def _evaluated(problem: Problem, state: State, executor: Executor, settings: RunKeys) -> Assessment:
    """Return the assessment of a state's population before any re-test."""
    tolerant = settings.on_error == "worst"
    unknown = np.flatnonzero(~state.known)
    context = _context(state, settings, Purpose.EVALUATION, unknown)
    evaluation, failed = executor.evaluate(problem, state.population, unknown, context, tolerant=tolerant)
    if state.remembered is not None:
        evaluation = _with_remembered(evaluation, len(failed), state.remembered, state.known)
    if uses_retests(problem, settings):
        evaluation = with_averages(evaluation, state.race)
    evaluated = len(unknown) + evaluation.learning_evaluations
    assessment = Assessment(
        evaluation,
        evaluated=evaluated,
        noisy=not problem.deterministic,
        fine_grained=problem.fine_grained,
        failed=failed,
    )
    if tolerant:
        if failed and not evaluation.finite.any():
            _raise_first_failure(problem, state, executor, settings)
        assessment = with_lowest_fitness(assessment, state, settings)
    if evaluation.solved is not None and supports_validation(problem):
        return _with_validation(problem, state, assessment, executor, settings)
    return assessment


def check_repeatable(problem: Problem, state: State, assessment: Assessment, settings: RunKeys) -> None:
    """Evaluate the best genome of a state again, in this process: with the same random numbers, it must be as fit.

    Otherwise the run could not be repeated, and lucky genomes of a problem that counts as deterministic would keep
    their fitness. Problems of this package are not checked, nor are problems in which genomes meet or that are declared
    as not deterministic. The second evaluation is not counted and does not affect the run.

    Raises:
        ProblemError: the fitness differs.
    """
    evaluation = assessment.evaluation
    valid = evaluation.finite & ~np.isin(state.population.key, list(assessment.failed))
    declared = not isinstance(problem, FunctionProblem) or problem.declared
    if (assessment.noisy and declared) or _is_built_in(problem) or not problem.independent or not valid.any():
        return
    best = np.array([np.argmax(np.where(valid, evaluation.fitness, -np.inf))])
    tolerant = settings.on_error == "worst"
    context = _context(state, settings, Purpose.EVALUATION, best)
    again, failed = InProcess().evaluate(problem, state.population, best, context, tolerant=tolerant)
    first, second = float(evaluation.fitness[best[0]]), float(again.fitness[0])
    if failed or first == second or (tolerant and not again.finite.all()):
        return
    here = "" if settings.executor in ("auto", "threads") else " in this process"
    key = state.population.key[best[0]]
    what = f"gave genome {key} the fitness {first}, and {second} when it was evaluated again{here}"
    if isinstance(problem, FunctionProblem) and assessment.noisy:
        raise ProblemError(
            f"{problem.name} {what} with the same rng, so a run could not be repeated; draw all random numbers from "
            "its parameter rng, or declare it not deterministic (deterministic=False in @neat.problem, or "
            "deterministic = no in [problem])"
        )
    if isinstance(problem, FunctionProblem):
        why = "was declared deterministic" if problem.declared else "counts as deterministic, without a parameter rng"
        raise ProblemError(
            f"{problem.name} {what}, but {why}; add deterministic=False to its declaration (@neat.problem, or "
            "deterministic = no in [problem]), or draw all random numbers from a second parameter rng"
        )
    raise ProblemError(
        f"{name_of(problem)} {what}, but deterministic is True; set it to False, and draw all random numbers from "
        "context.rng"
    )


def _context(state: State, settings: RunKeys, purpose: Purpose, indices: NDArray[np.int64]) -> Context:
    """Return the context in which the genomes at `indices` are evaluated."""
    rng = Randomness(settings.seed, state.generation, purpose)
    return Context(rng, state.problem_state, state.species_index[indices], settings.threads)


def _is_built_in(problem: Problem) -> bool:
    """Return whether a problem belongs to this package and is not made from a user's function."""
    package = type(problem).__module__.partition(".")[0]
    return package == __name__.partition(".")[0] and not isinstance(problem, FunctionProblem)


def _raise_first_failure(problem: Problem, state: State, executor: Executor, settings: RunKeys) -> None:
    """Raise the error of the first genome that fails, because all of them do."""
    unknown = np.flatnonzero(~state.known)
    context = _context(state, settings, Purpose.EVALUATION, unknown)
    try:
        executor.evaluate(problem, state.population, unknown, context, tolerant=False)
    except ProblemError as error:
        message = f"every genome of generation {state.generation} failed, so there is no lowest fitness: {error}"
        raise ProblemError(message, error.genome_key) from error.__cause__


def _with_validation(
    problem: SupportsValidation, state: State, assessment: Assessment, executor: Executor, settings: RunKeys
) -> Assessment:
    """Return the assessment after the best candidate was validated; if the validation fails, so did the genome."""
    evaluation = assessment.evaluation
    solved = np.zeros(len(state.population), np.bool_)
    candidate = _candidate(evaluation, state)
    if candidate is None:
        return replace(assessment, evaluation=replace(evaluation, solved=solved))
    context = _context(state, settings, Purpose.VALIDATION, np.array([candidate]))
    try:
        validation = executor.validate(problem, with_learned(state.population, evaluation), candidate, context)
    except ProblemError as error:
        if settings.on_error != "worst" or _depends_on_machine(error):
            raise
        fitness = evaluation.fitness.copy()
        fitness[candidate] = np.nan
        failed = {**assessment.failed, int(state.population.key[candidate]): str(error)}
        evaluation = replace(evaluation, fitness=fitness, solved=solved)
        return with_lowest_fitness(replace(assessment, evaluation=evaluation, failed=failed), state, settings)
    solved[candidate] = validation.passed
    return replace(assessment, evaluation=replace(evaluation, solved=solved), validation=validation)


def _depends_on_machine(error: ProblemError) -> bool:
    """Return whether another machine might not fail, so that the failure must never decide a fitness."""
    return isinstance(error, LostWorkerError) or isinstance(error.__cause__, MemoryError)


def _with_remembered(fresh: Evaluation, failures: int, old: Evaluation, known: NDArray[np.bool_]) -> Evaluation:
    """Return the evaluation of all genomes: of those evaluated now, and of those whose evaluation was known."""

    def merged(now: NDArray[Any], before: NDArray[Any]) -> NDArray[Any]:
        column = np.empty((len(known), *now.shape[1:]), now.dtype)
        column[~known], column[known] = now, before
        return column

    solved, columns, evaluated = fresh.solved, fresh.columns, len(fresh.fitness)
    if failures == evaluated:  # no genome was evaluated successfully
        solved = None if old.solved is None else np.zeros(evaluated, np.bool_)
        columns = {name: np.zeros((evaluated, *column.shape[1:]), column.dtype) for name, column in old.columns.items()}
    if _widths(columns) != _widths(old.columns):
        raise ProblemError("the problem's columns are not those of the generation before")
    return replace(
        fresh,
        fitness=merged(fresh.fitness, old.fitness),
        solved=None if solved is None or old.solved is None else merged(solved, old.solved),
        columns={name: merged(column, old.columns[name]) for name, column in columns.items()},
    )


def _widths(columns: Mapping[str, NDArray[Any]]) -> dict[str, tuple[int, ...]]:
    return {name: column.shape[1:] for name, column in columns.items()}


def _candidate(evaluation: Evaluation, state: State) -> int | None:
    """Return the best champion of a species that is marked as solved and has not been validated, if there is one."""
    if evaluation.solved is None:
        return None
    order = np.lexsort((-evaluation.fitness, state.species_index))
    first = np.concatenate([[True], np.diff(state.species_index[order]) > 0])
    champions = order[first]
    champions = champions[evaluation.solved[champions] & ~state.validated[champions]]
    return int(champions[np.argmax(evaluation.fitness[champions])]) if len(champions) else None
