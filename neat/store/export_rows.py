"""A run's generations and species as CSV, for spreadsheets and statistics."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import astuple, fields
from io import StringIO
from pathlib import Path

from neat.store.folder import cannot_write, write_whole
from neat.store.history import History
from neat.store.records import GenerationRow, SpeciesRow


def csv_lines(history: History, *, species: bool = False) -> Iterator[str]:
    """Yield the lines of a CSV text, its header first: one per generation, or per species in each of them.

    The columns are those of `docs/run-file.md`; numbers are exact to the last bit, `solved` is 0 or 1.
    """
    kind = SpeciesRow if species else GenerationRow
    rows = history.species() if species else history.generations()
    yield ",".join(field.name for field in fields(kind)) + "\n"
    for row in rows:
        text = StringIO()
        values = (int(value) if isinstance(value, bool) else value for value in astuple(row))
        csv.writer(text, lineterminator="\n").writerow(values)
        yield text.getvalue()


def write_csv(history: History, file: Path, *, species: bool = False) -> None:
    """Write a run's generations, or species, into a CSV file; an older one is replaced whole.

    Raises:
        NeatError: the run is corrupt, or the file cannot be written.
    """
    if file.exists() and not file.is_file():  # a pipe, or /dev/stdout, which must not be replaced
        try:
            with file.open("w", encoding="utf-8") as opened:
                opened.writelines(csv_lines(history, species=species))
        except OSError as error:
            raise cannot_write(file, error) from None
        return
    write_whole(file, "".join(csv_lines(history, species=species)))
