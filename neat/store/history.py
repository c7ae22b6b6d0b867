"""Reading a run from its file: its settings, generations, species, champions, lineage and states."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.config.arguments import path, whole
from neat.config.reader import LARGEST_FILE
from neat.core.errors import NeatError
from neat.core.json_text import load_json
from neat.core.randomness import FIRST_GENERATION
from neat.evolution.islands import total_size
from neat.evolution.state import Champion, State
from neat.genetics.operators import Operators
from neat.problems.evaluation import Validation
from neat.store.blobs import Row, unpack
from neat.store.checkpoint import load_champion, load_state, saved_rows, validation_of
from neat.store.columns import ColumnHistory, ColumnSummary, column_histories, read_summaries, read_values
from neat.store.database import FAULTS, corrupt, must_exist, open_to_read
from neat.store.folder import Place
from neat.store.lock import is_locked
from neat.store.records import About, ChampionRow, FileRow, GenerationRow, Passed, Session, SpeciesRow, Status
from neat.store.rows import TABLES, Rows
from neat.store.schema import STORE
from neat.store.state_check import read_layout

Found = TypeVar("Found")

OPEN_RUN = "a neat.History, such as neat.History(result.folder)"  # the required value of arguments named `history`
_LONGEST_CONFIG = 2 * LARGEST_FILE  # characters; a configuration is saved with every default
_LARGEST = 2**63 - 1  # the largest integer in SQLite
_STATUSES, _REASONS = get_args(Status), frozenset({"solved", "stop_fitness", "generations"})
_ORDER = {"array": "rowid", "species": "id", "column_summary": "name, component"}  # of the rows of a generation

#: A run of a version without re-tests, since a run's configuration names every key.
_WITHOUT_RETESTS = re.compile(r"(?!.*^retest *=)", re.DOTALL | re.MULTILINE)

#: The columns of `run` over which its `sha256` is computed.
DESCRIPTION = "config, folder, seed, problem, layout, first_node"


class History:
    """A snapshot of a run, read from its file; another process may continue the run meanwhile.

    Use it as a context manager. Every fault of the file is raised as a NeatError that names it.

    Args:
        folder: the run's folder.
        checked: whether to check the whole file for damage first; if not, read only single rows.

    Raises:
        NeatError: the folder does not hold a run, or the run's file is corrupt or of a newer version.
    """

    def __init__(self, folder: str | os.PathLike[str], *, checked: bool = True) -> None:
        self._place = Place(path("folder", folder))
        must_exist(self.file)
        self._running = is_locked(self.folder)  # before reading the file: a run saves its status, then unlocks
        self._connection: sqlite3.Connection | None = open_to_read(self.file, checked=checked)

    def __enter__(self) -> History:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        name = f"History({str(self.folder)!r})"
        try:
            count, best, status = self.last or 0, self.best_fitness, self.status
        except NeatError:  # closed, or corrupt
            return name
        fitness = "" if best is None else f", best fitness {best:.6g}"
        return f"{name}: {count:,} generation{'' if count == 1 else 's'}{fitness}, {status}"

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self._place.path

    @property
    def file(self) -> Path:
        """The run's file."""
        return self.folder / STORE

    @property
    def about(self) -> About:
        """The description of the run."""
        found = self._query(f"SELECT sha256, {DESCRIPTION}, status, reasons, error, operators FROM run LIMIT 2")
        if len(found) != 1 or checksum(found[0][1:7]) != found[0][0]:
            raise corrupt(self.file, "its description of the run is invalid")
        config, folder, seed, problem, text, first_node, status, reasons, error, operators = found[0][1:]
        try:
            layout = read_layout(text)
            if first_node != layout.given:
                raise NeatError("the first id for hidden nodes does not fit its layout")
            ended = tuple(load_json(reasons))
            if status not in _STATUSES or not _REASONS.issuperset(ended):
                raise NeatError("it has an unknown status or reason")
            passed = Passed(problem, _operator_names(operators))
            return About(
                config, folder, seed, passed, layout, first_node, status, ended, None if error is None else str(error)
            )
        except (TypeError, ValueError, KeyError, RecursionError, NeatError):
            raise corrupt(self.file, "its description of the run is invalid") from None

    @property
    def config(self) -> Config:
        """The run's configuration.

        Raises:
            ConfigError: it cannot be read, for example because another version of neat-engine wrote it.
        """
        about = self.about
        if len(about.config) > _LONGEST_CONFIG:
            raise corrupt(self.file, "its configuration is too long")
        config = Config.from_ini(about.config, f"{self.file} (config)", about.folder)
        if _WITHOUT_RETESTS.match(about.config):
            return config.replace(run={"retest": 0.0})
        return config

    @property
    def status(self) -> str:
        """`running`, `finished`, `interrupted` or `failed`; a killed run counts as interrupted."""
        status = self.about.status
        return "interrupted" if status == "running" and not self._running else status

    @property
    def last(self) -> int | None:
        """The number of the last generation, or None before the first."""
        return self._value(int, "SELECT generation FROM generation ORDER BY generation DESC LIMIT 1")

    @property
    def started(self) -> str:
        """When the run started, in UTC."""
        return self._value(str, "SELECT started FROM session ORDER BY id LIMIT 1") or ""

    @property
    def solved(self) -> bool:
        """Whether the problem was solved."""
        return bool(self._value(int, "SELECT solved FROM generation ORDER BY generation DESC LIMIT 1"))

    @property
    def retests(self) -> int:
        """How many re-tests of the best genomes the run has made."""
        return self._value(int, "SELECT retests FROM generation ORDER BY generation DESC LIMIT 1") or 0

    @property
    def best_in_evolution(self) -> float | None:
        """The highest fitness of any genome in any generation, which may be luck; None before the first generation."""
        return self._value(float, "SELECT best FROM generation ORDER BY best DESC LIMIT 1")

    @property
    def best_fitness(self) -> float | None:
        """The champion's fitness, or None before the first generation."""
        return self._value(float, "SELECT fitness FROM champion ORDER BY generation DESC LIMIT 1")

    def sessions(self) -> list[Session]:
        """Return the processes that computed the run, in order."""
        rows = self._query("SELECT id, started, seconds, first, command, versions FROM session ORDER BY id")
        try:
            return [
                Session(
                    number, started, seconds, first, command,
                    {str(name): str(version) for name, version in load_json(versions).items()},
                )
                for number, started, seconds, first, command, versions in rows
            ]  # fmt: skip
        except (AttributeError, ValueError, RecursionError):
            raise corrupt(self.file, "the versions of a session cannot be read") from None

    def files(self) -> list[FileRow]:
        """Return the files that the run reads, as they were when it started."""
        return [FileRow(*row) for row in self._query("SELECT path, role, sha256 FROM file ORDER BY path")]

    def generations(self, first: int = FIRST_GENERATION, last: int | None = None) -> Iterator[GenerationRow]:
        """Yield generations `first` to `last` (by default, all)."""
        for values in self._each("generation", first, last):
            row = GenerationRow(*values)
            yield replace(row, solved=bool(row.solved))

    def species(self, first: int = FIRST_GENERATION, last: int | None = None) -> Iterator[SpeciesRow]:
        """Yield the species of generations `first` to `last`, by generation and id."""
        for row in self._each("species", first, last):
            yield SpeciesRow(*row)

    def champions(self) -> Iterator[ChampionRow]:
        """Yield every champion, in order of generations."""
        for generation, key, fitness, solved, *others in self._each("champion"):
            yield ChampionRow(generation, key, fitness, bool(solved), *others)

    def champion(self, generation: int | None = None) -> Champion:
        """Return the champion of a generation, by default of the last one.

        Raises:
            NeatError: there is none yet, or it is corrupt.
        """
        until = _LARGEST if generation is None else whole("generation", generation, FIRST_GENERATION)
        found = self._query("SELECT max(generation) FROM champion WHERE generation <= ?", until)[0][0]
        if found is None:
            raise NeatError(f"{self.folder}: has no champion yet")
        return self._load(load_champion, found)

    def has_champion(self, text: str) -> bool:
        """Return whether `text` is the JSON form of one of the run's champions."""
        return bool(self._query("SELECT 1 FROM champion WHERE genome = ? LIMIT 1", text))

    def validations(self) -> Iterator[tuple[int, Validation]]:
        """Yield the generation and the result of every validation."""
        for generation, *row in self._each("validation"):
            yield generation, self._load(lambda _, *row: validation_of(*row), *row)

    def columns(self) -> dict[str, ColumnHistory]:
        """Return the columns of the run's evaluations by name, each summarised over the generations that have it.

        Generations that were computed before neat-engine stored columns have none.

        Raises:
            NeatError: the shape of a column differs between generations, so that no array can hold it.
        """
        summaries = self.column_summaries()
        return self._load(lambda _: column_histories(summaries))

    def column_summaries(self) -> list[tuple[int, dict[str, ColumnSummary]]]:
        """Return the generations whose evaluations have columns, each with the summaries of its columns by name."""
        return self._load(read_summaries)

    def column_rows(self, generation: int) -> dict[str, NDArray[Any]]:
        """Return the columns of a generation's evaluation by name, as the problem returned them.

        Raises:
            NeatError: there is no such generation, or only a summary of its columns is saved (`[run] columns`).
        """
        generation, last = whole("generation", generation), self.last or 0
        if not FIRST_GENERATION <= generation <= last:
            raise NeatError(f"{self.folder}: has no generation {generation} (the last one is {last})")
        run, size = self.config.run, total_size(self.config)
        if run.columns != "all":
            raise NeatError(
                f"{self.folder}: saved only a summary of its columns, which `columns` returns (start a run with "
                "[run] columns = all to save the values of all genomes)"
            )
        return self._load(read_values, generation, size)

    def lineage(self) -> Iterator[tuple[int, int, NDArray[np.int64]]]:
        """Yield the generation, the first key, and the parents of the genomes born in it: (born, 2) int64, -1 for none.

        The keys of these genomes are consecutive. Nothing is yielded if `[run] lineage` is off.
        """
        for generation, first, *packed in self._each("lineage"):
            yield generation, first, self._load(_parents, generation, *packed)

    def parents(self, key: int) -> tuple[int, ...]:
        """Return the keys of a genome's parents: none, one or two.

        Raises:
            NeatError: the run has no such genome, or keeps no lineage.
        """
        key = whole("key", key)
        found = self._query(
            "SELECT generation, first_key, dtype, shape, parents FROM lineage WHERE generation = "
            "(SELECT max(generation) FROM lineage WHERE first_key <= ?)", key,
        )  # fmt: skip
        for generation, first, *packed in found:
            born = self._load(_parents, generation, *packed)
            if 0 <= key - first < len(born):
                return tuple(int(parent) for parent in born[key - first] if parent >= 0)
        raise NeatError(f"{self.folder}: does not record the parents of a genome {key}")

    def states(self) -> list[int]:
        """Return the generations that have a saved state."""
        found = [row[0] for row in self._query("SELECT generation FROM checkpoint ORDER BY generation")]
        if not all(type(number) is int and number >= FIRST_GENERATION for number in found):
            raise corrupt(self.file, "one of its states has an invalid generation")
        return found

    def state(self, generation: int) -> State:
        """Return the saved state of a generation, not yet evaluated; `states` lists those available.

        Raises:
            NeatError: no state of it is saved, or it is corrupt.
        """
        about = self.about
        return self._load(
            load_state, whole("generation", generation), about.layout, about.first_node, self.config.genome
        )

    def state_rows(self, generation: int) -> tuple[Row, list[Row]]:
        """Return the rows in which a state is saved, as `neat.store.checkpoint.checkpoint_rows` makes them."""
        return self._load(saved_rows, whole("generation", generation))

    def rows(self, generation: int) -> Rows:
        """Return the rows of a generation as stored, for comparison with computed ones."""
        return self._load(stored_rows, whole("generation", generation))

    def _each(self, table: str, first: int = FIRST_GENERATION, last: int | None = None) -> Iterator[Any]:
        """Yield the rows of a table between two generations."""
        order = "generation, id" if table == "species" else "generation"
        between = (whole("first", first), _LARGEST if last is None else whole("last", last))
        try:
            rows = self._open().execute(
                f"SELECT * FROM {table} WHERE generation BETWEEN ? AND ? ORDER BY {order}", between
            )
            for row in rows:  # noqa: UP028 (`yield from`, left early, closes the rows after the file)
                yield row
        except FAULTS as error:
            raise corrupt(self.file, str(error)) from None

    def _query(self, sql: str, *values: object) -> list[Any]:
        return self._load(lambda connection: connection.execute(sql, values).fetchall())

    def _value(self, kind: type[Found], sql: str) -> Found | None:
        """Return a single value, or None if there is no row; an unchecked file may hold anything."""
        found = self._query(sql)
        if found and not isinstance(found[0][0], kind):
            raise corrupt(self.file, f"it holds {str(found[0][0])[:40]!r}, which is the wrong kind of value")
        return found[0][0] if found else None

    def _load(self, load: Callable[..., Found], *arguments: object) -> Found:
        """Return what `load(connection, ...)` returns; its errors name the file."""
        connection = self._open()
        try:
            return load(connection, *arguments)
        except FAULTS as error:
            raise corrupt(self.file, str(error)) from None
        except NeatError as error:
            raise NeatError(f"{self.file}: {error}") from None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise NeatError(f"{self.folder}: this History is closed; open it again with neat.History")
        return self._connection


