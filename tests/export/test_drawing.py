"""Drawings: nothing overlaps, nothing is cut, nothing is kept quiet, and the same genome gives the same bytes."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import unicodedata
import warnings
import xml.etree.ElementTree as ElementTree
from itertools import combinations

import matplotlib
import numpy as np
import pytest
from breeding import initialize, mutate
from foreign import evil_genomes
from genomes import populations
from hypothesis import given, settings
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

import neat
from neat.config import Config
from neat.export import draw, picture, to_networkx, trimmed
from neat.export.fonts import drawable, families
from neat.export.placement import columns_of
from neat.export.sketch import sketch
from neat.genetics.layout import Layout


def grown(hidden: int, inputs: int, outputs: int, bias: bool = True) -> neat.Genome:
    """Return a genome with so many hidden nodes, grown by mutation alone."""
    config = Config(
        run={"seed": 1},
        population={"size": 2},
        genome={"activation_options": ("tanh", "relu", "steep_sigmoid"), "aggregation_options": ("sum", "max")},
        mutation={
            "add_node": 0.6,
            "add_connection": 0.5,
            "toggle": 0.05,
            "activation_rate": 0.2,
            "aggregation_rate": 0.1,
        },
    )
    names = tuple(f"sensor {place}" for place in range(inputs)), tuple(f"motor {place}" for place in range(outputs))
    population, innovations = initialize(
        Layout(*names, bias), config.replace(genome={"bias": "node" if bias else "none"})
    )
    generation = 0
    while population[0].hidden < hidden:
        generation += 1
        keys = population.replace(key=np.arange(2) + 2 * generation)
        population, innovations = mutate(keys, np.ones(2, np.bool_), generation, innovations, config)
    return population[0]


SIZES = {2: (0, 1, 1, False), 5: (1, 2, 1), 30: (19, 7, 3), 80: (67, 8, 4), 200: (187, 8, 4)}


def overlap(one, other) -> bool:
    """Return whether two boxes share more than a thousandth of a point."""
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 1e-3 and min(one.y1, other.y1) - max(one.y0, other.y0) > 1e-3


def check_drawing(axes) -> None:
    """Assert that no text meets another or a node that it is not in, that no nodes meet, and that nothing is cut."""
    figure = axes.figure
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [text.get_window_extent(renderer) for text in axes.texts if text.get_text()]
    nodes = [patch.get_window_extent(renderer) for patch in axes.patches if patch.get_zorder() == 3]
    for one, other in [*combinations(texts, 2), *combinations(nodes, 2)]:
        assert not overlap(one, other)
    for text in texts:
        for node in nodes:
            inside = node.x0 <= text.x0 and text.x1 <= node.x1 and node.y0 <= text.y0 and text.y1 <= node.y1
            assert inside or not overlap(text, node)
    sheet = axes.get_window_extent(renderer)
    paths = [patch.get_path().transformed(patch.get_transform()).get_extents() for patch in axes.patches]
    for box in [*texts, *nodes, *paths]:
        assert sheet.x0 <= box.x0 and box.x1 <= sheet.x1 and sheet.y0 <= box.y0 and box.y1 <= sheet.y1


def check_lines(genome: neat.Genome) -> None:
    """Assert that no line runs through a node but those that it joins."""
    drawn = sketch(genome, genome.column("node").tolist(), [])
    share = np.linspace(0.0, 1.0, 12)[:, None]
    weights = (1 - share) ** 3, 3 * share * (1 - share) ** 2, 3 * share**2 * (1 - share), share**3
    for line in drawn.lines:
        if not line.head:
            continue  # the legend's
        points = np.array(line.points)
        curve = np.concatenate(
            [sum(w * points[3 * k + i] for i, w in enumerate(weights)) for k in range((len(points) - 1) // 3)]
        )
        for box in drawn.boxes:
            within = np.abs(curve - [box.x, box.y]) < [box.width / 2 - 3.0, box.height / 2 - 1.0]  # corners are round
            assert not within.all(axis=1).any()


@pytest.mark.parametrize("size", SIZES)
def test_drawings_of_all_sizes(size: int) -> None:
    genome = grown(*SIZES[size])
    assert len(genome.nodes) == size
    axes = draw(genome, disabled=size < 200)
    shown = [text.get_text() for text in axes.texts]
    assert not any("Too large" in text for text in shown)
    check_drawing(axes)
    check_lines(genome if size < 200 else trimmed(genome))


@settings(max_examples=25)
@given(populations(size=2, hidden=9))
def test_drawings_of_random_genomes(population):
    for genome in population:
        axes = draw(genome, disabled=True)
        check_drawing(axes)
        check_lines(genome)
        lines = [patch for patch in axes.patches if patch.get_zorder() == 1]
        arrows = sum(type(patch).__name__ == "Polygon" for patch in lines)
        assert arrows == len(genome.connections)


def test_names_that_no_drawing_likes():
    for genome in evil_genomes(1000)[:40]:
        axes = draw(genome, disabled=True)
        check_drawing(axes)
        ElementTree.fromstring(picture(genome, "svg", disabled=True))
        assert picture(genome, "pdf", disabled=True).rstrip().endswith(b"%%EOF")


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_what_cannot_be_seen_in_a_name_is_written_out(form):
    genome = neat.Genome(
        ["\ufeffa", "\u200f", "\u202ecba", "\xad"], ["שלום", "e\u0301", "می\u200cخواهم"], [(0, 4, 1.0)]
    )
    assert [text.get_text() for text in draw(genome).texts if "\\" in text.get_text()] == [
        "\\ufeffa", "\\u200f", "\\u202ecba", "\\xad",
    ]  # fmt: skip
    assert len(picture(genome, form)) > 1_000


def installed(*suitable: str) -> set[int]:
    """Return the characters of the installed fonts, except fonts that have a box for every character."""
    entries = [entry for entry in font_manager.fontManager.ttflist if not entry.name.startswith("Last Resort")]
    found: set[int] = set()
    for entry in entries:
        if not suitable or entry.name in suitable:
            found |= font_manager.get_font(entry.fname).get_charmap().keys()
    return found


def test_a_character_that_the_font_lacks_is_drawn_in_another_one_that_comes_with_matplotlib() -> None:
    only_there = map(chr, sorted(installed("STIXGeneral") - installed("DejaVu Sans")))
    sign = next(sign for sign in only_there if unicodedata.category(sign) in ("Sm", "So", "Ll", "Lu"))
    name = f"a{sign}"
    assert drawable(name) == name
    first, other = families(name)
    assert first == "DejaVu Sans" and families("a") == [first]
    genome = neat.Genome([name], ["y"], [(0, 1, 1.0)])
    (label,) = [text for text in draw(genome).texts if sign in text.get_text()]
    assert label.get_fontfamily() == [first, other]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(len(picture(genome, form)) > 1_000 for form in ("svg", "png", "pdf"))


def test_a_character_that_no_font_has_is_written_as_an_escape() -> None:
    sign = next(chr(code) for code in range(0x20000, 0x2A000) if code not in installed())  # rare Chinese ones
    genome = neat.Genome([f"a{sign}"], ["y"], [(0, 1, 1.0)])
    assert f"a\\U000{ord(sign):x}" in {text.get_text() for text in draw(genome).texts}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(picture(genome, "png")) > 1_000


def test_an_unknown_backend_does_not_matter() -> None:
    code = """
