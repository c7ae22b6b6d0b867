"""The tables of a run's file, and their versions. `docs/run-file.md` describes every column."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache

STORE = "run.sqlite"
APPLICATION = 0x4E454154  # "NEAT", in the file's header, which SQLite and the command `file` show

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
    """
    ALTER TABLE generation ADD COLUMN retests INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE champion ADD COLUMN retests INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE champion ADD COLUMN deviation REAL NOT NULL DEFAULT 0.0;
    """,
)

#: Queries that return 1 for every valid file, by the fault if one does not, such as rows that are missing.
COMPLETE = {
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


def newest_version() -> int:
    """Return the version of the tables that this engine writes."""
    return len(STEPS)


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of a new run's file, within a transaction."""
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    migrate(connection, 0)


def migrate(connection: sqlite3.Connection, version: int, last: int | None = None) -> None:
    """Migrate the tables from one version to another, by default the newest, within a transaction."""
    for step in STEPS[version:last]:
        for statement in step.split(";\n"):
            if statement.strip():
                connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(STEPS)}")


def schema_of(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    """Return everything in a file's schema, with its SQL text."""
    return set(connection.execute("SELECT type, name, tbl_name, ifnull(sql, '') FROM sqlite_master LIMIT 1000"))


@cache
def schema_of_version(version: int) -> frozenset[tuple[str, ...]]:
    """Return the schema of a version, as `schema_of` returns it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, 0, version)
        return frozenset(schema_of(connection))
