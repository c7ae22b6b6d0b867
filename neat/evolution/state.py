"""What a run is at one moment. All memory is here: exact resume needs all of it and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neat.core.averages import row_means
from neat.genetics.genome import Genome
from neat.genetics.innovation import Innovations
from neat.genetics.population import Population
from neat.problems.protocol import Evaluation, Validation


@dataclass(frozen=True, eq=False)
class Species:
    """S species, in the order of their ids.

    Attributes:
        id, born, progress: (S,) int64; generation of its birth and of its last progress.
        best: (S,) float64, its record: the best score (noisy problems: the best mean), -inf at birth.
        representative: (S,) int64, keys of the genomes that newcomers were compared with: a random member of the
            generation before, or the founder. The next generation is compared with others, so keys are enough.
    """

    id: NDArray[np.int64]
    born: NDArray[np.int64]
    progress: NDArray[np.int64]
    best: NDArray[np.float64]
    representative: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.id)

    @classmethod
    @cache
    def none(cls) -> Species:
        """Return no species: what there is before the founders are speciated."""
        nothing = np.empty(0, np.int64)
        return cls(nothing, nothing, nothing, np.empty(0), nothing)


@dataclass(frozen=True, eq=False)
class Champion:
    """The best genome that a run has seen: a copy, with the fitness it had then, and what it `needs` elsewhere."""

    genome: Genome
    fitness: float
    generation: int
    solved: bool
    validation: Validation | None = None
    needs: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the genome's JSON form, with its fitness, its generation and what it needs, if anything, beside it."""
        extra = {"needs": {name: value.tolist() for name, value in self.needs.items()}} if self.needs else {}
        return self.genome.to_json(fitness=self.fitness, generation=self.generation, solved=self.solved, **extra)


@dataclass(frozen=True, eq=False)
class State:
    """A population that waits to be evaluated, and everything that the run remembers.

    Attributes:
        generation: its number, from 1.
        population: P genomes.
        species_index: (P,) int64, each genome's row in `species`.
        known: (P,) bool, genomes whose evaluation is known: copied elites of a deterministic problem.
        remembered: the evaluation of the known genomes, a row for each, or None where there are none.
        validated: (P,) bool, genomes that had their validation already.
        threshold: the compatibility threshold that made the species.
        progress, best: the generation of the population's last progress, and its record.
        solved: whether the problem was solved before.
        evaluations, failures: how many networks were evaluated before, and how many of those failed.
        carry: what the problem handed on.
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
    carry: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"State of generation {self.generation}, not yet evaluated: {len(self.population)} genomes, "
            f"{len(self.species)} species"
        )


@dataclass(frozen=True, eq=False)
class Generation:
    """An evaluated generation: a frozen record. `reasons` says why the run should stop; empty means continue.

    Attributes:
        state, evaluation: the state and its evaluation.
        best: the index of the genome with the highest fitness.
        champion: the best genome of the run so far.
        species: the species with their progress brought up to date.
        progress, record: generation and value of the population's last progress.
        solved: whether this or an earlier generation solved the problem.
        validated: (P,) bool, genomes that have had their validation.
        evaluations, failures: how many networks the run has evaluated so far, and how many of those failed.
        reasons: among `solved`, `stop_fitness`, `generations`.
    """

    state: State
    evaluation: Evaluation
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

    @property
    def number(self) -> int:
        """Its number, from 1."""
        return self.state.generation

    @property
    def population(self) -> Population:
        """Its genomes."""
        return self.state.population

    @property
    def fitness(self) -> NDArray[np.float64]:
        """(P,) float64."""
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
        """(S,) int64: how many members each species has."""
        return np.bincount(self.state.species_index, minlength=len(self.species))

    def __repr__(self) -> str:
        why = f", stops: {', '.join(self.reasons)}" if self.reasons else ""
        return (
            f"Generation {self.number}: best {self.best_fitness:.6g}, mean {self.mean_fitness:.6g}, "
            f"{len(self.species)} species{why}"
        )