import os, neat
drawn = neat.export.picture(neat.Genome(["a"], ["y"], [(0, 1, 1.0)]), "svg")
assert drawn.startswith(b"<?xml") and os.environ["MPLBACKEND"] == "nonsense"
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "MPLBACKEND": "nonsense"})


def test_long_names_are_cut_with_an_ellipsis():
    genome = neat.Genome(["x" * 500, "short"], ["ü" * 40], [(0, 2, 1.0)])
    shown = {text.get_text() for text in draw(genome).texts}
    assert {"x" * 31 + "…", "ü" * 31 + "…", "short"} <= shown


def test_columns():
    genome = grown(19, 7, 3)
    column, depth = columns_of(trimmed(genome)), [data["depth"] for data in to_networkx(trimmed(genome)).nodes.values()]
    layout = genome.layout
    assert set(column[: layout.sources]) == {0} and set(column[layout.sources : layout.given]) == {max(column)}
    hidden = sorted(zip(depth[layout.given :], column[layout.given :], strict=True))
    assert all((a[0] < b[0]) == (a[1] < b[1]) for a, b in zip(hidden, hidden[1:], strict=False))


def test_inputs_and_outputs_stand_in_their_order():
    axes = draw(grown(19, 7, 3))
    height = {text.get_text(): text.get_position()[1] for text in axes.texts}
    inputs, outputs = ([height[f"{what} {place}"] for place in range(n)] for what, n in (("sensor", 7), ("motor", 3)))
    assert inputs == sorted(inputs) and outputs == sorted(outputs)


