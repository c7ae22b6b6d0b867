"""Who has how many offspring, and with whom (Stanley & Miikkulainen 2002, section 3.3, equation 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.genetics.population import Population, freeze
from neat.genetics.reproduction_kernels import draw_parents
from neat.ground.compiled import across
from neat.ground.randomness import Purpose, Randomness

_GRAIN = 2048  # children in one piece of work


@dataclass(frozen=True)
class Plan:
    """What the next generation is made of: elites first, then children, by species.

    `first`, `second` (P,) are parents as indices into the last generation, the fitter first, -1 for none;
    elites are their own first parent. `key` (P,) int64, `elite` and `mutable` (P,) bool; `breeding` lists the
    species with offspring.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    key: NDArray[np.int64]
    elite: NDArray[np.bool_]
    mutable: NDArray[np.bool_]
    breeding: NDArray[np.int64]


def shares(
    score: NDArray[np.float64], member: NDArray[np.int64], species: int, config: Config
) -> NDArray[np.float64]:
    """Return the share of offspring that each species deserves: float64, shape (species,), not negative.

    A genome brings `score - min(0, lowest)`, or its rank from the worst (ties: the mean), divided by the size of
    its species.
    """
    if config.reproduction.sharing == "rank":
        ascending = np.sort(score, kind="stable")
        below = np.searchsorted(ascending, score, side="left")
        upto = np.searchsorted(ascending, score, side="right")
        brought = 0.5 * (below + upto + 1)
    else:
        brought = score - min(0.0, float(score.min()))
    sizes = np.bincount(member, minlength=species)
    scale = brought.max()
    if scale > 0.0:
        brought = brought / scale  # so that no sum overflows
    return np.asarray(np.bincount(member, brought, species) / np.maximum(sizes, 1), np.float64)


def offspring_counts(share: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """Return how many offspring each species has, `size` in all: largest remainders, ties to the first species.

    Where all shares are zero every species counts the same; a negative share stands for a species that may not breed.
    """
    allowed = share >= 0.0
    weight = np.where(allowed, share, 0.0)
    if not weight.sum() > 0.0:
        weight = allowed.astype(np.float64)
    quota = weight / np.cumsum(weight)[-1] * size
    counts: NDArray[np.int64] = np.floor(quota).astype(np.int64)
    missing = size - int(counts.sum())
    by_remainder = np.lexsort((np.arange(len(share)), -(quota - counts), ~allowed))
    counts[by_remainder[:missing]] += 1
    return counts


def rank(
    score: NDArray[np.float64], member: NDArray[np.int64], key: NDArray[np.int64], draws: Randomness
) -> NDArray[np.int64]:
    """Return all genomes by species and, within one, best first; equal scores by a random column."""
    order: NDArray[np.int64] = np.lexsort((draws.bits(key, 0), -score, member))
    return order


def plan_offspring(
    population: Population,
    score: NDArray[np.float64],
    member: NDArray[np.int64],
    may_breed: NDArray[np.bool_],
    best: int,
    next_key: int,
    generation: int,
    config: Config,
) -> Plan:
    """Return the plan of the next generation: shares, elites, parents.

    `member` (P,) gives each genome's species, `may_breed` (species,) bool which species may have
    offspring; genome `best` is always copied, and so are champions of species with more than `champion_size` members.
    """
    rules, size, seed = config.reproduction, config.population.size, config.run.seed
    species = len(may_breed)
    share = np.where(may_breed, shares(score, member, species, config), -1.0)
    counts = offspring_counts(share, size)
    if counts[member[best]] == 0:
        counts[np.argmax(counts)] -= 1
        counts[member[best]] += 1
    order = freeze(rank(score, member, population.key, Randomness(seed, generation, Purpose.TIES)), np.int64)
    sizes = np.bincount(member, minlength=species)
    species_start = np.concatenate([[0], np.cumsum(sizes)])
    breeding = np.flatnonzero(counts)
    champions = order[species_start[breeding]]
    champions = np.where(breeding == member[best], best, champions)
    elites = champions[(sizes[breeding] > rules.champion_size) | (champions == best)]
    children = counts.copy()
    children[member[elites]] -= 1
    breeds = freeze(np.repeat(np.arange(species), children), np.int64)
    survivors = np.maximum(np.ceil(rules.survival * sizes).astype(np.int64), 1)
    key = freeze(next_key + np.arange(len(breeds)), np.int64)
    first, second = np.empty(len(breeds), np.int64), np.empty(len(breeds), np.int64)
    mutable = np.empty(len(breeds), np.bool_)
    crosses = config.crossover.mating
    across(
        config.run.threads, _GRAIN, len(breeds), draw_parents,
        key, Randomness(seed, generation, Purpose.PARENTS).address, breeds, order,
        freeze(species_start, np.int64), freeze(survivors, np.int64), freeze(breeding, np.int64),
        freeze(score, np.float64), freeze(population.connection_counts, np.int64),
        rules.unmated if crosses else 1.0, rules.interspecies, rules.mutate_mated,
        config.crossover.equal == "smaller", first, second, mutable,
    )  # fmt: skip
    still = np.zeros(len(elites), np.bool_)
    return Plan(
        first=np.concatenate([elites, first]),
        second=np.concatenate([np.full(len(elites), -1), second]),
        key=np.concatenate([population.key[elites], key]),
        elite=np.concatenate([~still, np.zeros(len(breeds), np.bool_)]),
        mutable=np.concatenate([still, mutable]),
        breeding=breeding,
    )
