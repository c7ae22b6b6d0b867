"""A table of runs: one configuration, a row per seed."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from neat.config import Config
from neat.ground.errors import NeatError
from neat.runs.folder import CONFIG
from neat.runs.summary import Summary, summarise

TABLE = "table.csv"
_YES_NO = {"yes": True, "no": False}


@dataclass(frozen=True)
class Row:
    """What the run of one seed came to.

    Attributes:
        seed: with the same configuration it gives the same run.
        solved: whether it solved its problem, or reached the fitness at which it was to stop.
        generations, evaluations: how many there were.
        hidden, connections: nodes and enabled connections of the champion; None where there is no champion.
        best_fitness: the champion's fitness; None where there is no champion.
        validation, details: what a harder test of the champion came to; None and nothing where there was none. A
            detail `failed` is how many evaluations failed, where `on_error = worst` went on.
        seconds: how long it took on one thread, without compiling kernels; a worker's first run loads them, too.
        most_generations, population: the budget.
        error: why the problem failed, in a line; None where it did not.
    """

    seed: int
    solved: bool
    generations: int
    evaluations: int
    hidden: int | None
    connections: int | None
    best_fitness: float | None
    validation: float | None
    seconds: float
    most_generations: int
    population: int
    details: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the columns by name."""
        return asdict(self)


COLUMNS = tuple(column.name for column in fields(Row))


@dataclass(frozen=True)
class Table:
    """The runs of one configuration, in the order of their seeds.

    `rows` holds at least one; all have the same budget. `folder` is where they are kept, if they are, and `config` the
    configuration, if it is known.
    """

    rows: tuple[Row, ...]
    folder: Path | None = field(default=None, compare=False)
    config: Config | None = field(default=None, compare=False)

    @classmethod
    def of(cls, rows: Iterable[Row], folder: Path | None = None, config: Config | None = None) -> Table:
        """Return the table of rows in any order."""
        return cls(tuple(sorted(rows, key=lambda row: row.seed)), folder, config)

    @classmethod
    def read(cls, path: str | Path) -> Table:
        """Return the table in a file, or in the folder of a batch of runs.

        Raises:
            NeatError: there is none, it holds no runs yet, or it is damaged; the message names the line.
        """
        file = Path(path) / TABLE if Path(path).is_dir() else Path(path)
        if not file.is_file():
            raise NeatError(f"{path}: there is no table of runs (neat run CONFIG --seeds 0..99 makes one)")
        rows = read_rows(file)
        if not rows:
            raise NeatError(f"{file}: holds no finished run yet")
        first = rows[0]
        for row in rows:
            if (row.most_generations, row.population) != (first.most_generations, first.population):
                raise NeatError(f"{file}: the budgets of seeds {first.seed} and {row.seed} differ, so it is no table")
        return cls.of(rows, file.parent, _config_beside(file))

    def summary(self) -> Summary:
        """Return the success rate, and means, medians and intervals of the other columns."""
        return summarise(self)

    @property
    def budget(self) -> tuple[int, int]:
        """How many generations of how many genomes a run had at most."""
        return self.rows[0].most_generations, self.rows[0].population

    @property
    def solved(self) -> tuple[Row, ...]:
        """The runs that were solved."""
        return tuple(row for row in self.rows if row.solved)

    @property
    def errors(self) -> tuple[Row, ...]:
        """The runs whose problem failed."""
        return tuple(row for row in self.rows if row.error is not None)


def header() -> str:
    """Return the first line of a table's file."""
    return ",".join(COLUMNS) + "\n"


def written(row: Row) -> str:
    """Return the one line of a row, exact to the last bit."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(_cell(value) for value in row.to_dict().values())
    return text.getvalue()


def read_rows(file: Path) -> list[Row]:
    """Return the rows in a table's file; a last line without an end, which a crash may leave, is none.

    Raises:
        NeatError: it is no table, or damaged; the message names the line.
    """
    try:
        content = file.read_bytes()
        text = content[: content.rfind(b"\n") + 1].decode().replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise NeatError(f"{file}: cannot be read as a table of runs ({error})") from None
    if not text.startswith(header()):
        raise NeatError(f"{file}: is no table of runs (its first line is not {header().strip()})")
    rows: dict[int, Row] = {}
    for number, line in enumerate(text.split("\n")[1:-1], 2):
        try:
            row = _read(next(csv.reader([line], strict=True)))
        except (csv.Error, ValueError, TypeError, KeyError, StopIteration, OverflowError, RecursionError):
            raise NeatError(f"{file}:{number}: is no row of a table of runs") from None
        if row.seed in rows:
            raise NeatError(f"{file}:{number}: seed {row.seed} is there twice")
        rows[row.seed] = row
    return list(rows.values())


def _config_beside(file: Path) -> Config | None:
    try:
        return Config.read(file.with_name(CONFIG))
    except NeatError:  # the table was taken elsewhere, or another version of the engine made it
        return None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value) if isinstance(value, Mapping) else str(value)


def _read(cells: list[str]) -> Row:
    seed, solved, generations, evaluations, *counts, best, validation, seconds, most, population, details, error = cells
    hidden, connections = (_count(text) if text else None for text in counts)
    if not (error or (hidden is not None and connections is not None and best)):
        raise ValueError("only a run whose problem failed may have no champion")
    return Row(
        seed=_count(seed),
        solved=_YES_NO[solved],
        generations=_count(generations),
        evaluations=_count(evaluations),
        hidden=hidden,
        connections=connections,
        best_fitness=_number(best) if best else None,
        validation=_number(validation) if validation else None,
        seconds=_number(seconds),
        most_generations=_count(most),
        population=_count(population),
        details={str(name): _number(value) for name, value in dict(json.loads(details)).items()},
        error=error or None,
    )


def _count(text: str) -> int:
    count = int(text)
    if not 0 <= count < 2**63:
        raise ValueError("beyond 64 bits, or negative")
    return count


def _number(text: Any) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number
