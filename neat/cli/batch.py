"""`neat run --seeds`: many runs of a configuration, and the table of their results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

from neat.cli.exit import needing_output
from neat.cli.progress import BatchProgress, display_for
from neat.cli.session import Output, Session, command_output
from neat.cli.tables import number, print_table, shortened
from neat.cli.terminal import Stream, say, say_json, shell_command, warn
from neat.config import Config
from neat.core.text import counted
from neat.store.folder import RUNS, TABLE, Place, new_folder
from neat.studies.batch import Batch
from neat.studies.statistics import Interval
from neat.studies.summary import Spread, Summary
from neat.studies.table import Table
from neat.studies.table_comparison import Side
from neat.studies.table_rows import Row

_LABELS = {"hidden": "hidden nodes"}
_HEADER = ["", "mean", "95 % of the mean", "median", "sd", "worst"]


class BatchSession(Session):
    """The runs of a batch that are missing; `named` is whether the user named its folder."""

    def __init__(self, batch: Batch, seeds: Sequence[int], jobs: int, output: Output, *, named: bool) -> None:
        super().__init__(output)
        self._batch, self._seeds, self._jobs, self._named = batch, seeds, jobs, named
        self._missing = len(batch.missing(seeds))
        self._started = monotonic()

    def compute(self, check: Callable[[], None]) -> None:
        batch, total = self._batch, len(self._seeds)
        finished = [batch.rows[seed] for seed in self._seeds if seed in batch.rows]
        with needing_output():
            if not self.output.quiet:
                already = f", {len(finished)} of them already finished" if finished else ""
                say(f"{batch.folder}: {counted(total, 'run')}{already}", to=self.output.progress)
            self.display = display_for(self.output.progress, quiet=self.output.quiet, total=total)
            progress = BatchProgress(total, finished, self.display)
            with closing(batch.run(self._seeds, self._jobs)) as rows:
                for row in rows:
                    check()
                    progress(row)

    def save(self, interrupt: KeyboardInterrupt | None) -> None:
        if interrupt is None:  # otherwise `Batch.run` has written the summary
            self._batch.write_summary()
        elif interrupt.args:
            warn(interrupt)

    def report_interruption(self, stdout: Stream) -> None:
        folder, total = self._batch.folder, len(self._seeds)
        done = total - len(self._batch.missing(self._seeds))
        again = [] if self._named else ["--out", str(folder)]
        warn(
            f"interrupted: {done} of {counted(total, 'run')} are in {folder}",
            f"to continue: {shell_command(['neat', *sys.argv[1:], *again])}",
        )
        if self.output.as_json and self._batch.rows:
            say_json(self._as_object("interrupted"), to=stdout)

    def report(self) -> None:
        table = self._batch.table
        if self.output.as_json:
            say_json(self._as_object("finished"), to=self.output.stdout)
        else:
            if not self.output.quiet:
                print_rows(table.rows)
                say()
            print_summary(table)
            seconds = monotonic() - self._started
            say(f"{counted(self._missing, 'run')} in {seconds:.1f} s, {self._batch.folder}/{TABLE}")
        if table.errors:
            sys.exit(1)

    def _as_object(self, status: str) -> dict[str, Any]:
        table = self._batch.table
        rows = [row.to_dict() for row in table.rows]
        return {"status": status, "run": str(self._batch.folder), **table.summary().to_dict(), "rows": rows}


def run_batch(
    config: Config, name: str, seeds: Sequence[int], jobs: int, out: Path | None, *, quiet: bool, as_json: bool
) -> None:
    """Run an experiment once per seed and print the results; exit with 130 if this is interrupted."""
    place = Place(RUNS if out is None else out)
    with command_output(quiet=quiet, as_json=as_json) as output, Batch(config) as batch:
        batch.keep_in(new_folder(f"{name}-seeds", place.path) if out is None else place.path)
        BatchSession(batch, seeds, jobs, output, named=out is not None).run()


def print_rows(rows: Sequence[Row]) -> None:
    """Print one line per run."""
    details = sorted({name for row in rows for name in row.details})
    columns: dict[str, Callable[[Row], str]] = {
        "seed": lambda row: str(row.seed),
        "solved": lambda row: "ERROR" if row.error else "yes" if row.solved else "no",
        "generations": lambda row: f"{row.generations:,}",
        "evaluations": lambda row: f"{row.evaluations:,}",
        "hidden": lambda row: "" if row.hidden is None else str(row.hidden),
        "connections": lambda row: "" if row.connections is None else str(row.connections),
        "best fitness": lambda row: number(row.best_fitness),
    }
    if any(row.validation is not None for row in rows):
        columns["validated"] = lambda row: number(row.validation)
    table = [[*columns, *(shortened(name)[0] for name in details), "seconds"]]
    for row in rows:
        cells = [cell(row) for cell in columns.values()]
        table.append([*cells, *(number(row.details.get(name)) for name in details), f"{row.seconds:.2f} s"])
    print_table(table)


def print_summary(table: Table) -> None:
    """Print the statistics of a table."""
    summary = table.summary()
    for row in table.errors:
        say(f"seed {row.seed} failed: {row.error}")
    say(success(summary))
    lines = [[_LABELS.get(name, name), *_cells(spread, _mean_count)] for name, spread in summary.costs.items()]
    if summary.best_fitness is not None:
        lines.append(["best fitness", *_cells(summary.best_fitness, number)])
    if not lines:
        return
    print_table([_HEADER, *lines])
    runs = next(iter(summary.costs.values())).runs
    if runs < summary.runs:
        if summary.over == "solved":
            say(f"(only the {runs} solved runs count; for the best fitness, all runs without an error)")
        else:
            say(f"(only the {runs} runs without an error count)")


def success(side: Summary | Side) -> str:
    """Return how many runs of a table were solved, and within which budget."""
    return (
        f"{side.solved} of {side.runs} solved (95 %: {interval_text(side.success, percent)}), "
        f"budget {side.generations:,} generations x {side.population:,} genomes = "
        f"{side.generations * side.population:,}"
    )


def interval_text(interval: Interval, text: Callable[[float], str]) -> str:
    """Return an interval, its ends formatted by `text`."""
    return f"{text(interval.low)} to {text(interval.high)}"


def percent(share: float) -> str:
    """Return a share as a percentage, without a minus sign before a zero."""
    return f"{100 * share + 0.0:.3g} %"


def _cells(spread: Spread, text: Callable[[float | None], str]) -> list[str]:
    interval = "" if spread.interval is None else interval_text(spread.interval, text)
    return [text(spread.mean), interval, text(spread.median), text(spread.sd), text(spread.worst)]


def _mean_count(value: float | None) -> str:
    return "" if value is None else f"{round(value, 1) + 0.0:,.1f}"  # without a minus sign before a zero
