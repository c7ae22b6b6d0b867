"""The initial population."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.config import GenomeKeys, MutationKeys, PopulationKeys
from neat.core.arrays import freeze
from neat.core.errors import NeatError
from neat.core.functions import activation
from neat.core.randomness import Purpose, Randomness
from neat.genetics.columns import CONNECTION_DTYPES, Columns
from neat.genetics.genes import Connection, Node
from neat.genetics.genome import Genome, read_genome
from neat.genetics.genome_kernels import starts_of
from neat.genetics.innovation import Innovations
from neat.genetics.layout import Layout
from neat.genetics.mutation import mutate_values
from neat.genetics.node_attributes import NODE_ATTRIBUTES
from neat.genetics.population import Population

_HALF = 0.5  # with `start = random`: the probability of each forward connection
# Draw indices. Numbers that belong to no genome have indices of their own, since any key is that of a genome.
_HIDDEN_COUNT, _CHOSEN_INPUT, _CANDIDATES = 0, 1, 2


class Edges(NamedTuple):
    """The connections that initial genomes may have."""

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    innovation: NDArray[np.int64]


def initialize(
    layout: Layout,
    start: Genome | None,
    rng: Randomness,
    population: PopulationKeys,
    genome: GenomeKeys,
    mutation: MutationKeys,
    threads: int,
) -> tuple[Population, Innovations]:
    """Return the initial population that `[population] start` describes, and the tracker that numbered it.

    `start` is the genome to start from (see `start_genome`), or None to make genomes as the settings say.

    Raises:
        NeatError: the inputs, outputs or bias node of `start` are not those of the layout.
    """
    innovations = Innovations.empty(layout.given)
    if start is not None:
        adopted, innovations = adopt(start, layout, innovations)
        size = population.size
        copies = Population.from_genomes([adopted]).take(np.zeros(size, np.int64))
        copies = copies.replace(key=np.arange(size), parents=np.full((size, 2), -1))
        changed = freeze(np.arange(size) > 0, np.bool_)  # the first genome stays as it is
        return mutate_values(copies, changed, rng, mutation, genome, threads), innovations
    counts = {"layers": sum(population.layers), "random": population.start_hidden}
    hidden, innovations = innovations.fresh_nodes(counts.get(population.start, 0))
    ends = _possible_ends(layout, hidden, population)
    numbers, innovations = innovations.number_connections(*ends)
    edges = Edges(*ends, numbers)
    present = _present_edges(layout, edges, hidden, rng.of(Purpose.FOUNDERS), population)
    return _build(layout, edges, present, hidden, rng.of(Purpose.FOUNDER_WEIGHTS), population, genome), innovations


def start_genome(path: Path, layout: Layout) -> Genome:
    """Return the genome in the file that `[population] start` names.

    Raises:
        NeatError: the file cannot be read, is not a genome, or its genome does not fit the layout.
    """
    try:
        genome, _ = read_genome(path)
        try:
            _check_fit(genome, layout)
        except NeatError as error:
            raise NeatError(f"{path}: {error}") from None
    except NeatError as error:
        raise NeatError(f"[population] start = {error}") from None
    return genome


def adopt(genome: Genome, layout: Layout, innovations: Innovations) -> tuple[Genome, Innovations]:
    """Return a genome of another run, renumbered for this run, and the tracker afterwards.

    Connections get the numbers of their ends. Hidden nodes get the ids of the splits (k, n) that they came from if
    the genome still has connection k, else new ids.

    Raises:
        NeatError: its inputs, outputs or bias node are not those of the layout.
    """
    _check_fit(genome, layout)
    ends = {gene.innovation: (gene.source, gene.target) for gene in genome.connections}
    new_ids = {node: node for node in range(layout.given)}
    taken = set(new_ids)
    for node, split_ends in _hidden_in_order(genome, ends):
        identity = -1
        if split_ends is not None and node.split is not None:
            source, target = ([new_ids[end]] for end in split_ends)
            split, innovations = innovations.number_connections(source, target)
            made, innovations = innovations.number_nodes(split, [node.split[1]])
            identity = int(made[0])
        if identity in taken or identity < 0:
            fresh, innovations = innovations.fresh_nodes(1)
            identity = int(fresh[0])
        new_ids[node.id] = identity
        taken.add(identity)
    genes = genome.connections
    numbers, innovations = innovations.number_connections(
        [new_ids[gene.source] for gene in genes], [new_ids[gene.target] for gene in genes]
    )
    touched = {end for gene in genes for end in (gene.source, gene.target)}
    adopted = Genome(
        layout.inputs,
        layout.outputs,
        [
            Connection(new_ids[gene.source], new_ids[gene.target], gene.weight, gene.enabled, int(number))
            for gene, number in zip(genes, numbers, strict=True)
        ],
        [
            node._replace(id=new_ids[node.id], split=None)
            for node in genome.nodes
            if node.id < layout.given or node.id in touched
        ],
        bias_node=layout.bias_node,
        max_steps=layout.max_steps,
        memory=layout.memory,
        key=genome.key,
    )
    return adopted, innovations


def _hidden_in_order(
    genome: Genome, ends: Mapping[int | None, tuple[int, int]]
) -> Iterator[tuple[Node, tuple[int, int] | None]]:
    """Yield the hidden nodes of a genome, each after the hidden ends of the connection that it split.

    Each comes with these ends, or with None if the genome does not have the connection. Nodes that wait for each
    other form a ring; the first of a ring is yielded with None.
    """
    hidden = [node for node in genome.nodes if node.id >= genome.layout.given]
    waits_for: dict[int, set[int]] = {}
    followers: dict[int, list[int]] = defaultdict(list)
    ready: list[int] = []  # a heap of positions in `hidden`
    for place, node in enumerate(hidden):
        split_ends = ends.get(node.split[0]) if node.split else None
        if split_ends is None:
            continue
        waits_for[place] = {end for end in split_ends if end >= genome.layout.given}
        for end in waits_for[place]:
            followers[end].append(place)
        if not waits_for[place]:
            heappush(ready, place)
    done = [False] * len(hidden)
    for first in range(len(hidden)):
        while ready or not done[first]:
            split_ends = None
            place = heappop(ready) if ready else first
            node, done[place] = hidden[place], True
            if node.split and place in waits_for and not waits_for[place]:
                split_ends = ends[node.split[0]]
            yield node, split_ends
            for follower in followers[node.id]:
                waits_for[follower].discard(node.id)
                if not waits_for[follower] and not done[follower]:
                    heappush(ready, follower)


def _check_fit(genome: Genome, layout: Layout) -> None:
    own = genome.layout
    if (own.inputs, own.outputs) != (layout.inputs, layout.outputs):
        raise NeatError(
            f"the genome has inputs {', '.join(own.inputs)} and outputs {', '.join(own.outputs)}; "
            f"the problem has inputs {', '.join(layout.inputs)} and outputs {', '.join(layout.outputs)}"
        )
    if own.bias_node != layout.bias_node:
        has, wants = ("a", "no") if own.bias_node else ("no", "a")
        raise NeatError(
            f"the genome has {has} bias node, the run has {wants} bias node (set [genome] bias = "
            f"{'node' if own.bias_node else 'attribute'})"
        )


def _possible_ends(
    layout: Layout, hidden: NDArray[np.int32], population: PopulationKeys
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the sources and targets of all connections that an initial genome may have: int32 each."""
    sources: NDArray[Any] = np.arange(layout.sources)
    outputs: NDArray[Any] = np.arange(layout.sources, layout.given)
    if population.start == "layers":
        sizes = np.cumsum(population.layers)[:-1]
        bias = sources[len(layout.inputs) :]
        layers: list[NDArray[Any]] = [sources[: len(layout.inputs)], *np.split(hidden, sizes), outputs]
        pairs = [
            (a, b)
            for layer, next_layer in zip(layers, layers[1:], strict=False)
            for a in (*layer, *bias)
            for b in next_layer
        ]
    else:
        groups: list[NDArray[Any]] = [sources, *hidden[:, None], outputs]
        pairs = [
            (a, b) for place, group in enumerate(groups) for later in groups[place + 1 :] for a in group for b in later
        ]
    columns = np.array(pairs, np.int32).reshape(len(pairs), 2)
    return freeze(columns[:, 0], np.int32), freeze(columns[:, 1], np.int32)


