"""Kernels of simplification: connections are removed, those that do nothing first."""

from __future__ import annotations

import numpy as np

from neat.core.kernels import as_index, kernel, part
from neat.core.random_kernels import below, stream
from neat.genetics.genome_kernels import find_ends
from neat.genetics.mutation_kernels import mark_touched


@part
def mark_useful(heads, tails, enabled, first, count, sources, given, nodes, useful):
    """Mark the nodes of a genome from which enabled connections lead to an output, and the outputs."""
    for place in range(nodes):
        useful[as_index(place)] = sources <= place < given
    growing = True
    while growing:
        growing = False
        for row in range(count):
            new = (
                enabled[as_index(first + row)]
                and useful[as_index(tails[as_index(row)])]
                and not useful[as_index(heads[as_index(row)])]
            )
            useful[as_index(heads[as_index(row)])] |= new
            growing |= new


@kernel
def mark_losses(begin, end, key, losses, address, sources, given, genes, kept, node_kept):
    """Mark the genes that remain after each genome loses a number of connections.

    Of the connections that are left, a random one that is disabled or does not lead to an output goes first; without
    one, any. Hidden nodes without connections are lost too.
    """
    most, most_nodes = 0, 0
    for genome in range(begin, end):
        most = max(most, genes.connection_start[genome + 1] - genes.connection_start[genome])
        most_nodes = max(most_nodes, genes.node_start[genome + 1] - genes.node_start[genome])
    heads, tails, useful = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most_nodes, np.bool_)
    works = genes.enabled.copy()  # enabled and not removed
    for genome in range(begin, end):
        first, last = genes.connection_start[genome], genes.connection_start[genome + 1]
        kept[first:last] = True
        node_kept[genes.node_start[genome] : genes.node_start[genome + 1]] = True
        if losses[genome] == 0:
            continue
        draws = stream(address, key[genome])
        nodes = genes.node_start[genome + 1] - genes.node_start[genome]
        find_ends(genes, genome, given, heads, tails)
        for number in range(min(losses[genome], last - first)):
            mark_useful(heads, tails, works, first, last - first, sources, given, nodes, useful)
            idle = left = 0
            for row in range(first, last):
                left += kept[row]
                idle += kept[row] and not (works[row] and useful[tails[row - first]])
            nth = below(draws, number, idle if idle > 0 else left)
            for row in range(first, last):
                if kept[row] and (idle == 0 or not (works[row] and useful[tails[row - first]])):
                    if nth == 0:
                        kept[row] = works[row] = False
                    nth -= 1
        mark_touched(genome, given, genes, kept, node_kept)
