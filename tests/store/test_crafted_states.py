"""Crafted states with correct checksums are rejected in one sentence, or resumed; they never cause a crash."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crafting import RUNS, make_run, seal, set_array

import neat
from neat.runs.evaluate import evaluate_run

TRIALS = """
import json, random, sys, warnings
from collections import Counter
from pathlib import Path
from corruption import limits, scratch
from crafting import craft, go_on
import neat

warnings.simplefilter("error", RuntimeWarning)  # such as that a float was made an index
base, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
files = {folder.name: (folder / "run.sqlite").read_bytes() for folder in sorted(base.iterdir()) if folder.is_dir()}
chance, ended, faults = random.Random(seed), Counter(), []
with scratch() as folder:
    for data in files.values():
        (folder / "run.sqlite").write_bytes(data)
        go_on(folder)  # so that everything is compiled and imported
    limits(megabytes=2_000, seconds=60 + count // 5)  # to detect endless loops, too
    for number in range(count):
        name = chance.choice(list(files))
        (folder / "run.sqlite").write_bytes(files[name])
        done = craft(folder, chance)
        print(number, name, done, file=sys.stderr, flush=True)  # the last line shows what a crash was about
        try:
            go_on(folder)
            ended["resumed"] += 1
        except neat.ProblemError:
            ended["problem"] += 1
        except neat.NeatError as error:
            ended["refused"] += 1
            if not str(error).startswith(str(folder)) or len(str(error)) > 1_000 or "\\n" in str(error):
                faults.append(f"{number} {name} {done}: said {error}")
        except Exception as error:
            faults.append(f"{number} {name} {done}: {type(error).__name__}: {error}")
print(json.dumps({**ended, "faults": faults}))
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a small run of every kind."""
    base = tmp_path_factory.mktemp("runs")
    for kind in RUNS:
        make_run(kind, base / kind)
    return base


def trials(runs: Path, count: int, **environment: str) -> dict[str, Any]:
    """Craft states and resume them in another process; return how often each outcome occurred."""
    paths = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", TRIALS, str(runs), str(count), "1"], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": paths, **environment},
    )  # fmt: skip
    assert done.returncode == 0, f"ended with {done.returncode}:\n{done.stderr[-1_000:]}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_crafted_states_are_refused_or_resumed(runs: Path) -> None:
    # Kernels as plain Python: numpy checks every index.
    found = trials(runs, 80, NUMBA_DISABLE_JIT="1")
    assert not found["faults"], "\n".join(found["faults"])
    assert found["refused"] > 40 and found["resumed"] > 5


@pytest.mark.slow
def test_ten_thousand_crafted_states_are_refused_or_resumed(runs: Path, tmp_path: Path) -> None:
    found = trials(runs, 10_000, NUMBA_BOUNDSCHECK="1", NUMBA_CACHE_DIR=str(tmp_path))
    assert not found["faults"], "\n".join(found["faults"])
    assert found["refused"] > 5_000 and found["resumed"] > 300


def at(place: int, value: float) -> Callable[[Any], Any]:
    """Return a function that changes one value of an array."""

    def change(array: Any) -> Any:
        array.reshape(-1)[place] = value
        return array

    return change


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("member", at(0, 2**40), "the species of genomes"),
        ("member", at(0, -1), "the species of genomes"),
        ("member", np.zeros_like, "a species without genomes"),
        ("population.connection_start", at(1, 2**62), "where the connections of genomes start|connection_start must"),
        ("population.connection_start", lambda start: start[::-1], "connections of genomes|connection_start must"),
        ("population.node_start", at(0, 1), "where the nodes of genomes start|node_start must"),
        ("population.node_start", at(1, 3), "where the nodes of genomes start|node_start must"),
        ("population.node", at(0, 1), "the order of node ids|inputs and outputs of genomes"),
        ("population.node", at(-1, 2**31 - 1), "node ids"),
        ("population.node", at(-1, 17), "a connection of a node that its genome lacks"),
        ("population.innovation", at(0, -1), "innovation numbers"),
        ("population.innovation", at(-1, 2**40), "index 1099511627776 is out of bounds"),
        ("population.innovation", at(1, 0), "the order of innovation numbers"),
        ("population.weight", at(0, np.nan), "weight"),
        ("population.bias", at(0, 2.0**41), "bias"),
        ("population.activation", at(0, 21), "the code of an activation"),
        ("population.aggregation", at(0, 7), "the code of an aggregation"),
        ("population.enabled", lambda enabled: (enabled.view(np.uint8) * 2).view(np.bool_), "do not fit dtype"),
        ("population.key", at(-1, 2**62), "keys"),
        ("population.key", at(0, 2**62), "keys of elites"),
        ("population.parents", at(-1, 2**62), "parents"),
        ("population.weight", lambda weight: weight[:-1], r"population.weight is an array of float64 with shape"),
        ("population.weight", lambda weight: weight[:, None], r"population.weight is an array of float64 with shape"),
        ("population.key", lambda key: key.astype(np.float64), "population.key is an array of float64"),
        ("species.id", lambda identity: identity[::-1], "ids of species"),
        ("species.best", at(0, np.nan), "records of species"),
        ("species.born", at(0, 99), "births of species"),
        ("known", np.ones_like, "new genomes that are evaluated already"),
        ("known", np.zeros_like, "the remembered evaluation"),
        ("remembered.fitness", lambda fitness: np.repeat(fitness, 2), "the problem's fitness must have shape"),
        ("remembered.fitness", at(0, np.inf), "a remembered fitness"),
    ],
)
def test_values_that_no_kernel_may_see_are_refused(
    name: str, change: Callable[[Any], Any], why: str, runs: Path, tmp_path: Path
) -> None:
    shutil.copytree(runs / "recurrent", tmp_path / "run")
    with contextlib.closing(sqlite3.connect(tmp_path / "run" / "run.sqlite")) as connection:
        set_array(connection, 9, name, change)
        seal(connection, 9)
        connection.commit()
    told = rf"run\.sqlite: the state of generation 9 is corrupt and cannot be resumed \(.*({why})"
    with pytest.raises(neat.NeatError, match=told):
        neat.resume(tmp_path / "run", generations=12)


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("tuning.size", at(0, 2**62), "the sizes of tunings"),
        ("tuning.size", at(0, -1), "the sizes of tunings"),
        ("tuning.size", lambda size: size[:0], "tuning.* is an array|the sizes of tunings"),
        ("tuning.mean", lambda mean: mean[:-1], "tuning.* is an array of float64 with shape"),
        ("tuning.mean", at(0, np.nan), "the mean of a tuning"),
        ("tuning.mean", lambda mean: mean.astype(np.float32), "tuning.mean is an array of float32"),
        ("tuning.variance", at(0, -1.0), "the variances of a tuning"),
        ("tuning.path", at(0, np.inf), "the paths of a tuning"),
        ("tuning.step_path", at(0, np.nan), "the paths of a tuning"),
        ("tuning.sigma", at(0, 0.0), "the step size of a tuning"),
        ("tuning.sigma", at(0, np.nan), "the step size of a tuning"),
        ("tuning.count", at(0, 2**62), "the numbers of samples"),
        ("tuning.count", at(0, 3), "the numbers of samples"),
        ("tuning.first_key", at(0, 2**62), "the keys of samples"),
        ("tuning.parent", at(0, 2**62), "the parent of samples"),
        ("tuning.began", at(0, 99), "the beginning of a tuning"),
        ("population.enabled", lambda enabled: enabled ^ (np.arange(len(enabled)) == len(enabled) - 1), "the wiring"),
    ],
)
def test_tunings_that_the_engine_could_not_have_written_are_refused(
    name: str, change: Callable[[Any], Any], why: str, runs: Path, tmp_path: Path
) -> None:
    shutil.copytree(runs / "tuned", tmp_path / "run")
    with contextlib.closing(sqlite3.connect(tmp_path / "run" / "run.sqlite")) as connection:
        set_array(connection, 9, name, change)
        seal(connection, 9)
        connection.commit()
    told = rf"run\.sqlite: the state of generation 9 is corrupt and cannot be resumed \(.*({why})"
    with pytest.raises(neat.NeatError, match=told):
        neat.resume(tmp_path / "run", generations=12)


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("counts", at(0, 2**62), "the numbers of re-tests"),
        ("counts", at(0, 0), "the numbers of re-tests"),
        ("counts", lambda counts: counts[:-1], "retest.population|retest.counts|wrong values"),
        ("results", at(0, np.nan), "the results of re-tests"),
        ("results", lambda results: results[:-1], "the numbers of re-tests"),
        ("confirmed", at(-1, np.inf), "the results of re-tests"),
        ("confirmed", lambda confirmed: confirmed[:0], "the champion of the race"),
        ("confirmed", lambda confirmed: np.tile(confirmed, 50), "the re-tests of the champion"),
        ("numbers", at(0, 2**62), "the leader of the race"),
        ("numbers", at(0, 1), "the leader of the race"),
        ("numbers", at(1, 2**62), "the champion of the race"),
        ("numbers", at(2, -1), "the number of all re-tests"),
        ("budgets", at(0, np.nan), "the budget of re-tests"),
        ("entered", at(0, 99), "when candidates entered"),
        ("entered", at(0, 0), "when candidates entered"),
        ("evaluations", at(0, -1), "the evaluations of genomes"),
        ("evaluations", at(-1, 5), "the evaluations of new genomes"),
        ("tried", np.ones_like, "the evaluations of new genomes"),
        ("means", at(0, np.nan), "the mean fitness of genomes"),
        ("means", lambda means: means[:-1], "retest.means is an array"),
        ("level", at(0, np.inf), "the level of species"),
        ("population.key", at(0, 2**62), "keys of candidates|the leader of the race"),
        ("population.parents", at(0, 2**62), "parents of candidates"),
        ("population.node_start", at(0, 1), "node_start must"),
        ("population.innovation", at(-1, 2**40), "index 1099511627776 is out of bounds"),
        ("population.activation", at(0, 21), "the code of an activation of candidates"),
        ("population.weight", at(0, np.nan), "weight of candidates"),
    ],
)
def test_values_of_a_race_are_checked(
    name: str, change: Callable[[Any], Any], why: str, runs: Path, tmp_path: Path
) -> None:
    shutil.copytree(runs / "retested", tmp_path / "run")
    with contextlib.closing(sqlite3.connect(tmp_path / "run" / "run.sqlite")) as connection:
        set_array(connection, 9, f"retest.{name}", change)
        seal(connection, 9)
        connection.commit()
    told = rf"run\.sqlite: the state of generation 9 is corrupt and cannot be resumed \(.*({why})"
    with pytest.raises(neat.NeatError, match=told):
        neat.resume(tmp_path / "run", generations=12)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE run SET first_node = 2147483648", "is corrupt.*its description of the run is invalid"),
        ("""UPDATE run SET layout = json_set(layout, '$.max_steps', -5, '$.inputs', json('[]'))""", "is corrupt"),
        ("""UPDATE run SET layout = json_set(layout, '$.bias_node', json('false')), first_node = 3""", "ends of innov"),
        ("""UPDATE run SET layout = json_set(layout, '$.memory', json('true'))""", "the champion's inputs and outputs"),
        ("""UPDATE run SET config = replace(config, 'size = 12', 'size = 13')""", "not fit the configuration"),
        ("""UPDATE run SET config = replace(config, 'target_species = 4', 'target_species = 1')""", "not fit the conf"),
        ("UPDATE generation SET next_key = next_key - 1 WHERE generation = 8", "keys"),
        ("UPDATE generation SET next_key = 9223372036854775807 WHERE generation = 8", "the next key"),
        ("UPDATE checkpoint SET next_key = 9223372036854775807", "the next key"),
        ("UPDATE checkpoint SET next_species = 9223372036854775807", "the next species"),
        ("UPDATE checkpoint SET evaluations = 9223372036854775807", "evaluations"),
        ("UPDATE checkpoint SET threshold = 0.0", "the threshold"),
        ("UPDATE checkpoint SET champion = NULL", "the champion"),
        ("UPDATE innovation SET target = x'00' WHERE generation = 9", "buffer size must be a multiple"),
        ("UPDATE innovation SET target = x'' WHERE generation = 1", "the innovations have"),
        ("UPDATE innovation SET split = x'ffffffffffffff7f' WHERE length(split) = 8", "that hidden nodes split"),
        ("UPDATE innovation SET source = target WHERE generation = 1", "an innovation that is numbered twice|checksum"),
        (
            "UPDATE array SET shape = '[0, 2147483647, 2147483647, 2147483647]', data = x'' WHERE name = 'known'",
            "known",
        ),
        ("UPDATE champion SET fitness = 9e999", "no finite fitness"),
        ("UPDATE champion SET key = key + 1", "has the wrong key"),
        ("UPDATE champion SET retests = -1", "re-tests of the champion"),
        ("UPDATE champion SET deviation = 9e999", "re-tests of the champion"),
    ],
)
def test_rows_that_do_not_fit_a_state_are_refused(change: str, why: str, runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "recurrent", tmp_path / "run")
    with contextlib.closing(sqlite3.connect(tmp_path / "run" / "run.sqlite")) as connection:
        assert connection.execute(change).rowcount > 0
        seal(connection, 9)
        connection.commit()
    (tmp_path / "run" / "config.ini").unlink()  # otherwise it would have to be changed as well
    with pytest.raises(neat.NeatError, match=rf"run\.sqlite: .*{why}"):
        neat.resume(tmp_path / "run", generations=12)


@pytest.mark.parametrize("name", ["low", "high"])
def test_a_range_of_observations_has_a_value_for_every_input(name: str, runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "episodes", tmp_path / "run")
    with contextlib.closing(sqlite3.connect(tmp_path / "run" / "run.sqlite")) as connection:
        set_array(connection, 9, f"carry.{name}", lambda values: values[:1])
        seal(connection, 9)
        connection.commit()
    with pytest.raises(neat.NeatError, match="the range of observations seen so far must be 4 numbers"):
        neat.resume(tmp_path / "run", generations=12)


def test_a_run_is_resumed_only_with_the_inputs_of_its_problem(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "recurrent", tmp_path / "run")
    problem = neat.Dataset([[0.0], [1.0]], [[1.0], [0.0]])
    with pytest.raises(neat.NeatError, match="its genomes have the inputs a, b, the problem has x1"):
        neat.resume(tmp_path / "run", problem, generations=12)


@pytest.mark.parametrize("needs", [{"low": [0.0] * 4}, {"low": [0.0] * 4, "high": [1.0]}])
def test_a_champion_whose_range_is_incomplete_is_not_evaluated(needs: Any, runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "episodes", tmp_path / "run")
    file = tmp_path / "run" / "champion.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "needs": needs}))
    with pytest.raises(neat.NeatError, match=r"must be 4 numbers"):
        evaluate_run(tmp_path / "run", 2)
