"""The record of a run: its folder tells the whole story, up to about a second ago while it lasts."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection

import numpy as np

from neat.config import Config
from neat.core.errors import NeatError
from neat.evolution.state import Champion, Generation, State
from neat.problems.protocol import Problem
from neat.store import folder as files
from neat.store.configuration import text_of, write_config
from neat.store.lock import Lock
from neat.store.provenance import files_of
from neat.store.schema import STORE
from neat.store.writer import FileLost, Status, Store

MOST_FAILED = 10  # failed genomes that are kept for inspection with `on_error = worst`
BUSY = "another process is making this run (wait for its end, or end it with Ctrl-C)"


class Recorder:
    """The record of one run with a seed; `begin` and `go_on` make one that is kept in a folder."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._place: files.Place | None = None
        self.latest: Generation | None = None
        self._store: Store | None = None
        self._lock: Lock | None = None
        self._configured = False  # whether config.ini says what is computed
        self._written: Champion | None = None

    @classmethod
    def begin(cls, config: Config, folder: Path, state: State, problem: Problem, lock: Lock | None = None) -> Recorder:
        """Return the recorder of a new run in a folder; `state` is its first state.

        The folder must be empty, unless the caller holds its `lock` and the configuration is already there.

        Raises:
            NeatError: a file cannot be written, one that the run reads cannot be read, or the folder is in use.
        """
        recorder = cls(config)
        handed = problem.qualified_name if config.problem is None else None
        origin = {"problem": handed, "files": files_of(config, problem)}
        recorder._claim(folder, lock)
        try:
            if os.path.lexists(folder / STORE):
                raise NeatError(f"{folder}: is not empty, and a run never writes over another (name a new folder)")
            files.remove_leftovers(folder)
            if lock is None:
                write_config(folder, config)
            try:
                recorder._store = Store.create(folder / STORE, config, text_of(config), state, origin)
            except NeatError:  # nothing was begun, and the folder can be named again
                if lock is None:
                    (folder / files.CONFIG).unlink(missing_ok=True)
                raise
            recorder._configured = True
        except BaseException:
            recorder._leave()
            raise
        return recorder

    @classmethod
    def go_on(
        cls, config: Config, folder: Path, first: int, connection: Connection, lock: Lock, *, configured: bool
    ) -> Recorder:
        """Return the recorder of a resumed run, which continues from the saved state of generation `first`.

        `connection` is one to its file that may write, `lock` the lock on its folder; both are left when it ends.
        `configured` says whether the configuration in the folder is up to date; if not, it is written.
        """
        recorder = cls(config)
        recorder._configured = configured
        recorder._claim(folder, lock)
        recorder._store = Store.go_on(connection, folder / STORE, config, text_of(config), first)
        return recorder

    @property
    def folder(self) -> Path | None:
        """The folder in which the run is saved, or None."""
        return None if self._place is None else self._place.path

    @property
    def champion(self) -> Champion | None:
        """The champion so far."""
        return None if self.latest is None else self.latest.champion

    def record(self, generation: Generation) -> None:
        """Take note of a generation; about once a second, what is new is written down.

        Raises:
            NeatError: a file cannot be written, or says something else of a generation that it has already.
        """
        due = self._store is not None and self._store.add(generation)
        self.latest = generation
        if self._store is not None and generation.failed:
            self._keep_some(generation)
        if due:
            self._save("running")

    def finish(self, status: Status, error: str | None = None) -> None:
        """Write everything down, with how the run ended, and leave the folder to others.

        Raises:
            NeatError: a file cannot be written.
        """
        try:
            self._save(status, error)
        finally:
            self._leave()

    def keep_failed(self, state: State, key: int, why: str) -> Path | None:
        """Save the genome with this key for inspection; return the file, or None where nothing is saved."""
        places = np.flatnonzero(state.population.key == key)
        if self.folder is None or not len(places):
            return None
        alone = state.population.take(places[:1])
        hidden = alone.node[alone.layout.given :]
        genome = alone.genome(0, state.innovations.splits_of(hidden))
        file = self.folder / files.FAILED / f"genome-{key}.json"
        try:
            file.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise files.cannot_write(file, error) from None
        files.write_whole(file, genome.to_json(generation=state.generation, error=why))
        return file

    def _keep_some(self, generation: Generation) -> None:
        """Save the genomes of a generation that failed, as long as few are there."""
        assert self.folder is not None, "only a run with a folder is saved"
        there = len(list((self.folder / files.FAILED).glob("genome-*.json")))
        for key, why in sorted(generation.failed.items())[: max(0, MOST_FAILED - there)]:
            self.keep_failed(generation.state, key, why)

    def _claim(self, folder: Path, lock: Lock | None = None) -> None:
        self._lock = Lock(folder, BUSY) if lock is None else lock
        self._place = files.Place(folder)

    def _leave(self) -> None:
        if self._store is not None:
            self._store.close()
        if self._lock is not None:
            self._lock.release()

    def _save(self, status: Status, error: str | None = None) -> None:
        if self._store is None or self.folder is None:
            return
        reasons = self.latest.reasons if status == "finished" and self.latest is not None else ()
        try:
            self._store.commit(status, reasons, error)
        except FileLost:
            with suppress(NeatError):  # the only part of the run that can still be saved
                self._write_champion()
            raise
        if not self._configured:
            write_config(self.folder, self.config)
            self._configured = True
        self._write_champion()

    def _write_champion(self) -> None:
        assert self.folder is not None, "only a run with a folder is saved"
        if self.champion is not None and self.champion is not self._written:
            files.write_whole(self.folder / files.CHAMPION, self.champion.to_json())
            self._written = self.champion
