"""Making networks from genomes, or from plain arrays of nodes and connections."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neat.config.arguments import thread_count
from neat.core.arrays import freeze
from neat.core.constants import VALUE_LIMIT
from neat.core.errors import NeatError
from neat.core.functions import ACTIVATION_TABLE, AGGREGATION_TABLE
from neat.core.parallel import parallel_for
from neat.genetics.genome import Genome
from neat.genetics.population import (
    CONNECTION_DTYPES,
    GENOME_DTYPES,
    NODE_DTYPES,
    Layout,
    Population,
    blank_nodes,
)
from neat.network.activation_kernels import CONNECTION, NETWORK, NODE, NetworkArrays
from neat.network.decoding_kernels import decode_large_range, decode_small_range, lay_out
from neat.network.networks import Network, Networks
from neat.network.small_genome_kernels import MOST_NODES

_SECONDS_PER_CONNECTION = 20e-9


@overload
def compile_networks(genomes: Genome, *, threads: int = 0) -> Network: ...
@overload
def compile_networks(genomes: Population, *, which: ArrayLike | None = None, threads: int = 0) -> Networks: ...
def compile_networks(
    genomes: Population | Genome, *, which: ArrayLike | None = None, threads: int = 0
) -> Networks | Network:
    """Return the networks of a population, or the network of one genome.

    A network consists of the nodes that are reached from an input by enabled connections and influence an output; the
    other nodes could not change a result.

    Args:
        genomes: a population, or one genome.
        which: indices int64 (K,) of the genomes to compile, in any order [all].
        threads: the largest number of threads; 0: all processors. It never changes a result.

    Raises:
        NeatError: an index is out of range, or `genomes` is something else.
    """
    thread_count(threads)
    if isinstance(genomes, Genome):
        if which is not None:
            raise NeatError("`which` chooses from a population, and a single genome was given (leave it out)")
        return compile_networks(Population.from_genomes([genomes]))[0]
    if not isinstance(genomes, Population):
        given = type(genomes).__name__
        raise NeatError(
            f"neat.compile takes a neat.Genome or a neat.Population, not a {given} (for a Result: result.champion)"
        )
    for table, codes in ((ACTIVATION_TABLE, genomes.activation), (AGGREGATION_TABLE, genomes.aggregation)):
        if table.unregistered:
            table.check_registered(codes.tolist())
    size = len(genomes)
    chosen = np.arange(size) if which is None else _indices(which, size)
    network = np.zeros(chosen.size, NETWORK)
    chosen = freeze(chosen, np.int64)
    nodes, connections, most = lay_out(chosen, genomes.genes, network)
    if nodes < 0:
        raise _wrong_indices(size)
    layout = genomes.layout
    room = NetworkArrays(
        layout.sources,
        network,
        np.zeros(nodes, NODE),
        np.zeros(connections, CONNECTION),
        np.empty((len(chosen), len(layout.outputs)), np.int32),
    )
    if chosen.size == 0:
        return Networks(layout, genomes.key[chosen], room)
    shared = layout.sources, layout.max_steps, layout.memory
    seconds = connections * _SECONDS_PER_CONNECTION
    parallel_for(threads, seconds, len(chosen), decode_small_range, chosen, genomes.genes, *shared, room)
    if most > MOST_NODES:
        parallel_for(threads, 2.0 * seconds, len(chosen), decode_large_range, chosen, genomes.genes, *shared, room)
    return Networks(layout, genomes.key[chosen], room)


def _indices(which: ArrayLike, size: int) -> NDArray[Any]:
    try:
        chosen = np.asarray(which)
    except ValueError:  # rows of different lengths
        raise _wrong_indices(size) from None
    if chosen.ndim != 1 or not (chosen.dtype.kind in "iu" or chosen.size == 0):
        raise _wrong_indices(size)
    return chosen


def _wrong_indices(size: int) -> NeatError:
    return NeatError(f"`which` must hold indices from 0 to {size - 1} in shape (K,)")


def networks_from_arrays(
    layout: Layout,
    *,
    connection_start: ArrayLike,
    source: ArrayLike,
    target: ArrayLike,
    weight: ArrayLike,
    node_start: ArrayLike,
    enabled: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    response: ArrayLike | None = None,
    activation: ArrayLike | None = None,
    aggregation: ArrayLike | None = None,
    key: ArrayLike | None = None,
) -> Networks:
    """Return P networks made of plain arrays, for indirect encodings such as HyperNEAT.

    Network g has connections `connection_start[g]` to `connection_start[g + 1]` and nodes `node_start[g]` to
    `node_start[g + 1]`. Its nodes are numbered from 0: inputs, bias node (if the layout has one), outputs, hidden
    nodes. As in a genome, nodes that are not reached or influence no output are left out.

    Args:
        layout: the inputs, the outputs, and the settings of the networks.
        connection_start, node_start: (P + 1,) int64.
        source, target: (C,) int32, nodes of the same network; a target is not an input or the bias node.
        weight: (C,) float64, within +-2^40.
        enabled: (C,) bool [all].
        bias, response: (N,) float64, within +-2^40 [0 and 1].
        activation, aggregation: (N,) uint8, codes of the function table [linear and sum].
        key: (P,) int64 [0 to P - 1].

    Raises:
        NeatError: an array has the wrong shape, type or values.
    """
    edges, places = _start("connection_start", connection_start), _start("node_start", node_start)
    if len(edges) != len(places):
        raise NeatError(f"`connection_start` has {len(edges)} entries, `node_start` {len(places)}; both need P + 1")
    networks, connections, nodes = len(places) - 1, int(edges[-1]), int(places[-1])
    if np.any(np.diff(places) < layout.given):
        raise NeatError(f"every network needs at least {layout.given} nodes: inputs, bias node and outputs")
    blank = blank_nodes(nodes) | {"enabled": np.ones(connections, np.bool_), "key": np.arange(networks)}
    columns = {
        "source": _column("source", source, connections),
        "target": _column("target", target, connections),
        "weight": _column("weight", weight, connections),
        "enabled": _column("enabled", enabled, connections, blank),
        "bias": _column("bias", bias, nodes, blank),
        "response": _column("response", response, nodes, blank),
        "activation": _column("activation", activation, nodes, blank),
        "aggregation": _column("aggregation", aggregation, nodes, blank),
        "key": _column("key", key, networks, blank),
    }
    edge_counts, place_counts = np.diff(edges), np.diff(places)
    for name, lowest in (("source", 0), ("target", layout.sources)):
        wrong = (columns[name] < lowest) | (columns[name] >= np.repeat(place_counts, edge_counts))
        if np.any(wrong):
            row = int(np.argmax(wrong))
            raise NeatError(
                f"`{name}` of connection {row} is {columns[name][row]}; it must be a node of the same network, "
                f"{lowest} or above"
            )
    for name, table in (("activation", ACTIVATION_TABLE), ("aggregation", AGGREGATION_TABLE)):
        wrong = ~np.isin(columns[name], table.codes)
        if np.any(wrong):
            row = int(np.argmax(wrong))
            raise NeatError(f"`{name}` of node {row} is {columns[name][row]}, which is not the code of a function")
    return compile_networks(
        Population(
            layout,
            connection_start=edges,
            node_start=places,
            innovation=np.arange(connections) - np.repeat(edges[:-1], edge_counts),
            node=freeze(np.arange(nodes) - np.repeat(places[:-1], place_counts), np.int32),
            parents=np.full((networks, 2), -1),
            **columns,
        )
    )


def _start(name: str, values: ArrayLike) -> NDArray[np.int64]:
    start = np.asarray(values)
    if start.ndim != 1 or len(start) == 0 or start.dtype.kind not in "iu":
        raise NeatError(f"`{name}` must hold whole numbers in shape (P + 1,), not {start.dtype} in {start.shape}")
    if start[0] != 0 or np.any(start[1:] < start[:-1]):
        raise NeatError(f"`{name}` must begin with 0 and never decrease")
    return freeze(start, np.int64)


def _column(
    name: str, values: ArrayLike | None, rows: int, blank: dict[str, NDArray[Any]] | None = None
) -> NDArray[Any]:
    """Return a column in its dtype, or its default if no values are given."""
    dtype = np.dtype((CONNECTION_DTYPES | NODE_DTYPES | GENOME_DTYPES)[name])
    column = np.asarray(blank[name] if values is None and blank is not None else values)
    whole = dtype.kind in "iu"
    if column.shape != (rows,):
        raise NeatError(f"`{name}` must have shape ({rows},), not {column.shape}")
    if rows == 0:
        return freeze(np.empty(0), dtype)
    if column.dtype.kind not in ("iu" if whole else "b" if dtype.kind == "b" else "iuf"):
        raise NeatError(f"`{name}` must hold {dtype}, not {column.dtype}")
    bound = np.iinfo(dtype) if whole else None
    low, high = (bound.min, bound.max) if bound else (-VALUE_LIMIT, VALUE_LIMIT)
    if dtype.kind != "b" and not np.all((column >= low) & (column <= high)):
        raise NeatError(f"`{name}` must lie from {low} to {high}")
    return freeze(column, dtype)
