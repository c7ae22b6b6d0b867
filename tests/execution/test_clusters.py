"""Clusters of other libraries: Ray, Dask and MPI, each a real one on this machine. The champion is always the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import neat

SETUP = """
import sys, threading, time
import gymnasium, numpy as np, neat

class Slow(neat.Problem):
    inputs, outputs = ("x",), ("y",)

    def evaluate(self, networks, context):
        time.sleep(0.05 * len(networks))
        return neat.Evaluation(context.rng.uniform(networks.key, 0), columns={"key": networks.key})

run = {"seed": 1, "generations": 4, "stop_fitness": "none", "executor": "threads"}
config = neat.Config(run=run, population={"size": 24})
expected = neat.run(config, Slow()).champion.to_json()
"""

DASK = """
from dask.distributed import Client, LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        executor = client.get_executor()
        assert neat.run(config, Slow(), executor=executor).champion.to_json() == expected

        @neat.problem(inputs=1, outputs=1)
        def broken(network, rng):
            if network.networks.key[0] == 30:
                raise ValueError("thirty")
            return rng.random()

        try:
            neat.run(config, broken, executor=executor)
        except neat.ProblemError as error:
            print(error)
            print(str(error.__cause__).splitlines()[-1])
"""

MPI = """
from mpi4py.futures import MPIPoolExecutor

if __name__ == "__main__":
    with MPIPoolExecutor() as executor:
        assert executor.num_workers == 2
        assert neat.run(config, Slow(), executor=executor).champion.to_json() == expected
        print("same")
"""

NODES = """
import os

WHERE = '''
import os
import neat

@neat.problem(inputs=1, outputs=1, deterministic=False)
def where(network):
    return float("working_dir_files" in os.getcwd() and os.path.exists("where.py"))
'''
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
from ray.cluster_utils import Cluster

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
config = config.replace(run={"executor": "ray", "address": cluster.address})

def watch(generation):
    if generation.number == 2:  # a node is lost in the middle of the third generation
        removal.start()

removal = threading.Timer(0.3, cluster.remove_node, [nodes[0]], {"allow_graceful": False})

assert neat.run(config, Slow(), watch=watch).champion.to_json() == expected
removal.join()

# Modules beside a configuration reach the nodes.
from pathlib import Path
Path("beside").mkdir()
Path("beside/where.py").write_text(WHERE)
Path("beside/where.ini").write_text("[problem]\\nkind = where:where\\n[run]\\ngenerations = 1\\n")
result = neat.run(neat.load("beside/where.ini", ["run.executor=ray", f"run.address={cluster.address}"]))
assert result.best_fitness == 1.0
cluster.shutdown()
print("same")
"""


def run_script(folder: Path, script: str, *command: str, timeout: float = 300.0) -> subprocess.CompletedProcess[str]:
    (folder / "script.py").write_text(SETUP + script)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        [*(command or (sys.executable,)), "script.py"],
        cwd=folder, capture_output=True, text=True, timeout=timeout, env=environment,
    )  # fmt: skip


def test_dask(tmp_path: Path) -> None:
    done = run_script(tmp_path, DASK)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "broken raised ValueError: thirty for genome 30 in generation 2\nValueError: thirty\n"


def test_mpi(tmp_path: Path) -> None:
    done = run_script(tmp_path, MPI, "mpiexec", "-n", "3", sys.executable, "-m", "mpi4py.futures")
    assert (done.returncode, done.stdout) == (0, "same\n"), done.stderr


def test_a_ray_cluster_that_loses_a_node(tmp_path: Path) -> None:
    done = run_script(tmp_path, NODES)
    assert done.returncode == 0 and done.stdout.endswith("same\n"), done.stderr


TASK = """
import os, time
from pathlib import Path
import neat

@neat.problem(inputs=1, outputs=1)
def task(network, rng):
    if network.networks.key[0] == 25 and Path("{folder}/hang").exists():
        Path("{folder}/hangs").touch()
        time.sleep(600)
    return rng.random()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an experiment that can hang in its second generation."""
    (tmp_path / "task.py").write_text(TASK.format(folder=tmp_path))
    (tmp_path / "task.ini").write_text(
        "[problem]\nkind = task:task\n[run]\nseed = 1\ngenerations = 3\n[population]\nsize = 20\n"
    )
    return tmp_path


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "neat", *arguments], cwd=folder, capture_output=True, text=True, timeout=300
    )


def test_a_local_ray_cluster_from_the_command_line(folder: Path) -> None:
    here = command(folder, "run", "task.ini", "--out", "here", "--json", "--quiet")
    there = command(
        folder, "run", "task.ini", "--out", "there", "--executor", "ray", "--workers", "2", "--json", "--quiet"
    )
    assert (there.returncode, there.stderr) == (0, "")
    assert json.loads(there.stdout)["best_fitness"] == json.loads(here.stdout)["best_fitness"]
    assert (folder / "here/champion.json").read_bytes() == (folder / "there/champion.json").read_bytes()
    resumed = command(folder, "resume", "there", "--generations", "5", "--trust", "--executor", "processes", "--quiet")
    assert resumed.returncode == 0, resumed.stderr
    assert command(folder, "resume", "here", "--generations", "5", "--trust", "--quiet").returncode == 0
    assert (folder / "here/champion.json").read_bytes() == (folder / "there/champion.json").read_bytes()


def test_whole_runs_on_ray_make_the_same_table_and_add_to_it(folder: Path) -> None:
    for name, seeds, options in (
        ("here", "0..4", ()),
        ("there", "0..2", ("--executor", "ray")),
        ("there", "0..4", ("--executor", "ray", "--jobs", "2")),
    ):
        done = command(folder, "run", "task.ini", "--seeds", seeds, "--out", name, "--quiet", *options)
        assert done.returncode == 0, done.stderr
    tables = [neat.Table.read(folder / name) for name in ("here", "there")]
    here, there = ([(row.seed, row.best_fitness, row.evaluations) for row in table.rows] for table in tables)
    assert here == there and len(here) == 5
    for seed in range(5):
        name = f"champion-{seed}.json"
        assert (folder / "here" / name).read_bytes() == (folder / "there" / name).read_bytes()


def test_ctrl_c_ends_a_local_ray_cluster(folder: Path) -> None:
    (folder / "hang").touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "neat", "run", "task.ini", "--executor", "ray", "--workers", "2", "--out", "run"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # it is ignored if tests run in the background
    )  # fmt: skip
    while not (folder / "hangs").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    everything = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted after 1 generation" in err and "Traceback" not in err
    _, left = psutil.wait_procs(everything, timeout=10)
    assert len(everything) > 5 and [each for each in left if each.status() != psutil.STATUS_ZOMBIE] == []


def test_a_cluster_that_does_not_exist(folder: Path) -> None:
    done = command(folder, "run", "task.ini", "--executor", "ray", "--address", "127.0.0.1:1", "--quiet")
    assert done.returncode == 2 and done.stdout == ""
    assert "[run] address = 127.0.0.1:1: there is no Ray cluster" in done.stderr and "Traceback" not in done.stderr


def test_without_ray(folder: Path) -> None:
    (folder / "ray.py").write_text("raise ImportError\n")
    done = command(folder, "run", "task.ini", "--executor", "ray", "--quiet")
    assert done.returncode == 2
    assert done.stderr == "the package 'ray' is not installed (pip install 'neat-engine[ray]')\n"
