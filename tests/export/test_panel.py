"""The panel beside an episode: nodes are coloured by their values, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from genomes import random_genome

from neat import Genome
from neat.export.panel import Panel, beside
from neat.export.sketch import compact_sketch
from neat.genetics.layout import Layout

LAYOUT = Layout(("height", "speed"), ("left", "right"))
GENOME = Genome(
    LAYOUT.inputs, LAYOUT.outputs, [(0, 9, 1.5), (9, 3, -2.0), (1, 4, 1.0), (2, 9, 0.5), (9, 9, 0.3)],
    [(9, 0.0, 1.0, "tanh")], bias_node=True,
)  # fmt: skip


def node_colours(panel: Panel, picture: np.ndarray) -> np.ndarray:
    """Return the colour in the middle of each node, (N, 3)."""
    centres = []
    for light in panel._lights:
        rows, columns = light.area
        centres.append(picture[(rows.start + rows.stop) // 2, (columns.start + columns.stop) // 2])
    return np.array(centres)


def test_colours_show_sign_and_size() -> None:
    panel = Panel(GENOME, 400)
    dark = panel.picture(np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0]))
    assert (node_colours(panel, dark) == 255).all()
    lit = node_colours(panel, panel.picture(np.array([5.0, -2.0, 1.0, 0.5, 0.0, -1.0])))
    positive, negative = [0, 114, 178], [213, 94, 0]
    assert np.abs(lit[[0, 2]] - positive).max() <= 1 and np.abs(lit[[1, 5]] - negative).max() <= 1
    assert lit[4].tolist() == [255, 255, 255]
    assert 0 < lit[3][0] < 255 and lit[3][0] < lit[3][2]  # half of the largest value of the output's function
    later = node_colours(panel, panel.picture(np.array([1.0, -2.0, np.nan, 0.5, 0.0, -1.0])))
    assert later[0][0] > lit[0][0] and later[2].tolist() == [255, 255, 255]  # 5 was seen before; nan is no value


def test_the_chosen_output_is_marked() -> None:
    panel, values = Panel(GENOME, 400), np.zeros(6)
    plain, left, right = (panel.picture(values, chosen) for chosen in ((), (0,), (1,)))
    for picture in (left, right):
        changed = (picture != plain).any(axis=2)
        assert 0.001 < changed.mean() < 0.05
    assert not ((left != plain) & (right != plain)).any()


@pytest.mark.parametrize("hidden", [0, 20, 300])
def test_networks_of_any_size_fit(hidden: int) -> None:
    rng = np.random.default_rng(hidden)
    layout = Layout(tuple(f"observation {number}" for number in range(8)), tuple("abcd"))
    genome = random_genome(rng, layout, hidden, density=0.15 if hidden < 100 else 0.02)
    values = rng.normal(size=len(genome.column("node")))
    for height in (31, 240, 401):
        panel = Panel(genome, height)
        picture = panel.picture(values, (2,))
        assert picture.dtype == np.uint8 and picture.shape == (panel.height, panel.width, 3)
        assert panel.height == max(height, 240) and 100 < panel.width <= 1.6 * panel.height + 1
        frame = np.zeros((height, 50, 3), np.uint8)
        both = beside(frame, picture)
        assert both.shape == (panel.height, 50 + panel.width, 3)
        above = (panel.height - height) // 2
        assert (both[above : above + height, :50] == 0).all() and (both[:above, :50] == 255).all()
        assert (both[:, 50:] == picture).all()


def test_of_a_large_network_only_a_part_is_drawn() -> None:
    layout = Layout(tuple(f"in {number}" for number in range(90)), tuple(f"out {number}" for number in range(60)))
    genome = random_genome(np.random.default_rng(4), layout, 300, density=0.02)
    panel, values = Panel(genome, 400), np.zeros(len(genome.column("node")))
    plain = panel.picture(values)
    marked = [output for output in range(60) if (panel.picture(values, (output,)) != plain).any()]
    assert 0 < len(marked) < 60


def test_circles_do_not_overlap() -> None:
    genome = random_genome(np.random.default_rng(1), Layout(tuple("abcde"), ("x", "y")), 25, density=0.2)
    boxes = compact_sketch(genome).boxes
    assert len(boxes) == len(genome.column("node")) and all(box.circle and box.width == box.height for box in boxes)
    centres = np.array([(box.x, box.y) for box in boxes])
    distances = np.hypot(*(centres[:, None] - centres).transpose(2, 0, 1)) + np.eye(len(boxes)) * 1e9
    assert distances.min() > boxes[0].width
