"""The file of a run: its tables, its versions, and how it is opened. `docs/run-file.md` describes every column."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from neat.core.errors import NeatError
from neat.core.files import part_of, put_in_place
from neat.genetics.genome_json import LARGEST_FILE
from neat.store.side_files import LOG, check_side_files, side_files

STORE = "run.sqlite"
APPLICATION = 0x4E454154  # "NEAT", in the file's header, which SQLite and the command `file` show
_STEPS, _MOST_STEPS, _BYTES_PER_STEPS = 1_000, 1_000, 1_000  # of SQLite's machine, until it is asked to give up
_LONGEST_REASON = 200  # characters
_LONGEST_TEXT = LARGEST_FILE  # characters in any column: the JSON text of the largest genome
_SECONDS_TO_WAIT = 10.0  # for another process that holds a short lock on the file

#: Exceptions that reading a corrupt file raises; Python cannot decode a message in which SQLite cites invalid text.
FAULTS = (sqlite3.Error, UnicodeDecodeError)

#: Each step turns the tables of one version into those of the next; a step is never changed.
STEPS = (
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        config TEXT NOT NULL,
        folder TEXT NOT NULL,
        seed INTEGER NOT NULL,
        problem TEXT,
        layout TEXT NOT NULL,
        first_node INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        status TEXT NOT NULL,
        reasons TEXT NOT NULL,
        error TEXT
    ) STRICT;
    CREATE TABLE session (
        id INTEGER PRIMARY KEY,
        started TEXT NOT NULL,
        seconds REAL NOT NULL,
        first INTEGER NOT NULL,
        command TEXT NOT NULL,
        versions TEXT NOT NULL
    ) STRICT;
    CREATE TABLE file (
        path TEXT PRIMARY KEY,
        role TEXT NOT NULL,
        sha256 TEXT NOT NULL
    ) STRICT;
    CREATE TABLE generation (
        generation INTEGER PRIMARY KEY,
        digest INTEGER NOT NULL,
        best REAL NOT NULL,
        best_key INTEGER NOT NULL,
        mean REAL NOT NULL,
        species INTEGER NOT NULL,
        threshold REAL NOT NULL,
        connections REAL NOT NULL,
        hidden REAL NOT NULL,
        evaluations INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        record REAL NOT NULL,
        progress INTEGER NOT NULL,
        solved INTEGER NOT NULL,
        next_key INTEGER NOT NULL,
        next_species INTEGER NOT NULL,
        seconds REAL NOT NULL
    ) STRICT;
    CREATE TABLE species (
        generation INTEGER NOT NULL,
        id INTEGER NOT NULL,
        size INTEGER NOT NULL,
        best REAL NOT NULL,
        mean REAL NOT NULL,
        age INTEGER NOT NULL,
        record REAL NOT NULL,
        progress INTEGER NOT NULL,
        representative INTEGER NOT NULL,
        PRIMARY KEY (generation, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE champion (
        generation INTEGER PRIMARY KEY,
        key INTEGER NOT NULL,
        fitness REAL NOT NULL,
        solved INTEGER NOT NULL,
        genome TEXT NOT NULL
    ) STRICT;
    CREATE TABLE validation (
        generation INTEGER PRIMARY KEY,
        key INTEGER NOT NULL,
        passed INTEGER NOT NULL,
        fitness REAL NOT NULL,
        details TEXT NOT NULL
    ) STRICT;
    CREATE TABLE lineage (
        generation INTEGER PRIMARY KEY,
        first_key INTEGER NOT NULL,
        dtype TEXT NOT NULL,
        shape TEXT NOT NULL,
        parents BLOB NOT NULL
    ) STRICT;
    CREATE TABLE innovation (
        generation INTEGER PRIMARY KEY,
        source BLOB NOT NULL,
        target BLOB NOT NULL,
        split BLOB NOT NULL,
        turn BLOB NOT NULL
    ) STRICT;
    CREATE TABLE checkpoint (
        generation INTEGER PRIMARY KEY,
        threshold REAL NOT NULL,
        next_key INTEGER NOT NULL,
        next_species INTEGER NOT NULL,
        progress INTEGER NOT NULL,
        best REAL NOT NULL,
        champion INTEGER,
        solved INTEGER NOT NULL,
        evaluations INTEGER NOT NULL,
        connections INTEGER NOT NULL,
        nodes INTEGER NOT NULL,
        sha256 TEXT NOT NULL
    ) STRICT;
    CREATE TABLE array (
        owner TEXT NOT NULL,
        generation INTEGER NOT NULL,
        name TEXT NOT NULL,
        dtype TEXT NOT NULL,
        shape TEXT NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (owner, generation, name)
    ) STRICT;
    """,
    """
    ALTER TABLE run ADD COLUMN operators TEXT NOT NULL DEFAULT '{}';
    CREATE TABLE evaluation (
        generation INTEGER PRIMARY KEY,
        columns TEXT NOT NULL,
        components INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE column_summary (
        generation INTEGER NOT NULL,
        name TEXT NOT NULL,
        component INTEGER NOT NULL,
        minimum REAL,
        mean REAL,
        maximum REAL,
        champion REAL,
        PRIMARY KEY (generation, name, component)
    ) STRICT, WITHOUT ROWID;
    """,
)

