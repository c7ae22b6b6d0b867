"""A genome as a networkx graph, and back, exact to the last bit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neat.config.formatting import describe
from neat.core.errors import NeatError
from neat.core.json_text import load_json
from neat.export.structure import KINDS, checked_genome, depths, kind_of
from neat.genetics.genome import Connection, Genome, Node
from neat.genetics.node_attributes import NODE_ATTRIBUTES

if TYPE_CHECKING:
    import networkx as nx

_LONGEST_JSON = 1 << 23  # characters: of two numbers for each of a hundred thousand inputs
_NODE_ATTRIBUTES = tuple(attribute.name for attribute in NODE_ATTRIBUTES)
_NUMBERING = "ids are whole numbers: the inputs from 0 on, then the bias and the outputs; hidden nodes have larger ids"


def to_networkx(genome: Genome) -> nx.DiGraph[int]:
    """Return a genome as a directed graph whose nodes are node ids; disabled connections are among its edges.

    Every value is a plain str, int, float or bool, which every writer of graphs accepts.

    Attributes of the graph: `max_steps` (int, 0: auto), `memory` (bool), `key` (int), `parents` (their keys as JSON
    text, such as "[3, 7]"). Of a node: `kind` (`input`, `bias`, `output`, `hidden`), `name` (an input's or output's,
    `bias`, or the id as text), `bias`, `response` (float), `activation`, `aggregation` (names), `depth` (int, see
    `neat.export.depths`), and, if a hidden node is known to be node (k, n) of split connection k: `split` (k) and
    `turn` (n). Of an edge: `weight` (float), `innovation` (int), `enabled` (bool), `recurrent` (bool: its target is
    not deeper than its source).

    To get part of a genome, trim it first: `to_networkx(trimmed(genome, pruned=True))`.
    """
    import networkx as nx

    layout = checked_genome(genome).layout
    graph: nx.DiGraph[int] = nx.DiGraph(
        max_steps=layout.max_steps, memory=layout.memory, key=genome.key, parents=json.dumps(genome.parents)
    )
    depth_of = dict(zip(genome.column("node").tolist(), depths(genome).tolist(), strict=True))
    for node in genome.nodes:
        graph.add_node(
            node.id,
            kind=kind_of(layout, node.id),
            name=layout.name(node.id),
            **{name: getattr(node, name) for name in _NODE_ATTRIBUTES},
            depth=depth_of[node.id],
            **({} if node.split is None else {"split": node.split[0], "turn": node.split[1]}),
        )
    for gene in genome.connections:
        graph.add_edge(
            gene.source,
            gene.target,
            weight=gene.weight,
            innovation=gene.innovation,
            enabled=gene.enabled,
            recurrent=depth_of[gene.target] <= depth_of[gene.source],
        )
    return graph


def from_networkx(graph: nx.DiGraph[int]) -> Genome:
    """Return the genome that a graph describes: for a graph of `to_networkx`, the same genome to the last bit.

    Other graphs work, too: a node needs `kind`, an input or output its `name`, an edge its `weight`; every other
    attribute has the default of `neat.Node` and `neat.Connection`, and unknown attributes are ignored. Edges without
    `innovation` are numbered in the order of the graph.

    Raises:
        NeatError: it is not a directed graph with at most one edge from a node to another, its nodes are not
            numbered as those of a genome, or an attribute is missing or wrong.
    """
    import networkx as nx

    if not isinstance(graph, nx.DiGraph) or graph.is_multigraph():
        raise NeatError(f"a genome is made from a networkx.DiGraph, not from a {type(graph).__name__}")
    inputs, bias, outputs = _terminals(graph)
    nodes = []
    for node, data in graph.nodes(data=True):
        values = {name: data[name] for name in _NODE_ATTRIBUTES if name in data}
        split = (data["split"], data["turn"]) if "split" in data and "turn" in data else None
        nodes.append(Node(node, **values, split=split))
    genes = []
    for source, target, data in graph.edges(data=True):
        if "weight" not in data:
            raise NeatError(f"the edge from node {source} to node {target} has no attribute 'weight'")
        genes.append(Connection(source, target, data["weight"], data.get("enabled", True), data.get("innovation")))
    return Genome(
        inputs,
        outputs,
        genes,
        nodes,
        bias_node=bias,
        max_steps=_graph_attribute(graph, "max_steps", 0),
        memory=_graph_attribute(graph, "memory", False),
        key=_graph_attribute(graph, "key", 0),
        parents=parents_of(graph),
    )


def _terminals(graph: nx.DiGraph[int]) -> tuple[list[str], bool, list[str]]:
    """Return the names of the inputs, whether there is a bias node, and the names of the outputs."""
    of_kind: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for node, data in graph.nodes(data=True):
        kind, name = data.get("kind"), data.get("name")
        if isinstance(node, bool) or not isinstance(node, int | np.integer):
            raise NeatError(f"the graph has a node {describe(node)}; {_NUMBERING}")
        if not isinstance(kind, str) or kind not in KINDS:
            raise NeatError(f"`kind` of node {node} is {describe(kind)}; it must be one of {', '.join(KINDS)}")
        if kind in ("input", "output") and not isinstance(name, str):
            raise NeatError(f"`name` of node {node} is {describe(name)}; an input or output needs one that is text")
        of_kind[kind].append(node)
    inputs, bias, outputs, hidden = (sorted(nodes) for nodes in of_kind.values())
    for kind in ("input", "output"):
        if not of_kind[kind]:
            raise NeatError(f"the graph has no node whose `kind` is {kind!r}; a genome has at least one")
    given = [*inputs, *bias, *outputs]
    if len(bias) > 1 or given != list(range(len(given))) or (hidden and hidden[0] < len(given)):
        raise NeatError(f"the graph's inputs, bias and outputs are nodes {given[:20]}; {_NUMBERING}")
    return [graph.nodes[node]["name"] for node in inputs], bool(bias), [graph.nodes[node]["name"] for node in outputs]


def _graph_attribute(graph: nx.DiGraph[int], name: str, default: Any) -> Any:
    value = graph.graph.get(name, default)
    if type(value) is not type(default) or not 0 <= value < 2**63:
        allowed = "true or false" if isinstance(default, bool) else "a whole number from 0"
        raise NeatError(f"the attribute {name!r} of the graph is {describe(value)}; it must be {allowed}")
    return value


def parents_of(graph: nx.DiGraph[int]) -> tuple[int, ...]:
    """Return the keys of the parents of the genome that a graph describes.

    Raises:
        NeatError: they are neither a list of keys nor the JSON text of one.
    """
    given = graph.graph.get("parents", ())
    parents = from_json_text(given)
    if not isinstance(parents, list | tuple) or not all(type(key) is int and 0 <= key < 2**63 for key in parents):
        raise NeatError(f"the attribute 'parents' of the graph is {describe(given)}; it must be a list of keys")
    return tuple(parents)


def plain(attributes: Mapping[str, Any]) -> dict[str, str | int | float | bool]:
    """Return attributes of a graph that every writer of networkx accepts: lists and objects become JSON text."""
    return {
        name: value if isinstance(value, str | int | float | bool) else json.dumps(value)
        for name, value in attributes.items()
    }


def from_json_text(value: Any) -> Any:
    """Return the value of JSON text; anything else, including text that is not JSON, is returned unchanged."""
    if not isinstance(value, str):
        return value
    try:
        return load_json(value, _LONGEST_JSON)
    except ValueError:
        return value
