"""Plots of tables show medians and quartiles that were computed by hand, and say what is left out."""

from __future__ import annotations

import hashlib
import shutil
import warnings
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from commands import CONFIGS
from matplotlib.figure import Figure
from tables import broken, failed, history, row, told

import neat
from neat.report import (
    TABLE_PANELS,
    picture_of_table,
    plot_batch,
    plot_table,
    plot_table_sizes,
    plot_table_solved,
    plot_table_species,
)
from neat.studies.seed_history import SeedHistory

THREE = told(
    history(0, (100, 1.0), (200, 5.0), solved=True),
    history(1, (100, 2.0), (250, 3.0), (400, 8.0)),
    history(2, (120, 0.0), (300, 9.0), (450, 9.0)),
)


def line(axes, label: str) -> tuple[list[float], list[float]]:
    (found,) = [drawn for drawn in axes.lines if drawn.get_label() == label]
    return list(found.get_xdata()), list(found.get_ydata())


def band(axes) -> set[tuple[float, float]]:
    (found,) = axes.collections
    return {(x, y) for x, y in found.get_paths()[0].vertices.tolist()}


def test_median_and_quartiles_of_the_best_fitness_by_hand() -> None:
    axes = plot_table(THREE)
    # From 120 on every run has a value, and at 400 the first unsolved run ends. The solved run keeps its 5.
    # 120: 1, 2, 0.   200: 5, 2, 0.   250: 5, 3, 0.   300: 5, 3, 9.   400: 5, 8, 9.
    assert line(axes, "median") == ([120, 200, 250, 300, 400], [1, 2, 3, 5, 8])
    low, high = [0.5, 1.0, 1.5, 4.0, 6.5], [1.5, 3.5, 4.0, 7.0, 8.5]
    edges = band(axes)
    for at, below, above in zip([120, 200, 250, 300, 400], low, high, strict=True):
        assert {(at, below), (at, above)} <= edges
    (legend,) = [[text.get_text() for text in axes.get_legend().get_texts()]]
    assert legend == ["runs (dot: solved)", "quartiles", "median"]
    assert axes.get_title(loc="left") == "solved runs keep their last value"
    seeds = [drawn for drawn in axes.lines if drawn.get_linewidth() < 1 and len(drawn.get_xdata()) > 1]
    assert [list(drawn.get_ydata()) for drawn in seeds] == [[1, 5], [2, 3, 8], [0, 9, 9]]
    (dots,) = [drawn for drawn in axes.lines if drawn.get_marker() == "o"]
    assert (list(dots.get_xdata()), list(dots.get_ydata())) == ([200], [5.0])
    assert all(drawn.get_drawstyle() == "steps-post" for drawn in (*seeds, axes.lines[-1]))


def test_if_all_runs_are_solved_the_last_of_them_ends_the_median() -> None:
    table = told(history(0, (100, 1.0), solved=True), history(1, (100, 3.0), (300, 9.0), solved=True))
    assert line(plot_table(table), "median") == ([100, 300], [2.0, 5.0])


def test_share_of_solved_runs_by_hand() -> None:
    axes = plot_table_solved(THREE)
    assert line(axes, "1 of 3 solved") == ([0, 200, 450], pytest.approx([0, 100 / 3, 100 / 3]))
    rows = [row(0, evaluations=700), row(1, evaluations=300), failed(2, evaluations=900), broken(3)]
    axes = plot_table_solved(neat.Table.of(rows))  # which needs no histories
    assert line(axes, "2 of 4 solved") == ([0, 300, 700, 900], [0, 25, 50, 50])


def test_a_run_that_goes_on_after_its_solution_was_solved_before_its_end() -> None:
    points = history(0, (100, 1.0), (200, 5.0), (300, 6.0)).points()
    table = told(SeedHistory.of(0, [point._replace(solved=point.evaluations >= 200) for point in points]))
    assert line(plot_table_solved(table), "1 of 1 solved") == ([0, 200, 300], [0, 100, 100])


def test_sizes_and_species_by_hand() -> None:
    axes = plot_table_sizes(THREE)  # the connections of generation g are g + 1, in every run
    assert line(axes, "connections: median, quartiles") == ([120, 200, 250, 300, 400], [2, 2, 3, 3, 3])
    assert line(axes, "hidden nodes: median, quartiles")[1] == [0] * 5
    axes = plot_table_species(THREE)
    assert line(axes, "median")[1] == [3] * 5 and axes.get_ylim()[0] == 0


def test_one_run_is_a_line_without_a_band() -> None:
    table = told(history(7, (100, 1.0), (200, 5.0)))
    axes = plot_table(table)
    assert line(axes, "seed 7") == ([100, 200], [1.0, 5.0]) and not axes.collections and len(axes.lines) == 1
    assert axes.get_title(loc="left") == ""
    assert [text.get_text() for text in plot_table_sizes(table).get_legend().get_texts()] == [
        "connections", "hidden nodes",
    ]  # fmt: skip


def test_one_generation_is_a_point_with_a_band() -> None:
    axes = plot_table(told(*(history(seed, (100, float(seed))) for seed in range(5))))
    assert line(axes, "median") == ([100], [2.0]) and axes.lines[-1].get_marker() == "o"
    edges = band(axes)
    assert {y for _, y in edges} == {1.0, 3.0} and np.ptp([x for x, _ in edges]) > 0


def test_many_runs_have_no_lines_of_their_own_and_few_medians() -> None:
    steps = [[(100 + 7 * seed + 150 * step, float(step)) for step in range(20)] for seed in range(100)]
    table = told(*(history(seed, *each) for seed, each in enumerate(steps)))
    axes = plot_table(table)
    assert len(axes.lines) == 1 and len(axes.lines[0].get_xdata()) == 600
    assert axes.lines[0].get_xdata()[[0, -1]].tolist() == [100 + 7 * 99, 100 + 150 * 19]


