"""The kernel that summarises a generation for a run's file."""

from __future__ import annotations

import numpy as np

from neat.core.kernels import as_index, kernel, part

# The increment and the multipliers of SplitMix64 (Steele, Lea & Flood 2014).
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_ZERO = np.uint64(0)
_TWENTY_SEVEN, _THIRTY, _THIRTY_ONE = np.uint64(27), np.uint64(30), np.uint64(31)


@part
def term(count, first, second):
    """Return a hash of two words and a counter: a product of 32-bit halves, which vector instructions compute."""
    low = (np.uint64(first) + count) & _LOW
    other = np.uint64(second) ^ (np.uint64(second) >> _HALF)
    high = ((np.uint64(first) >> _HALF) + other + (count >> _HALF)) & _LOW
    return low * high


@part
def mixed(z):
    """Return a word of which every bit depends on every bit of `z`."""
    z = (z ^ (z >> _THIRTY)) * _FIRST
    z = (z ^ (z >> _TWENTY_SEVEN)) * _SECOND
    return z ^ (z >> _THIRTY_ONE)


@kernel
def summarise_generation(
    connection_start, node_start, weight_bits, bias_bits, key, parents, fitness, fitness_bits, score_bits,
    species_index, size, best, mean, born,
):  # fmt: skip
    """Write the sizes and fitness of species and the parents of new genomes; return a digest (int64) of the generation.

    The arguments named `_bits` are int64 views of floats. `size`, `best` and `mean` (S + 1,) get the number of genomes,
    the highest and the mean fitness of each species, summed in the order of the genomes; the last element is that of
    the population. `born` (B, 2) gets the parents of the last B genomes. The digest covers all other arguments. It
    detects accidental differences between histories, but not deliberate ones. To include more columns would take more
    time, since most of it is spent on reading memory.
    """
    total, count = _ZERO, _GAMMA
    for row in range(len(weight_bits)):
        total += term(count, weight_bits[as_index(row)], _ZERO)
        count += _GAMMA
    total = mixed(total + np.uint64(len(weight_bits)))
    for row in range(len(bias_bits)):
        total += term(count, bias_bits[as_index(row)], _ZERO)
        count += _GAMMA
    total = mixed(total + np.uint64(len(bias_bits)))
    for species in range(len(size)):
        size[as_index(species)], best[as_index(species)], mean[as_index(species)] = 0, -np.inf, 0.0
    old, population = len(key) - len(born), as_index(len(size) - 1)
    for row in range(len(key)):
        i, s = as_index(row), as_index(species_index[as_index(row)])
        total += term(count, key[i], species_index[i]) + term(~count, parents[i, 0], parents[i, 1])
        total += term(count ^ _FIRST, fitness_bits[i], connection_start[i])
        total += term(count ^ _SECOND, score_bits[i], node_start[i])
        count += _GAMMA
        size[s] += 1
        mean[s] += fitness[i]
        best[s] = max(best[s], fitness[i])
        mean[population] += fitness[i]
        if row >= old:
            born[as_index(row - old), 0], born[as_index(row - old), 1] = parents[i, 0], parents[i, 1]
    size[population] = len(key)
    for species in range(len(size)):
        mean[as_index(species)] /= size[as_index(species)]
        if best[as_index(species)] > best[population]:
            best[population] = best[as_index(species)]
    return np.int64(mixed(total + np.uint64(len(key))))