#: Queries that return 1 for every valid file, by what is wrong if one does not: rows may be missing, for example.
_WHOLE = {
    "no process made it": "SELECT count(*) > 0 FROM session",
    "its generations are numbered from 0, as before neat-engine 0.1.0": """
        SELECT ifnull(min(generation) > 0, 1) FROM generation
    """,
    "generations are missing": """
        SELECT ifnull(min(generation) = 1 AND max(generation) = count(*), 1) FROM generation
    """,
    "a best fitness is not finite": "SELECT ifnull(max(abs(best)) < 9e999, 1) FROM generation",
    "its species are not those of its generations": """
        SELECT NOT EXISTS (
            SELECT generation, species FROM generation
            EXCEPT SELECT generation, count(*) FROM species GROUP BY generation
        ) AND NOT EXISTS (SELECT generation FROM species EXCEPT SELECT generation FROM generation)
    """,
    "its columns are not those of its generations": """
        SELECT NOT EXISTS (
            SELECT generation, components FROM evaluation WHERE components > 0
            EXCEPT SELECT generation, count(*) FROM column_summary GROUP BY generation
        ) AND NOT EXISTS (
            SELECT generation, count(*) FROM column_summary GROUP BY generation
            EXCEPT SELECT generation, components FROM evaluation
        ) AND NOT EXISTS (
            SELECT generation FROM array WHERE owner = 'column' EXCEPT SELECT generation FROM evaluation
        ) AND NOT EXISTS (SELECT generation FROM evaluation EXCEPT SELECT generation FROM generation)
    """,
}

#: The tables that may be read while the others are not checked.
_ONE_BY_ONE = ("run", "session")

#: What depends on the clock, or on how often a run was interrupted: two equal runs differ only in these.
CLOCK_TABLES = ("session",)
CLOCK_COLUMNS = {"generation": ("seconds",)}


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
        with closing(_connect(part, f"file:{_quoted(part)}?mode=rwc")) as connection:
            _unprotected(connection)  # an incomplete file is removed
            fill(connection)
            _unprotected(connection)  # a copied file brings its own mode
            connection.execute("PRAGMA journal_mode = WAL")
        put_in_place(part, file)
    except (sqlite3.Error, OSError) as error:
        raise _not_made(file, error) from None
    finally:
        _remove(part)
    connection = _connect(file, f"file:{_quoted(file)}?mode=rw")
    try:
        _settings(connection)
    except sqlite3.Error as error:
        connection.close()
        _remove(file)
        raise _not_made(file, error) from None
    return connection


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of a new run's file, within a transaction."""
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    _climb(connection, 0)


def open_to_write(file: Path) -> sqlite3.Connection:
    """Return a connection to an existing run's file, migrated to this version and checked for damage.

    Raises:
        NeatError: it does not exist, is not the file of a run, is corrupt, is of a newer version, or cannot be written.
    """
    must_exist(file)
    if file.is_symlink():
        raise NeatError(f"{file}: is a link, which can be read but not written (use the folder that it points to)")
    check_side_files(file)
    connection = _connect(file, f"file:{_quoted(file)}?mode=rw")
    try:
        version = _version(connection, file)
        _settings(connection)
        _check_pages(connection, file)
        if version < len(STEPS):
            connection.execute("BEGIN IMMEDIATE")  # waits for another process that may be migrating the file
            _climb(connection, int(connection.execute("PRAGMA user_version").fetchone()[0]))
            connection.execute("COMMIT")
        _check_texts(connection, file)
        _check_rows(connection, file)
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
    address = f"file:{_quoted(file)}?mode=ro"
    log = file.with_name(f"{file.name}{LOG}")
    if not os.access(file.parent, os.W_OK) and not log.exists():
        address += "&immutable=1"  # SQLite could not make the index of a log that is not there either
    connection = _connect(file, address)
    try:
        if (version := _version(connection, file)) < len(STEPS):
            connection = _migrated(connection, file, address, version)
        if checked:
            _check_pages(connection, file)
        connection.execute("BEGIN")  # all reads from here on see the same snapshot
        _check_texts(connection, file, *(() if checked else _ONE_BY_ONE))
        if checked:
            _check_rows(connection, file)
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
    """Return the error that says why a run's file cannot be written."""
    return NeatError(f"{file}: cannot be written ({error}); what was saved in it before is kept")