@pytest.mark.parametrize(
    ("genome", "options", "said"),
    [
        (neat.Genome(1, 1), {}, {"There is no connection."}),
        (
            neat.Genome(1, 1, [(0, 1, 1.0, False)]),
            {},
            {"All connections are disabled.", "Not shown: 1 disabled connection."},
        ),
        (neat.Genome(1, 1, [(0, 1, 1.0, False)]), {"disabled": True}, {"All connections are disabled.", "disabled"}),
        (neat.Genome(1, 1, [(0, 2, 1.0)], [(2,)]), {}, {"Width: size of the weight, at most 1."}),
        (
            neat.Genome(1, 1, [(0, 2, 1.0)], [(2,)]),
            {"pruned": True},
            {"Nothing influences an output.", "Not shown, without influence: 1 hidden node, 1 connection."},
        ),
        (neat.Genome(1, 1, [(1, 1, 0.0)]), {}, {"recurrent", "Width: size of the weight, at most 1."}),
        (neat.Genome(2, 2, [(0, 2, -0.25), (2, 3, 1.0), (3, 2, 1.0)]), {}, {"recurrent", "positive", "negative"}),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(genome, options, said):
    axes = draw(genome, **options)
    assert said <= {text.get_text() for text in axes.texts}
    check_drawing(axes)


def test_of_a_large_genome_the_strongest_connections_are_drawn_and_the_rest_is_said():
    rng = np.random.default_rng(1)
    ends = np.unique(np.column_stack([rng.integers(0, 900, 3000), rng.integers(3, 900, 3000)]), axis=0)
    genes = [(*pair, float(weight)) for pair, weight in zip(ends.tolist(), rng.normal(size=len(ends)), strict=True)]
    genome = neat.Genome(3, 2, genes, [(node,) for node in range(5, 900)])
    axes = draw(genome)
    (note,) = [text.get_text() for text in axes.texts if "Too large" in text.get_text()]
    assert "shown are 200 of 900 nodes and" in note and f"of {len(ends):,} connections, the strongest." in note
    assert sum(patch.get_zorder() == 3 for patch in axes.patches) == 200
    check_drawing(axes)
    many = neat.Genome(300, 2, [(node, 300, 1.0 + node) for node in range(300)])
    shown = {text.get_text() for text in draw(many).texts}
    assert {"x300", "x1"} <= shown and "x50" not in shown  # the strongest, and always one


def test_given_axes_are_used_and_the_drawing_fits_them():
    figure = Figure(figsize=(9, 4))
    left, right = figure.subplots(1, 2)
    genome = grown(1, 2, 1)
    assert draw(genome, left) is left
    check_drawing(left)
    assert not right.texts


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_the_same_genome_gives_the_same_bytes_in_any_process_and_with_any_settings(form, tmp_path):
    genome = grown(4, 3, 2)
    ours = picture(genome, form)
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black", "lines.linewidth": 9, "text.color": "red"}):
        assert picture(genome, form) == ours
    (tmp_path / "genome.json").write_text(genome.to_json())
    code = (
        "import sys, matplotlib; matplotlib.rcParams['savefig.dpi'] = 30; matplotlib.rcParams['text.usetex'] = True\n"
        "from neat.export import picture, read\n"
        f"sys.stdout.buffer.write(picture(read('genome.json'), {form!r}))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "", "TZ": "Asia/Tokyo"}
    environment.pop("SOURCE_DATE_EPOCH")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == ours and not done.stderr
    assert not re.search(rb"20\d\d-\d\d-\d\d|D:20\d\d", ours)


def test_drawing_leaves_matplotlib_as_it_was():
    import matplotlib.pyplot as plt

    before, figures = dict(matplotlib.rcParams), plt.get_fignums()
    picture(grown(4, 3, 2), "svg")
    assert dict(matplotlib.rcParams) == before and plt.get_fignums() == figures


def test_pictures_are_what_they_say():
    genome = grown(4, 3, 2)
    image = Image.open(io.BytesIO(picture(genome, "png")))
    image.load()
    assert image.format == "PNG" and image.size[0] > image.size[1] > 100
    assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)  # readable on dark pages too
    drawing = ElementTree.fromstring(picture(genome, "svg"))
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert picture(genome, "pdf").startswith(b"%PDF-") and picture(genome, "pdf").rstrip().endswith(b"%%EOF")
