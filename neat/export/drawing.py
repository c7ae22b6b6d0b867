"""A genome as a drawing: inputs left, outputs right, hidden nodes between them by depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx

from neat.genetics.genome import Connection, Genome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POSITIVE, NEGATIVE, DISABLED = "#0072b2", "#d55e00", "#999999"  # told apart by the colour-blind too (Okabe & Ito)
_FILLS = {"input": "#e8f1fa", "bias": "#eeeeee", "output": "#fdebd8", "hidden": "#ffffff"}
_SWEEPS = 8  # of the ordering of layers; more were never seen to change it
_NODE_SIZE = 620  # square points

Positions = dict[int, tuple[float, float]]


def draw_genome(genome: Genome, axes: Axes | None = None, *, disabled: bool = False) -> Axes:
    """Draw a genome with matplotlib and return the axes, new ones if none are given.

    A connection's width is its weight's size, its colour the sign; what leads backwards is curved and dotted.
    With `disabled`, disabled connections are drawn too, dashed and grey.
    """
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D

    layer = layers(genome)
    position = positions(genome, layer)
    if axes is None:
        columns = max(layer.values()) + 1
        rows = max(list(layer.values()).count(column) for column in range(columns))
        _, axes = plt.subplots(figsize=(2.0 + 1.5 * columns, 1.2 + 0.75 * rows), layout="constrained")
    shown = [gene for gene in genome.connections if gene.enabled or disabled]
    strongest = max((abs(gene.weight) for gene in shown), default=1.0) or 1.0
    for gene in shown:
        _draw_connection(axes, gene, position, layer, strongest)
    for node in genome.nodes:
        x, y = position[node.id]
        kind = kind_of(genome, node.id)
        axes.scatter([x], [y], s=_NODE_SIZE, c=_FILLS[kind], edgecolors="#333333", linewidths=1.2, zorder=3)
        if kind != "hidden":
            side = {"output": 1.0}.get(kind, -1.0)
            name, align = genome.layout.name(node.id), "left" if side > 0 else "right"
            axes.annotate(name, (x, y), (17 * side, 0), textcoords="offset points", ha=align, va="center")
        if kind in ("output", "hidden"):
            axes.annotate(node.activation.replace("_", "\n"), (x, y), ha="center", va="center", fontsize=5.5, zorder=4)
    legend = [
        Line2D([], [], color=POSITIVE, lw=2, label="positive"),
        Line2D([], [], color=NEGATIVE, lw=2, label="negative"),
    ]
    if any(layer[gene.source] >= layer[gene.target] for gene in shown):
        legend.append(Line2D([], [], color="#333333", ls=":", label="recurrent"))
    if any(not gene.enabled for gene in shown):
        legend.append(Line2D([], [], color=DISABLED, ls="--", label="disabled"))
    axes.legend(handles=legend, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=4, frameon=False, fontsize=8)
    axes.margins(0.16, 0.12)
    axes.set_axis_off()
    return axes


def kind_of(genome: Genome, node: int) -> str:
    """Return `input`, `bias`, `output` or `hidden`."""
    layout = genome.layout
    if node < len(layout.inputs):
        return "input"
    if node < layout.sources:
        return "bias"
    return "output" if node < layout.given else "hidden"


def layers(genome: Genome) -> dict[int, int]:
    """Return each node's column: inputs 0, hidden nodes by their depth, outputs last.

    Depth is the longest path over enabled connections; of a cycle, all nodes count as one.
    """
    given, sources = genome.layout.given, genome.layout.sources
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in genome.nodes)
    graph.add_edges_from((gene.source, gene.target) for gene in genome.connections if gene.enabled)
    graph.remove_edges_from([(node, end) for node in range(sources, given) for end in list(graph.successors(node))])
    condensed = nx.condensation(graph)
    depth: dict[int, int] = {}
    for generation, components in enumerate(nx.topological_generations(condensed)):
        depth.update({node: generation for part in components for node in condensed.nodes[part]["members"]})
    hidden = {node.id: max(depth[node.id], 1) for node in genome.nodes[given:]}
    last = max(hidden.values(), default=0) + 1
    return {node.id: 0 if node.id < sources else hidden.get(node.id, last) for node in genome.nodes}


def positions(genome: Genome, layer: dict[int, int]) -> Positions:
    """Return where each node is drawn; within a column, nodes stand near the mean of their neighbours."""
    columns: list[list[int]] = [[] for _ in range(max(layer.values()) + 1)]
    for node, column in layer.items():
        columns[column].append(node)
    neighbours: dict[int, list[int]] = {node: [] for node in layer}
    for gene in genome.connections:
        if gene.enabled and gene.source != gene.target:
            neighbours[gene.source].append(gene.target)
            neighbours[gene.target].append(gene.source)
    place = {node: row - (len(nodes) - 1) / 2 for nodes in columns for row, node in enumerate(nodes)}

    def wanted(node: int) -> tuple[float, int]:
        return sum(place[other] for other in neighbours[node]) / max(len(neighbours[node]), 1), node

    for _ in range(_SWEEPS):
        for nodes in columns[1:-1]:
            nodes.sort(key=wanted)
            place.update({node: row - (len(nodes) - 1) / 2 for row, node in enumerate(nodes)})
    return {node: (float(layer[node]), -place[node] + 0.18 * (layer[node] % 2)) for node in layer}


def _draw_connection(
    axes: Axes, gene: Connection, position: Positions, layer: dict[int, int], strongest: float
) -> None:
    from matplotlib.patches import FancyArrowPatch

    backward = layer[gene.source] >= layer[gene.target]
    colour = DISABLED if not gene.enabled else POSITIVE if gene.weight >= 0 else NEGATIVE
    style: dict[str, Any] = {
        "color": colour,
        "linewidth": 0.6 + 2.6 * abs(gene.weight) / strongest if gene.enabled else 0.8,
        "linestyle": "--" if not gene.enabled else ":" if backward else "-",
        "alpha": 0.85,
        "zorder": 1,
    }
    x, y = position[gene.source]
    if gene.source == gene.target:
        axes.add_patch(
            FancyArrowPatch(
                (x - 0.07, y + 0.1),
                (x + 0.07, y + 0.1),
                connectionstyle="arc3,rad=-1.8",
                arrowstyle="-|>",
                mutation_scale=8,
                **style,
            )
        )
        return
    bend = 0.35 if backward else 0.08 if layer[gene.target] - layer[gene.source] > 1 else 0.0
    axes.add_patch(
        FancyArrowPatch(
            (x, y),
            position[gene.target],
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>",
            mutation_scale=9,
            shrinkA=13,
            shrinkB=13,
            **style,
        )
    )
