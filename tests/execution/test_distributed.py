"""Evaluation by workers: the same bits as in one process, whatever happens to the workers."""

from __future__ import annotations

import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neat
from neat.core.announcements import announced_to
from neat.core.errors import LostWorkerError, WorkerTraceback
from neat.core.randomness import Purpose
from neat.execution import choice
from neat.execution.choice import Execution
from neat.execution.chunks import chunk_sizes
from neat.execution.executor import BatchExecutor, Request, evaluate_each
from neat.execution.in_process import InProcess
from neat.problems.gymnasium.plain import Plain

SMALL = {"seed": 3, "generations": 5, "stop_fitness": "none"}


class Strange(neat.ValidatingProblem):
    """Fails for some genomes, is noisy, has columns and a state, validates, and depends on the species."""

    inputs, outputs = ("a",), ("y",)

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        assert context.species_index is not None and len(context.species_index) == len(networks)
        if (networks.key % 7 == 3).any():
            raise ValueError("seven")
        fitness = context.rng.uniform(networks.key, 0) + context.species_index
        largest = max(float(context.state.get("largest", 0.0)), *networks.key.tolist())
        return neat.Evaluation(
            fitness, solved=fitness > 0.9, columns={"key": networks.key}, state={"largest": np.array(largest)}
        )

    def merge(self, states: Any) -> Any:
        return {"largest": np.array(max(float(state["largest"]) for state in states))}

    def validate(self, network: neat.Network, context: neat.Context) -> neat.Validation:
        key = int(network.networks.key[0])
        if key % 5 == 1:
            raise ValueError("five")
        return neat.Validation(key, key % 5 == 2, float(context.rng.uniform(key, 1)), {"key": key})


def facts(problem: neat.Problem, size: int = 30, **run: Any) -> Iterator[Any]:
    """Yield everything that a run computes."""
    executor = run.pop("with_executor", None)
    config = neat.Config(run={**SMALL, "on_error": "worst", **run}, population={"size": size})
    for generation in neat.evolve(config, problem, executor=executor):
        state = {name: value.tolist() for name, value in generation.evaluation.state.items()}
        columns = {name: value.tolist() for name, value in generation.evaluation.columns.items()}
        yield generation.fitness.tobytes(), columns, state, dict(generation.failed), generation.champion.to_json()


