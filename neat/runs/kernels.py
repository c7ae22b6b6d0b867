"""Kernels of the record of a run: what every generation is summed up to."""

from __future__ import annotations

import numpy as np

from neat.ground.compiled import at, kernel, part

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_ONE, _BYTE, _HALF = np.uint64(1), np.uint64(8), np.uint64(32)
_TWENTY_SEVEN, _THIRTY, _THIRTY_ONE = np.uint64(27), np.uint64(30), np.uint64(31)


@part
def term(turn, first, second):
    """Return a word that two words and their row make; one factor is odd, so that no bit of `first` is lost."""
    return (np.uint64(first) + turn) * (((np.uint64(second) + (turn >> _HALF)) << _ONE) | _ONE)


@part
def stirred(z):
    """Return a word whose every bit depends on every bit of `z`."""
    z = (z ^ (z >> _THIRTY)) * _FIRST
    z = (z ^ (z >> _TWENTY_SEVEN)) * _SECOND
    return z ^ (z >> _THIRTY_ONE)


@kernel
def sum_up(genes, key, parents, fitness, score, member, size, best, mean, born):
    """Write what the species have, and the parents of the newly born; return a digest (int64) of the generation.

    `size`, `best` and `mean` (S + 1,) are the species' members and fitness, added up in their order; in the last place
    those of all. `born` (B, 2) gets the parents of the last B genomes. The digest is of weights, biases, functions,
    what is enabled, keys, parents, species and fitness: it tells histories apart that differ by mistake, and protects
    from nobody who wants to deceive. Every further column would cost time, which goes to reading memory.
    """
    weight, bias = genes.weight.view(np.int64), genes.bias.view(np.int64)
    fitness_bits, score_bits = fitness.view(np.int64), score.view(np.int64)
    total, turn = np.uint64(0), _GAMMA
    for row in range(len(weight)):
        i = at(row)
        total += term(turn, weight[i], genes.enabled[i])
        turn += _GAMMA
    total = stirred(total + np.uint64(len(weight)))
    for row in range(len(bias)):
        i = at(row)
        total += term(turn, bias[i], (np.uint64(genes.activation[i]) << _BYTE) ^ np.uint64(genes.aggregation[i]))
        turn += _GAMMA
    total = stirred(total + np.uint64(len(bias)))
    size[:] = 0
    best[:] = -np.inf
    mean[:] = 0.0
    old, everybody = len(key) - len(born), at(len(size) - 1)
    for row in range(len(key)):
        i, s = at(row), at(member[at(row)])
        total += term(turn, key[i], member[i]) + term(~turn, parents[i, 0], parents[i, 1])
        total += term(turn ^ _FIRST, fitness_bits[i], genes.connection_start[i])
        total += term(turn ^ _SECOND, score_bits[i], genes.node_start[i])
        turn += _GAMMA
        size[s] += 1
        mean[s] += fitness[i]
        best[s] = max(best[s], fitness[i])
        mean[everybody] += fitness[i]
        if row >= old:
            born[at(row - old), 0], born[at(row - old), 1] = parents[i, 0], parents[i, 1]
    size[everybody], best[everybody] = len(key), best.max()
    for row in range(len(size)):
        mean[at(row)] /= size[at(row)]
    return np.int64(stirred(total + np.uint64(len(key))))
