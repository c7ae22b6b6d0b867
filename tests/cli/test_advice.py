"""Following the advice in an error message leads to success."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from commands import Neat
from gymnasium import spaces

import neat as engine
from neat.problems.protocol import Problem

CONFIG = engine.Config(run={"seed": 1, "generations": 3}, population={"size": 10})
TABLE = engine.Dataset([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0])
OWN = """\
import neat

class Parity(neat.Problem):
    inputs, outputs, deterministic = ("a",), ("y",), True

    def evaluate(self, networks, context):
        return neat.Evaluation([float(network([1.0])[0]) for network in networks])
"""


def refusal(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    with pytest.raises(engine.NeatError) as refused:
        call(*arguments, **named)
    return "\n".join([str(refused.value), *getattr(refused.value, "__notes__", ())])


def named_in(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, text
    return found[1]


def damage(folder: Path, generation: int) -> None:
    connection = sqlite3.connect(folder / "run.sqlite")
    where = "WHERE generation = ? AND owner = 'state' AND name = 'population.weight'"
    (data,) = connection.execute(f"SELECT data FROM array {where}", (generation,)).fetchone()
    spoilt = bytes([data[0] ^ 1]) + data[1:]
    connection.execute(f"UPDATE array SET data = ? {where}", (spoilt, generation))
    connection.commit()
    connection.close()


def interrupted(config: engine.Config, problem: Any, folder: Path, after: int) -> None:
    def stop(generation: engine.Generation) -> None:
        if generation.number == after:
            raise KeyboardInterrupt

    with pytest.raises(engine.Interrupted):
        engine.run(config, problem, folder, stop)


def test_a_problem_passed_from_python_is_passed_again(folder: Path, neat: Neat) -> None:
    interrupted(CONFIG, TABLE, folder / "run", 1)
    for line in ("resume run", "verify run", "explain run 1", "evaluate run"):
        ended = neat(*line.split())
        assert ended.status == 2 and "was passed from Python" in ended.err
    with engine.History(folder / "run") as history:
        calls: dict[str, Callable[..., Any]] = {
            "neat.resume": lambda **more: engine.resume(folder / "run", **more),
            "neat.verify": lambda **more: engine.verify(folder / "run", **more),
            "neat.explain_run": lambda **more: engine.explain_run(history, 1, **more),
            "neat.evaluate_run": lambda **more: engine.evaluate_run(folder / "run", **more),
        }
        for call in calls.values():
            message = refusal(call)
        advised = re.findall(r"(neat\.\w+)\((folder|history, number), problem=p\)", message)
        assert [name for name, _ in advised] == list(calls)
        for name in calls:
            assert calls[name](problem=TABLE) is not None


def test_code_that_is_trusted(folder: Path, neat: Neat) -> None:
    (folder / "mine.py").write_text(OWN)
    (folder / "mine.ini").write_text("[run]\nseed = 1\ngenerations = 3\n[problem]\nkind = mine:Parity\n")
    engine.run(engine.load("mine.ini"), out="run")
    for line in ("resume run --generations 4", "verify run", "explain run 1", "evaluate run"):
        ended = neat(*line.split())
        assert ended.status == 2
        option = named_in(ended.err, r"add (--\w+)")
        assert neat(*line.split(), option).status == 0
    with engine.History("run") as history:
        for call in (
            lambda **more: engine.resume("run", generations=5, **more),
            lambda **more: engine.verify("run", **more),
            lambda **more: engine.evaluate_run("run", **more),
            lambda **more: engine.explain_run(history, 1, **more),
        ):
            name, value = named_in(refusal(call), r"in Python (\w+=True)").split("=")
            call(**{name: value == "True"})


class Failing(Problem):
    """A problem that fails in generation 1 until it is fixed."""

    inputs, outputs, deterministic = ("a",), ("y",), False
    mended = False

    def evaluate(self, networks: engine.Networks, context: engine.Context) -> engine.Evaluation:
        if context.rng.generation == 1 and not self.mended:
            raise RuntimeError("not yet")
        return engine.Evaluation(np.zeros(len(networks)))


def test_a_run_whose_problem_failed_is_continued(folder: Path, neat: Neat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works for a folder with a space in its name, and the call for a problem passed from Python."""
    p = Failing()
    message = refusal(engine.run, CONFIG, p, folder / "a run")
    call = named_in(message, r"once it is fixed: in Python, (neat\.resume\(.*\)) with its problem\)")
    p.mended = True
    assert eval(call, {"neat": engine, "p": p}).generations == 3

    (folder / "mine.py").write_text(
        OWN.replace("        return", "        if rng.generation == 1: raise OSError\n        return")
    )
    (folder / "mine.ini").write_text("[run]\nseed = 1\ngenerations = 3\n[problem]\nkind = mine:Parity\n")
    message = refusal(engine.run, engine.load("mine.ini"), out="another run")
    command = named_in(message, r"once it is fixed: (neat resume .*)\)")
    (folder / "mine.py").write_text(OWN)
    monkeypatch.delitem(__import__("sys").modules, "mine", raising=False)
    assert neat(*shlex.split(command)[1:]).status == 0


