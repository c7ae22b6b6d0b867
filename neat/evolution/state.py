"""The state of a run between two generations, and the record of one generation. An exact resume needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.averages import row_means
from neat.evolution.complexity import Phase
from neat.evolution.race import Race
from neat.evolution.strategy import Tuning
from neat.genetics.genome import Genome
from neat.genetics.innovation import Innovations
from neat.genetics.population import Population
from neat.problems.evaluation import Arrays, Evaluation, Validation


@dataclass(frozen=True, eq=False)
class Species:
    """S species, in the order of their ids.

    Attributes:
        id: (S,) int64.
        born, progress: (S,) int64, the generations of their birth and of their last progress.
        best: (S,) float64, their records: the best score; if fitness is noisy, the best mean score, and with re-tests
            the best mean score smoothed over generations, which luck hardly raises. -inf at birth.
        representative: (S,) int64, the keys of the genomes that offspring were compared with: a random member of the
            generation before, or the founder. The next generation is compared with others, so keys are enough.
        island: (S,) int64, the island on which each lives; 0 if there are no others.
    """

    id: NDArray[np.int64]
    born: NDArray[np.int64]
    progress: NDArray[np.int64]
    best: NDArray[np.float64]
    representative: NDArray[np.int64]
    island: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.id)

    @classmethod
    @cache
    def none(cls) -> Species:
        """Return an empty set of species, as before the first speciation."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty, np.empty(0), empty, empty)

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the names of its arrays, `id` first."""
        return tuple(each.name for each in fields(cls))


@dataclass(frozen=True, eq=False)
class Champion:
    """The best genome of a run so far: a copy, with its fitness and what its network needs to run elsewhere.

    Attributes:
        genome: the genome.
        fitness: its fitness. If fitness is noisy, that of its validation or the mean of its re-tests, if there are any.
        generation: the generation in which it became the champion, or in which it was last re-tested.
        solved: whether it solves the problem.
        validation: its validation, or None.
        preprocessing: named arrays that its network needs, such as the range of observations that scaled its inputs.
        retests, deviation: the number of re-tests whose mean is its fitness, and the sample standard deviation of the
            fitness in them; 0 if it was not re-tested.
    """

    genome: Genome
    fitness: float
    generation: int
    solved: bool
    validation: Validation | None = None
    preprocessing: Arrays = field(default_factory=dict)
    retests: int = 0
    deviation: float = 0.0

    @property
    def standard_error(self) -> float | None:
        """The standard error of its fitness, the mean of its re-tests; None if there are none."""
        return self.deviation / math.sqrt(self.retests) if self.retests else None

    def to_json(self) -> str:
        """Return the genome as JSON, together with its fitness, generation, re-tests and preprocessing (`needs`)."""
        arrays = {name: value.tolist() for name, value in self.preprocessing.items()}
        extra: dict[str, Any] = {"retests": self.retests, "deviation": self.deviation} if self.retests else {}
        extra |= {"needs": arrays} if arrays else {}
        return self.genome.to_json(fitness=self.fitness, generation=self.generation, solved=self.solved, **extra)


@dataclass(frozen=True, eq=False)
class State:
    """A population that has not been evaluated yet, and the memory of the run.

    Attributes:
        generation: its number, from 1.
        population: P genomes.
        innovations: the innovation tracker.
        threshold: the compatibility threshold of its species.
        next_key, next_species: the next free genome key and species id.
        known: (P,) bool, the genomes whose evaluation is known: copied elites of a deterministic problem.
        remembered: the evaluation of the known genomes, one row for each, or None if there are none.
        validated: (P,) bool, the genomes that have been validated.
        species_index: (P,) int64, the row of each genome's species in `species`.
        species: the species.
        progress, best: the generation of the population's last progress, and its record; with re-tests, the generation
            in which the leader of the race was last replaced, and the leader's lower bound.
        champion: the best genome so far, or None.
        solved: whether the problem was solved before.
        evaluations, failures: the numbers of networks evaluated before, and of those that failed.
        problem_state: the arrays that the problem's last evaluation returned in `state`.
        phase: the phase in which this population was bred, with `[complexity] mode = phased`.
        tunings: the tunings of weights whose samples are in the population, in the order of their keys.
        race: the candidates for the champion of a noisy problem and their re-tests, or None if none are made.
    """

    generation: int
    population: Population
    innovations: Innovations
    threshold: float
    next_key: int
    known: NDArray[np.bool_]
    validated: NDArray[np.bool_]
    species_index: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    species: Species = field(default_factory=Species.none)
    next_species: int = 0
    remembered: Evaluation | None = None
    progress: int = 0
    best: float = float("-inf")
    champion: Champion | None = None
    solved: bool = False
    evaluations: int = 0
    failures: int = 0
    problem_state: Arrays = field(default_factory=dict)
    phase: Phase | None = None
    tunings: tuple[Tuning, ...] = ()
    race: Race | None = None

    def __repr__(self) -> str:
        return (
            f"State of generation {self.generation}, not yet evaluated: {len(self.population)} genomes, "
            f"{len(self.species)} species"
        )


@dataclass(frozen=True, eq=False)
class Assessment:
    """The evaluation of a whole population, with what the loop knows about it.

    Attributes:
        evaluation: the problem's evaluation, one row for each genome.
        evaluated: the number of evaluations for it, with those that learning cost.
        noisy: whether another evaluation of the same genome could give another fitness.
        fine_grained: whether fitness shows small improvements (see `neat.Problem`).
        validation: the validation of one genome in this generation, or None.
        failed: why genomes failed, by key; with `on_error = worst` they have the lowest fitness.
        race: the race after the re-tests of this generation, or None.
    """

    evaluation: Evaluation
    evaluated: int
    noisy: bool = False
    fine_grained: bool = False
    validation: Validation | None = None
    failed: Mapping[int, str] = field(default_factory=dict)
    race: Race | None = None


@dataclass(frozen=True, eq=False)
class Generation:
    """The frozen record of an evaluated generation.

    Attributes:
        state: the state.
        population: its genomes, with the values that they learned in the evaluation, if any.
        evaluation: the evaluation of the state.
        validation: the validation in this generation, or None.
        failed: why genomes failed in this generation, by key.
        evaluated: the number of evaluations in this generation, with those that learning cost.
        noisy: whether another evaluation of the same genome could give another fitness.
        fine_grained: whether fitness shows small improvements (see `neat.Problem`).
        best: the index of the genome with the highest fitness.
        champion: the best genome of the run so far; if fitness is noisy, the one that re-tests found to be the best.
        species: the species, with the progress of this generation.
        progress, record: the generation and value of the population's last progress.
        solved: whether this or an earlier generation solved the problem.
        validated: (P,) bool, the genomes that have been validated.
        evaluations, failures: the numbers of networks that the run has evaluated so far, and of those that failed.
        reasons: why the run should stop, among `solved`, `stop_fitness`, `generations`; empty if it should continue.
        race: the race after this generation, or None if nothing is re-tested.
    """

    state: State
    population: Population
    evaluation: Evaluation
    validation: Validation | None
    failed: Mapping[int, str]
    evaluated: int
    noisy: bool
    fine_grained: bool
    best: int
    champion: Champion
    species: Species
    progress: int
    record: float
    solved: bool
    validated: NDArray[np.bool_]
    evaluations: int
    failures: int
    reasons: tuple[str, ...]
    race: Race | None = None

    @property
    def retests(self) -> int:
        """How many re-tests the run has made so far, with the evaluations that learning in them cost."""
        return 0 if self.race is None else self.race.retests

    @property
    def number(self) -> int:
        """The number of the generation, from 1."""
        return self.state.generation

    @property
    def fitness(self) -> NDArray[np.float64]:
        """The fitness of the genomes: (P,) float64."""
        return self.evaluation.fitness

    @cached_property
    def best_fitness(self) -> float:
        """The highest fitness of this generation."""
        return float(self.fitness[self.best])

    @cached_property
    def mean_fitness(self) -> float:
        """The mean fitness of this generation."""
        return float(row_means(self.fitness[None])[0])

    @cached_property
    def species_sizes(self) -> NDArray[np.int64]:
        """The number of genomes in each species: (S,) int64."""
        return np.bincount(self.state.species_index, minlength=len(self.species))

    def __repr__(self) -> str:
        why = f", stops: {', '.join(self.reasons)}" if self.reasons else ""
        return (
            f"Generation {self.number}: best {self.best_fitness:.6g}, mean {self.mean_fitness:.6g}, "
            f"{len(self.species)} species{why}"
        )
