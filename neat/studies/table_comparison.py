"""Whether the runs of two tables differ: in how many are solved, in their evaluations, and in their best fitness."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from neat.config.arguments import instance
from neat.config.differences import Difference, setting_differences
from neat.studies.fitness_comparison import FitnessComparison, compare_fitness
from neat.studies.statistics import (
    LEVEL,
    Interval,
    difference_interval,
    effect_in_words,
    fisher_exact,
    mann_whitney,
    median,
    median_interval,
    plain_values,
    superiority,
    wilson_interval,
)
from neat.studies.table import Table


@dataclass(frozen=True)
class Side:
    """One of the two tables: its success, its budget, and the median of its evaluations with a 95 % interval.

    Runs that were not solved count as infinitely many evaluations, so a median may be infinite; `errors` is the number
    of runs whose problem failed. `interval` is None for fewer than six runs.
    """

    runs: int
    solved: int
    errors: int
    success: Interval
    generations: int
    population: int
    median: float
    interval: Interval | None


@dataclass(frozen=True)
class TableComparison:
    """The comparison of two tables; their runs are taken as independent, whatever their seeds.

    Attributes:
        first, second: the tables.
        difference: the success rate of the first minus that of the second; `within` is its 95 % interval.
        success_p: the two-sided p of Fisher's exact test of the success rates.
        evaluations_p: the two-sided p of the Mann-Whitney rank test of the evaluations, in which runs that were not
            solved rank last, tied with each other; `exact` says whether it is exact.
        fewer: the probability that a run of the first needs fewer evaluations than one of the second, with ties as
            one half.
        effect: the size of this effect in words: negligible, small, medium, large.
        differences: the settings that differ; None if those of a table are not known.
        fitness: the comparison of the best fitness; None if every run was solved or failed, or if it is impossible.
        fitness_not_compared: why it is impossible, or None.
    """

    first: Side
    second: Side
    difference: float
    within: Interval
    success_p: float
    evaluations_p: float
    exact: bool
    fewer: float
    effect: str
    differences: tuple[Difference, ...] | None
    fitness: FitnessComparison | None = None
    fitness_not_compared: str | None = None

    @property
    def same_budget(self) -> bool:
        """Whether the runs of both had the same budget; if not, their success rates say little."""
        return (self.first.generations, self.first.population) == (self.second.generations, self.second.population)

    @property
    def success_differs(self) -> bool:
        """Whether the success rates differ significantly."""
        return self.success_p < LEVEL

    @property
    def evaluations_differ(self) -> bool:
        """Whether the evaluations differ significantly."""
        return self.evaluations_p < LEVEL

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison in plain values; an infinite median or end of an interval is None."""
        found = asdict(self) | {"success_differs": self.success_differs, "evaluations_differ": self.evaluations_differ}
        if self.differences is not None:
            found["differences"] = {setting.name: [setting.first, setting.second] for setting in self.differences}
        if self.fitness is not None:
            found["fitness"]["differs"] = self.fitness.differs
        return plain_values(found)


def compare_tables(first: Table, second: Table) -> TableComparison:
    """Test whether the runs of two tables differ.

    Raises:
        NeatError: one of them is something else, or its histories are corrupt.
    """
    for name, table in (("first", first), ("second", second)):
        instance(name, table, Table, "a neat.Table, as neat.run_seeds returns it or neat.Table.read(FOLDER) reads it")
    evaluations = [_evaluations(table) for table in (first, second)]
    test = mann_whitney(*evaluations)
    more = superiority(test, len(first.rows) * len(second.rows))
    successes = [(len(table.solved), len(table.rows)) for table in (first, second)]
    differences = None
    if first.config is not None and second.config is not None:
        differences = tuple(setting_differences(first.config, second.config))
    fitness = compare_fitness(first, second)
    return TableComparison(
        first=_side(first, evaluations[0]),
        second=_side(second, evaluations[1]),
        difference=successes[0][0] / successes[0][1] - successes[1][0] / successes[1][1],
        within=difference_interval(*successes),
        success_p=fisher_exact(*successes),
        evaluations_p=test.p,
        exact=test.exact,
        fewer=1 - more,
        effect=effect_in_words(more),
        differences=differences,
        fitness=None if isinstance(fitness, str) else fitness,
        fitness_not_compared=fitness if isinstance(fitness, str) else None,
    )


def _side(table: Table, evaluations: list[float]) -> Side:
    generations, population = table.budget
    solved, runs = len(table.solved), len(table.rows)
    return Side(
        runs=runs,
        solved=solved,
        errors=len(table.errors),
        success=wilson_interval(solved, runs),
        generations=generations,
        population=population,
        median=median(evaluations),
        interval=median_interval(evaluations),
    )


def _evaluations(table: Table) -> list[float]:
    """Return the evaluations of every run, infinitely many if it was not solved."""
    return [float(row.evaluations) if row.solved else math.inf for row in table.rows]
