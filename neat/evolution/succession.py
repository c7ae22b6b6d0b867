"""From one generation to the next: who may breed, what is remembered, and how newcomers find their species."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.evolution.state import Generation, Species, State
from neat.genetics.population import Population
from neat.genetics.speciation import speciate
from neat.ground.randomness import Purpose, Randomness
from neat.problems.protocol import Evaluation

_BREEDERS_AFTER_STAGNATION = 2  # species that breed after a population without progress (paper, section 4.1)


def breeders(
    generation: Generation, score: NDArray[np.float64], config: Config
) -> tuple[NDArray[np.bool_], int]:
    """Return which species may have offspring, (S,) bool, and the generation that counts as the last progress.

    A species without progress for `stagnation` generations may not, unless it holds the best genome or is among the
    `species_elitism` best. After `population_stagnation` generations without progress of the population only the
    two best species may, once: then the count starts again.
    """
    rules, species, number = config.reproduction, generation.species, generation.number
    best = np.full(len(species), -np.inf)
    np.maximum.at(best, generation.state.member, score)
    by_best = np.lexsort((np.arange(len(species)), -best))
    home = generation.state.member[generation.best]
    if rules.population_stagnation and number - generation.progress >= rules.population_stagnation:
        allowed = np.zeros(len(species), np.bool_)
        allowed[by_best[:_BREEDERS_AFTER_STAGNATION]] = True
        allowed[home] = True
        return allowed, number
    allowed = number - species.progress < rules.stagnation
    allowed[by_best[: rules.species_elitism]] = True
    allowed[home] = True
    return allowed, generation.progress


def with_learned(population: Population, evaluation: Evaluation) -> Population:
    """Return the population with the weights, biases and responses that an evaluation learned, if any."""
    learned = {
        name: value
        for name in ("weight", "bias", "response")
        if (value := getattr(evaluation, name)) is not None
    }
    return population.replace(**learned) if learned else population


def remember(evaluation: Evaluation, rows: NDArray[np.int64]) -> Evaluation:
    """Return the evaluation of some genomes, by their rows: what need not be computed again."""
    return Evaluation(
        evaluation.fitness[rows],
        solved=None if evaluation.solved is None else evaluation.solved[rows],
        columns={name: column[rows] for name, column in evaluation.columns.items()},
    )


def settle(state: State, last: Generation | None, breeding: NDArray[np.int64], config: Config) -> State:
    """Return `state` with its population in its species.

    Each species of the last generation in `breeding` is represented by a random member; what fits none founds
    new ones. Species that nobody joins end.
    """
    population = state.population
    if last is None:
        old, old_members = Species.none(), Population.none(population.layout)
    else:
        draws = Randomness(config.run.seed, state.generation, Purpose.REPRESENTATIVES)
        old, old_members = last.species, last.population.take(_random_members(last, breeding, draws))
    member, founders = speciate(population, old_members, state.threshold, config)
    lives = np.flatnonzero(np.bincount(member, minlength=len(breeding) + len(founders)))
    carried, new = lives[lives < len(breeding)], lives[lives >= len(breeding)] - len(breeding)
    now = np.full(len(new), state.generation)
    return replace(
        state,
        member=np.searchsorted(lives, member),
        species=Species(
            id=np.concatenate([old.id[breeding[carried]], state.next_species + new]),
            born=np.concatenate([old.born[breeding[carried]], now]),
            progress=np.concatenate([old.progress[breeding[carried]], now]),
            best=np.concatenate([old.best[breeding[carried]], np.full(len(new), -np.inf)]),
            representatives=_representatives(old_members, carried, population, founders[new]),
        ),
        next_species=state.next_species + len(founders),
    )


def _representatives(
    old: Population, carried: NDArray[np.int64], population: Population, founders: NDArray[np.int64]
) -> Population:
    kept = old if len(carried) == len(old) else old.take(carried)
    return kept.joined(population.take(founders)) if len(founders) else kept


def _random_members(last: Generation, breeding: NDArray[np.int64], draws: Randomness) -> NDArray[np.int64]:
    by_species = np.argsort(last.state.member, kind="stable")
    sizes = last.species_sizes
    start = np.cumsum(sizes) - sizes
    nth = draws.integers(sizes[breeding], last.species.id[breeding], 0)
    return np.asarray(by_species[start[breeding] + nth], np.int64)
