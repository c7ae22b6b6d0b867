"""Kernels of speciation: the distance of two genomes, and the species that each genome joins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.kernels import as_index, kernel, part
from neat.core.random_kernels import below, stream
from neat.genetics.genome_kernels import bits_set

_SMALL = 20  # with `normalise`, the distance of genomes with fewer genes is not normalised (paper, section 3.3)
_ROUNDING = 1.0 - 1e-12  # a bound has fewer terms than the distance, and may be rounded differently
WORDS = 4  # of 64 bits in a signature
_FIRST_DRAW = np.int64(0)
_ONE, _PLACE, _WORD, _LAST_WORD = np.uint64(1), np.uint64(63), np.uint64(6), np.uint64(WORDS - 1)


class Compared(NamedTuple):
    """What distances are computed from: columns of P genomes, and a signature of the innovation numbers of each."""

    connection_start: NDArray[np.int64]
    innovation: NDArray[np.int64]
    weight: NDArray[np.float64]
    node_start: NDArray[np.int64]
    node: NDArray[np.int32]
    bias: NDArray[np.float64]
    signature: NDArray[np.uint64]  # (P, WORDS)


class Coefficients(NamedTuple):
    """The coefficients of the distance; only the biases of nodes from `sources` on count."""

    c1: float
    c2: float
    c3: float
    c4: float
    normalise: bool
    sources: int


@kernel
def write_signatures(begin, end, genomes, connection_start, innovation, signature):
    """Write the signatures of genomes[begin:end]: bit i is set if an innovation number has remainder i."""
    for place in range(begin, end):
        genome = genomes[place]
        for word in range(WORDS):
            signature[genome, word] = np.uint64(0)
        for row in range(connection_start[genome], connection_start[genome + 1]):
            number = np.uint64(innovation[as_index(row)])
            signature[genome, (number >> _WORD) & _LAST_WORD] |= _ONE << (number & _PLACE)


@part
def distance(one, genome, other, head, c, limit):
    """Return the compatibility distance of two genomes, or a lower bound of it that is at least `limit`.

    Signatures give a lower bound of the number of genes that do not match, which suffices for most pairs.
    """
    p, p_end = one.connection_start[genome], one.connection_start[genome + 1]
    q, q_end = other.connection_start[head], other.connection_start[head + 1]
    large = max(p_end - p, q_end - q)
    scale = 1.0
    if c.normalise and large >= _SMALL:
        scale = np.float64(large)
    per_gene = min(c.c1, c.c2) / scale * _ROUNDING
    unmatched = 0
    for word in range(WORDS):
        unmatched += bits_set(
            one.signature[as_index(genome), as_index(word)] ^ other.signature[as_index(head), as_index(word)]
        )
    if per_gene * unmatched >= limit:
        return per_gene * unmatched
    matching = 0
    disjoint = 0
    difference = 0.0
    while p < p_end and q < q_end:
        left, right = one.innovation[as_index(p)], other.innovation[as_index(q)]
        if left == right:
            difference += abs(one.weight[as_index(p)] - other.weight[as_index(q)])
            matching += 1
        else:
            disjoint += 1
            bound = c.c2 * disjoint / scale
            if bound >= limit:
                return bound
        p += left <= right
        q += right <= left
    excess = (p_end - p) + (q_end - q)
    total = (c.c1 * excess + c.c2 * disjoint) / scale
    if matching > 0:
        total += c.c3 * (difference / matching)
    if c.c4 > 0.0:
        p, p_end = one.node_start[genome] + c.sources, one.node_start[genome + 1]
        q, q_end = other.node_start[head] + c.sources, other.node_start[head + 1]
        matching = 0
        difference = 0.0
        while p < p_end and q < q_end:
            left_node, right_node = one.node[as_index(p)], other.node[as_index(q)]
            if left_node == right_node:
                difference += abs(one.bias[as_index(p)] - other.bias[as_index(q)])
                matching += 1
            p += left_node <= right_node
            q += right_node <= left_node
        if matching > 0:
            total += c.c4 * (difference / matching)
    return total


@kernel
def join(begin, end, species_index, waiting, one, other, heads, c, threshold, nearest):
    """Write the first (or the nearest) species that is nearer than `threshold` for genomes `begin` to `end`, or -1.

    Species i is represented by genome heads[i] of `other`. With `waiting`, only genomes that have -1 are compared.
    """
    for genome in range(begin, end):
        if waiting and species_index[genome] >= 0:
            continue
        best = threshold
        species_index[genome] = -1
        for species in range(heads.size):
            apart = distance(one, genome, other, heads[species], c, best)
            if apart < best:
                species_index[genome] = species
                if not nearest:
                    break
                best = apart


@kernel
def found_species(species_index, one, c, threshold, first, founders):
    """Assign genomes without a species, in order, to the first new species that they fit, or let them found the next.

    New species are numbered from `first`, and there are at most `founders.size`; a genome that fits none of them
    keeps -1. Return the number of species founded, and of genomes left without a species.
    """
    found, left = 0, 0
    for genome in range(species_index.size):
        if species_index[genome] >= 0:
            continue
        for species in range(found):
            if distance(one, genome, one, founders[species], c, threshold) < threshold:
                species_index[genome] = first + species
                break
        if species_index[genome] < 0 and found < founders.size:
            founders[found] = genome
            species_index[genome] = first + found
            found += 1
        left += species_index[genome] < 0
    return found, left


@kernel
def draw_members(address, species_index, species, id, sizes, left, place, chosen):
    """Draw a member of each of the given species: the nth in the order of genomes, where n depends on the species' id.

    `sizes`, `left` and `place` are scratch with a number for each species.
    """
    for item in range(id.size):
        sizes[item], left[item] = 0, -1
    for genome in range(species_index.size):
        sizes[species_index[genome]] += 1
    for item in range(species.size):
        left[species[item]] = below(stream(address, id[species[item]]), _FIRST_DRAW, sizes[species[item]])
        place[species[item]] = item
    for genome in range(species_index.size):
        if left[species_index[genome]] == 0:
            chosen[place[species_index[genome]]] = genome
        left[species_index[genome]] -= 1


@kernel
def best_of(score, species_index, best):
    """Write the best score of each species."""
    for species in range(best.size):
        best[species] = -np.inf
    for genome in range(species_index.size):
        best[species_index[genome]] = max(best[species_index[genome]], score[genome])
