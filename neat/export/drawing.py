"""A genome as a drawing: inputs left, outputs right, hidden nodes between them by depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neat.export.figures import check_axes, check_format, plain_settings, saved
from neat.export.fonts import families
from neat.export.palette import FILLS, INK
from neat.export.sketch import ROUND, Box, Label, Line, Sketch, sketch
from neat.export.structure import KINDS, defects, kind_of, left_out, trimmed
from neat.genetics.genome import Connection, Genome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_NODES, MOST_CONNECTIONS = 200, 1_000  # larger drawings cannot be read
_DASHES = {"solid": "-", "dotted": (0, (0.2, 1.9)), "dashed": (0, (4.0, 2.5))}  # in widths of the line


def draw(genome: Genome, axes: Axes | None = None, *, disabled: bool = False, pruned: bool = False) -> Axes:
    """Draw a genome with matplotlib and return the axes: given ones, or those of a new figure as large as needed.

    Inputs are on the left by name, outputs on the right by name, hidden nodes between them by depth, with id,
    activation and (other than `sum`) aggregation. A connection's width shows the size of its weight, its colour the
    sign. Recurrent connections are dotted, and arrive on a node's right; disabled ones are dashed and grey. Notes
    below say what is left out; of more than 200 nodes or 1,000 connections that is all but the strongest connections
    and their nodes. A character that DejaVu Sans lacks is drawn in another installed font, or written as an escape
    such as `\\u4e2d`. The figure is not registered with pyplot.

    Args:
        genome: the genome to draw.
        axes: the drawing is scaled to their present size.
        disabled: draw disabled connections, too.
        pruned: draw only what can influence an output.

    Raises:
        NeatError: matplotlib is not installed, or an argument is wrong.
    """
    part, ids, notes = drawn_part(genome, disabled, pruned)
    check_axes(axes)
    drawing = sketch(part, ids, notes)
    if axes is None:
        from neat.export.canvas import new_axes

        axes = new_axes(drawing.width / 72, drawing.height / 72, whole=True)
    show_sketch(axes, drawing)
    return axes


def show_sketch(axes: Axes, drawing: Sketch) -> None:
    """Draw a sketch on axes, scaled to their present size."""
    figure: Any = axes.figure
    extent = axes.get_position(original=True)
    wide, high = figure.get_size_inches() * 72
    scale = min(extent.width * wide / drawing.width, extent.height * high / drawing.height)
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.set_xlim(0.0, drawing.width)
    axes.set_ylim(drawing.height, 0.0)
    for line in drawing.lines:
        _draw_line(axes, line, scale)
    for box in drawing.boxes:
        _draw_box(axes, box, scale)
    for label in drawing.labels:
        _draw_label(axes, label, scale)


def picture(genome: Genome, format: str, *, disabled: bool = False, pruned: bool = False) -> bytes:
    """Return a drawing as the bytes of a file: the same genome gives the same bytes.

    Args:
        genome: the genome to draw.
        format: `svg`, `png` or `pdf`. In SVG, text is outlines, so that it looks the same everywhere.
        disabled, pruned: as for `draw`.

    Raises:
        NeatError: matplotlib is not installed, or an argument is wrong.
    """
    check_format(format)
    with plain_settings():
        return saved(draw(genome, disabled=disabled, pruned=pruned).figure, format)


def drawn_part(genome: Genome, disabled: bool, pruned: bool) -> tuple[Genome, list[int], list[str]]:
    """Return the part of a genome that is drawn, its nodes' ids, and sentences about what is not drawn."""
    part = trimmed(genome, disabled=disabled, pruned=pruned)
    nodes, connections = len(part.column("node")), len(part.column("weight"))
    notes = defects(genome)
    notes += [f"Not shown{words}." for words in left_out(genome, disabled=disabled, pruned=pruned)]
    if nodes <= MOST_NODES and connections <= MOST_CONNECTIONS:
        return part, part.column("node").tolist(), notes
    strongest, ids = _strongest(part)
    shown = len(strongest.column("weight"))
    notes.append(
        f"Too large to be drawn whole: shown are {len(ids):,} of {nodes:,} nodes and {shown:,} of "
        f"{connections:,} connections, the strongest."
    )
    return strongest, ids, notes


def _strongest(genome: Genome) -> tuple[Genome, list[int]]:
    """Return a genome of the strongest connections and their nodes, renumbered, and the original ids of its nodes."""
    layout = genome.layout
    kept = set(range(layout.given)) if 2 * layout.given <= MOST_NODES else {0, layout.sources}
    connections = genome.connections
    chosen: list[Connection] = []
    for index in np.argsort(-np.abs(genome.column("weight")), kind="stable").tolist():
        new = {connections[index].source, connections[index].target} - kept
        if len(kept) + len(new) <= MOST_NODES and len(chosen) < MOST_CONNECTIONS:
            kept |= new
            chosen.append(connections[index])
    ids = sorted(kept)
    number = {node: index for index, node in enumerate(ids)}
    names = {kind: [layout.name(node) for node in ids if kind_of(layout, node) == kind] for kind in KINDS}
    return Genome(
        names["input"],
        names["output"],
        [gene._replace(source=number[gene.source], target=number[gene.target]) for gene in chosen],
        [node._replace(id=number[node.id], split=None) for node in genome.nodes if node.id in kept],
        bias_node=bool(names["bias"]),
    ), ids


def _draw_box(axes: Axes, box: Box, scale: float) -> None:
    from matplotlib.patches import Circle, FancyBboxPatch

    style: dict[str, Any] = {"facecolor": FILLS[box.kind], "edgecolor": INK, "linewidth": 0.9 * scale, "zorder": 3}
    if box.circle:
        axes.add_patch(Circle((box.x, box.y), box.width / 2, **style))
    else:
        corner = (box.x - box.width / 2, box.y - box.height / 2)
        rounded = f"round,pad=0,rounding_size={ROUND}"
        axes.add_patch(FancyBboxPatch(corner, box.width, box.height, boxstyle=rounded, **style))


def _draw_line(axes: Axes, line: Line, scale: float) -> None:
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    path = Path(line.points, [Path.MOVETO] + [Path.CURVE4] * (len(line.points) - 1))
    style: dict[str, Any] = {"linewidth": line.width * scale, "linestyle": _DASHES[line.style], "zorder": 1}
    style["capstyle"] = "round" if line.style == "dotted" else "butt"
    axes.add_patch(PathPatch(path, facecolor="none", edgecolor=line.colour, **style))
    if line.head:
        axes.add_patch(Polygon(line.head, closed=True, facecolor=line.colour, edgecolor="none", zorder=1))


def _draw_label(axes: Axes, label: Label, scale: float) -> None:
    axes.text(
        label.x,
        label.y,
        label.text,
        fontfamily=families(label.text),
        fontsize=label.size * scale,
        color=label.colour,
        horizontalalignment=label.align,
        verticalalignment="center_baseline",
        parse_math=False,
        zorder=4,
    )
