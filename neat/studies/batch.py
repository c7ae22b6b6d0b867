"""A batch: many runs of one configuration, kept in a folder from which it can be continued after any interruption."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

from neat.config import Config, CustomProblem, checked_config
from neat.config.arguments import folder, function, whole
from neat.config.differences import setting_differences
from neat.config.reader import read_file
from neat.config.written import format_value
from neat.core.errors import NeatError
from neat.core.files import open_plain, read_text
from neat.core.json_text import load_json
from neat.core.parallel import available_threads
from neat.core.version import VERSION as NEAT
from neat.evolution.loop import initialize
from neat.runs.run import problem_of
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
from neat.store.provenance import files_of, known_as, versions, with_whole_paths
from neat.studies.seeds import checked_seeds, parse_seeds
from neat.studies.table import MOST_ROWS, Row, Table, header, read_table, written
from neat.studies.workers import Ended, run_here, run_in_workers

FORMAT, VERSION = "neat-batch", 1
_LARGEST_RECORD = 1 << 24  # bytes
_LONGEST_VALUE = 1_000  # characters that are told: a path may be as long
_BUSY = "another process is making runs there (wait, or name a new folder)"


def run_seeds(
    config: Config,
    seeds: Iterable[int] | str,
    problem: Any = None,
    *,
    jobs: int = 0,
    out: str | os.PathLike[str] | None = None,
    watch: Callable[[Row], object] | None = None,
) -> Table:
    """Run a configuration once per seed and return the table of what the runs came to.

    Args:
        config: its own seed and threads count for nothing here: each run has one thread.
        seeds: whole numbers, or a text such as `0..9,20,30..39`.
        problem: by default the one that the configuration names. A problem passed from Python must be picklable.
        jobs: how many worker processes; 0: all processors; 1: here, one run after the other. They never change
            what is in the table, but for `seconds`. A script uses several under `if __name__ == "__main__":`.
        out: a folder for the table, champions and a summary: a new or an empty one; or one with runs of the same
            configuration, to which the runs of seeds that it lacks are added. The table has all of its runs.
        watch: called with the row of every run that ends.

    A run whose problem fails counts as not solved, and its row says why. Ctrl-C, or `sys.exit()` in the problem,
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
    """The runs of one configuration, a row per seed; in `folder`, if there is one, they are kept on disk.

    Raises:
        NeatError: the problem cannot be made as the configuration says.
        ProblemError: the user's own module or class raised.
    """

    def __init__(self, config: Config, problem: Any = None) -> None:
        self.config, self.problem = checked_config(config), problem
        self._place: Place | None = None
        self.rows: dict[int, Row] = {}
        self._lock: Lock | None = None
        made = problem_of(config) if problem is None else problem
        initialize(config, made)  # faults are told before any run
        self._files = {path: digest for path, (_, digest) in files_of(config, made).items()}

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def keep_in(self, folder: Path) -> None:
        """Keep the runs in a folder: a new or empty one, or one with runs of the same configuration, which continue.

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
        identity = self._identity()
        if taken:
            _check_same(folder, identity)
        else:
            head = {"format": FORMAT, "version": VERSION, "versions": versions()}
            write_whole(folder / BATCH, json.dumps(head | identity, indent=1) + "\n")
        self._go_on(folder)
        self._place = Place(folder)

    @property
    def folder(self) -> Path | None:
        """The folder in which the runs are saved, or None."""
        return None if self._place is None else self._place.path

    @property
    def table(self) -> Table:
        """The runs so far: there must be one."""
        return Table.of(self.rows.values(), self.folder, self._kept_config())

    def missing(self, seeds: Iterable[int]) -> list[int]:
        """Return the seeds that have no row yet."""
        return [seed for seed in seeds if seed not in self.rows]

    def run(self, seeds: Iterable[int], jobs: int = 0) -> Generator[Row, None, None]:
        """Yield the rows of the seeds that have none, as their runs end; each is on disk when it is yielded.

        Raises:
            NeatError: a file cannot be written, or worker processes cannot do the work.
        """
        missing = self.missing(seeds)
        if len(self.rows) + len(missing) > MOST_ROWS:
            raise NeatError(f"a table has at most {MOST_ROWS:,} runs (use another folder for more)")
        jobs = min(jobs or available_threads(), len(missing))
        if jobs > 1:
            runs = run_in_workers(self.config, self.problem, missing, jobs)
        else:
            runs = run_here(self.config, self.problem, missing)
        with contextlib.closing(runs):
            try:
                for ended in runs:
                    self._keep(ended)
                    yield ended.row
            finally:
                self.sum_up()

    def sum_up(self) -> None:
        """Write the summary of what there is."""
        if self.folder is not None and self.rows:
            told = self.table.summary().to_dict()
            write_whole(self.folder / SUMMARY, json.dumps(told, indent=1) + "\n")

    def close(self) -> None:
        """Leave the folder to others."""
        if self._lock is not None:
            self._lock.release()

    def _keep(self, ended: Ended) -> None:
        """Take note of a run: its champion first, then its row, in one piece, by which it counts as finished."""
        if self.folder is not None:
            if ended.champion is not None:
                write_whole(self.folder / f"champion-{ended.row.seed}.json", ended.champion)
            line = written(ended.row).encode()
            try:
                descriptor = open_plain(self.folder / TABLE, os.O_WRONLY | os.O_APPEND)  # without O_CREAT: it exists
                with open(descriptor, "ab", buffering=0) as file:
                    if file.write(line) != len(line):
                        raise OSError(None, "the disk is full")
            except OSError as error:
                raise cannot_write(self.folder / TABLE, error) from None
        self.rows[ended.row.seed] = ended.row

    def _go_on(self, folder: Path) -> None:
        """Read the existing rows, ignoring a row or a file that a crash left incomplete."""
        table, config = folder / TABLE, folder / CONFIG
        if not os.path.lexists(config):
            write_whole(config, self._kept_config().to_ini(full=True))
        else:
            self._check_unedited(config)
        if not os.path.lexists(table) or (table.is_file() and table.stat().st_size == 0):
            write_whole(table, header())
        rows, size = read_table(table)
        self.rows = {row.seed: row for row in rows}
        most, genomes = self.config.run.generations, self.config.population.size
        for row in self.rows.values():
            if (row.most_generations, row.population) != (most, genomes):
                budget = f"{most} generations of {genomes} genomes"
                raise NeatError(f"{table}: the budget of seed {row.seed} is not {budget}")
        try:
            os.truncate(table, size)
        except OSError as error:
            raise cannot_write(table, error) from None

    def _check_unedited(self, file: Path) -> None:
        """Raise NeatError if the configuration in the folder no longer says what its runs are made with."""
        mend = f"rename or delete {file}; it is then written again"
        try:
            there = with_whole_paths(Config.from_ini(read_file(file), str(file), file.parent))
        except NeatError as error:
            raise NeatError(*error.faults, f"{file}: was changed since its runs were made ({mend})") from None
        found = next(iter(setting_differences(there, self._kept_config())), None)
        if found is not None:
            raise NeatError(
                f"{file}: was changed since its runs were made: {found.what} = {format_value(found.first)} (the runs: "
                f"{format_value(found.second)}); {mend}, or name a new folder for other settings"
            )

    def _kept_config(self) -> Config:
        """Return the configuration without what counts for nothing here, readable from anywhere."""
        return with_whole_paths(self.config.replace(run={"seed": None, "threads": 0}))

    def _identity(self) -> dict[str, Any]:
        """Return what must be the same for runs to stand in one table."""
        config, handed = self._kept_config(), self.problem
        identity: dict[str, Any] = {"engine": NEAT, "config": config.to_dict(), "files": self._files}
        if isinstance(config.problem, CustomProblem):
            identity["folder"] = str(config.folder)
        if handed is not None:
            identity["problem"] = known_as(handed)
        found: dict[str, Any] = json.loads(json.dumps(identity))
        return found


def _check_same(folder: Path, identity: dict[str, Any]) -> None:
    """Raise NeatError unless the folder holds runs of this very experiment."""
    file = folder / BATCH
    text = read_text(file, _LARGEST_RECORD)
    try:
        there = load_json(text, _LARGEST_RECORD)
    except ValueError as error:
        raise NeatError(
            f"{file}: cannot be read as the record of a batch of runs ({format_value(str(error))})"
        ) from None
    if not isinstance(there, dict) or (there.get("format"), there.get("version")) != (FORMAT, VERSION):
        raise NeatError(f'{file}: is not the record of a batch of this version ("{FORMAT}", {VERSION})')
    differences = _differences(there, identity)
    if differences:
        raise NeatError(f"{folder}: holds runs of another configuration: {'; '.join(differences)} (name a new folder)")


def _differences(there: dict[str, Any], here: dict[str, Any]) -> list[str]:
    """Return in words how two experiments differ."""
    told = [
        f"{what} there: {_short(there.get(key))}, here: {here.get(key)}"
        for key, what in (("engine", "neat-engine"), ("folder", "its problem's folder"), ("problem", "its problem"))
        if there.get(key) != here.get(key)
    ]
    old, new, hashes = there.get("config"), here["config"], there.get("files")
    if not (isinstance(hashes, dict) and isinstance(old, dict) and all(isinstance(old[name], dict) for name in old)):
        return [*told, "it cannot be read"]
    for section in sorted({*old, *new}):
        before, now = old.get(section, {}), new.get(section, {})
        told += [
            f"[{format_value(section)}] {format_value(key)} there: {_short(before.get(key))}, "
            f"here: {_short(now.get(key))}"
            for key in sorted({*before, *now})
            if before.get(key) != now.get(key)
        ]
    changed = [path for path, digest in here["files"].items() if hashes.get(path, digest) != digest]
    return told + [f"{path} was changed since" for path in changed]


def _short(value: Any) -> str:
    return value[:_LONGEST_VALUE] if isinstance(value, str) else format_value(value)
