"""The studies of how well tasks are solved run, and the stored baseline is that of the laws as they are."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

EXPERIMENTS = Path(__file__).parent.parent / "experiments"


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


def test_the_tables_of_the_paper_stand_beside_what_was_published() -> None:
    told = printed("paper_tables.py", "dpv", "--seeds", 3, "--jobs", 1)
    assert told.count("3 of 3 solved") == 2
    assert "published: NEAT 3,600" in told and "published: CMA-ES 895" in told
