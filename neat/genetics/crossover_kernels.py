"""Kernels of crossover: genes in line by innovation number, one child after the other."""

from __future__ import annotations

import numpy as np

from neat.core.kernels import as_index, kernel, part
from neat.core.random_kernels import stream, uniform
from neat.genetics.genome_kernels import copy_connections, copy_nodes, find, has_path, position

# Draws of a gene: which parent, averaged or not, disabled or not. Nodes draw after all connections.
_DRAWS, _FIRST_DRAW = np.array([3, 0])
_FIRST = np.int64(0)  # a row; of a plain 0, numba would compile callees once more

#: For `cross`: nothing enters from second parents.
NOTHING_ENTERS = np.zeros(1, np.int64), np.zeros(0, np.bool_), np.zeros(1, np.int64), np.zeros(0, np.bool_)


@part
def unite_nodes(genes, one, other, united):
    """Write the ids of the nodes that either of two genomes has, ascending; return how many there are."""
    p, p_end = genes.node_start[one], genes.node_start[one + 1]
    q, q_end = genes.node_start[other], genes.node_start[other + 1]
    count = 0
    while p < p_end or q < q_end:
        mine = p < p_end and (q >= q_end or genes.node[p] <= genes.node[q])
        theirs = q < q_end and (p >= p_end or genes.node[q] <= genes.node[p])
        united[count] = genes.node[p] if mine else genes.node[q]
        p += mine
        q += theirs
        count += 1
    return count


@kernel
def mark_entering(
    begin, end, first, second, acyclic, given, genes, second_connection_start, enters, second_node_start, node_enters,
    entered,
):  # fmt: skip
    """Mark the genes and nodes of the less fit parents that enter the children (`excess = both`).

    `enters` has a row for every connection of every second parent, `node_enters` for every node, as
    divided by the `second_..._start`; `entered` (children, 2) counts both. A gene enters unless the other
    parent has it or, where `acyclic`, it closes a cycle with what the child has by then.
    """
    most, most_nodes = 0, 0
    for g in range(genes.node_start.size - 1):
        most = max(most, genes.connection_start[g + 1] - genes.connection_start[g])
        most_nodes = max(most_nodes, genes.node_start[g + 1] - genes.node_start[g])
    heads, tails = np.empty(2 * most, np.int64), np.empty(2 * most, np.int64)
    united, reached = np.empty(2 * most_nodes, np.int32), np.empty(2 * most_nodes, np.bool_)
    for child in range(begin, end):
        one, other = first[child], second[child]
        if other < 0:
            continue
        p, p_end = genes.connection_start[one], genes.connection_start[one + 1]
        q, q_end = genes.connection_start[other], genes.connection_start[other + 1]
        nodes, count = unite_nodes(genes, one, other, united), 0
        for row in range(p, p_end):
            heads[count] = position(united, _FIRST, nodes, given, genes.source[row])
            tails[count] = position(united, _FIRST, nodes, given, genes.target[row])
            count += 1
        for row in range(q, q_end):
            head = position(united, _FIRST, nodes, given, genes.source[row])
            tail = position(united, _FIRST, nodes, given, genes.target[row])
            known = find(genes.innovation, p, p_end, genes.innovation[row]) >= 0
            if known or (acyclic and has_path(heads, tails, count, nodes, tail, head, reached)):
                continue
            enters[second_connection_start[child] + row - q] = True
            entered[child, 0] += 1
            heads[count], tails[count] = head, tail
            count += 1
            for node in (genes.source[row], genes.target[row]):
                if position(genes.node, genes.node_start[one], genes.node_start[one + 1], given, node) < 0:
                    place = position(genes.node, genes.node_start[other], genes.node_start[other + 1], given, node)
                    entered[child, 1] += not node_enters[second_node_start[child] + place]
                    node_enters[second_node_start[child] + place] = True


@kernel
def start_children(
    own_connection_start, own_node_start, own_key, own_parents, first, second, key, entered,
    connection_start, node_start, parents,
):  # fmt: skip
    """Write where children begin: each is as long as its first parent, and longer by what `entered` from the second.

    `parents` gets the keys of both; a child that keeps its first parent's key keeps that genome's parents too.
    """
    connection_start[0] = node_start[0] = 0
    for child in range(first.size):
        one, other = first[child], second[child]
        connections = own_connection_start[one + 1] - own_connection_start[one]
        nodes = own_node_start[one + 1] - own_node_start[one]
        if entered.size > 0:
            connections += entered[child, 0]
            nodes += entered[child, 1]
        connection_start[child + 1] = connection_start[child] + connections
        node_start[child + 1] = node_start[child] + nodes
        kept = key[child] == own_key[one]
        parents[child, 0] = own_parents[one, 0] if kept else own_key[one]
        parents[child, 1] = own_parents[one, 1] if kept else (own_key[other] if other >= 0 else -1)


