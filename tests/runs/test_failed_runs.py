"""A run whose problem failed is saved with the error, and continues once the problem is fixed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import neat
from neat.store.history import History


class Fragile(neat.Problem):
    """A problem that fails for one genome of generation 5 until it is fixed."""

    inputs, outputs, deterministic = ("a", "b"), ("y",), True

    def __init__(self, mended: bool) -> None:
        self.mended = mended

    def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
        fitness = np.array([float(network([0.3, -0.7])[0]) for network in networks])
        if context.rng.generation == 5 and not self.mended and (networks.key % 10 == 3).any():
            raise ValueError("not yet")
        return neat.Evaluation(fitness)


def config(**run: Any) -> neat.Config:
    return neat.Config(run={"seed": 3, "generations": 9, "stop_fitness": "none", **run}, population={"size": 30})


def rows(folder: Path) -> list[Any]:
    with History(folder) as history:
        return [(row.generation, row.digest, row.best, row.failed) for row in history.generations()]


def test_a_failed_run_continues_when_its_problem_is_mended(tmp_path: Path) -> None:
    whole = neat.run(config(), Fragile(True), out=tmp_path / "whole")
    folder = tmp_path / "failed"
    with pytest.raises(neat.ProblemError, match=r"ValueError: not yet for genome \d+ in generation 5") as caught:
        neat.run(config(), Fragile(False), out=folder)
    assert f"neat.resume({str(folder)!r}, problem=p)" in "\n".join(caught.value.__notes__)
    assert rows(folder) == rows(tmp_path / "whole")[:4]
    with History(folder) as history:
        assert history.status == "failed" and "not yet" in (history.about.error or "")
    (file,) = (folder / "failed").iterdir()
    kept = json.loads(file.read_text())
    assert kept["key"] == caught.value.genome_key and kept["generation"] == 5 and "not yet" in kept["error"]
    with pytest.raises(neat.ProblemError, match="not yet"):
        neat.resume(folder, Fragile(False))
    assert rows(folder) == rows(tmp_path / "whole")[:4]
    result = neat.resume(folder, Fragile(True))
    assert result.champion == whole.champion and rows(folder) == rows(tmp_path / "whole")


def test_words_that_no_file_can_hold_do_not_hide_the_error(tmp_path: Path) -> None:
    class Speechless(Fragile):
        def evaluate(self, networks: Any, context: neat.Context) -> neat.Evaluation:
            raise neat.ProblemError("half a letter: \ud800", int(networks.key[0]))

    with pytest.raises(neat.ProblemError, match="half a letter"):
        neat.run(config(), Speechless(False), out=tmp_path / "failed")
    with History(tmp_path / "failed") as history:
        assert history.status == "failed" and history.about.error == r"ProblemError: half a letter: \ud800"


def test_failures_are_counted_on_however_often_a_run_is_resumed(tmp_path: Path) -> None:
    worst = config(on_error="worst")
    whole = neat.run(worst, Fragile(False), out=tmp_path / "whole")
    assert whole.failures == sum(row[3] for row in rows(tmp_path / "whole")) > 0

    def stop_at(number: int) -> Any:
        def watch(generation: neat.Generation) -> None:
            if generation.number == number:
                raise KeyboardInterrupt

        return watch

    for number in (3, 4, 5, 7):
        folder = tmp_path / str(number)
        with pytest.raises(neat.Interrupted):
            neat.run(worst, Fragile(False), out=folder, watch=stop_at(number))
        result = neat.resume(folder, Fragile(False), threads=1)
        assert (result.failures, result.champion) == (whole.failures, whole.champion)
        assert rows(folder) == rows(tmp_path / "whole")
        bases = (folder, tmp_path / "whole")
        ours, theirs = (sorted(file.name for file in (base / "failed").iterdir()) for base in bases)
        assert ours == theirs


SMALL = """
from corruption import limits
import sys
import neat
from neat.cli import main
neat.run(neat.load("xor.ini", ["run.seed=1", "run.generations=2"]))
limits(megabytes=200, seconds=300)
sys.argv = ["neat", "run", "xor.ini", "--set", "population.size=5000000", "--set", "run.threads=1"]
main()
"""


def test_too_little_memory_is_reported_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "xor.csv").write_text("a,b,y\n0,0,0\n0,1,1\n")
    (tmp_path / "xor.ini").write_text("[problem]\nkind = dataset\ndata = xor.csv\ninputs = a, b\ntargets = y\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("not enough memory"), done.stderr[-1_000:]


def test_a_run_is_interrupted_by_an_exit_of_its_watcher_or_its_problem(tmp_path: Path) -> None:
    @neat.problem(inputs=1, outputs=1, deterministic=False)
    def closing(network: Any) -> float:
        if len(asked) == 20:
            raise SystemExit(3)
        asked.append(network)
        return 1.0

    def leave(generation: Any) -> None:
        raise SystemExit

    settings = neat.Config(run={"seed": 1}, population={"size": 8})
    asked: list[Any] = []
    with pytest.raises(
        neat.Interrupted, match=r"after generation 2 \(the problem called sys.exit\(\) in gen.*\); every"
    ) as one:
        neat.run(settings, closing, out=tmp_path / "one")
    asked = []
    with pytest.raises(neat.Interrupted, match="interrupted after generation 1; everything up to then") as two:
        neat.run(settings, closing, out=tmp_path / "two", watch=leave)
    for interrupted, generations in ((one.value, 2), (two.value, 1)):
        assert interrupted.result is not None and interrupted.result.generations == generations
        assert interrupted.folder is not None
        with neat.History(interrupted.folder) as history:
            assert (history.status, history.last) == ("interrupted", generations)


@pytest.mark.parametrize("use", [neat.resume, neat.verify])
def test_a_callback_that_is_passed_does_not_harm_a_run(tmp_path: Path, use: Any) -> None:
    @neat.problem(inputs=1, outputs=1)
    def level(network: Any) -> float:
        return 1.0

    settings = neat.Config(run={"seed": 1, "generations": 1}, population={"size": 3})
    neat.run(settings, level, out=tmp_path / "run")
    more = {"generations": 2} if use is neat.resume else {}
    with pytest.raises(neat.NeatError, match="level: is a plain function; put @neat.problem"):
        use(tmp_path / "run", level.function, **more)
    with neat.History(tmp_path / "run") as history:
        assert history.status == "finished"
