"""Recording a run in a folder while it is computed, up to about a second ago."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection

import numpy as np

from neat.config import Config
from neat.core.errors import NeatError
from neat.evolution.state import Champion, Generation, State
from neat.store import folder as files
from neat.store.configuration import write_config
from neat.store.lock import Lock
from neat.store.records import FileRow, Passed, Status
from neat.store.schema import STORE
from neat.store.writer import FileLost, Store

MOST_FAILED = 10  # failed genomes that are saved for inspection with `on_error = worst`
BUSY = "another process is making this run (wait for its end, or end it with Ctrl-C)"


class Recorder:
    """The record of one run with a seed; one made by `begin` or `resume` is saved in a folder."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.latest: Generation | None = None
        self._place: files.Place | None = None
        self._store: Store | None = None
        self._lock: Lock | None = None
        self._configured = False  # whether config.ini is up to date
        self._written: Champion | None = None  # the champion in champion.json

    @classmethod
    def begin(
        cls, config: Config, folder: Path, state: State, passed: Passed, read: Sequence[FileRow],
        software: Mapping[str, str], lock: Lock | None,
    ) -> Recorder:  # fmt: skip
        """Return the recorder of a new run.

        Args:
            config: its configuration.
            folder: its folder, which must be empty unless the caller holds its lock and the configuration is already
                there.
            state: its first state.
            passed: what was passed from Python.
            read: the files that the run reads.
            software: the versions of what computes it.
            lock: the lock on its folder, if the caller holds it; released when the run ends.

        Raises:
            NeatError: a file cannot be written, or the folder is in use.
        """
        recorder = cls(config)
        recorder._claim(folder, lock or Lock(folder, BUSY))
        try:
            if os.path.lexists(folder / STORE):
                raise NeatError(f"{folder}: is not empty, and a run never overwrites another (name a new folder)")
            files.remove_leftovers(folder)
            if lock is None:
                write_config(folder, config)
            try:
                recorder._store = Store.create(folder / STORE, config, state, passed, read, software)
            except NeatError:
                if lock is None:
                    (folder / files.CONFIG).unlink(missing_ok=True)  # so that the folder can be used again
                raise
            recorder._configured = True
        except BaseException:
            recorder._leave()
            raise
        return recorder

    @classmethod
    def resume(
        cls, config: Config, folder: Path, first: int, connection: Connection, software: Mapping[str, str],
        lock: Lock, *, configured: bool,
    ) -> Recorder:  # fmt: skip
        """Return the recorder of a run that is resumed from the saved state of generation `first`.

        Args:
            config: its configuration.
            folder: its folder.
            first: the generation of the state.
            connection: a connection to its file that may write; closed when the run ends.
            software: the versions of what computes it from now on.
            lock: the lock on its folder; released when the run ends.
            configured: whether the configuration in the folder is up to date; if not, it is written.
        """
        recorder = cls(config)
        recorder._configured = configured
        recorder._claim(folder, lock)
        recorder._store = Store.resume(connection, folder / STORE, config, first, software)
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
        """Record a generation; about once a second, everything new is saved.

        Raises:
            NeatError: a file cannot be written, or already holds different rows of this generation.
        """
        due = self._store is not None and self._store.add(generation)
        self.latest = generation
        if self._store is not None and generation.failed:
            self._save_failed_genomes(generation)
        if due:
            self._save("running")

    def finish(self, status: Status, error: str | None = None) -> None:
        """Save everything, with how the run ended, and release the folder.

        Raises:
            NeatError: a file cannot be written.
        """
        try:
            self._save(status, error)
        finally:
            self._leave()

    def keep_failed(self, state: State, key: int, why: str) -> Path | None:
        """Save a genome of `state` that failed; return its file, or None if the run is not saved in a folder."""
        rows = np.flatnonzero(state.population.key == key)
        if self.folder is None or not len(rows):
            return None
        alone = state.population.take(rows[:1])
        hidden = alone.node[alone.layout.given :]
        genome = alone.genome(0, state.innovations.splits_of(hidden))
        file = self.folder / files.FAILED / f"genome-{key}.json"
        try:
            file.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise files.cannot_write(file, error) from None
        files.write_whole(file, genome.to_json(generation=state.generation, error=why))
        return file

    def _save_failed_genomes(self, generation: Generation) -> None:
        """Save genomes of a generation that failed, until the run has saved `MOST_FAILED`."""
        assert self.folder is not None, "only a run with a folder is saved"
        saved = len(list((self.folder / files.FAILED).glob("genome-*.json")))
        for key, why in sorted(generation.failed.items())[: max(0, MOST_FAILED - saved)]:
            self.keep_failed(generation.state, key, why)

    def _claim(self, folder: Path, lock: Lock) -> None:
        self._lock, self._place = lock, files.Place(folder)

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
            with suppress(NeatError):  # the champion is all that can still be saved
                self._write_champion(self.folder)
            raise
        if not self._configured:
            write_config(self.folder, self.config)
            self._configured = True
        self._write_champion(self.folder)

    def _write_champion(self, folder: Path) -> None:
        if self.champion is not None and self.champion is not self._written:
            files.write_whole(folder / files.CHAMPION, self.champion.to_json())
            self._written = self.champion
