"""Crossover: children of two parents, and copies of one (Stanley & Miikkulainen 2002, section 3.2, figure 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.genetics.crossover_kernels import cross, mark_entering
from neat.genetics.kernels import starts_of
from neat.genetics.population import CONNECTION_DTYPES, NODE_DTYPES, Population, freeze
from neat.ground.compiled import across
from neat.ground.randomness import Purpose, address

_GRAIN = 256  # children in one piece of work


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
    layout = parents.layout
    both = config.crossover.excess == "both"
    connection_counts = parents.connection_counts[first]
    node_counts = np.diff(parents.node_start)[first]
    second_starts, marks = _entering(parents, first, second, config) if both else _NOTHING
    if both:
        connection_counts = connection_counts + _sums(marks[0], second_starts[0])
        node_counts = node_counts + _sums(marks[1], second_starts[1])
    connection_start, node_start = starts_of(connection_counts), starts_of(node_counts)
    connections = {name: np.empty(connection_start[-1], dtype) for name, dtype in CONNECTION_DTYPES.items()}
    nodes = {name: np.empty(node_start[-1], dtype) for name, dtype in NODE_DTYPES.items()}
    across(
        config.run.threads, _GRAIN, len(first), cross,
        first, second, address(config.run.seed, generation, Purpose.CROSSOVER), key,
        config.crossover.disable_rate, config.crossover.blend_rate, layout.given, both,
        parents.connection_start, *parents.connections.values(), parents.node_start, *parents.nodes.values(),
        second_starts[0], marks[0], second_starts[1], marks[1],
        connection_start, *connections.values(), node_start, *nodes.values(),
    )  # fmt: skip
    own_parents = np.stack([parents.key[first], np.where(second < 0, -1, parents.key[second])], axis=1)
    kept = key == parents.key[first]
    own_parents[kept] = parents.parents[first[kept]]
    return Population(
        layout,
        connection_start=connection_start,
        node_start=node_start,
        key=key,
        parents=own_parents,
        **connections,
        **nodes,
    )


_NOTHING = (
    (np.zeros(1, np.int64), np.zeros(1, np.int64)),
    (np.zeros(0, np.bool_), np.zeros(0, np.bool_)),
)


def _entering(
    parents: Population, first: NDArray[np.int64], second: NDArray[np.int64], config: Config
) -> tuple[tuple[NDArray[np.int64], ...], tuple[NDArray[np.bool_], ...]]:
    mated = second >= 0
    connection_start = starts_of(np.where(mated, parents.connection_counts[second], 0))
    node_start = starts_of(np.where(mated, np.diff(parents.node_start)[second], 0))
    enters = np.zeros(connection_start[-1], np.bool_)
    node_enters = np.zeros(node_start[-1], np.bool_)
    most_nodes = 2 * int(np.diff(parents.node_start).max())
    most_connections = 2 * int(parents.connection_counts.max())
    mark_entering(
        0, len(first), first, second, config.genome.acyclic, parents.layout.given,
        parents.connection_start, parents.innovation, parents.source, parents.target,
        parents.node_start, parents.node, connection_start, enters, node_start, node_enters,
        np.empty(most_nodes, np.bool_), np.empty(most_connections, np.int32),
        np.empty(most_connections, np.int32), np.empty(most_nodes, np.int32),
    )  # fmt: skip
    return (connection_start, node_start), (enters, node_enters)


def _sums(marks: NDArray[np.bool_], start: NDArray[np.int64]) -> NDArray[np.int64]:
    running = np.concatenate([[0], np.cumsum(marks)])
    return np.asarray(running[start[1:]] - running[start[:-1]], np.int64)
