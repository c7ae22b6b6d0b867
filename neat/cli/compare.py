"""`neat compare`: how two single runs, or two tables of many runs, differ."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from neat.cli.batch import interval_text, percent, success
from neat.cli.sources import run_or_table
from neat.cli.tables import number, print_table, shortened
from neat.cli.terminal import say, say_json
from neat.config.differences import Difference
from neat.core.errors import NeatError
from neat.core.text import counted
from neat.store.folder import is_run
from neat.store.history import History
from neat.studies.fitness_comparison import FitnessComparison, FitnessSide
from neat.studies.run_comparison import RunComparison, compare_runs
from neat.studies.table import Table
from neat.studies.table_comparison import Side, TableComparison, compare_tables


def print_comparison(first: str, second: str, as_json: bool) -> None:
    """Print how two runs, or two tables of many runs, differ."""
    paths = [run_or_table(text) for text in (first, second)]
    single = [is_run(path) for path in paths]
    if all(single):
        with History(paths[0]) as one, History(paths[1]) as other:
            runs = compare_runs(one, other)
        if as_json:
            say_json(runs.to_dict())
        else:
            _print_runs(paths, runs)
    elif any(single):
        raise NeatError(f"{first}, {second}: one is a single run, the other a table of many (compare like with like)")
    else:
        tables = compare_tables(*(Table.read(path) for path in paths))
        if as_json:
            say_json({"tables": [str(path) for path in paths], **tables.to_dict()})
        else:
            _print_tables(paths, tables)


def _print_runs(paths: Sequence[Path], found: RunComparison) -> None:
    if found.identical:
        say(f"the same run, bit for bit, in all of {counted(found.same, 'generation')}")
    elif found.same:
        say(f"the same run, bit for bit, up to generation {found.same}; then they differ")
    else:
        say("two different runs, from the first generation on")
    runs = (found.first, found.second)
    rows = [
        ["", "A", "B"],
        ["run", *map(str, paths)],
        ["status", *(run.status for run in runs)],
        ["generations", *(f"{run.generations:,}" for run in runs)],
        ["best fitness", *(number(run.best_fitness) for run in runs)],
    ]
    if found.sizes is not None:
        rows.append(["champion", *(f"{hidden} hidden, {links} connections" for hidden, links in found.sizes)])
    if found.level is not None and found.evaluations is not None:
        rows.append([f"evaluations to {number(found.level)}", *(f"{count:,}" for count in found.evaluations)])
    print_table([*rows, *_difference_rows(found.differences)], left=3)


def _print_tables(paths: Sequence[Path], found: TableComparison) -> None:
    for name, path, side in zip("AB", paths, (found.first, found.second), strict=True):
        say(f"{name}: {path}", f"   {success(side)}")
        if side.errors:
            say(f"   the problem failed in {counted(side.errors, 'run')}, which counts as not solved")
        say(f"   median of the evaluations: {_median(side, _evaluations)}")
        if found.fitness is not None:
            fitness = found.fitness.first if name == "A" else found.fitness.second
            say(f"   median of the best fitness{_when(found.fitness)}: {_median(fitness, _fitness)}")
    if found.differences:
        print_table([["settings", "A", "B"], *_difference_rows(found.differences)], left=3)
    if not found.same_budget:
        say("the budgets differ: the following holds only for these budgets")
    more, less = ("A", "B") if found.difference > 0 else ("B", "A")
    verdict = f"{more} is solved more often than {less}" if found.success_differs else "no significant difference"
    say(
        f"success: {verdict}",
        f"   A minus B: {percent(found.difference)} (95 %: {interval_text(found.within, percent)}); "
        f"Fisher's exact test, p = {found.success_p:.3g}",
    )
    less, more = ("A", "B") if found.fewer > 0.5 else ("B", "A")
    verdict = f"{less} needs fewer than {more}; the effect is {found.effect}"
    say(
        f"evaluations: {verdict if found.evaluations_differ else 'no significant difference'}",
        f"   a run of A needs fewer than a run of B with probability {found.fewer:.2f}; Mann-Whitney rank test "
        f"({'exact' if found.exact else 'approximate'}; runs that failed rank last), p = {found.evaluations_p:.3g}",
    )
    if found.fitness is not None:
        _print_fitness(found.fitness, found.first.solved + found.second.solved > 0)
    elif found.fitness_not_compared is not None:
        say(f"best fitness: not compared, since {found.fitness_not_compared}")


def _print_fitness(found: FitnessComparison, some_solved: bool) -> None:
    more, less = ("A", "B") if found.higher > 0.5 else ("B", "A")
    verdict = f"{more} reaches a higher one than {less}; the effect is {found.effect}"
    say(
        f"best fitness{_when(found)}: {verdict if found.differs else 'no significant difference'}",
        f"   a run of A is better than a run of B with probability {found.higher:.2f}; Mann-Whitney rank test "
        f"({'exact' if found.exact else 'approximate'}), p = {found.p:.3g}",
    )
    if found.evaluations is not None:
        solved = "; a run that was solved before keeps its fitness" if some_solved else ""
        say(f"   (all unsolved runs reached {counted(found.evaluations, 'evaluation')}{solved})")


def _when(found: FitnessComparison) -> str:
    return " at the end" if found.evaluations is None else f" after {counted(found.evaluations, 'evaluation')}"


def _median(side: Side | FitnessSide, text: Callable[[float], str]) -> str:
    """Return a median with its interval, as far as that is finite."""
    interval = side.interval
    if interval is None or all(map(math.isinf, interval)):
        return text(side.median)
    return f"{text(side.median)} (95 %: {interval_text(interval, text)})"


def _difference_rows(differences: Sequence[Difference]) -> list[list[str]]:
    return [[found.name, *shortened(found.first, found.second)] for found in differences]


def _fitness(value: float) -> str:
    return "none" if math.isinf(value) else number(value)


def _evaluations(value: float) -> str:
    return "beyond the budget" if value == float("inf") else f"{value:,.0f}"
