"""Judging a generation: fitness, champion, progress, reasons to stop. Nothing is bred here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.core.averages import mend_means
from neat.evolution.failures import settled, who_did_not_fail
from neat.evolution.state import Champion, Generation, Species, State
from neat.genetics.population import freeze
from neat.genetics.speciation_kernels import best_of
from neat.problems.protocol import Evaluation


def judge(state: State, evaluation: Evaluation, config: Config) -> Generation:
    """Return the frozen record of a generation.

    Raises:
        ProblemError: a wrong shape, or a fitness that is not finite; the message names the genome. With
            `on_error = worst` only where none is finite.
    """
    population = state.population
    evaluation.check(len(population))
    evaluation.check_learned(len(population.weight), len(population.node))
    evaluation = settled(evaluation, state, config)
    valid = who_did_not_fail(evaluation, population.key)
    best = int(np.argmax(evaluation.fitness if valid is None else np.where(valid, evaluation.fitness, -np.inf)))
    scores = species_scores(state, evaluation, len(state.species))
    level = float(scores.max())  # what the population's progress is measured by: the best of its species
    improved = level > state.best
    solved = state.solved or bool(evaluation.solved is not None and evaluation.solved.any())
    best_fitness = float(evaluation.fitness[best])
    return Generation(
        state=state,
        evaluation=evaluation,
        best=best,
        champion=_champion(state, evaluation, valid, config),
        species=_with_progress(state.species, scores, state.generation),
        progress=state.generation if improved else state.progress,
        record=max(level, state.best),
        solved=solved or _reached(best_fitness, config),
        validated=_validated(state, evaluation),
        evaluations=state.evaluations + evaluation.evaluated,
        failures=state.failures + len(evaluation.failed),
        reasons=_reasons(state.generation, solved, best_fitness, config),
    )


def best_scores(score: NDArray[np.float64], species_index: NDArray[np.int64], species: int) -> NDArray[np.float64]:
    """Return the best score of each species: (species,) float64."""
    best = np.empty(species)
    best_of(freeze(score, np.float64), species_index, best)
    return best


def species_scores(state: State, evaluation: Evaluation, species: int) -> NDArray[np.float64]:
    """Return what each species' progress is measured by: its best score, or its mean where fitness is noisy."""
    score = evaluation.fitness if evaluation.score is None else evaluation.score
    if evaluation.noisy:
        sizes = np.bincount(state.species_index, minlength=species)
        means = np.asarray(np.bincount(state.species_index, score, species) / sizes + 0.0, np.float64)  # no -0.0
        mend_means(means, score, state.species_index)
        return means
    return best_scores(score, state.species_index, species)


def _with_progress(species: Species, scores: NDArray[np.float64], generation: int) -> Species:
    better = scores > species.best
    progress = np.where(better, generation, species.progress)
    return Species(species.id, species.born, progress, np.where(better, scores, species.best), species.representative)


def _champion(state: State, evaluation: Evaluation, valid: NDArray[np.bool_] | None, config: Config) -> Champion:
    """Return the better of the old champion and this generation's best; on ties the first seen stays.

    Only genomes in `valid` come into question, all of them where it is None. Where the run stops when the problem is
    solved, a genome that solves it comes before any that does not; where fitness is noisy, a validated genome comes
    before any that is not, and its validation counts.
    """
    validation, old, solved = evaluation.validation, state.champion, evaluation.solved
    solves_first = config.run.stop_fitness == "solved"
    tested = None if validation is None else state.population.key == validation.key
    value, preferences = evaluation.fitness, []
    if solves_first and solved is not None:
        preferences.append(solved)
    if evaluation.noisy and validation is not None and tested is not None:
        value = np.where(tested, validation.fitness, value)
        preferences.append(tested)
    eligible = valid
    for preferred in preferences:
        both = preferred if eligible is None else eligible & preferred
        eligible = both if both.any() else eligible
    index = int(np.argmax(value if eligible is None else np.where(eligible, value, -np.inf)))
    solves, was_tested = solved is not None and bool(solved[index]), tested is not None and bool(tested[index])
    standing = (solves_first and solves, evaluation.noisy and was_tested, float(value[index]))
    if old is not None and standing <= (
        solves_first and old.solved,
        evaluation.noisy and old.validation is not None,
        old.fitness,
    ):
        return old
    alone = state.population.take([index])
    hidden = alone.node[alone.layout.given :]
    return Champion(
        genome=alone.genome(0, state.innovations.splits_of(hidden)),
        fitness=standing[2],
        generation=state.generation,
        solved=solves,
        validation=validation if was_tested else None,
        needs=evaluation.needs,
    )


def _validated(state: State, evaluation: Evaluation) -> NDArray[np.bool_]:
    """Return who has had the validation: now, or before. Where chance plays no part, exact copies have had it, too."""
    if evaluation.validation is None:
        return state.validated
    now: NDArray[np.bool_] = state.population.key == evaluation.validation.key
    if not evaluation.noisy and now.any():
        tested = int(np.argmax(now))
        for row in np.flatnonzero(evaluation.fitness == evaluation.fitness[tested]):
            now[row] = state.population[int(row)].same_genes(state.population[tested])
    return state.validated | now


def _reached(best_fitness: float, config: Config) -> bool:
    wanted = config.run.stop_fitness
    return isinstance(wanted, float) and best_fitness >= wanted


def _reasons(generation: int, solved: bool, best_fitness: float, config: Config) -> tuple[str, ...]:
    reasons = []
    if solved and config.run.stop_fitness == "solved":
        reasons.append("solved")
    if _reached(best_fitness, config):
        reasons.append("stop_fitness")
    if generation >= config.run.generations:
        reasons.append("generations")
    return tuple(reasons)
