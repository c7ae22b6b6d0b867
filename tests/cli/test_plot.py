"""`neat plot`: a run as a picture, and what is said where something is wrong."""

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
