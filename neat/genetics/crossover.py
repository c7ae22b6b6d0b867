"""Crossover: children of two parents, and copies of one (Stanley & Miikkulainen 2002, section 3.2, figure 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.core.parallel import parallel_for
from neat.core.randomness import Purpose, address
from neat.genetics.crossover_kernels import NOTHING_ENTERS, cross, mark_entering, start_children
from neat.genetics.genome_kernels import starts_of
from neat.genetics.population import Population, freeze, room

_SECONDS_PER_GENE = 15e-9


def crossover(
    parents: Population,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    key: NDArray[np.int64],
    generation: int,
    config: Config,
) -> Population:
    """Return the children of genomes `first` (the fitter) and `second` (-1: a copy of the first).

    `first`, `second` are indices into `parents`, `key` the children's keys: int64, shape (children,). A
    matching gene comes from either parent, or is averaged at `blend_rate`; a gene that one parent alone has
    comes from the fitter or, with `excess = both`, from whoever has it. A matching gene disabled in either is
    disabled with `disable_rate`. Where a child keeps its first parent's key it is that genome, unchanged.
    """
    first, second, key = (freeze(column, np.int64) for column in (first, second, key))
    entering: Entering = NOTHING_ENTERS
    entered = _NOBODY
    if config.crossover.excess == "both":
        entering, entered = _entering(parents, first, second, config)
    connection_start, node_start = np.empty((2, len(first) + 1), np.int64)
    own_parents = np.empty((len(first), 2), np.int64)
    start_children(
        parents.connection_start, parents.node_start, parents.key, parents.parents, first, second, key, entered,
        connection_start, node_start, own_parents,
    )  # fmt: skip
    made = room(connection_start, node_start)
    parallel_for(
        config.run.threads, len(made.weight) * _SECONDS_PER_GENE, len(first), cross,
        first, second, key, address(config.run.seed, generation, Purpose.CROSSOVER),
        config.crossover.disable_rate, config.crossover.blend_rate, parents.genes, *entering, made,
    )  # fmt: skip
    return Population.of(parents.layout, made, key, own_parents)


#: What enters from second parents: where the connections of each start, marks of those that do; the same of nodes.
Entering = tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64], NDArray[np.bool_]]
_NOBODY = np.zeros((0, 2), np.int64)


def _entering(
    parents: Population, first: NDArray[np.int64], second: NDArray[np.int64], config: Config
) -> tuple[Entering, NDArray[np.int64]]:
    """Return what children inherit from their second parents alone, with its numbers of connections and nodes."""
    mated = second >= 0
    connection_start = starts_of(np.where(mated, parents.connection_counts[second], 0))
    node_start = starts_of(np.where(mated, np.diff(parents.node_start)[second], 0))
    enters = np.zeros(connection_start[-1], np.bool_)
    node_enters = np.zeros(node_start[-1], np.bool_)
    entered = np.zeros((len(first), 2), np.int64)
    mark_entering(
        0, len(first), first, second, config.genome.acyclic, parents.layout.given, parents.genes,
        connection_start, enters, node_start, node_enters, entered,
    )  # fmt: skip
    return (connection_start, enters, node_start, node_enters), entered
