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
def digest_of(genes, key, parents, weight, bias, response, fitness, score, member):
    """Return a digest (int64) of a population and what it got; floats come as the int64 that their bits are.

    It tells histories apart that differ by mistake; it is no protection against somebody who wants to deceive.
    """
    total, turn = np.uint64(0), _GAMMA
    for row in range(len(weight)):
        i = at(row)
        ends = (np.uint64(genes.source[i]) << _HALF) ^ np.uint64(genes.target[i])
        gene = (np.uint64(genes.innovation[i]) << _ONE) ^ np.uint64(genes.enabled[i])
        total += term(turn, weight[i], gene ^ (ends * _FIRST))
        turn += _GAMMA
    total = stirred(total + np.uint64(len(weight)))
    for row in range(len(bias)):
        i = at(row)
        functions = (np.uint64(genes.activation[i]) << _BYTE) ^ np.uint64(genes.aggregation[i])
        node = (np.uint64(genes.node[i]) << _HALF) ^ functions
        total += term(turn, bias[i], node) + term(~turn, response[i], node)
        turn += _GAMMA
    total = stirred(total + np.uint64(len(bias)))
    for row in range(len(key)):
        i = at(row)
        total += term(turn, key[i], member[i]) + term(~turn, parents[i, 0], parents[i, 1])
        total += term(turn ^ _FIRST, fitness[i], genes.connection_start[i])
        total += term(turn ^ _SECOND, score[i], genes.node_start[i])
        turn += _GAMMA
    return np.int64(stirred(total + np.uint64(len(key))))


@kernel
def sum_up_species(fitness, member, size, best, mean):
    """Write how many members each species has, their best and their mean fitness; added up in their order."""
    size[:] = 0
    best[:] = -np.inf
    mean[:] = 0.0
    for row in range(len(fitness)):
        i, s = at(row), at(member[at(row)])
        size[s] += 1
        mean[s] += fitness[i]
        if fitness[i] > best[s]:
            best[s] = fitness[i]
    for row in range(len(size)):
        s = at(row)
        mean[s] /= size[s]
