"""Distance and speciation (Stanley & Miikkulainen 2002, section 3.3, equation 1)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.core.parallel import parallel_for
from neat.core.randomness import Purpose, address
from neat.genetics.population import Population, freeze
from neat.genetics.speciation_kernels import (
    WORDS,
    Coefficients,
    Compared,
    distance,
    draw_members,
    found_species,
    join,
    sign_range,
)

_SECONDS_PER_GENE = 15e-9  # to join a species
_SECONDS_TO_SIGN = 2e-9
THRESHOLD_STEP = 1.05  # what the threshold is multiplied or divided by in a generation
THRESHOLD_FLOOR = 0.01  # so that it never reaches 0, where every genome would be its own species
MOST_SPECIES = 2  # times the target: beyond that nobody founds a species, so that the cost stays bounded


def distances(population: Population, other: Population, config: Config) -> NDArray[np.float64]:
    """Return the compatibility distance of each genome of one population to each of another: (P, P') float64.

    c1 * excess / N + c2 * disjoint / N + c3 * mean |weight difference| + c4 * mean |bias difference|.
    """
    one, two, c = _compared(population, config), _compared(other, config), _coefficients(population, config)
    return np.array(
        [[distance(one, g, two, o, c, math.inf) for o in range(len(other))] for g in range(len(population))]
    ).reshape(len(population), len(other))


def speciate(
    population: Population,
    others: Population,
    representatives: NDArray[np.int64],
    threshold: float,
    config: Config,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each genome's species (P,) int64, and the genomes that found new ones.

    Species are counted from 0: first those that genomes `representatives` of the population `others` stand for, in
    order, then the new ones. A genome joins the first species whose representative is nearer than `threshold`
    (`join = nearest`: the nearest of the old ones); the first genome that fits none founds the next species, and so
    on. With a target number of species, at most twice as many exist: whom none fits then joins the nearest.
    """
    old, size, threads = len(representatives), len(population), config.run.threads
    if not config.speciation.speciate:
        return np.zeros(size, np.int64), freeze([0][old:], np.int64)
    one, c, heads = _compared(population, config), _coefficients(population, config), freeze(representatives, np.int64)
    species_index = np.empty(size, np.int64)
    nearest = config.speciation.join == "nearest"
    seconds, them = len(population.weight) * _SECONDS_PER_GENE, _compared(others, config, heads)
    parallel_for(threads, seconds, size, join, species_index, False, one, them, heads, c, threshold, nearest)
    target = target_species(size, config)
    most = size if target is None else max(MOST_SPECIES * target - old, int(old == 0))
    founders = np.empty(min(most, size), np.int64)
    founded, left = found_species(species_index, one, c, threshold, old, founders)
    founders = founders[:founded]
    if left:
        all_heads = others.take(heads).joined(population.take(founders))
        everyone = freeze(np.arange(len(all_heads)), np.int64)
        them = _compared(all_heads, config)
        parallel_for(threads, seconds, size, join, species_index, True, one, them, everyone, c, math.inf, True)
    return species_index, founders


def random_members(
    species_index: NDArray[np.int64],
    species: NDArray[np.int64],
    id: NDArray[np.int64],
    generation: int,
    config: Config,
) -> NDArray[np.int64]:
    """Return a random genome of each of the given species, as indices: int64, as long as `species`.

    `species_index` (P,) gives each genome's species, `id` (S,) the ids of all.
    """
    chosen = np.empty(len(species), np.int64)
    draws = address(config.run.seed, generation, Purpose.REPRESENTATIVES)
    sizes, left, place = np.empty((3, len(id)), np.int64)
    draw_members(draws, species_index, species, id, sizes, left, place, chosen)
    return chosen


def adjusted_threshold(threshold: float, species: int, size: int, config: Config) -> float:
    """Return the threshold for the next generation, moved towards the target number of species."""
    target = target_species(size, config)
    if target is None or species == target:
        return threshold
    moved = threshold * THRESHOLD_STEP if species > target else threshold / THRESHOLD_STEP
    return max(moved, THRESHOLD_FLOOR)


def target_species(size: int, config: Config) -> int | None:
    """Return how many species a population of `size` should have; None: whatever the threshold makes.

    `auto` is 10 below a thousand genomes, 15 from there, five more for every factor of ten, 30 at most.
    """
    target = config.speciation.target_species
    if target == "auto":
        digits = len(str(size))
        return min(max(10, 5 * (digits - 1)), 30)
    return target


def _coefficients(population: Population, config: Config) -> Coefficients:
    values = config.speciation
    c4 = values.c4 if config.genome.bias == "attribute" else 0.0
    return Coefficients(values.c1, values.c2, values.c3, c4, values.normalise, population.layout.sources)


def _compared(population: Population, config: Config, which: NDArray[np.int64] | None = None) -> Compared:
    """Return what distances to a population's genomes are made of; to those in `which` only, where it is given."""
    signature = np.empty((len(population), WORDS), np.uint64)
    which = freeze(np.arange(len(population)), np.int64) if which is None else which
    seconds = len(population.weight) * _SECONDS_TO_SIGN * len(which) / max(len(population), 1)
    parallel_for(
        config.run.threads, seconds, len(which), sign_range,
        which, population.connection_start, population.innovation, signature,
    )  # fmt: skip
    return Compared(
        population.connection_start, population.innovation, population.weight,
        population.node_start, population.node, population.bias, freeze(signature, np.uint64),
    )  # fmt: skip
