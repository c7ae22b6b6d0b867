"""`neat run --seeds` and `neat compare`: many runs of a configuration, and whether two such tables differ."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

from neat.cli.columns import cut, print_columns
from neat.cli.endings import needing_output
from neat.cli.interrupts import INTERRUPTED, interruptible
from neat.cli.progress import Tally, counted, tally
from neat.cli.running import silent
from neat.cli.terminal import Stream, apart, command, say, say_json, say_now, stderr, stdout, warn
from neat.config import Config
from neat.store.folder import RUNS, TABLE, Place, new_folder
from neat.studies.batch import Batch
from neat.studies.statistics import Interval
from neat.studies.summary import Spread, Summary
from neat.studies.table import Table
from neat.studies.table_comparison import Side, TableComparison, compare_tables
from neat.studies.table_rows import Row

_LABELS = {"hidden": "hidden nodes"}


class _Runs:
    """A batch with what is shown of it; `named` says whether the user named its folder."""

    def __init__(
        self, batch: Batch, seeds: Sequence[int], stdout: Stream, *, named: bool, quiet: bool, as_json: bool
    ) -> None:
        self.batch, self.seeds, self.named, self.quiet, self.as_json = batch, seeds, named, quiet, as_json
        self.stdout, self.shown = stdout, stderr() if as_json else stdout  # stdout is reserved for the JSON object
        self.view = Tally(0)
        self.begun = monotonic()

    def run(self, jobs: int) -> None:
        """Make the runs that are missing, and tell what all came to; exit if this is interrupted."""
        there = [self.batch.rows[seed] for seed in self.seeds if seed in self.batch.rows]
        with interruptible(self.interrupted) as interruption:
            try:
                with needing_output():
                    if not self.quiet:
                        already = f", {len(there)} of them there already" if there else ""
                        runs = counted(len(self.seeds), "run")
                        say_now(f"{self.batch.folder}: {runs}{already}", to=self.shown)
                    self.view = tally(len(self.seeds), there, self.shown, quiet=self.quiet)
                    with closing(self.batch.run(self.seeds, jobs)) as rows:
                        for row in rows:
                            interruption.check()
                            self.view(row)
            except KeyboardInterrupt as why:
                if why.args:
                    warn(why)
                self.told()
                sys.exit(INTERRUPTED)
            finally:
                self.view.close()
        self.finished(len(self.seeds) - len(there))

    def interrupted(self) -> None:
        """Save and tell what there is, from a thread of its own, where the main thread does not answer."""
        self.batch.write_summary()
        self.told()

    def told(self) -> None:
        """Print what was saved before an interruption, and how to continue."""
        self.view.close()
        folder = self.batch.folder
        done = len(self.seeds) - len(self.batch.missing(self.seeds))
        again = [] if self.named else ["--out", str(folder)]
        warn(
            f"interrupted: {done} of {counted(len(self.seeds), 'run')} are in {folder}",
            f"to continue: {command(['neat', *sys.argv[1:], *again])}",
        )
        shown = self.stdout.optional()  # failures are ignored: the runs are saved, so exit as interrupted
        if self.as_json and self.batch.rows:
            say_json(self.as_object("interrupted"), to=shown)
        shown.flush()

    def finished(self, made: int) -> None:
        """Tell what the runs came to; exit with 1 where a problem failed."""
        table = self.batch.table
        if self.as_json:
            say_json(self.as_object("finished"), to=self.stdout)
        else:
            if not self.quiet:
                print_rows(table.rows)
                say()
            print_summary(table)
            say(f"{counted(made, 'run')} in {monotonic() - self.begun:.1f} s, {self.batch.folder}/{TABLE}")
        if table.errors:
            sys.exit(1)

    def as_object(self, status: str) -> dict[str, Any]:
        """Return the results of the runs as an object for JSON."""
        table = self.batch.table
        rows = [row.to_dict() for row in table.rows]
        return {"status": status, "run": str(self.batch.folder), **table.summary().to_dict(), "rows": rows}


def run_batch(
    config: Config, name: str, seeds: Sequence[int], jobs: int, out: Path | None, *, quiet: bool, as_json: bool
) -> None:
    """Run an experiment once per seed and tell what the runs came to; exit with 130 if this is interrupted."""
    before, place = stdout(), Place(RUNS if out is None else out)
    with silent(quiet), apart(as_json), Batch(config) as batch:
        batch.keep_in(new_folder(f"{name}-seeds", place.path) if out is None else place.path)
        _Runs(batch, seeds, before, named=out is not None, quiet=quiet, as_json=as_json).run(jobs)


def compare_runs(first: str, second: str, as_json: bool) -> None:
    """Print whether the runs of two tables differ."""
    found = compare_tables(Table.read(first), Table.read(second))
    if as_json:
        say_json({"tables": [first, second], **found.to_dict()})
        return
    for name, path, side in (("A", first, found.first), ("B", second, found.second)):
        within = ""
        if side.interval is not None and side.interval.low < float("inf"):
            within = f" (95 %: {_range(side.interval, _evaluations)})"
        say(f"{name}: {path}", f"   {_success(side)}")
        if side.errors:
            say(f"   the problem failed in {counted(side.errors, 'run')}, which counts as not solved")
        say(f"   median of the evaluations: {_evaluations(side.median)}{within}")
    if found.differences:
        rows = [[different.name, *cut(different.first, different.second)] for different in found.differences]
        print_columns([["settings", "A", "B"], *rows], left=3)
    if not found.same_budget:
        say("the budgets differ: the following holds only for these budgets")
    _print_verdicts(found)


def _print_verdicts(found: TableComparison) -> None:
    more, rarer = ("A", "B") if found.difference > 0 else ("B", "A")
    words = f"{more} is solved more often than {rarer}" if found.success_differs else "no significant difference"
    say(
        f"success: {words}",
        f"   A minus B: {_percent(found.difference)} (95 %: {_range(found.within, _percent)}); "
        f"Fisher's exact test, p = {found.success_p:.3g}",
    )
    less, other = ("A", "B") if found.fewer > 0.5 else ("B", "A")
    words = f"{less} needs fewer than {other}; the effect is {found.effect}"
    say(
        f"evaluations: {words if found.evaluations_differ else 'no significant difference'}",
        f"   a run of A needs fewer than a run of B with probability {found.fewer:.2f}; Mann-Whitney rank test "
        f"({'exact' if found.exact else 'approximate'}; runs that failed rank last), p = {found.evaluations_p:.3g}",
    )


def print_rows(rows: Sequence[Row]) -> None:
    """Print one line per run."""
    details = sorted({name for row in rows for name in row.details})
    columns: list[tuple[str, Callable[[Row], str]]] = [
        ("seed", lambda row: str(row.seed)),
        ("solved", lambda row: "ERROR" if row.error else "yes" if row.solved else "no"),
        ("generations", lambda row: f"{row.generations:,}"),
        ("evaluations", lambda row: f"{row.evaluations:,}"),
        ("hidden", lambda row: "" if row.hidden is None else str(row.hidden)),
        ("connections", lambda row: "" if row.connections is None else str(row.connections)),
        ("best fitness", lambda row: _plain(row.best_fitness)),
    ]
    if any(row.validation is not None for row in rows):
        columns.append(("validated", lambda row: _plain(row.validation)))
    lines = [
        [cell(row) for _, cell in columns]
        + [_plain(row.details.get(name)) for name in details]
        + [f"{row.seconds:.2f} s"]
        for row in rows
    ]
    names = [*(name for name, _ in columns), *(cut(name)[0] for name in details), "seconds"]
    print_columns([names, *lines])


def print_summary(table: Table) -> None:
    """Print what a table comes to."""
    summary = table.summary()
    for row in table.errors:
        say(f"seed {row.seed} failed: {row.error}")
    say(_success(summary))
    lines = [["", "mean", "95 % of the mean", "median", "sd", "worst"]]
    lines += [[_LABELS.get(name, name), *_cells(spread, _counts)] for name, spread in summary.costs.items()]
    if summary.best_fitness is not None:
        lines.append(["best fitness", *_cells(summary.best_fitness, _plain)])
    if len(lines) > 1:
        print_columns(lines)
        runs = next(iter(summary.costs.values())).runs
        if runs < summary.runs:
            over = "was solved" if summary.over == "solved" else "came to an end"
            fitness = "; for the best fitness each that came to an end" if summary.over == "solved" else ""
            say(f"(each run that {over} counts, {runs} of them{fitness})")


def _success(side: Summary | Side) -> str:
    return (
        f"{side.solved} of {side.runs} solved (95 %: {_range(side.success, _percent)}), budget {side.generations:,} "
        f"generations x {side.population:,} genomes = {side.generations * side.population:,}"
    )


def _cells(spread: Spread, shown: Callable[[float | None], str]) -> list[str]:
    interval = "" if spread.interval is None else _range(spread.interval, shown)
    return [shown(spread.mean), interval, shown(spread.median), shown(spread.sd), shown(spread.worst)]


def _range(interval: Interval, shown: Callable[[float], str]) -> str:
    return f"{shown(interval.low)} to {shown(interval.high)}"


def _counts(value: float | None) -> str:
    return "" if value is None else f"{round(value, 1) + 0.0:,.1f}"  # and no minus before a zero


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _evaluations(value: float) -> str:
    return "beyond the budget" if value == float("inf") else f"{value:,.0f}"


def _percent(share: float) -> str:
    return f"{100 * share + 0.0:.3g} %"