def checksum(row: Row) -> str:
    """Return the SHA-256 of a row of text and numbers."""
    return hashlib.sha256(repr(tuple(row)).encode()).hexdigest()


def stored_rows(connection: sqlite3.Connection, generation: int) -> Rows:
    """Return the rows of a generation as they are in a run's file."""
    tables = {}
    for table in TABLES:
        condition = " AND owner != 'state'" if table == "array" else ""
        order = _ORDER.get(table, "generation")
        tables[table] = connection.execute(
            f"SELECT * FROM {table} WHERE generation = ?{condition} ORDER BY {order}", (generation,)
        ).fetchall()
    return Rows(generation, tables)


def _parents(connection: sqlite3.Connection, generation: int, dtype: str, shape: str, data: bytes) -> NDArray[np.int64]:
    """Return the parents of the genomes born in a generation, from its row of `lineage`."""
    parents = unpack(dtype, shape, data, f"lineage of {generation}")
    if parents.dtype.kind != "i" or parents.ndim != 2 or parents.shape[1] != 2:
        raise NeatError(f"the lineage of generation {generation} is corrupt (it is not an array of pairs of keys)")
    return parents.astype(np.int64)


def _operator_names(text: str) -> dict[str, str]:
    names = load_json(text)
    known = {field.name for field in fields(Operators)}
    if (
        not isinstance(names, dict)
        or not known.issuperset(names)
        or not all(isinstance(name, str) for name in names.values())
    ):
        raise NeatError("it has unknown operators")
    return names
