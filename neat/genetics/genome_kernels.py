"""Kernels that several operators share: copies of genes, positions of node ids, paths through a genome."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.kernels import as_index, kernel, part


class Genes(NamedTuple):
    """The columns of P genomes, as kernels read and write them; see `neat.genetics.population.Population`."""

    connection_start: NDArray[np.int64]
    innovation: NDArray[np.int64]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    weight: NDArray[np.float64]
    enabled: NDArray[np.bool_]
    node_start: NDArray[np.int64]
    node: NDArray[np.int32]
    bias: NDArray[np.float64]
    response: NDArray[np.float64]
    activation: NDArray[np.uint8]
    aggregation: NDArray[np.uint8]


_PAIRS, _FOURS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_BYTES, _SUM = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)
_ONE, _TWO, _FOUR, _TOP = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


@part
def copy_rows(column, row, count, made, out):
    """Copy `count` rows of a column, starting at `row`, to another column, starting at `out`."""
    for place in range(count):
        made[as_index(out + place)] = column[as_index(row + place)]


@part
def copy_connections(genes, row, end, made, out):
    """Copy connections [row, end) to rows that start at `out`."""
    copy_rows(genes.innovation, row, end - row, made.innovation, out)
    copy_rows(genes.source, row, end - row, made.source, out)
    copy_rows(genes.target, row, end - row, made.target, out)
    copy_rows(genes.weight, row, end - row, made.weight, out)
    copy_rows(genes.enabled, row, end - row, made.enabled, out)


@part
def copy_nodes(genes, row, end, made, out):
    """Copy nodes [row, end) to rows that start at `out`."""
    copy_rows(genes.node, row, end - row, made.node, out)
    copy_rows(genes.bias, row, end - row, made.bias, out)
    copy_rows(genes.response, row, end - row, made.response, out)
    copy_rows(genes.activation, row, end - row, made.activation, out)
    copy_rows(genes.aggregation, row, end - row, made.aggregation, out)


@kernel
def start_copies(own_connection_start, own_node_start, which, connection_start, node_start):
    """Write where copies of the genomes in `which` start."""
    connection_start[0] = node_start[0] = 0
    for item in range(which.size):
        g = which[item]
        connections = own_connection_start[g + 1] - own_connection_start[g]
        connection_start[item + 1] = connection_start[item] + connections
        node_start[item + 1] = node_start[item] + own_node_start[g + 1] - own_node_start[g]


def starts_of(counts):
    """Return where each of P items starts that have `counts` rows each: int64, shape (P + 1,)."""
    start = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    return start


@part
def find(sorted_ids, begin, end, wanted):
    """Return the row in [begin, end) where the ascending `sorted_ids` have the value `wanted`, or -1."""
    low, high = begin, end
    while low < high:
        middle = (low + high) >> 1
        if sorted_ids[as_index(middle)] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < end and sorted_ids[as_index(low)] == wanted else -1


@part
def position(node, begin, end, given, wanted):
    """Return the position, from 0, of node id `wanted` among a genome's nodes [begin, end), or -1.

    Inputs, bias and outputs have the ids 0 to given - 1, which are their positions.
    """
    if wanted < given:
        return np.int64(wanted)
    row = find(node, begin + given, end, wanted)
    return row - begin if row >= 0 else -1


@part
def find_ends(genes, g, given, heads, tails):
    """Write the positions of the two ends of each connection of genome g."""
    first, last = genes.node_start[g], genes.node_start[g + 1]
    begin = genes.connection_start[g]
    for row in range(begin, genes.connection_start[g + 1]):
        heads[as_index(row - begin)] = position(genes.node, first, last, given, genes.source[as_index(row)])
        tails[as_index(row - begin)] = position(genes.node, first, last, given, genes.target[as_index(row)])


@part
def has_path(heads, tails, count, nodes, start, goal, reached):
    """Return whether `count` connections lead from position `start` to position `goal` among `nodes` nodes.

    `reached` is scratch with an entry for each node. The connections are swept until no new node is reached: new
    structure is rare, and most genomes are only a few layers deep.
    """
    if start == goal:
        return True
    for place in range(nodes):
        reached[as_index(place)] = False
    reached[start] = True
    growing = True
    while growing and not reached[goal]:
        growing = False
        for row in range(count):
            new = reached[as_index(heads[as_index(row)])] and not reached[as_index(tails[as_index(row)])]
            reached[as_index(tails[as_index(row)])] |= new
            growing |= new
    return reached[goal]


@part
def bits_set(word):
    """Return the number of bits of a uint64 that are set."""
    word = word - ((word >> _ONE) & _PAIRS)
    word = (word & _FOURS) + ((word >> _TWO) & _FOURS)
    word = (word + (word >> _FOUR)) & _BYTES
    return np.int64((word * _SUM) >> _TOP)
