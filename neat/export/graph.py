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
from neat.genetics.population import Layout

if TYPE_CHECKING:
    import networkx as nx

_LONGEST_JSON = 1 << 23  # characters: of two numbers for each of a hundred thousand inputs
_OF_A_GRAPH = {"max_steps": 0, "memory": False, "key": 0}
_OF_A_NODE: dict[str, Any] = {attribute.name: attribute.default for attribute in NODE_ATTRIBUTES}
_NODES = (
    "the nodes of a genome's graph are whole numbers: first the inputs from 0 on, the bias, the outputs, then hidden"
)


def to_networkx(genome: Genome) -> nx.DiGraph[int]:
    """Return a genome as a directed graph whose nodes are node ids; disabled connections are among its edges.

    Every value is a plain str, int, float or bool, which every writer of graphs accepts.

    Attributes of the graph: `max_steps` (int, 0: auto), `memory` (bool), `key` (int), `parents` (their keys as JSON
    text, such as "[3, 7]"). Of a node: `kind` (`input`, `bias`, `output`, `hidden`), `name` (an input's or output's,
    `bias`, or the id as text), `bias`, `response` (float), `activation`, `aggregation` (names), `depth` (int, as
    `neat.export.structure.depths` says), and where a hidden node is known to have split connection k as node (k, n)
    of it: `split` k and `turn` n. Of an edge: `weight` (float), `innovation` (int), `enabled` (bool), `recurrent`
    (bool: it does not lead to a deeper node).

    For a part of a genome, trim it first: `to_networkx(trimmed(genome, pruned=True))`.
    """
    import networkx as nx

    layout = checked_genome(genome).layout
    graph: nx.DiGraph[int] = nx.DiGraph(
        max_steps=layout.max_steps, memory=layout.memory, key=genome.key, parents=json.dumps(genome.parents)
    )
    deep = depths(genome).tolist()
    for node, depth in zip(genome.nodes, deep, strict=True):
        graph.add_node(
            node.id,
            kind=kind_of(layout, node.id),
            name=layout.name(node.id),
            **{name: getattr(node, name) for name in _OF_A_NODE},
            depth=depth,
            **({} if node.split is None else {"split": node.split[0], "turn": node.split[1]}),
        )
    depth_of = dict(zip(genome.column("node").tolist(), deep, strict=True))
    genes = ("source", "target", "weight", "innovation", "enabled")
    for source, target, weight, innovation, enabled in zip(
        *(genome.column(name).tolist() for name in genes), strict=True
    ):
        recurrent = depth_of[target] <= depth_of[source]
        graph.add_edge(source, target, weight=weight, innovation=innovation, enabled=enabled, recurrent=recurrent)
    return graph


def from_networkx(graph: nx.DiGraph[int]) -> Genome:
    """Return the genome that a graph describes: of one made by `to_networkx`, the same to the last bit.

    A graph may also come from elsewhere: a node needs `kind`, an input or output its `name`, an edge its
    `weight`; every other attribute has the default of `neat.Node` and `neat.Connection`, and attributes that are
    not of a genome are passed over. Edges without `innovation` are numbered in the order of the graph.

    Raises:
        NeatError: not a directed graph with at most one edge from a node to another, nodes that are not numbered
            as a genome's are, an attribute that is missing or wrong.
    """
    import networkx as nx

    if not isinstance(graph, nx.DiGraph) or graph.is_multigraph():
        raise NeatError(f"a genome is made of a networkx.DiGraph, not of a {type(graph).__name__}")
    layout = _layout_of(graph)
    nodes = []
    for node, data in graph.nodes(data=True):
        values = {name: data.get(name, default) for name, default in _OF_A_NODE.items()}
        split = (data["split"], data["turn"]) if "split" in data and "turn" in data else None
        nodes.append(Node(node, **values, split=split))
    genes = []
    for source, target, data in graph.edges(data=True):
        if "weight" not in data:
            raise NeatError(f"the edge from node {source} to node {target} has no attribute 'weight'")
        genes.append(Connection(source, target, data["weight"], data.get("enabled", True), data.get("innovation")))
    return Genome(
        layout.inputs,
        layout.outputs,
        genes,
        nodes,
        bias_node=layout.bias_node,
        max_steps=layout.max_steps,
        memory=layout.memory,
        key=_of_graph(graph, "key", int),
        parents=parents_of(graph),
    )


def _layout_of(graph: nx.DiGraph[int]) -> Layout:
    of_kind: dict[str, list[int]] = {kind: [] for kind in KINDS}
    for node, data in graph.nodes(data=True):
        if isinstance(node, bool) or not isinstance(node, int | np.integer):
            raise NeatError(f"the graph has a node {describe(node)}; {_NODES}")
        if not isinstance(data.get("kind"), str) or data["kind"] not in KINDS:
            raise NeatError(
                f"`kind` of node {node} is {describe(data.get('kind'))}; it must be one of {', '.join(KINDS)}"
            )
        if data["kind"] in ("input", "output") and not isinstance(data.get("name"), str):
            raise NeatError(
                f"`name` of node {node} is {describe(data.get('name'))}; an input or output needs one that is text"
            )
        of_kind[data["kind"]].append(node)
    for kind in ("input", "output"):
        if not of_kind[kind]:
            raise NeatError(f"the graph has no node whose `kind` is {kind!r}; a genome has one at least")
    given = [node for kind in KINDS[:3] for node in sorted(of_kind[kind])]
    if (
        len(of_kind["bias"]) > 1
        or given != list(range(len(given)))
        or min(of_kind["hidden"], default=2**31) < len(given)
    ):
        raise NeatError(f"the graph's inputs, bias and outputs are nodes {given[:20]}; {_NODES}")
    names: dict[str, list[Any]] = {
        kind: [graph.nodes[node].get("name") for node in sorted(of_kind[kind])] for kind in ("input", "output")
    }
    max_steps = _of_graph(graph, "max_steps", int)
    return Layout(
        tuple(names["input"]),
        tuple(names["output"]),
        bool(of_kind["bias"]),
        max_steps,
        _of_graph(graph, "memory", bool),
    )


def _of_graph(graph: nx.DiGraph[int], name: str, kind: type[Any]) -> Any:
    value = graph.graph.get(name, _OF_A_GRAPH[name])
    if type(value) is not kind or not 0 <= value < 2**63:
        allowed = "true or false" if kind is bool else "a whole number from 0"
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
