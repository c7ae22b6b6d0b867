"""Reading a run finds everything committed, also in the log, changes nothing, and waits for short locks."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import threading
from pathlib import Path

import pytest
from commands import COMMAND, CONFIGS
from crashing import without_root

import neat
from neat.store import writer as store
from neat.store.lock import Lock
from neat.store.schema import STORE

SETTINGS = ["run.seed=5", "population.size=10", "run.generations=6", "run.stop_fitness=none"]


@pytest.fixture
def killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a run as left by a kill, with all commits still in the log."""
    monkeypatch.setattr(store, "_SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(store, "_SHARE", 0)

    def watch(generation: neat.Generation) -> None:
        if generation.number == 4:
            shutil.copytree(tmp_path / "run", tmp_path / "killed")

    neat.run(neat.load(CONFIGS / "xor.ini", SETTINGS), out=tmp_path / "run", watch=watch)
    assert (tmp_path / "killed" / f"{STORE}-wal").stat().st_size > 100_000
    return tmp_path / "killed"


def test_reading_changes_nothing(killed: Path) -> None:
    before = {file: (killed / file).read_bytes() for file in (STORE, f"{STORE}-wal")}
    with neat.History(killed) as history:
        assert history.last == 4 and len(list(history.generations())) == 4
    neat.verify(killed)
    assert {file: (killed / file).read_bytes() for file in before} == before
    neat.resume(killed)
    with neat.History(killed) as history:
        assert history.last == 6


def test_what_is_in_the_log_is_read_where_nothing_can_be_written(killed: Path) -> None:
    killed.chmod(0o555)
    try:
        done = subprocess.run(
            [*COMMAND, "stats", str(killed), "--csv", "-"], capture_output=True, text=True, preexec_fn=without_root
        )
    finally:
        killed.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1 + 4


def test_a_file_that_is_locked_for_a_moment_is_waited_for(killed: Path) -> None:
    other = sqlite3.connect(killed / STORE, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("UPDATE session SET seconds = seconds")
    hasty = sqlite3.connect(killed / STORE, timeout=0.0)
    with contextlib.closing(hasty), pytest.raises(sqlite3.OperationalError, match="locked"):
        hasty.execute("SELECT * FROM run")
    moment = threading.Timer(0.2, other.close)
    moment.start()
    with neat.History(killed) as history:
        assert history.last == 4
    moment.join()


def test_however_long_sqlites_reason_is_the_error_is_a_line(killed: Path) -> None:
    with contextlib.closing(sqlite3.connect(killed / STORE)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET name = ?, sql = 'nonsense' WHERE name = 'run'", ("x\n" * 50_000,))
        connection.commit()
    with pytest.raises(neat.NeatError, match=r"run\.sqlite: is .*malformed") as caught:
        neat.History(killed)
    assert len(str(caught.value)) < 1_000 and "\n" not in str(caught.value)


def test_a_run_that_ends_after_it_was_opened_was_running(killed: Path) -> None:
    lock = Lock(killed, "is busy")
    with neat.History(killed) as history:
        lock.release()
        assert history.status == "running"
    with neat.History(killed) as history:
        assert history.status == "interrupted"
