"""Kernels that several laws share: ragged rows, positions of node ids, paths through a genome."""

from __future__ import annotations

import numpy as np

from neat.ground.compiled import kernel, part


@kernel
def ragged_rows(start, indices, taken_start, rows):
    """Write to `rows` the row numbers that the items at `indices` own; `taken_start` says where each goes."""
    for item in range(indices.size):
        row = start[indices[item]]
        for place in range(taken_start[item], taken_start[item + 1]):
            rows[place] = row
            row += 1


def take_ragged(start, indices):
    """Return (start, rows) of the items at `indices`: where each begins now, and the rows they were, in order.

    `start` is (P + 1,) int64, `indices` any int64; `rows` indexes the columns that `start` divides.
    """
    taken_start = starts_of(start[indices + 1] - start[indices])
    rows = np.empty(taken_start[-1], np.int64)
    ragged_rows(start, indices, taken_start, rows)
    return taken_start, rows


def starts_of(counts):
    """Return the (P + 1,) int64 starts of items that have `counts` rows each."""
    start = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    return start


@part
def find(sorted_ids, begin, end, wanted):
    """Return the row in [begin, end) at which the ascending `sorted_ids` hold `wanted`, or -1."""
    low, high = begin, end
    while low < high:
        middle = (low + high) >> 1
        if sorted_ids[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < end and sorted_ids[low] == wanted else -1


@part
def position(node, begin, end, given, wanted):
    """Return the place of node id `wanted` among a genome's nodes [begin, end), from 0; -1 if it has none.

    Inputs, bias and outputs have ids 0 to given - 1, which are their places.
    """
    if wanted < given:
        return np.int64(wanted)
    row = find(node, begin + given, end, wanted)
    return row - begin if row >= 0 else -1


@kernel
def has_path(source, target, begin, end, node, node_begin, node_end, given, start, goal, reached):
    """Say whether connections [begin, end), disabled ones too, lead from node id `start` to node id `goal`.

    `reached` is scratch, at least as long as the genome has nodes. Sweeps until nothing new is reached:
    new structure is rare, and most genomes are a few layers deep.
    """
    if start == goal:
        return True
    for place in range(node_end - node_begin):
        reached[place] = False
    reached[position(node, node_begin, node_end, given, start)] = True
    goal_place = position(node, node_begin, node_end, given, goal)
    growing = True
    while growing:
        growing = False
        for row in range(begin, end):
            if reached[position(node, node_begin, node_end, given, source[row])]:
                place = position(node, node_begin, node_end, given, target[row])
                if not reached[place]:
                    reached[place] = True
                    growing = True
        if reached[goal_place]:
            return True
    return False
