"""`neat init` and `neat evaluate`: a configuration for an environment, and its champion in new episodes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Neat

import neat as engine


@pytest.mark.parametrize(
    ("environment", "file", "words"),
    [
        ("CartPole-v1", "cart_pole.ini", ["pole angle from -0.41", "cart velocity, of any size", "# threshold = 475"]),
        ("MountainCarContinuous-v0", "mountain_car_continuous.ini", ["1 number", "force from -1 to 1"]),
        ("Pendulum-v1", "pendulum.ini", ["does not say when it is solved"]),
        ("CliffWalking-v1", "cliff_walking.ini", ["which of 48 states", "max_episode_steps = 1000 #"]),
    ],
)
def test_init_writes_a_configuration_that_runs(neat: Neat, environment: str, file: str, words: list[str]) -> None:
    ended = neat("init", environment)
    assert ended.status == 0 and ended.out == f"{file}\nrun it: neat run {file}\n"
    text = Path(file).read_text()
    assert all(word in text for word in words) and max(map(len, text.splitlines())) <= 120
    config = engine.load(file)
    assert config.problem == engine.Config(problem={**config.problem.to_dict(), "environment": environment}).problem
    few = ["--set", "population.size=5", "--set", "problem.max_episode_steps=9", "--generations", "1"]
    assert neat("run", file, "--quiet", *few).status == 0


def test_init_never_writes_over_a_file(neat: Neat) -> None:
    Path("mine.ini").write_text("precious")
    ended = neat("init", "CartPole-v1", "--out", "mine.ini")
    assert ended.status == 2 and "mine.ini: already exists" in ended.err
    assert Path("mine.ini").read_text() == "precious"
    ended = neat("init", "CartPole-v1", "--out", "nowhere/mine.ini")
    assert ended.status == 2 and "nowhere/mine.ini: cannot be written (No such file" in ended.err


def test_init_refuses_in_one_sentence(neat: Neat) -> None:
    for environment, words in (
        ("CartPol-v1", "did you mean 'CartPole-v1'"),
        ("Ant-v2", "no longer part"),
    ):
        ended = neat("init", environment)
        assert ended.status == 2 and words in ended.err and ended.err.count("\n") == 1
    assert not list(Path().glob("cart*.ini"))


def test_init_for_an_environment_in_a_file_beside_it(neat: Neat) -> None:
    Path("own").mkdir()
    Path("own/slope.py").write_text(
        "import gymnasium\n"
        "from gymnasium.envs.classic_control import MountainCarEnv\n"
        "gymnasium.register('Slope-v0', MountainCarEnv, max_episode_steps=20)\n"
    )
    ended = neat("init", "slope:Slope-v0", "--out", "own/slope.ini")
    assert ended.status == 0 and "environment = slope:Slope-v0\n" in Path("own/slope.ini").read_text()
    assert neat("run", "own/slope.ini", "--quiet", "--generations", 1, "--set", "population.size=5").status == 0
    ended = neat("init", "slop:Slope-v0")
    assert ended.status == 2 and "there is no slop.py and no installed module 'slop'" in ended.err


def test_init_writes_no_minus_before_a_zero(neat: Neat) -> None:
    Path("level.py").write_text(
        "import gymnasium, numpy\n"
        "class Level(gymnasium.Env):\n"
        "    observation_space = gymnasium.spaces.Box(-0.0, 1.0, (1,))\n"
        "    action_space = gymnasium.spaces.Discrete(2)\n"
        "gymnasium.register('Level-v0', Level)\n"
    )
    assert neat("init", "level:Level-v0").status == 0
    assert "#   observation[0] from 0 to 1\n" in Path("level.ini").read_text()


def test_evaluate_a_run(neat: Neat, folder: Path) -> None:
    neat("init", "CartPole-v1", "--out", "pole.ini")
    neat("run", "pole.ini", "--seed", 3, "--quiet")
    told = json.loads(neat("evaluate", "--json").out)
    assert told["run"] == "runs/pole-1" and told["episodes"] == 100 and told["seed"] == 0
    assert told["solved"] is True and told["mean"] >= told["threshold"] == 475.0
    assert told["minimum"] <= told["mean"] <= 500.0 and told["sd"] >= 0.0
    few = neat("evaluate", "pole-1", "--episodes", 7, "--seed", 5)
    assert few.out.startswith("runs/pole-1: 7 episodes that the run never saw (seed 5)\nmean ")
    assert few.out.endswith("solved (the threshold is 475)\n")
    assert neat("evaluate", "pole-1", "--episodes", 7, "--seed", 5).out == few.out


def test_evaluate_says_when_it_is_not_solved(neat: Neat) -> None:
    neat("init", "CartPole-v1", "--out", "pole.ini")
    neat("run", "pole.ini", "--seed", 1, "--quiet", "--generations", 1, "--set", "population.size=3")
    told = json.loads(neat("evaluate", "--json", "--episodes", 10).out)
    assert told["solved"] is False and told["mean"] < 475.0


def test_evaluate_other_problems(neat: Neat) -> None:
    neat("run", "xor.ini", "--seed", 1, "--quiet")
    told = neat("evaluate").out.splitlines()
    assert told[0].startswith("runs/xor-1: fitness ") and told[1] == "solved"
    Path("task.py").write_text(
        "import neat\n\n@neat.problem(inputs=1, outputs=1, solved=0.1)\n"
        "def fitness(network, rng):\n    return rng.random()\n"
    )
    Path("task.ini").write_text("[problem]\nkind = task:fitness\n[population]\nsize = 5\n[run]\ngenerations = 1\n")
    assert neat("run", "task.ini", "--seed", 1, "--quiet").status == 0
    refused = neat("evaluate", "task-1")
    assert refused.status == 2 and "it names code, task:fitness" in refused.err and "--trust" in refused.err
    told = json.loads(neat("evaluate", "task-1", "--trust", "--json").out)
    assert told["episodes"] == 100 and told["threshold"] == 0.1 and told["solved"] is True
    assert 0.4 < told["mean"] < 0.6 and 0.2 < told["sd"] < 0.4


def test_evaluate_refuses_in_one_sentence(neat: Neat, folder: Path) -> None:
    assert neat("evaluate", "nothing").status == 2
    neat("run", "xor.ini", "--generations", 1, "--quiet", "--seed", 1)
    champion = folder / "runs" / "xor-1" / "champion.json"
    other = engine.Genome(3, 1).to_json()
    for text, words in (("{", "champion.json: "), (other, "has 3 inputs and 1 outputs, the problem 2")):
        champion.write_text(text)
        ended = neat("evaluate", "xor-1")
        assert ended.status == 2 and words in ended.err and "Traceback" not in ended.err
    champion.unlink()
    assert "has no champion yet" in neat("evaluate", "xor-1").err


def test_a_range_of_observations_is_needed(neat: Neat, folder: Path) -> None:
    Path("car.ini").write_text(
        "[problem]\nkind = gymnasium\nenvironment = MountainCar-v0\nscaling = running\nmax_episode_steps = 9\n"
        "[population]\nsize = 4\n[run]\ngenerations = 2\n"
    )
    neat("run", "car.ini", "--seed", 1, "--quiet")
    champion = folder / "runs" / "car-1" / "champion.json"
    form = json.loads(champion.read_text())
    champion.write_text(json.dumps({**form, "needs": {"low": [-1.0, -0.01], "high": [0.0, 0.01]}}))
    assert neat("evaluate", "car-1", "--episodes", 3).status == 0
    form = {name: value for name, value in form.items() if name != "needs"}
    champion.write_text(json.dumps({**form, "generation": 2}))
    assert "by which range of observations" in neat("evaluate", "car-1").err
