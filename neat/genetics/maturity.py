"""How far genomes have grown, and the settings that are `auto`, which follow from it.

Small genomes are explored broadly: many species, many parents, little new structure. A problem that they do not solve
needs large genomes, and those are found by adding a lot to the few best. So the settings that are `auto` (the target
number of species: `falling`) go from the values for small genomes to those for grown ones while the mean number of
hidden nodes goes from 0.5 to 2.

That pays where fitness shows small improvements, as on tables. Elsewhere the settings stay those for small genomes: on
tasks of control, and for networks with memory, few connections and large changes of weights mostly find the solution;
and where fitness is noisy, the few best genomes are the luckiest ones. Only nodes are added more often there, unless
networks have memory: some runs of Pendulum-v1 otherwise stayed too small.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

from neat.config import Config
from neat.genetics.population import Population

_YOUNG, _GROWN = 0.5, 2.0  # mean numbers of hidden nodes


class Auto(NamedTuple):
    """The values of a setting that is `auto`: for small genomes, and for grown ones."""

    small: float
    grown: float


ADD_NODE = Auto(0.03, 0.3)
_ADD_NODE_ELSEWHERE = Auto(0.1, 0.1)  # where fitness does not show small improvements
ADD_CONNECTION = Auto(0.3, 0.8)
SURVIVAL = Auto(0.2, 0.02)
UNMATED = Auto(0.25, 1.0)
SPECIES = Auto(1.0, 0.2)  # times the number by the size of the population


def maturity(population: Population) -> float:
    """Return how far genomes have grown: from 0, small, to 1, grown. It is always 0 for networks with memory."""
    layout, size = population.layout, len(population)
    if layout.memory or size == 0:
        return 0.0
    hidden = (len(population.node) - layout.given * size) / size
    return min(max((hidden - _YOUNG) / (_GROWN - _YOUNG), 0.0), 1.0)


def value_of(setting: float | Literal["auto"], auto: Auto, maturity: float) -> float:
    """Return the value of a setting for genomes of this maturity."""
    return auto.small + maturity * (auto.grown - auto.small) if setting == "auto" else setting


def with_values_for_small_genomes(config: Config) -> Config:
    """Return a configuration whose settings stay those for small genomes."""
    mutation, reproduction, speciation = config.mutation, config.reproduction, config.speciation
    add_node = ADD_NODE if config.network.memory else _ADD_NODE_ELSEWHERE
    falls = speciation.target_species == "falling"
    automatic = mutation.kind, mutation.add_node, mutation.add_connection, reproduction.survival, reproduction.unmated
    if not falls and "auto" not in automatic:
        return config
    return replace(
        config,
        mutation=replace(
            mutation,
            kind="gaussian" if mutation.kind == "auto" else mutation.kind,
            add_node=value_of(mutation.add_node, add_node, 0.0),
            add_connection=value_of(mutation.add_connection, ADD_CONNECTION, 0.0),
        ),
        reproduction=replace(
            reproduction,
            survival=value_of(reproduction.survival, SURVIVAL, 0.0),
            unmated=value_of(reproduction.unmated, UNMATED, 0.0),
        ),
        speciation=replace(speciation, target_species="auto") if falls else speciation,
    )