def corrupt(file: Path, why: str) -> NeatError:
    """Return the error for a run's file that is corrupt."""
    line = " ".join(why.split())[:_LONGEST_REASON]
    return NeatError(f"{file}: is corrupt and cannot be resumed ({line}; restore a copy of it if you have one)")


def _remove(file: Path) -> None:
    """Remove a file that could not be completed, with its side files."""
    for part in (file, *side_files(file)):
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _not_made(file: Path, error: Exception) -> NeatError:
    return NeatError(f"{file}: cannot be made ({getattr(error, 'strerror', None) or error})")


def _connect(file: Path, address: str) -> sqlite3.Connection:
    try:
        # If the main thread does not respond, another thread saves the run: see `neat.cli.interrupts`.
        return sqlite3.connect(
            address, uri=True, timeout=_SECONDS_TO_WAIT, isolation_level=None, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise NeatError(f"{file}: cannot be opened ({error})") from None


def _check_pages(connection: sqlite3.Connection, file: Path) -> None:
    """Raise NeatError if SQLite finds the file corrupt."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise corrupt(file, found)


def _check_rows(connection: sqlite3.Connection, file: Path) -> None:
    """Raise NeatError if rows are missing that every file of a run has."""
    for why, question in _WHOLE.items():
        if connection.execute(question).fetchone()[0] != 1:
            raise corrupt(file, why)


def _check_texts(connection: sqlite3.Connection, file: Path, *tables: str) -> None:
    """Raise NeatError if a text is longer than any that a run saves; by default, in every table."""
    for table in tables or [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE sql NOTNULL")]:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[2] == "TEXT"]
        too_long = " OR ".join(f"length({column}) > {_LONGEST_TEXT}" for column in columns)
        if columns and connection.execute(f"SELECT 1 FROM {table} WHERE {too_long} LIMIT 1").fetchone():
            raise corrupt(file, f"a text in its table {table} is too long")


def _settings(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _unprotected(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")


def _climb(connection: sqlite3.Connection, version: int, last: int | None = None) -> None:
    """Migrate from one version to another, by default the newest, within a transaction."""
    for step in STEPS[version:last]:
        for statement in step.split(";\n"):
            if statement.strip():
                connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(STEPS)}")


def _migrated(connection: sqlite3.Connection, file: Path, address: str, version: int) -> sqlite3.Connection:
    """Return a connection to a file of an older version after its migration, or to a copy if it cannot be written."""
    if os.access(file, os.W_OK) and os.access(file.parent, os.W_OK):
        connection.close()
        open_to_write(file).close()
        migrated = _connect(file, address)
        _version(migrated, file)
        return migrated
    with closing(connection):
        copy = _connect(file, ":memory:")
        connection.backup(copy)
    _unprotected(copy)  # a copied file brings its own mode
    _climb(copy, version)
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
    if version > len(STEPS):
        raise NeatError(
            f"{file}: has schema version {version}, made by a newer neat-engine; this one reads versions up to "
            f"{len(STEPS)} (upgrade neat-engine to read it)"
        )
    if _tables(connection) != _tables_of(version):
        raise corrupt(file, "its tables are not those of a run")
    connection.set_progress_handler(None, 0)
    return version


def _tables(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    """Return everything in a file's schema, with its SQL text."""
    return set(connection.execute("SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_master LIMIT 1000"))


@cache
def _tables_of(version: int) -> frozenset[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _climb(connection, 0, version)
        return frozenset(_tables(connection))


def _quoted(file: Path) -> str:
    return str(file.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
