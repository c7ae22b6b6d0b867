"""The history of a run of a batch: its progress and its sizes, generation by generation."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.evolution.state import Generation


class Point(NamedTuple):
    """One generation of a history; `SeedHistory` describes the values."""

    evaluations: int
    best_fitness: float
    generation_best: float
    generation_mean: float
    species: int
    connections: float
    hidden: float
    solved: bool


_DTYPES = {int: np.int64, float: np.float64, bool: np.bool_}
_COLUMNS = dict(
    zip(Point._fields, (_DTYPES[kind] for kind in (int, float, float, float, int, float, float, bool)), strict=True)
)


@dataclass(frozen=True, eq=False)
class SeedHistory:
    """The history of the run with one seed, in G generations from the first on.

    Attributes:
        seed: the seed.
        evaluations: (G,) int64, evaluations up to the end of each generation.
        best_fitness: (G,) float64, the fitness of the champion so far; the last value is that of the table.
        generation_best, generation_mean: (G,) float64, the best and the mean fitness of each generation.
        species: (G,) int64, the number of species.
        connections, hidden: (G,) float64, the mean numbers of connections (with disabled ones) and hidden nodes.
        solved: (G,) bool, whether the problem was solved in this generation or before.
    """

    seed: int
    evaluations: NDArray[np.int64]
    best_fitness: NDArray[np.float64]
    generation_best: NDArray[np.float64]
    generation_mean: NDArray[np.float64]
    species: NDArray[np.int64]
    connections: NDArray[np.float64]
    hidden: NDArray[np.float64]
    solved: NDArray[np.bool_]

    @classmethod
    def of(cls, seed: int, points: Iterable[Point]) -> SeedHistory:
        """Return the history of at least one generation."""
        columns = zip(_COLUMNS.items(), zip(*points, strict=True), strict=True)
        return cls(seed, **{name: _frozen(values, dtype) for (name, dtype), values in columns})

    def __len__(self) -> int:
        return len(self.evaluations)

    def points(self) -> Iterable[Point]:
        """Return the generations one by one, in plain numbers."""
        return map(Point._make, zip(*(getattr(self, name).tolist() for name in _COLUMNS), strict=True))

    def at(self, column: str, evaluations: Any) -> NDArray[np.float64]:
        """Return the values of a column after so many evaluations: a step function that changes with each generation.

        Before the end of the first generation the value is nan; after the last one it is the last value.

        Args:
            column: the name of a column.
            evaluations: a number or an array of any shape, which is that of the result.
        """
        steps = np.searchsorted(self.evaluations, evaluations, side="right")
        values: NDArray[np.float64] = np.concatenate([[np.nan], getattr(self, column)])
        return np.asarray(values[steps])

    def best_at(self, evaluations: int) -> float:
        """Return the fitness of the champion after so many evaluations; nan before the end of the first generation."""
        return float(self.at("best_fitness", evaluations))

    @property
    def solved_after(self) -> float:
        """The number of evaluations up to the end of the generation that solved the problem; infinite if none did."""
        return float(self.evaluations[int(np.argmax(self.solved))]) if self.solved[-1] else math.inf


def point_of(generation: Generation) -> Point:
    """Return what a history keeps of a generation."""
    population = generation.population
    size = len(population)
    return Point(
        evaluations=generation.evaluations,
        best_fitness=generation.champion.fitness,
        generation_best=generation.best_fitness,
        generation_mean=generation.mean_fitness,
        species=len(generation.species),
        connections=len(population.weight) / size,
        hidden=(len(population.node) - size * population.layout.given) / size,
        solved=generation.solved,
    )


def _frozen(values: Iterable[Any], dtype: Any) -> NDArray[Any]:
    array = np.array(values, dtype)
    array.setflags(write=False)
    return array
