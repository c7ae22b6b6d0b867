"""The founders: the genomes that a run begins with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.core.errors import NeatError
from neat.core.functions import activation, aggregation
from neat.core.randomness import FIRST_GENERATION, Purpose, Randomness
from neat.genetics.crossover import crossover
from neat.genetics.genome import Connection, Genome, Node
from neat.genetics.genome_json import read_genome
from neat.genetics.genome_kernels import starts_of
from neat.genetics.innovation import Innovations
from neat.genetics.mutation import mutate_values
from neat.genetics.population import CONNECTION_DTYPES, Columns, Layout, Population, blank_nodes, freeze

_HALF = 0.5  # `start = random`: the chance of each connection that leads forward
# Keys of streams that belong to no genome would clash with genomes' own, so draws are told apart by index.
_HIDDEN_COUNT, _CHOSEN_INPUT, _CANDIDATES = 0, 1, 2

Edges = tuple[NDArray[np.int32], NDArray[np.int32]]


def found(layout: Layout, config: Config) -> tuple[Population, Innovations]:
    """Return the founders that `[population] start` describes, and the tracker that numbered them.

    Raises:
        NeatError: the genome file cannot be read or does not fit the layout.
    """
    innovations = Innovations.empty(layout.given)
    start = config.population.start
    if start.endswith(".json"):
        return _from_file(config.path(start), layout, innovations, config)
    size = config.population.size
    draws = Randomness(config.run.seed, FIRST_GENERATION, Purpose.FOUNDERS)
    keys = np.arange(size)
    sources, outputs = np.arange(layout.sources), np.arange(layout.sources, layout.given)
    hidden_count = {"layers": sum(config.population.layers), "random": config.population.start_hidden}.get(start, 0)
    hidden, innovations = innovations.fresh_nodes(hidden_count)
    if start == "layers":
        sizes = np.cumsum(config.population.layers)[:-1]
        edges = _layered(
            [sources[: len(layout.inputs)], *np.split(hidden, sizes), outputs], sources[len(layout.inputs) :]
        )
    elif start == "random":
        edges = _forward([sources, *hidden[:, None], outputs])
    else:
        edges = _forward([sources, outputs])
    count = len(edges[0])
    if start == "none":
        present = np.zeros((size, count), np.bool_)
    elif start == "partial":
        most = int(config.population.partial_share * count + 0.5)
        by_chance = np.argsort(draws.bits(keys[:, None], _CANDIDATES + np.arange(count)), axis=1, kind="stable")
        present = np.zeros((size, count), np.bool_)
        np.put_along_axis(present, by_chance[:, :most], True, axis=1)
    elif start == "one":
        chosen = draws.integers(len(layout.inputs), keys, _CHOSEN_INPUT)
        present = edges[0] == chosen[:, None]
    elif start == "random":
        own = hidden[0] + 1 + draws.integers(hidden_count, keys, _HIDDEN_COUNT)
        present = draws.uniform(keys[:, None], _CANDIDATES + np.arange(count)) < _HALF
        for ends in edges:
            present &= (ends < layout.given) | (ends < own[:, None])
    else:
        present = np.ones((1, count), np.bool_)
    numbers, innovations = innovations.number_connections(*(freeze(ends, np.int32) for ends in edges))
    return _build(layout, edges, numbers, present, hidden, config), innovations


def adopt(genome: Genome, layout: Layout, innovations: Innovations) -> tuple[Genome, Innovations]:
    """Return a genome from outside, renumbered for this run, and the tracker after.

    Connections get the numbers of their ends; hidden nodes those of the (k, n) they were made by, where
    the genome still holds connection k, else fresh ones.

    Raises:
        NeatError: its inputs, outputs or bias node are not those of the layout.
    """
    _check_fit(genome, layout)
    ends = {gene.innovation: (gene.source, gene.target) for gene in genome.connections}
    renamed = {node: node for node in range(layout.given)}
    taken = set(renamed)
    for node, split_ends in _in_order(genome, ends):
        identity = -1
        if split_ends is not None and node.split is not None:
            source, target = (freeze([renamed[end]], np.int32) for end in split_ends)
            split, innovations = innovations.number_connections(source, target)
            turn = freeze([node.split[1]], np.int64)
            made, innovations = innovations.number_nodes(freeze(split, np.int64), turn)
            identity = int(made[0])
        if identity in taken or identity < 0:
            fresh, innovations = innovations.fresh_nodes(1)
            identity = int(fresh[0])
        renamed[node.id] = identity
        taken.add(identity)
    genes = genome.connections
    numbers, innovations = innovations.number_connections(
        freeze([renamed[gene.source] for gene in genes], np.int32),
        freeze([renamed[gene.target] for gene in genes], np.int32),
    )
    touched = {end for gene in genes for end in (gene.source, gene.target)}
    adopted = Genome(
        layout.inputs,
        layout.outputs,
        [
            Connection(renamed[gene.source], renamed[gene.target], gene.weight, gene.enabled, int(number))
            for gene, number in zip(genes, numbers, strict=True)
        ],
        [
            node._replace(id=renamed[node.id], split=None)
            for node in genome.nodes
            if node.id < layout.given or node.id in touched
        ],
        bias_node=layout.bias_node,
        max_steps=layout.max_steps,
        memory=layout.memory,
        key=genome.key,
    )
    return adopted, innovations


def _in_order(
    genome: Genome, ends: Mapping[int | None, tuple[int, int]]
) -> Iterator[tuple[Node, tuple[int, int] | None]]:
    """Yield the hidden nodes of a genome, each after those that the connection it splits lies between.

    With each come the ends of that connection; None where the genome does not hold it, or in a ring of such
    nodes, whose first one is yielded without.
    """
    hidden = [node for node in genome.nodes if node.id >= genome.layout.given]
    waits_for: dict[int, set[int]] = {}
    followers: dict[int, list[int]] = defaultdict(list)
    ready: list[int] = []  # a heap of places in `hidden`
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
    theirs = genome.layout
    if (theirs.inputs, theirs.outputs) != (layout.inputs, layout.outputs):
        raise NeatError(
            f"the genome has inputs {', '.join(theirs.inputs)} and outputs {', '.join(theirs.outputs)}; "
            f"the problem has inputs {', '.join(layout.inputs)} and outputs {', '.join(layout.outputs)}"
        )
    if theirs.bias_node != layout.bias_node:
        has, wants = ("a", "no") if theirs.bias_node else ("no", "a")
        raise NeatError(
            f"the genome has {has} bias node, the run has {wants} bias node (set [genome] bias = "
            f"{'node' if theirs.bias_node else 'attribute'})"
        )


def _from_file(path: Path, layout: Layout, innovations: Innovations, config: Config) -> tuple[Population, Innovations]:
    try:
        genome, _ = read_genome(path)
        try:
            genome, innovations = adopt(genome, layout, innovations)
        except NeatError as error:
            raise NeatError(f"{path}: {error}") from None
    except NeatError as error:
        raise NeatError(f"[population] start = {error}") from None
    size = config.population.size
    first, second = np.zeros(size, np.int64), np.full(size, -1)
    copies = crossover(genome.population.replace(key=[-1]), first, second, np.arange(size), 0, config)
    copies = copies.replace(parents=np.full((size, 2), -1))
    changed = np.arange(size) > 0  # the first founder is the genome itself
    return mutate_values(copies, freeze(changed, np.bool_), 0, config), innovations


def _forward(groups: list[NDArray[Any]]) -> Edges:
    """Return the connections of every node to every node of a later group."""
    pairs = [
        (a, b) for place, group in enumerate(groups) for later in groups[place + 1 :] for a in group for b in later
    ]
    return _edges(pairs)


def _layered(layers: list[NDArray[Any]], bias: NDArray[Any]) -> Edges:
    """Return the connections of every layer to the next one, and of the bias node to all that compute."""
    pairs = [
        (a, b) for layer, following in zip(layers, layers[1:], strict=False) for a in (*layer, *bias) for b in following
    ]
    return _edges(pairs)


def _edges(pairs: list[tuple[Any, Any]]) -> Edges:
    columns = np.array(pairs, np.int32).reshape(len(pairs), 2)
    return freeze(columns[:, 0], np.int32), freeze(columns[:, 1], np.int32)


def _build(
    layout: Layout,
    edges: Edges,
    numbers: NDArray[np.int64],
    present: NDArray[np.bool_],
    hidden: NDArray[np.int32],
    config: Config,
) -> Population:
    """Return founders whose connections are the edges marked in `present`: (P or 1, edges) bool."""
    size, rules = config.population.size, config.genome
    seed = config.run.seed
    given = np.ones((len(present), layout.given), np.bool_)
    touched = [present[:, (edges[0] == node) | (edges[1] == node)].any(axis=1) for node in hidden]
    genome, edge = np.nonzero(np.broadcast_to(present, (size, len(numbers))))
    has_node = np.column_stack([given, *touched])
    owner, place = np.nonzero(np.broadcast_to(has_node, (size, layout.given + len(hidden))))
    draws = Randomness(seed, FIRST_GENERATION, Purpose.FOUNDER_WEIGHTS)
    rows = np.arange(len(numbers))[edge]
    nodes = {"node": np.concatenate([np.arange(layout.given), hidden])[place], **blank_nodes(len(place))}
    computed = place >= layout.sources
    output = computed & (place < layout.given)
    own = rules.activation if rules.output_activation == "same" else rules.output_activation
    nodes["activation"][computed] = activation(rules.activation).code
    nodes["activation"][output] = activation(own).code
    nodes["aggregation"][computed] = aggregation(rules.aggregation).code
    nodes["response"][computed] = min(1.0, rules.response_limit)
    if rules.bias == "attribute":
        chance = 2.0 * draws.uniform(owner, len(numbers) + place) - 1.0
        nodes["bias"][computed] = (chance * rules.bias_range)[computed]
    columns: Columns = {
        "innovation": numbers[edge],
        "source": edges[0][edge],
        "target": edges[1][edge],
        "weight": (2.0 * draws.uniform(genome, rows) - 1.0) * rules.weight_range,
        "enabled": np.ones(len(edge), np.bool_),
    }
    return Population(
        layout,
        connection_start=starts_of(np.bincount(genome, minlength=size)),
        node_start=starts_of(np.bincount(owner, minlength=size)),
        key=np.arange(size),
        parents=np.full((size, 2), -1),
        **{name: columns[name].astype(dtype) for name, dtype in CONNECTION_DTYPES.items()},
        **nodes,
    )
