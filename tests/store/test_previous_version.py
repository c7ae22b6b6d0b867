"""Runs made by the previous version of neat-engine can be read, verified and resumed."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from commands import COMMAND
from crashing import without_root

import neat
from neat.store import schema

RUNS = Path(__file__).parent / "previous_version"

#: The last generation of each run, its digest, and what the previous version computed when it continued the run.
CONTINUED = {
    "multiplexer": (12, -6245495511078220246, 20, 6526853294528924352),
    "double_pole": (5, -1562368593145917260, 9, 7837386864780939337),
}
SIZES = {"multiplexer": 20, "double_pole": 30}  # of their populations


@pytest.fixture(params=sorted(CONTINUED))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(name: str, tmp_path: Path) -> Path:
    """Return a copy of a run of the previous version."""
    return Path(shutil.copytree(RUNS / name, tmp_path / "run"))


def test_a_run_of_the_previous_version_is_read(name: str, folder: Path) -> None:
    last, digest, _, _ = CONTINUED[name]
    with neat.History(folder) as history:
        assert (history.last, history.status) == (last, "finished")
        rows = list(history.generations())
        assert [row.generation for row in rows] == list(range(1, last + 1)) and rows[-1].digest == digest
        assert (folder / "champion.json").read_text() == history.champion().to_json()
        assert [len(history.state(number).population) for number in history.states()] == [SIZES[name]] * 2
        layout = history.about.layout
        answer = neat.compile(history.champion().genome)(np.ones(len(layout.inputs)))
        assert answer.shape == (len(layout.outputs),)


def test_a_run_of_the_previous_version_is_read_where_nothing_can_be_written(name: str, folder: Path) -> None:
    before = (folder / "run.sqlite").read_bytes()
    folder.chmod(0o555)
    try:
        done = subprocess.run(
            [*COMMAND, "stats", str(folder), "--csv", "-"], capture_output=True, text=True, preexec_fn=without_root
        )
    finally:
        folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1 + CONTINUED[name][0]
    assert (folder / "run.sqlite").read_bytes() == before


def test_generations_of_the_previous_version_have_no_columns(name: str, folder: Path) -> None:
    with neat.History(folder) as history:
        assert history.columns() == {}
    if name == "double_pole":
        neat.resume(folder, generations=9)
        with neat.History(folder) as history:
            assert history.columns()["steps"].generation.tolist() == [6, 7, 8, 9]


def test_two_processes_may_migrate_a_run_at_once(name: str, folder: Path) -> None:
    found: list[int | None] = []

    def read() -> None:
        with neat.History(folder) as history:
            found.append(history.last)

    reader = threading.Thread(target=read)
    with contextlib.closing(sqlite3.connect(folder / "run.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        reader.start()
        reader.join(0.5)  # it has found version 1, and waits
        schema.migrate(other, 1)
        other.execute("COMMIT")
    reader.join()
    assert found == [CONTINUED[name][0]]


def test_a_run_of_the_previous_version_is_verified(name: str, folder: Path) -> None:
    found = neat.verify(folder)
    assert found.same and found.generations == found.total == CONTINUED[name][0]


def test_a_run_of_the_previous_version_continues_as_it_did_there(name: str, folder: Path) -> None:
    last, _, generations, digest = CONTINUED[name]
    assert neat.resume(folder, generations=generations).generations == generations
    with neat.History(folder) as history:
        assert history.last == generations > last
        assert list(history.generations())[-1].digest == digest
    assert neat.verify(folder).same
