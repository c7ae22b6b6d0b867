"""Everything but pictures works without matplotlib, pygame and ffmpeg; what needs them names the extra to install."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Ended

HOOK = """
import sys

class Absent:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.split(".")[0] in ("imageio_ffmpeg", "matplotlib", "pygame"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent)
"""
MISSING = "the package 'matplotlib' is not installed (pip install 'neat-engine[plots]')\n"


def without(code: str, *arguments: str) -> Ended:
    """Run Python code in a process in which matplotlib and pygame cannot be imported."""
    done = subprocess.run([sys.executable, "-c", HOOK + code, *arguments], capture_output=True, text=True)
    return Ended(done.returncode, done.stdout, done.stderr)


COMMANDS = f"""
import json
sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
from commands import run_here

print(json.dumps([run_here(*arguments) for arguments in json.loads(sys.argv[1])]))
"""


def commands_without(*lines: list[str]) -> list[Ended]:
    """Run commands in such a process, one after the other."""
    ended = without(COMMANDS, json.dumps(lines))
    assert ended.status == 0, ended.err
    return [Ended(*result) for result in json.loads(ended.out)]


def test_runs_need_neither_matplotlib_nor_pygame() -> None:
    Path("pole.ini").write_text("[problem]\nkind = gymnasium\nenvironment = CartPole-v1\n")
    lines = {
        "run xor.ini --seed 1 --generations 3": "not solved after 3 generations",
        "show": "champion: Genome",
        "stats": "generation",
        "list": "xor-1",
        "lineage": "born in generation",
        "verify": "every one the same",
        "evaluate": "the same as in its run",
        "resume xor-1 --generations 4": "after 4 generations",
        "export --to champion.graphml": "champion.graphml: Genome",
        "run xor.ini --seeds 1,2 --jobs 1 --generations 2": "0 of 2 solved",
        "run pole.ini --seed 1 --generations 1 --set population.size=10": "after 1 generation: ",
        "play pole-1 --trace pole.csv": "pole.csv",
    }
    for (line, said), ended in zip(lines.items(), commands_without(*map(str.split, lines)), strict=True):
        assert ended.status == 0 and said in ended.out, (line, ended)


def test_drawings_and_plots_say_what_is_missing() -> None:
    made, *refused = commands_without(
        ["run", "xor.ini", "--seed", "1", "--generations", "3"],
        ["export", "--to", "champion.svg"],
        ["plot", "--to", "history.png"],
    )
    assert made.status == 0 and refused == [(2, "", MISSING)] * 2
    assert not Path("champion.svg").exists() and not Path("history.png").exists()


def test_playing_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")  # as if there were a screen
    Path("pole.ini").write_text("[problem]\nkind = gymnasium\nenvironment = CartPole-v1\n")
    made, film, network, window = commands_without(
        ["run", "pole.ini", "--seed", "1", "--generations", "1", "--set", "population.size=10"],
        ["play", "--video", "x.mp4"],
        ["play", "--network"],
        ["play"],
    )
    assert made.status == 0
    assert film == (2, "", "the package 'imageio_ffmpeg' is not installed (pip install 'neat-engine[video]')\n")
    assert network == (2, "", MISSING) and window.status == 2
    missing = "the package 'pygame' is not installed; pip install 'neat-engine[video]'"
    assert window.err == f"CartPole-v1: cannot be rendered ({missing})\n"


def test_python_without_matplotlib() -> None:
    ended = without("""
import neat

assert callable(neat.export.draw) and callable(neat.report.plot_run)
result = neat.run(neat.load("xor.ini", ["run.seed=1", "run.generations=2"]), out="run")
for draw in (neat.export.draw, lambda genome: neat.export.picture(genome, "svg")):
    try:
        draw(result.champion)
    except neat.NeatError as error:
        print(error)
with neat.History("run") as history:
    for plot in neat.report.PANELS.values():
        try:
            plot(history)
        except neat.NeatError as error:
            print(error)
""")
    assert (ended.status, ended.out) == (0, MISSING * 6)


def test_a_notebook_shows_text_without_matplotlib() -> None:
    """IPython displays an object as text if its `_repr_svg_` raises NotImplementedError."""
    ended = without("""
from IPython.core.formatters import DisplayFormatter

import neat

result = neat.run(neat.load("xor.ini", ["run.seed=1", "run.generations=2"]))
shown, _ = DisplayFormatter().format(result.champion)
assert shown == {"text/plain": repr(result.champion)}
shown, _ = DisplayFormatter().format(result)
print(shown["text/html"])
""")
    assert ended.status == 0 and ended.err == ""
    assert "<table>" in ended.out and "neat-engine[plots]" in ended.out and "<svg" not in ended.out
