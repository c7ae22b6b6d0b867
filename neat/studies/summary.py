"""The summary of a table of runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from neat.studies.statistics import (
    Interval,
    deviation,
    mean,
    mean_interval,
    median,
    plain_values,
    wilson_interval,
)
from neat.studies.table_rows import Row

COSTS = ("evaluations", "generations", "hidden", "connections")  # columns in which less is better


@dataclass(frozen=True)
class Spread:
    """The distribution of one column: its mean with a 95 % interval, median, standard deviation and worst value.

    `interval` and `sd` are None for a single run.
    """

    runs: int
    mean: float
    interval: Interval | None
    median: float
    sd: float | None
    worst: float


@dataclass(frozen=True)
class Summary:
    """The summary of a table.

    Attributes:
        runs, solved, errors: numbers of runs; the runs with an error count as not solved.
        success: the 95 % interval of the success rate.
        generations, population: the budget of each run.
        over: `solved` if `costs` are those of the solved runs alone; `all` if no run was solved, and they are those of
            all runs without an error. The costs of the solved runs underestimate the average cost of a solution
            if other runs were not solved.
        costs: evaluations, generations, hidden nodes and connections; empty if all runs failed.
        best_fitness: of all runs without an error; None if there are none.
    """

    runs: int
    solved: int
    errors: int
    success: Interval
    generations: int
    population: int
    over: str
    costs: Mapping[str, Spread]
    best_fitness: Spread | None

    def to_dict(self) -> dict[str, Any]:
        """Return the summary in plain values."""
        return plain_values(asdict(self))


def summarise(rows: Sequence[Row]) -> Summary:
    """Return the summary of the rows of a table."""
    finished = [row for row in rows if row.error is None]
    solved = [row for row in rows if row.solved]
    counted = solved or finished
    generations, population = rows[0].budget
    return Summary(
        runs=len(rows),
        solved=len(solved),
        errors=len(rows) - len(finished),
        success=wilson_interval(len(solved), len(rows)),
        generations=generations,
        population=population,
        over="solved" if solved else "all",
        costs={name: _spread([getattr(row, name) for row in counted], max) for name in COSTS if counted},
        best_fitness=_spread([row.best_fitness for row in finished], min) if finished else None,
    )


def _spread(values: Sequence[Any], worst: Callable[[Sequence[Any]], float]) -> Spread:
    return Spread(
        runs=len(values),
        mean=mean(values),
        interval=mean_interval(values),
        median=median(values),
        sd=deviation(values) if len(values) > 1 else None,
        worst=float(worst(values)),
    )
