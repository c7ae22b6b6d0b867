"""Reading a run from its file: its settings, generations, species, champions, lineage and states."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.config.arguments import path, whole
from neat.config.reader import LARGEST_FILE
from neat.config.written import describe
from neat.core.errors import NeatError
from neat.core.json_text import load_json
from neat.core.randomness import FIRST_GENERATION
from neat.evolution.state import Champion, State
from neat.genetics.population import Layout
from neat.problems.protocol import Validation
from neat.store.blobs import unpack
from neat.store.checkpoint import load_champion, load_state, validation_of
from neat.store.folder import Place
from neat.store.lock import is_locked
from neat.store.rows import TABLES, Row, Rows
from neat.store.schema import FAULTS, STORE, corrupt, must_exist, open_to_read
from neat.store.state_check import read_layout

Found = TypeVar("Found")
OPEN_RUN = "a neat.History, such as neat.History(result.folder)"  # what an argument `history` must be
_LONGEST_CONFIG = 2 * LARGEST_FILE  # characters: that of a file, with every default written out
_LARGEST = 2**63 - 1  # integer in a file of SQLite


@dataclass(frozen=True)
class About:
    """What a run is.

    Attributes:
        config: its configuration as INI text, with the seed; its modules are imported from `folder`.
        problem: the `module:Name` of a problem that was passed from Python, else None.
        layout: the inputs and outputs of all its genomes; `first_node` is the first id for hidden nodes.
        status: as last saved: `running`, `finished`, `interrupted`, `failed`; see `History.status`.
        reasons: why it finished; `error` says why it failed.
    """

    config: str
    folder: str
    seed: int
    problem: str | None
    layout: Layout
    first_node: int
    status: str
    reasons: tuple[str, ...]
    error: str | None


@dataclass(frozen=True)
class Session:
    """A process that worked on a run: when it started, its seconds, first generation, command and versions."""

    id: int
    started: str
    seconds: float
    first: int
    command: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class FileRow:
    """A file that a run read when it began: `role` is `data` or `code`."""

    path: str
    role: str
    sha256: str


@dataclass(frozen=True)
class GenerationRow:
    """A generation: see `docs/run-file.md` for its columns."""

    generation: int
    digest: int
    best: float
    best_key: int
    mean: float
    species: int
    threshold: float
    connections: float
    hidden: float
    evaluations: int
    failed: int
    record: float
    progress: int
    solved: bool
    next_key: int
    next_species: int
    seconds: float


@dataclass(frozen=True)
class SpeciesRow:
    """A species in one generation: see `docs/run-file.md` for its columns."""

    generation: int
    id: int
    size: int
    best: float
    mean: float
    age: int
    record: float
    progress: int
    representative: int


@dataclass(frozen=True)
class ChampionRow:
    """A champion, with the generation in which it became the champion; `genome` is its JSON text."""

    generation: int
    key: int
    fitness: float
    solved: bool
    genome: str


#: The columns of `run` that change only if a user asks for more generations; `sha256` is their checksum.
BEGINNING = "config, folder, seed, problem, layout, first_node"


class History:
    """A snapshot of a run, read from its file; another process may continue the run meanwhile.

    Use it as a context manager. Whatever is wrong with the file is raised as a NeatError that names it.

    Args:
        folder: the run's folder.
        checked: whether to check the whole file for damage first; if not, read only single rows.

    Raises:
        NeatError: it holds no file of a run, or the file is corrupt or of a newer version.
    """

    def __init__(self, folder: str | os.PathLike[str], *, checked: bool = True) -> None:
        self._place = Place(path("folder", folder))
        must_exist(self.file)
        self._running = is_locked(self.folder)  # before reading the file: a run saves its status, then unlocks
        self._connection: sqlite3.Connection | None = open_to_read(self.file, checked=checked)

    def __enter__(self) -> History:
        return self

    def __repr__(self) -> str:
        name = f"History({str(self.folder)!r})"
        try:
            last, best, status = self.last, self.best_fitness, self.status
        except NeatError:  # closed, or corrupt
            return name
        fitness = "" if best is None else f", best fitness {best:.6g}"
        count = last or 0
        return f"{name}: {count:,} generation{'' if count == 1 else 's'}{fitness}, {status}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise NeatError(f"{self.folder}: this History is closed; open it again with neat.History")
        return self._connection

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
        """What the run is."""
        found = self._all(f"SELECT sha256, status, reasons, error, {BEGINNING} FROM run LIMIT 2")
        if len(found) != 1 or checksum(found[0][4:]) != found[0][0]:
            raise corrupt(self.file, "its description of the run is invalid")
        status, reasons, error, config, folder, seed, problem, text, first_node = found[0][1:]
        try:
            layout = read_layout(text)
            if first_node != layout.given:
                raise corrupt(self.file, "its hidden nodes have other ids than a run's")
            return About(
                config, folder, seed, problem, layout, first_node, str(status),
                tuple(map(str, load_json(reasons))), None if error is None else str(error),
            )  # fmt: skip
        except (TypeError, ValueError, KeyError, RecursionError, NeatError):
            raise corrupt(self.file, "its description of the run is invalid") from None

    @property
    def config(self) -> Config:
        """The run's configuration.

        Raises:
            ConfigError: it cannot be read (as when another version of the engine wrote it).
        """
        about = self.about
        if len(about.config) > _LONGEST_CONFIG:
            raise corrupt(self.file, "its configuration is too long")
        return Config.from_ini(about.config, f"{self.file} (config)", about.folder)

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
        """When the run began, in UTC."""
        return self._value(str, "SELECT started FROM session ORDER BY id LIMIT 1") or ""

    @property
    def solved(self) -> bool:
        """Whether the last generation counts as solving the task."""
        return bool(self._value(int, "SELECT solved FROM generation ORDER BY generation DESC LIMIT 1"))

    @property
    def best_fitness(self) -> float | None:
        """The champion's fitness, or None before there is one."""
        return self._value(float, "SELECT fitness FROM champion ORDER BY generation DESC LIMIT 1")

    def sessions(self) -> list[Session]:
        """Return the processes that worked on the run, in order."""
        rows = self._all("SELECT id, started, seconds, first, command, versions FROM session ORDER BY id")
        try:
            return [
                Session(number, started, seconds, first, command, _texts(load_json(versions)))
                for number, started, seconds, first, command, versions in rows
            ]
        except (AttributeError, ValueError, RecursionError):
            raise corrupt(self.file, "the versions of a session cannot be read") from None

    def files(self) -> list[FileRow]:
        """Return the files that the run reads, as they were when it began."""
        return [FileRow(*row) for row in self._all("SELECT path, role, sha256 FROM file ORDER BY path")]

    def generations(self, first: int = FIRST_GENERATION, last: int | None = None) -> Iterator[GenerationRow]:
        """Yield generations `first` to `last` (by default, all)."""
        for row in self._each("generation", first, last):
            made = GenerationRow(*row)
            yield replace(made, solved=bool(made.solved))

    def species(self, first: int = FIRST_GENERATION, last: int | None = None) -> Iterator[SpeciesRow]:
        """Yield the species of generations `first` to `last`, by generation and id."""
        for row in self._each("species", first, last):
            yield SpeciesRow(*row)

    def champions(self) -> Iterator[ChampionRow]:
        """Yield every champion, in order of generations."""
        for generation, key, fitness, solved, genome in self._each("champion"):
            yield ChampionRow(generation, key, fitness, bool(solved), genome)

    def champion(self, generation: int | None = None) -> Champion:
        """Return the champion of a generation, by default of the last one.

        Raises:
            NeatError: there is none yet, or it is corrupt.
        """
        until = _LARGEST if generation is None else whole("generation", generation, FIRST_GENERATION)
        found = self._all("SELECT max(generation) FROM champion WHERE generation <= ?", until)[0][0]
        if found is None:
            raise NeatError(f"{self.folder}: has no champion yet")
        return self._named(load_champion, found)

    def had_champion(self, text: str) -> bool:
        """Return whether a champion of the run has this JSON form."""
        return bool(self._all("SELECT 1 FROM champion WHERE genome = ? LIMIT 1", text))

    def validations(self) -> Iterator[tuple[int, Validation]]:
        """Yield the generation and the result of every validation."""
        for generation, *row in self._each("validation"):
            yield generation, self._named(lambda _, *row: validation_of(*row), *row)

    def lineage(self) -> Iterator[tuple[int, int, NDArray[np.int64]]]:
        """Yield the generation, the first key, and the parents of the genomes born in it: (born, 2) int64, -1 for none.

        The keys of these genomes are consecutive. Nothing is yielded if `[run] lineage` is off.
        """
        for generation, first, dtype, shape, data in self._each("lineage"):
            yield generation, first, self._parents(generation, dtype, shape, data)

    def parents(self, key: int) -> tuple[int, ...]:
        """Return the keys of a genome's parents: none, one or two.

        Raises:
            NeatError: the run has no such genome, or keeps no lineage.
        """
        key = whole("key", key)
        found = self._all(
            "SELECT generation, first_key, dtype, shape, parents FROM lineage WHERE generation = "
            "(SELECT max(generation) FROM lineage WHERE first_key <= ?)", key,
        )  # fmt: skip
        for generation, first, dtype, shape, data in found:
            born = self._parents(generation, dtype, shape, data)
            if 0 <= key - first < len(born):
                return tuple(int(parent) for parent in born[key - first] if parent >= 0)
        raise NeatError(f"{self.folder}: does not record the parents of a genome {key}")

    def states(self) -> list[int]:
        """Return the generations that have a saved state."""
        found = [row[0] for row in self._all("SELECT generation FROM checkpoint ORDER BY generation")]
        if not all(type(number) is int and number >= FIRST_GENERATION for number in found):
            raise corrupt(self.file, "it holds a state of no generation")
        return found

    def state(self, generation: int) -> State:
        """Return the saved state of a generation, not yet evaluated; `states` lists those available.

        Raises:
            NeatError: no state of it is saved, or it is corrupt.
        """
        if whole("generation", generation) not in self.states():
            raise NeatError(f"{self.file}: no state of generation {describe(generation)} is saved")
        about = self.about
        return self._named(load_state, int(generation), about.layout, about.first_node, self.config.genome)

    def state_rows(self, generation: int) -> tuple[Row, list[Row]]:
        """Return the rows in which a state is saved, as `neat.store.checkpoint.checkpoint_rows` makes them."""
        generation = whole("generation", generation)
        rows = self._all("SELECT * FROM checkpoint WHERE generation = ?", generation)
        arrays = self._all("SELECT * FROM array WHERE owner = 'state' AND generation = ? ORDER BY rowid", generation)
        if len(rows) != 1:
            raise NeatError(f"{self.file}: no state of generation {generation} is saved")
        return rows[0], arrays

    def rows(self, generation: int) -> Rows:
        """Return the rows of a generation as stored, for comparison with computed ones."""
        try:
            return stored_rows(self._open(), whole("generation", generation))
        except FAULTS as error:
            raise corrupt(self.file, str(error)) from None

    def _parents(self, generation: int, dtype: str, shape: str, data: bytes) -> NDArray[np.int64]:
        found = self._named(lambda _, *packed: unpack(*packed), dtype, shape, data, f"lineage of {generation}")
        if found.dtype.kind != "i" or found.ndim != 2 or found.shape[1] != 2:
            raise corrupt(self.file, f"the lineage of generation {generation} is not a table of parents")
        parents: NDArray[np.int64] = found.astype(np.int64)
        return parents

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

    def _all(self, sql: str, *values: Any) -> list[Any]:
        try:
            return self._open().execute(sql, values).fetchall()
        except FAULTS as error:
            raise corrupt(self.file, str(error)) from None

    def _value(self, kind: type[Found], sql: str) -> Found | None:
        """Return a single value, or None if there is no row; an unchecked file may hold anything."""
        found = self._all(sql)
        if found and not isinstance(found[0][0], kind):
            raise corrupt(self.file, f"it holds {str(found[0][0])[:40]!r}, which is the wrong kind of value")
        return found[0][0] if found else None

    def _named(self, read: Callable[..., Found], *arguments: Any) -> Found:
        """Return what `read(connection, ...)` returns; its errors name the file."""
        try:
            return read(self._open(), *arguments)
        except FAULTS as error:
            raise corrupt(self.file, str(error)) from None
        except NeatError as error:
            raise NeatError(f"{self.file}: {error}") from None


def checksum(row: Row) -> str:
    """Return the SHA-256 of a row of text and numbers."""
    return hashlib.sha256(repr(tuple(row)).encode()).hexdigest()


def stored_rows(connection: sqlite3.Connection, generation: int) -> Rows:
    """Return the rows of a generation as they are in a run's file."""
    tables = {}
    for table in TABLES:
        own = " AND owner = 'champion'" if table == "array" else ""
        order = {"array": "rowid", "species": "id"}.get(table, "generation")
        tables[table] = connection.execute(
            f"SELECT * FROM {table} WHERE generation = ?{own} ORDER BY {order}", (generation,)
        ).fetchall()
    return Rows(generation, tables)


def _texts(form: dict[Any, Any]) -> dict[str, str]:
    return {str(name): str(text) for name, text in form.items()}
