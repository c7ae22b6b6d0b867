"""Creating, opening and checking the file of a run."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from neat.core.errors import NeatError
from neat.core.files import part_of, put_in_place
from neat.genetics.genome_json import LARGEST_FILE
from neat.store.schema import APPLICATION, COMPLETE, STORE, migrate, newest_version, schema_of, schema_of_version
from neat.store.side_files import LOG, check_side_files, side_files

_STEPS, _MOST_STEPS, _BYTES_PER_STEPS = 1_000, 1_000, 1_000  # of SQLite's machine, before it is stopped
_LONGEST_REASON = 200  # characters
_LONGEST_TEXT = LARGEST_FILE  # characters in any column: the JSON text of the largest genome
_SECONDS_TO_WAIT = 10.0  # for another process that holds a short lock on the file

#: Exceptions that reading a corrupt file raises; Python cannot decode a message in which SQLite cites invalid text.
FAULTS = (sqlite3.Error, UnicodeDecodeError)

#: Tables of which single rows may be read without a check of the whole file.
_SINGLE_ROWS = ("run", "session")


def create(file: Path, fill: Callable[[sqlite3.Connection], object]) -> sqlite3.Connection:
    """Make a new run's file and return a connection to it.

    `fill` writes its tables and first rows into a file of another name: a run's file is complete or does not exist.

    In write-ahead mode, a commit is one append to the log. With `synchronous = FULL` it is on disk before it counts, so
    a power cut loses only what was not committed, and never corrupts the file. (With `NORMAL` it would also lose the
    commits since the last checkpoint of the log.) With about one commit per second, this is cheap.

    Raises:
        NeatError: it cannot be made.
    """
    part = part_of(file)
    try:
        with closing(_connect(part, "rwc")) as connection:
            _set_modes(connection, "OFF", "OFF")  # an incomplete file is removed
            fill(connection)
            _set_modes(connection, "OFF", "OFF")  # a copied file brings its own mode
            _set_modes(connection, "WAL", "OFF")
        put_in_place(part, file)
    except (sqlite3.Error, OSError) as error:
        raise _cannot_make(file, error) from None
    finally:
        _remove(part)
    connection = _connect(file, "rw")
    try:
        _set_modes(connection, "WAL", "FULL")
    except sqlite3.Error as error:
        connection.close()
        _remove(file)
        raise _cannot_make(file, error) from None
    return connection


def open_to_write(file: Path) -> sqlite3.Connection:
    """Return a connection to an existing run's file, migrated to this version and checked for damage.

    Raises:
        NeatError: it does not exist, is not the file of a run, is corrupt, is of a newer version, or cannot be written.
    """
    must_exist(file)
    if file.is_symlink():
        raise NeatError(f"{file}: is a link, which can be read but not written (use the folder that it points to)")
    check_side_files(file)
    connection = _connect(file, "rw")
    try:
        version = _version(connection, file)
        _set_modes(connection, "WAL", "FULL")
        _check_pages(connection, file)
        if version < newest_version():
            connection.execute("BEGIN IMMEDIATE")  # waits for another process that may be migrating the file
            migrate(connection, int(connection.execute("PRAGMA user_version").fetchone()[0]))
            connection.execute("COMMIT")
        _check_texts(connection, file)
        _check_complete(connection, file)
        return connection
    except sqlite3.OperationalError as error:
        connection.close()
        raise cannot_write(file, error) from None
    except FAULTS as error:
        connection.close()
        raise corrupt(file, str(error)) from None
    except BaseException:
        connection.close()
        raise


def open_to_read(file: Path, *, checked: bool = True) -> sqlite3.Connection:
    """Return a read-only connection to a snapshot of the file; another process may be writing.

    A file of an older version is migrated first; if it cannot be written, a copy in memory is migrated and read. Do not
    read a whole table unless the file is `checked`, which reads all of it: in a corrupt file, a table may never end.

    Raises:
        NeatError: it does not exist, is not the file of a run, is corrupt, or is of a newer version.
    """
    must_exist(file)
    file = Path(os.path.realpath(file)) if file.is_symlink() else file  # SQLite keeps its side files there
    check_side_files(file)
    connection = _connect(file, "ro")
    try:
        if (version := _version(connection, file)) < newest_version():
            connection = _migrated(connection, file, version)
        if checked:
            _check_pages(connection, file)
        connection.execute("BEGIN")  # all reads from here on see the same snapshot
        _check_texts(connection, file, *(() if checked else _SINGLE_ROWS))
        if checked:
            _check_complete(connection, file)
        return connection
    except FAULTS as error:
        connection.close()
        raise corrupt(file, str(error)) from None
    except BaseException:
        connection.close()
        raise


def must_exist(file: Path) -> None:
    """Raise NeatError if there is no such file."""
    if not os.path.isfile(file):
        raise NeatError(f"{file}: there is no such file (a run is a folder with a file {STORE} in it)")


def cannot_write(file: Path, error: Exception) -> NeatError:
    """Return the error for a run's file that cannot be written."""
    return NeatError(f"{file}: cannot be written ({error}); what was saved in it before is kept")


