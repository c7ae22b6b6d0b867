"""Who has how many offspring, and with whom (Stanley & Miikkulainen 2002, section 3.3, equation 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.core.parallel import parallel_for
from neat.core.randomness import Purpose, Randomness
from neat.genetics.population import Population, freeze
from neat.genetics.reproduction_kernels import (
    draw_parents,
    floor_quotas,
    line_up,
    list_members,
    rank_best,
    share_out,
)

_SECONDS_PER_GENOME = 40e-9  # to rank, or to draw its parents


@dataclass(frozen=True)
class Plan:
    """What the next generation is made of: elites first, then children, by species.

    `first`, `second` (P,) are parents as indices into the last generation, the fitter first, -1 for none;
    elites are their own first parent. `key` (P,) int64, `elite` and `mutable` (P,) bool; `breeding` lists the
    species with offspring, `allotted` (P,) says to which of them each offspring was given.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    key: NDArray[np.int64]
    elite: NDArray[np.bool_]
    mutable: NDArray[np.bool_]
    breeding: NDArray[np.int64]
    allotted: NDArray[np.int64]


def shares(
    score: NDArray[np.float64], species_index: NDArray[np.int64], species: int, config: Config
) -> NDArray[np.float64]:
    """Return the share of offspring that each species deserves: float64, shape (species,), not negative.

    A genome brings `score - min(0, lowest)`, or its rank from the worst (ties: the mean), divided by the size of
    its species.
    """
    brought: NDArray[Any] = score
    if config.reproduction.sharing == "rank":
        ascending = np.sort(score, kind="stable")
        below = np.searchsorted(ascending, score, side="left")
        upto = np.searchsorted(ascending, score, side="right")
        brought = 0.5 * (below + upto + 1)
    share = np.empty(species)
    share_out(freeze(brought, np.float64), freeze(species_index, np.int64), share, np.empty(species, np.int64))
    return share


def offspring_counts(share: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """Return how many offspring each species has, `size` in all: largest remainders, ties to the first species.

    Where all shares are zero every species counts the same; a negative share stands for a species that may not breed.
    """
    counts, remainder = np.empty(len(share), np.int64), np.empty(len(share))
    missing = floor_quotas(freeze(share, np.float64), size, counts, remainder)
    counts[np.argsort(remainder, kind="stable")[:missing]] += 1
    return counts


@dataclass(frozen=True)
class Ranking:
    """All P genomes by species: those of species s are `order[start[s] : start[s + 1]]`, `survivors[s]` best first."""

    order: NDArray[np.int64]
    start: NDArray[np.int64]
    survivors: NDArray[np.int64]


def rank(
    score: NDArray[np.float64],
    species_index: NDArray[np.int64],
    species: int,
    key: NDArray[np.int64],
    draws: Randomness,
    config: Config,
) -> Ranking:
    """Return all genomes by species, its survivors in front and best first; equal scores by a random column."""
    start, survivors, order = (
        np.empty(species + 1, np.int64),
        np.empty(species, np.int64),
        np.empty(len(species_index), np.int64),
    )
    list_members(freeze(species_index, np.int64), config.reproduction.survival, start, survivors, order)
    parallel_for(
        config.run.threads, len(species_index) * _SECONDS_PER_GENOME, species, rank_best,
        start, survivors, freeze(score, np.float64), key, draws.address, order,
    )  # fmt: skip
    return Ranking(order, start, survivors)


def plan_offspring(
    population: Population,
    score: NDArray[np.float64],
    species_index: NDArray[np.int64],
    may_breed: NDArray[np.bool_],
    best: int,
    next_key: int,
    generation: int,
    config: Config,
) -> Plan:
    """Return the plan of the next generation: shares, elites, parents.

    `species_index` (P,) gives each genome's species, `may_breed` (species,) bool which species may have
    offspring; genome `best` is always copied, and so are champions of species with more than `champion_size` members.
    """
    rules, size, seed = config.reproduction, config.population.size, config.run.seed
    species = len(may_breed)
    score, species_index = freeze(score, np.float64), freeze(species_index, np.int64)
    counts = offspring_counts(np.where(may_breed, shares(score, species_index, species, config), -1.0), size)
    home = species_index[best]
    if counts[home] == 0:
        counts[np.argmax(counts)] -= 1
        counts[home] += 1
    ranking = rank(score, species_index, species, population.key, Randomness(seed, generation, Purpose.TIES), config)
    breeding = np.flatnonzero(counts)
    first, second, key, breeds = np.empty((4, size), np.int64)
    elite, mutable = np.empty((2, size), np.bool_)
    elites = line_up(
        counts, ranking.start, ranking.order, best, home, rules.champion_size, next_key, population.key,
        first, second, key, elite, mutable, breeds,
    )  # fmt: skip
    parallel_for(
        config.run.threads, size * _SECONDS_PER_GENOME, size - elites, draw_parents,
        elites, key, Randomness(seed, generation, Purpose.PARENTS).address, breeds, ranking.order, ranking.start,
        ranking.survivors, breeding, score, population.connection_start,
        rules.unmated if config.crossover.mating else 1.0, rules.interspecies, rules.mutate_mated,
        config.crossover.equal == "smaller", first, second, mutable,
    )  # fmt: skip
    return Plan(first, second, key, elite, mutable, breeding, breeds)
