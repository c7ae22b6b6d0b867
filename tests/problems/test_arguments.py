"""Wrong arguments of every problem are rejected by name, like keys of an INI file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neat
from neat.problems.function import FunctionProblem
from neat.problems.poles.problem import DoublePole, SinglePole

NAN, INF = float("nan"), float("inf")
ROWS, TARGETS = [[0.0, 1.0], [1.0, 0.0]], [0, 1]


def constant(network: object) -> float:
    return 1.0


def from_csv(path: Any = None, inputs: Any = ("a",), targets: Any = ("y",), **more: Any) -> neat.Dataset:
    return neat.Dataset.from_csv(path if path is not None else Path("x.csv"), inputs, targets, **more)


def dataset(inputs: Any = ROWS, targets: Any = TARGETS, **more: Any) -> neat.Dataset:
    return neat.Dataset(inputs, targets, **more)


def function(inputs: Any = 1, outputs: Any = 1, **more: Any) -> FunctionProblem:
    return neat.problem(inputs=inputs, outputs=outputs, **more)(constant)


def gymnasium(environment: Any = "CartPole-v1", **more: Any) -> neat.Gymnasium:
    return neat.Gymnasium(environment, **more)


SEVERAL = [3.5, object(), None, b"a", {"a": 1}, {"a"}, [1.5], [None], [["a"]], ["a", "a"], ["a\0"]]
THREADS = ["a", -1, 1.5, NAN, None, True, [1], 2**70, np.float64(1.0)]
NUMBER = ["yes", NAN, INF, [1], True, 1j, b"1", np.bool_(True), np.datetime64(1, "s"), 10**400]
COUNT = [0, -1, 1.5, NAN, "many", [3], True, 10**400, np.timedelta64(3, "s")]
SWITCH = ["maybe", 2, 0.0, NAN, [True], b"no", object()]
WORD = ["nonsense", 1, None, b"mse", ["mse"], NAN]
MEASURE = {"measure": WORD, "solved": [*NUMBER, "always"], "side": [*NUMBER, None], "threads": THREADS}
WRONG: list[tuple[Callable[..., Any], dict[str, list[Any]]]] = [
    (dataset, {
        "inputs": [
            None, "abc", 1.0, [["a"]], [[NAN, 1], [1, 2]], [[1], [2, 3]], [[[1]], [[2]]], object(), {"a": [1]},
            [[1j], [2]],
        ],
        "targets": [None, "abc", [1], [0, NAN], ["a", "b"], [0, 1e13], [b"a", b"b"], [[], []]],
        "input_names": [3, 0, *SEVERAL[:2], *SEVERAL[3:], ["a"], ["a", "b", "c"]],
        "target_names": [3, *SEVERAL[:2], *SEVERAL[3:], ["a", "b"]],
        **MEASURE,
    }),
    (from_csv, {
        "path": ["a\0.csv", "", "x.txt", 7, b"x.csv", "none.csv", "\ud800.csv", NAN],
        "inputs": [*SEVERAL, [], "y", ["b"]],
        "targets": [*SEVERAL, [], "a", ["b"]],
        **MEASURE,
    }),
    (neat.Multiplexer, {"address_bits": [*COUNT, 5, None], **MEASURE}),
    (SinglePole, {
        "max_steps": [*COUNT, None, 10**8],
        "start_angle": [*NUMBER, -0.1, 0.3, None],
        "bias_input": [*NUMBER, 2.0, None],
        "threads": THREADS,
    }),
    (DoublePole, {
        "velocities": [*SWITCH, None],
        "fitness": WORD,
        "max_steps": COUNT,
        "start_angle": [*NUMBER, -0.1, None],
        "damping_window": [*COUNT, None],
        "check_steps": [*COUNT, None],
        "generalisation": [-1, 626, 1.5, "most", None, True, NAN],
        "bias_input": [*NUMBER, -2.0, None],
        "threads": THREADS,
    }),
    (function, {
        "inputs": [0, -1, True, "a\0", 10**400, [], *SEVERAL],
        "outputs": [0, -1, True, "a\0", 10**400, [], *SEVERAL],
        "solved": NUMBER,
        "deterministic": SWITCH,
    }),
    (gymnasium, {
        "environment": [None, 7, "", "no", b"CartPole-v1", "a\0", object, "Nope-v0", "a b:C-v0"],
        "episodes": [*COUNT, None],
        "starts": WORD,
        "fitness": WORD,
        "quantile": [*NUMBER, -0.1, 1.1, None],
        "scaling": WORD,
        "hide": [9, -1, 1.5, None, object(), ["nothing"], ["0", "0"], {"0": 1}, [None], b"0"],
        "max_episode_steps": COUNT,
        "threshold": NUMBER,
        "validation_episodes": [*COUNT, None],
        "arguments": ["a=b", ["a=b"], 3, {"a": 1}, {1: 2}, object()],
        "threads": THREADS,
    }),
]  # fmt: skip


def cases() -> Iterator[Any]:
    for call, arguments in WRONG:
        for name, values in arguments.items():
            yield pytest.param(call, name, values, id=f"{getattr(call, '__name__', call)}-{name}")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_text("a,y\n0,1\n1,0\n")
    Path("x.txt").write_text("a,y\n0,1\n1,0\n")


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(("call", "name", "values"), list(cases()))
def test_wrong_arguments(call: Callable[..., Any], name: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(neat.NeatError) as caught:
            call(**{name: value})
            pytest.fail(f"{name} = {value!r} was accepted")
        assert caught.value.exit_status == 2
        assert len(str(caught.value)) < 2_000, "the value is repeated whole"


@pytest.mark.parametrize(
    ("call", "name", "value", "message"),
    [
        (dataset, "solved", NAN, r"^\[problem\] solved = nan: not finite \(none, sides or a finite number\)$"),
        (dataset, "threads", "a", r"^threads is 'a'; it must be a whole number from 0 to 1024"),
        (neat.Multiplexer, "measure", "mze", r"^\[problem\] measure = mze: unknown word \(.*did you mean 'mse'"),
        (function, "solved", "yes", r"^\[problem\] solved = yes: not a number \(none or a finite number\)$"),
        (function, "solved", [1], r"^\[problem\] solved = \[1\]: not a number"),
        (function, "deterministic", "maybe", r"^\[problem\] deterministic = maybe: not yes or no"),
        (gymnasium, "arguments", "a=b", r"^arguments = 'a=b': not a dict \(for example"),
        (from_csv, "path", "a\0.csv", r"^\[problem\] data = a\\x00\.csv: a line end or control character in it"),
        (from_csv, "targets", ["a"], r"targets = \['a'\]: a among the inputs too"),
    ],
)
def test_the_message_names_the_argument(call: Callable[..., Any], name: str, value: Any, message: str) -> None:
    with pytest.raises(neat.NeatError, match=message):
        call(**{name: value})


def test_threads_are_checked_wherever_they_are_given() -> None:
    population = neat.initialize(neat.Config(population={"size": 3}), inputs=1, outputs=1).population
    networks = neat.compile(population, threads=np.int64(1))
    for threads in THREADS:
        for call in (
            lambda threads: neat.compile(population, threads=threads),
            lambda threads: neat.activate_rows(networks, [[1.0]], threads=threads),
            lambda threads: neat.activate_each(networks, [[1.0]] * 3, threads=threads),
        ):
            with pytest.raises(neat.NeatError, match="^threads is .*; it must be a whole number from 0 to 1024"):
                call(threads)


def test_memory_and_generations_are_checked_as_their_keys(tmp_path: Path) -> None:
    problem = dataset()
    for memory in ("maybe", 2, None):
        with pytest.raises(neat.NeatError, match="^memory is .*; it must be True or False"):
            neat.check_problem(problem, memory=memory)
    neat.run(neat.Config(run={"seed": 1, "generations": 1}, population={"size": 3}), problem, out=tmp_path / "run")
    for generations in COUNT:
        with pytest.raises(neat.ConfigError, match=r"^\[run\] generations = "):
            neat.resume(tmp_path / "run", problem, generations=generations)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "made",
    [
        "Multiplexer(1)",
        "Dataset([[0], [1]], [0, 1])",
        "Dataset.from_csv('x.csv', ['a'], ['y'])",
        "problem(inputs=1, outputs=1)(len)",
        "Gymnasium('CartPole-v1')",
    ],
)
def test_every_problem_can_be_used_first(made: str) -> None:
    done = subprocess.run([sys.executable, "-c", f"import neat; neat.{made}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("table")
def test_numpy_values_and_texts_of_ini_files_are_accepted() -> None:
    made = neat.Multiplexer(np.int64(1), solved=np.float32(-0.5), side=np.float64(0.25), threads=np.int8(2))
    assert (made.solved, made.side, made.threads, len(made.inputs)) == (-0.5, 0.25, 2, 3)
    assert type(made.solved) is type(made.side) is float
    assert dataset(threads=np.int64(0)).threads == 0
    assert not function(deterministic="no").deterministic and function(deterministic=np.bool_(True)).deterministic
    assert function(solved=np.float64(2)).solved == 2.0 == function(solved="2").solved
    assert function(solved="none").solved is None and function(inputs=np.int32(2)).inputs == ("x1", "x2")
    pole = DoublePole(velocities=np.bool_(False), max_steps=np.int64(500), fitness="STEPS")
    assert not pole.keys.velocities and pole.keys.steps == 500 and pole.keys.fitness == "steps"
    assert from_csv("x.csv", "a", np.array(["y"])).outputs == ("y",)
    agent = gymnasium(threshold="none", max_episode_steps="auto", hide=1, starts="Fixed", episodes=np.int64(2))
    assert agent.threshold is None and agent.limit == 500 and len(agent.inputs) == 3 and agent.deterministic
    assert len(gymnasium(hide=np.array([0, 2])).inputs) == 2
