"""From an assessed state to a generation: champion, progress, and reasons to stop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neat.config import RunKeys
from neat.core.averages import mend_means
from neat.evolution.failures import valid_genomes, with_lowest_fitness
from neat.evolution.learned import with_learned
from neat.evolution.race import NO_GENOME, Race
from neat.evolution.state import Assessment, Champion, Generation, Species, State
from neat.genetics.population import freeze
from neat.genetics.speciation_kernels import best_of


def assess(state: State, assessment: Assessment, settings: RunKeys) -> Generation:
    """Return the generation that a state and its assessment make; its genomes have the values that they learned.

    Raises:
        ProblemError: an array has a wrong shape, or a fitness is not finite; the message names the genome. With
            `on_error = worst` only if no fitness is finite.
    """
    population = state.population
    assessment.evaluation.check(len(population))
    assessment.evaluation.check_learned(len(population.weight), len(population.node))
    assessment = with_lowest_fitness(assessment, state, settings)
    evaluation = assessment.evaluation
    learned = state if not evaluation.learned else replace(state, population=with_learned(population, evaluation))
    valid = valid_genomes(assessment, population.key)
    best = int(np.argmax(evaluation.fitness if valid is None else np.where(valid, evaluation.fitness, -np.inf)))
    race = assessment.race
    scores = species_scores(state, assessment) if race is None else race.level
    progress, record = _progress(state, assessment, scores)
    solved = state.solved or bool(evaluation.solved is not None and evaluation.solved.any())
    best_fitness = float(evaluation.fitness[best]) if race is None else race.bound
    return Generation(
        state=state,
        population=learned.population,
        evaluation=evaluation,
        validation=assessment.validation,
        failed=assessment.failed,
        evaluated=assessment.evaluated,
        noisy=assessment.noisy,
        fine_grained=assessment.fine_grained,
        best=best,
        champion=_champion(learned, assessment, valid, settings),
        species=_with_progress(state.species, scores, state.generation),
        progress=progress,
        record=record,
        solved=solved or _reached(best_fitness, settings),
        validated=_validated(learned, assessment),
        evaluations=state.evaluations + assessment.evaluated,
        failures=state.failures + len(assessment.failed),
        reasons=_reasons(state.generation, solved, best_fitness, settings),
        race=race,
    )


def best_scores(score: NDArray[np.float64], species_index: NDArray[np.int64], species: int) -> NDArray[np.float64]:
    """Return the best score of each species: (species,) float64."""
    best = np.empty(species)
    best_of(freeze(score, np.float64), species_index, best)
    return best


def species_scores(state: State, assessment: Assessment) -> NDArray[np.float64]:
    """Return the values that measure the progress of species: the best score, or the mean score if fitness is noisy."""
    score, species = assessment.evaluation.scores, len(state.species)
    if assessment.noisy:
        sizes = np.bincount(state.species_index, minlength=species)
        means = np.asarray(np.bincount(state.species_index, score, species) / sizes + 0.0, np.float64)  # no -0.0
        mend_means(means, score, state.species_index)
        return means
    return best_scores(score, state.species_index, species)


def _progress(state: State, assessment: Assessment, scores: NDArray[np.float64]) -> tuple[int, float]:
    """Return the generation of the population's last progress, and its record.

    The best of the scores of species measures the progress. With re-tests, a new leader of the race is progress: it was
    better than the old leader on the same episodes. So is every generation before there is a leader.
    """
    race = assessment.race
    if race is None:
        level = float(scores.max())
        return (state.generation, level) if level > state.best else (state.progress, max(level, state.best))
    before, leader = NO_GENOME if state.race is None else state.race.leader_key, race.leader_key
    if leader == NO_GENOME:
        return state.generation, float(scores.max())
    return state.progress if leader == before else state.generation, race.bound


def _with_progress(species: Species, scores: NDArray[np.float64], generation: int) -> Species:
    better = scores > species.best
    progress = np.where(better, generation, species.progress)
    return replace(species, progress=progress, best=np.where(better, scores, species.best))


def _champion(state: State, assessment: Assessment, valid: NDArray[np.bool_] | None, settings: RunKeys) -> Champion:
    """Return the better of the old champion and this generation's best genome; on ties, the old one stays.

    Only genomes in `valid` are considered, all genomes if it is None. If the run stops when the problem is solved, a
    genome that solves it precedes those that do not. If fitness is noisy, a validated genome precedes the others, and
    its fitness is that of the validation; re-tests decide among the others.
    """
    evaluation, validation, old = assessment.evaluation, assessment.validation, state.champion
    solved, noisy = evaluation.solved, assessment.noisy
    solves_first = settings.stop_fitness == "solved"
    tested = None if validation is None else state.population.key == validation.key
    value, preferences = evaluation.fitness, []
    if solves_first and solved is not None:
        preferences.append(solved)
    if noisy and validation is not None and tested is not None:
        value = np.where(tested, validation.fitness, value)
        preferences.append(tested)
    eligible = valid
    for preferred in preferences:
        both = preferred if eligible is None else eligible & preferred
        eligible = both if both.any() else eligible
    index = int(np.argmax(value if eligible is None else np.where(eligible, value, -np.inf)))
    solves, was_tested = solved is not None and bool(solved[index]), tested is not None and bool(tested[index])
    standing = (solves_first and solves, noisy and was_tested, float(value[index]))
    race, settled = assessment.race, standing[0] or standing[1] or _precedes_retested(old, settings)
    if race is not None and race.champion != NO_GENOME and not settled:
        return _champion_of_race(state, race, old)
    if old is not None and standing <= (
        solves_first and old.solved,
        noisy and old.validation is not None,
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
        preprocessing=evaluation.preprocessing,
    )


def _precedes_retested(champion: Champion | None, settings: RunKeys) -> bool:
    """Return whether a champion of a noisy problem precedes all genomes that were only re-tested."""
    if champion is None:
        return False
    return champion.validation is not None or (settings.stop_fitness == "solved" and champion.solved)


def _champion_of_race(state: State, race: Race, old: Champion | None) -> Champion:
    """Return the champion that re-tests found; `old` is the champion before, which may be the same."""
    retests, before = len(race.confirmed), state.race
    if old is not None and before is not None and (before.champion, len(before.confirmed)) == (race.champion, retests):
        return old
    index, population = race.leader, race.population
    assert index is not None and population is not None, "only a leader is re-tested as a champion"
    alone = population.take([index])
    return Champion(
        genome=alone.genome(0, state.innovations.splits_of(alone.node[alone.layout.given :])),
        fitness=race.champion_mean,
        generation=state.generation,
        solved=bool(race.solved[index]),
        preprocessing=race.preprocessing,
        retests=retests,
        deviation=race.champion_deviation,
    )


def _validated(state: State, assessment: Assessment) -> NDArray[np.bool_]:
    """Return a mask of the genomes that have been validated, now or before; exact copies count if nothing is noisy."""
    if assessment.validation is None:
        return state.validated
    now: NDArray[np.bool_] = state.population.key == assessment.validation.key
    if not assessment.noisy and now.any():
        fitness, tested = assessment.evaluation.fitness, int(np.argmax(now))
        for row in np.flatnonzero(fitness == fitness[tested]):
            now[row] = state.population[int(row)].same_genes(state.population[tested])
    return state.validated | now


def _reached(best_fitness: float, settings: RunKeys) -> bool:
    return isinstance(settings.stop_fitness, float) and best_fitness >= settings.stop_fitness


def _reasons(generation: int, solved: bool, best_fitness: float, settings: RunKeys) -> tuple[str, ...]:
    reasons = []
    if solved and settings.stop_fitness == "solved":
        reasons.append("solved")
    if _reached(best_fitness, settings):
        reasons.append("stop_fitness")
    if generation >= settings.generations:
        reasons.append("generations")
    return tuple(reasons)
