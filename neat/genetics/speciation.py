"""Distance and speciation (Stanley & Miikkulainen 2002, section 3.3, equation 1)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.genetics.population import Population, freeze
from neat.genetics.speciation_kernels import (
    WORDS,
    Coefficients,
    Compared,
    distance,
    found_species,
    join,
    sign,
)
from neat.ground.compiled import across

_GRAIN = 512  # genomes in one piece of work
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
    population: Population, representatives: Population, threshold: float, config: Config
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each genome's species (P,) int64, and the genomes that found new ones.

    Species are counted from 0: first those of `representatives`, in order, then the new ones. A genome joins the
    first species whose representative is nearer than `threshold` (`join = nearest`: the nearest of the old
    ones); the first genome that fits none founds the next species, and so on. With a target number of species, at
    most twice as many exist: whom none fits then joins the nearest.
    """
    old = len(representatives)
    if not config.speciation.speciate:
        return np.zeros(len(population), np.int64), freeze([0][old:], np.int64)
    one, c = _compared(population, config), _coefficients(population, config)
    member = np.empty(len(population), np.int64)
    everyone = np.arange(len(population))
    nearest = config.speciation.join == "nearest"
    _join(everyone, member, one, _compared(representatives, config), c, threshold, nearest, config)
    waiting = np.flatnonzero(member < 0)
    target = target_species(len(population), config)
    most = len(waiting) if target is None else max(MOST_SPECIES * target - old, int(old == 0))
    founders = np.empty(min(most, len(waiting)), np.int64)
    founded = found_species(
        freeze(waiting, np.int64), member, one, c, threshold, old, len(founders), founders
    )
    founders = founders[:founded]
    left = waiting[member[waiting] < 0]
    if len(left):
        heads = representatives.joined(population.take(founders))
        _join(left, member, one, _compared(heads, config), c, math.inf, True, config)
    return member, founders


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


def _compared(population: Population, config: Config) -> Compared:
    signature = np.empty((len(population), WORDS), np.uint64)
    across(
        config.run.threads, 8 * _GRAIN, len(population), sign,
        population.connection_start, population.innovation, signature,
    )  # fmt: skip
    return Compared(
        population.connection_start, population.innovation, population.weight,
        population.node_start, population.node, population.bias, freeze(signature, np.uint64),
    )  # fmt: skip


def _join(
    waiting: NDArray[np.int64],
    member: NDArray[np.int64],
    one: Compared,
    other: Compared,
    c: Coefficients,
    threshold: float,
    nearest: bool,
    config: Config,
) -> None:
    across(
        config.run.threads, _GRAIN, len(waiting), join,
        freeze(waiting, np.int64), member, one, other, c, threshold, nearest,
    )  # fmt: skip
