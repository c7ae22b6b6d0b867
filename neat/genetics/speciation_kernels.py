"""Kernels of speciation: the distance of two genomes, and who joins which species."""

from __future__ import annotations

import numpy as np

from neat.ground.compiled import kernel

_SMALL = 20  # with `normalise`, genomes with fewer genes than this are not normalised (paper, section 3.3)
# Places in the table of coefficients.
_EXCESS, _DISJOINT, _WEIGHT, _BIAS, _NORMALISE = 0, 1, 2, 3, 4


@kernel
def distance(
    genome, connection_start, innovation, weight, node_start, node, bias, given_sources,
    other, other_connection_start, other_innovation, other_weight, other_node_start, other_node, other_bias,
    coefficients,
):  # fmt: skip
    """Return the compatibility distance of two genomes of two populations."""
    p, p_end = connection_start[genome], connection_start[genome + 1]
    q, q_end = other_connection_start[other], other_connection_start[other + 1]
    size = max(p_end - p, q_end - q)
    matching = 0
    disjoint = 0
    difference = 0.0
    while p < p_end and q < q_end:
        left, right = innovation[p], other_innovation[q]
        if left == right:
            difference += abs(weight[p] - other_weight[q])
            matching += 1
        else:
            disjoint += 1
        p += left <= right
        q += right <= left
    excess = (p_end - p) + (q_end - q)
    scale = 1.0
    if coefficients[_NORMALISE] > 0.0 and size >= _SMALL:
        scale = np.float64(size)
    total = (coefficients[_EXCESS] * excess + coefficients[_DISJOINT] * disjoint) / scale
    if matching > 0:
        total += coefficients[_WEIGHT] * (difference / matching)
    if coefficients[_BIAS] > 0.0:
        p, p_end = node_start[genome] + given_sources, node_start[genome + 1]
        q, q_end = other_node_start[other] + given_sources, other_node_start[other + 1]
        matching = 0
        difference = 0.0
        while p < p_end and q < q_end:
            if node[p] == other_node[q]:
                difference += abs(bias[p] - other_bias[q])
                matching += 1
                p += 1
                q += 1
            elif node[p] < other_node[q]:
                p += 1
            else:
                q += 1
        if matching > 0:
            total += coefficients[_BIAS] * (difference / matching)
    return total


@kernel
def join(
    begin, end, waiting, member, nearest, threshold, coefficients, sources,
    connection_start, innovation, weight, node_start, node, bias,
    first_species, species, representative,
    species_connection_start, species_innovation, species_weight, species_node_start, species_node, species_bias,
):  # fmt: skip
    """Let genomes waiting[begin:end] join the first (or the nearest) compatible species, else leave -1.

    Species first_species + i is represented by genome representative[i] of the species' columns.
    """
    for place in range(begin, end):
        genome = waiting[place]
        best = threshold
        member[genome] = -1
        for candidate in range(species):
            apart = distance(
                genome, connection_start, innovation, weight, node_start, node, bias, sources,
                representative[candidate], species_connection_start, species_innovation, species_weight,
                species_node_start, species_node, species_bias, coefficients,
            )  # fmt: skip
            if apart < best:
                member[genome] = first_species + candidate
                if not nearest:
                    break
                best = apart
