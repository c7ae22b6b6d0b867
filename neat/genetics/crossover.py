"""Crossover: children of two parents, and copies of one (Stanley & Miikkulainen 2002, section 3.2, figure 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.config import CrossoverKeys, GenomeKeys
from neat.core.arrays import freeze
from neat.core.parallel import parallel_for
from neat.core.randomness import Purpose, Randomness
from neat.genetics.columns import empty_genes
from neat.genetics.crossover_kernels import NO_ADDITIONS, cross, mark_additions, start_children
from neat.genetics.genome_kernels import starts_of
from neat.genetics.population import Population
from neat.genetics.reproduction import Offspring

_SECONDS_PER_GENE = 15e-9

#: What second parents add: where the connections of each start, marks of those added, and the same for nodes.
Additions = tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64], NDArray[np.bool_]]
_NO_COUNTS = np.zeros((0, 2), np.int64)


def crossover(
    parents: Population,
    offspring: Offspring,
    rng: Randomness,
    crossover: CrossoverKeys,
    genome: GenomeKeys,
    threads: int,
) -> Population:
    """Return the children of `offspring.first` and `offspring.second`, with the keys `offspring.key`.

    A matching gene comes from either parent, or is averaged at `blend_rate`. A gene that only one parent has comes
    from the first, the fitter one, or from both with `excess = both`. A matching gene that is disabled in either
    parent is disabled at `disable_rate`. A genome without a second parent is a copy of the first; if it keeps the key
    of the first, it keeps its parents too.
    """
    first, second, key = (freeze(column, np.int64) for column in (offspring.first, offspring.second, offspring.key))
    additions: Additions = NO_ADDITIONS
    counts = _NO_COUNTS
    if crossover.excess == "both":
        additions, counts = _additions(parents, first, second, genome.acyclic)
    connection_start, node_start = np.empty((2, len(first) + 1), np.int64)
    own_parents = np.empty((len(first), 2), np.int64)
    start_children(
        parents.connection_start, parents.node_start, parents.key, parents.parents, first, second, key, counts,
        connection_start, node_start, own_parents,
    )  # fmt: skip
    made = empty_genes(connection_start, node_start)
    parallel_for(
        threads, len(made.weight) * _SECONDS_PER_GENE, len(first), cross,
        first, second, key, rng.of(Purpose.CROSSOVER).address,
        crossover.disable_rate, crossover.blend_rate, parents.genes, *additions, made,
    )  # fmt: skip
    return Population.of(parents.layout, made, key, own_parents)


def _additions(
    parents: Population, first: NDArray[np.int64], second: NDArray[np.int64], acyclic: bool
) -> tuple[Additions, NDArray[np.int64]]:
    """Return what children get from their second parents alone, and its numbers of connections and nodes."""
    mated = second >= 0
    start = starts_of(np.where(mated, parents.connection_counts[second], 0))
    node_start = starts_of(np.where(mated, np.diff(parents.node_start)[second], 0))
    added, node_added = np.zeros(start[-1], np.bool_), np.zeros(node_start[-1], np.bool_)
    counts = np.zeros((len(first), 2), np.int64)
    mark_additions(
        0, len(first), first, second, acyclic, parents.layout.given, parents.genes,
        start, added, node_start, node_added, counts,
    )  # fmt: skip
    return (start, added, node_start, node_added), counts
