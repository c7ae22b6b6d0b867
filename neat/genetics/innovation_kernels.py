"""Kernels of the innovation tracker: two hash tables over append-only columns, searched in bulk.

A table holds row numbers, or -1 in free slots; its length is a power of two. The keys are in the columns themselves:
(source, target) for connections, (split, split_count) for hidden nodes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.constants import MIX_FIRST, MIX_INCREMENT
from neat.core.kernels import kernel, part
from neat.genetics.genome_kernels import find

_GAMMA = np.uint64(MIX_INCREMENT)
_FIRST = np.uint64(MIX_FIRST)
_SHIFT = np.uint64(29)
_FIRST_SPLIT = np.int64(0)


class Growth(NamedTuple):
    """The new genes of P genomes, -1 for none: a connection; a node, and the two halves of the connection it splits."""

    innovation: NDArray[np.int64]
    node: NDArray[np.int32]
    half_in: NDArray[np.int64]
    half_out: NDArray[np.int64]


@part
def slot_of(table, first, second, first_column, second_column):
    """Return the slot of `table` with the row of (first, second), or the free slot for it."""
    z = (np.uint64(first) * _GAMMA) ^ (np.uint64(second) * _FIRST)
    z = (z ^ (z >> _SHIFT)) * _GAMMA
    mask = table.size - 1
    slot = np.int64(z >> np.uint64(32)) & mask
    while table[slot] >= 0:
        row = table[slot]
        if first_column[row] == first and second_column[row] == second:
            return slot
        slot = (slot + 1) & mask
    return slot


@kernel
def fill_table(table, first_column, second_column, length):
    """Enter the first `length` rows into an empty table, except those whose first entry is negative."""
    for row in range(length):
        if first_column[row] >= 0:
            table[slot_of(table, first_column[row], second_column[row], first_column, second_column)] = row


@part
def enter(first, second, table, first_column, second_column, length):
    """Return the row of (first, second); a new pair is entered as row `length`."""
    slot = slot_of(table, first, second, first_column, second_column)
    if table[slot] < 0:
        first_column[length], second_column[length] = first, second
        table[slot] = length
    return table[slot]


@part
def enter_split(split, genes, genome, table, splits, split_counts, length, first_node):
    """Return the row of node (split, n), n the smallest number whose node the genome lacks, as `enter` does."""
    begin, end = genes.node_start[genome], genes.node_start[genome + 1]
    split_count = _FIRST_SPLIT
    while True:
        row = enter(split, split_count, table, splits, split_counts, length)
        if row == length or find(genes.node, begin, end, first_node + row) < 0:
            return row
        split_count += 1


@kernel
def number_pairs(source, target, table, sources, targets, length, numbers):
    """Write to `numbers` the innovation numbers of the connections source[i] -> target[i]; return the length.

    Pairs with a negative source are skipped. New pairs get the next numbers, in order.
    """
    for item in range(source.size):
        if source[item] >= 0:
            numbers[item] = enter(source[item], target[item], table, sources, targets, length)
            length += numbers[item] == length
    return length


@kernel
def number_growth(
    split,
    source,
    target,
    genes,
    table,
    sources,
    targets,
    length,
    node_table,
    splits,
    split_counts,
    nodes,
    first_node,
    growth,
):
    """Write the numbers of new genes to `growth`; return the numbers of connections and of nodes.

    Genome g gets a connection source[g] -> target[g] and a node that splits its connection split[g], unless they are
    -1. All new connections are numbered first, then all nodes, then the halves of split connections.
    """
    for g in range(split.size):
        growth.innovation[g] = growth.node[g] = growth.half_in[g] = growth.half_out[g] = -1
        if source[g] >= 0:
            growth.innovation[g] = enter(source[g], target[g], table, sources, targets, length)
            length += growth.innovation[g] == length
    for g in range(split.size):
        if split[g] >= 0:
            row = enter_split(genes.innovation[split[g]], genes, g, node_table, splits, split_counts, nodes, first_node)
            growth.node[g] = first_node + row
            nodes += row == nodes
    for g in range(split.size):
        if split[g] >= 0:
            node = growth.node[g]
            growth.half_in[g] = enter(genes.source[split[g]], node, table, sources, targets, length)
            length += growth.half_in[g] == length
            growth.half_out[g] = enter(node, genes.target[split[g]], table, sources, targets, length)
            length += growth.half_out[g] == length
    return length, nodes
