"""The race for the champion of a noisy problem: its candidates, their re-tests, and what these say.

Fitness that depends on chance favours lucky genomes. So the best genomes are re-tested: evaluated again, on episodes
that are the same for all candidates. `neat.evolution.retesting` decides which candidates to re-test.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from neat.core.arrays import freeze
from neat.core.averages import row_deviations
from neat.genetics.population import Population
from neat.problems.evaluation import Arrays

LEAST_RETESTS = 3  # of a leader: with fewer, its spread is hardly known
LEAST_TO_OVERTAKE = 5  # of a candidate that becomes the leader with fewer re-tests than the leader has
NO_GENOME = -1  # the key of no genome

_LARGEST = sys.float_info.max
_QUANTILE = 1.6448536269514722  # of the normal distribution: 95 % are below
_SCALE = 2.0**-10  # keeps sums of differences finite; a power of two, so that multiplying by it is exact
_MEMORY = 0.75  # weight of the past in the smoothed score of a species


@dataclass(frozen=True, eq=False)
class Race:
    """The race after some generations: K candidates with R re-tests in all.

    The n-th re-test of every candidate has the same random numbers. The leader is the candidate with the highest lower
    bound among those that have as many re-tests as it. It becomes the champion, whose fitness is measured in M further
    re-tests: since these never decide who leads, their mean is not biased by the choice.

    Attributes:
        population: the candidates, with the values that they had learned; None if there are none.
        entered: (K,) int64, the generations in which they became candidates.
        solved: (K,) bool, whether they solved the problem then.
        counts: (K,) int64, their numbers of re-tests.
        results: (R,) float64, the fitness in the re-tests of the first candidate, of the second, ...
        states: the problem state of each generation in which a candidate entered, if the problem has a state.
        leader_key: the key of the leader, -1 if there is none.
        champion: the key of the champion, which is or was the leader; -1 if there is none.
        confirmed: (M,) float64, the champion's fitness in its own re-tests.
        budget, reserve: the re-tests that may still be made for the race, and for the champion.
        retests: how many the run has made so far, with the evaluations that learning in them cost.
        evaluations, means: (P,) int64 and float64, for each genome of the population, how often it has been evaluated
            or re-tested, and its mean fitness.
        tried: (P,) bool, the genomes of the population that are or were candidates.
        level: (S,) float64, the mean score of each species, smoothed over generations; -inf for a new species.
        preprocessing: what the champion's network needs, if its re-tests were made in this generation.
    """

    population: Population | None
    entered: NDArray[np.int64]
    solved: NDArray[np.bool_]
    counts: NDArray[np.int64]
    results: NDArray[np.float64]
    states: Mapping[int, Arrays]
    leader_key: int
    champion: int
    confirmed: NDArray[np.float64]
    budget: float
    reserve: float
    retests: int
    evaluations: NDArray[np.int64]
    means: NDArray[np.float64]
    tried: NDArray[np.bool_]
    level: NDArray[np.float64]
    preprocessing: Arrays = field(default_factory=dict)

    @classmethod
    def start(cls, genomes: int, species: int) -> Race:
        """Return the race before the first generation."""
        none, numbers = np.empty(0, np.int64), np.empty(0)
        return cls(
            population=None,
            entered=none,
            solved=np.empty(0, np.bool_),
            counts=none,
            results=numbers,
            states={},
            leader_key=NO_GENOME,
            champion=NO_GENOME,
            confirmed=numbers,
            budget=0.0,
            reserve=0.0,
            retests=0,
            evaluations=np.zeros(genomes, np.int64),
            means=np.zeros(genomes),
            tried=np.zeros(genomes, np.bool_),
            level=np.full(species, -np.inf),
        )

    def __len__(self) -> int:
        return len(self.counts)

    def each(self) -> list[list[float]]:
        """Return the results of each candidate."""
        ends = np.cumsum(self.counts)
        return [part.tolist() for part in np.split(self.results, ends[:-1])] if len(ends) else []

    @property
    def leader(self) -> int | None:
        """The index of the leader, or None if no candidate has had enough re-tests."""
        if self.population is None or self.leader_key == NO_GENOME:
            return None
        return int(np.argmax(self.population.key == self.leader_key))

    @property
    def bound(self) -> float:
        """The lower bound of the leader, -inf if there is none."""
        leader = self.leader
        return -math.inf if leader is None else lower_bound(self.each()[leader])

    @property
    def champion_mean(self) -> float:
        """The mean fitness of the champion in its own re-tests."""
        return mean_of(self.confirmed.tolist())

    @property
    def champion_deviation(self) -> float:
        """The sample standard deviation of the champion's fitness in its own re-tests."""
        values = self.confirmed
        return float(row_deviations(values[None])[0]) if (values != values[0]).any() else 0.0

    def for_offspring(
        self, first: NDArray[np.int64], elite: NDArray[np.bool_], old: NDArray[np.int64], new: NDArray[np.int64]
    ) -> Race:
        """Return the race for the next population.

        Args:
            first: (P,) int64, the index of each genome's first parent.
            elite: (P,) bool, the genomes that are copies of it.
            old, new: the ids of the last species and of the next ones, in ascending order.
        """
        place = np.minimum(np.searchsorted(old, new), len(old) - 1)
        return replace(
            self,
            evaluations=freeze(np.where(elite, self.evaluations[first], 0), np.int64),
            means=freeze(np.where(elite, self.means[first], 0.0), np.float64),
            tried=freeze(elite & self.tried[first], np.bool_),
            level=freeze(np.where(old[place] == new, self.level[place], -np.inf), np.float64),
            preprocessing={},
        )


