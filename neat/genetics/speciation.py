"""Distance and speciation (Stanley & Miikkulainen 2002, section 3.3, equation 1)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.genetics.population import Population, freeze
from neat.genetics.speciation_kernels import distance, join
from neat.ground.compiled import across

_GRAIN = 128  # genomes in one piece of work
THRESHOLD_STEP = 1.05  # what the threshold is multiplied or divided by in a generation
THRESHOLD_FLOOR = 0.01  # so that it never reaches 0, where every genome would be its own species


def distances(population: Population, other: Population, config: Config) -> NDArray[np.float64]:
    """Return the compatibility distance of each genome of one population to each of another: (P, P') float64.

    c1 * excess / N + c2 * disjoint / N + c3 * mean |weight difference| + c4 * mean |bias difference|.
    """
    coefficients = _coefficients(config)
    return np.array(
        [
            [
                distance(
                    g, *_compared(population), population.layout.sources, o, *_compared(other), coefficients
                )
                for o in range(len(other))
            ]
            for g in range(len(population))
        ]
    ).reshape(len(population), len(other))


def speciate(
    population: Population, representatives: Population, threshold: float, config: Config
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each genome's species (P,) int64, and the genomes that found new ones.

    Species are counted from 0: first those of `representatives`, in order, then the new ones. A genome joins the
    first species whose representative is nearer than `threshold` (`join = nearest`: the nearest of the old
    ones); the first genome that fits none founds the next species, and so on.
    """
    if not config.speciation.speciate:
        found = freeze([0][len(representatives) :], np.int64)
        return np.zeros(len(population), np.int64), found
    member = np.empty(len(population), np.int64)
    waiting = np.arange(len(population))
    old = _compared(representatives)
    _join(waiting, member, population, 0, np.arange(len(representatives)), old, threshold, config)
    founders: list[int] = []
    waiting = np.flatnonzero(member < 0)
    while len(waiting):
        founder = int(waiting[0])
        species = len(representatives) + len(founders)
        founders.append(founder)
        own = np.array([founder])
        _join(waiting[1:], member, population, species, own, _compared(population), threshold, config)
        member[founder] = species
        waiting = waiting[1:][member[waiting[1:]] < 0]
    return member, np.array(founders, np.int64)


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


def _coefficients(config: Config) -> NDArray[np.float64]:
    values = config.speciation
    c4 = values.c4 if config.genome.bias == "attribute" else 0.0
    return np.array([values.c1, values.c2, values.c3, c4, float(values.normalise)])


def _compared(population: Population) -> tuple[NDArray[Any], ...]:
    return (
        population.connection_start, population.innovation, population.weight,
        population.node_start, population.node, population.bias,
    )  # fmt: skip


def _join(
    waiting: NDArray[np.int64],
    member: NDArray[np.int64],
    population: Population,
    first_species: int,
    representative: NDArray[np.int64],
    columns: tuple[NDArray[Any], ...],
    threshold: float,
    config: Config,
) -> None:
    nearest = config.speciation.join == "nearest"
    across(
        config.run.threads, _GRAIN, len(waiting), join,
        freeze(waiting, np.int64), member, nearest, threshold, _coefficients(config),
        population.layout.sources, *_compared(population),
        first_species, len(representative), freeze(representative, np.int64), *columns,
    )  # fmt: skip
