"""Whether the runs of two tables differ in their best fitness, after the same number of evaluations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from neat.config import CustomProblem
from neat.config.differences import setting_differences
from neat.core.text import counted
from neat.studies.statistics import (
    LEVEL,
    Interval,
    effect_in_words,
    mann_whitney,
    median,
    median_interval,
    superiority,
)
from neat.studies.table import Table
from neat.studies.table_rows import Row

# Settings of a problem that change what networks are given, and not what their fitness means.
_SAME_FITNESS = {"problem.scaling", "problem.hide", "problem.bias_input"}


@dataclass(frozen=True)
class FitnessSide:
    """The median of the best fitness of one table's runs with a 95 % interval, None for fewer than six runs.

    Runs whose problem failed count as minus infinity.
    """

    median: float
    interval: Interval | None


@dataclass(frozen=True)
class FitnessComparison:
    """The comparison of the best fitness of the runs of two tables.

    Attributes:
        evaluations: after how many evaluations, the most that every unsolved run of both tables has reached; None if a
            history that this needs is missing, so that the fitness at the end of the runs is compared. A run that was
            solved before keeps its fitness.
        first, second: the tables.
        p: the two-sided p of the Mann-Whitney rank test, in which runs whose problem failed rank last, tied with each
            other; `exact` says whether it is exact.
        higher: the probability that a run of the first has a higher best fitness than one of the second, with ties as
            one half.
        effect: the size of this effect in words: negligible, small, medium, large.
    """

    evaluations: int | None
    first: FitnessSide
    second: FitnessSide
    p: float
    exact: bool
    higher: float
    effect: str

    @property
    def differs(self) -> bool:
        """Whether the best fitness differs significantly."""
        return self.p < LEVEL


def compare_fitness(first: Table, second: Table) -> FitnessComparison | str | None:
    """Return the comparison of the best fitness, or why it is impossible, or None if there is no unsolved run.

    Raises:
        NeatError: the histories of a table are corrupt.
    """
    tables = (first, second)
    reached = [row.evaluations for table in tables for row in table.rows if not row.solved and row.error is None]
    if not reached:
        return None
    if other := problem_differences(first, second):
        return f"the problems differ ({', '.join(other)}), so their fitness may not mean the same"
    evaluations = min(reached)
    values = [_best_at(table, evaluations) for table in tables]
    if any(value is not None and math.isnan(value) for side in values for value in side):
        return f"not every run finished a generation within {counted(evaluations, 'evaluation')}"
    if any(None in side for side in values):
        if first.budget != second.budget:
            return "the budgets differ, and without histories only the fitness at the end of the runs is known"
        return _comparison(None, *([_final(row) for row in table.rows] for table in tables))
    return _comparison(evaluations, *([value for value in side if value is not None] for side in values))


def _comparison(evaluations: int | None, first: Sequence[float], second: Sequence[float]) -> FitnessComparison:
    test = mann_whitney(first, second)
    higher = superiority(test, len(first) * len(second))
    one, other = (FitnessSide(median(values), median_interval(values)) for values in (first, second))
    return FitnessComparison(evaluations, one, other, test.p, test.exact, higher, effect_in_words(higher))


def _best_at(table: Table, evaluations: int) -> list[float | None]:
    """Return the best fitness of each run after so many evaluations, None where a history is missing."""
    return [_value_at(table, row, evaluations) for row in table.rows]


def _value_at(table: Table, row: Row, evaluations: int) -> float | None:
    if row.error is not None or row.evaluations <= evaluations:
        return _final(row)
    history = table.histories.get(row.seed)
    return None if history is None else history.best_at(evaluations)


def _final(row: Row) -> float:
    """Return the best fitness at the end of a run, minus infinity if its problem failed."""
    return -math.inf if row.error is not None or row.best_fitness is None else row.best_fitness


def problem_differences(first: Table, second: Table) -> list[str]:
    """Return the names of the settings by which the fitness of two tables may have different meanings.

    There are none if the settings of a table are not known.
    """
    if first.config is None or second.config is None:
        return []
    custom = any(isinstance(config.problem, CustomProblem) for config in (first.config, second.config))
    return [
        found.name
        for found in setting_differences(first.config, second.config)
        if found.name.startswith("problem.") and (custom or found.name not in _SAME_FITNESS)
    ]
