"""Writing a run to its file: the rows of each generation are kept in memory and committed about once a second."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, astuple
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from neat.config import Config
from neat.core.compile_watch import working_clock
from neat.core.errors import NeatError
from neat.core.randomness import FIRST_GENERATION
from neat.evolution.state import Generation, State
from neat.store.blobs import Row
from neat.store.checkpoint import checkpoint_rows, counters_before
from neat.store.configuration import config_text
from neat.store.database import cannot_write, create
from neat.store.history import DESCRIPTION, checksum, stored_rows
from neat.store.provenance import command
from neat.store.records import FileRow, Passed, Status
from neat.store.rows import TABLES, Counters, GenerationSummary, Rows, rows_of, summarise
from neat.store.schema import make_tables

_SECONDS_BETWEEN = 1.0  # commits
_SHARE = 100  # after a commit, wait at least this many times as long as it took: commits take 1 % at most
_MOST_PENDING = 64 * 2**20  # bytes of arrays that are not yet committed


class FileLost(NeatError):
    """The file of a run was removed or replaced during the run."""


class Store:
    """The file of a run in progress.

    What is written depends only on the generations; when it is committed also depends on the clock. Each commit holds
    whole generations and the state of the last of them, from which the run can be resumed.
    """

    def __init__(
        self, connection: sqlite3.Connection, file: Path, config: Config, counters: Counters, known: int = 0
    ) -> None:
        """Write to a file that already holds the rows of generations up to `known` (0: none)."""
        self.file = file
        self.config = config
        self._connection = connection
        self._path = file.absolute()  # still valid after the problem has changed the current folder
        self._identity = _identity(self._path)
        self._counters = counters
        self._known = known
        self._last: State | None = None
        self._summaries: list[GenerationSummary] = []
        self._states: list[State] = []
        self._pending = 0
        self._session: int | None = None
        self._first = FIRST_GENERATION  # the first generation of this session
        self._software: Mapping[str, str] = {}
        self._closed = False
        self._started, self._recorded = monotonic(), working_clock()
        self._next = self._started + _SECONDS_BETWEEN
        self._lock = threading.RLock()

    @classmethod
    def create(
        cls, file: Path, config: Config, state: State, passed: Passed, read: Sequence[FileRow],
        software: Mapping[str, str],
    ) -> Store:  # fmt: skip
        """Make the file of a new run.

        Args:
            file: the file.
            config: the run's configuration.
            state: its first state.
            passed: what was passed from Python.
            read: the files that the run reads.
            software: the versions of what computes it.

        Raises:
            NeatError: it cannot be made.
        """
        layout = json.dumps(asdict(state.population.layout))
        folder, first_node = str(config.folder), state.innovations.first_node
        row = (config_text(config), folder, config.run.seed, passed.problem, layout, first_node)
        sessions: list[int] = []

        def fill(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN")
            make_tables(connection)
            _insert(connection, "run", [(1, *row, checksum(row), "running", "[]", None, json.dumps(passed.operators))])
            _insert(connection, "file", [astuple(file) for file in read])
            sessions.append(_new_session(connection, FIRST_GENERATION, software))
            connection.execute("COMMIT")

        store = cls(create(file, fill), file, config, Counters())
        (store._session,) = sessions
        return store

    @classmethod
    def resume(
        cls, connection: sqlite3.Connection, file: Path, config: Config, first: int, software: Mapping[str, str]
    ) -> Store:
        """Continue a run from the state of generation `first`.

        Generations that are computed again must equal the stored ones. Nothing is written before the first commit.
        """
        known = connection.execute("SELECT ifnull(max(generation), 0) FROM generation").fetchone()[0]
        store = cls(connection, file, config, counters_before(connection, first), known)
        store._first, store._software = first, software
        return store

    def add(self, generation: Generation) -> bool:
        """Add a generation; return whether it is time to `commit`.

        Raises:
            NeatError: the file holds different rows of this generation, and is closed; or they cannot be saved.
        """
        now, worked = monotonic(), working_clock()
        summary = summarise(generation, self._counters, worked - self._recorded, self.config.run)
        number, self._recorded = summary.number, worked
        if number <= self._known:
            self._check_same(rows_of(summary, self.config.run), stored_rows(self._connection, number))
        with self._lock:
            if number > self._known:
                self._summaries.append(summary)
                self._pending += sum(values.nbytes for values in summary.values.values())
            if (number - FIRST_GENERATION) % self.config.run.checkpoint == 0:
                self._states.append(generation.state)
                self._pending += 32 * len(generation.population.weight)  # bytes, about
            self._counters, self._last = summary.after, generation.state
        return number > self._known and (now >= self._next or self._pending > _MOST_PENDING)

    def commit(self, status: Status = "running", reasons: Sequence[str] = (), error: str | None = None) -> None:
        """Commit everything so far to the disk: all of it or, if that fails, nothing. Do nothing if the file is closed.

        Raises:
            FileLost: the file was removed or replaced.
            NeatError: it cannot be written.
        """
        started = monotonic()
        with self._lock:
            if self._closed:
                return
            if _identity(self._path) != self._identity:  # SQLite would keep writing to a deleted file
                raise FileLost(
                    f"{self.file}: was removed or replaced during the run, so only the champion can be saved "
                    "(champion.json, if the folder still exists)"
                )
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                if self._session is None:
                    self._start_session()
                self._write(status, reasons, error)
                self._connection.execute("COMMIT")
            except sqlite3.Error as fault:
                raise cannot_write(self.file, fault) from None
            finally:
                if self._connection.in_transaction:  # also after Ctrl-C
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
            self._summaries, self._states, self._pending = [], [], 0
        now = monotonic()
        self._next = now + max(_SECONDS_BETWEEN, _SHARE * (now - started))

    def close(self) -> None:
        """Close the file and discard what was not committed."""
        with self._lock, suppress(sqlite3.Error):
            self._closed = True
            self._connection.close()

    def _start_session(self) -> None:
        """Write the row of a session that resumes the run, and the configuration with which it does."""
        _, *others = self._connection.execute(f"SELECT {DESCRIPTION} FROM run").fetchone()
        text = config_text(self.config)
        self._connection.execute("UPDATE run SET config = ?, sha256 = ?", (text, checksum((text, *others))))
        self._session = _new_session(self._connection, self._first, self._software)

    def _write(self, status: Status, reasons: Sequence[str], error: str | None) -> None:
        """Write what is new, within a transaction."""
        execute = self._connection.execute
        saved = execute("SELECT ifnull(max(generation), 0) FROM generation").fetchone()[0]
        # All summaries are new, unless Ctrl-C came just after a commit.
        new = [rows_of(summary, self.config.run) for summary in self._summaries if summary.number > saved]
        for table in TABLES:
            _insert(self._connection, table, [row for rows in new for row in rows.tables.get(table, ())])
        if self._last is not None and self._last.generation >= saved:
            self._write_states(self._last)
        execute("UPDATE run SET status = ?, reasons = ?, error = ?", (status, json.dumps(list(reasons)), error))
        execute("UPDATE session SET seconds = ? WHERE id = ?", (monotonic() - self._started, self._session))

    def _write_states(self, last: State) -> None:
        """Write the states to keep, and replace the previous last state by the new one."""
        every = self.config.run.checkpoint
        for table, condition in (("array", "owner = 'state'"), ("checkpoint", "true")):
            self._connection.execute(
                f"DELETE FROM {table} WHERE {condition} AND (generation - {FIRST_GENERATION}) % ? != 0", (every,)
            )
        for state in {state.generation: state for state in (*self._states, last)}.values():
            row, arrays = checkpoint_rows(state, self.config.genome)
            _insert(self._connection, "checkpoint", [row], "INSERT OR REPLACE")
            _insert(self._connection, "array", arrays, "INSERT OR REPLACE")

    def _check_same(self, computed: Rows, saved: Rows) -> None:
        """Raise NeatError, and close the file, if a generation that was computed again differs from the saved one."""
        if tables := computed.differences(saved):
            self.close()
            raise NeatError(
                f"{self.file}: generation {computed.generation}, computed again, differs from the saved one (in: "
                f"{', '.join(tables)}); nothing was changed, since continuing would give a different history (the "
                "software of the run, or the data that its problem reads, has changed; for a new run use its "
                "config.ini, with the problem if it was passed from Python)"
            )


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[Row], verb: str = "INSERT") -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"{verb} INTO {table} VALUES ({marks})", rows)


def _identity(file: Path) -> tuple[int, int] | None:
    """Return the device and inode of a file, or None if there is no file."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _new_session(connection: sqlite3.Connection, first: int, software: Mapping[str, str]) -> int:
    """Write the row of a session that begins with generation `first`, and return its id."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    cursor = connection.execute(
        "INSERT INTO session (started, seconds, first, command, versions) VALUES (?, 0.0, ?, ?, ?)",
        (started, first, command(), json.dumps(dict(software))),
    )
    return int(cursor.lastrowid or 0)
