"""Plots show what the run's file says, all of it or with a word about what is left out."""

from __future__ import annotations

import hashlib
import shutil
import warnings
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import neat
from neat.report import PANELS, picture_of, plot_ancestry, plot_fitness, plot_run, plot_sizes, plot_species
from neat.report.ancestry import MOST_ANCESTORS, heights
from neat.store.lineage import lineage

XOR = Path(__file__).parent.parent.parent / "configs" / "xor.ini"


def made(folder: Path, *settings: str) -> Path:
    neat.run(neat.load(XOR, ["run.seed=1", *settings]), out=folder)
    return folder


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run that ends when XOR is solved."""
    return made(tmp_path_factory.mktemp("runs") / "solved")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of 1,100 generations with many species."""
    settings = ["run.generations=1100", "run.stop_fitness=none", "population.size=30", "speciation.threshold=0.8"]
    return made(tmp_path_factory.mktemp("runs") / "long", *settings)


def line(axes, label: str) -> tuple[list[float], list[float]]:
    (found,) = [drawn for drawn in axes.lines if drawn.get_label() == label]
    return list(found.get_xdata()), list(found.get_ydata())


def test_fitness(solved: Path) -> None:
    with neat.History(solved) as history:
        axes = plot_fitness(history)
        rows = list(history.generations())
        at = [row.generation for row in rows]
        assert line(axes, "best") == (at, [row.best for row in rows])
        assert line(axes, "mean") == (at, [row.mean for row in rows])
        assert len(at) > 10 and line(axes, f"solved in generation {at[-1]}")[0] == [at[-1]] * 2
        (band,) = axes.collections
        for generation in at:
            means = [row.mean for row in history.species(generation, generation)]
            edges = {y for x, y in band.get_paths()[0].vertices.tolist() if x == generation}
            assert {min(means), max(means)} <= edges


def test_species_stand_one_upon_the_other_and_make_up_the_population(solved: Path) -> None:
    with neat.History(solved) as history:
        axes = plot_species(history)
        ids = sorted({row.id for row in history.species()})
        assert axes.get_title(loc="left") == f"{len(ids)} species in all"
        layers = axes.collections
        assert len(layers) == len(ids) + 1
        size = {(row.generation, row.id): row.size for row in history.species()}
        for generation in range(1, max(generation for generation, _ in size) + 1):
            below = 0
            for identity, layer in zip(ids, layers, strict=False):
                edges = {y for x, y in layer.get_paths()[0].vertices.tolist() if x == generation}
                assert {below, below + size.get((generation, identity), 0)} == edges
                below = max(edges)
            assert below == 150 == axes.get_ylim()[1]


def test_of_many_species_and_generations_the_plot_says_what_it_shows(long: Path) -> None:
    with neat.History(long) as history:
        axes = plot_species(history)
        members: Counter[int] = Counter()
        for row in history.species():
            members[row.id] += row.size
        assert len(members) > 60
        assert axes.get_title(loc="left") == (
            f"{len(members):,} species in all; grey: all but the 60 largest; one generation in 2"
        )
        tops = axes.collections[-1].get_paths()[0].vertices
        assert len(axes.collections) == 61 and tops[:, 1].max() == 30 and set(tops[:, 0] % 2) == {1.0}
        assert to_hex(axes.collections[-1].get_facecolor()[0]) == "#e4e4e4"


def test_labels_of_species_do_not_meet(long: Path, solved: Path) -> None:
    for folder in (solved, long):
        with neat.History(folder) as history:
            axes = plot_species(history)
            renderer = axes.figure.canvas.get_renderer()
            boxes = [text.get_window_extent(renderer) for text in axes.texts]
            assert boxes and (folder == solved or len(boxes) > 3)
            assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])


@pytest.mark.parametrize("generations", [1, 2, 3, 30])
def test_labels_of_species_are_not_cut_at_the_sides(tmp_path: Path, generations: int) -> None:
    settings = [f"run.generations={generations}", "run.stop_fitness=none"]
    with neat.History(made(tmp_path / "run", *settings)) as history:
        axes = plot_species(history)
        renderer, sheet = axes.figure.canvas.get_renderer(), axes.get_window_extent()
        boxes = [text.get_window_extent(renderer) for text in axes.texts]
        assert boxes and all(sheet.x0 <= box.x0 and box.x1 <= sheet.x1 for box in boxes)


