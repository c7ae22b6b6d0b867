"""Hand-made tables of runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from neat.studies.seed_history import Point, SeedHistory
from neat.studies.table import Table
from neat.studies.table_rows import Row

ROW = Row(
    seed=0,
    solved=True,
    generations=10,
    evaluations=1000,
    hidden=2,
    connections=7,
    best_fitness=15.5,
    validation=None,
    seconds=0.25,
    most_generations=200,
    population=100,
)


def row(seed: int = 0, **columns: Any) -> Row:
    """Return the row of a solved run, with some columns replaced."""
    return replace(ROW, seed=seed, **columns)


def failed(seed: int, **columns: Any) -> Row:
    """Return the row of a run that was not solved within its budget."""
    return row(seed, **{"solved": False, "generations": 200, "evaluations": 20_000, "best_fitness": 9.0, **columns})


def broken(seed: int, error: str = "ProblemError: oh dear", **columns: Any) -> Row:
    """Return the row of a run whose problem failed before the end of its first generation."""
    nothing = {"hidden": None, "connections": None, "best_fitness": None}
    return row(seed, solved=False, generations=0, evaluations=0, error=error, **nothing, **columns)


def table(evaluations: Iterable[float | None], **columns: Any) -> Table:
    """Return a table with the evaluations of its runs; None stands for a run that was not solved."""
    return Table.of(
        failed(seed, **columns) if count is None else row(seed, evaluations=count, **columns)
        for seed, count in enumerate(evaluations)
    )


def without_clock(rows: Table | Iterable[Row]) -> list[Row]:
    """Return rows without the time, which differs each time."""
    return [replace(each, seconds=0.0) for each in (rows.rows if isinstance(rows, Table) else rows)]


def history(seed: int, *steps: tuple[int, float], solved: bool = False, hidden: float = 0.0) -> SeedHistory:
    """Return a history with these pairs of evaluations and best fitness so far, solved in its last generation."""
    last = len(steps) - 1
    return SeedHistory.of(
        seed,
        (
            Point(evaluations, best, best, best - 1.0, 3, 2.0 + index, hidden, solved and index == last)
            for index, (evaluations, best) in enumerate(steps)
        ),
    )


def told(*histories: SeedHistory, errors: Iterable[int] = (), **columns: Any) -> Table:
    """Return a table of the runs with these histories; the problem fails at the end of those in `errors`."""
    rows = [
        row(
            each.seed,
            solved=bool(each.solved[-1]),
            generations=len(each),
            evaluations=int(each.evaluations[-1]),
            best_fitness=float(each.best_fitness[-1]),
            error="ProblemError: oh dear" if each.seed in errors else None,
            **columns,
        )
        for each in histories
    ]
    return Table.of(rows, histories={each.seed: each for each in histories})
