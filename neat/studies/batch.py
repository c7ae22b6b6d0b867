"""A batch: many runs of one configuration, saved in a folder from which it continues after any interruption."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

from neat.config import ANY_EXECUTION, Config, checked_config
from neat.config.arguments import folder, function, whole
from neat.config.differences import setting_differences
from neat.config.formatting import format_value
from neat.config.reader import read_file
from neat.core.errors import NeatError
from neat.core.parallel import available_threads
from neat.evolution.islands import total_size
from neat.problems.protocol import Problem
from neat.runs.experiment import Experiment
from neat.store.folder import (
    BATCH,
    CONFIG,
    SUMMARY,
    TABLE,
    Place,
    cannot_write,
    contents,
    remove_leftovers,
    write_whole,
)
from neat.store.lock import Lock
from neat.store.provenance import with_absolute_paths
from neat.studies.batch_record import check_record, make_record, write_record
from neat.studies.history_file import (
    SavedHistories,
    append_history,
    append_whole,
    arrange_histories,
    histories_beside,
    make_histories,
)
from neat.studies.seed_history import SeedHistory
from neat.studies.seed_runs import SeedRun, run_each
from neat.studies.seeds import checked_seeds, parse_seeds
from neat.studies.statistics import import_scipy
from neat.studies.table import Table
from neat.studies.table_rows import MOST_ROWS, Row, format_row, header, read_complete_rows

_BUSY = "another process is making runs there (wait, or name a new folder)"


def run_seeds(
    config: Config,
    seeds: Iterable[int] | str,
    problem: Problem | None = None,
    *,
    jobs: int = 0,
    out: str | os.PathLike[str] | None = None,
    watch: Callable[[Row], object] | None = None,
) -> Table:
    """Run a configuration once per seed and return the table of the results.

    Args:
        config: its own seed and threads are ignored: each run has one thread.
        seeds: whole numbers, or a text such as `0..9,20,30..39`.
        problem: by default the one that the configuration names. A problem passed from Python must be picklable by
            cloudpickle.
        jobs: the number of worker processes; 0: one for each processor; 1: none, the runs are made in this process.
            The results never depend on it, except for `seconds`. With `[run] executor = ray`, the workers are those of
            a Ray cluster.
        out: a folder for the table, the histories, the champions and a summary: a new or an empty one, or one with runs
            of the same configuration, to which the missing seeds are added. The table then has all of its runs.
        watch: called with the row of every run that ends.

    A run whose problem fails counts as not solved, and its row holds the error. Ctrl-C, or `sys.exit()` in the problem,
    keeps the runs that are finished.

    Raises:
        NeatError: the seeds, the configuration, the problem or the folder cannot be used.
        ProblemError: the problem cannot be made.
    """
    wanted = parse_seeds(seeds) if isinstance(seeds, str) else checked_seeds(seeds)
    jobs, place = whole("jobs", jobs), None if out is None else Place(folder("out", out))
    function("watch", watch, "the row of every run that ends")
    with Batch(config, problem) as batch:
        if place is not None:
            batch.keep_in(place.path)
        with contextlib.closing(batch.run(wanted, jobs)) as rows:
            for row in rows:
                if watch is not None:
                    watch(row)
        return batch.table


class Batch:
    """The runs of one configuration, a row per seed; saved on disk once `keep_in` has named a folder.

    Raises:
        NeatError: the problem cannot be made as the configuration says.
        ProblemError: the user's own module or class raised.
    """

    def __init__(self, config: Config, problem: Problem | None = None) -> None:
        self.config, self.problem = checked_config(config), problem
        self.rows: dict[int, Row] = {}
        self._histories: dict[int, SeedHistory] = {}  # only while there is no folder for them
        self._place: Place | None = None
        self._lock: Lock | None = None
        experiment = Experiment(config, problem)
        experiment.initialize()  # reports faults before any run
        self._record = make_record(self._common_config(), experiment.problem, passed=problem is not None)

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def keep_in(self, folder: Path) -> None:
        """Save the runs in a folder: a new or empty one, or one with runs of the same configuration to continue.

        Raises:
            NeatError: it holds something else, is in use, or cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            taken = contents(folder)
        except OSError as error:
            raise NeatError(f"{folder}: cannot be made the folder of the runs ({error.strerror})") from None
        if taken and BATCH not in taken:
            raise NeatError(f"{folder}: is not empty, and holds no table of runs to continue (name a new folder)")
        self._lock = Lock(folder, _BUSY)
        remove_leftovers(folder)
        if taken:
            check_record(folder, self._record)
        else:
            write_record(folder, self._record)
        self._keep_config(folder / CONFIG)
        self._read_existing_rows(folder / TABLE)
        make_histories(histories_beside(folder / TABLE))
        arrange_histories(histories_beside(folder / TABLE), self.rows)
        self._place = Place(folder)

    @property
    def folder(self) -> Path | None:
        """The folder in which the runs are saved, or None."""
        return None if self._place is None else self._place.path

    @property
    def table(self) -> Table:
        """The table of the runs so far, of which there must be one."""
        folder = self.folder
        histories = self._histories if folder is None else SavedHistories(folder / TABLE, self.rows.values())
        return Table.of(self.rows.values(), folder, self._common_config(), histories)

    def missing(self, seeds: Iterable[int]) -> list[int]:
        """Return the seeds that have no row yet."""
        return [seed for seed in seeds if seed not in self.rows]

    def run(self, seeds: Iterable[int], jobs: int = 0) -> Generator[Row, None, None]:
        """Run the seeds that have no row, and yield each row as its run ends, once it is on disk.

        Raises:
            NeatError: a file cannot be written, or worker processes cannot be used.
        """
        missing = self.missing(seeds)
        if len(self.rows) + len(missing) > MOST_ROWS:
            raise NeatError(f"a table has at most {MOST_ROWS:,} runs (use another folder for more)")
        jobs = max(1, min(jobs or available_threads(), len(missing)))
        if self.folder is not None:
            import_scipy()  # for the summary, which an interruption must not wait for
        with contextlib.closing(run_each(self.config, self.problem, missing, jobs)) as runs:
            try:
                for run in runs:
                    self._keep(run)
                    yield run.row
            finally:
                self._arrange_histories()
                self.write_summary()

    def write_summary(self) -> None:
        """Write the summary of the runs so far."""
        if self.folder is not None and self.rows:
            write_whole(self.folder / SUMMARY, json.dumps(self.table.summary().to_dict(), indent=1) + "\n")

    def close(self) -> None:
        """Release the folder."""
        if self._lock is not None:
            self._lock.release()

    def _keep(self, run: SeedRun) -> None:
        """Save the champion and the history of a run, then its row, after which the run counts as finished."""
        seed = run.row.seed
        if self.folder is not None:
            table = self.folder / TABLE
            if run.champion is not None:
                write_whole(self.folder / f"champion-{seed}.json", run.champion)
            if run.history is not None:
                append_history(histories_beside(table), run.history)
            append_whole(table, format_row(run.row).encode())
        elif run.history is not None:
            self._histories[seed] = run.history
        self.rows[seed] = run.row

    def _arrange_histories(self) -> None:
        """Put the histories in the order of the seeds, unless their file was removed meanwhile."""
        if self.folder is not None and os.path.lexists(file := histories_beside(self.folder / TABLE)):
            arrange_histories(file, self.rows)

    def _common_config(self) -> Config:
        """Return the configuration without the settings that runs ignore, and with absolute paths."""
        return with_absolute_paths(self.config.replace(run={**ANY_EXECUTION, "seed": None}))

    def _keep_config(self, file: Path) -> None:
        """Write the configuration, or check that it has not been edited since its runs were made."""
        common = self._common_config()
        if not os.path.lexists(file):
            write_whole(file, common.to_ini(full=True))
            return
        remedy = f"rename or delete {file}; it is then written again"
        try:
            existing = with_absolute_paths(Config.from_ini(read_file(file), str(file), file.parent))
        except NeatError as error:
            raise NeatError(*error.faults, f"{file}: was changed since its runs were made ({remedy})") from None
        for found in setting_differences(existing, common):
            raise NeatError(
                f"{file}: was changed since its runs were made: {found.name} = {format_value(found.first)} (the runs: "
                f"{format_value(found.second)}); {remedy}, or name a new folder for other settings"
            )

    def _read_existing_rows(self, table: Path) -> None:
        """Read the rows of finished runs, and remove an incomplete last row, which a crash may leave."""
        if not os.path.lexists(table) or (table.is_file() and table.stat().st_size == 0):
            write_whole(table, header())
        rows, size = read_complete_rows(table)
        most, genomes = self.config.run.generations, total_size(self.config)
        for row in rows:
            if row.budget != (most, genomes):
                budget = f"{most} generations of {genomes} genomes"
                raise NeatError(f"{table}: the budget of seed {row.seed} is not {budget}")
        self.rows = {row.seed: row for row in rows}
        try:
            os.truncate(table, size)
        except OSError as error:
            raise cannot_write(table, error) from None
