"""The structure of a genome: the kinds of its nodes, their depth, and what can influence an output."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neat.config.arguments import instance, switch
from neat.core.text import counted
from neat.genetics.genome import Genome
from neat.genetics.population import CONNECTION_DTYPES, NODE_DTYPES, Layout

if TYPE_CHECKING:
    import networkx as nx

KINDS = ("input", "bias", "output", "hidden")


def checked_genome(genome: object) -> Genome:
    """Return an argument that must be a genome.

    Raises:
        NeatError: it is something else, such as a result.
    """
    return instance("genome", genome, Genome, "a neat.Genome, such as result.champion or history.champion().genome")


def kind_of(layout: Layout, node: int) -> str:
    """Return the kind of the node with this id: `input`, `bias`, `output` or `hidden`."""
    if node < len(layout.inputs):
        return "input"
    if node < layout.sources:
        return "bias"
    return "output" if node < layout.given else "hidden"


def ends_of(genome: Genome) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the source and the target of every connection as indices of the genome's nodes: int64 (C,) each."""
    node = genome.column("node")
    return np.searchsorted(node, genome.column("source")), np.searchsorted(node, genome.column("target"))


def depths(genome: Genome) -> NDArray[np.int64]:
    """Return the depth of each node: int64 (N,), 0 for inputs and bias, 1 or more for all others.

    The depth is the length of the longest path of enabled connections to a node, after cycles are broken: first at
    the outgoing connections of outputs, then by the greedy order of P. Eades, X. Lin, W. Smyth, A Fast and Effective
    Heuristic for the Feedback Arc Set Problem (Information Processing Letters 47(6), 1993). An enabled connection
    whose target is not deeper than its source is called recurrent: it is part of a cycle. Costs O((N + C) log N).
    """
    import networkx as nx

    genome = checked_genome(genome)
    count, given, sources = len(genome.column("node")), genome.layout.given, genome.layout.sources
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(zip(*(ends[genome.column("enabled")].tolist() for ends in ends_of(genome)), strict=True))
    component = _components(graph)
    graph.remove_edges_from(
        [(a, b) for a in range(sources, given) for b in graph.succ[a] if component[a] == component[b]]
    )
    component = _components(graph)
    within = graph.edge_subgraph([(a, b) for a, b in graph.edges if component[a] == component[b]])
    rank = _ranks({node: [end for end in within.succ[node] if end != node] for node in within})
    graph.remove_edges_from([(a, b) for a, b in within.edges if rank[b] <= rank[a]])
    depth = [0] * sources + [1] * (count - sources)
    for source in nx.topological_sort(graph):
        for target in graph.succ[source]:
            depth[target] = max(depth[target], depth[source] + 1)
    return np.array(depth, np.int64)


def trimmed(genome: Genome, *, disabled: bool = False, pruned: bool = False) -> Genome:
    """Return a copy of a genome without the unwanted parts; inputs, bias and outputs are always kept.

    Args:
        genome: it is not changed.
        disabled: keep disabled connections (with `pruned` they are removed all the same).
        pruned: keep only what can influence an output: what signals reach, and what leads to an output. The network
            of the copy computes the same.

    Raises:
        NeatError: an argument is of the wrong type.
    """
    genome, disabled, pruned = checked_genome(genome), switch("disabled", disabled), switch("pruned", pruned)
    layout, enabled = genome.layout, genome.column("enabled")
    edge = np.ones(len(enabled), np.bool_) if disabled else enabled
    node = np.ones(len(genome.column("node")), np.bool_)
    if pruned:
        source, target = ends_of(genome)
        node = _reached(source[enabled], target[enabled], np.arange(layout.sources), len(node))
        edge = enabled & node[source]  # what is never reached sends nothing
        node &= _reached(target[edge], source[edge], np.arange(layout.sources, layout.given), len(node))
        edge &= node[target]
        node[: layout.given] = True
    columns = {
        **{name: genome.column(name)[edge] for name in CONNECTION_DTYPES},
        **{name: genome.column(name)[node] for name in NODE_DTYPES},
    }
    return Genome.of(layout, columns, genome.key, genome.parents, genome.splits[node[layout.given :]])


def left_out(genome: Genome, *, disabled: bool = False, pruned: bool = False) -> list[str]:
    """Return what `trimmed` removes with these options, in words that continue a sentence; empty for nothing."""
    part = trimmed(genome, disabled=disabled, pruned=pruned)
    enabled, kept = (int(one.column("enabled").sum()) for one in (genome, part))
    off = len(genome.column("enabled")) - enabled
    words = [f": {counted(off, 'disabled connection')}"] if off and (pruned or not disabled) else []
    useless = ((genome.hidden - part.hidden, "hidden node"), (enabled - kept, "connection"))
    if lost := [counted(count, what) for count, what in useless if count]:
        words.append(f", without influence: {', '.join(lost)}")
    return words


def defects(genome: Genome) -> list[str]:
    """Return why the outputs of a genome cannot depend on its inputs, in sentences; empty for most genomes."""
    if not len(genome.column("weight")):
        return ["There is no connection."]
    if not genome.column("enabled").any():
        return ["All connections are disabled."]
    return [] if len(trimmed(genome, pruned=True).column("weight")) else ["Nothing influences an output."]


def _components(graph: nx.DiGraph[int]) -> dict[int, int]:
    """Return for each node the number of its strongly connected component."""
    import networkx as nx

    return {node: number for number, nodes in enumerate(nx.strongly_connected_components(graph)) for node in nodes}


def _ranks(after: dict[int, list[int]]) -> dict[int, int]:
    """Return an order of nodes in which few edges lead back; `after` holds the targets of each node's edges."""
    before: dict[int, list[int]] = {node: [] for node in after}
    for node, ends in after.items():
        for end in ends:
            before[end].append(node)
    out = {node: len(ends) for node, ends in after.items()}
    into = {node: len(ends) for node, ends in before.items()}

    def urgency(node: int) -> tuple[int, int]:
        return (0, 0) if not out[node] else (1, 0) if not into[node] else (2, into[node] - out[node])

    waiting = [(urgency(node), node) for node in after]
    heapify(waiting)
    rank: dict[int, int] = {}
    front, back = 0, len(after)
    while waiting:
        key, node = heappop(waiting)
        if node in rank or key != urgency(node):
            continue  # an outdated entry
        if out[node]:
            rank[node], front = front, front + 1
        else:
            back -= 1
            rank[node] = back
        for near, degree in ((after, into), (before, out)):
            for other in near[node]:
                degree[other] -= 1
                if other not in rank:
                    heappush(waiting, (urgency(other), other))
    return rank


def _reached(
    source: NDArray[np.int64], target: NDArray[np.int64], start: NDArray[np.int64], count: int
) -> NDArray[np.bool_]:
    """Return which of `count` nodes can be reached from the nodes `start` along edges from source to target."""
    order = np.argsort(source, kind="stable")
    heads = target[order].tolist()
    first = np.searchsorted(source[order], np.arange(count + 1)).tolist()
    reached = np.zeros(count, np.bool_)
    reached[start] = True
    waiting = start.tolist()
    while waiting:
        node = waiting.pop()
        for head in heads[first[node] : first[node + 1]]:
            if not reached[head]:
                reached[head] = True
                waiting.append(head)
    return reached
