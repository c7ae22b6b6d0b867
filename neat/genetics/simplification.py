"""Simplification: genomes lose connections, those that do nothing first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.core.arrays import freeze
from neat.core.parallel import parallel_for
from neat.core.randomness import Purpose, Randomness
from neat.genetics.mutation import keep_rows
from neat.genetics.population import Population
from neat.genetics.simplification_kernels import mark_losses

_SECONDS_PER_GENE = 30e-9


def simplify(population: Population, losses: NDArray[np.int64], rng: Randomness, threads: int) -> Population:
    """Return the population after each genome has lost a number of connections, (P,) int64, at most all of them.

    Each time, a random connection goes that is disabled, or from which no enabled connections lead to an output, so
    that the network computes the same as before. Only if there is none, any connection goes. A hidden node without
    connections goes too.
    """
    if not losses.any():
        return population
    kept, node_kept = np.empty(len(population.weight), np.bool_), np.empty(len(population.node), np.bool_)
    layout = population.layout
    parallel_for(
        threads, len(population.weight) * _SECONDS_PER_GENE, len(population), mark_losses,
        population.key, freeze(losses, np.int64), rng.of(Purpose.SIMPLIFICATION).address, layout.sources, layout.given,
        population.genes, kept, node_kept,
    )  # fmt: skip
    return keep_rows(population, kept, node_kept)