def corrupt(file: Path, why: str) -> NeatError:
    """Return the error for a run's file that is corrupt."""
    line = " ".join(why.split())[:_LONGEST_REASON]
    return NeatError(f"{file}: is corrupt and cannot be resumed ({line}; restore a copy of it if you have one)")


def _cannot_make(file: Path, error: Exception) -> NeatError:
    return NeatError(f"{file}: cannot be made ({getattr(error, 'strerror', None) or error})")


def _remove(file: Path) -> None:
    """Remove a file that could not be completed, with its side files."""
    for part in (file, *side_files(file)):
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    """Return a connection to a file: `ro` to read, `rw` to write, `rwc` to create; `memory` is an empty database."""
    name = str(file.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    address = ":memory:" if mode == "memory" else f"file:{name}?mode={mode}"
    if mode == "ro" and not os.access(file.parent, os.W_OK) and not file.with_name(f"{file.name}{LOG}").exists():
        address += "&immutable=1"  # SQLite could not make the index of a log that is not there either
    try:
        # If the main thread does not respond, another thread saves the run: see `neat.cli.interrupts`.
        return sqlite3.connect(
            address, uri=True, timeout=_SECONDS_TO_WAIT, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise NeatError(f"{file}: cannot be opened ({error})") from None


def _set_modes(connection: sqlite3.Connection, journal: str, synchronous: str) -> None:
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute(f"PRAGMA synchronous = {synchronous}")


def _migrated(connection: sqlite3.Connection, file: Path, version: int) -> sqlite3.Connection:
    """Return a connection to a file of an older version after its migration, or to a copy if it cannot be written."""
    if os.access(file, os.W_OK) and os.access(file.parent, os.W_OK):
        connection.close()
        open_to_write(file).close()
        migrated = _connect(file, "ro")
        _version(migrated, file)
        return migrated
    with closing(connection):
        copy = _connect(file, "memory")
        connection.backup(copy)
    _set_modes(copy, "OFF", "OFF")  # a copied file brings its own mode
    migrate(copy, version)
    return copy


def _version(connection: sqlite3.Connection, file: Path) -> int:
    """Return the version of a run's file; raise NeatError unless it has exactly the tables of that version.

    SQLite is stopped if this takes much longer than reading the file once.
    """
    steps = iter(range(_MOST_STEPS + file.stat().st_size // _BYTES_PER_STEPS))
    connection.set_progress_handler(lambda: next(steps, -1) < 0, _STEPS)
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if application != APPLICATION or version < 1:
        raise NeatError(f"{file}: is not the file of a run (its header does not say NEAT)")
    if version > newest_version():
        raise NeatError(
            f"{file}: has schema version {version}, made by a newer neat-engine; this one reads versions up to "
            f"{newest_version()} (upgrade neat-engine to read it)"
        )
    if schema_of(connection) != schema_of_version(version):
        raise corrupt(file, "its tables are not those of a run")
    connection.set_progress_handler(None, 0)
    return version


def _check_pages(connection: sqlite3.Connection, file: Path) -> None:
    """Raise NeatError if SQLite finds the file corrupt."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise corrupt(file, found)


def _check_complete(connection: sqlite3.Connection, file: Path) -> None:
    """Raise NeatError if rows are missing that every file of a run has."""
    for why, query in COMPLETE.items():
        if connection.execute(query).fetchone()[0] != 1:
            raise corrupt(file, why)


def _check_texts(connection: sqlite3.Connection, file: Path, *tables: str) -> None:
    """Raise NeatError if a text is longer than any that a run saves; by default, in every table."""
    for table in tables or [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE sql NOTNULL")]:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[2] == "TEXT"]
        too_long = " OR ".join(f"length({column}) > {_LONGEST_TEXT}" for column in columns)
        if columns and connection.execute(f"SELECT 1 FROM {table} WHERE {too_long} LIMIT 1").fetchone():
            raise corrupt(file, f"a text in its table {table} is too long")
