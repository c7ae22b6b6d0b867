"""From one generation to the next: which species may breed, what is remembered, and the species of new genomes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.config import Config, ReproductionKeys
from neat.config.activations import with_activations
from neat.core.arrays import freeze
from neat.core.randomness import Purpose, Randomness
from neat.evolution.assessment import best_scores
from neat.evolution.complexity import Phase, crossover_in
from neat.evolution.state import Generation, Species
from neat.genetics.maturity import with_values_for_small_genomes
from neat.genetics.operators import Operators
from neat.genetics.population import Population
from neat.genetics.reproduction import Candidates, Offspring
from neat.genetics.speciation import Representatives, random_members
from neat.problems.evaluation import Evaluation

_BREEDERS_AFTER_STAGNATION = 2  # species that breed after the population has stagnated (paper, section 4.1)


def species_that_may_breed(
    generation: Generation, score: NDArray[np.float64], reproduction: ReproductionKeys
) -> tuple[NDArray[np.bool_], int]:
    """Return which species may have offspring, (S,) bool, and the generation that counts as the last progress.

    A species without progress for `stagnation` generations may not, unless it contains the best genome or is one of
    the `species_elitism` best. After `population_stagnation` generations without progress of the population, only the
    two best species and that of the best genome may, once: then the count starts again.
    """
    species, number = generation.species, generation.number
    best = best_scores(score, generation.state.species_index, len(species))
    by_best = np.lexsort((np.arange(len(species)), -best))
    favourite = generation.best if generation.race is None else int(np.argmax(score))
    home = generation.state.species_index[favourite]
    if reproduction.population_stagnation and number - generation.progress >= reproduction.population_stagnation:
        allowed = np.zeros(len(species), np.bool_)
        allowed[by_best[:_BREEDERS_AFTER_STAGNATION]] = True
        allowed[home] = True
        return allowed, number
    allowed = number - species.progress < reproduction.stagnation
    allowed[by_best[: reproduction.species_elitism]] = True
    allowed[home] = True
    return allowed, generation.progress


def settings_for(generation: Generation, config: Config) -> Config:
    """Return the settings with which a generation reproduces: those for small genomes, unless large ones pay."""
    config = with_activations(config, fine_grained=generation.fine_grained)
    return config if generation.fine_grained and not generation.noisy else with_values_for_small_genomes(config)


def selected(
    generation: Generation, config: Config, operators: Operators, size: int, phase: Phase | None
) -> tuple[Offspring, int]:
    """Return the parents of `size` genomes, and the generation that counts as the population's last progress."""
    state, score = generation.state, generation.evaluation.scores
    may_breed, progress = species_that_may_breed(generation, score, config.reproduction)
    candidates = Candidates(
        generation.population,
        score,
        state.species_index,
        may_breed,
        generation.best if generation.race is None else int(np.argmax(score)),
        state.next_key,
        size,
    )  # fmt: skip
    rng = Randomness(config.run.seed, generation.number + 1, Purpose.OPERATOR_SELECT)
    crossover = crossover_in(phase, config)
    return operators.select(candidates, rng, config.reproduction, crossover, config.run.threads), progress


def remember(evaluation: Evaluation, rows: NDArray[np.int64]) -> Evaluation:
    """Return the part of an evaluation that need not be computed again: that of the genomes in `rows`."""
    return Evaluation(
        evaluation.fitness[rows],
        solved=None if evaluation.solved is None else evaluation.solved[rows],
        columns={name: column[rows] for name, column in evaluation.columns.items()},
    )


def still_validated(generation: Generation, children: Population, offspring: Offspring) -> NDArray[np.bool_]:
    """Return which genomes have had their validation already: (P,) bool.

    These are the elites that had it and, if fitness is not noisy, all exact copies, which could only fail again.
    """
    validated = generation.validated[offspring.first]
    if generation.noisy:
        return validated & offspring.elite
    for row in np.flatnonzero(validated & ~offspring.elite):
        validated[row] = children[int(row)].same_genes(generation.population[int(offspring.first[row])])
    return validated


def assign_species(
    population: Population,
    last: Generation | None,
    breeding: NDArray[np.int64],
    threshold: float,
    rng: Randomness,
    config: Config,
    operators: Operators,
    *,
    number: int = 0,
    next_species: int = 0,
) -> tuple[NDArray[np.int64], Species, int]:
    """Return the species index of each genome of island `number`, its species, and the id of the next new species.

    Each species in `breeding` of the last generation is represented by a random member. Species that no genome joins
    end.
    """
    old, next_id, representatives = Species.none(), next_species, Representatives(population, np.empty(0, np.int64))
    if last is not None:
        old = last.species
        chosen = random_members(last.state.species_index, breeding, old.id, rng)
        representatives = Representatives(last.population, chosen)
    index = operators.speciate(
        population, representatives, threshold, rng.of(Purpose.OPERATOR_SPECIATE),
        config.speciation, config.genome, config.run.threads,
    )  # fmt: skip
    sizes = np.bincount(index, minlength=len(breeding))
    founders = np.empty(len(sizes), np.int64)
    founders[index[::-1]] = np.arange(len(index) - 1, -1, -1)  # the first genome of each species is written last
    lives = np.flatnonzero(sizes)
    if len(lives) < len(sizes):
        index = (np.cumsum(sizes > 0) - 1)[index]
    place = np.searchsorted(lives, len(breeding))
    carried, new = lives[:place], lives[place:]
    kept, now = breeding[carried], np.full(len(new), rng.generation)
    species = Species(
        id=freeze(np.concatenate([old.id[kept], next_id + new - len(breeding)]), np.int64),
        born=np.concatenate([old.born[kept], now]),
        progress=np.concatenate([old.progress[kept], now]),
        best=np.concatenate([old.best[kept], np.full(len(new), -np.inf)]),
        representative=np.concatenate(
            [representatives.population.key[representatives.indices[carried]], population.key[founders[new]]]
        ),
        island=np.full(len(lives), number),
    )
    return freeze(index, np.int64), species, next_id + len(sizes) - len(breeding)
