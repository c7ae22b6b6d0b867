"""Whether the runs of two tables differ: how many are solved, and how soon."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from neat.config import Config
from neat.config.arguments import instance
from neat.config.differences import Difference, setting_differences
from neat.studies.statistics import (
    Interval,
    difference_interval,
    effect_in_words,
    fisher_exact,
    mann_whitney,
    median_interval,
    superiority,
    wilson_interval,
)
from neat.studies.table import Table

LEVEL = 0.05  # p below which a difference counts as shown


@dataclass(frozen=True)
class Side:
    """One of two tables: its success, its budget, and the median of its evaluations with a 95 % interval.

    Runs that were not solved count as infinitely many evaluations, so a median may be infinite; `errors` says of how
    many of them the problem failed. `interval` is None where there are fewer than six runs.
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
    """Two tables compared; their runs are taken as independent, whatever their seeds.

    Attributes:
        first, second: the tables.
        difference: the success rate of the first less that of the second, with its 95 % interval `within`.
        success_p: Fisher's exact test of the success rates, two-sided.
        evaluations_p: the rank test of Mann and Whitney of the evaluations, two-sided; failed runs rank last,
            tied with each other. `exact` says whether it counted all orders.
        fewer: the chance that a run of the first needs fewer evaluations than one of the second, ties as one half.
        effect: how large that is in words: negligible, small, medium, large.
        differences: the settings that are not the same; None where those of a table are not known.
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

    @property
    def same_budget(self) -> bool:
        """Whether the runs of both had the same budget; else their success rates say little."""
        return (self.first.generations, self.first.population) == (self.second.generations, self.second.population)

    @property
    def success_differs(self) -> bool:
        """Whether the success rates are shown to differ."""
        return self.success_p < LEVEL

    @property
    def evaluations_differ(self) -> bool:
        """Whether the evaluations are shown to differ."""
        return self.evaluations_p < LEVEL

    def to_dict(self) -> dict[str, Any]:
        """Return what there is to say of it, in plain values; an infinite median or end is None."""
        told = asdict(self) | {"success_differs": self.success_differs, "evaluations_differ": self.evaluations_differ}
        told["within"] = self.within._asdict()
        if self.differences is not None:
            told["differences"] = {found.what: [found.first, found.second] for found in self.differences}
        for name in ("first", "second"):
            side, kept = told[name], getattr(self, name)
            side["success"] = kept.success._asdict()
            side["median"] = _finite(kept.median)
            if kept.interval is not None:
                side["interval"] = {end: _finite(value) for end, value in kept.interval._asdict().items()}
        return told


def compare_tables(first: Table, second: Table) -> TableComparison:
    """Test whether the runs of two tables differ.

    Raises:
        NeatError: one of them is something else.
    """
    for name, table in (("first", first), ("second", second)):
        instance(name, table, Table, "a neat.Table, as neat.run_seeds returns it or neat.Table.read(FOLDER) reads it")
    ranked, others = _evaluations(first), _evaluations(second)
    test = mann_whitney(ranked, others)
    more = superiority(test, len(ranked) * len(others))
    rates = [(len(table.solved), len(table.rows)) for table in (first, second)]
    return TableComparison(
        first=_side(first, ranked),
        second=_side(second, others),
        difference=rates[0][0] / rates[0][1] - rates[1][0] / rates[1][1],
        within=difference_interval(*rates),
        success_p=fisher_exact(*rates),
        evaluations_p=test.p,
        exact=test.exact,
        fewer=1 - more,
        effect=effect_in_words(more),
        differences=_differences(first.config, second.config),
    )


def _differences(first: Config | None, second: Config | None) -> tuple[Difference, ...] | None:
    return None if first is None or second is None else tuple(setting_differences(first, second))


def _side(table: Table, evaluations: list[float]) -> Side:
    generations, population = table.budget
    solved, runs = len(table.solved), len(table.rows)
    ordered = sorted(evaluations)
    low, high = ordered[(runs - 1) // 2], ordered[runs // 2]
    return Side(
        runs=runs,
        solved=solved,
        errors=len(table.errors),
        success=wilson_interval(solved, runs),
        generations=generations,
        population=population,
        median=(low + high) / 2,
        interval=median_interval(evaluations),
    )


def _evaluations(table: Table) -> list[float]:
    """Return the evaluations of every run, infinitely many where it was not solved."""
    return [float(row.evaluations) if row.solved else math.inf for row in table.rows]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
