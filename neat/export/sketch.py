"""The geometry of a drawing: boxes, lines and labels, in points from the upper left corner."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from neat.export.fonts import drawable, width_of
from neat.export.palette import DISABLED, INK, NEGATIVE, POSITIVE, QUIET
from neat.export.placement import LOOP, Placement, place
from neat.export.structure import depths, ends_of, kind_of
from neat.genetics.genome import Genome, Node

ROUND = 9.0  # radius of a box's corners

_NAME, _INSIDE, _LEGEND = 9.0, 7.0, 8.0  # sizes of letters
_MOST_LETTERS = 32
_LINE = 9.0  # from one line of letters to the next inside a node
_PAD, _WIDE_PAD, _MARGIN, _LEGEND_GAP = 6.0, 11.0, 12.0, 14.0
_INPUT, _CIRCLE = 12.0, 20.0  # diameters: of an input, and of every node of a compact drawing
_THIN, _THICK, _DISABLED_WIDTH = 0.8, 3.2, 0.9
_PORT, _TALLEST = 2.5, 120.0  # of a node's height for each connection, and at most
_NARROWEST = 330.0  # so that the legend fits
_SAMPLE = 22.0  # length of a line in the legend
_WIDE, _LARGEST = 900.0, 3.0  # from this width on, the legend grows with the drawing, up to so many times

Point = tuple[float, float]


class Box(NamedTuple):
    """A node: its kind, its centre and its size, and whether it is a circle."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    circle: bool


class Label(NamedTuple):
    """A line of text: `align` (`left`, `center`, `right`) at x, its middle at y."""

    text: str
    x: float
    y: float
    size: float
    align: str
    colour: str


class Line(NamedTuple):
    """A cubic Bezier curve of 1 + 3n points, its style (`solid`, `dotted`, `dashed`), its arrow head's corners."""

    points: list[Point]
    colour: str
    width: float
    style: str
    head: list[Point]


@dataclass(frozen=True)
class Sketch:
    """The contents of a drawing, on a sheet of this size."""

    width: float
    height: float
    boxes: list[Box]
    lines: list[Line]
    labels: list[Label]


def sketch(genome: Genome, ids: list[int], notes: list[str]) -> Sketch:
    """Return the drawing of a whole genome; `ids` label its nodes, `notes` are sentences below it."""
    nodes = genome.nodes
    inside = [_inside(genome, node, identity) for node, identity in zip(nodes, ids, strict=True)]
    ports = np.maximum(*(np.bincount(part, minlength=len(nodes)) for part in ends_of(genome))).tolist()
    sizes = [_size(lines, count) for lines, count in zip(inside, ports, strict=True)]
    styles = [
        _NodeStyle(text, size, node.id < genome.layout.sources)
        for node, text, size in zip(nodes, inside, sizes, strict=True)
    ]
    drawing = _nodes_and_lines(genome, styles, narrowest=_NARROWEST, pad=_PAD, name_size=_NAME)
    top = drawing.height + _LEGEND_GAP
    return replace(drawing, height=_add_legend(genome, drawing.lines, drawing.labels, notes, drawing.width, top))


def compact_sketch(genome: Genome, name_size: float = _NAME) -> Sketch:
    """Return a drawing in which every node is a circle without text, without a legend; its boxes are in node order."""
    nodes = [_NodeStyle([], (_CIRCLE, _CIRCLE), circle=True) for _ in genome.nodes]
    drawing = _nodes_and_lines(genome, nodes, narrowest=0.0, pad=_WIDE_PAD, name_size=name_size)
    return replace(drawing, height=drawing.height + _MARGIN)


class _NodeStyle(NamedTuple):
    """How a node is drawn: the lines of text in it, each with its colour; its size; and whether it is a circle."""

    inside: list[tuple[str, str]]
    size: tuple[float, float]
    circle: bool


def _nodes_and_lines(
    genome: Genome, styles: list[_NodeStyle], *, narrowest: float, pad: float, name_size: float
) -> Sketch:
    """Return a drawing of the nodes and connections, on a sheet that ends where they end."""
    nodes, layout, sizes = genome.nodes, genome.layout, [style.size for style in styles]
    placed = place(genome, sizes)
    names = [shortened(layout.name(node)) for node in range(layout.given)]
    widths = [width_of(name, name_size) for name in names]
    left = _MARGIN + placed.width[0] / 2 + pad + max(widths[: layout.sources])
    bulge = _bulge_of_outputs(genome, placed)
    right = bulge + max(widths[layout.sources :])
    wide = left + placed.x[-1] + placed.width[-1] / 2 + pad + right + _MARGIN
    width = max(wide, narrowest)
    left += (width - wide) / 2
    passing = [height for heights in placed.passing for height in heights]
    top = min([y - size[1] / 2 for y, size in zip(placed.y, sizes, strict=True)] + passing)
    down = _MARGIN + LOOP - top
    boxes = [
        Box(kind_of(layout, node.id), left + placed.x[column], down + y, *style.size, style.circle)
        for node, column, y, style in zip(nodes, placed.column, placed.y, styles, strict=True)
    ]
    lines = _Lines(genome, boxes, placed, left, down).all()
    labels = []
    for node, (box, (words, _, _)) in enumerate(zip(boxes, styles, strict=True)):
        for index, (text, colour) in enumerate(words):
            y = box.y + (index - (len(words) - 1) / 2) * _LINE
            labels.append(Label(text, box.x, y, _INSIDE, "center", colour))
        if node < layout.given:
            side, align = (-1, "right") if node < layout.sources else (1, "left")
            x = box.x + side * (box.width / 2 + pad + (bulge if side > 0 else 0.0))
            labels.append(Label(names[node], x, box.y, name_size, align, INK))
    bottom = max([box.y + box.height / 2 for box in boxes] + [down + height for height in passing])
    return Sketch(width, bottom, boxes, lines, labels)


