"""A table of runs: one configuration, a row per seed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from neat.config import Config
from neat.config.arguments import argument_error
from neat.config.arguments import path as checked_path
from neat.core.errors import NeatError
from neat.core.hooks import call_hook
from neat.store.folder import CONFIG, TABLE
from neat.studies.history_file import SavedHistories
from neat.studies.seed_history import SeedHistory
from neat.studies.summary import Summary, summarise
from neat.studies.table_rows import Row, read_rows


@dataclass(frozen=True)
class Table:
    """The runs of one configuration.

    Attributes:
        rows: at least one, in the order of their seeds; all have the same budget.
        folder: where the runs are saved, if they are.
        config: the configuration, if it is known.
        histories: the history of each run by its seed, as far as they are known; those of a file are read at their
            first use. A run whose problem failed in its first generation has none.
    """

    rows: tuple[Row, ...]
    folder: Path | None = field(default=None, compare=False)
    config: Config | None = field(default=None, compare=False)
    histories: Mapping[int, SeedHistory] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        _checked_rows(self.rows)
        _check_histories(self.histories)

    @classmethod
    def of(
        cls,
        rows: Iterable[Row],
        folder: Path | None = None,
        config: Config | None = None,
        histories: Mapping[int, SeedHistory] | None = None,
    ) -> Table:
        """Return a table of rows, which may be in any order.

        Raises:
            NeatError: there are no rows.
        """
        ordered = tuple(sorted(_checked_rows(rows), key=lambda row: row.seed))
        return cls(ordered, folder, config, {} if histories is None else histories)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Table:
        """Return the table in a file, or in the folder of a batch of runs.

        Raises:
            NeatError: it does not exist, holds no runs yet, or is corrupt; the message names the line.
        """
        path = checked_path("path", path)
        file = path / TABLE if os.path.isdir(path) else path
        if not os.path.isfile(file):
            raise NeatError(f"{path}: there is no table of runs (neat run CONFIG --seeds 0..99 makes one)")
        rows = read_rows(file)
        if not rows:
            raise NeatError(f"{file}: holds no finished run yet")
        for row in rows:
            if row.budget != rows[0].budget:
                raise NeatError(f"{file}: the budgets of seeds {rows[0].seed} and {row.seed} differ")
        return cls.of(rows, file.parent, _config_beside(file), SavedHistories(file, rows))

    def __repr__(self) -> str:
        failed = f", {len(self.errors)} failed" if self.errors else ""
        return f"Table: {len(self.rows)} run{'' if len(self.rows) == 1 else 's'}, {len(self.solved)} solved{failed}"

    def _repr_html_(self) -> str:
        """Return the rows as HTML for a notebook, drawn by `neat.export` (see `neat.core.hooks`)."""
        return str(call_hook("draw_table", self))

    def summary(self) -> Summary:
        """Return the success rate, and means, medians and intervals of the other columns."""
        return summarise(self.rows)

    @property
    def budget(self) -> tuple[int, int]:
        """The largest number of generations of a run, and its number of genomes in each."""
        return self.rows[0].budget

    @property
    def solved(self) -> tuple[Row, ...]:
        """The runs that were solved."""
        return tuple(row for row in self.rows if row.solved)

    @property
    def errors(self) -> tuple[Row, ...]:
        """The runs whose problem failed."""
        return tuple(row for row in self.rows if row.error is not None)


def _checked_rows(rows: Iterable[Row]) -> tuple[Row, ...]:
    found = tuple(rows) if isinstance(rows, Iterable) else ()
    if not found or not all(isinstance(row, Row) for row in found):
        raise NeatError("a table needs at least one row; neat.run_seeds returns a table")
    return found


def _check_histories(histories: object) -> None:
    if isinstance(histories, SavedHistories):  # which checks itself when it is read
        return
    if not isinstance(histories, Mapping) or not all(isinstance(each, SeedHistory) for each in histories.values()):
        raise argument_error("histories", histories, "a dict with a history for each seed, as neat.run_seeds makes it")


def _config_beside(file: Path) -> Config | None:
    try:
        return Config.read(file.with_name(CONFIG))
    except NeatError:  # the table was moved, or belongs to another version of this package
        return None
