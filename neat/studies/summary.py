"""A table of runs in a few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from neat.studies.statistics import Interval, deviation, mean, mean_interval, median, wilson_interval
from neat.studies.table_rows import Row

COSTS = ("evaluations", "generations", "hidden", "connections")  # columns of which less is better


@dataclass(frozen=True)
class Spread:
    """One column of a table: its mean with a 95 % interval, its middle, its spread, and its worst value.

    `interval` and `sd` are None where there is a single run.
    """

    runs: int
    mean: float
    interval: Interval | None
    median: float
    sd: float | None
    worst: float


@dataclass(frozen=True)
class Summary:
    """What a table comes to.

    Attributes:
        runs, solved, errors: how many there are; the runs with an error count as not solved.
        success: the 95 % interval of the success rate.
        generations, population: the budget of each run.
        over: whether `costs` are those of the `solved` runs alone, or (where none is solved) of `all` without
            an error. Where some runs failed, what a solution costs on average is more than these say.
        costs: evaluations, generations, hidden, connections; empty where no run has them.
        best_fitness: of all runs without an error, or None where there are none.
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
        """Return what there is to say of it, in plain values."""
        told = asdict(self)
        told["success"] = self.success._asdict()
        for spread in (*told["costs"].values(), *([told["best_fitness"]] if told["best_fitness"] else [])):
            spread["interval"] = spread["interval"] and Interval(*spread["interval"])._asdict()
        return told


def summarise(rows: Sequence[Row]) -> Summary:
    """Return the summary of the rows of a table."""
    ended = [row for row in rows if row.error is None]
    solved = [row for row in rows if row.solved]
    counted = solved or ended
    return Summary(
        runs=len(rows),
        solved=len(solved),
        errors=len(rows) - len(ended),
        success=wilson_interval(len(solved), len(rows)),
        generations=rows[0].most_generations,
        population=rows[0].population,
        over="solved" if solved else "all",
        costs={name: _spread([getattr(row, name) for row in counted], max) for name in COSTS if counted},
        best_fitness=_spread([row.best_fitness for row in ended], min) if ended else None,
    )


def _spread(given: Sequence[Any], worst: Any) -> Spread:
    return Spread(
        runs=len(given),
        mean=mean(given),
        interval=mean_interval(given),
        median=median(given),
        sd=deviation(given) if len(given) > 1 else None,
        worst=float(worst(given)),
    )
