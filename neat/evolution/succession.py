"""From one generation to the next: who may breed, what is remembered, and how newcomers find their species."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.evolution.assessment import best_scores
from neat.evolution.state import Generation, Species, State
from neat.genetics.population import Population, freeze
from neat.genetics.reproduction import Plan, plan_offspring
from neat.genetics.speciation import random_members, speciate
from neat.problems.evaluation import Evaluation

_BREEDERS_AFTER_STAGNATION = 2  # species that breed after a population without progress (paper, section 4.1)


def breeders(generation: Generation, score: NDArray[np.float64], config: Config) -> tuple[NDArray[np.bool_], int]:
    """Return which species may have offspring, (S,) bool, and the generation that counts as the last progress.

    A species without progress for `stagnation` generations may not, unless it holds the best genome or is among the
    `species_elitism` best. After `population_stagnation` generations without progress of the population only the
    two best species may, once: then the count starts again.
    """
    rules, species, number = config.reproduction, generation.species, generation.number
    best = best_scores(score, generation.state.species_index, len(species))
    by_best = np.lexsort((np.arange(len(species)), -best))
    home = generation.state.species_index[generation.best]
    if rules.population_stagnation and number - generation.progress >= rules.population_stagnation:
        allowed = np.zeros(len(species), np.bool_)
        allowed[by_best[:_BREEDERS_AFTER_STAGNATION]] = True
        allowed[home] = True
        return allowed, number
    allowed = number - species.progress < rules.stagnation
    allowed[by_best[: rules.species_elitism]] = True
    allowed[home] = True
    return allowed, generation.progress


def planned(generation: Generation, config: Config) -> tuple[Plan, int]:
    """Return who has how many offspring, and the generation that counts as the population's last progress."""
    state, score = generation.state, generation.evaluation.scores
    may_breed, progress = breeders(generation, score, config)
    number = generation.number + 1
    plan = plan_offspring(
        state.population, score, state.species_index, may_breed, generation.best, state.next_key, number, config
    )
    return plan, progress


def with_learned(population: Population, evaluation: Evaluation) -> Population:
    """Return the population with the weights, biases and responses that an evaluation learned, if any.

    Inputs and bias nodes, which only send, keep their own: no genome's file has them.
    """
    learned = evaluation.learned
    if not learned:
        return population
    start = population.node_start
    place = np.arange(start[-1]) - np.repeat(start[:-1], np.diff(start))
    for name in learned.keys() - {"weight"}:
        learned[name] = np.where(place < population.layout.sources, getattr(population, name), learned[name])
    return population.replace(**learned)


def remember(evaluation: Evaluation, rows: NDArray[np.int64]) -> Evaluation:
    """Return the evaluation of some genomes, by their rows: what need not be computed again."""
    return Evaluation(
        evaluation.fitness[rows],
        solved=None if evaluation.solved is None else evaluation.solved[rows],
        columns={name: column[rows] for name, column in evaluation.columns.items()},
    )


def still_validated(generation: Generation, children: Population, plan: Plan) -> NDArray[np.bool_]:
    """Return who has had the validation already: elites of those that had it, (P,) bool.

    Where chance plays no part so have exact copies, by whatever way they came to be: they could only fail again.
    """
    validated = generation.validated[plan.first]
    if generation.noisy:
        return validated & plan.elite
    for row in np.flatnonzero(validated & ~plan.elite):
        validated[row] = children[int(row)].same_genes(generation.population[int(plan.first[row])])
    return validated


def settle(state: State, last: Generation | None, breeding: NDArray[np.int64], config: Config) -> State:
    """Return `state` with its population in its species.

    Each species of the last generation in `breeding` is represented by a random member; what fits none founds
    new ones. Species that nobody joins end.
    """
    population, old = state.population, Species.none() if last is None else last.species
    others, chosen = population, freeze([], np.int64)
    if last is not None:
        others = last.population
        chosen = random_members(last.state.species_index, breeding, old.id, state.generation, config)
    species_index, founders = speciate(population, others, chosen, state.threshold, config)
    sizes = np.bincount(species_index, minlength=len(breeding) + len(founders))
    lives = np.flatnonzero(sizes)
    if len(lives) < len(sizes):
        species_index = (np.cumsum(sizes > 0) - 1)[species_index]
    place = np.searchsorted(lives, len(breeding))
    carried, new = lives[:place], lives[place:] - len(breeding)
    came, now = breeding[carried], np.full(len(new), state.generation)
    return replace(
        state,
        species_index=freeze(species_index, np.int64),
        species=Species(
            id=freeze(np.concatenate([old.id[came], state.next_species + new]), np.int64),
            born=np.concatenate([old.born[came], now]),
            progress=np.concatenate([old.progress[came], now]),
            best=np.concatenate([old.best[came], np.full(len(new), -np.inf)]),
            representative=np.concatenate([others.key[chosen[carried]], population.key[founders[new]]]),
        ),
        next_species=state.next_species + len(founders),
    )
