"""A run's generations and species as CSV, for spreadsheets and statistics."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import astuple, fields
from io import StringIO
from pathlib import Path

from neat.store.columns import STATISTICS, component_labels
from neat.store.folder import cannot_write, write_whole
from neat.store.history import History
from neat.store.records import GenerationRow, SpeciesRow


def csv_lines(history: History, *, species: bool = False) -> Iterator[str]:
    """Yield the lines of a CSV text, its header first: one per generation, or per species in each of them.

    `docs/run-file.md` describes the columns. Numbers are exact to the last bit; `solved` is 0 or 1. The columns of
    the evaluations follow, with empty cells in generations that do not have them.
    """
    kind = SpeciesRow if species else GenerationRow
    rows = history.species() if species else history.generations()
    labels, cells = ([], {}) if species else _column_cells(history)
    yield _line([*(field.name for field in fields(kind)), *labels])
    for row in rows:
        values = [int(value) if isinstance(value, bool) else value for value in astuple(row)]
        yield _line([*values, *(cells.get((row.generation, label), "") for label in labels)])


def write_csv(history: History, file: Path, *, species: bool = False) -> None:
    """Write a run's generations, or species, into a CSV file, which replaces an older one.

    Raises:
        NeatError: the run is corrupt, or the file cannot be written.
    """
    if os.path.exists(file) and not os.path.isfile(file):  # a pipe, or /dev/stdout, which must not be replaced
        try:
            with file.open("w", encoding="utf-8") as opened:
                opened.writelines(csv_lines(history, species=species))
        except OSError as error:
            raise cannot_write(file, error) from None
        return
    write_whole(file, "".join(csv_lines(history, species=species)))


def _column_cells(history: History) -> tuple[list[str], dict[tuple[int, str], float]]:
    """Return the labels of the columns of all evaluations, and their values by generation and label."""
    cells: dict[tuple[int, str], float] = {}
    for generation, columns in history.column_summaries():
        for name, (shape, *statistics) in columns.items():
            for component, *values in zip(component_labels(name, shape), *statistics, strict=True):
                for statistic, value in zip(STATISTICS, values, strict=True):
                    cells[generation, f"{component}.{statistic}"] = float(value)
    return list(dict.fromkeys(label for _, label in cells)), cells


def _line(values: list[object]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()
