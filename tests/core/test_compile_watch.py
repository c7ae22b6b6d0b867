"""Compilation of kernels is announced if it takes a while, measured, and not repeated for other types."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic

import numba
import pytest
from commands import COMMAND, CONFIGS

from neat.core import compile_watch, kernels
from neat.core.announcements import announced_to
from neat.core.compile_watch import AT_EVERY_START, ONCE, watch, working_clock

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")

# A problem that needs a kernel which is never cached: it stands for what compiles late.
LATE = """
import neat
from neat.core import arithmetic_kernels, compile_watch, kernels

compile_watch._SECONDS_UNANNOUNCED = 0.0
kernels.cache_folder = lambda: None

@kernels.kernel
def late(x):
    return arithmetic_kernels.sin(x) + arithmetic_kernels.tanh(x) + arithmetic_kernels.log(x)

class Late(neat.Problem):
    inputs, outputs = ("a",), ("y",)

    def evaluate(self, networks, context):
        late(1.0)
        return neat.Evaluation(context.rng.uniform(networks.key, 0))
"""

# A first run, on an empty cache: whether a callee was compiled for a plain int, and what was compiled again afterwards.
FIRST = """
import sys
import neat
from numba.core import event
from neat.core.compile_watch import watch

class Literals(event.Listener):
    def on_start(self, event):
        ours = event.data["dispatcher"].py_func.__module__.startswith("neat.")
        if ours and "Literal[int]" in str(event.data["args"]):
            print("for a literal:", event.data["dispatcher"])

    def on_end(self, event):
        pass

event.register("numba:compile", Literals())
config = neat.load(sys.argv[1], ["run.seed=1", "run.generations=3", "population.size=20"])
neat.run(config, out=sys.argv[2] + "-1")
before = watch.seconds()
assert before > 0
neat.run(config, out=sys.argv[2] + "-2")
assert watch.seconds() == before
"""

# What users do, with kernels as they are cached: each of them is needed for one combination of types alone.
COMMON = """
import sys
from pathlib import Path
import numpy as np
import neat
from neat.core.compile_watch import watch

configs, folder = Path(sys.argv[1]), Path(sys.argv[2])
SMALL = ["run.seed=1", "run.stop_fitness=none", "population.size=20"]
LIVELY = [
    "genome.bias=attribute", "mutation.kind=gaussian", "mutation.bias_rate=0.5", "mutation.response_rate=0.5",
    "mutation.delete_node=0.3", "mutation.delete_connection=0.3", "mutation.toggle=0.3", "mutation.add_node=0.5",
    "crossover.excess=both", "crossover.blend_rate=0.2", "speciation.join=nearest", "reproduction.sharing=rank",
]
for number, (name, more) in enumerate([
    ("xor", []), ("xor", LIVELY), ("cartpole", []), ("cartpole_no_velocity", []), ("double_pole", []),
    ("single_pole", []), ("multiplexer11", []),
]):
    out, config = folder / str(number), neat.load(configs / f"{name}.ini", [*SMALL, *more, "run.generations=3"])
    result = neat.run(config, out=out)
    neat.resume(out, generations=5)
    neat.verify(out)
    with neat.History(out) as history:
        neat.explain_run(history, 1)
    network, population = neat.compile(result.champion), neat.initialize(config).population
    rows = np.zeros((20, len(network.layout.inputs)))
    network(rows), network(rows[0]), network(rows[0].tolist())
    neat.activate_rows(neat.compile(population), rows)
    neat.activate_each(neat.compile(population), rows)
called = [kernel for kernel in watch.kernels if kernel.signatures]
assert len(called) > 30, len(called)
for kernel in called:
    if len(kernel.signatures) > 1:
        print(kernel, *kernel.signatures, sep="\\n    ")
"""


@pytest.fixture
def uncached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile kernels as soon as they are defined, and announce it immediately."""
    monkeypatch.setattr(kernels, "cache_folder", lambda: None)
    monkeypatch.setattr(compile_watch, "_SECONDS_UNANNOUNCED", 0.0)
    monkeypatch.setattr(compile_watch, "_SECONDS_APART", -1.0)
    monkeypatch.setattr(watch, "cached", True)


