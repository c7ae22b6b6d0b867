"""Compatibility distance and speciation (Stanley & Miikkulainen 2002, section 3.3, equation 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neat.config import GenomeKeys, SpeciationKeys
from neat.core.arrays import freeze
from neat.core.parallel import parallel_for
from neat.core.randomness import Purpose, Randomness
from neat.genetics.maturity import SPECIES, maturity, value_of
from neat.genetics.population import Population
from neat.genetics.speciation_kernels import (
    WORDS,
    Coefficients,
    Compared,
    distance,
    draw_members,
    found_species,
    join,
    write_signatures,
)

_SECONDS_PER_GENE = 15e-9  # to find the species of a genome
_SECONDS_PER_SIGNED_GENE = 2e-9
THRESHOLD_STEP = 1.05  # the factor by which the threshold changes in a generation
THRESHOLD_FLOOR = 0.01  # at a threshold of 0, every genome would be its own species
MOST_SPECIES = 2  # times the target number: no further species are founded, so that the cost stays bounded


@dataclass(frozen=True, eq=False)
class Representatives:
    """The genomes that represent the old species: those at `indices`, (S,) int64, of the last population."""

    population: Population
    indices: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def genomes(self) -> Population:
        """The S genomes, in the order of species."""
        return self.population.take(self.indices)


def distances(
    population: Population, other: Population, speciation: SpeciationKeys, genome: GenomeKeys, threads: int
) -> NDArray[np.float64]:
    """Return the compatibility distance of each genome of one population to each of another: (P, P') float64.

    It is c1 * excess / N + c2 * disjoint / N + c3 * mean |weight difference| + c4 * mean |bias difference|.
    """
    one, two, c = (
        _compared(population, threads),
        _compared(other, threads),
        _coefficients(population, speciation, genome),
    )
    return np.array(
        [[distance(one, g, two, o, c, math.inf) for o in range(len(other))] for g in range(len(population))]
    ).reshape(len(population), len(other))


def speciate(
    population: Population,
    representatives: Representatives,
    threshold: float,
    rng: Randomness,
    speciation: SpeciationKeys,
    genome: GenomeKeys,
    threads: int,
) -> NDArray[np.int64]:
    """Return the species of each genome: (P,) int64. This needs no random numbers.

    Species 0 to S - 1 are those of the S representatives; new species are numbered from S. A genome joins the first
    species whose representative is nearer than `threshold` (with `join = nearest`, the nearest of the old species).
    A genome that fits no species founds a new one, in the order of genomes. With a target number of species, at most
    twice as many exist; then a genome that fits none joins the nearest.
    """
    old, size = len(representatives), len(population)
    species_index = np.zeros(size, np.int64)
    if not speciation.speciate:
        return species_index
    one, c = _compared(population, threads), _coefficients(population, speciation, genome)
    nearest, seconds = speciation.join == "nearest", len(population.weight) * _SECONDS_PER_GENE
    heads = freeze(representatives.indices, np.int64)
    others = _compared(representatives.population, threads, heads)
    parallel_for(threads, seconds, size, join, species_index, False, one, others, heads, c, threshold, nearest)
    target = target_species(population, speciation)
    most = size if target is None else max(MOST_SPECIES * target - old, int(old == 0))
    founders = np.empty(min(most, size), np.int64)
    founded, left = found_species(species_index, one, c, threshold, old, founders)
    if left:
        all_heads = representatives.genomes.joined(population.take(founders[:founded]))
        others, heads = _compared(all_heads, threads), freeze(np.arange(len(all_heads)), np.int64)
        parallel_for(threads, seconds, size, join, species_index, True, one, others, heads, c, math.inf, True)
    return species_index


def random_members(
    species_index: NDArray[np.int64], species: NDArray[np.int64], id: NDArray[np.int64], rng: Randomness
) -> NDArray[np.int64]:
    """Return the index of a random member of each of the given species: int64, as long as `species`.

    `species_index` (P,) is the species of each genome, `id` (S,) holds the ids of all species.
    """
    chosen = np.empty(len(species), np.int64)
    sizes, left, place = np.empty((3, len(id)), np.int64)
    draws = rng.of(Purpose.REPRESENTATIVES).address
    draw_members(draws, species_index, species, id, sizes, left, place, chosen)
    return chosen


def adjusted_threshold(
    threshold: float, islands: Sequence[tuple[int, Population]], speciation: SpeciationKeys
) -> float:
    """Return the threshold for the next generation, moved towards the target number of species.

    `islands` holds the number of species of each island and its population; the majority decides.
    """
    above = 0
    for species, population in islands:
        target = target_species(population, speciation)
        above += 0 if target is None else int(species > target) - int(species < target)
    if above == 0:
        return threshold
    return max(threshold * THRESHOLD_STEP if above > 0 else threshold / THRESHOLD_STEP, THRESHOLD_FLOOR)


def target_species(population: Population, speciation: SpeciationKeys) -> int | None:
    """Return the target number of species for a population, or None if there is no target.

    With `falling`, a fifth of the number for small genomes is the target when they have grown.
    """
    most = most_species(len(population), speciation)
    if speciation.target_species != "falling" or most is None:
        return most
    return round(most * value_of("auto", SPECIES, maturity(population)))


def most_species(size: int, speciation: SpeciationKeys) -> int | None:
    """Return the target number of species of small genomes, or None if there is no target.

    `auto` and `falling` are 10 below a thousand genomes, 15 from there, and five more for every factor of ten, up
    to 30.
    """
    target = speciation.target_species
    if target == "auto" or target == "falling":
        digits = len(str(size))
        return min(max(10, 5 * (digits - 1)), 30)
    return target


def _coefficients(population: Population, speciation: SpeciationKeys, genome: GenomeKeys) -> Coefficients:
    c4 = speciation.c4 if genome.bias == "attribute" else 0.0
    return Coefficients(
        speciation.c1, speciation.c2, speciation.c3, c4, speciation.normalise, population.layout.sources
    )


def _compared(population: Population, threads: int, which: NDArray[np.int64] | None = None) -> Compared:
    """Return what the distances to the genomes of a population (those in `which`, if given) are computed from."""
    signature = np.empty((len(population), WORDS), np.uint64)
    which = freeze(np.arange(len(population)), np.int64) if which is None else which
    seconds = len(population.weight) * _SECONDS_PER_SIGNED_GENE * len(which) / max(len(population), 1)
    parallel_for(
        threads, seconds, len(which), write_signatures,
        which, population.connection_start, population.innovation, signature,
    )  # fmt: skip
    return Compared(
        population.connection_start, population.innovation, population.weight,
        population.node_start, population.node, population.bias, freeze(signature, np.uint64),
    )  # fmt: skip