PROBLEMS = {
    "strange": lambda: Strange(),
    "function": lambda: neat.problem(inputs=1, outputs=1)(lambda network, rng: rng.random() + network([1.0])[0]),
    "acrobot": lambda: neat.Gymnasium("Acrobot-v1", max_episode_steps=60, threshold=-59.5, validation_episodes=9),
    "running": lambda: neat.Gymnasium("Pendulum-v1", max_episode_steps=20, scaling="running", episodes=2),
    "table": lambda: neat.Multiplexer(1),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_workers_compute_the_same_bits(name: str) -> None:
    here = list(facts(PROBLEMS[name](), executor="threads"))
    for workers in (1, 2, 4):
        assert list(facts(PROBLEMS[name](), executor="processes", workers=workers)) == here
    assert active_children() == []


def test_executors_of_concurrent_futures_compute_the_same_bits() -> None:
    here = list(facts(Strange()))
    with concurrent.futures.ThreadPoolExecutor(3) as threads:
        assert list(facts(Strange(), with_executor=threads)) == here
        assert list(facts(Strange(), with_executor=threads, workers=7)) == here
    with pytest.raises(neat.NeatError, match="the executor takes no more work .RuntimeError"):
        list(facts(Strange(), with_executor=threads))
    with pytest.raises(neat.NeatError, match=r"executor is 3; it must be a neat.Executor or a concurrent.futures"):
        neat.run(neat.Config(), Strange(), executor=3)  # type: ignore[arg-type]


def test_learned_weights_come_back_from_workers() -> None:
    config = neat.load(
        "configs/xor.ini", ["run.seed=1", "run.generations=4", "learning.inherit=lamarckian", "learning.steps=3"]
    )
    champions = [
        neat.run(config.replace(run={"executor": executor})).champion.to_json() for executor in ("threads", "processes")
    ]
    assert champions[0] == champions[1]


@given(st.integers(0, 3000), st.integers(1, 70), st.none() | st.floats(0.0, 1e4))
def test_chunks_cover_everything_and_never_grow(count: int, workers: int, seconds: float | None) -> None:
    sizes = list(chunk_sizes(count, workers, seconds))
    assert sum(sizes) == count and all(size >= 1 for size in sizes)
    assert all(a >= b for a, b in zip(sizes, sizes[1:], strict=False))
    if seconds is not None and seconds > 5.0:
        assert set(sizes) <= {1}


def test_sizes_of_chunks() -> None:
    assert list(chunk_sizes(16, 2, None)) == [4, 3, 2, 1, 1, 1, 1, 1, 1, 1]
    assert list(chunk_sizes(16, 2, 0.005)) == [4, 4, 4, 4]  # 20 ms, the least
    assert list(chunk_sizes(16, 2, 1e-6)) == [16]
    assert list(chunk_sizes(10_000, 1000, 0.01)) == [10] * 1000  # sending a thousand chunks takes half a second
    assert list(chunk_sizes(16, 2, 2.0)) == [2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1]  # 5 s, the most


def test_a_problem_whose_genomes_meet_is_not_split_and_says_so() -> None:
    class Meeting(neat.Problem):
        inputs, outputs, deterministic, independent = ("a",), ("y",), True, False

        def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
            return neat.Evaluation(np.full(len(networks), float(os.getpid())))

    said: list[str] = []
    with announced_to(said.append):
        result = neat.run(neat.Config(run={**SMALL, "executor": "processes"}, population={"size": 9}), Meeting())
    assert result.best_fitness == os.getpid()
    assert said == ["the genomes of Meeting meet each other, so they are evaluated together, in this process"]


# ---- failures


def failing(executor: str, function: Any, **run: Any) -> pytest.ExceptionInfo[neat.ProblemError]:
    config = neat.Config(run={**SMALL, "executor": executor, **run}, population={"size": 20})
    with pytest.raises(neat.ProblemError) as caught:
        neat.run(config, neat.problem(inputs=1, outputs=1)(function))
    return caught


def test_an_exception_in_a_worker_is_that_of_the_first_genome_with_the_users_traceback() -> None:
    def broken(network: neat.Network) -> float:
        key = int(network.networks.key[0])
        if key == 4:
            time.sleep(0.3)  # so that a later genome fails before
        if key >= 4:
            raise ValueError(f"genome {key}")
        return 1.0

    here, there = failing("threads", broken), failing("processes", broken, workers=3)
    assert str(here.value) == str(there.value) and here.value.genome_key == there.value.genome_key == 4
    cause = there.value.__cause__
    assert isinstance(cause, WorkerTraceback)
    text = str(cause)
    assert text.startswith("Traceback") and 'raise ValueError(f"genome {key}")' in text and "neat/" not in text
    assert active_children() == []


def test_a_lack_of_memory_never_decides_a_fitness() -> None:
    def greedy(network: neat.Network) -> float:
        if network.networks.key[0] == 5:
            raise MemoryError
        return 1.0

    assert isinstance(failing("processes", greedy, on_error="worst").value.__cause__, MemoryError)


DYING = """
import os, signal, time
from pathlib import Path
import neat

@neat.problem(inputs=1, outputs=1)
def dying(network, rng):
    key = int(network.networks.key[0])
    if key == 47:
        try:
            Path("{marker}").unlink()
        except FileNotFoundError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return rng.random()
"""


def test_a_killed_worker_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / "alive"
    (tmp_path / "dying_once.py").write_text(DYING.format(marker=marker))
    monkeypatch.syspath_prepend(tmp_path)
    problem = __import__("dying_once").dying
    here = list(facts(problem))
    for _ in range(2):
        marker.touch()
        assert list(facts(problem, executor="processes", workers=2)) == here
        assert not marker.exists()


def test_a_genome_that_kills_its_worker_twice_is_named() -> None:
    def deadly(network: neat.Network) -> float:
        if network.networks.key[0] == 7:
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0

    caught = failing("processes", deadly, on_error="worst")
    assert isinstance(caught.value, LostWorkerError) and caught.value.genome_key == 7
    message = "evaluating genome 7 in generation 1: its worker process died (exit status -9), twice"
    assert str(caught.value) == message


def test_a_genome_that_hangs_is_named_and_the_run_can_be_resumed(tmp_path: Path) -> None:
    flag = tmp_path / "hang"

    def hanging(network: neat.Network, rng: np.random.Generator) -> float:
        if network.networks.key[0] == 55 and flag.exists():
            time.sleep(600)
        return rng.random()

    problem = neat.problem(inputs=1, outputs=1)(hanging)
    config = neat.Config(run={**SMALL, "executor": "processes", "timeout": 3.0}, population={"size": 20})
    expected = neat.run(config, problem)
    flag.touch()
    began = time.monotonic()
    with pytest.raises(neat.ProblemError, match="evaluating genome 55 in generation 3: it took more than 3 s, twice"):
        neat.run(config, problem, tmp_path / "run")
    assert time.monotonic() - began < 60.0 and active_children() == []
    assert (tmp_path / "run" / "failed").is_dir()
    flag.unlink()
    resumed = neat.resume(tmp_path / "run", problem)
    assert resumed.champion.to_json() == expected.champion.to_json()


def test_a_validation_that_loses_its_workers_stops_the_run() -> None:
    class Deadly(Strange):
        def validate(self, network: neat.Network, context: neat.Context) -> neat.Validation:
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError

    config = neat.Config(run={**SMALL, "executor": "processes", "on_error": "worst"}, population={"size": 30})
    with pytest.raises(LostWorkerError, match=r"validating genome \d+ in generation \d: its worker process died"):
        neat.run(config, Deadly())


# ---- when workers are used by default


class Slow(neat.Problem):
    """Takes long in Python, and says in which process."""

    inputs, outputs, deterministic, in_python = ("a",), ("y",), True, True

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        time.sleep(0.02 * len(networks))
        process = np.full(len(networks), os.getpid())
        return neat.Evaluation(context.rng.uniform(networks.key, 0), columns={"process": process})


def processes_of(problem: neat.Problem, monkeypatch: pytest.MonkeyPatch, **run: Any) -> tuple[list[Any], list[str]]:
    """Return the processes that evaluated each generation, and what was announced."""
    monkeypatch.setattr(choice, "_LONG", 0.2)
    said: list[str] = []
    config = neat.Config(run={**SMALL, "workers": 2, **run}, population={"size": 20})
    with announced_to(said.append):
        found = [set(each.evaluation.columns["process"].tolist()) for each in neat.evolve(config, problem)]
    return found, said


def test_slow_problems_in_python_use_processes_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neat.Problem, "deterministic", False)
    found, (said,) = processes_of(Slow(), monkeypatch)
    assert found[0] == {os.getpid()} and not any(os.getpid() in each for each in found[2:])
    assert re.fullmatch(
        r"evaluating 20 genomes took 0\.\d s: from here on, 2 worker processes share the work "
        r"\(\[run\] executor = threads keeps it in this process\)",
        said,
    )
    for stays in ({"executor": "threads", "workers": 0}, {"workers": 1}):
        found, silence = processes_of(Slow(), monkeypatch, **stays)
        assert set().union(*found) == {os.getpid()} and silence == []


