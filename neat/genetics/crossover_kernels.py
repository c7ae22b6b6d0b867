"""Kernels of crossover: genes in line by innovation number, one child after the other."""

from __future__ import annotations

import numpy as np

from neat.genetics.kernels import copy_connections, copy_nodes, find, has_path, position
from neat.ground.compiled import kernel, part
from neat.ground.random_kernels import stream, uniform

# Draws of a gene: which parent, averaged or not, disabled or not. Nodes draw after all connections.
_DRAWS, _FIRST_DRAW = np.array([3, 0])


@kernel
def mark_entering(
    begin, end, first, second, acyclic, given,
    connection_start, innovation, source, target, node_start, node,
    second_connection_start, enters, second_node_start, node_enters, reached, scratch_source, scratch_target,
    scratch_node,
):  # fmt: skip
    """Mark the genes and nodes of the less fit parents that enter the children (`excess = both`).

    `enters` has a row for every connection of every second parent, `node_enters` for every node, as
    divided by the `second_..._start`. A gene enters unless the other parent has it or, where `acyclic`, it
    closes a cycle with what the child has by then. Scratch is as long as both parents together.
    """
    for child in range(begin, end):
        if second[child] < 0:
            continue
        p, p_end = connection_start[first[child]], connection_start[first[child] + 1]
        q, q_end = connection_start[second[child]], connection_start[second[child] + 1]
        node_p, node_p_end = node_start[first[child]], node_start[first[child] + 1]
        node_q, node_q_end = node_start[second[child]], node_start[second[child] + 1]
        # The union of the nodes, and the genes of the fitter parent: what the child is checked against.
        nodes = 0
        row, other = node_p, node_q
        while row < node_p_end or other < node_q_end:
            if other >= node_q_end or (row < node_p_end and node[row] <= node[other]):
                if other < node_q_end and node[row] == node[other]:
                    other += 1
                scratch_node[nodes] = node[row]
                row += 1
            else:
                scratch_node[nodes] = node[other]
                other += 1
            nodes += 1
        genes = 0
        for row in range(p, p_end):
            scratch_source[genes] = source[row]
            scratch_target[genes] = target[row]
            genes += 1
        for row in range(q, q_end):
            if find(innovation, p, p_end, innovation[row]) >= 0:
                continue
            if acyclic and has_path(
                scratch_source, scratch_target, 0, genes, scratch_node, 0, nodes, given,
                target[row], source[row], reached,
            ):  # fmt: skip
                continue
            enters[second_connection_start[child] + row - q] = True
            scratch_source[genes] = source[row]
            scratch_target[genes] = target[row]
            genes += 1
            for node_id in (source[row], target[row]):
                if position(node, node_p, node_p_end, given, node_id) < 0:
                    place = position(node, node_q, node_q_end, given, node_id)
                    node_enters[second_node_start[child] + place] = True


@kernel
def start_children(
    genes, own_key, own_parents, first, second, key, second_connection_start, enters, second_node_start, node_enters,
    connection_start, node_start, parents,
):  # fmt: skip
    """Write where children begin: each is as long as its first parent, and longer by what enters from the second.

    `parents` gets the keys of both; a child that keeps its first parent's key keeps that genome's parents too.
    """
    connection_start[0] = node_start[0] = 0
    for child in range(first.size):
        one, other = first[child], second[child]
        connections = genes.connection_start[one + 1] - genes.connection_start[one]
        nodes = genes.node_start[one + 1] - genes.node_start[one]
        if enters.size > 0:
            for row in range(second_connection_start[child], second_connection_start[child + 1]):
                connections += enters[row]
            for row in range(second_node_start[child], second_node_start[child + 1]):
                nodes += node_enters[row]
        connection_start[child + 1] = connection_start[child] + connections
        node_start[child + 1] = node_start[child] + nodes
        kept = key[child] == own_key[one]
        parents[child, 0] = own_parents[one, 0] if kept else own_key[one]
        parents[child, 1] = own_parents[one, 1] if kept else (own_key[other] if other >= 0 else -1)


@part
def cross_connections(
    genes, one, other, draws, disable_rate, blend_rate, second_start, enters, made, out
):  # fmt: skip
    """Write the connections of a mated child from row `out` on; return the next draw."""
    p, p_end = genes.connection_start[one], genes.connection_start[one + 1]
    q, q_end = genes.connection_start[other], genes.connection_start[other + 1]
    entering = second_start - q
    draw = _FIRST_DRAW
    while p < p_end or (q < q_end and enters.size > 0):
        if q < q_end and (p >= p_end or genes.innovation[q] < genes.innovation[p]):
            if enters.size > 0 and enters[entering + q]:
                copy_connections(genes, q, q + 1, made, out)
                out += 1
            q += 1
            continue
        made.innovation[out], made.source[out], made.target[out] = genes.innovation[p], genes.source[p], genes.target[p]
        weight, enabled = genes.weight[p], genes.enabled[p]
        if q < q_end and genes.innovation[q] == genes.innovation[p]:
            if blend_rate > 0.0 and uniform(draws, draw + 1) < blend_rate:
                weight = 0.5 * weight + 0.5 * genes.weight[q]
            else:
                weight = genes.weight[q] if uniform(draws, draw) < 0.5 else weight
            if not (enabled and genes.enabled[q]):
                enabled = uniform(draws, draw + 2) >= disable_rate
            draw += _DRAWS
            q += 1
        made.weight[out], made.enabled[out] = weight, enabled
        out += 1
        p += 1
    return draw


@part
def cross_nodes(genes, one, other, draws, draw, second_start, enters, made, out):
    """Write the nodes of a mated child from row `out` on, drawing from `draw` on."""
    p, p_end = genes.node_start[one], genes.node_start[one + 1]
    q, q_end = genes.node_start[other], genes.node_start[other + 1]
    entering = second_start - q
    while p < p_end or (q < q_end and enters.size > 0):
        if q < q_end and (p >= p_end or genes.node[q] < genes.node[p]):
            if enters.size > 0 and enters[entering + q]:
                copy_nodes(genes, q, q + 1, made, out)
                out += 1
            q += 1
            continue
        chosen = p
        if q < q_end and genes.node[q] == genes.node[p]:
            chosen = q if uniform(draws, draw) < 0.5 else p
            draw += 1
            q += 1
        copy_nodes(genes, chosen, chosen + 1, made, out)
        out += 1
        p += 1


@kernel
def cross(
    begin, end, first, second, key, address, disable_rate, blend_rate, genes,
    second_connection_start, enters, second_node_start, node_enters, made,
):  # fmt: skip
    """Write the children of parents first[c] and second[c] (-1: a copy of the first).

    `enters` and `node_enters` mark what enters from second parents (see `mark_entering`); without rows, nothing does.
    """
    for child in range(begin, end):
        one, other = first[child], second[child]
        out, node_out = made.connection_start[child], made.node_start[child]
        if other < 0:
            copy_connections(genes, genes.connection_start[one], genes.connection_start[one + 1], made, out)
            copy_nodes(genes, genes.node_start[one], genes.node_start[one + 1], made, node_out)
            continue
        starts = (np.int64(0), np.int64(0))
        if enters.size > 0:
            starts = (second_connection_start[child], second_node_start[child])
        draws = stream(address, key[child])
        draw = cross_connections(genes, one, other, draws, disable_rate, blend_rate, starts[0], enters, made, out)
        cross_nodes(genes, one, other, draws, draw, starts[1], node_enters, made, node_out)
