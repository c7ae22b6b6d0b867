"""The operators of a run: pure functions over whole populations, each of which a user can replace.

An operator is called with data, a generator of random numbers, sections of the configuration and a number of threads,
in this order and by position. It must not change its arguments, and its result may depend on nothing else: then a run
is the same for the same seed, and a resumed run is the same as an uninterrupted one.

The generator has random numbers that no other operator uses: `rng.generator(key)` is a numpy generator, the same for
the same key, and `rng.uniform(key, index)` gives single numbers. A replaced operator may call the built-in one with its
own arguments, as in `neat.Operators.mutate(population, mutable, innovations, rng, ...)`, and change the result.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neat.config import (
    CrossoverKeys,
    GenomeKeys,
    MutationKeys,
    PopulationKeys,
    ReproductionKeys,
    SpeciationKeys,
)
from neat.config.arguments import describe_argument
from neat.config.formatting import format_value
from neat.core.errors import NeatError
from neat.core.randomness import Randomness
from neat.genetics.crossover import crossover
from neat.genetics.genome import Genome
from neat.genetics.initialization import initialize
from neat.genetics.innovation import Innovations
from neat.genetics.layout import Layout
from neat.genetics.mutation import mutate
from neat.genetics.population import Population
from neat.genetics.reproduction import Candidates, Offspring, select
from neat.genetics.speciation import Representatives, speciate


class Initialize(Protocol):
    """Makes the initial population."""

    def __call__(
        self,
        layout: Layout,
        start: Genome | None,
        rng: Randomness,
        population: PopulationKeys,
        genome: GenomeKeys,
        mutation: MutationKeys,
        threads: int,
        /,
    ) -> tuple[Population, Innovations]:
        """Return the initial population, and the tracker that numbered its connections and hidden nodes.

        The population has the given layout, `population.size` genomes, the keys 0, 1, 2, ... and no parents. `start`
        is the genome in the file that `[population] start` names, if it names one.
        """


class Mutate(Protocol):
    """Changes the children."""

    def __call__(
        self,
        population: Population,
        mutable: NDArray[np.bool_],
        innovations: Innovations,
        rng: Randomness,
        mutation: MutationKeys,
        genome: GenomeKeys,
        threads: int,
        /,
    ) -> tuple[Population, Innovations]:
        """Return the mutated population, and the tracker afterwards.

        Genomes that are not marked in `mutable`, (P,) bool, stay unchanged: elites are among them, and their fitness
        may be known. All genomes stay in place and keep their keys and parents. New connections get their numbers from
        `innovations.number_connections`, new hidden nodes their ids from `innovations.number_nodes` or `fresh_nodes`;
        the tracker only grows. Within a genome, connections are in the order of their numbers, nodes in that of ids.
        """


class Crossover(Protocol):
    """Makes the children of their parents."""

    def __call__(
        self,
        parents: Population,
        offspring: Offspring,
        rng: Randomness,
        crossover: CrossoverKeys,
        genome: GenomeKeys,
        threads: int,
        /,
    ) -> Population:
        """Return the population of the next generation, before mutation: genome i has the key `offspring.key[i]`.

        Elites are copies of their first parents, with the same key and parents: their fitness may be known. The parents
        of other genomes are the keys of their first and second parents, -1 for none: int64, shape (P, 2). All genes
        come from the parents, so that no new numbers are needed.
        """


class Speciate(Protocol):
    """Assigns genomes to species."""

    def __call__(
        self,
        population: Population,
        representatives: Representatives,
        threshold: float,
        rng: Randomness,
        speciation: SpeciationKeys,
        genome: GenomeKeys,
        threads: int,
        /,
    ) -> NDArray[np.int64]:
        """Return the species of each genome: (P,) int64.

        The first S species are those of the S representatives, random members of the species that have offspring
        (`representatives.genomes`); there are none for the initial population. New species are numbered from S without
        gaps. Species that no genome joins die out.
        """


class Select(Protocol):
    """Chooses parents and elites."""

    def __call__(
        self,
        candidates: Candidates,
        rng: Randomness,
        reproduction: ReproductionKeys,
        crossover: CrossoverKeys,
        threads: int,
        /,
    ) -> Offspring:
        """Return the parents of the next generation, `candidates.size` genomes in all.

        `candidates.offspring(first, second)` makes the result from indices of parents. Elites come first. An elite has
        the key of its first parent, no second parent, and is not mutable; no genome is an elite twice. Children have
        the keys `candidates.next_key`, `candidates.next_key + 1`, ... and draw their random numbers by them.
        """


@dataclass(frozen=True)
class Operators:
    """The operators of a run; those that are not given are built in.

    `neat.Operators(mutate=function)` replaces one. The attributes of the class itself are the built-in operators, such
    as `neat.Operators.mutate`.

    Raises:
        NeatError: an operator is not a function, or takes a different number of arguments.
    """

    initialize: Initialize = initialize
    mutate: Mutate = mutate
    crossover: Crossover = crossover
    speciate: Speciate = speciate
    select: Select = select

    def __post_init__(self) -> None:
        """Check the signatures of replaced operators."""
        for field in fields(self):
            operator = getattr(self, field.name)
            if operator is not field.default:
                check_signature(field.name, operator, field.name)

    @property
    def replaced(self) -> dict[str, str]:
        """The `module:name` of every operator that is not built in, by the name of its field."""
        operators = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            field.name: qualified_name(operators[field.name])
            for field in fields(self)
            if operators[field.name] is not field.default
        }


def qualified_name(operator: object) -> str:
    """Return the `module:name` of a function, or of the class of another callable object."""
    named = operator if inspect.isroutine(operator) else type(operator)
    return f"{named.__module__}:{named.__qualname__}"


def check_signature(name: str, operator: object, what: str) -> None:
    """Check that an object can be called like the built-in operator of this name; `what` names it in the error.

    Raises:
        NeatError: it cannot.
    """
    arguments = list(inspect.signature(getattr(Operators, name)).parameters)
    allowed = f"a function with {len(arguments)} arguments: {', '.join(arguments)}"
    if not callable(operator):
        raise NeatError(f"{what} is {describe_argument(operator)}; it must be {allowed}")
    try:
        signature = inspect.signature(operator)
    except (TypeError, ValueError):  # some functions written in C have none
        return
    try:
        signature.bind(*arguments)
    except TypeError:
        raise NeatError(f"{what} takes the arguments {format_value(str(signature))}; it must be {allowed}") from None