def _present_edges(
    layout: Layout, edges: Edges, hidden: NDArray[np.int32], rng: Randomness, population: PopulationKeys
) -> NDArray[np.bool_]:
    """Return which of the possible connections each initial genome has: (P, edges) bool, or (1, edges) for all."""
    start, size, count = population.start, population.size, len(edges.source)
    keys = np.arange(size)
    if start == "none":
        return np.zeros((size, count), np.bool_)
    if start == "partial":
        wanted = int(population.partial_share * count + 0.5)
        shuffled = np.argsort(rng.bits(keys[:, None], _CANDIDATES + np.arange(count)), axis=1, kind="stable")
        present = np.zeros((size, count), np.bool_)
        np.put_along_axis(present, shuffled[:, :wanted], True, axis=1)
        return present
    if start == "one":
        chosen: NDArray[np.bool_] = edges.source == rng.integers(len(layout.inputs), keys, _CHOSEN_INPUT)[:, None]
        return chosen
    if start == "random":
        end = hidden[0] + 1 + rng.integers(len(hidden), keys, _HIDDEN_COUNT)
        present = rng.uniform(keys[:, None], _CANDIDATES + np.arange(count)) < _HALF
        for ends in (edges.source, edges.target):
            present &= (ends < layout.given) | (ends < end[:, None])
        return present
    return np.ones((1, count), np.bool_)