def test_what_is_left_out_is_said() -> None:
    table = told(history(0, (100, 1.0)), history(1, (100, 2.0)), history(2, (50, 9.0)), errors=[2])
    table = neat.Table.of([*table.rows, failed(3)], histories=table.histories)
    axes = plot_table(table)
    assert axes.get_title(loc="left") == "left out: 1 failed and 1 without a history"
    assert line(axes, "median") == ([100], [1.5])
    assert plot_batch(table).get_suptitle() == "table: 4 runs, 0 solved, 1 failed"


def test_if_the_problem_failed_in_every_run_the_plot_says_so() -> None:
    for panel in (plot_table, plot_table_sizes, plot_table_species):
        assert [text.get_text() for text in panel(neat.Table.of([broken(0)])).texts] == [
            "the problem failed in every run"
        ]
    assert len(picture_of_table(neat.Table.of([broken(0)]), "png")) > 5_000


def test_two_tables_are_compared_in_their_colours() -> None:
    other = told(*(history(seed, (100, 7.0), (500, 8.0)) for seed in range(3)))
    axes = plot_table([THREE, other])
    assert line(axes, "A: table")[1] == [1, 2, 3, 5, 8] and line(axes, "B: table") == ([100, 500], [7, 8])
    colours = [drawn.get_color() for drawn in axes.lines]
    assert colours == ["#0072b2", "#d55e00"] and len(axes.collections) == 2
    assert axes.get_title(loc="left") == "medians and quartiles; solved runs keep their last value"
    sizes = plot_table_sizes((THREE, other))
    assert [drawn.get_linestyle() for drawn in sizes.lines] == ["-", "--", "-", "--"]
    assert "dashed: hidden nodes" in sizes.get_title(loc="left")
    assert [text.get_text() for text in plot_table_solved([THREE, other]).get_legend().get_texts()] == [
        "A: table: 1 of 3 solved", "B: table: 0 of 3 solved",
    ]  # fmt: skip


def test_the_fitness_of_different_problems_is_not_drawn_together() -> None:
    tables = [
        neat.Table.of(THREE.rows, config=neat.Config(problem=problem), histories=THREE.histories)
        for problem in ({"kind": "multiplexer"}, {"kind": "multiplexer", "measure": "accuracy"})
    ]
    axes = plot_table(tables)
    assert [text.get_text() for text in axes.texts] == [
        "not drawn together, since the problems differ:\nproblem.measure"
    ]
    assert len(plot_table_sizes(tables).lines) == 4 and len(plot_table(tables[:1]).lines) > 1


def test_a_table_without_histories_is_refused_in_a_sentence(tmp_path: Path) -> None:
    table = neat.Table.of([failed(0)], tmp_path / "many")
    for draw in (plot_table, plot_table_sizes, plot_table_species, plot_batch):
        with pytest.raises(neat.NeatError) as refused:
            draw([THREE, table])
        message = str(refused.value)
        assert (
            message.startswith("many: there are no histories of its runs (table-histories.csv") and "\n" not in message
        )
        assert "--what solved" in message
    assert len(plot_table_solved(table).lines) == 1


def test_given_axes_are_used_and_wrong_arguments_refused() -> None:
    for panel in TABLE_PANELS.values():
        axes = Figure().add_subplot()
        assert panel(THREE, axes) is axes and panel(THREE).figure is not axes.figure
    for wrong in ([], [THREE] * 5, [THREE, 3], "table", {}):
        with pytest.raises(neat.NeatError, match="table is .* a list of up to four"):
            plot_table(wrong)  # type: ignore[arg-type]
    with pytest.raises(neat.NeatError, match=r"unknown plot of a table 'solve' .* did you mean 'solved'"):
        picture_of_table(THREE, "svg", "solve")


def test_huge_fitness_is_left_out() -> None:
    table = told(*(history(seed, (100, 1.7e308), (200, 1.0), (300, -1.7e308)) for seed in range(3)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        axes = plot_table(table)
        np.testing.assert_equal(line(axes, "median")[1], [np.nan, 1.0, np.nan])
        assert len(picture_of_table(table, "png")) > 10_000


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batches") / "batch"
    neat.run_seeds(neat.load(CONFIGS / "xor.ini", ["run.generations=12"]), "0..5", jobs=1, out=folder)
    return folder


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_plots_are_the_same_every_time_and_change_nothing(batch: Path, form: str) -> None:
    before = {file.name: hashlib.sha256(file.read_bytes()).digest() for file in batch.iterdir()}
    table = neat.Table.read(batch)
    for what in (None, *TABLE_PANELS):
        first = picture_of_table(table, form, what)
        assert picture_of_table(neat.Table.read(batch), form, what) == first
        if form == "svg":
            ElementTree.fromstring(first)
    assert {file.name: hashlib.sha256(file.read_bytes()).digest() for file in batch.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\x07b", r"a\x07b"), ("<&>--\"'", "<&>--\"'"), ("größe выход", "größe выход"), ("x" * 200, "x" * 79 + "…"),
     ("$x^2$", r"\$x^2\$"), ("ход$\\", "ход\\$\\")],
)  # fmt: skip
def test_any_name_of_a_folder_gives_pictures_that_can_be_read(batch: Path, name: str, shown: str) -> None:
    folder = batch.parent / name
    shutil.copytree(batch, folder)
    one, two = neat.Table.read(folder), neat.Table.read(batch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert plot_batch(one).get_suptitle().startswith(f"{shown}: 6 runs")
        for tables in (one, [one, two], [one, one, two, two]):
            ElementTree.fromstring(picture_of_table(tables, "svg"))