def smoothed(level: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the smoothed scores of species after a generation: an exponential mean, begun with the first score."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isneginf(level), scores, level * _MEMORY + scores * (1.0 - _MEMORY)) + 0.0


def mean_of(values: Sequence[float]) -> float:
    """Return the mean of finite values, added in their order; it is exact if all are equal."""
    mean = _sum([value * _SCALE for value in values]) / len(values) / _SCALE
    return min(max(mean, min(values)), max(values)) + 0.0  # no -0.0, as in a run's file


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean of finite values: inf if there is only one, or if squares overflow."""
    count = len(values)
    if count < 2:
        return math.inf
    mean = mean_of(values)
    squares = [(value - mean) * (value - mean) for value in values]
    return math.sqrt(_sum(squares) / (count - 1) / count)


def lower_bound(values: Sequence[float]) -> float:
    """Return the lower end of the one-sided 95 % confidence interval of the mean of finite values.

    It is the mean minus a quantile of Student's t distribution times the standard error.
    """
    mean, error = mean_of(values), standard_error(values)
    return max(mean - _student_quantile(len(values) - 1) * error, -_LARGEST) if error > 0.0 else mean


def leader_of(results: Sequence[Sequence[float]], among: Sequence[int], leader: int | None) -> int | None:
    """Return the leader after re-tests of candidates, None if no candidate in `among` has at least `LEAST_RETESTS`.

    It is the candidate with the highest lower bound among those with as many re-tests as the leader, or the most if
    there is no leader; on ties the leader, otherwise the first. A candidate with fewer re-tests, but at least
    `LEAST_TO_OVERTAKE`, becomes the leader if it is clearly better in the same re-tests.

    Args:
        results: the fitness in the re-tests of each candidate.
        among: the candidates that have not dropped out.
        leader: the leader before, or None.
    """
    count = max((len(results[place]) for place in among), default=0) if leader is None else len(results[leader])
    if count < LEAST_RETESTS:
        return None
    level = [place for place in among if len(results[place]) >= count]
    best = max(level if leader is None else [leader, *level], key=lambda place: lower_bound(results[place][:count]))
    overtaking = {}
    for place in among:
        if LEAST_TO_OVERTAKE <= len(results[place]) < count:
            gap, error = difference(results[place], results[best])
            if gap - 2.0 * _student_quantile(len(results[place]) - 1) * error > 0.0:
                overtaking[place] = gap
    return max(overtaking, key=lambda place: overtaking[place]) if overtaking else best


def difference(values: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """Return the mean difference to the first of the others' values, and its standard error, both scaled alike."""
    differences = [value * _SCALE - other * _SCALE for value, other in zip(values, others, strict=False)]
    return mean_of(differences), standard_error(differences)


def _student_quantile(freedom: int) -> float:
    """Return the 95 % quantile of Student's t distribution, at least 2 degrees of freedom, to about 1 %.

    Cornish-Fisher expansion: Abramowitz & Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    z = _QUANTILE
    square = z * z
    first = z * (square + 1) / 4
    second = z * (square * (5 * square + 16) + 3) / 96
    third = z * (square * (square * (3 * square + 19) + 17) - 15) / 384
    return z + (first + (second + third / freedom) / freedom) / freedom


def _sum(values: Sequence[float]) -> float:
    """Return the sum of values, added in their order; Python's `sum` rounds differently in different versions."""
    total = 0.0
    for value in values:
        total += value
    return total
