"""Malicious files beside a run's file are rejected before SQLite opens anything."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from commands import CONFIGS, Neat
from crafting import hot_journal

import neat as engine
from neat.store.schema import STORE
from neat.studies.listing import list_runs

SETTINGS = ["run.seed=1", "population.size=8", "run.generations=3", "run.stop_fitness=none"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "run"
    engine.run(engine.load(CONFIGS / "xor.ini", SETTINGS), out=folder)
    return folder


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "runs" / "evil"))


def test_a_journal_that_names_another_file_deletes_nothing(run: Path, made: Path, tmp_path: Path, neat: Neat) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("all there is")
    (run / f"{STORE}-journal").write_bytes(hot_journal(run / STORE, precious))
    shutil.copytree(made, run.parent / "good")
    before = (run / STORE).read_bytes()
    for command in (
        ["resume", "evil", "--generations", 5], ["resume", "evil", "--from", 1], ["show", "evil"], ["stats", "evil"],
        ["verify", "evil"], ["explain", "evil", 1], ["lineage", "evil"], ["evaluate", "evil"],
        ["plot", "evil", "--to", "x.svg"], ["compare", "evil", "good"], ["compare", "good", "evil"],
    ):  # fmt: skip
        ended = neat(*command)
        assert (ended.status, precious.exists()) == (2, True), command
        assert "run.sqlite-journal: is a rollback journal, which the file of a run never has" in ended.err
    assert (run / STORE).read_bytes() == before
    listed = {found.folder.name: found for found in list_runs(run.parent)}
    assert listed["evil"].status == "corrupt" and "is a rollback journal" in str(listed["evil"].error)
    assert listed["good"].status == "stopped"
    assert neat("list").status == 0 and precious.exists()
    with closing(sqlite3.connect(run / STORE)) as other:  # SQLite accepts it: the journal is a real one
        other.execute("SELECT count(*) FROM run").fetchone()
    assert not precious.exists()


def test_a_run_with_a_journal_can_be_removed(run: Path, tmp_path: Path, neat: Neat) -> None:
    precious = tmp_path / "precious.txt"
    precious.touch()
    (run / f"{STORE}-journal").write_bytes(hot_journal(run / STORE, precious))
    (run / f"{STORE}-wal").symlink_to(precious)
    assert neat("remove", run, "--yes").status == 0
    assert precious.exists() and not run.exists()


def link(side: Path, target: Path) -> None:
    side.symlink_to(target)


def hard_link(side: Path, target: Path) -> None:
    side.hardlink_to(target)


def pipe(side: Path, target: Path) -> None:
    os.mkfifo(side)


def folder(side: Path, target: Path) -> None:
    side.mkdir()


def door(side: Path, target: Path) -> None:
    here = os.getcwd()
    os.chdir(side.parent)  # the path of a socket is short
    with closing(socket.socket(socket.AF_UNIX)) as made:
        made.bind(side.name)
    os.chdir(here)


@pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
@pytest.mark.parametrize("odd", [link, hard_link, pipe, folder, door])
def test_an_odd_side_file_is_refused_by_name(
    run: Path, tmp_path: Path, suffix: str, odd: Callable[[Path, Path], None]
) -> None:
    target = tmp_path / "target"
    target.write_text("x" * 100)
    odd(run / f"{STORE}{suffix}", target)
    for use in (engine.History, engine.verify, lambda folder: engine.resume(folder, generations=5)):
        with pytest.raises(engine.NeatError, match=rf"run\.sqlite{suffix}: is "):
            use(run)
    (listed,) = list_runs(run.parent)
    assert listed.status == "corrupt" and f"{STORE}{suffix}: is " in str(listed.error)
    assert target.read_text() == "x" * 100


def test_a_link_that_leads_nowhere_makes_no_file(run: Path, tmp_path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        (run / f"{STORE}{suffix}").symlink_to(tmp_path / "new")
    with pytest.raises(engine.NeatError, match=r"run\.sqlite-wal: is a link"):
        engine.resume(run, generations=5)
    assert not (tmp_path / "new").exists()


def with_log(made: Path, target: Path) -> Path:
    """Return a copy of a run whose last commits are in its log."""
    shutil.copytree(made, target)
    with closing(sqlite3.connect(target / STORE)) as other:
        other.execute("UPDATE session SET seconds = 1.5")
        other.commit()
        for name in (STORE, f"{STORE}-wal"):
            shutil.copy(target / name, target / f"kept {name}")
    for kept in target.glob("kept *"):  # closing merged the log into the file
        kept.replace(target / kept.name.removeprefix("kept "))
    return target


@pytest.mark.parametrize(
    ("place", "content", "why"),
    [
        (0, b"#!/bin/sh\n", "is not a write-ahead log of SQLite"),
        (8, struct.pack(">I", 1024), "is the write-ahead log of another file"),
    ],
)
def test_a_log_that_does_not_belong_to_the_file(
    made: Path, tmp_path: Path, place: int, content: bytes, why: str
) -> None:
    run = with_log(made, tmp_path / "run")
    with closing(sqlite3.connect(run / STORE)) as other:
        assert other.execute("SELECT seconds FROM session").fetchone() == (1.5,)
    run = with_log(made, tmp_path / "odd")
    log = run / f"{STORE}-wal"
    data = log.read_bytes()
    log.write_bytes(data[:place] + content + data[place + len(content) :])
    for use in (engine.History, engine.resume):
        with pytest.raises(engine.NeatError, match=rf"run\.sqlite-wal: {why}"):
            use(run)


@pytest.mark.parametrize("kept", [0, 3, 31, 32, 40, 5_000])
@pytest.mark.parametrize("empty", [False, True])
def test_a_log_that_a_power_cut_left_is_no_hindrance(made: Path, tmp_path: Path, kept: int, empty: bool) -> None:
    run = with_log(made, tmp_path / "run")
    log = run / f"{STORE}-wal"
    log.write_bytes(bytes(kept) if empty else log.read_bytes()[:kept])
    assert engine.resume(run, generations=4).generations == 4


def test_a_linked_file_is_read_where_it_is_and_never_written(run: Path, made: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / STORE).symlink_to(run / STORE)
    with engine.History(linked) as history:
        assert history.last == 3
    with pytest.raises(engine.NeatError, match=r"linked/run\.sqlite: is a link, which can be read but not written"):
        engine.resume(linked, generations=5)
    precious = tmp_path / "precious.txt"
    precious.touch()
    (run / f"{STORE}-journal").write_bytes(hot_journal(run / STORE, precious))
    with pytest.raises(engine.NeatError, match=r"evil/run\.sqlite-journal: is a rollback journal"):
        engine.History(linked)
