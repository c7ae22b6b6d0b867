"""`neat plot`: a run, or tables of many runs, as a picture, and the messages where something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Neat
from PIL import Image


def test_all_plots_and_each_of_them(neat: Neat) -> None:
    neat("run", "xor.ini", "--seed", 1)
    ended = neat("plot", "--to", "all.png")
    assert ended == (0, "all.png\n", "")
    sizes = {"all": Image.open("all.png").size}
    for what in ("fitness", "species", "sizes", "ancestry"):
        assert neat("plot", "xor-1", "--to", f"{what}.png", "--what", what).status == 0
        sizes[what] = Image.open(f"{what}.png").size
    assert all(sizes["all"][0] > sizes[what][0] for what in sizes if what != "all")
    for form, start in (("svg", b"<?xml"), ("pdf", b"%PDF")):
        assert neat("plot", "runs/xor-1", "--to", f"all.{form}").status == 0
        assert Path(f"all.{form}").read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "x.json"], "x.json: a plot can only be saved as a picture (one of .svg, .png, .pdf)"),
        (["--to", "x.jpg"], "x.jpg: a plot can only be saved as a picture (one of .svg, .png, .pdf)"),
        (["--to", "-"], "-: a plot can only be saved as a picture (one of .svg, .png, .pdf)"),
        (
            ["--to", "x.svg", "--what", "specie"],
            "unknown plot 'specie' (one of fitness, species, sizes, ancestry; did",
        ),
        (["xor-2", "--to", "x.svg"], "'xor-2': no such run"),
        (["--to", "none/x.svg"], "none/x.svg: cannot be written (No such file or directory)"),
    ],
)
def test_a_mistake_is_reported_in_a_sentence(neat: Neat, arguments: list[str], said: str) -> None:
    neat("run", "xor.ini", "--generations", 2)
    ended = neat("plot", *arguments)
    assert ended.status == 2 and ended.out == ""
    assert said in ended.err and ended.err.count("\n") == 1
    assert not list(Path().glob("x.*"))


def test_without_a_run(neat: Neat) -> None:
    ended = neat("plot", "--to", "x.svg")
    assert ended.status == 2 and ended.err.startswith("there is no run under runs yet")


def test_tables_of_many_runs(neat: Neat) -> None:
    for name, generations in (("a", 4), ("runs/b", 6)):
        command = ("run", "xor.ini", "--seeds", "0..2", "--jobs", 1, "--generations", generations, "--out", name)
        assert neat(*command).status == 0
    assert neat("plot", "--to", "latest.png") == (0, "latest.png\n", "")  # the table `runs/b`
    assert neat("plot", "b", "--to", "b.png").status == neat("plot", "a/table.csv", "b", "--to", "both.png").status == 0
    size = Image.open("both.png").size
    assert Image.open("b.png").size == Image.open("latest.png").size == size
    assert Path("latest.png").read_bytes() == Path("b.png").read_bytes() != Path("both.png").read_bytes()
    for what in ("fitness", "solved", "sizes", "species"):
        assert neat("plot", "a", "--to", f"{what}.svg", "--what", what).status == 0
    neat("run", "xor.ini", "--seed", 1, "--generations", 2)
    Path("a/table-histories.csv").unlink()
    assert neat("plot", "a", "--to", "solved.pdf", "--what", "solved").status == 0
    for arguments, message in (
        (["a"], "a: there are no histories of its runs (table-histories.csv beside its table;"),
        (["b", "xor-1"], "b, xor-1: a single run can only be plotted alone; tables of many runs, together"),
        (["b"] * 5, "b, b, b, b, b: at most 4 tables can be plotted together"),
        (["b", "c"], "'c': no such run"),
        (["b", "--what", "ancestry"], "unknown plot of a table 'ancestry' (one of fitness, solved, sizes, species)"),
        (["xor-1", "--what", "solved"], "unknown plot 'solved' (one of fitness, species, sizes, ancestry)"),
    ):
        ended = neat("plot", *arguments, "--to", "x.svg")
        assert ended.status == 2 and ended.out == "" and ended.err.startswith(message) and ended.err.count("\n") == 1
    assert not Path("x.svg").exists()
    Path("runs/b/table-histories.csv").write_text("seed\n")
    ended = neat("plot", "b", "--to", "x.svg")
    assert ended.status == 2 and "table-histories.csv: does not hold the histories of a table of runs" in ended.err