def test_a_problem_that_cannot_be_sent_stays_in_this_process_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Slow()
    problem.lock = __import__("threading").Lock()  # type: ignore[attr-defined]
    found, (said,) = processes_of(problem, monkeypatch)
    assert set().union(*found) == {os.getpid()}
    assert said.startswith("no worker processes are used: the problem cannot be sent")


class Differing(Slow):
    """Has another fitness, or fails, in every process but one."""

    def __init__(self, fails: bool) -> None:
        self.home, self.fails = os.getpid(), fails

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        found, away = super().evaluate(networks, context), os.getpid() != self.home
        if away and self.fails:
            raise OSError("no display")
        return neat.Evaluation(found.fitness + away, columns=found.columns)


def test_a_problem_that_differs_in_workers_stays_in_this_process_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for fails, fault in (
        (False, "genome 0 has another fitness there"),
        (True, "the problem raised OSError: no display"),
    ):
        found, (said,) = processes_of(Differing(fails), monkeypatch)
        assert set().union(*found) == {os.getpid()} and said.startswith(f"no worker processes are used: {fault}")


def test_only_environments_in_python_use_processes_by_default() -> None:
    assert neat.Gymnasium("FrozenLake-v1").in_python and neat.Gymnasium("Acrobot-v1", backend="plain").in_python
    assert not neat.Gymnasium("Acrobot-v1").in_python and not neat.Gymnasium("CartPole-v1").in_python
    assert not neat.Multiplexer(1).in_python


