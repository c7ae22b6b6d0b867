"""The studies of how well tasks are solved run, and the stored baseline is that of the laws as they are."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import neat
from neat.core.randomness import Purpose

EXPERIMENTS = Path(__file__).parent.parent / "experiments"
sys.path.insert(0, str(EXPERIMENTS))

import battery  # noqa: E402
import efficacy  # noqa: E402

INTERRUPTED_IN_THE_THIRD_RUN = """
import signal
import efficacy

run_one, done = efficacy.run_one, []

def until_the_third(*given):
    if len(done) == 2:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.raise_signal(signal.SIGINT)
    done.append(given)
    return run_one(*given)

efficacy.run_one = until_the_third
efficacy.main()
"""


def printed(script: str, *options: object) -> str:
    command = [sys.executable, EXPERIMENTS / script, *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_baseline_of_the_battery_is_made_by_the_default_settings(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    told = printed("efficacy.py", "xor", "cartpole", "--seeds", "0..3", "--jobs", 2, "--csv", file)
    assert told.count("the very same results") == 3
    rows = rows_of(file)
    assert sorted((row["task"], int(row["seed"])) for row in rows) == [
        (task, seed) for task in ("cartpole", "xor") for seed in range(4)
    ]
    same = [{**row, "seconds": ""} for row in rows_of(EXPERIMENTS / "efficacy.csv")]
    assert all({**row, "seconds": ""} in same for row in rows)
    changed = printed("efficacy.py", "xor", "--seeds", "0..7", "--set", "mutation.growth=no")
    assert "0/8" in changed and "WORSE" in changed


def test_every_family_has_tasks_to_choose_by_and_to_confirm_with() -> None:
    assert len(battery.TASKS) >= 24
    for family in battery.FAMILIES:
        halves = [task.chooses for task in battery.TASKS.values() if task.family == family]
        assert len(halves) >= 4 and True in halves and False in halves
    assert set(rows_task["task"] for rows_task in rows_of(EXPERIMENTS / "efficacy.csv")) == set(battery.TASKS)


def test_runs_are_compared_seed_by_seed() -> None:
    def run(seed: int, solved: bool, evaluations: int, quality: float) -> efficacy.Run:
        return efficacy.Run("x", "xor", seed, solved, evaluations, 1, 0, 3, 0.0, quality, 0.0, 0.1)

    here = [run(0, True, 50, 1.0), run(1, False, 90, 0.7), run(2, True, 80, 1.0), run(3, False, 90, 0.5)]
    there = [
        run(0, True, 60, 1.0),
        run(1, True, 85, 1.0),
        run(2, True, 80, 1.0),
        run(3, False, 90, 0.4),
        run(4, True, 1, 1),
    ]
    assert efficacy.compared(here, there) == (2, 1, 1)
    assert efficacy.sign_test(6, 0) == pytest.approx(2 / 64) and efficacy.sign_test(0, 0) == 1.0
    corrected = efficacy.holm({"a": 0.04, "b": 0.01, "c": 0.03})
    assert corrected == pytest.approx({"b": 0.03, "c": 0.06, "a": 0.06})


def test_sequences_are_judged_where_an_answer_is_asked_for() -> None:
    problem = battery.TASKS["recall"].make()
    assert problem.sequences.shape == (16, 5, 2) and (~np.isnan(problem.targets)).sum() == 16
    assert np.array_equal(problem.targets[:, -1, 0], problem.sequences[:, 0, 0])
    state = neat.initialize(neat.Config(run={"seed": 1}, **battery.TASKS["recall"].sections), problem)
    networks = neat.compile(state.population.take([0, 1, 2]))
    found = problem.evaluate(networks, neat.Context(neat.Randomness(1, 1, Purpose.EVALUATION)))
    for network, fitness in zip(networks, found.fitness, strict=True):
        error = 0.0
        for sequence, target in zip(problem.sequences, problem.targets, strict=True):
            network.reset()
            outputs = [network(row) for row in sequence]
            error += (outputs[-1][0] - target[-1, 0]) ** 2
        assert fitness == pytest.approx(-error / 16)


def test_what_the_battery_has_done_is_not_done_again(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    printed("efficacy.py", "xor", "--seeds", "0..1", "--jobs", 1, "--csv", file)
    before = file.read_text()
    file.write_text(before + "default settings,xor,2,Tr")  # cut off by a kill
    printed("efficacy.py", "xor", "--seeds", "0..2", "--jobs", 1, "--csv", file)
    assert file.read_text().startswith(before) and file.read_text().count("\n") == 4
    assert [(run.seed, run.solved) for run in efficacy.read(file)] == [(0, True), (1, True), (2, True)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("efficacy.py", "xor", "--csv", "nowhere/x.csv"), "nowhere/x.csv"),
        (("efficacy.py", "xor", "--jobs", -1), "--jobs -1: too few (0 or more)"),
        (("efficacy.py", "xor", "--seeds", "ten"), "seeds 'ten': 'ten' is neither a seed nor a range"),
        (("efficacy.py", "xor", "--set", "mutation.kind=wild"), "mutation.kind=wild: unknown word"),
        (("efficacy.py", "maze"), "maze: no such task"),
        (("paper_tables.py", "xor", "--seeds", 0), "--seeds 0: too few (1 or more)"),
        (("paper_tables.py", "xor", "--jobs", -1), "jobs is -1; it must be a whole number"),
        (("paper_tables.py", "maze"), "maze: no such table"),
    ],
)
def test_wrong_options_are_reported_before_a_run(options: tuple[object, ...], said: str, tmp_path: Path) -> None:
    script, *rest = map(str, options)
    done = subprocess.run([sys.executable, EXPERIMENTS / script, *rest], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
    assert not any(tmp_path.iterdir())


def test_what_the_battery_has_done_before_an_interruption_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IN_THE_THIRD_RUN, "xor", "cartpole", "--jobs", "1", "--csv", file],
        capture_output=True, text=True, cwd=EXPERIMENTS,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "interrupted\n")
    assert [(row["task"], row["seed"]) for row in rows_of(file)] == [("xor", "0"), ("cartpole", "0")]
    other = subprocess.run(
        [sys.executable, EXPERIMENTS / "efficacy.py", "xor", "--set", "mutation.growth=no", "--csv", file],
        capture_output=True, text=True,
    )  # fmt: skip
    assert other.returncode == 2 and "its runs have other settings (default settings)" in other.stderr


def test_the_tables_of_the_paper_stand_beside_what_was_published() -> None:
    told = printed("paper_tables.py", "dpv", "--seeds", 3, "--jobs", 1)
    assert told.count("3 of 3 solved") == 2
    assert "published: NEAT 3,600" in told and "published: CMA-ES 895" in told


def test_the_study_of_scaling_measures_and_simulates() -> None:
    told = printed("scaling.py", "--workers", "1,2", "--generations", 3, "--population", 10, "--flat", 12)
    assert told.count("champions: all the same") == 2 and "DIFFERENT" not in told
    assert "processes: a chunk costs " in told and "generation    12: this process and its workers" in told
    for workers in ("10", "100", "1,000", "10,000"):
        assert f"{workers:>8} workers: " in told