@pytest.mark.parametrize("handed_over", [True, False])
def test_a_corrupt_state_has_an_earlier_one(folder: Path, neat: Neat, handed_over: bool) -> None:
    changes = {"run": {"seed": 1, "generations": 8, "checkpoint": 2, "stop_fitness": None}}
    config = (CONFIG if handed_over else engine.load("xor.ini")).replace(**changes)
    interrupted(config, TABLE if handed_over else None, folder / "a run", 5)
    with engine.History(folder / "a run") as history:
        damage(folder / "a run", history.states()[-1])
    if handed_over:
        message = refusal(engine.resume, folder / "a run", TABLE)
        call = named_in(message, r"in Python, (neat\.resume\(.*\)) with its problem\)")
        assert eval(call, {"neat": engine, "p": TABLE}).generations == 8
    else:
        ended = neat("resume", "a run")
        assert ended.status == 2
        assert neat(*shlex.split(named_in(ended.err, r"from an earlier one: neat (.*)\)"))).status == 0


def test_a_function_that_no_process_can_be_sent(folder: Path) -> None:
    lock = threading.Lock()
    problem = engine.problem(inputs=1, outputs=1)(lambda network: float(lock.locked()))
    option, value = named_in(refusal(engine.run_seeds, CONFIG, [1, 2], problem, jobs=2), r"\((jobs=1);").split("=")
    assert len(engine.run_seeds(CONFIG, [1, 2], problem, **{option: int(value)}).rows) == 2
    workers = CONFIG.replace(run={"executor": "processes"})
    key, value = named_in(refusal(engine.run, workers, problem), r"\[run\] (\w+ = \w+)").split(" = ")
    assert engine.run(CONFIG.replace(run={key: value}), problem).generations == 3


def test_a_genome_with_another_bias(folder: Path) -> None:
    for bias_node in (True, False):
        engine.export.write(engine.Genome(2, 1, [(0, 2 + bias_node, 1.0)], bias_node=bias_node), "start.json")
        other = "none" if bias_node else "node"
        config = CONFIG.replace(population={"start": str(folder / "start.json")}, genome={"bias": other})
        key, value = named_in(refusal(engine.run, config, TABLE), r"set \[genome\] (\w+ = \w+)").split(" = ")
        changes: dict[str, Any] = {"genome": {key: value}}
        assert engine.run(config.replace(**changes), TABLE).generations == 3


@pytest.mark.parametrize(
    ("text", "pattern", "section"),
    [
        ("[population]\nstart = layers\n", r"add for example: (layers = 8, 8)", "population"),
        ("[population]\nlayers = 4\n", r"set (start = layers)", "population"),
        ("seed = 3\n", r"put (a \[section\]) above it", ""),
    ],
)
def test_settings_of_a_configuration(text: str, pattern: str, section: str) -> None:
    advice = named_in(refusal(engine.Config.from_ini, text), pattern)
    mended = f"[run]\n{text}" if not section else f"{text}{advice}\n"
    assert engine.Config.from_ini(mended)


def test_a_key_as_a_section_and_a_file_as_a_configuration(folder: Path) -> None:
    section = named_in(refusal(engine.Config, seed=3), r"write (run=\{.*\})\)")
    assert eval(f"neat.Config({section})", {"neat": engine}).run.seed == 3
    for call in (engine.Config, engine.run):
        advice = named_in(refusal(call, "xor.ini"), r"(neat\.load)\(")
        assert eval(advice, {"neat": engine})("xor.ini").problem is not None


