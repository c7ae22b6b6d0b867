"""The size of genomes: phases of growth and simplification, or a largest number of connections.

Phased search is that of Green (2004, Phased searching with NEAT), as SharpNEAT does it: genomes grow until their mean
number of connections has passed a ceiling; then, connections are only removed, and parents do not mate, until the mean
stops falling. The next ceiling lies above the size that is left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.config import Config, CrossoverKeys, MutationKeys
from neat.core.averages import row_means
from neat.core.randomness import Purpose, Randomness
from neat.evolution.complexity_keys import ComplexityKeys
from neat.genetics.population import Population
from neat.genetics.reproduction import Offspring
from neat.genetics.simplification import simplify

_DEFAULTS = ComplexityKeys()
_CHANCE = 2**40  # the index of the draw of whether a child loses a connection; those below choose the connections


class Phase(NamedTuple):
    """The phase of a population with `mode = phased`.

    Attributes:
        simplifying: whether genomes lose connections; otherwise they grow.
        ceiling: the mean number of connections at which growth ends.
        lowest: the lowest mean number of connections since simplifying began, or the one at the end of the last phase.
        since: the generation in which the lowest number was reached.
    """

    simplifying: bool
    ceiling: float
    lowest: float
    since: int

    @classmethod
    def of(cls, numbers: NDArray[np.float64]) -> Phase:
        """Return the phase that was converted to an array of numbers."""
        simplifying, ceiling, lowest, since = numbers.tolist()
        return cls(bool(simplifying), ceiling, lowest, int(since))


def complexity_keys(config: Config) -> ComplexityKeys:
    """Return the section [complexity] of a configuration."""
    given = config.declared.get(ComplexityKeys.section_name)
    return given if isinstance(given, ComplexityKeys) else _DEFAULTS


def next_phase(phase: Phase | None, population: Population, generation: int, config: Config) -> Phase | None:
    """Return the phase in which the population of a generation reproduces; None unless `mode = phased`."""
    keys = complexity_keys(config)
    if keys.mode != "phased":
        return None
    mean = float(row_means(population.connection_counts.astype(np.float64)[None])[0])
    if phase is None:
        return Phase(False, mean + keys.room, mean, generation)
    if not phase.simplifying:
        return phase if mean <= phase.ceiling else Phase(True, phase.ceiling, mean, generation)
    if mean < phase.lowest:
        return phase._replace(lowest=mean, since=generation)
    if generation - phase.since >= keys.patience:
        return Phase(False, mean + keys.room, mean, generation)
    return phase


def mutation_in(phase: Phase | None, config: Config) -> MutationKeys:
    """Return the settings of mutation in a phase: while simplifying, nothing is added."""
    simplifying = phase is not None and phase.simplifying
    return replace(config.mutation, add_node=0.0, add_connection=0.0) if simplifying else config.mutation


def crossover_in(phase: Phase | None, config: Config) -> CrossoverKeys:
    """Return the settings of crossover in a phase: while simplifying, parents do not mate."""
    simplifying = phase is not None and phase.simplifying
    return replace(config.crossover, mating=False) if simplifying else config.crossover


def with_limits(
    parents: Population,
    children: Population,
    offspring: Offspring,
    phase: Phase | None,
    rng: Randomness,
    config: Config,
) -> Population:
    """Return the children without the connections that they lose while simplifying, or that exceed the budget.

    A child over the budget loses what it has gained on its first parent, and one connection more, until it is within
    the budget: so a population that begins above the budget becomes smaller step by step.
    """
    keys = complexity_keys(config)
    if keys.mode == "budget":
        counts, before = children.connection_counts, parents.connection_counts[offspring.first]
        losses = np.minimum(np.maximum(counts - keys.connections, 0), np.maximum(counts - before, 0) + 1)
        losses = np.where(offspring.elite, 0, losses)
    elif phase is not None and phase.simplifying:
        chance = rng.of(Purpose.SIMPLIFICATION).uniform(children.key, _CHANCE)
        losses = ((chance < keys.losses) & offspring.mutable).astype(np.int64)
    else:
        return children
    return simplify(children, losses, rng, config.run.threads)
