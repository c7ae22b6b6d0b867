"""Commands on untrusted runs: whatever their files hold, a command ends by itself, and never with a traceback."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import run_apart
from corruption import scratch
from crafting import IMPOSSIBLE, craft, hot_journal, make_run, seal

SECONDS = 20  # that a command may take before it counts as hanging
VALUES = (
    None, -1, 0, 1, 2**31, 2**62, -(2**63), 2**63 - 1, 1e999, -1e999, 1e308, 0.5, "", "{}", "[9999999999]", "[0, 2]",
    "[" * 5_000, "9" * 5_000, b"", b"\xff" * 64, "S0", "<U5", "|S3", "<c16", "|b1", "<f4", "\x00", "module:Name",
)  # fmt: skip
SIDES = ("run.sqlite-wal", "run.sqlite-shm", "run.sqlite-journal", ".lock", "config.ini", "champion.json")


def commands(run: Path) -> list[tuple[object, ...]]:
    """Return commands that read a run, or resume it."""
    picture = run.parent / "picture.svg"
    return [
        ("list", run.parent), ("show", run), ("stats", run), ("stats", run, "--csv", "-"),
        ("stats", run, "--species", "--csv", "-"), ("explain", run, 5), ("lineage", run), ("lineage", run, "--json"),
        ("verify", run), ("evaluate", run), ("compare", run, run), ("resume", run, "--generations", 11),
        ("export", run, "--to", run.parent / "genome.json"), ("export", run, "--to", picture),
        *(("plot", run, "--to", picture, "--what", what) for what in ("fitness", "species", "sizes", "ancestry")),
    ]  # fmt: skip


def check(command: tuple[object, ...], told: str) -> None:
    """Run a command, which must end by itself with one of its own exit statuses."""
    ended = run_apart(SECONDS, *command)
    assert ended.status in (0, 1, 2), (told, ended)
    assert "Traceback" not in ended.err, (told, ended)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the folders of small runs."""
    base = tmp_path_factory.mktemp("runs")
    return {kind: make_run(kind, base / kind) for kind in ("recurrent", "episodes")}


@pytest.fixture
def base() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


def fresh(base: Path, source: Path) -> Path:
    """Return a new copy of a run in an otherwise empty folder."""
    shutil.rmtree(base / "runs", ignore_errors=True)
    (base / "runs").mkdir()
    shutil.copytree(source, base / "runs" / "run")
    return base / "runs" / "run"


def damage(run: Path, chance: random.Random) -> str:
    """Change values in a run's database, or in its last state, and describe the change."""
    if chance.random() < 0.3:
        return craft(run, chance)
    with contextlib.closing(sqlite3.connect(run / "run.sqlite")) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        table = chance.choice(tables)
        column = chance.choice([row[1] for row in connection.execute(f"PRAGMA table_info({table})")])
        value: Any = chance.choice(VALUES)
        where = chance.choice(("", f" WHERE rowid = {chance.randrange(9)}")) if table != "species" else ""
        with contextlib.suppress(sqlite3.Error):  # the constraints of the tables reject it
            connection.execute(f"UPDATE OR REPLACE {table} SET {column} = ?{where}", (value,))
        with contextlib.suppress(sqlite3.Error, *IMPOSSIBLE):
            seal(connection, 8)
        connection.commit()
    return f"{table}.{column} = {value!r:.40}{where}"


def try_databases(runs: dict[str, Path], base: Path, count: int, each: int) -> None:
    chance = random.Random(1)
    for number in range(count):
        run = fresh(base, runs[chance.choice(sorted(runs))])
        told = f"{number}: {damage(run, chance)}"
        for command in chance.sample(commands(run), each):
            check(command, f"{told}: {command[0]}")


def test_commands_on_databases_whose_values_were_changed(runs: dict[str, Path], base: Path) -> None:
    try_databases(runs, base, 12, 1)


@pytest.mark.slow
def test_commands_on_hundreds_of_databases_whose_values_were_changed(runs: dict[str, Path], base: Path) -> None:
    try_databases(runs, base, 300, 2)


def side_file(run: Path, chance: random.Random, victim: Path) -> str:
    """Put a foreign file beside a run's database, and describe it."""
    name = chance.choice(SIDES)
    file = run / name
    file.unlink(missing_ok=True)
    kind = chance.choice(("bytes", "nothing", "journal", "link", "dangling", "pipe", "folder", "endless", "text"))
    if kind == "bytes":
        file.write_bytes(chance.randbytes(chance.choice((1, 32, 512, 5_000, 40_000))))
    elif kind == "journal":
        file.write_bytes(hot_journal(run / "run.sqlite", victim))
    elif kind == "link":
        file.symlink_to(victim)
    elif kind == "dangling":
        file.symlink_to(victim.with_name("made"))
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind == "endless":
        file.symlink_to("/dev/zero")
    else:
        file.write_text("" if kind == "nothing" else "[run]\nseed = \x1b[2J\u202e\n" * 3, encoding="utf-8")
    return f"{name}: {kind}"


def try_side_files(runs: dict[str, Path], base: Path, count: int, each: int) -> None:
    chance, victim = random.Random(2), base / "victim"
    for number in range(count):
        victim.write_text("somebody's own")
        run = fresh(base, runs[chance.choice(sorted(runs))])
        told = f"{number}: {side_file(run, chance, victim)}"
        for command in chance.sample(commands(run), each):
            check(command, f"{told}: {command[0]}")
            assert victim.read_text() == "somebody's own" and not (base / "made").exists(), (told, command)


def test_commands_on_runs_with_side_files_of_strangers(runs: dict[str, Path], base: Path) -> None:
    try_side_files(runs, base, 12, 1)


@pytest.mark.slow
def test_commands_on_hundreds_of_runs_with_side_files_of_strangers(runs: dict[str, Path], base: Path) -> None:
    try_side_files(runs, base, 300, 2)