@part
def merge_connections(genes, one, other, marks, enters, made, out):
    """Write the connections of genome `one` and the marked ones of genome `other`, whose marks begin at `marks`."""
    p, p_end = genes.connection_start[one], genes.connection_start[one + 1]
    q, q_end = genes.connection_start[other], genes.connection_start[other + 1]
    while p < p_end or q < q_end:
        own = p < p_end and (q >= q_end or genes.innovation[p] <= genes.innovation[q])
        row = p if own else q
        if own or enters[marks]:
            made.innovation[out], made.weight[out] = genes.innovation[row], genes.weight[row]
            made.source[out], made.target[out] = genes.source[row], genes.target[row]
            made.enabled[out] = genes.enabled[row]
            out += 1
        p += own
        q += not own
        marks += not own


@part
def merge_nodes(genes, one, other, marks, enters, made, out):
    """Write the nodes of genome `one` and the marked ones of genome `other`."""
    p, p_end = genes.node_start[one], genes.node_start[one + 1]
    q, q_end = genes.node_start[other], genes.node_start[other + 1]
    while p < p_end or q < q_end:
        own = p < p_end and (q >= q_end or genes.node[p] <= genes.node[q])
        row = p if own else q
        if own or enters[marks]:
            made.node[out], made.bias[out], made.response[out] = genes.node[row], genes.bias[row], genes.response[row]
            made.activation[out], made.aggregation[out] = genes.activation[row], genes.aggregation[row]
            out += 1
        p += own
        q += not own
        marks += not own


@part
def cross_connections(genes, other, draws, disable_rate, blend_rate, marks, enters, made, out, end):
    """Let the connections of a mated child, copies of its first parent's, take from the second; return the next draw.

    What entered from the second parent, whose marks begin at `marks`, is nobody's match.
    """
    q, q_end = genes.connection_start[other], genes.connection_start[other + 1]
    marks -= q
    draw = _FIRST_DRAW
    while out < end and q < q_end:
        left, right = made.innovation[as_index(out)], genes.innovation[as_index(q)]
        if left == right and not (enters.size > 0 and enters[marks + q]):
            mine, theirs = made.weight[as_index(out)], genes.weight[as_index(q)]
            if blend_rate > 0.0 and uniform(draws, draw + 1) < blend_rate:
                made.weight[as_index(out)] = 0.5 * mine + 0.5 * theirs
            else:
                made.weight[as_index(out)] = theirs if uniform(draws, draw) < 0.5 else mine
            if not (made.enabled[as_index(out)] and genes.enabled[as_index(q)]):
                made.enabled[as_index(out)] = uniform(draws, draw + 2) >= disable_rate
            draw += _DRAWS
        out += left <= right
        q += right <= left
    return draw


@part
def cross_nodes(genes, other, draws, draw, marks, enters, made, out, end):
    """Let the nodes of a mated child take from its second parent, drawing from `draw` on."""
    q, q_end = genes.node_start[other], genes.node_start[other + 1]
    marks -= q
    while out < end and q < q_end:
        left, right = made.node[as_index(out)], genes.node[as_index(q)]
        if left == right and not (enters.size > 0 and enters[marks + q]):
            theirs = uniform(draws, draw) < 0.5  # a choice of values: as a branch it would be missed every other time
            made.bias[as_index(out)] = genes.bias[as_index(q)] if theirs else made.bias[as_index(out)]
            made.response[as_index(out)] = genes.response[as_index(q)] if theirs else made.response[as_index(out)]
            made.activation[as_index(out)] = genes.activation[as_index(q)] if theirs else made.activation[as_index(out)]
            made.aggregation[as_index(out)] = (
                genes.aggregation[as_index(q)] if theirs else made.aggregation[as_index(out)]
            )
            draw += 1
        out += left <= right
        q += right <= left


@kernel
def cross(
    begin, end, first, second, key, address, disable_rate, blend_rate, genes,
    second_connection_start, enters, second_node_start, node_enters, made,
):  # fmt: skip
    """Write the children of parents first[c] and second[c] (-1: a copy of the first).

    `enters` and `node_enters` mark what enters from second parents (see `mark_entering`); without rows, nothing does.
    """
    marks, node_marks = np.int64(0), np.int64(0)
    for child in range(begin, end):
        one, other = first[child], second[child]
        out, node_out = made.connection_start[child], made.node_start[child]
        if other >= 0 and enters.size > 0:
            marks, node_marks = second_connection_start[child], second_node_start[child]
            merge_connections(genes, one, other, marks, enters, made, out)
            merge_nodes(genes, one, other, node_marks, node_enters, made, node_out)
        else:
            copy_connections(genes, genes.connection_start[one], genes.connection_start[one + 1], made, out)
            copy_nodes(genes, genes.node_start[one], genes.node_start[one + 1], made, node_out)
        if other >= 0:
            row, node_row = made.connection_start[child + 1], made.node_start[child + 1]
            draws = stream(address, key[child])
            draw = cross_connections(genes, other, draws, disable_rate, blend_rate, marks, enters, made, out, row)
            cross_nodes(genes, other, draws, draw, node_marks, node_enters, made, node_out, node_row)
