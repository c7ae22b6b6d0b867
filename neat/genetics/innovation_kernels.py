"""Kernels of the innovation tracker: two hash tables over append-only columns, looked up in bulk.

A table holds row numbers, -1 where it is free; its length is a power of two. What a row is found by stands
in the columns themselves: (source, target) for connections, (split, turn) for hidden nodes.
"""

from __future__ import annotations

import numpy as np

from neat.genetics.kernels import find
from neat.ground.compiled import kernel

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(29)


@kernel
def slot_of(table, first, second, first_column, second_column):
    """Return the slot of `table` that holds the row (first, second), or the free slot where it would go."""
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
    """Enter the first `length` rows into an empty table; rows whose first entry is negative are left out."""
    for row in range(length):
        if first_column[row] >= 0:
            table[slot_of(table, first_column[row], second_column[row], first_column, second_column)] = row


@kernel
def number_pairs(source, target, table, sources, targets, length, numbers):
    """Write to `numbers` the innovation numbers of the connections source[i] -> target[i]; return the length.

    Pairs with a negative source are passed over. New ones get the next numbers, in order.
    """
    for item in range(source.size):
        if source[item] < 0:
            continue
        slot = slot_of(table, source[item], target[item], sources, targets)
        if table[slot] < 0:
            sources[length] = source[item]
            targets[length] = target[item]
            table[slot] = length
            length += 1
        numbers[item] = table[slot]
    return length


@kernel
def number_splits(split, genome, node_start, node, table, splits, turns, length, first_node, numbers):
    """Write to `numbers` the ids of the nodes that split connections split[i] of genomes genome[i]; return length.

    The node is (k, n) with the smallest n whose node the genome does not have. `node` are the node ids of
    all genomes, `first_node` is the id of row 0 of the columns `splits`, `turns`.
    """
    for item in range(split.size):
        begin, end = node_start[genome[item]], node_start[genome[item] + 1]
        turn = 0
        while True:
            slot = slot_of(table, split[item], turn, splits, turns)
            if table[slot] < 0:
                splits[length] = split[item]
                turns[length] = turn
                table[slot] = length
                length += 1
                break
            if find(node, begin, end, first_node + table[slot]) < 0:
                break
            turn += 1
        numbers[item] = first_node + table[slot]
    return length
