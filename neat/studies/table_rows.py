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

from neat.config.fields import number, whole
from neat.core.errors import NeatError
from neat.core.files import open_plain
from neat.core.json_text import load_json

MOST_ROWS = 1_000_000  # far more than a real batch has
_LONGEST_LINE = 1 << 20  # bytes: an error has at most a thousand characters
_DIGITS = re.compile(r"[0-9]+")
_YES_NO = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Row:
    """What the run of one seed came to.

    Attributes:
        seed: with the same configuration it gives the same run.
        solved: whether it solved its problem, or reached the fitness at which it was to stop.
        generations, evaluations: how many there were.
        hidden, connections: nodes and enabled connections of the champion; None if there is no champion.
        best_fitness: the champion's fitness; None if there is no champion.
        validation, details: what a harder test of the champion came to; None and nothing where there was none. A
            detail `failed` is how many evaluations failed, where `on_error = worst` went on.
        seconds: time on one thread, without compiling kernels; the first run of a worker includes loading them.
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
        NeatError: it is not a table, or is corrupt; the message names the line.
    """
    return read_table(file)[0]


def read_table(file: Path) -> tuple[list[Row], int]:
    """Return the rows in a table's file, and the number of bytes in its complete lines.

    Raises:
        NeatError: as `read_rows`.
    """
    rows: dict[int, Row] = {}
    lines = _lines(file)
    first, size = next(lines, ("", 0))
    if f"{first}\n" != header():
        raise NeatError(f"{file}: is not a table of runs (its first line is not {header().strip()})")
    for line_number, (line, end) in enumerate(lines, 2):
        size = end
        try:
            row = _read(next(csv.reader([line], strict=True)))
        except (csv.Error, ValueError, TypeError, KeyError, StopIteration, OverflowError):
            raise NeatError(f"{file}:{line_number}: is not a row of a table of runs") from None
        if row.seed in rows:
            raise NeatError(f"{file}:{line_number}: seed {row.seed} is there twice")
        if len(rows) == MOST_ROWS:
            raise NeatError(f"{file}:{line_number}: too many rows (at most {MOST_ROWS:,})")
        rows[row.seed] = row
    return list(rows.values()), size


def _lines(file: Path) -> Iterator[tuple[str, int]]:
    """Yield the complete lines of a file, each with the number of bytes up to its end."""
    size = 0
    try:
        with open(open_plain(file), "rb") as opened:
            while (line := opened.readline(_LONGEST_LINE)).endswith(b"\n"):
                size += len(line)
                yield line.decode().removesuffix("\n").removesuffix("\r"), size
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise NeatError(f"{file}: cannot be read as a table of runs ({why})") from None
    if len(line) == _LONGEST_LINE:
        raise NeatError(f"{file}: is not a table of runs (a line has more than {_LONGEST_LINE:,} bytes)")


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
        details=_details(details),
        error=error or None,
    )


def _count(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise ValueError("not a whole number in the form of `written`")
    return whole(0).read(text)


def _number(text: str) -> float:
    return number().read(text)


def _details(text: str) -> dict[str, float]:
    found = load_json(text)
    if not isinstance(found, dict) or any(type(value) not in (int, float) for value in found.values()):
        raise ValueError("not a dict of numbers")
    return {name: number().accept(value) for name, value in found.items()}
