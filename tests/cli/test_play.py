"""`neat play`: a champion in a window, in a film and as a trace; every picture and every step is there."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import gymnasium
import imageio.v3 as imageio
import numpy as np
import pytest
from commands import COMMAND, Neat
from numpy.typing import NDArray

import neat as engine
from neat.core.randomness import AFTER_ALL_RUNS, Purpose, Randomness
from neat.problems.gymnasium.episode import frame_rate
from neat.problems.moments import FRAMES
from neat.runs.play import player_of_run

DOT = """
import numpy as np

import neat


class Dot(neat.Problem):
    inputs, outputs = ("where",), ("speed",)
    pictures, wrong, ends = 7, None, None

    def evaluate(self, networks, context):
        start = context.rng.generator().uniform(-1.0, 1.0)
        return neat.Evaluation(np.array([-abs(start + network([start])[0]) for network in networks]))

    def render(self, network, seed, preprocessing):
        where = np.random.default_rng(seed).uniform(-1.0, 1.0)
        for step in range(self.pictures):
            picture = np.full((33, 51, 3), 255, np.uint8)
            picture[:, int(20 * where) + 25] = 0, 114, 178
            if self.ends == step:
                raise SystemExit
            yield picture if self.wrong is None else self.wrong
            where = float(np.clip(where + 0.1 * network([where])[0], -1.0, 1.0))


class Still(Dot):
    def render(self, network, seed, preprocessing):
        yield from [np.zeros((20, 20, 3), np.uint8)] * 6 + [np.full((20, 20, 3), 200, np.uint8)] * 3


class Blank(Dot):
    pictures = 0


class Wrong(Dot):
    wrong = np.zeros((20, 20))


class Failing(Dot):
    wrong = property(lambda self: 1 / 0)


class Ending(Dot):
    ends = 3


class Growing(Dot):
    def render(self, network, seed, preprocessing):
        for size in (20, 22):
            yield np.zeros((size, size, 3), np.uint8)


class Unseen(neat.Problem):
    inputs, outputs, evaluate = Dot.inputs, Dot.outputs, Dot.evaluate
"""
CLOSING = """
import pygame
import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv


class Closing(CartPoleEnv):
    def step(self, action):
        if pygame.display.get_init():
            pygame.event.post(pygame.event.Event(pygame.QUIT))
        return super().step(action)


class Dark(CartPoleEnv):
    metadata = {"render_modes": ["ansi"]}


for kind in (Closing, Dark):
    if f"{kind.__name__}-v0" not in gymnasium.registry:  # from an earlier test
        gymnasium.register(f"{kind.__name__}-v0", kind, max_episode_steps=50)
"""


@pytest.fixture(autouse=True)
def _no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the screen away; what a command sets is undone, too."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "MUJOCO_GL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SDL open windows that nobody sees."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


def run(neat: Neat, name: str, environment: str, *settings: str) -> None:
    """Make a short run `name` with an environment."""
    Path(f"{name}.ini").write_text(
        f"[problem]\nkind = gymnasium\nenvironment = {environment}\n[run]\ngenerations = 2\n[population]\nsize = 12\n"
    )
    options = [part for setting in settings for part in ("--set", setting)]
    ended = neat("run", f"{name}.ini", "--seed", 1, "--quiet", "--out", f"runs/{name}", *options)
    assert ended.status == 0, ended.err


def run_of_mine(neat: Neat, kind: str = "Dot") -> None:
    """Make a run `mine` with a problem of a user's own, in place of an earlier one."""
    if Path("runs/mine").exists():
        neat("remove", "mine", "--yes")
    Path("mine.py").write_text(DOT)
    Path("mine.ini").write_text(f"[problem]\nkind = mine:{kind}\n[run]\ngenerations = 1\n[population]\nsize = 5\n")
    ended = neat("run", "mine.ini", "--seed", 1, "--quiet", "--out", "runs/mine")
    assert ended.status == 0, ended.err


def film_of(file: str) -> NDArray[np.uint8]:
    """Return all pictures of a film: uint8 (F, height, width, 3)."""
    return imageio.imread(file) if file.endswith(".gif") else imageio.imread(file, plugin="FFMPEG")


def steps_in(text: str) -> list[int]:
    """Return the numbers of steps that a command printed."""
    return [int(number) for number in re.findall(r"^episode \d+: (\d+) steps?, reward ", text, re.MULTILINE)]


def different(film: NDArray[np.uint8]) -> int:
    return len({picture.tobytes() for picture in film})


