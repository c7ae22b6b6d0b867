"""Selection: the number of offspring of each species, and their parents (Stanley & Miikkulainen 2002, section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import CrossoverKeys, ReproductionKeys
from neat.core.arrays import freeze
from neat.core.parallel import parallel_for
from neat.core.randomness import Purpose, Randomness
from neat.genetics.maturity import SURVIVAL, UNMATED, maturity, value_of
from neat.genetics.population import Population
from neat.genetics.reproduction_kernels import (
    draw_parents,
    floor_quotas,
    group_by_species,
    mean_shares,
    place_offspring,
    rank_best,
)

_SECONDS_PER_GENOME = 40e-9  # to rank it, or to draw its parents


@dataclass(frozen=True, eq=False)
class Offspring:
    """The parents of the next generation: elites come first, then children.

    Attributes:
        first, second: (P,) int64, parents as indices into the last population, the fitter one first; `second` is -1
            where a genome has one parent.
        key: (P,) int64. An elite keeps the key of its first parent; children get the next unused keys, in order.
        elite: (P,) bool, genomes that are copied unchanged.
        mutable: (P,) bool, genomes that mutation may change; no elite is among them.
        species_index: (P,) int64, the species of the last generation that each genome was bred for.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    key: NDArray[np.int64]
    elite: NDArray[np.bool_]
    mutable: NDArray[np.bool_]
    species_index: NDArray[np.int64]

    @cached_property
    def breeding(self) -> NDArray[np.int64]:
        """The species that have offspring, in ascending order: int64."""
        return np.flatnonzero(np.bincount(self.species_index))


@dataclass(frozen=True, eq=False)
class Candidates:
    """The evaluated genomes that selection chooses parents from.

    Attributes:
        population: P genomes.
        score: (P,) float64, finite; higher is better.
        species_index: (P,) int64, the species of each genome, 0 to S - 1.
        may_breed: (S,) bool, the species that have not stagnated.
        best: the index of the genome with the highest fitness.
        next_key: the smallest key that is not used yet.
        size: the number of offspring to choose parents for, elites included.
    """

    population: Population
    score: NDArray[np.float64]
    species_index: NDArray[np.int64]
    may_breed: NDArray[np.bool_]
    best: int
    next_key: int
    size: int

    def offspring(self, first: Any, second: Any = None, elite: Any = None, mutable: Any = None) -> Offspring:
        """Return offspring with these parents, for selection operators: elites moved to the front, keys assigned.

        By default no genome has a second parent, none is an elite, and all but elites may mutate. Each is bred for
        the species of its first parent. Arguments are as in `Offspring`.
        """
        first = np.asarray(first, np.int64)
        elite = np.zeros(len(first), np.bool_) if elite is None else np.asarray(elite, np.bool_)
        second = np.full(len(first), -1) if second is None else np.asarray(second, np.int64)
        mutable = ~elite if mutable is None else np.asarray(mutable, np.bool_) & ~elite
        order = np.argsort(~elite, kind="stable")
        first, second, elite, mutable = first[order], second[order], elite[order], mutable[order]
        key = np.where(elite, self.population.key[first], self.next_key + np.cumsum(~elite) - 1)
        return Offspring(first, second, key, elite, mutable, self.species_index[first])


def shares(
    score: NDArray[np.float64], species_index: NDArray[np.int64], species: int, reproduction: ReproductionKeys
) -> NDArray[np.float64]:
    """Return the share of the offspring that each species earns: float64, shape (species,), not negative (equation 2).

    It is the mean over the members of the species of `score - min(0, lowest score)`, or of their ranks, counted from
    the worst genome (genomes with equal scores have their mean rank).
    """
    values: NDArray[Any] = score
    if reproduction.sharing == "rank":
        ascending = np.sort(score, kind="stable")
        below = np.searchsorted(ascending, score, side="left")
        not_above = np.searchsorted(ascending, score, side="right")
        values = 0.5 * (below + not_above + 1)
    share = np.empty(species)
    mean_shares(freeze(values, np.float64), freeze(species_index, np.int64), share, np.empty(species, np.int64))
    return share


def offspring_counts(share: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """Return the number of offspring of each species, `size` in all, by largest remainders; ties go to the first.

    If all shares are zero, every species counts the same. A species with a negative share gets none.
    """
    counts, remainder = np.empty(len(share), np.int64), np.empty(len(share))
    missing = floor_quotas(freeze(share, np.float64), size, counts, remainder)
    counts[np.argsort(remainder, kind="stable")[:missing]] += 1
    return counts


@dataclass(frozen=True, eq=False)
class Ranking:
    """The genomes by species: species s is `order[start[s] : start[s + 1]]`, with its `survivors[s]` best in front."""

    order: NDArray[np.int64]
    start: NDArray[np.int64]
    survivors: NDArray[np.int64]


def rank(
    score: NDArray[np.float64],
    species_index: NDArray[np.int64],
    species: int,
    key: NDArray[np.int64],
    rng: Randomness,
    survival: float,
    threads: int,
) -> Ranking:
    """Return the genomes by species, the share `survival` of each in front, best first; ties are broken at random."""
    start, survivors = np.empty(species + 1, np.int64), np.empty(species, np.int64)
    order = np.empty(len(species_index), np.int64)
    group_by_species(freeze(species_index, np.int64), survival, start, survivors, order)
    parallel_for(
        threads, len(species_index) * _SECONDS_PER_GENOME, species, rank_best,
        start, survivors, freeze(score, np.float64), key, rng.of(Purpose.TIES).address, order,
    )  # fmt: skip
    return Ranking(order, start, survivors)


def select(
    candidates: Candidates, rng: Randomness, reproduction: ReproductionKeys, crossover: CrossoverKeys, threads: int
) -> Offspring:
    """Return the parents of the next generation: fitness sharing, truncation and elites within species.

    The genome `best` is always copied unchanged, and so are champions of species with more than `champion_size`
    members.
    """
    population, size, species = candidates.population, candidates.size, len(candidates.may_breed)
    score, species_index = freeze(candidates.score, np.float64), freeze(candidates.species_index, np.int64)
    share = shares(score, species_index, species, reproduction)
    counts = offspring_counts(np.where(candidates.may_breed, share, -1.0), size)
    home = species_index[candidates.best]
    if counts[home] == 0:
        counts[np.argmax(counts)] -= 1
        counts[home] += 1
    grown = maturity(population)
    survival = value_of(reproduction.survival, SURVIVAL, grown)
    unmated = value_of(reproduction.unmated, UNMATED, grown) if crossover.mating else 1.0
    ranking = rank(score, species_index, species, population.key, rng, survival, threads)
    first, second, key, bred_for = np.empty((4, size), np.int64)
    elite, mutable = np.empty((2, size), np.bool_)
    elites = place_offspring(
        counts, ranking.start, ranking.order, candidates.best, home, reproduction.champion_size, candidates.next_key,
        population.key, first, second, key, elite, mutable, bred_for,
    )  # fmt: skip
    parallel_for(
        threads, size * _SECONDS_PER_GENOME, size - elites, draw_parents,
        elites, key, rng.of(Purpose.PARENTS).address, bred_for, ranking.order, ranking.start,
        ranking.survivors, np.flatnonzero(counts), score, population.connection_start,
        unmated, reproduction.interspecies, reproduction.mutate_mated,
        crossover.equal == "smaller", first, second, mutable,
    )  # fmt: skip
    return Offspring(first, second, key, elite, mutable, bred_for)