def test_a_result_where_something_of_it_is_wanted(folder: Path) -> None:
    result = engine.run(CONFIG, TABLE, "run")
    names = {"neat": engine, "result": result}
    for call in (engine.report.plot_fitness, engine.report.plot_run):
        history = eval(named_in(refusal(call, result), r"such as (neat\.History\(result\.folder\))"), names)
        with history:
            call(history)
    for draw in (engine.export.draw, engine.export.to_networkx, engine.export.depths):
        draw(eval(named_in(refusal(draw, result), r"such as (result\.champion)"), names))


def test_a_state_where_a_generation_is_wanted(folder: Path) -> None:
    state = engine.initialize(CONFIG, TABLE)
    advice = named_in(refusal(engine.reproduce, state, CONFIG), r"as (neat\.tell\(state, fitness, config\))")
    names = {"neat": engine, "state": state, "fitness": [0.0] * 10, "config": CONFIG}
    assert engine.reproduce(eval(advice, names), CONFIG).generation == 2


def test_a_folder_that_is_taken(folder: Path) -> None:
    engine.run(CONFIG, TABLE, "run")
    engine.run_seeds(CONFIG, [1], TABLE, jobs=1, out="runs")
    other = CONFIG.replace(population={"size": 12})
    for call in (
        lambda out: engine.run(CONFIG, TABLE, out),
        lambda out: engine.run_seeds(CONFIG, [1], TABLE, jobs=1, out=out),
        lambda out: engine.run_seeds(other, [1], TABLE, jobs=1, out=out),
    ):
        assert "name a new folder" in refusal(call, "runs" if call.__code__.co_names[-1] == "other" else "run")
        call("new")
        shutil.rmtree("new")


def test_a_memory_of_other_networks() -> None:
    config = CONFIG.replace(network={"memory": True})
    small, large = (engine.compile(engine.initialize(config, inputs=1, outputs=1).population)[:n] for n in (2, 5))
    advice = named_in(refusal(engine.activate_each, small, [[0.0]] * 2, large.memory()), r"use (networks\.memory\(\))")
    assert engine.activate_each(small, [[0.0]] * 2, eval(advice, {"networks": small})).shape == (2, 1)


class Pairs(gymnasium.Env[Any, Any]):
    """An environment whose observation is a dict, which a network cannot take directly."""

    observation_space = spaces.Dict(a=spaces.Box(0, 1, (2,), np.float32))
    action_space = spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return {"a": np.zeros(2, np.float32)}, {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        return {"a": np.zeros(2, np.float32)}, 1.0, True, False, {}


def test_environments_are_registered(folder: Path) -> None:
    assert "gymnasium.register('Mine-v0', Mine)" in refusal(engine.Gymnasium, Pairs())
    gymnasium.register("advice/Pairs-v0", Pairs)
    problem = engine.Gymnasium("advice/Pairs-v0", episodes=1, validation_episodes=1)
    assert engine.run(CONFIG, problem).generations == 3


class Careless(Problem):
    """A problem that breaks the contract in several ways, one after the other."""

    inputs: Any = 1
    outputs: Any = ("y",)
    deterministic: Any = True

    def evaluate(self, networks: engine.Networks, context: engine.Context) -> Any:
        return [float(context.rng.generation)] * len(networks)


def test_a_problem_is_checked_until_nothing_is_left() -> None:
    problem = Careless()
    made = named_in(refusal(engine.check_problem, Careless), r"pass an instance: (\w+\(\))")
    assert made == "Careless()"
    problem.inputs = eval(named_in(refusal(engine.check_problem, problem), r"names are needed, such as (\[.*\])"))
    assert named_in(refusal(engine.check_problem, problem), r"wrap it: (neat\.Evaluation)\(fitness\)")
    careless = Careless.evaluate
    problem.evaluate = lambda networks, context: engine.Evaluation(careless(problem, networks, context))  # type: ignore[method-assign]
    name, value = named_in(refusal(engine.check_problem, problem), r"set (deterministic = False)").split(" = ")
    setattr(problem, name, value == "True")
    engine.check_problem(problem)