@pytest.mark.parametrize("suffix", ["mp4", "gif"])
@pytest.mark.parametrize("environment", ["CartPole-v1", "LunarLander-v3"])
def test_a_film_has_every_moment(neat: Neat, environment: str, suffix: str) -> None:
    run(neat, "agent", environment, "problem.max_episode_steps=25")
    ended = neat("play", "agent", "--episodes", 2, "--seed", 4, "--video", f"film.{suffix}")
    assert ended.status == 0 and ended.out.endswith(f"film.{suffix}\n") and ended.err == ""
    steps = steps_in(ended.out)
    film = film_of(f"film.{suffix}")
    assert len(steps) == 2 and len(film) == sum(steps) + 2 and film.shape[1:] == (400, 600, 3)
    assert different(film) > 0.5 * len(film)
    if suffix == "gif":  # MP4 changes colours
        pictures = [moment.frame for moment in player_of_run("runs/agent").play(2, 4, FRAMES)]
        assert np.abs(film.astype(int) - np.array(pictures)).max() <= 8
    else:
        assert imageio.immeta("film.mp4", plugin="FFMPEG")["fps"] == 50


@pytest.mark.parametrize("suffix", ["mp4", "gif"])
def test_equal_pictures_are_all_kept(neat: Neat, suffix: str) -> None:
    run_of_mine(neat, "Still")
    ended = neat("play", "mine", "--trust", "--video", f"still.{suffix}", "--episodes", 2)
    assert ended == (0, f"episode 1: 9 pictures\nepisode 2: 9 pictures\nstill.{suffix}\n", "")
    film = film_of(f"still.{suffix}")
    assert len(film) == 18
    assert np.abs(film[:, 10, 10, 0] - np.array([*[0.0] * 6, *[200.0] * 3] * 2)).max() < 6


def test_the_network_beside_it_lights_up(neat: Neat) -> None:
    run(neat, "agent", "CartPole-v1")
    assert neat("play", "agent", "--video", "plain.gif").status == 0
    assert neat("play", "agent", "--video", "both.gif", "--network").status == 0
    plain, both = film_of("plain.gif"), film_of("both.gif")
    assert len(plain) == len(both) and both.shape[1] == 400 and both.shape[2] > 800 and both.shape[2] % 2 == 0
    panel = both[:, :, 600:]
    assert different(panel) > len(panel) // 2
    changing = (panel != panel[0]).any(axis=(0, 3))
    assert 0.005 < changing.mean() < 0.5  # the nodes, not the whole panel


