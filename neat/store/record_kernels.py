"""Kernels of the record of a run: what every generation is summed up to."""

from __future__ import annotations

import numpy as np

from neat.core.constants import MIX_FIRST, MIX_INCREMENT, MIX_SECOND
from neat.core.kernels import as_index, kernel, part

_GAMMA = np.uint64(MIX_INCREMENT)
_FIRST = np.uint64(MIX_FIRST)
_SECOND = np.uint64(MIX_SECOND)
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_NOTHING = np.uint64(0)
_TWENTY_SEVEN, _THIRTY, _THIRTY_ONE = np.uint64(27), np.uint64(30), np.uint64(31)


@part
def term(turn, first, second):
    """Return a word that two words make in their row: a product of halves, which vector instructions compute."""
    low = (np.uint64(first) + turn) & _LOW
    other = np.uint64(second) ^ (np.uint64(second) >> _HALF)
    high = ((np.uint64(first) >> _HALF) + other + (turn >> _HALF)) & _LOW
    return low * high


@part
def stirred(z):
    """Return a word whose every bit depends on every bit of `z`."""
    z = (z ^ (z >> _THIRTY)) * _FIRST
    z = (z ^ (z >> _TWENTY_SEVEN)) * _SECOND
    return z ^ (z >> _THIRTY_ONE)


@kernel
def sum_up(
    connection_start, node_start, weight_bits, bias_bits, key, parents, fitness, fitness_bits, score_bits,
    species_index, size, best, mean, born,
):  # fmt: skip
    """Write what the species have, and the parents of the newly born; return a digest (int64) of the generation.

    Where `_bits` are asked for, int64 views of floats are meant. `size`, `best` and `mean` (S + 1,) are the species'
    members and fitness, added up in their order; in the last place those of all. `born` (B, 2) gets the parents of the
    last B genomes. The digest is of all other arguments: it tells histories apart that differ by mistake, and protects
    from nobody who wants to deceive. More columns would cost more time, which goes to reading memory.
    """
    total, turn = _NOTHING, _GAMMA
    for row in range(len(weight_bits)):
        total += term(turn, weight_bits[as_index(row)], _NOTHING)
        turn += _GAMMA
    total = stirred(total + np.uint64(len(weight_bits)))
    for row in range(len(bias_bits)):
        total += term(turn, bias_bits[as_index(row)], _NOTHING)
        turn += _GAMMA
    total = stirred(total + np.uint64(len(bias_bits)))
    for species in range(len(size)):
        size[as_index(species)], best[as_index(species)], mean[as_index(species)] = 0, -np.inf, 0.0
    old, everybody = len(key) - len(born), as_index(len(size) - 1)
    for row in range(len(key)):
        i, s = as_index(row), as_index(species_index[as_index(row)])
        total += term(turn, key[i], species_index[i]) + term(~turn, parents[i, 0], parents[i, 1])
        total += term(turn ^ _FIRST, fitness_bits[i], connection_start[i])
        total += term(turn ^ _SECOND, score_bits[i], node_start[i])
        turn += _GAMMA
        size[s] += 1
        mean[s] += fitness[i]
        best[s] = max(best[s], fitness[i])
        mean[everybody] += fitness[i]
        if row >= old:
            born[as_index(row - old), 0], born[as_index(row - old), 1] = parents[i, 0], parents[i, 1]
    size[everybody] = len(key)
    for species in range(len(size)):
        mean[as_index(species)] /= size[as_index(species)]
        if best[as_index(species)] > best[everybody]:
            best[everybody] = best[as_index(species)]
    return np.int64(stirred(total + np.uint64(len(key))))
