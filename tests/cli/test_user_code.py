"""Users' own problems on the command line: they exit, change the current folder, or are broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Neat
from crashing import contents

from neat.store.history import History

GAME = """
import os, sys
from pathlib import Path
import neat

HERE = Path(__file__).parent

class Game(neat.Problem):
    inputs, outputs = ("a",), ("y",)

    def __init__(self, closed="3"):
        self.closed = int(closed)

    def evaluate(self, networks, context):
        with (HERE / "asked").open("a") as file:
            print(context.rng.generation, len(networks), file=file)
        if context.rng.generation == self.closed and not (HERE / "stays open").exists() and context.rng.seed != 0:
            sys.exit("window closed")
        return neat.Evaluation(context.rng.uniform(networks.key, 0))
"""
INI = "[problem]\nkind = {kind}\n[run]\ngenerations = 6\nseed = 1\n[population]\nsize = 9\n"


@pytest.fixture
def game(folder: Path) -> Path:
    """Return the folder with a game whose window is closed in generation 3, unless a file says otherwise."""
    (folder / "game.py").write_text(GAME)
    (folder / "game.ini").write_text(INI.format(kind="game:Game"))
    return folder


def test_a_closed_window_interrupts_a_run_which_can_be_resumed(neat: Neat, game: Path) -> None:
    ended = neat("run", "game.ini")
    assert ended.status == 130 and ended.err.splitlines() == [
        "the problem called sys.exit() in generation 3",
        "interrupted after 2 generations; champion so far: runs/game-1/champion.json",
        "continue it: neat resume runs/game-1 --trust",
    ]
    assert (game / "asked").read_text().splitlines() == ["1 9", "2 9", "3 9"]
    with History(game / "runs" / "game-1") as history:
        assert (history.status, history.last) == ("interrupted", 2)
    again = neat("resume", "game-1", "--trust")
    assert again.status == 130 and "interrupted after 2 generations" in again.err
    assert neat("verify", "game-1", "--trust").status == 0
    (game / "stays open").touch()
    assert neat("resume", "game-1", "--trust", "--quiet").status == 0
    assert neat("run", "game.ini", "--quiet").status == 0
    one, two = (contents(game / "runs" / name) for name in ("game-1", "game-2"))
    assert {**one, "run": []} == {**two, "run": []}
    (game / "stays open").unlink()
    ended = neat("verify", "game-2", "--trust")
    assert ended.status == 130 and "interrupted; the run is unchanged" in ended.err


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_closed_window_interrupts_a_batch_which_keeps_its_rows(neat: Neat, game: Path, jobs: int) -> None:
    ended = neat("run", "game.ini", "--seeds", "0..3" if jobs == 1 else "1..2", "--jobs", jobs, "--out", "all")
    assert ended.status == 130 and "the problem called sys.exit()" in ended.err and "Traceback" not in ended.err
    assert f"interrupted: {2 - jobs} of {6 - 2 * jobs} runs are in all\nto continue: neat run" in ended.err
    (game / "stays open").touch()
    ended = neat("run", "game.ini", "--seeds", "0..1", "--jobs", 1, "--out", "all")
    assert ended.status == 0 and "ERROR" not in ended.out


@pytest.mark.parametrize(
    ("call", "status", "message"),
    [
        ("sys.exit", 130, "the problem called sys.exit() when the champion was evaluated\ninterrupted\n"),
        ("raise OSError", 1, "the problem raised OSError: window closed for genome"),
    ],
)
def test_a_problem_may_end_neat_evaluate(neat: Neat, folder: Path, call: str, status: int, message: str) -> None:
    text = GAME.replace("context.rng.generation == self.closed", "context.generation > 99").replace(
        " and context.rng.seed != 0", ""
    )
    (folder / f"late{status}.py").write_text(text.replace("sys.exit", call))
    (folder / "late.ini").write_text(INI.format(kind=f"late{status}:Game"))
    assert neat("run", "late.ini", "--quiet").status == 0
    ended = neat("evaluate", "late-1", "--trust")
    assert (ended.status, ended.out) == (status, "")
    assert message in ended.err and "/neat/" not in ended.err


MOVER = """
import os
from pathlib import Path
import neat

AWAY = Path(__file__).parent / "away"
AWAY.mkdir(exist_ok=True)
if {first}:
    os.chdir(AWAY)

@neat.problem(inputs=1, outputs=1)
def moving(network, rng):
    os.chdir(AWAY)
    return float(rng.random())