# ---- scripts and orphans

SCRIPT = """
import os, time
import gymnasium, numpy as np, neat

class Walk(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(-10.0, 10.0, (1,), np.float64)
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = np.array([self.np_random.uniform(-3.0, 3.0)])
        return self.place, {}

    def step(self, action):
        self.place = np.clip(self.place + 2 * action - 1, -10.0, 10.0)
        return self.place, -float(abs(self.place[0])), False, False, {}

gymnasium.register("Walk-v0", Walk, max_episode_steps=20)
config = neat.Config(run={"seed": 1, "generations": 4}, population={"size": 20})
for executor in ("threads", "processes"):
    result = neat.run(config.replace(run={"executor": executor}), neat.Gymnasium("Walk-v0"))
    print(result.best_fitness, repr(result.champion.to_json()))
"""


def test_an_environment_of_a_script_is_made_in_workers(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    one, two = done.stdout.splitlines()
    assert one == two


CELLS = [
    "import neat\ngoal = 0.25",
    """class Near(neat.Problem):
    inputs, outputs, deterministic = ("x",), ("y",), True

    def evaluate(self, networks, context):
        return neat.Evaluation([-abs(float(network([1.0])[0]) - goal) for network in networks])


@neat.problem(inputs=1, outputs=1)
def failing(network):
    raise ValueError("in a cell")
""",
    """config = neat.Config(run={"seed": 1, "generations": 3}, population={"size": 20})
there = config.replace(run={"executor": "processes", "workers": 2})
print(neat.run(config, Near()).champion.to_json() == neat.run(there, Near()).champion.to_json())
try:
    neat.run(there, failing)
except neat.ProblemError as error:
    print(str(error.__cause__))
""",
]


@pytest.mark.slow  # starts a Jupyter kernel, which is another process
def test_classes_and_functions_of_a_notebook_work_in_workers(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    told = "".join(output.text for output in notebook.cells[-1].outputs if output.get("name") == "stdout")
    assert told.startswith("True\nTraceback") and 'raise ValueError("in a cell")' in told


ENDLESS = """
import ctypes, os, time
from pathlib import Path
import neat

@neat.problem(inputs=1, outputs=1)
def endless(network, rng):
    key = int(network.networks.key[0])
    if key == 25:
        Path(f"hangs-{os.getpid()}").touch()
        if Path("lock").exists():
            ctypes.PyDLL(None).sleep(600)  # keeps Python's lock, as broken native code does
        time.sleep(600)
    return rng.random()
"""
RUN = ["-m", "neat", "run", "endless.ini", "--executor", "processes", "--workers", "2", "--out", "run", "--quiet"]


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def begun(folder: Path, *names: str) -> tuple[subprocess.Popen[str], list[int]]:
    """Begin a run that hangs in its second generation; return it and the processes of its workers that hang."""
    (folder / "endless.py").write_text(ENDLESS)
    (folder / "endless.ini").write_text(
        "[problem]\nkind = endless:endless\n[run]\nseed = 1\ngenerations = 3\n[population]\nsize = 20\n"
    )
    for name in names:
        (folder / name).touch()
    process = subprocess.Popen(
        [sys.executable, *RUN], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not (hanging := list(folder.glob("hangs-*"))):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    return process, [int(file.name.removeprefix("hangs-")) for file in hanging]


@pytest.mark.parametrize("names", [(), ("lock",)], ids=["in Python", "in native code"])
def test_killing_a_run_leaves_no_worker_and_it_can_be_resumed(tmp_path: Path, names: tuple[str, ...]) -> None:
    process, (worker,) = begun(tmp_path, *names)
    workers = [int(text) for text in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    assert worker in workers and len(workers) >= 2
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10.0
    while any(alive(each) for each in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    source = (tmp_path / "endless.py").read_text().replace("key == 25", "False")
    (tmp_path / "endless.py").write_text(source)
    resume = [sys.executable, "-m", "neat", "resume", "run", "--trust", "--quiet"]
    done = subprocess.run(resume, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    again = [part.replace("run", "again") if part == "run" and place > 2 else part for place, part in enumerate(RUN)]
    subprocess.run([sys.executable, *again], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "again/champion.json").read_bytes() == (tmp_path / "run/champion.json").read_bytes()


@pytest.mark.parametrize("names", [(), ("lock",)], ids=["in Python", "in native code"])
def test_ctrl_c_ends_a_run_that_hangs_and_its_workers(tmp_path: Path, names: tuple[str, ...]) -> None:
    process, workers = begun(tmp_path, *names)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted after 1 generation" in err and "Traceback" not in err
    assert time.monotonic() - began < 30.0 and not any(map(alive, workers))
    listed = subprocess.run([sys.executable, "-m", "neat", "list", "."], cwd=tmp_path, capture_output=True, text=True)
    assert "interrupted" in listed.stdout


# ---- what a problem of one's own may do


def test_a_subclass_that_validates_in_its_own_way_does_so_in_workers() -> None:
    class Mine(neat.Gymnasium):
        def validate(self, network: neat.Network, context: neat.Context) -> neat.Validation:
            return neat.Validation(int(network.networks.key[0]), False, -1.5)

    def validations(executor: str) -> list[Any]:
        config = neat.Config(run={**SMALL, "generations": 3, "executor": executor}, population={"size": 20})
        problem = Mine("CartPole-v1", threshold=10.0)
        return [each.validation for each in neat.evolve(config, problem)]

    here = validations("threads")
    assert here == validations("processes") and here[0].fitness == -1.5


def test_tasks_may_start_processes(tmp_path: Path) -> None:
    (tmp_path / "parallel.py").write_text(
        "import multiprocessing, neat\n\n"
        "@neat.problem(inputs=1, outputs=1)\n"
        "def forking(network):\n"
        "    child = multiprocessing.get_context('fork').Process(target=int)\n"
        "    child.start()\n"
        "    child.join()\n"
        "    return float(child.exitcode)\n"
        "config = neat.Config(run={'generations': 1, 'executor': 'processes', 'workers': 1}, population={'size': 3})\n"
        "print(neat.run(config, forking).best_fitness)\n"
    )
    done = subprocess.run([sys.executable, "parallel.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "0.0\n", done.stderr


def test_where_no_processes_may_start_a_run_stays_in_its_process(tmp_path: Path) -> None:
    (tmp_path / "sweep.py").write_text(
        "import multiprocessing, neat\n"
        "from neat.execution import choice\n\n"
        "def best(executor):\n"
        "    choice._LONG = 0.0\n"
        "    problem = neat.Gymnasium('Acrobot-v1', max_episode_steps=20, episodes=1, backend='plain')\n"
        "    run = {'seed': 1, 'generations': 3, 'executor': executor}\n"
        "    try:\n"
        "        return neat.run(neat.Config(run=run, population={'size': 5}), problem).best_fitness\n"
        "    except neat.NeatError as error:\n"
        "        return str(error)\n\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:  # whose processes are daemonic\n"
        "        print(*pool.map(best, ['auto', 'processes']), sep='\\n')\n"
    )
    done = subprocess.run([sys.executable, "sweep.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.startswith("-20.0\nno worker process can start (AssertionError: daemonic"), done.stderr
    assert "no worker processes are used: no worker process can start" in done.stderr


class Stateful(Slow):
    """Has a state, and does not say how those of parts are merged."""

    def evaluate(self, networks: neat.Networks, context: neat.Context) -> neat.Evaluation:
        found = super().evaluate(networks, context)
        return neat.Evaluation(found.fitness, columns=found.columns, state={"calls": np.ones(1)})


def test_a_problem_with_a_state_that_cannot_be_merged(monkeypatch: pytest.MonkeyPatch) -> None:
    found, said = processes_of(Stateful(), monkeypatch)
    assert set().union(*found) == {os.getpid()} and said == []
    with pytest.raises(neat.ProblemError, match="Stateful returns a state and has no method merge"):
        processes_of(Stateful(), monkeypatch, executor="processes")


def test_a_problem_that_differs_in_workers_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "leveled.py").write_text(
        "import neat\nLEVEL = 1.0\n\n@neat.problem(inputs=1, outputs=1)\ndef level(network):\n"
        "    return LEVEL * float(network([1.0])[0])\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    module = __import__("leveled")
    module.LEVEL = 3.0
    config = neat.Config(run={**SMALL, "executor": "processes"}, population={"size": 20})
    with pytest.raises(neat.ProblemError, match=r"gave genome \d+ the fitness .* again in this process"):
        neat.run(config, module.level)


def test_chunks_take_a_quarter_of_the_timeout_at_most() -> None:
    assert set(chunk_sizes(100, 1, None, 1.0)) == {1}
    assert max(chunk_sizes(100, 1, 0.03, 1.0)) == 8
    assert list(chunk_sizes(5, 1, 9.0, 1.0)) == [1] * 5


def test_messages_name_the_episode_of_a_validation() -> None:
    class BreakingPlain(Plain):
        def _play_one(self, agent: Any, seed: int, limit: int, where: str) -> tuple[float, int]:
            if "validated" in where and "episode 30 of 40" in where:
                raise neat.ProblemError(f"broken {where}", agent.key)
            return super()._play_one(agent, seed, limit, where)

    class Breaking(neat.Gymnasium):
        def _make_backend(self, made: Any) -> Plain:
            return BreakingPlain(self.spec, self.observations, self.actions, made)

    def message(executor: str) -> str:
        problem = Breaking("Acrobot-v1", max_episode_steps=5, threshold=-5.0, validation_episodes=40)
        config = neat.Config(run={**SMALL, "executor": executor}, population={"size": 10})
        with pytest.raises(neat.ProblemError) as caught:
            neat.run(config, problem)
        return str(caught.value)

    assert message("threads") == message("processes") and "episode 30 of 40" in message("processes")


def test_resume_and_explain_take_other_executors(tmp_path: Path) -> None:
    problem = neat.problem(inputs=1, outputs=1)(lambda network: float(network([1.0])[0]))
    run = {**SMALL, "executor": "processes", "workers": 2, "timeout": 30.0}
    neat.run(neat.Config(run=run, population={"size": 20}), problem, tmp_path / "run")
    expected = neat.run(neat.Config(run={**SMALL, "generations": 9}, population={"size": 20}), problem)
    assert neat.resume(tmp_path / "run", problem, generations=7, executor="threads").generations == 7
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        assert neat.resume(tmp_path / "run", problem, generations=8, executor=threads, workers=2).generations == 8
    result = neat.resume(tmp_path / "run", problem, generations=9, executor="processes", workers=np.int64(1))
    assert result.champion.to_json() == expected.champion.to_json()
    assert neat.verify(tmp_path / "run", problem, executor="auto").same
    with neat.History(tmp_path / "run") as history:
        assert neat.explain_run(history, 3, problem).generation == 3
    for wrong in ({"workers": 2.5}, {"executor": "anywhere"}, {"executor": "threads", "workers": 3}):
        with pytest.raises(neat.NeatError, match=r"\[run\] (workers|executor) = "):
            neat.verify(tmp_path / "run", problem, **wrong)


def test_several_requests_at_once_are_evaluated_as_one_after_another() -> None:
    problem, config = Strange(), neat.Config(run={"seed": 2}, population={"size": 17})
    population = neat.initialize(config, problem).population
    requests = [
        Request(rows, neat.Context(neat.Randomness(2, number, Purpose.EVALUATION), species_index=np.arange(len(rows))))
        for number, rows in enumerate((np.arange(17), np.array([4]), np.array([2, 3, 16]), np.array([10])), 1)
    ]

    def answers(executor: neat.Executor) -> list[Any]:
        found = evaluate_each(executor, problem, population, requests, tolerant=True)
        return [(each.evaluation.fitness.tobytes(), dict(each.failed), each.evaluation.columns) for each in found]

    with Execution(config.replace(run={"executor": "processes", "workers": 3})) as workers:
        assert isinstance(workers, BatchExecutor) and not isinstance(InProcess(), BatchExecutor)
        assert str(answers(workers)) == str(answers(InProcess()))
