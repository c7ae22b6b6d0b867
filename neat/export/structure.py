"""The shape of a genome: what its nodes are, how deep they lie, which of them matter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.genetics.genome import Genome
from neat.genetics.population import CONNECTION_DTYPES, NODE_DTYPES, Layout, Population

KINDS = ("input", "bias", "output", "hidden")

_UNSEEN, _OPEN, _DONE = 0, 1, 2


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

    The depth is the length of the longest path of enabled connections that leads to a node. Cycles are broken
    first: a depth-first search from the inputs leaves out every connection that leads back to a node of its own
    path. An enabled connection is therefore recurrent exactly where its target is not deeper than its source, and
    a genome without cycles has none. Linear in nodes and connections.
    """
    count, given, sources = len(genome.column("node")), genome.layout.given, genome.layout.sources
    source, target = (ends[genome.column("enabled")] for ends in ends_of(genome))
    to_output = (target < given).astype(np.int64)  # last, so that a loop through an output is broken behind it
    order = np.lexsort((target, to_output, source))
    heads = target[order].tolist()
    begin = np.searchsorted(source[order], np.arange(count + 1)).tolist()
    finished, backward = _search(heads, begin)
    depth = [0] * sources + [1] * (count - sources)
    for here in reversed(finished):
        for edge in range(begin[here], begin[here + 1]):
            if not backward[edge]:
                depth[heads[edge]] = max(depth[heads[edge]], depth[here] + 1)
    return np.array(depth, np.int64)


def trimmed(genome: Genome, *, disabled: bool = False, pruned: bool = False) -> Genome:
    """Return a genome without what is not wanted; inputs, bias and outputs always stay.

    Args:
        genome: it is not changed.
        disabled: keep disabled connections (with `pruned` they go all the same).
        pruned: keep only what can influence an output: what signals reach, and what leads to one. The network
            that grows from it is the same.
    """
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
    layout = genome.layout
    alone = Population(
        layout,
        connection_start=np.array([0, edge.sum()]),
        node_start=np.array([0, node.sum()]),
        key=np.array([genome.key]),
        parents=np.array([[*genome.parents, -1, -1][:2]]),
        **{name: genome.column(name)[edge] for name in CONNECTION_DTYPES},
        **{name: genome.column(name)[node] for name in NODE_DTYPES},
    )
    return Genome.of(alone, 0, genome.splits[node[layout.given :]])


def _search(heads: list[int], begin: list[int]) -> tuple[list[int], list[bool]]:
    """Search depth first; return nodes in the order they were finished, and which edges lead back."""
    count = len(begin) - 1
    seen, next_edge = [_UNSEEN] * count, begin[:-1]
    finished: list[int] = []
    backward = [False] * len(heads)
    for root in range(count):
        path = [root] if seen[root] == _UNSEEN else []
        seen[root] = seen[root] or _OPEN
        while path:
            here = path[-1]
            edge = next_edge[here]
            if edge == begin[here + 1]:
                seen[here] = _DONE
                finished.append(path.pop())
                continue
            next_edge[here] += 1
            backward[edge] = seen[heads[edge]] == _OPEN
            if seen[heads[edge]] == _UNSEEN:
                seen[heads[edge]] = _OPEN
                path.append(heads[edge])
    return finished, backward


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