def _build(
    layout: Layout,
    edges: Edges,
    present: NDArray[np.bool_],
    hidden: NDArray[np.int32],
    rng: Randomness,
    population: PopulationKeys,
    genome: GenomeKeys,
) -> Population:
    """Return initial genomes with the connections marked in `present`, and with random weights and biases."""
    size = population.size
    given = np.ones((len(present), layout.given), np.bool_)
    touched = [present[:, (edges.source == node) | (edges.target == node)].any(axis=1) for node in hidden]
    owner, edge = np.nonzero(np.broadcast_to(present, (size, present.shape[1])))
    has_node = np.column_stack([given, *touched])
    node_owner, place = np.nonzero(np.broadcast_to(has_node, (size, layout.given + len(hidden))))
    computes = place >= layout.sources
    nodes: Columns = {"node": np.concatenate([np.arange(layout.given), hidden])[place]}
    for attribute in NODE_ATTRIBUTES:
        nodes[attribute.name] = np.where(computes, attribute.initial(genome), attribute.unused).astype(attribute.dtype)
    if genome.output_activation not in ("auto", "same"):
        nodes["activation"][computes & (place < layout.given)] = activation(genome.output_activation).code
    spread: NDArray[np.float64] | float = genome.weight_range
    if population.layer_weights != "range":
        spread = np.minimum(_layer_ranges(layout, edges, population.layer_weights), genome.weight_limit)[edge]
    elif genome.bias == "attribute":
        drawn = 2.0 * rng.uniform(node_owner, present.shape[1] + place) - 1.0
        nodes["bias"][computes] = (drawn * genome.bias_range)[computes]
    columns: Columns = {
        "innovation": edges.innovation[edge],
        "source": edges.source[edge],
        "target": edges.target[edge],
        "weight": (2.0 * rng.uniform(owner, edge) - 1.0) * spread,
        "enabled": np.ones(len(edge), np.bool_),
    }
    return Population(
        layout,
        connection_start=starts_of(np.bincount(owner, minlength=size)),
        node_start=starts_of(np.bincount(node_owner, minlength=size)),
        key=np.arange(size),
        parents=np.full((size, 2), -1),
        **{name: columns[name].astype(dtype) for name, dtype in CONNECTION_DTYPES.items()},
        **nodes,
    )


def _layer_ranges(layout: Layout, edges: Edges, scheme: str) -> NDArray[np.float64]:
    """Return the range of the initial weight of each connection between layers: (edges,) float64.

    A uniform number within plus or minus r has the variance r^2 / 3: that is 2 / inputs of the node (He et al. 2015,
    equation 10), or 2 / (inputs + outputs) (Glorot & Bengio 2010, equation 16). A bias, the weight of a connection from
    the bias node, begins at 0.
    """
    from_bias = (edges.source >= len(layout.inputs)) & (edges.source < layout.sources)
    size = int(edges.target.max()) + 1
    fans: NDArray[Any] = np.bincount(edges.target[~from_bias], minlength=size)[edges.target]
    if scheme == "xavier":
        fans = fans + np.bincount(edges.source, minlength=size)[edges.source]
    return np.where(from_bias, 0.0, np.sqrt(6.0 / fans))