@pytest.mark.parametrize("height", [3.0, 4.2, 12.0])
def test_legends_hide_nothing(solved: Path, height: float) -> None:
    with neat.History(solved) as history:
        for plot in (plot_fitness, plot_sizes, plot_ancestry):
            axes = plot(history, Figure(figsize=(7.0, height), layout="constrained").add_subplot())
            axes.figure.draw_without_rendering()
            label, legend = axes.xaxis.label.get_window_extent(), axes.get_legend().get_window_extent()
            assert legend.y1 < label.y0 and legend.x0 >= 0 and legend.x1 <= axes.figure.bbox.x1 and legend.y0 >= 0


def test_sizes(solved: Path) -> None:
    with neat.History(solved) as history:
        axes = plot_sizes(history)
        rows, champions = list(history.generations()), list(history.champions())
        assert line(axes, "connections, mean")[1] == [row.connections for row in rows]
        assert line(axes, "hidden nodes, mean")[1] == [row.hidden for row in rows]
        genomes = [neat.Genome.from_json(row.genome) for row in champions]
        since, sizes = line(axes, "connections, champion")
        assert since == [*(row.generation for row in champions), rows[-1].generation]
        assert sizes[:-1] == [len(genome.connections) for genome in genomes]
        assert line(axes, "hidden nodes, champion")[1][:-1] == [genome.hidden for genome in genomes]
        (drawn,) = [drawn for drawn in axes.lines if drawn.get_label() == "connections, champion"]
        assert (drawn.get_marker(), drawn.get_markevery(), drawn.get_clip_on()) == ("D", [-1], False)


def test_ancestry_joins_every_ancestor_to_its_parents(solved: Path) -> None:
    with neat.History(solved) as history:
        axes, tree = plot_ancestry(history), lineage(history)
        height = heights(tree)
        spot = {key: (float(born), round(height[key], 9)) for key, born in tree.nodes(data="born")}
        assert len(set(spot.values())) == len(tree)
        two, one = "#0072b2", "#d55e00"
        wanted: dict[str, set] = {two: set(), one: set()}
        for parent, child in tree.edges:
            wanted[two if tree.in_degree(child) == 2 else one].add((spot[parent], spot[child]))
        drawn = {
            to_hex(lines.get_color()[0]): {
                tuple(map(tuple, np.round(ends, 9).tolist())) for ends in lines.get_segments()
            }
            for lines in axes.collections[:2]
        }
        assert drawn == wanted and all(wanted.values())
        points = [tuple(point) for dots in axes.collections[2:] for point in np.round(dots.get_offsets(), 9).tolist()]
        assert set(points) == set(spot.values())
        assert points[-1] == spot[tree.graph["genome"]] and tree.graph["genome"] == history.champion().genome.key
        assert axes.get_title(loc="left") == f"{len(tree) - 1} ancestors"


def test_of_many_ancestors_the_youngest_are_shown(long: Path) -> None:
    with neat.History(long) as history:
        axes, tree = plot_ancestry(history), lineage(history)
        shown = {tuple(point) for dots in axes.collections[2:] for point in dots.get_offsets().tolist()}
        assert len(tree) > MOST_ANCESTORS >= len(shown)
        oldest = int(min(x for x, _ in shown))
        assert len(shown) == sum(born >= oldest for _, born in tree.nodes(data="born"))
        said = f"{len(tree) - 1:,} ancestors, {len(shown) - 1} of them shown: those since generation {oldest:,}"
        assert axes.get_title(loc="left") == said


def test_one_ancestor_is_one(tmp_path: Path) -> None:
    settings = ["run.seed=3", "run.generations=2", "crossover.mating=no"]
    with neat.History(made(tmp_path / "run", *settings)) as history:
        assert len(lineage(history)) == 2
        assert plot_ancestry(history).get_title(loc="left") == "1 ancestor"


def test_a_run_without_lineage_says_so(tmp_path: Path) -> None:
    with neat.History(made(tmp_path / "run", "run.lineage=no", "run.generations=3")) as history:
        axes = plot_ancestry(history)
        assert [text.get_text() for text in axes.texts] == ["this run keeps no lineage ([run] lineage = no)"]
        plot_run(history)