def compile_one() -> None:
    """Compile a kernel that calls another."""

    @kernels.kernel
    def one(x: float) -> float:
        return x + 1.0

    @kernels.kernel
    def two(x: float) -> float:
        return one(x) + 1.0

    assert two(1.0) == 3.0
    assert two(2.0) == 4.0


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(argument) for argument in arguments],
        capture_output=True, text=True, env={**os.environ, "NUMBA_DISABLE_JIT": "0", **environment}, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def test_it_is_announced_once_in_a_stretch(uncached: None, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(compile_watch, "_SECONDS_APART", -1.0)  # whatever was compiled a moment ago
    with announced_to(told.append):
        compile_one()
        assert told == [AT_EVERY_START]  # the folder cannot be made
        monkeypatch.setattr(compile_watch, "_SECONDS_APART", 3600.0)
        compile_one()
        assert told == [AT_EVERY_START]
        monkeypatch.setattr(compile_watch, "_SECONDS_APART", -1.0)
        compile_one()
        assert told == [AT_EVERY_START] * 2
    compile_one()
    assert told == [AT_EVERY_START] * 2  # nothing is passed on after the body


def test_what_is_fast_and_what_is_not_ours_is_not_announced(uncached: None, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    before = watch.seconds()
    with announced_to(told.append):
        assert numba.njit(lambda x: x + 1)(1) == 2
        assert watch.seconds() == before
        monkeypatch.setattr(compile_watch, "_SECONDS_UNANNOUNCED", 3600.0)
        compile_one()
    assert told == []


def test_its_seconds_are_left_out_of_the_working_clock(uncached: None) -> None:
    compiled_before, began, worked = watch.seconds(), monotonic(), working_clock()
    compile_one()
    compiling_took, worked = watch.seconds() - compiled_before, working_clock() - worked
    whole = monotonic() - began
    assert 0.0 < compiling_took < whole
    assert 0.0 < worked < whole - compiling_took + 1e-9


def test_workers_that_compile_at_the_same_time_are_announced_together(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(watch, "_last_announced", -1e9)
    monkeypatch.setattr(watch, "cached", True)
    with announced_to(told.append):
        watch.relay()
        watch.relay()
    assert told == [ONCE]


def test_a_script_announces_it_on_stderr_unless_its_logging_is_set_otherwise(tmp_path: Path) -> None:
    (tmp_path / "file").touch()  # so that no folder can be made there
    code = """
import io, logging, sys
from neat.genetics.innovation import Innovations
from neat.core import compile_watch
compile_watch._SECONDS_UNANNOUNCED = 0.0
if "silent" in sys.argv:
    logging.getLogger("neat").setLevel("ERROR")
if "notebook" in sys.argv:  # which replaces the standard streams
    sys.stderr = io.StringIO()
Innovations.empty(3)
if "notebook" in sys.argv:
    print(sys.stderr.getvalue(), end="")
"""
    cache = str(tmp_path / "file" / "cache")
    loud = run(sys.executable, "-c", code, NUMBA_CACHE_DIR=cache)
    assert (loud.stdout, loud.stderr) == ("", AT_EVERY_START + "\n")
    silent = run(sys.executable, "-c", code, "silent", NUMBA_CACHE_DIR=cache)
    assert (silent.stdout, silent.stderr) == ("", "")
    notebook = run(sys.executable, "-c", code, "notebook", NUMBA_CACHE_DIR=cache)
    assert (notebook.stdout, notebook.stderr) == (AT_EVERY_START + "\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of a process")
def test_a_cache_on_a_full_disk_stops_nothing(tmp_path: Path) -> None:
    code = """
import resource
from neat.genetics.innovation import Innovations
from neat.core import compile_watch
compile_watch._SECONDS_UNANNOUNCED = 0.0
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))  # as if the disk were full
Innovations.empty(3)
compile_watch._SECONDS_APART = -1.0
Innovations.empty(3).number_connections(*2 * [Innovations.empty(3).to_arrays()["source"]])
"""
    done = run(sys.executable, "-c", code, NUMBA_CACHE_DIR=str(tmp_path))
    assert (done.stdout, done.stderr) == ("", ONCE + "\n" + AT_EVERY_START + "\n")


@pytest.mark.parametrize("seeds", [[], ["--seeds", "0..3", "--jobs", "2"]], ids=["run", "workers"])
def test_commands_announce_it_once_on_stderr_and_not_if_quiet(tmp_path: Path, seeds: list[str]) -> None:
    (tmp_path / "late.py").write_text(LATE)
    (tmp_path / "late.ini").write_text("[run]\ngenerations = 2\n[population]\nsize = 10\n[problem]\nkind = late:Late\n")
    command = [*COMMAND, "run", tmp_path / "late.ini", *seeds]
    loud = run(*command, "--out", tmp_path / "loud")
    assert loud.stderr.count("compiling kernels") == 1
    assert seeds or "s of compiling kernels), seed " in loud.stdout
    quiet = run(*command, "--out", tmp_path / "quiet", "--quiet", "--json")
    assert "compiling" not in quiet.stdout + quiet.stderr


def test_a_first_run_announces_it_and_the_next_one_compiles_nothing(tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    first = run(sys.executable, "-c", FIRST, CONFIGS / "xor.ini", tmp_path / "run", NUMBA_CACHE_DIR=cache)
    assert (first.stdout, first.stderr) == ("", ONCE + "\n")
    settings = ["--seed", 1, "--generations", 3, "--set", "population.size=20", "--out", tmp_path / "run"]
    second = run(*COMMAND, "run", CONFIGS / "xor.ini", *settings, NUMBA_CACHE_DIR=cache)
    assert second.stderr == "" and "compiling" not in second.stdout


def test_no_kernel_on_the_common_paths_is_compiled_for_several_types(tmp_path: Path) -> None:
    done = run(sys.executable, "-c", COMMON, CONFIGS, tmp_path)
    assert done.stdout == ""
