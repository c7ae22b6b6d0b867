"""The rows of a table of runs, and the CSV file that holds them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from neat.config.value_types import ANY_NUMBER, Whole
from neat.core.errors import NeatError
from neat.core.files import open_plain
from neat.core.json_text import load_json

MOST_ROWS = 1_000_000  # far more than a real batch has
_LONGEST_LINE = 1 << 20  # bytes: an error has at most a thousand characters
_DIGITS = re.compile(r"[0-9]+")
_YES_NO = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Row:
    """The outcome of the run with one seed.

    Attributes:
        seed: with the same configuration it gives the same run.
        solved: whether the run solved its problem or reached `stop_fitness`.
        generations, evaluations: how many the run took.
        hidden, connections: hidden nodes and enabled connections of the champion; None if there is no champion.
        best_fitness: the champion's fitness; None if there is no champion.
        validation: the fitness of the champion's validation; None if the problem has no validation.
        details: further numbers of the validation, and under `failed` the number of failed evaluations, if any.
        seconds: time on one thread, without compiling kernels; the first run of a worker includes loading them.
        most_generations, population: the budget.
        error: why the problem failed, in one line; None if it did not.
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

    @property
    def budget(self) -> tuple[int, int]:
        """The largest number of generations of the run, and its number of genomes in each."""
        return self.most_generations, self.population

    def to_dict(self) -> dict[str, Any]:
        """Return the columns by name."""
        return asdict(self)


COLUMNS = tuple(column.name for column in fields(Row))


def header() -> str:
    """Return the first line of the file of a table."""
    return ",".join(COLUMNS) + "\n"


def format_row(row: Row) -> str:
    """Return the line of a row, from which `read_rows` restores every bit."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(_cell(value) for value in row.to_dict().values())
    return text.getvalue()


def read_rows(file: Path) -> list[Row]:
    """Return the rows in the file of a table, except for an incomplete last line, which a crash may leave.

    Raises:
        NeatError: the file is not a table, or is corrupt; the message names the line.
    """
    return read_complete_rows(file)[0]


def read_complete_rows(file: Path) -> tuple[list[Row], int]:
    """Return the rows in the file of a table, and the number of bytes in its complete lines.

    Raises:
        NeatError: as `read_rows`.
    """
    rows: dict[int, Row] = {}
    lines = complete_lines(file, "a table of runs")
    first, size = next(lines, ("", 0))
    if f"{first}\n" != header():
        raise NeatError(f"{file}: is not a table of runs (its first line is not {header().strip()})")
    for line_number, (line, end) in enumerate(lines, 2):
        size = end
        try:
            row = _parse_row(next(csv.reader([line], strict=True)))
        except (csv.Error, ValueError, TypeError, KeyError, StopIteration, OverflowError):
            raise NeatError(f"{file}:{line_number}: is not a row of a table of runs") from None
        if row.seed in rows:
            raise NeatError(f"{file}:{line_number}: seed {row.seed} appears twice")
        if len(rows) == MOST_ROWS:
            raise NeatError(f"{file}:{line_number}: too many rows (at most {MOST_ROWS:,})")
        rows[row.seed] = row
    return list(rows.values()), size


def complete_lines(file: Path, what: str) -> Iterator[tuple[str, int]]:
    """Yield each complete line of a file, and the number of bytes up to its end.

    Raises:
        NeatError: the file cannot be read; the message says that it is not `what`.
    """
    size = 0
    try:
        with open(open_plain(file), "rb") as opened:
            while (line := opened.readline(_LONGEST_LINE)).endswith(b"\n"):
                size += len(line)
                yield line.decode().removesuffix("\n").removesuffix("\r"), size
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NeatError(f"{file}: cannot be read as {what} ({reason})") from None
    if len(line) == _LONGEST_LINE:
        raise NeatError(f"{file}: is not {what} (a line has more than {_LONGEST_LINE:,} bytes)")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value) if isinstance(value, Mapping) else str(value)


def _parse_row(cells: list[str]) -> Row:
    seed, solved, generations, evaluations, *sizes, best, validation, seconds, most, population, details, error = cells
    hidden, connections = (_count(text) if text else None for text in sizes)
    if not (error or (hidden is not None and connections is not None and best)):
        raise ValueError("only a run whose problem failed may have no champion")
    real = ANY_NUMBER.read
    return Row(
        seed=_count(seed),
        solved=_YES_NO[solved],
        generations=_count(generations),
        evaluations=_count(evaluations),
        hidden=hidden,
        connections=connections,
        best_fitness=real(best) if best else None,
        validation=real(validation) if validation else None,
        seconds=real(seconds),
        most_generations=_count(most),
        population=_count(population),
        details=_parse_details(details),
        error=error or None,
    )


def _count(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise ValueError("not a whole number as `format_row` writes it")
    return Whole(0).read(text)


def _parse_details(text: str) -> dict[str, float]:
    found = load_json(text)
    if not isinstance(found, dict) or any(type(value) not in (int, float) for value in found.values()):
        raise ValueError("not a dict of numbers")
    return {name: ANY_NUMBER.accept(value) for name, value in found.items()}
