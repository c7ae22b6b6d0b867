"""The studies of how well tasks are solved run, and the stored baseline is that of the laws as they are."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

EXPERIMENTS = Path(__file__).parent.parent / "experiments"

INTERRUPTED_IN_THE_SECOND_ROUND = """
import signal
import efficacy, neat

make = neat.run_seeds
def run_seeds(*given, **options):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    neat.run_seeds = lambda *given, **options: signal.raise_signal(signal.SIGINT)
    return make(*given, **options)

neat.run_seeds = run_seeds
efficacy.main()
"""


def printed(script: str, *options: object) -> str:
    command = [sys.executable, EXPERIMENTS / script, *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_baseline_of_the_battery_is_made_by_the_laws_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "runs.csv"
    told = printed("efficacy.py", "xor", "cartpole", "--minutes", 0, "--jobs", 1, "--csv", file)
    assert told.count("the very same runs") == 2
    with file.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["task"] for row in rows] == ["xor"] * 20 + ["cartpole"] * 8
    changed = printed("efficacy.py", "xor", "--minutes", 0, "--jobs", 1, "--set", "mutation.growth=no")
    assert "0/20" in changed and "WORSE" in changed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("efficacy.py", "xor", "--csv", "nowhere/x.csv"), "nowhere/x.csv"),
        (("efficacy.py", "xor", "--jobs", -1), "jobs is -1; it must be a whole number"),
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
        [sys.executable, "-c", INTERRUPTED_IN_THE_SECOND_ROUND, "xor", "cartpole", "--jobs", "1", "--csv", file],
        capture_output=True, text=True, cwd=EXPERIMENTS,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "interrupted\n")
    assert "the very same runs" in done.stdout and "cartpole" not in done.stdout
    with file.open(newline="") as stream:
        assert [row["task"] for row in csv.DictReader(stream)] == ["xor"] * 20


def test_the_tables_of_the_paper_stand_beside_what_was_published() -> None:
    told = printed("paper_tables.py", "dpv", "--seeds", 3, "--jobs", 1)
    assert told.count("3 of 3 solved") == 2
    assert "published: NEAT 3,600" in told and "published: CMA-ES 895" in told
