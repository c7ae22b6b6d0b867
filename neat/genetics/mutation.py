"""Mutation of weights, node attributes and structure (Stanley & Miikkulainen 2002, section 3.1, figure 3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neat.config import GenomeKeys, MutationKeys
from neat.core.arrays import freeze
from neat.core.parallel import parallel_for
from neat.core.randomness import Purpose, Randomness
from neat.genetics import mutation_kernels as kernels
from neat.genetics.columns import Columns, empty_genes
from neat.genetics.innovation import Innovations
from neat.genetics.innovation_kernels import Growth
from neat.genetics.maturity import ADD_CONNECTION, ADD_NODE, maturity, value_of
from neat.genetics.node_attributes import NODE_ATTRIBUTES, NumberMutation
from neat.genetics.population import Population

_SECONDS_PER_GENOME = 15e-9  # to choose its structural mutations
_SECONDS_PER_GENE = 10e-9  # for everything else
_PERTURBATIONS = {
    "uniform": kernels.UNIFORM,
    "gaussian": kernels.GAUSSIAN,
    "scale": kernels.SCALE,
    "mixed": kernels.MIXED,
}
_WEIGHT_DRAWS = 0, 1, 2  # as for a node attribute that is a number


def mutate(
    population: Population,
    mutable: NDArray[np.bool_],
    innovations: Innovations,
    rng: Randomness,
    mutation: MutationKeys,
    genome: GenomeKeys,
    threads: int,
) -> tuple[Population, Innovations]:
    """Return the population with the genomes marked in `mutable` (P,) mutated, and the tracker afterwards.

    New structure is first proposed for all genomes, then values change, then new genes are numbered in the order of
    genomes and merged. Of the halves of a split connection, the first has weight 1 (or the weight limit, if that is
    less), the second the weight of the split connection.
    """
    mutable = freeze(mutable, np.bool_)
    address = rng.of(Purpose.STRUCTURE).address
    kinds = _structural_kinds(population, mutable, address, mutation, threads)
    before = population.connection_start
    if mutation.growth and (mutation.delete_connection or mutation.delete_node):
        population = _delete(population, kinds, address, threads)
    proposals = _propose(population, kinds, address, genome.acyclic, threads)
    if mutation.exclusive:
        changed = (proposals.toggled >= 0) | (proposals.split >= 0) | (proposals.source >= 0)
        deleted = np.diff(before) != population.connection_counts
        mutable = freeze(mutable & ~changed & ~deleted, np.bool_)
    population = mutate_values(population, mutable, rng, mutation, genome, threads)
    growth, innovations = innovations.number_growth(
        population.genes, proposals.split, proposals.source, proposals.target
    )
    return _insert(population, proposals, growth, address, genome, threads), innovations


def mutate_values(
    population: Population,
    mutable: NDArray[np.bool_],
    rng: Randomness,
    mutation: MutationKeys,
    genome: GenomeKeys,
    threads: int,
) -> Population:
    """Return the population with weights and node attributes of the genomes marked in `mutable` (P,) mutated."""
    sources, given = population.layout.sources, population.layout.given
    seconds, size = len(population.weight) * _SECONDS_PER_GENE, len(population)
    kind = mutation.kind
    if kind == "auto":
        kind = "gaussian" if population.layout.memory else "mixed"
    how = mutation.perturb, mutation.replace, _PERTURBATIONS[kind]
    weights = NumberMutation(mutation.weight_rate, mutation.weight_power, genome.weight_range, genome.weight_limit)
    columns: Columns = {"weight": population.weight.copy()}
    parallel_for(
        threads, seconds, size, kernels.mutate_numbers,
        population.key, mutable, rng.of(Purpose.WEIGHTS).address, *how, np.array(weights), *_WEIGHT_DRAWS,
        0, population.connection_start, columns["weight"],
    )  # fmt: skip
    for attribute in NODE_ATTRIBUTES:
        change = attribute.mutation(mutation, genome)
        if change is None:
            continue
        column = columns[attribute.name] = population.nodes[attribute.name].copy()
        address, start = rng.of(attribute.purpose).address, population.node_start
        if isinstance(change, NumberMutation):
            parallel_for(
                threads, seconds, size, kernels.mutate_numbers,
                population.key, mutable, address, *how, np.array(change), *attribute.draws, sources, start, column,
            )  # fmt: skip
        else:
            parallel_for(
                threads, seconds, size, kernels.mutate_functions,
                population.key, mutable, address, change.rate, np.array(change.codes, column.dtype),
                *attribute.draws, given, start, column,
            )  # fmt: skip
    return population.replace(**columns)


def keep_rows(population: Population, kept: NDArray[np.bool_], node_kept: NDArray[np.bool_]) -> Population:
    """Return the population with only the marked connections (C,) and nodes (N,)."""
    running = np.concatenate([[0], np.cumsum(kept)])
    node_running = np.concatenate([[0], np.cumsum(node_kept)])
    return population.replace(
        connection_start=running[population.connection_start],
        node_start=node_running[population.node_start],
        **{name: column[kept] for name, column in population.connections.items()},
        **{name: column[node_kept] for name, column in population.nodes.items()},
    )


def _structural_kinds(
    population: Population, mutable: NDArray[np.bool_], address: np.uint64, mutation: MutationKeys, threads: int
) -> NDArray[np.uint8]:
    """Return the kinds of structural mutation that each genome undergoes, as bits."""
    rates = np.zeros(kernels.KINDS)
    if mutation.growth:
        grown = maturity(population)
        rates[kernels.ADD_NODE] = value_of(mutation.add_node, ADD_NODE, grown)
        rates[kernels.ADD_CONNECTION] = value_of(mutation.add_connection, ADD_CONNECTION, grown)
        rates[kernels.TOGGLE] = mutation.toggle
        rates[kernels.DELETE_CONNECTION] = mutation.delete_connection
        rates[kernels.DELETE_NODE] = mutation.delete_node
    most = kernels.KINDS if mutation.max_structural is None else mutation.max_structural
    kinds = np.empty(len(population), np.uint8)
    parallel_for(
        threads, len(population) * _SECONDS_PER_GENOME, len(population), kernels.choose_kinds,
        population.key, mutable, address, rates, most, kinds,
    )  # fmt: skip
    return kinds


def _delete(population: Population, kinds: NDArray[np.uint8], address: np.uint64, threads: int) -> Population:
    kept = np.empty(len(population.weight), np.bool_)
    node_kept = np.empty(len(population.node), np.bool_)
    parallel_for(
        threads, len(population.weight) * _SECONDS_PER_GENE, len(population), kernels.mark_deletions,
        population.key, kinds, address, population.layout.given, population.genes, kept, node_kept,
    )  # fmt: skip
    return keep_rows(population, kept, node_kept)


def _propose(
    population: Population, kinds: NDArray[np.uint8], address: np.uint64, acyclic: bool, threads: int
) -> kernels.Proposals:
    layout, count = population.layout, len(population)
    proposals = kernels.Proposals(*np.empty((2, count), np.int64), *np.empty((2, count), np.int32))
    parallel_for(
        threads, len(population.weight) * _SECONDS_PER_GENE, count, kernels.propose,
        population.key, kinds, address, layout.sources, layout.given,
        len(layout.inputs) if layout.bias_node else -1, acyclic, population.genes, proposals,
    )  # fmt: skip
    return proposals


def _insert(
    population: Population,
    proposals: kernels.Proposals,
    growth: Growth,
    address: np.uint64,
    genome: GenomeKeys,
    threads: int,
) -> Population:
    """Return the population with its new genes merged in."""
    genes, count = population.genes, len(population)
    connection_start, node_start = np.empty((2, count + 1), np.int64)
    kernels.start_grown(
        genes.connection_start, genes.node_start, proposals.source, proposals.split, connection_start, node_start
    )
    made = empty_genes(connection_start, node_start)
    parallel_for(
        threads, len(population.weight) * _SECONDS_PER_GENE, count, kernels.insert,
        population.key, address, genome.weight_range, min(1.0, genome.weight_limit),
        *(attribute.initial(genome) for attribute in NODE_ATTRIBUTES), proposals, growth, genes, made,
    )  # fmt: skip
    return Population.of(population.layout, made, population.key, population.parents)
