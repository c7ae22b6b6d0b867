"""The shape of a genome: what its nodes are, how deep they lie, which of them matter."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neat.config.arguments import instance, switch
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
    """Return what the node with this id is: `input`, `bias`, `output` or `hidden`."""
    if node < len(layout.inputs):
        return "input"
    if node < layout.sources:
        return "bias"
    return "output" if node < layout.given else "hidden"


def ends_of(genome: Genome) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the two ends of every connection as places among the genome's nodes: int64 (C,) each."""
    node = genome.column("node")
    return np.searchsorted(node, genome.column("source")), np.searchsorted(node, genome.column("target"))


def depths(genome: Genome) -> NDArray[np.int64]:
    """Return how deep each node lies: int64 (N,), inputs and bias 0, all others 1 or more.

    It is the length of the longest path of enabled connections that leads to a node, after cycles are broken: first
    behind the outputs, then by the greedy order of P. Eades, X. Lin, W. Smyth, A Fast and Effective Heuristic for the
    Feedback Arc Set Problem (Information Processing Letters 47(6), 1993). An enabled connection whose target is not
    deeper than its source is called recurrent: it is part of a cycle. Costs O((N + C) log N).
    """
    import networkx as nx

    genome = checked_genome(genome)
    count, given, sources = len(genome.column("node")), genome.layout.given, genome.layout.sources
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(zip(*(ends[genome.column("enabled")].tolist() for ends in ends_of(genome)), strict=True))
    part = _parts(graph)
    graph.remove_edges_from(
        [(node, end) for node in range(sources, given) for end in graph.succ[node] if part[node] == part[end]]
    )
    part = _parts(graph)
    within = graph.edge_subgraph([(a, b) for a, b in graph.edges if part[a] == part[b]])
    rank = _ranks({node: [end for end in within.succ[node] if end != node] for node in within})
    graph.remove_edges_from([(a, b) for a, b in within.edges if rank[b] <= rank[a]])
    depth = [0] * sources + [1] * (count - sources)
    for here in nx.topological_sort(graph):
        for there in graph.succ[here]:
            depth[there] = max(depth[there], depth[here] + 1)
    return np.array(depth, np.int64)


def trimmed(genome: Genome, *, disabled: bool = False, pruned: bool = False) -> Genome:
    """Return a genome without what is not wanted; inputs, bias and outputs always stay.

    Args:
        genome: it is not changed.
        disabled: keep disabled connections (with `pruned` they go all the same).
        pruned: keep only what can influence an output: what signals reach, and what leads to one. The network
            that grows from it is the same.

    Raises:
        NeatError: an argument is of the wrong type.
    """
    genome, disabled, pruned = checked_genome(genome), switch("disabled", disabled), switch("pruned", pruned)
    edge = np.ones(len(genome.column("weight")), np.bool_) if disabled else genome.column("enabled")
    node = np.ones(len(genome.column("node")), np.bool_)
    if pruned:
        source, target = ends_of(genome)
        sources, given = genome.layout.sources, genome.layout.given
        begin, end = np.arange(sources), np.arange(sources, given)
        enabled = genome.column("enabled")
        node = _reached(source[enabled], target[enabled], begin, len(node))
        edge = enabled & node[source]  # what is never reached sends nothing
        node &= _reached(target[edge], source[edge], end, len(node))
        edge &= node[target]
        node[:given] = True
    columns = {
        **{name: genome.column(name)[edge] for name in CONNECTION_DTYPES},
        **{name: genome.column(name)[node] for name in NODE_DTYPES},
    }
    return Genome.of(genome.layout, columns, genome.key, genome.parents, genome.splits[node[genome.layout.given :]])


def left_out(genome: Genome, *, disabled: bool = False, pruned: bool = False) -> list[str]:
    """Return what `trimmed` takes away with these options, in words that continue a sentence; none for nothing."""
    part = trimmed(genome, disabled=disabled, pruned=pruned)
    enabled, kept = (int(one.column("enabled").sum()) for one in (genome, part))
    off = len(genome.column("enabled")) - enabled
    words = [f": {_counted(off, 'disabled connection')}"] if off and (pruned or not disabled) else []
    useless = ((genome.hidden - part.hidden, "hidden node"), (enabled - kept, "connection"))
    if lost := [_counted(count, what) for count, what in useless if count]:
        words.append(f", without influence: {', '.join(lost)}")
    return words


def missing(genome: Genome) -> list[str]:
    """Return what a genome lacks to be of any use, in sentences; none for most."""
    if not len(genome.column("weight")):
        return ["There is no connection."]
    if not genome.column("enabled").any():
        return ["All connections are disabled."]
    return [] if len(trimmed(genome, pruned=True).column("weight")) else ["Nothing influences an output."]


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _parts(graph: nx.DiGraph[int]) -> dict[int, int]:
    """Return for each node the number of its strongly connected component."""
    import networkx as nx

    return {node: place for place, nodes in enumerate(nx.strongly_connected_components(graph)) for node in nodes}


def _ranks(after: dict[int, list[int]]) -> dict[int, int]:
    """Return an order of nodes in which few edges lead back; `after` holds the ends of each node's edges."""
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
            continue  # an entry that has become out of date
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
    source: NDArray[np.int64], target: NDArray[np.int64], begin: NDArray[np.int64], count: int
) -> NDArray[np.bool_]:
    """Return which of `count` nodes can be reached from those in `begin` along edges source -> target."""
    order = np.argsort(source, kind="stable")
    heads = target[order].tolist()
    first = np.searchsorted(source[order], np.arange(count + 1)).tolist()
    reached = np.zeros(count, np.bool_)
    reached[begin] = True
    waiting = begin.tolist()
    while waiting:
        here = waiting.pop()
        for there in heads[first[here] : first[here + 1]]:
            if not reached[there]:
                reached[there] = True
                waiting.append(there)
    return reached
