"""The plain twin of the network's kernels: the law of activation as one would write it down.

Nothing is pruned here and no step is left out; every node that an active node sends to is recomputed in
every step. Only the order of sums needs to know what a compiled network looks like.
"""

from __future__ import annotations

import math

import networkx as nx
import numpy as np

from neat.core.function_kernels import activate_value
from neat.core.functions import activation
from neat.genetics.genome import Genome
from neat.network import Networks

LIMIT = 2.0**40


def same_networks(one: Networks, other: Networks) -> bool:
    """Say whether two sets of networks hold the same bits; what pads their rows is nobody's business."""
    columns = [
        (a[name], b[name]) if name else (a, b)
        for a, b in zip(one.arrays[1:], other.arrays[1:], strict=True)
        for name in a.dtype.names or [""]
    ]
    return one.layout == other.layout and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in [(one.key, other.key), *columns]
    )


def clamp(x: float) -> float:
    return min(max(x, -LIMIT), LIMIT)


def aggregate(name: str, parts: list[float]) -> float:
    if name == "product":
        result = parts[0]
        for part in parts[1:]:
            result = clamp(clamp(result) * part)
        return result
    if name == "max":
        return max(parts)
    if name == "min":
        return min(parts)
    if name == "maxabs":
        return max(parts, key=abs)  # the first of several
    if name == "median":
        ordered = sorted(parts)
        return (ordered[(len(parts) - 1) // 2] + ordered[len(parts) // 2]) / 2.0 + 0.0
    total = 0.0
    for part in parts:
        total += part
    return total / len(parts) if name == "mean" else total


class PlainNetwork:
    """What a genome grows into, run step by step; `values` holds the active nodes' values."""

    def __init__(self, genome: Genome) -> None:
        self.layout = genome.layout
        self.node = {node.id: node for node in genome.nodes}
        self.sources = range(self.layout.sources)
        self.graph = nx.DiGraph()
        self.graph.add_nodes_from(self.node)
        self.graph.add_weighted_edges_from(
            (gene.source, gene.target, gene.weight) for gene in genome.connections if gene.enabled
        )
        self.reach = (
            nx.multi_source_dijkstra_path_length(self.graph, set(self.sources), weight=None) if self.sources else {}
        )
        self.outputs = range(self.layout.sources, self.layout.given)
        self.kept = {
            node
            for node in self.reach
            if node not in self.sources
            and any(output in self.reach and nx.has_path(self.graph, node, output) for output in self.outputs)
        }
        inside = self.graph.subgraph({*self.kept, *self.sources})
        self.acyclic = nx.is_directed_acyclic_graph(inside)
        layer = dict.fromkeys(self.node, math.inf)
        layer.update(self.reach if not self.acyclic else dict.fromkeys(self.sources, 0))
        if self.acyclic:
            for node in nx.topological_sort(inside):
                if node in self.kept:
                    layer[node] = 1 + max(layer[source] for source in inside.predecessors(node))
        self.depth = max((layer[node] for node in self.kept), default=0)
        self.order = sorted(self.node, key=lambda node: (node not in self.sources, layer[node], node))
        self.steps = self.layout.max_steps
        if self.steps == 0:
            self.steps = 1 if self.layout.memory else (self.depth if self.acyclic else 5)
        self.values: dict[int, float] = {}

    def reset(self) -> None:
        self.values = {}

    def __call__(self, inputs: np.ndarray) -> list[float]:
        """Go on with one row of inputs; without memory, from the start."""
        if not self.layout.memory:
            self.reset()
        for node in self.sources:
            self.values[node] = clamp(float(inputs[node])) if node < len(inputs) else 1.0
        for _ in range(self.steps):
            self.step()
        return [self.values.get(output, 0.0) for output in self.outputs]

    def step(self) -> None:
        before = dict(self.values)
        for node in self.node:
            senders = [source for source in self.order if source in before and self.graph.has_edge(source, node)]
            if senders and node not in self.sources:
                parts = [self.graph.edges[source, node]["weight"] * before[source] for source in senders]
                self.values[node] = self.value(node, parts)

    def value(self, node: int, parts: list[float]) -> float:
        gene = self.node[node]
        z = clamp(gene.bias + gene.response * clamp(aggregate(gene.aggregation, parts)))
        return clamp(float(activate_value(np.uint8(activation(gene.activation).code), z)))

    def feedforward(self, inputs: np.ndarray) -> list[float]:
        """Return the outputs of an acyclic network by recursion from its outputs."""
        known = {node: clamp(float(inputs[node])) if node < len(inputs) else 1.0 for node in self.sources}

        def value(node: int) -> float:
            if node not in known:
                senders = [s for s in self.order if s in self.reach and self.graph.has_edge(s, node)]
                parts = [self.graph.edges[source, node]["weight"] * value(source) for source in senders]
                known[node] = self.value(node, parts)
            return known[node]

        return [value(output) if output in self.reach else 0.0 for output in self.outputs]