def test_a_problem_of_ones_own(neat: Neat) -> None:
    run_of_mine(neat)
    refused = neat("play", "mine", "--video", "dot.gif")
    assert refused.status == 2 and "it names code, mine:Dot" in refused.err and "--trust" in refused.err
    ended = neat("play", "mine", "--trust", "--video", "dot.gif", "--trace", "dot.csv", "--episodes", 2, "--seed", 3)
    assert ended == (0, "episode 1: 7 pictures\nepisode 2: 7 pictures\ndot.gif\ndot.csv\n", "")
    film = film_of("dot.gif")
    assert film.shape == (14, 34, 52, 3)  # 33 x 51, made even
    assert (film[:, 33] == film[:, 32]).all() and (film[:, :, 51] == film[:, :, 50]).all()
    with open("dot.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:2] == ["episode", "picture"] and len(rows) == 14
    assert {name for name in rows[0] if not name.startswith("hidden")} == {
        "episode", "picture", "input where", "bias", "output speed",
    }  # fmt: skip
    network = engine.compile(engine.Genome.from_json(Path("runs/mine/champion.json").read_text()))
    for number, row in enumerate(rows):
        begun = number % 7 > 0
        assert bool(row["input where"]) == begun  # nothing was computed before the first picture
        if begun:
            assert float(row["output speed"]) == network([float(row["input where"])])[0]
    assert neat("play", "mine", "--trust", "--video", "dot.mp4", "--network").status == 0
    assert film_of("dot.mp4").shape[:2] == (7, 240)  # a panel that can be read is higher than this picture


def test_a_trace_is_what_an_independent_replay_gives(neat: Neat) -> None:
    run(neat, "agent", "CartPole-v1", "network.memory=yes", "problem.hide=cart velocity", "mutation.add_node=0.9")
    ended = neat("play", "agent", "--trace", "trace.csv", "--episodes", 3, "--seed", 7)
    assert ended.status == 0 and not Path("trace.csv").read_text().count("nan")
    with open("trace.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(steps_in(ended.out))
    genome = engine.Genome.from_json(Path("runs/agent/champion.json").read_text())
    names = list(rows[0])
    assert names[:6] == [
        "episode", "step", "observation cart position", "observation pole angle", "observation pole velocity",
        "input cart position",
    ]  # fmt: skip
    assert names[-4:] == ["output left", "output right", "action", "reward"]
    assert [int(name.split()[1]) for name in names if name.startswith("hidden ")] == genome.column("node")[6:].tolist()
    problem = engine.Gymnasium("CartPole-v1", hide=["cart velocity"])
    (low, high) = (problem.ranges({})[name][1] for name in ("low", "high"))
    environment = gymnasium.make("CartPole-v1")
    network = engine.compile(genome)
    place = iter(rows)
    for episode, seed in enumerate(problem.test_seeds(7, 3), 1):
        network.reset()
        observation, _ = environment.reset(seed=seed)
        over, step = False, 0
        while not over:
            row, step = next(place), step + 1
            assert (row["episode"], row["step"]) == (str(episode), str(step))
            assert [float(row[f"observation {name}"]) for name in problem.inputs] == observation[[0, 2, 3]].tolist()
            outputs = network([float(row[f"input {name}"]) for name in problem.inputs])
            assert float(row["input pole angle"]) == pytest.approx(
                (observation[2] * 2 - low - high) / (high - low), rel=1e-6, abs=1e-9
            )
            assert [float(row["output left"]), float(row["output right"])] == outputs.tolist()
            for node, value in zip(genome.column("node")[6:], network.node_values()[6:], strict=True):
                assert row[f"hidden {node}"] == ("" if np.isnan(value) else repr(float(value)))
            assert int(row["action"]) == int(outputs[1] > outputs[0])
            observation, reward, terminated, truncated, _ = environment.step(int(row["action"]))
            assert float(row["reward"]) == reward
            over = terminated or truncated
    assert next(place, None) is None


@pytest.mark.parametrize("environment", ["CartPole-v1", "LunarLander-v3", "Pendulum-v1"])
def test_rewards_are_those_of_evaluate(neat: Neat, environment: str) -> None:
    run(neat, "agent", environment, "problem.max_episode_steps=60", "problem.scaling=running")
    found = engine.evaluate_run("runs/agent", 11, 5).values
    ended = neat("play", "agent", "--trace", "trace.csv", "--episodes", 11, "--seed", 5)
    printed = re.findall(r"reward (.+)$", ended.out, re.MULTILINE)
    assert printed == [f"{value:.6g}" for value in found]
    player = player_of_run("runs/agent")
    for mode, episodes in ((None, 11), (FRAMES, 2)):  # rendering changes nothing
        totals = {moment.episode: moment.total for moment in player.play(episodes, 5, mode)}
        assert list(totals.values()) == found[:episodes].tolist()


def test_an_action_of_values_is_traced_by_name(neat: Neat) -> None:
    run(neat, "agent", "Pendulum-v1", "problem.max_episode_steps=5")
    assert neat("play", "agent", "--trace", "trace.csv").status == 0
    with open("trace.csv", newline="") as file:
        (row, *_) = csv.DictReader(file)
    assert -2.0 <= float(row["action torque"]) <= 2.0 and "output torque" in row


@pytest.mark.parametrize(
    ("metadata", "rate"),
    [({"render_fps": 12}, 12.0), ({"render_fps": np.float32(7.5)}, 7.5), ({}, 30.0), (None, 30.0)]
    + [({"render_fps": wrong}, 30.0) for wrong in (0, -3, float("nan"), "fast", None, [20, 30])],
)
def test_the_frame_rate_is_that_of_the_metadata(metadata: object, rate: float) -> None:
    assert frame_rate(SimpleNamespace(metadata=metadata)) == rate


def test_seeds_of_a_film_are_those_of_evaluate() -> None:
    problem = engine.Gymnasium("CartPole-v1")
    rng = Randomness(3, AFTER_ALL_RUNS, Purpose.VALIDATION)
    assert problem.test_seeds(3, 4) == problem.seeds(rng, 4, validation=True)


def test_a_film_replaces_another_only_when_it_is_complete(neat: Neat) -> None:
    Path("film.gif").write_text("precious")
    Path("trace.csv").write_text("precious")
    for kind, status, words in (
        ("Blank", 1, "Blank, in episode 1 (seed 0): render yielded no picture"),
        ("Wrong", 1, "Wrong, in episode 1 (seed 0): a picture is float64 of shape (20, 20); it must be uint8 of shape"),
        ("Failing", 1, "the problem raised ZeroDivisionError: division by zero when the champion was shown"),
        ("Ending", 130, "the problem called sys.exit() when the champion was shown"),
        ("Growing", 2, "film.gif: a picture has 22 x 22 pixels, and the first one 20 x 20"),
        ("Unseen", 2, "nothing can be shown of Unseen, since it has no method render"),
    ):
        run_of_mine(neat, kind)
        ended = neat("play", "mine", "--trust", "--video", "film.gif", "--trace", "trace.csv")
        assert ended.status == status and words in ended.err, kind
        assert Path("film.gif").read_text() == Path("trace.csv").read_text() == "precious"
        assert not list(Path().glob(".film*")) and not list(Path().glob(".trace*"))
    run_of_mine(neat)
    assert neat("play", "mine", "--trust", "--video", "film.gif").status == 0
    assert len(film_of("film.gif")) == 7


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--video", "x.avi"], "x.avi: a film can only be saved as one of .mp4, .gif"),
        (["--video", "x.mp5"], "x.mp5: a film can only be saved as one of .mp4, .gif; did you mean '.mp4'?"),
        (["--video", "x"], "x: a film can only be saved as one of .mp4, .gif"),
        (["--video", "none/x.mp4"], "none/x.mp4: cannot be written (No such file or directory)"),
        (["--video", "runs.gif"], "runs.gif: cannot be written (it is a folder, not a plain file)"),
        (["--trace", "x.txt"], "x.txt: a trace can only be saved as .csv"),
        (["--trace", "none/x.csv"], "none/x.csv: cannot be written (No such file or directory)"),
        (["--trace", "x.csv", "--network"], "--network: there is no picture to draw it beside (add --video"),
        (["--video", "x.gif", "--episodes", "0"], "--episodes 0: must be a whole number from 1"),
        (["--video", "x.gif", "--seed", "-1"], "--seed -1: must be a whole number from 0"),
        ([], "there is no screen here to open a window on; film it instead: neat play agent --video FILE.mp4"),
        (["--network"], "there is no screen here to open a window on; film it instead: neat play agent --video"),
    ],
)
def test_a_mistake_is_reported_in_a_sentence(neat: Neat, arguments: list[str], said: str) -> None:
    run(neat, "agent", "CartPole-v1", "problem.max_episode_steps=5")
    Path("runs.gif").mkdir()
    ended = neat("play", "agent", *arguments)
    assert ended.status == 2 and ended.out == ""
    assert ended.err.startswith(said) and ended.err.count("\n") == 1
    assert not [file for file in Path().iterdir() if file.name.startswith((".", "x."))]


