"""Commits are complete or not made, whatever interrupts them, and are made in time."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import CONFIGS
from corruption import scratch
from crashing import contents

import neat
from neat.store import writer as store
from neat.store.recorder import Recorder
from neat.store.records import Passed

SETTINGS = ["run.seed=5", "run.checkpoint=2", "population.size=10", "run.generations=4", "run.stop_fitness=none"]


class Interrupted(sqlite3.Connection):
    """A connection with one Ctrl-C before or after a statement, counted from when it was armed."""

    left: int | None = None  # statements until then; None: not armed
    after = False

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        return self._interrupted(super().execute, *arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        return self._interrupted(super().executemany, *arguments)

    def _interrupted(self, run: Any, *arguments: Any) -> sqlite3.Cursor:
        kind = Interrupted
        strikes = kind.left == 0
        kind.left = None if strikes or kind.left is None else kind.left - 1
        if strikes and not kind.after:
            raise KeyboardInterrupt
        found: sqlite3.Cursor = run(*arguments)
        if strikes:
            raise KeyboardInterrupt
        return found


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder for runs that commit every generation, through connections that can be interrupted."""
    monkeypatch.setattr(store, "_SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(store, "_SHARE", 0)
    monkeypatch.setattr(sqlite3, "connect", functools.partial(sqlite3.connect, factory=Interrupted))
    with scratch() as folder:
        yield folder
    Interrupted.left = None


@pytest.mark.parametrize("after", [False, True])
def test_ctrl_c_around_any_statement_of_a_commit_leaves_a_run_that_can_be_resumed(place: Path, after: bool) -> None:
    config, statements = neat.load(CONFIGS / "xor.ini", SETTINGS), 0
    neat.run(config, out=place / "whole")
    wanted = contents(place / "whole")

    def arm(generation: neat.Generation) -> None:
        if generation.number == 1:
            Interrupted.left, Interrupted.after = statements, after

    while True:
        folder = place / str(statements)
        try:
            neat.run(config, out=folder, watch=arm)
            break  # it has fewer statements
        except neat.Interrupted as interrupted:
            assert interrupted.result is not None
            with neat.History(folder) as history:
                assert history.last == interrupted.result.generations
                assert history.status == "interrupted" or history.last == 4  # it had just been finished
        neat.resume(folder)
        assert contents(folder) == wanted
        statements += 1
    assert statements > 20


def test_states_that_fill_memory_are_committed_before_it_is_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int | None] = []

    def watch(generation: neat.Generation) -> None:
        with neat.History(tmp_path / "run", checked=False) as history:
            found.append(history.last)

    monkeypatch.setattr(store, "monotonic", lambda: 0.0)  # the time of a commit never comes
    config = neat.load(CONFIGS / "xor.ini", [*SETTINGS, "run.checkpoint=1", "run.generations=30"])
    state = sum(array.nbytes for array in vars(neat.initialize(config).population).values() if hasattr(array, "nbytes"))
    monkeypatch.setattr(store, "_MOST_PENDING", 8 * state)
    neat.run(config, out=tmp_path / "run", watch=watch)
    assert found[0] is None and found[-1] is not None
    assert len(set(found)) < len(found) // 2  # and memory is free again after each commit


def test_a_run_that_came_first_is_never_written_over(tmp_path: Path) -> None:
    """Another process may make its run in an empty folder after this one has checked it and before it has locked it."""
    config = neat.load(CONFIGS / "xor.ini", SETTINGS)
    neat.run(config, out=tmp_path / "run")
    before = contents(tmp_path / "run")
    with pytest.raises(neat.NeatError, match="is not empty, and a run never overwrites another"):
        Recorder.begin(config, tmp_path / "run", neat.initialize(config), Passed(), [], {}, None)
    assert contents(tmp_path / "run") == before
    assert neat.resume(tmp_path / "run", generations=5).generations == 5  # the folder is free
