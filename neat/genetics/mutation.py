"""Mutation of weights, node attributes and structure (Stanley & Miikkulainen 2002, section 3.1, figure 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neat.config import Config
from neat.genetics import mutation_kernels as kernels
from neat.genetics.innovation import Innovations
from neat.genetics.kernels import starts_of
from neat.genetics.population import CONNECTION_DTYPES, NODE_DTYPES, Population, freeze
from neat.ground.compiled import across
from neat.ground.functions import activation, aggregation
from neat.ground.randomness import Purpose, address

_GRAIN = 512  # genomes in one piece of work
_NO_LIMIT = kernels.KINDS


@dataclass(frozen=True)
class Proposals:
    """New structure by genome, -1 where there is none; rows are rows of the population's connections.

    `toggled` and `split` are rows (int64), `source` and `target` the ends of a new connection (int32).
    """

    toggled: NDArray[np.int64]
    split: NDArray[np.int64]
    source: NDArray[np.int32]
    target: NDArray[np.int32]

    @property
    def any(self) -> NDArray[np.bool_]:
        """Which genomes change their structure."""
        return (self.toggled >= 0) | (self.split >= 0) | (self.source >= 0)


def mutate(
    population: Population,
    mutable: NDArray[np.bool_],
    generation: int,
    innovations: Innovations,
    config: Config,
) -> tuple[Population, Innovations]:
    """Return the population with the genomes marked in `mutable` (P,) mutated, and the tracker after.

    Structure is proposed for all genomes at once, then values change, then new genes are numbered in the order of
    genomes and merged in: the halves of a split connection have weight 1 and the weight of the whole.
    """
    mutable = freeze(mutable, np.bool_)
    kinds = _structural_kinds(population, mutable, generation, config)
    before = population.connection_counts
    population = _delete(population, kinds, generation, config)
    proposals = _propose(population, kinds, generation, config)
    if config.mutation.exclusive:
        mutable = freeze(mutable & ~proposals.any & (before == population.connection_counts), np.bool_)
    population = mutate_values(population, mutable, generation, config)
    return _insert(population, proposals, generation, innovations, config)


def _structural_kinds(
    population: Population, mutable: NDArray[np.bool_], generation: int, config: Config
) -> NDArray[np.uint8]:
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
    across(
        config.run.threads, 8 * _GRAIN, len(population), kernels.choose_kinds,
        population.key, mutable, address(config.run.seed, generation, Purpose.STRUCTURE), table, most, kinds,
    )  # fmt: skip
    return freeze(kinds, np.uint8)


def _delete(population: Population, kinds: NDArray[np.uint8], generation: int, config: Config) -> Population:
    if not (kinds & (1 << kernels.DELETE_CONNECTION | 1 << kernels.DELETE_NODE)).any():
        return population
    kept = np.empty(len(population.weight), np.bool_)
    node_kept = np.empty(len(population.node), np.bool_)
    across(
        config.run.threads, _GRAIN, len(population), kernels.mark_deletions,
        population.key, kinds, address(config.run.seed, generation, Purpose.STRUCTURE),
        population.layout.given, population.connection_start, population.source, population.target,
        population.node_start, population.node, kept, node_kept,
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


def _propose(population: Population, kinds: NDArray[np.uint8], generation: int, config: Config) -> Proposals:
    layout = population.layout
    count = len(population)
    rows = [np.empty(count, np.int64) for _ in range(2)]
    ends = [np.empty(count, np.int32) for _ in range(2)]
    across(
        config.run.threads, _GRAIN, count, kernels.propose,
        population.key, kinds, address(config.run.seed, generation, Purpose.STRUCTURE),
        layout.sources, layout.given, len(layout.inputs) if layout.bias_node else -1, config.genome.acyclic,
        population.connection_start, population.source, population.target, population.enabled,
        population.node_start, population.node, int(np.diff(population.node_start).max(initial=0)),
        *rows, *ends,
    )  # fmt: skip
    return Proposals(*(freeze(column, np.int64) for column in rows), *(freeze(end, np.int32) for end in ends))


def mutate_values(
    population: Population, mutable: NDArray[np.bool_], generation: int, config: Config
) -> Population:
    """Return the population with weights and node attributes of the genomes marked in `mutable` (P,) changed."""
    rates, genome, layout = config.mutation, config.genome, population.layout
    kind = {"uniform": kernels.UNIFORM, "gaussian": kernels.GAUSSIAN, "scale": kernels.SCALE}[rates.kind]
    weight = population.weight.copy()
    weights = np.array([rates.weight_rate, rates.weight_power, genome.weight_range, genome.weight_limit, 0.0])
    across(
        config.run.threads, _GRAIN, len(population), kernels.mutate_weights,
        population.key, mutable, address(config.run.seed, generation, Purpose.WEIGHTS),
        rates.perturb, rates.replace, kind, weights, population.connection_start, weight,
    )  # fmt: skip
    population = population.replace(weight=weight)
    bias_rate = rates.bias_rate if genome.bias == "attribute" else 0.0
    if not (bias_rate or rates.response_rate or rates.activation_rate or rates.aggregation_rate):
        return population
    biases = np.array([bias_rate, rates.bias_power, genome.bias_range, genome.bias_limit, 0.0])
    responses = np.array(
        [rates.response_rate, rates.response_power, rates.response_power, genome.response_limit, 1.0]
    )
    activations = genome.activation_options or (genome.activation,)
    aggregations = genome.aggregation_options or (genome.aggregation,)
    names = ("bias", "response", "activation", "aggregation")
    columns = {name: getattr(population, name).copy() for name in names}
    across(
        config.run.threads, _GRAIN, len(population), kernels.mutate_nodes,
        population.key, mutable, address(config.run.seed, generation, Purpose.NODES),
        rates.perturb, rates.replace, kind, biases, responses,
        rates.activation_rate, np.array([activation(name).code for name in activations], np.uint8),
        rates.aggregation_rate, np.array([aggregation(name).code for name in aggregations], np.uint8),
        layout.sources, layout.given, population.node_start, *columns.values(),
    )  # fmt: skip
    return population.replace(**columns)


def _insert(
    population: Population, proposals: Proposals, generation: int, innovations: Innovations, config: Config
) -> tuple[Population, Innovations]:
    if not proposals.any.any():
        return population, innovations
    new_innovation, innovations = innovations.number_connections(proposals.source, proposals.target)
    splitting = freeze(np.flatnonzero(proposals.split >= 0), np.int64)
    rows = proposals.split[splitting]
    nodes, innovations = innovations.number_splits(
        freeze(population.innovation[rows], np.int64), splitting, population.node_start, population.node
    )
    halves, innovations = innovations.number_connections(
        freeze(np.stack([population.source[rows], nodes], axis=1).ravel(), np.int32),
        freeze(np.stack([nodes, population.target[rows]], axis=1).ravel(), np.int32),
    )
    split_node = np.full(len(population), -1, np.int32)
    split_in, split_out = np.full((2, len(population)), -1, np.int64)
    split_node[splitting], split_in[splitting], split_out[splitting] = nodes, halves[::2], halves[1::2]
    is_split = proposals.split >= 0
    connection_start = starts_of(population.connection_counts + (proposals.source >= 0) + 2 * is_split)
    node_start = starts_of(np.diff(population.node_start) + is_split)
    connections = {name: np.empty(connection_start[-1], dtype) for name, dtype in CONNECTION_DTYPES.items()}
    grown_nodes = {name: np.empty(node_start[-1], dtype) for name, dtype in NODE_DTYPES.items()}
    across(
        config.run.threads, _GRAIN, len(population), kernels.insert,
        population.key, address(config.run.seed, generation, Purpose.STRUCTURE), config.genome.weight_range,
        activation(config.genome.activation).code, aggregation(config.genome.aggregation).code,
        proposals.toggled, proposals.split, proposals.source, proposals.target, new_innovation,
        split_node, split_in, split_out,
        population.connection_start, *population.connections.values(),
        population.node_start, *population.nodes.values(),
        connection_start, *connections.values(), node_start, *grown_nodes.values(),
    )  # fmt: skip
    grown = population.replace(
        connection_start=connection_start, node_start=node_start, **connections, **grown_nodes
    )
    return grown, innovations
