"""Kernels of speciation: the distance of two genomes, and who joins which species."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.genetics.kernels import bits_set
from neat.ground.compiled import at, kernel, part

_SMALL = 20  # with `normalise`, genomes with fewer genes than this are not normalised (paper, section 3.3)
_ROUNDING = 1.0 - 1e-12  # a bound that leaves terms out may round differently from the whole
WORDS = 4  # of a signature
_ONE, _PLACE, _WORD, _LAST_WORD = np.uint64(1), np.uint64(63), np.uint64(6), np.uint64(WORDS - 1)


class Compared(NamedTuple):
    """What distances are made of: columns of P genomes, and a signature of each one's innovation numbers."""

    connection_start: NDArray[np.int64]
    innovation: NDArray[np.int64]
    weight: NDArray[np.float64]
    node_start: NDArray[np.int64]
    node: NDArray[np.int32]
    bias: NDArray[np.float64]
    signature: NDArray[np.uint64]  # (P, WORDS)


class Coefficients(NamedTuple):
    """The coefficients of the distance; nodes from `sources` on have biases that count."""

    c1: float
    c2: float
    c3: float
    c4: float
    normalise: bool
    sources: int


@kernel
def sign(begin, end, connection_start, innovation, signature):
    """Write each genome's signature: bit i is set where it has an innovation number with remainder i."""
    for genome in range(begin, end):
        for word in range(WORDS):
            signature[genome, word] = np.uint64(0)
        for row in range(connection_start[genome], connection_start[genome + 1]):
            number = np.uint64(innovation[at(row)])
            signature[genome, (number >> _WORD) & _LAST_WORD] |= _ONE << (number & _PLACE)


@part
def distance(one, genome, other, head, c, limit):
    """Return the compatibility distance of two genomes; where it is `limit` or more, that or any lower bound of it
    that is not below `limit`.

    Signatures bound the number of genes that do not match from below: most pairs end there.
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
        unmatched += bits_set(one.signature[genome, word] ^ other.signature[head, word])
        if per_gene * unmatched >= limit:
            return per_gene * unmatched
    matching = 0
    disjoint = 0
    difference = 0.0
    while p < p_end and q < q_end:
        left, right = one.innovation[at(p)], other.innovation[at(q)]
        if left == right:
            difference += abs(one.weight[at(p)] - other.weight[at(q)])
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
            left_node, right_node = one.node[at(p)], other.node[at(q)]
            if left_node == right_node:
                difference += abs(one.bias[at(p)] - other.bias[at(q)])
                matching += 1
            p += left_node <= right_node
            q += right_node <= left_node
        if matching > 0:
            total += c.c4 * (difference / matching)
    return total


@kernel
def join(begin, end, waiting, member, one, other, c, threshold, nearest):
    """Let genomes waiting[begin:end] join the first (or the nearest) species nearer than `threshold`, else leave -1.

    Species i is represented by genome i of `other`.
    """
    for place in range(begin, end):
        genome = waiting[place]
        best = threshold
        member[genome] = -1
        for species in range(len(other.signature)):
            apart = distance(one, genome, other, species, c, best)
            if apart < best:
                member[genome] = species
                if not nearest:
                    break
                best = apart


@kernel
def found_species(waiting, member, one, c, threshold, first, most, founders):
    """Let waiting genomes, one after the other, join the first new species they fit, else found the next one.

    New species are counted from `first`; at most `most` are founded, whom none fits by then keeps -1. Returns how
    many were founded; `founders` holds their genomes.
    """
    found = 0
    for place in range(waiting.size):
        genome = waiting[place]
        for species in range(found):
            if distance(one, genome, one, founders[species], c, threshold) < threshold:
                member[genome] = first + species
                break
        if member[genome] < 0 and found < most:
            founders[found] = genome
            member[genome] = first + found
            found += 1
    return found
