"""A network beside an episode: its drawing, in which nodes light up with their values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.functions import ACTIVATION_TABLE
from neat.export.drawing import drawn_part, show_sketch
from neat.export.figures import import_matplotlib, plain_settings
from neat.export.fonts import width_of
from neat.export.palette import NEGATIVE, POSITIVE
from neat.export.sketch import Box, Sketch, compact_sketch
from neat.genetics.genome import Genome
from neat.problems.protocol import Frame

_LOWEST = 240  # pixels: the least height of a panel, so that names can be read
_WIDEST = 1.6  # times its height
_LARGEST = 1.6  # pixels per point, so that small networks are not drawn with huge nodes
_SMALLEST_NAME = 12.0  # pixels: the size of letters
_LARGEST_NAME, _FITTINGS = 28.0, 3  # points: names of neighbours do not touch; larger names need more room themselves
_GLOW = 0.6  # how far a node's light reaches beyond its edge, in radii
_GLOW_STRENGTH = 0.55  # of this light, relative to the node's own
_CHOSEN = "#ffd24d"  # behind the name of an output that is chosen
_PILL_PAD = 2.0  # points around this name
_BRIGHTENING = 0.6  # exponent: small values are visible, too

Pixels = NDArray[np.float32]


class _Patch(NamedTuple):
    """A part of the picture, and how much of each of its pixels (h, w, 1) is coloured."""

    area: tuple[slice, slice]
    alpha: Pixels


class Panel:
    """The drawing of a network, `height` pixels high or more, to be shown beside an episode.

    Args:
        genome: the genome of the network; only what influences an output is drawn.
        height: the height of the episode's pictures, in pixels.

    Raises:
        NeatError: matplotlib is not installed.
    """

    def __init__(self, genome: Genome, height: int) -> None:
        import_matplotlib()
        part, ids, _ = drawn_part(genome, False, True)
        with plain_settings():
            self.height = max(height, _LOWEST)
            drawing, scale = _fitting(part, self.height)
            self.width = round(drawing.width * scale)
            self._background, across, down = _rendered(drawing, scale, self.width, self.height)
            self._paper = self._background.min(axis=2, keepdims=True) / np.float32(255)  # 0: covered by a line
            self._lights = [_light(box, scale, across, down, self._background.shape) for box in drawing.boxes]
            pills = _pills(part, drawing, scale, across, down, self._background.shape)
        first = genome.layout.sources
        outputs = ids[part.layout.sources : part.layout.given]  # of a large network, not all are drawn
        self._pills = {node - first: pill for node, pill in zip(outputs, pills, strict=True)}
        self._places = np.searchsorted(genome.column("node"), ids)
        functions = [ACTIVATION_TABLE.named(node.activation) for node in part.nodes]
        largest = np.array([max(abs(function.low), abs(function.high)) for function in functions])
        largest[: part.layout.sources] = np.inf
        self._bounded = np.isfinite(largest)
        self._largest = np.where(self._bounded, np.maximum(largest, 1e-9), 1e-9)  # of unbounded ones: seen so far
        self._colours = np.array([_colour(POSITIVE), _colour(NEGATIVE)], np.float32)

    def picture(self, nodes: NDArray[np.float64], chosen: tuple[int, ...] = ()) -> Frame:
        """Return the picture at one moment: (height, width, 3) uint8.

        Args:
            nodes: (N,) the values of all nodes of the genome, nan for those without one.
            chosen: the indices of the outputs that the action selects.
        """
        values = np.nan_to_num(nodes[self._places])
        sizes = np.abs(values)
        self._largest = np.where(self._bounded, self._largest, np.maximum(self._largest, sizes))
        strength = np.minimum(sizes / self._largest, 1.0) ** _BRIGHTENING
        dimming = (strength[:, None] * (1.0 - self._colours[(values < 0).astype(int)])).astype(np.float32)
        pixels = self._background.copy()
        for output in chosen:
            if output in self._pills:
                self._colour(pixels, self._pills[output], 1.0 - _colour(_CHOSEN))
        for light, colour in zip(self._lights, dimming, strict=True):
            self._colour(pixels, light, colour)
        return pixels.astype(np.uint8)

    def _colour(self, pixels: Pixels, patch: _Patch, dimming: Pixels) -> None:
        """Take so much of red, green and blue from the paper in a part of a picture; lines stay as they are."""
        pixels[patch.area] *= 1.0 - patch.alpha * self._paper[patch.area] * dimming


def _fitting(part: Genome, height: int) -> tuple[Sketch, float]:
    """Return the drawing of a network, and how many pixels a point has, with names that can be read if possible."""
    names = _SMALLEST_NAME / _LARGEST
    for _ in range(_FITTINGS):
        drawing = compact_sketch(part, names)
        scale = min(height / drawing.height, _WIDEST * height / drawing.width, _LARGEST)
        names = min(max(_SMALLEST_NAME / scale, names), _LARGEST_NAME)
    return drawing, scale


def beside(frame: Frame, panel: Frame) -> Frame:
    """Return a picture with a panel on its right; the smaller of the two is centred on white."""
    height = max(len(frame), len(panel))
    return np.concatenate([_centred(frame, height), _centred(panel, height)], axis=1)


def _centred(frame: Frame, height: int) -> Frame:
    above = (height - len(frame)) // 2
    if len(frame) == height:
        return frame
    return np.pad(frame, ((above, height - len(frame) - above), (0, 0), (0, 0)), constant_values=255)


def _rendered(drawing: Sketch, scale: float, width: int, height: int) -> tuple[Pixels, float, float]:
    """Return a drawing as pixels (height, width, 3) from 0 to 255, and how far it is from the left and from the top."""
    from neat.export.canvas import new_axes

    paper = [box._replace(kind="hidden") for box in drawing.boxes]  # white, so that light has its own colour
    axes = new_axes(drawing.width / 72, drawing.height / 72, whole=True, dpi=72 * scale)
    show_sketch(axes, Sketch(drawing.width, drawing.height, paper, drawing.lines, drawing.labels))
    canvas = axes.figure.canvas
    canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())[:height, :width, :3]  # type: ignore[attr-defined]
    pixels = np.full((height, width, 3), 255, np.float32)
    across, down = (width - drawn.shape[1]) // 2, (height - drawn.shape[0]) // 2
    pixels[down : down + drawn.shape[0], across : across + drawn.shape[1]] = drawn
    return pixels, across, down


def _light(box: Box, scale: float, across: float, down: float, shape: tuple[int, ...]) -> _Patch:
    """Return the light of a node: its disc, and a glow around it."""
    radius = box.width / 2 * scale
    area, x, y = _around(across + box.x * scale, down + box.y * scale, radius * (1.0 + 2.0 * _GLOW), 0.0, shape)
    distance = np.hypot(x, y) - radius
    glow = _GLOW_STRENGTH * np.exp(-((np.maximum(distance, 0.0) / (_GLOW * radius)) ** 2))
    disc = np.clip(0.5 - distance, 0.0, 1.0)
    return _Patch(area, (disc + (1.0 - disc) * glow).astype(np.float32)[:, :, None])


def _pills(
    part: Genome, drawing: Sketch, scale: float, across: float, down: float, shape: tuple[int, ...]
) -> list[_Patch]:
    """Return the areas behind the names of the outputs."""
    pills = []
    for label in drawing.labels[part.layout.sources : part.layout.given]:
        width, pad = width_of(label.text, label.size) * scale, _PILL_PAD * scale
        half = label.size * 0.62 * scale
        x = across + label.x * scale + width / 2
        area, right, below = _around(x, down + label.y * scale, width / 2 + pad + half, half + pad, shape)
        outside = np.hypot(np.maximum(np.abs(right) - width / 2, 0.0), below)
        pills.append(_Patch(area, np.clip(half + 0.5 - outside, 0.0, 1.0).astype(np.float32)[:, :, None]))
    return pills


def _around(
    x: float, y: float, half_width: float, half_height: float, shape: tuple[int, ...]
) -> tuple[tuple[slice, slice], NDArray[np.float64], NDArray[np.float64]]:
    """Return the pixels around a point, and how far their centres are to its right (1, w) and below it (h, 1)."""
    half_height = half_height or half_width
    rows = slice(max(int(y - half_height) - 1, 0), min(int(y + half_height) + 2, shape[0]))
    columns = slice(max(int(x - half_width) - 1, 0), min(int(x + half_width) + 2, shape[1]))
    right = np.arange(columns.start, columns.stop, dtype=np.float64)[None, :] + 0.5 - x
    below = np.arange(rows.start, rows.stop, dtype=np.float64)[:, None] + 0.5 - y
    return (rows, columns), right, below


def _colour(code: str) -> Pixels:
    """Return a colour such as #0072b2 as red, green and blue from 0 to 1."""
    return np.array([int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)], np.float32)
