"""Mutation of weights, node attributes and structure (Stanley & Miikkulainen 2002, section 3.1, figure 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.core.functions import activation, aggregation
from neat.core.parallel import parallel_for
from neat.core.randomness import Purpose, address
from neat.genetics import mutation_kernels as kernels
from neat.genetics.innovation import Innovations
from neat.genetics.population import Population, freeze, room

_SECONDS_PER_GENOME = 15e-9  # to choose what happens to it
_SECONDS_PER_GENE = 10e-9  # for everything else
_NO_LIMIT = kernels.KINDS


def mutate(
    population: Population,
    mutable: NDArray[np.bool_],
    generation: int,
    innovations: Innovations,
    config: Config,
) -> tuple[Population, Innovations]:
    """Return the population with the genomes marked in `mutable` (P,) mutated, and the tracker after.

    Structure is proposed for all genomes at once, then values change, then new genes are numbered in the order of
    genomes and merged in: the halves of a split connection have weight 1, or the limit if that is less, and the weight
    of the whole.
    """
    mutable = freeze(mutable, np.bool_)
    kinds = _structural_kinds(population, mutable, generation, config)
    before = population.connection_start
    population = _delete(population, kinds, generation, config)
    proposals = _propose(population, kinds, generation, config)
    if config.mutation.exclusive:
        changed = (proposals.toggled >= 0) | (proposals.split >= 0) | (proposals.source >= 0)
        deleted = np.diff(before) != population.connection_counts
        mutable = freeze(mutable & ~changed & ~deleted, np.bool_)
    population = mutate_values(population, mutable, generation, config)
    return _insert(population, proposals, generation, innovations, config)


def _structural_kinds(
    population: Population, mutable: NDArray[np.bool_], generation: int, config: Config
) -> NDArray[np.uint8]:
    """Return the structural mutations of each genome as bits."""
    rates = config.mutation
    table = np.zeros(kernels.KINDS)
    if rates.growth:
        table[kernels.ADD_NODE] = rates.add_node
        table[kernels.ADD_CONNECTION] = rates.add_connection
        table[kernels.TOGGLE] = rates.toggle
        table[kernels.DELETE_CONNECTION] = rates.delete_connection
        table[kernels.DELETE_NODE] = rates.delete_node
    most = _NO_LIMIT if rates.max_structural is None else rates.max_structural
    kinds = np.empty(len(population), np.uint8)
    parallel_for(
        config.run.threads, len(population) * _SECONDS_PER_GENOME, len(population), kernels.choose_kinds,
        population.key, mutable, address(config.run.seed, generation, Purpose.STRUCTURE), table, most, kinds,
    )  # fmt: skip
    return kinds


def _delete(population: Population, kinds: NDArray[np.uint8], generation: int, config: Config) -> Population:
    rates = config.mutation
    if not (rates.growth and (rates.delete_connection or rates.delete_node)):
        return population
    kept = np.empty(len(population.weight), np.bool_)
    node_kept = np.empty(len(population.node), np.bool_)
    parallel_for(
        config.run.threads, len(population.weight) * _SECONDS_PER_GENE, len(population), kernels.mark_deletions,
        population.key, kinds, address(config.run.seed, generation, Purpose.STRUCTURE),
        population.layout.given, population.genes, kept, node_kept,
    )  # fmt: skip
    return keep_rows(population, kept, node_kept)


def keep_rows(population: Population, kept: NDArray[np.bool_], node_kept: NDArray[np.bool_]) -> Population:
    """Return the population with the marked connections (C,) and nodes (N,) only."""
    running = np.concatenate([[0], np.cumsum(kept)])
    node_running = np.concatenate([[0], np.cumsum(node_kept)])
    return population.replace(
        connection_start=running[population.connection_start],
        node_start=node_running[population.node_start],
        **{name: column[kept] for name, column in population.connections.items()},
        **{name: column[node_kept] for name, column in population.nodes.items()},
    )


def _propose(population: Population, kinds: NDArray[np.uint8], generation: int, config: Config) -> kernels.Proposals:
    layout, count = population.layout, len(population)
    proposals = kernels.Proposals(*np.empty((2, count), np.int64), *np.empty((2, count), np.int32))
    parallel_for(
        config.run.threads, len(population.weight) * _SECONDS_PER_GENE, count, kernels.propose,
        population.key, kinds, address(config.run.seed, generation, Purpose.STRUCTURE),
        layout.sources, layout.given, len(layout.inputs) if layout.bias_node else -1, config.genome.acyclic,
        population.genes, proposals,
    )  # fmt: skip
    return proposals


def mutate_values(population: Population, mutable: NDArray[np.bool_], generation: int, config: Config) -> Population:
    """Return the population with weights and node attributes of the genomes marked in `mutable` (P,) changed."""
    rates, genome, layout = config.mutation, config.genome, population.layout
    kind = {"uniform": kernels.UNIFORM, "gaussian": kernels.GAUSSIAN, "scale": kernels.SCALE}[rates.kind]
    weight = population.weight.copy()
    weights = np.array([rates.weight_rate, rates.weight_power, genome.weight_range, genome.weight_limit, 0.0])
    parallel_for(
        config.run.threads, len(population.weight) * _SECONDS_PER_GENE, len(population), kernels.mutate_weights,
        population.key, mutable, address(config.run.seed, generation, Purpose.WEIGHTS),
        rates.perturb, rates.replace, kind, weights, population.connection_start, weight,
    )  # fmt: skip
    population = population.replace(weight=weight)
    bias_rate = rates.bias_rate if genome.bias == "attribute" else 0.0
    if not (bias_rate or rates.response_rate or rates.activation_rate or rates.aggregation_rate):
        return population
    biases = np.array([bias_rate, rates.bias_power, genome.bias_range, genome.bias_limit, 0.0])
    responses = np.array([rates.response_rate, rates.response_power, rates.response_power, genome.response_limit, 1.0])
    activations = genome.activation_options or (genome.activation,)
    aggregations = genome.aggregation_options or (genome.aggregation,)
    names = ("bias", "response", "activation", "aggregation")
    columns = {name: getattr(population, name).copy() for name in names}
    parallel_for(
        config.run.threads, len(population.weight) * _SECONDS_PER_GENE, len(population), kernels.mutate_nodes,
        population.key, mutable, address(config.run.seed, generation, Purpose.NODES),
        rates.perturb, rates.replace, kind, biases, responses,
        rates.activation_rate, np.array([activation(name).code for name in activations], np.uint8),
        rates.aggregation_rate, np.array([aggregation(name).code for name in aggregations], np.uint8),
        layout.sources, layout.given, population.node_start, *columns.values(),
    )  # fmt: skip
    return population.replace(**columns)


def _insert(
    population: Population, proposals: kernels.Proposals, generation: int, innovations: Innovations, config: Config
) -> tuple[Population, Innovations]:
    genes, count = population.genes, len(population)
    growth, innovations = innovations.number_growth(genes, proposals.split, proposals.source, proposals.target)
    connection_start, node_start = np.empty((2, count + 1), np.int64)
    kernels.start_grown(
        genes.connection_start, genes.node_start, proposals.source, proposals.split, connection_start, node_start
    )
    made = room(connection_start, node_start)
    parallel_for(
        config.run.threads, len(population.weight) * _SECONDS_PER_GENE, count, kernels.insert,
        population.key, address(config.run.seed, generation, Purpose.STRUCTURE), config.genome.weight_range,
        min(1.0, config.genome.weight_limit), min(1.0, config.genome.response_limit),
        activation(config.genome.activation).code, aggregation(config.genome.aggregation).code,
        proposals, growth, genes, made,
    )  # fmt: skip
    return Population.of(population.layout, made, population.key, population.parents), innovations