def shortened(name: str) -> str:
    """Return a name as one line of at most 32 characters: escapes such as `\\n`, and `…` for a long end."""
    text = drawable(name[: _MOST_LETTERS + 1])
    if len(text) > _MOST_LETTERS:
        text = f"{text[: _MOST_LETTERS - 1]}…"
    return text if text.strip() else f"'{text}'"


def _inside(genome: Genome, node: Node, identity: int) -> list[tuple[str, str]]:
    """Return the lines of text in a node, each with its colour."""
    if node.id < genome.layout.sources:
        return []
    computes = [(node.activation.replace("_", " "), QUIET)]
    if node.aggregation != "sum":
        computes.append((f"of {node.aggregation}", QUIET))
    return computes if node.id < genome.layout.given else [(str(identity), INK), *computes]


def _size(lines: list[tuple[str, str]], ports: int) -> tuple[float, float]:
    """Return the width and height of a node with these lines of text and so many connections on a side."""
    if not lines:
        return _INPUT, _INPUT
    height = max(8.0 + _LINE * max(len(lines), 2), min(6.0 + _PORT * ports, _TALLEST))
    return max(width_of(text, _INSIDE) for text, _ in lines) + 16.0, height


class _Lines:
    """The connections of a genome as lines between boxes."""

    def __init__(self, genome: Genome, boxes: list[Box], placed: Placement, left: float, down: float) -> None:
        self.boxes, self.placed = boxes, placed
        self.column_x = [left + x for x in placed.x]
        self.passing = [[down + height for height in heights] for heights in placed.passing]
        self.ends = list(zip(*(part.tolist() for part in ends_of(genome)), strict=True))
        self.depth = depths(genome).tolist()
        self.weight, self.enabled = (genome.column(name).tolist() for name in ("weight", "enabled"))
        self.strongest = strongest(genome)
        self.port = self._ports()

    def all(self) -> list[Line]:
        """Return all lines, the strong ones last, so that they lie on top."""
        order = sorted(range(len(self.ends)), key=lambda edge: (self.enabled[edge], abs(self.weight[edge])))
        return [self._line(edge) for edge in order]

    def _ports(self) -> dict[tuple[int, int], Point]:
        """Return the point where each line (by its connection) meets each node, ordered by its direction."""
        column = self.placed.column
        sides: dict[tuple[int, int], list[tuple[float, int]]] = {}
        for edge, (source, target) in enumerate(self.ends):
            if source == target:
                continue
            way = self.passing[edge]
            for node, other in ((source, target), (target, source)):
                side, towards = (1 if column[node] <= column[other] else -1), self.boxes[other].y
                if way and column[node] != column[other]:
                    towards = way[0] if side > 0 else way[-1]
                sides.setdefault((node, side), []).append((towards, edge))
        ports = {}
        for (node, side), edges in sides.items():
            box = self.boxes[node]
            step = min(5.0, 2 * (box.height / 2 - 3.0) / max(len(edges) - 1, 1))
            for index, (_, edge) in enumerate(sorted(edges)):
                dy = (index - (len(edges) - 1) / 2) * step
                ports[node, edge] = (box.x + side * _half_width(box, dy), box.y + dy)
        return ports

    def _line(self, edge: int) -> Line:
        source, target = self.ends[edge]
        enabled, column = self.enabled[edge], self.placed.column
        recurrent = self.depth[target] <= self.depth[source]
        colour = DISABLED if not enabled else POSITIVE if self.weight[edge] >= 0 else NEGATIVE
        share = abs(self.weight[edge]) / self.strongest
        width = _THIN + (_THICK - _THIN) * share if enabled else _DISABLED_WIDTH
        size = 3.5 + 1.3 * width
        if source == target:
            points, towards = self._loop(source, size), (-0.25, 1.0)
        elif column[source] == column[target]:
            points, towards = self._within_column(edge, size), (-1.0, 0.0)
        else:
            forward = column[source] < column[target]
            points, towards = self._between_columns(edge, size, forward), (1.0 if forward else -1.0, 0.0)
        style = "dashed" if not enabled else "dotted" if recurrent else "solid"
        return Line(points, colour, width, style, _head(points[-1], towards, size))

    def _loop(self, node: int, size: float) -> list[Point]:
        box = self.boxes[node]
        top = box.y - box.height / 2
        high = top - LOOP * 1.25
        return [(box.x + 6, top), (box.x + 15, high), (box.x - 12, high), (box.x - 6, top - size)]

    def _within_column(self, edge: int, size: float) -> list[Point]:
        """Return a line between nodes of a column, on their right."""
        source, target = self.ends[edge]
        (x1, y1), (x2, y2) = self.port[source, edge], self.port[target, edge]
        column = self.placed.column[source]
        bulge = self.column_x[column] + self.placed.width[column] / 2 + _bulge(abs(y2 - y1))
        return [(x1, y1), (bulge, y1), (bulge, y2), (x2 + size, y2)]

    def _between_columns(self, edge: int, size: float, forward: bool) -> list[Point]:
        """Return a line from a node to one in another column, level where it passes a column."""
        source, target = self.ends[edge]
        first, last = (source, target) if forward else (target, source)
        begin, end = self.port[first, edge], self.port[last, edge]
        if forward:
            end = (end[0] - size, end[1])
        else:
            begin = (begin[0] + size, begin[1])
        points = [begin]
        for column, y in enumerate(self.passing[edge], self.placed.column[first] + 1):
            x, half = self.column_x[column], self.placed.width[column] / 2
            points += _bend(points[-1], (x - half, y))
            points += _bend((x - half, y), (x + half, y))
        points += _bend(points[-1], end)
        return points if forward else points[::-1]


