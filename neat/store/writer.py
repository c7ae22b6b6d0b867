"""Writing a run to its file: the rows of each generation are kept in memory and committed about once a second."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Literal

from neat.config import Config
from neat.core.compile_watch import working_clock
from neat.core.errors import NeatError
from neat.core.randomness import FIRST_GENERATION
from neat.evolution.state import Generation, State
from neat.store import schema
from neat.store.checkpoint import COLUMNS, checkpoint_rows, given_out_before
from neat.store.history import BEGINNING, checksum, stored_rows
from neat.store.provenance import command, versions
from neat.store.rows import TABLES, Before, Note, Rows, note, rows_of

Status = Literal["running", "finished", "interrupted", "failed"]

_SECONDS_BETWEEN = 1.0  # commits
_SHARE = 100  # after a commit, wait at least this many times as long as it took: commits take 1 % at most
_MOST_PENDING = 64 * 2**20  # bytes of states that are not yet committed


class FileLost(NeatError):
    """The file of a run was removed or replaced during the run."""


class Store:
    """The file of a run in progress.

    What is written depends only on the generations; when it is committed also depends on the clock. Each commit holds
    whole generations and the state of the last of them, from which the run can be resumed.
    """

    def __init__(self, connection: sqlite3.Connection, file: Path, config: Config, before: Before, known: int) -> None:
        """Write to a file that already holds the rows of generations up to `known` (0: none)."""
        self.file = file
        self.config = config
        self._connection = connection
        self._path = file.absolute()  # still valid after the problem has changed the current folder
        self._identity = _identity(self._path)
        self._before = before
        self._known = known
        self._last: State | None = None
        self._notes: list[Note] = []
        self._states: list[State] = []
        self._pending = 0
        self._session: int | None = None
        self._first = FIRST_GENERATION  # the generation that this session begins with
        self._text: str | None = None  # the configuration, if it must still be written
        self._closed = False
        self._begun, self._recorded = monotonic(), working_clock()
        self._next = self._begun + _SECONDS_BETWEEN
        self._lock = threading.RLock()

    @classmethod
    def create(cls, file: Path, config: Config, text: str, state: State, origin: dict[str, Any]) -> Store:
        """Make the file of a new run with its first `state` and its configuration as INI `text`.

        `origin` holds `problem`, the name of a problem passed from Python, if any, and `files` as `files_of` gives it.

        Raises:
            NeatError: it cannot be made.
        """
        layout = json.dumps(asdict(state.population.layout))
        row = (text, str(config.folder), config.run.seed, origin["problem"], layout, state.innovations.first_node)
        files = [(path, role, digest) for path, (role, digest) in origin["files"].items()]
        sessions: list[int] = []

        def fill(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN")
            schema.make_tables(connection)
            connection.execute(
                "INSERT INTO run VALUES (1, ?, ?, ?, ?, ?, ?, ?, 'running', '[]', NULL)", (*row, checksum(row))
            )
            connection.executemany("INSERT INTO file VALUES (?, ?, ?)", files)
            sessions.append(_new_session(connection, FIRST_GENERATION))
            connection.execute("COMMIT")

        store = cls(schema.create(file, fill), file, config, Before(), 0)
        (store._session,) = sessions
        return store

    @classmethod
    def go_on(cls, connection: sqlite3.Connection, file: Path, config: Config, text: str, first: int) -> Store:
        """Continue a run from the state of generation `first`; rows that are computed again must equal the stored ones.

        Nothing is written until a generation has been reproduced.
        """
        known = connection.execute("SELECT ifnull(max(generation), 0) FROM generation").fetchone()[0]
        store = cls(connection, file, config, given_out_before(connection, first), known)
        store._first, store._text = first, text
        return store

    def add(self, generation: Generation) -> bool:
        """Add a generation; return whether it is time to `commit`.

        Raises:
            NeatError: the file holds different rows of this generation, and is closed; or they cannot be saved.
        """
        now, worked = monotonic(), working_clock()
        noted = note(generation, self._before, worked - self._recorded)
        number, self._recorded = noted.number, worked
        if number <= self._known:
            rows, there = self._rows_of(noted), stored_rows(self._connection, number)
            if rows != there:
                self.close()
                raise _differs(rows, there, self.file)
        with self._lock:
            if number > self._known:
                self._notes.append(noted)
            if (number - FIRST_GENERATION) % self.config.run.checkpoint == 0:
                self._states.append(generation.state)
                self._pending += 32 * len(generation.population.weight)  # bytes, about
            self._before, self._last = noted.after, generation.state
        return number > self._known and (now >= self._next or self._pending > _MOST_PENDING)

    def commit(self, status: Status = "running", reasons: Sequence[str] = (), error: str | None = None) -> None:
        """Commit everything so far to the disk: all of it or, if that fails, nothing. Do nothing if the file is closed.

        Raises:
            FileLost: the file was removed or replaced.
            NeatError: it cannot be written.
        """
        began = monotonic()
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
                    self._begin_session()
                self._write(status, reasons, error)
                self._connection.execute("COMMIT")
            except sqlite3.Error as fault:
                raise schema.cannot_write(self.file, fault) from None
            finally:
                if self._connection.in_transaction:  # also after Ctrl-C
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
            self._notes, self._states, self._pending = [], [], 0
        now = monotonic()
        self._next = now + max(_SECONDS_BETWEEN, _SHARE * (now - began))

    def close(self) -> None:
        """Close the file and discard what was not committed."""
        with self._lock, suppress(sqlite3.Error):
            self._closed = True
            self._connection.close()

    def _begin_session(self) -> None:
        if self._text is not None:
            row = self._connection.execute(f"SELECT {BEGINNING} FROM run").fetchone()
            values = (self._text, checksum((self._text, *row[1:])))
            self._connection.execute("UPDATE run SET config = ?, sha256 = ?", values)
        self._session = _new_session(self._connection, self._first)

    def _write(self, status: Status, reasons: Sequence[str], error: str | None) -> None:
        """Write what is new, within a transaction."""
        execute, many = self._connection.execute, self._connection.executemany
        there = execute("SELECT ifnull(max(generation), 0) FROM generation").fetchone()[0]
        # All notes are new, unless Ctrl-C came just after a commit.
        new = [self._rows_of(noted) for noted in self._notes if noted.number > there]
        for table, columns in TABLES.items():
            values = [row for rows in new for row in rows.tables.get(table, ())]
            if values:
                many(f"INSERT INTO {table} VALUES ({_marks(columns)})", values)
        if self._last is not None and self._last.generation >= there:
            self._write_states(self._last)
        execute("UPDATE run SET status = ?, reasons = ?, error = ?", (status, json.dumps(list(reasons)), error))
        execute("UPDATE session SET seconds = ? WHERE id = ?", (monotonic() - self._begun, self._session))

    def _rows_of(self, noted: Note) -> Rows:
        return rows_of(noted, lineage=self.config.run.lineage)

    def _write_states(self, last: State) -> None:
        """Write the states to keep, and replace the previous last state by the new one."""
        execute, many = self._connection.execute, self._connection.executemany
        every = self.config.run.checkpoint
        for table in ("array", "checkpoint"):
            where = "owner = 'state' AND " if table == "array" else ""
            execute(f"DELETE FROM {table} WHERE {where}(generation - {FIRST_GENERATION}) % ? != 0", (every,))
        for state in {state.generation: state for state in (*self._states, last)}.values():
            row, arrays = checkpoint_rows(state, self.config.genome)
            execute(f"INSERT OR REPLACE INTO checkpoint VALUES ({_marks(COLUMNS)})", row)
            many(f"INSERT OR REPLACE INTO array VALUES ({_marks(TABLES['array'])})", arrays)


def _identity(file: Path) -> tuple[int, int] | None:
    """Return the device and inode of a file, or None if there is no file."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _new_session(connection: sqlite3.Connection, first: int) -> int:
    """Write the row of a session that begins with generation `first`, and return its id."""
    started = datetime.now(UTC).isoformat(timespec="seconds")
    cursor = connection.execute(
        "INSERT INTO session (started, seconds, first, command, versions) VALUES (?, 0.0, ?, ?, ?)",
        (started, first, command(), json.dumps(versions())),
    )
    return int(cursor.lastrowid or 0)


def _marks(columns: int) -> str:
    return ", ".join("?" * columns)


def _differs(found: Rows, there: Rows, file: Path) -> NeatError:
    """Return the error for a generation that was computed again and differs from the saved one."""
    return NeatError(
        f"{file}: generation {found.generation}, computed again, differs from the saved one (in: "
        f"{', '.join(found.differences(there))}); nothing was changed, since continuing would give a different history "
        "(the software of the run, or the data that its problem reads, has changed; for a new run use its config.ini, "
        "with the problem if it was passed from Python)"
    )