def test_what_cannot_be_shown_is_refused(neat: Neat, window: None) -> None:
    neat("run", "xor.ini", "--seed", 1, "--generations", 1, "--quiet")
    ended = neat("play", "xor-1", "--video", "x.gif")
    assert ended.status == 2 and "runs/xor-1: nothing can be shown of Dataset, since it has no method" in ended.err
    assert neat("play", "nothing", "--video", "x.gif").err.startswith("'nothing': no such run")
    Path("closing.py").write_text(CLOSING)
    run(neat, "dark", "closing:Dark-v0")
    for arguments in (["--video", "x.gif"], ["--network"], []):
        ended = neat("play", "dark", "--trust", *arguments)
        assert ended.status == 2 and ended.err == (
            "Dark-v0: cannot be shown; it has no render mode rgb_array (it has: ansi)\n"
        )
    assert neat("play", "dark", "--trust", "--trace", "x.csv").status == 0
    assert not Path("x.gif").exists()


def test_a_window(neat: Neat, window: None) -> None:
    run(neat, "agent", "CartPole-v1", "problem.max_episode_steps=9")
    for arguments in ([], ["--network"]):
        ended = neat("play", "agent", *arguments, "--episodes", 2)
        assert ended.status == 0 and len(steps_in(ended.out)) == 2 and ended.err == ""
    run_of_mine(neat)
    assert neat("play", "mine", "--trust").out == "episode 1: 7 pictures\n"


@pytest.mark.parametrize("arguments", [[], ["--network"]])
def test_closing_the_window_is_an_interruption(neat: Neat, window: None, arguments: list[str]) -> None:
    Path("closing.py").write_text(CLOSING)
    run(neat, "closing", "closing:Closing-v0")
    ended = neat("play", "closing", "--trust", *arguments)
    assert (ended.status, ended.out, ended.err) == (130, "", "the window was closed\ninterrupted\n")


def test_a_screen_that_does_not_answer(neat: Neat, monkeypatch: pytest.MonkeyPatch) -> None:
    run(neat, "agent", "CartPole-v1", "problem.max_episode_steps=5")
    monkeypatch.setenv("DISPLAY", ":97531")
    for arguments in ([], ["--network"]):
        ended = neat("play", "agent", *arguments)
        assert ended.status == 2 and "no window can be opened (" in ended.err and "--video FILE.mp4" in ended.err


def test_an_interrupted_film_leaves_nothing(neat: Neat) -> None:
    run(neat, "agent", "CartPole-v1")
    Path("film.mp4").write_text("precious")
    command = [*COMMAND, "play", "agent", "--video", "film.mp4", "--network", "--episodes", "500"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None and process.stdout.readline().startswith("episode 1: ")
        time.sleep(0.1)  # in the middle of an episode
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and err == "interrupted\n"
    assert Path("film.mp4").read_text() == "precious" and not list(Path().glob(".film*"))
