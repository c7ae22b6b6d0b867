"""Pipes, devices, folders and links in place of files: no command waits for them, and no folder blocks another."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import COMMAND, CONFIGS, Neat

import neat as engine
from neat.store.lock import Lock
from neat.studies.listing import list_runs

SETTINGS = ["population.size=8", "run.generations=2", "run.stop_fitness=none"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run and a batch."""
    folder = tmp_path_factory.mktemp("made")
    config = engine.load(CONFIGS / "xor.ini", SETTINGS)
    engine.run(config.replace(run={"seed": 1}), out=folder / "run")
    engine.run_seeds(config, "0,1", jobs=1, out=folder / "batch")
    return folder


def pipe(file: Path) -> None:
    os.mkfifo(file)


def device(file: Path) -> None:
    file.symlink_to("/dev/zero")


def folder(file: Path) -> None:
    file.mkdir()


def lost(file: Path) -> None:
    file.symlink_to("nowhere/at/all")


COMMANDS = (
    ["list"], ["show", "odd"], ["stats", "odd"], ["lineage", "odd"], ["explain", "odd", 1], ["evaluate", "odd"],
    ["verify", "odd", "--quiet"], ["resume", "odd", "--generations", 3, "--quiet"], ["export", "odd", "--to", "x.svg"],
    ["compare", "odd", "good"], ["run", "xor.ini", "--seeds", "0..2", "--jobs", 1, "--out", "runs/odd", "--quiet"],
    ["plot", "odd", "--to", "x.svg"], ["plot", "odd", "good", "--to", "x.svg"], ["remove", "odd", "--yes"],
)  # fmt: skip


@pytest.mark.parametrize("odd", [pipe, device, folder, lost])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("run", name) for name in ("run.sqlite", ".lock", "config.ini", "champion.json")),
        *(("batch", name) for name in ("batch.json", ".lock", "config.ini", "table.csv", "summary.json")),
        ("batch", "table-histories.csv"),
    ],
)
def test_no_command_waits(neat: Neat, made: Path, kind: str, name: str, odd: Callable[[Path], None]) -> None:
    shutil.copytree(made / kind, "runs/odd")
    shutil.copytree(made / kind, "runs/good")
    (Path("runs/odd") / name).unlink()
    odd(Path("runs/odd") / name)
    for command in COMMANDS:
        ended = neat(*command)
        assert ended.status in (0, 2) and "Traceback" not in ended.err, (command, ended)
        assert ended.status == 0 or ended.err.count("\n") <= 2, (command, ended)
    assert [found.status for found in list_runs() if found.folder.name == "good"] != ["corrupt"]


@pytest.mark.parametrize("odd", [pipe, device, folder, lost])
def test_an_odd_lock_is_refused_by_name(made: Path, odd: Callable[[Path], None]) -> None:
    shutil.copytree(made / "run", "runs/odd")
    Path("runs/odd/.lock").unlink()
    odd(Path("runs/odd/.lock"))
    (listed,) = list_runs()
    assert listed.status == "corrupt" and "runs/odd/.lock: cannot be used as a lock (it is a" in str(listed.error)
    with pytest.raises(engine.NeatError, match=r"runs/odd/\.lock: cannot be written \(it is a"):
        Lock(Path("runs/odd"), "busy")


def test_a_lock_that_is_a_link_makes_no_file(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "run", "runs/odd")
    Path("runs/odd/.lock").unlink()
    Path("runs/odd/.lock").symlink_to(tmp_path / "new")
    with pytest.raises(engine.NeatError, match="it is a link, not a plain file"):
        engine.resume("runs/odd", generations=3)
    assert not (tmp_path / "new").exists()


def test_a_configuration_is_a_file(neat: Neat) -> None:
    os.mkfifo("pipe.ini")
    for command in ("check", "run"):
        ended = neat(command, "pipe.ini")
        assert (ended.status, ended.out) == (2, "") and ended.err.startswith("pipe.ini: is a pipe, which may never end")
        ended = neat(command, "/dev/zero")
        assert ended.err == "/dev/zero: cannot be read (it is a device, not a plain file)\n"
    with open("xor.ini") as file:
        done = subprocess.run([*COMMAND, "check", "/dev/stdin"], stdin=file, capture_output=True, text=True)
    assert "xor.csv" in done.stderr and "pipe" not in done.stderr  # it was read, with paths relative to another folder
    done = subprocess.run([*COMMAND, "check", "/dev/stdin"], input="", capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.startswith("/dev/stdin: is a pipe, which may never end (save the")


def test_data_is_a_file(neat: Neat) -> None:
    Path("xor.csv").unlink()
    os.mkfifo("xor.csv")
    for command in ("check", "run"):
        ended = neat(command, "xor.ini")
        assert ended.status == 2 and "it is a pipe, not a plain file" in ended.err