"""


@pytest.mark.parametrize("first", [True, False], ids=["when it is imported", "when it is evaluated"])
def test_a_problem_may_change_the_current_folder(
    neat: Neat, folder: Path, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    name = f"mover_{first}".lower()
    (folder / f"{name}.py").write_text(MOVER.format(first=first))
    (folder / f"{name}.ini").write_text(INI.format(kind=f"{name}:moving"))
    for arguments in (
        ("run", f"{name}.ini"), ("resume", f"{name}-1", "--generations", 8), ("resume", f"{name}-1", "--from", 2),
        ("evaluate", f"{name}-1"), ("verify", f"{name}-1"), ("explain", f"{name}-1", 2),
        ("run", f"{name}.ini", "--seeds", "0..1", "--jobs", 1), ("run", f"{name}.ini", "--out", "there"),
        ("run", f"{name}.ini", "--seeds", "0..1", "--jobs", 1, "--out", "batch"),
    ):  # fmt: skip
        monkeypatch.chdir(folder)
        trust = ["--trust"] if arguments[0] != "run" else []
        if first:
            __import__("sys").modules.pop(name, None)
        ended = neat(*arguments, *trust)
        assert ended.status == 0, ended.err
    assert not list((folder / "away").iterdir())
    for made in (f"runs/{name}-1", f"runs/{name}-1-from-2-1", "there"):
        assert {"config.ini", "champion.json", "run.sqlite"} <= {file.name for file in (folder / made).iterdir()}
    for made in (f"runs/{name}-seeds-1", "batch"):
        assert {"config.ini", "champion-1.json", "table.csv", "summary.json"} <= {
            file.name for file in (folder / made).iterdir()
        }


def test_neat_check_tries_an_environment(neat: Neat, folder: Path) -> None:
    (folder / "worlds.py").write_text(
        "import gymnasium, numpy as np\n"
        "class World(gymnasium.Env):\n"
        "    observation_space = gymnasium.spaces.Box(-1.0, 1.0, (2,))\n"
        "    action_space = gymnasium.spaces.Discrete(2)\n"
        "    def __init__(self, fault='no'):\n"
        "        self.fault = fault\n"
        "    def reset(self, *, seed=None, options=None):\n"
        "        super().reset(seed=seed)\n"
        "        return np.full(2, 2.0 if self.fault == 'bounds' else 0.0, np.float32), {}\n"
        "    def step(self, action):\n"
        "        info = () if self.fault == 'tuple' else ({},)\n"
        "        return np.zeros(2, np.float32), 1.0, True, False, *info\n"
        "gymnasium.register('World-v0', World)\n"
    )
    (folder / "world.ini").write_text("[problem]\nkind = gymnasium\nenvironment = worlds:World-v0\n")
    fine = neat("check", "world.ini")
    assert fine.status == 0 and fine.out.startswith("world.ini is valid\n") and fine.err == ""
    doubtful = neat("check", "world.ini", "--set", "problem.option.fault=bounds")
    assert doubtful.status == 0 and "is valid" in doubtful.out
    assert doubtful.err.startswith("warning: World-v0: an observation lies outside its observation_space ([2.0, 2.0]")
    broken = neat("check", "world.ini", "--set", "problem.option.fault=tuple")
    assert broken.status == 2 and broken.out == ""
    assert broken.err.startswith("World-v0: step returned a tuple of 4 values; it must return (observation, reward")


def test_evaluating_a_table_says_what_it_is(neat: Neat, folder: Path) -> None:
    neat("run", "xor.ini", "--seed", 1, "--quiet")
    ended = neat("evaluate")
    assert ended.out.splitlines()[0].endswith(f" on the 4 rows of {folder / 'xor.csv'}, the same as in its run")
    for options, words in (
        (("--episodes", 3), "--episodes: the problem is deterministic and always gives the champion the same fitness"),
        (("--seed", 0), "--seed: "),
        (("--episodes", 3, "--seed", 4, "--json"), "--episodes and --seed: "),
    ):
        refused = neat("evaluate", *options)
        assert refused.status == 2 and refused.out == "" and refused.err.startswith(words)
    assert json.loads(neat("evaluate", "--json").out)["episodes"] == 1
    Path("plexer.ini").write_text("[problem]\nkind = multiplexer\naddress_bits = 1\n[run]\ngenerations = 1\n")
    neat("run", "plexer.ini", "--quiet")
    assert " on all 8 rows of the multiplexer, the same as in its run\n" in neat("evaluate", "plexer-1").out
    Path("level.py").write_text(
        "import neat\n@neat.problem(inputs=1, outputs=1)\ndef level(network):\n    return network([1.0])\n"
    )
    Path("level.ini").write_text(INI.format(kind="level:level"))
    neat("run", "level.ini", "--quiet")
    assert " in every evaluation, the same as in its run\n" in neat("evaluate", "level-1", "--trust").out


def test_a_fitness_that_depends_on_chance_is_shown_with_how_it_was_measured(neat: Neat, game: Path) -> None:
    (game / "stays open").touch()
    (game / "pendulum.ini").write_text(
        "[problem]\nkind = gymnasium\nenvironment = Pendulum-v1\nepisodes = 3\nmax_episode_steps = 5\n"
        "[run]\ngenerations = 2\nseed = 1\n[population]\nsize = 5\n"
    )
    for name, words in (
        ("pendulum", '(in 3 episodes; "neat evaluate runs/pendulum-1" plays 100 more)'),
        ("game", '(in one evaluation; "neat evaluate runs/game-1 --trust" makes 100 more)'),
    ):
        made = neat("run", f"{name}.ini", "--quiet", "--set", "run.retest=0").out.splitlines()[0]
        number = made.partition(" (in ")[0].rpartition(" ")[2]
        assert made.partition(number)[2].startswith(f" {words}, ")
        assert neat("show", f"{name}-1").out.splitlines()[0].endswith(words)
        for options in ((), ("--generations", 7)):
            assert f"{words}, " in neat("resume", f"{name}-1", "--quiet", "--trust", *options).out
        assert words not in neat("run", f"{name}.ini", "--json").out
    neat("run", "xor.ini", "--quiet", "--seed", 1)
    assert " (in " not in neat("show", "xor-1").out.splitlines()[0]
    one = neat("run", "pendulum.ini", "--set", "problem.episodes=1", "--set", "run.retest=0", "--quiet").out
    assert " (in one episode; " in one