def strongest(genome: Genome) -> float:
    """Return the largest size of an enabled weight; 1 if all are 0."""
    weights = genome.column("weight")[genome.column("enabled")]
    return float(np.abs(weights).max(initial=0.0)) or 1.0


def _bulge(height: float) -> float:
    """Return how far to the right the control points of a line between nodes of a column lie, at least."""
    return min(12.0 + 0.25 * height, 44.0)


def _bulge_of_outputs(genome: Genome, placed: Placement) -> float:
    """Return the width of the lines between outputs, on their right."""
    given, sources = genome.layout.given, genome.layout.sources
    ends = zip(*(part.tolist() for part in ends_of(genome)), strict=True)
    heights = [abs(placed.y[a] - placed.y[b]) for a, b in ends if sources <= a < given > b != a]
    return 0.75 * max(map(_bulge, heights), default=0.0)  # a curve ends there between such control points


def _half_width(box: Box, dy: float) -> float:
    """Return the distance of a box's side from its centre at this height: its corners are round."""
    radius = min(box.height, box.width) / 2 if box.circle else ROUND
    over = abs(dy) - (box.height / 2 - radius)
    cut = radius - math.sqrt(max(radius**2 - over**2, 0.0)) if over > 0 else 0.0
    return box.width / 2 - cut


def _bend(begin: Point, end: Point) -> list[Point]:
    """Return the last three points of a curve that is level at both ends."""
    middle = (begin[0] + end[0]) / 2
    return [(middle, begin[1]), (middle, end[1]), end]


def _head(base: Point, towards: Point, size: float) -> list[Point]:
    """Return the corners of an arrow head that begins at `base`."""
    length = math.hypot(*towards)
    x, y = towards[0] / length, towards[1] / length
    half = 0.42 * size
    return [
        (base[0] + x * size, base[1] + y * size),
        (base[0] - y * half, base[1] + x * half),
        (base[0] + y * half, base[1] - x * half),
    ]


def _add_legend(
    genome: Genome, lines: list[Line], labels: list[Label], notes: list[str], width: float, top: float
) -> float:
    """Add samples of lines and the notes below the drawing; return the height of the sheet."""
    scale = min(max(width / _WIDE, 1.0), _LARGEST)
    size, sample, between = _LEGEND * scale, _SAMPLE * scale, 16.0 * scale
    entries = [(POSITIVE, "solid", "positive"), (NEGATIVE, "solid", "negative")]
    styles = {line.style for line in lines}
    if "dotted" in styles:
        entries.append((INK, "dotted", "recurrent"))
    if "dashed" in styles:
        entries.append((DISABLED, "dashed", "disabled"))
    y = top + 6.0 * scale
    if lines:
        widths = [sample + 0.25 * sample + width_of(text, size) for _, _, text in entries]
        x = (width - sum(widths) - between * (len(entries) - 1)) / 2
        for (colour, style, text), wide in zip(entries, widths, strict=True):
            lines.append(Line([(x, y), *_bend((x, y), (x + sample, y))], colour, 2.0 * scale, style, []))
            labels.append(Label(text, x + 1.25 * sample, y, size, "left", INK))
            x += wide + between
        if genome.column("enabled").any():
            notes = [f"Width: size of the weight, at most {strongest(genome):.3g}.", *notes]
        y += 14.0 * scale
    for note in notes:
        for line in _wrapped(note, width - 2 * _MARGIN, size):
            labels.append(Label(line, width / 2, y, size, "center", QUIET))
            y += 1.5 * size
    return y + 4.0


def _wrapped(text: str, width: float, size: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