def test_one_generation_is_plotted(tmp_path: Path) -> None:
    with neat.History(made(tmp_path / "run", "run.generations=1")) as history:
        figure = plot_run(history)
        assert [list(axes.get_xticks()) for axes in figure.axes] == [[1]] * 4
        means = [row.mean for row in history.species()]
        (band,) = figure.axes[0].collections
        edges = band.get_paths()[0].vertices
        assert (edges[:, 1].min(), edges[:, 1].max()) == (min(means), max(means)) and np.ptp(edges[:, 0]) > 0
        assert "1 generation, best fitness" in figure.get_suptitle()
        assert len(picture_of(history, "png")) > 10_000


@neat.problem(inputs=["a"], outputs=["y"])
def boundless(network, rng):
    """Give the largest numbers that there are, of both signs, and a few that can be drawn."""
    answer = float(network([0.5])[0])
    return 1.7e308 if answer > 0.9 else -1.7e308 if answer < 0.1 else answer


def test_fitness_without_bounds_is_left_out_and_it_is_said(tmp_path: Path) -> None:
    config = neat.Config(run={"seed": 1, "generations": 4}, population={"size": 40})
    neat.run(config, boundless, out=tmp_path / "run")
    with neat.History(tmp_path / "run") as history:
        axes = plot_fitness(history)
        assert [row.best for row in history.generations()] == [1.7e308] * 4
        assert np.isnan(line(axes, "best")[1]).all()
        assert axes.get_title(loc="left") == "not shown: what lies beyond 1e+300"
        assert len(picture_of(history, "png")) > 10_000


class Broken(neat.Problem):
    """A problem that fails at once."""

    inputs, outputs = ("a",), ("y",)

    def evaluate(self, networks, context):
        raise ValueError("no")


def test_a_run_without_a_generation_says_so(tmp_path: Path) -> None:
    with pytest.raises(neat.ProblemError):
        neat.run(neat.Config(run={"seed": 1}), Broken(), out=tmp_path / "run")
    with neat.History(tmp_path / "run") as history:
        said = [[text.get_text() for text in axes.texts] for axes in plot_run(history).axes]
        assert said == [["no generation yet"]] * 3 + [["no champion yet"]]
        assert len(picture_of(history, "svg")) > 1_000


def test_given_axes_are_used(solved: Path) -> None:
    with neat.History(solved) as history:
        for plot in PANELS.values():
            figure = Figure()
            axes = figure.add_subplot()
            assert plot(history, axes) is axes
            assert plot(history).figure is not figure


def digests(folder: Path) -> dict[str, bytes]:
    return {file.name: hashlib.sha256(file.read_bytes()).digest() for file in folder.iterdir() if file.is_file()}


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_plots_are_the_same_every_time_and_change_nothing(solved: Path, form: str) -> None:
    import matplotlib.pyplot as plt

    before, settings = digests(solved), dict(matplotlib.rcParams)
    with neat.History(solved) as history:
        for what in (None, *PANELS):
            first = picture_of(history, form, what)
            with matplotlib.rc_context({"axes.facecolor": "black", "font.size": 20}):
                assert picture_of(history, form, what) == first
            if form == "svg":
                ElementTree.fromstring(first)
    assert digests(solved) == before
    assert dict(matplotlib.rcParams) == settings and not plt.get_fignums()


def test_the_name_of_a_folder_is_text(tmp_path: Path) -> None:
    with neat.History(made(tmp_path / "$x^2$ & <b>", "run.generations=2")) as history:
        drawn = plot_run(history)
        assert drawn.get_suptitle().startswith(r"\$x^2\$ & <b>: 2 generations")
        ElementTree.fromstring(picture_of(history, "svg"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x07\x1b[31mb", r"a\x07\x1b[31mb"),
        ("caf\udce9", r"caf\udce9"),
        ("\u202eevil\ufffe", r"\u202eevil\ufffe"),
        ("<&>--\"'", "<&>--\"'"),
        ("größe выход", "größe выход"),
        ("x" * 200, "x" * 79 + "…"),
    ],
)
def test_any_name_of_a_folder_gives_pictures_that_can_be_read(solved: Path, name: str, shown: str) -> None:
    folder = solved.parent / name
    shutil.copytree(solved, folder)
    with neat.History(folder) as history, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert plot_run(history).get_suptitle().startswith(f"{shown}: ")
        ElementTree.fromstring(picture_of(history, "svg"))
        assert picture_of(history, "pdf").rstrip().endswith(b"%%EOF")


def test_what_is_missing_is_reported(solved: Path) -> None:
    with neat.History(solved) as history, pytest.raises(neat.NeatError, match="did you mean 'fitness'"):
        picture_of(history, "svg", "fitnes")
