"""Kernels of crossover: genes are aligned by innovation number, one child after the other."""

from __future__ import annotations

import numpy as np

from neat.core.kernels import as_index, kernel, part
from neat.core.random_kernels import stream, uniform
from neat.genetics.genome_kernels import copy_connections, copy_nodes, find, has_path, position

# A connection has three draws: which parent, averaged or not, disabled or not. Those of nodes follow.
_DRAWS, _FIRST_DRAW = np.array([3, 0])
_FIRST = np.int64(0)  # a row; for a plain 0, numba would compile callees once more

#: For `cross`: children get no additional genes from their second parents.
NO_ADDITIONS = np.zeros(1, np.int64), np.zeros(0, np.bool_), np.zeros(1, np.int64), np.zeros(0, np.bool_)


@part
def unite_nodes(genes, one, other, united):
    """Write the ids of the nodes of two genomes in ascending order, each once; return how many there are."""
    p, p_end = genes.node_start[one], genes.node_start[one + 1]
    q, q_end = genes.node_start[other], genes.node_start[other + 1]
    count = 0
    while p < p_end or q < q_end:
        in_one = p < p_end and (q >= q_end or genes.node[p] <= genes.node[q])
        in_other = q < q_end and (p >= p_end or genes.node[q] <= genes.node[p])
        united[count] = genes.node[p] if in_one else genes.node[q]
        p += in_one
        q += in_other
        count += 1
    return count


@kernel
def mark_additions(
    begin, end, first, second, acyclic, given, genes, added_start, added, added_node_start, node_added,
    additions,
):  # fmt: skip
    """Mark the genes and nodes that children get from their less fit parents alone (`excess = both`).

    `added` has a row for every connection of every second parent, `node_added` for every node; `added_start` and
    `added_node_start` say where those of each child start. `additions` (children, 2) gets the numbers of both. A gene
    is added unless the other parent has it or, with `acyclic`, it would close a cycle in the child so far.
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
            added[added_start[child] + row - q] = True
            additions[child, 0] += 1
            heads[count], tails[count] = head, tail
            count += 1
            for node in (genes.source[row], genes.target[row]):
                if position(genes.node, genes.node_start[one], genes.node_start[one + 1], given, node) < 0:
                    place = position(genes.node, genes.node_start[other], genes.node_start[other + 1], given, node)
                    additions[child, 1] += not node_added[added_node_start[child] + place]
                    node_added[added_node_start[child] + place] = True


@kernel
def start_children(
    own_connection_start, own_node_start, own_key, own_parents, first, second, key, additions,
    connection_start, node_start, parents,
):  # fmt: skip
    """Write where children start: each has the genes of its first parent, and its `additions` from the second.

    `parents` gets the keys of both parents; a child with the key of its first parent is that genome, and keeps its
    parents.
    """
    connection_start[0] = node_start[0] = 0
    for child in range(first.size):
        one, other = first[child], second[child]
        connections = own_connection_start[one + 1] - own_connection_start[one]
        nodes = own_node_start[one + 1] - own_node_start[one]
        if additions.size > 0:
            connections += additions[child, 0]
            nodes += additions[child, 1]
        connection_start[child + 1] = connection_start[child] + connections
        node_start[child + 1] = node_start[child] + nodes
        kept = key[child] == own_key[one]
        parents[child, 0] = own_parents[one, 0] if kept else own_key[one]
        parents[child, 1] = own_parents[one, 1] if kept else (own_key[other] if other >= 0 else -1)


@part
def merge_connections(genes, one, other, marks, added, made, out):
    """Write the connections of genome `one` and the marked ones of genome `other`, whose marks start at `marks`."""
    p, p_end = genes.connection_start[one], genes.connection_start[one + 1]
    q, q_end = genes.connection_start[other], genes.connection_start[other + 1]
    while p < p_end or q < q_end:
        own = p < p_end and (q >= q_end or genes.innovation[p] <= genes.innovation[q])
        row = p if own else q
        if own or added[marks]:
            made.innovation[out], made.weight[out] = genes.innovation[row], genes.weight[row]
            made.source[out], made.target[out] = genes.source[row], genes.target[row]
            made.enabled[out] = genes.enabled[row]
            out += 1
        p += own
        q += not own
        marks += not own


@part
def merge_nodes(genes, one, other, marks, added, made, out):
    """Write the nodes of genome `one` and the marked ones of genome `other`."""
    p, p_end = genes.node_start[one], genes.node_start[one + 1]
    q, q_end = genes.node_start[other], genes.node_start[other + 1]
    while p < p_end or q < q_end:
        own = p < p_end and (q >= q_end or genes.node[p] <= genes.node[q])
        row = p if own else q
        if own or added[marks]:
            made.node[out], made.bias[out], made.response[out] = genes.node[row], genes.bias[row], genes.response[row]
            made.activation[out], made.aggregation[out] = genes.activation[row], genes.aggregation[row]
            out += 1
        p += own
        q += not own
        marks += not own


@part
def cross_connections(genes, other, draws, disable_rate, blend_rate, marks, added, made, out, end):
    """Combine the connections of a child, copied from its first parent, with its second; return the next draw.

    Genes that were added from the second parent, whose marks start at `marks`, have no match.
    """
    q, q_end = genes.connection_start[other], genes.connection_start[other + 1]
    marks -= q
    draw = _FIRST_DRAW
    while out < end and q < q_end:
        left, right = made.innovation[as_index(out)], genes.innovation[as_index(q)]
        if left == right and not (added.size > 0 and added[marks + q]):
            weight, other_weight = made.weight[as_index(out)], genes.weight[as_index(q)]
            if blend_rate > 0.0 and uniform(draws, draw + 1) < blend_rate:
                made.weight[as_index(out)] = 0.5 * weight + 0.5 * other_weight
            else:
                made.weight[as_index(out)] = other_weight if uniform(draws, draw) < 0.5 else weight
            if not (made.enabled[as_index(out)] and genes.enabled[as_index(q)]):
                made.enabled[as_index(out)] = uniform(draws, draw + 2) >= disable_rate
            draw += _DRAWS
        out += left <= right
        q += right <= left
    return draw


@part
def cross_nodes(genes, other, draws, draw, marks, added, made, out, end):
    """Combine the nodes of a child, copied from its first parent, with its second; the draws start at `draw`."""
    q, q_end = genes.node_start[other], genes.node_start[other + 1]
    marks -= q
    while out < end and q < q_end:
        left, right = made.node[as_index(out)], genes.node[as_index(q)]
        if left == right and not (added.size > 0 and added[marks + q]):
            second = uniform(draws, draw) < 0.5  # selects values: half of all branches would be mispredicted
            made.bias[as_index(out)] = genes.bias[as_index(q)] if second else made.bias[as_index(out)]
            made.response[as_index(out)] = genes.response[as_index(q)] if second else made.response[as_index(out)]
            made.activation[as_index(out)] = genes.activation[as_index(q)] if second else made.activation[as_index(out)]
            made.aggregation[as_index(out)] = (
                genes.aggregation[as_index(q)] if second else made.aggregation[as_index(out)]
            )
            draw += 1
        out += left <= right
        q += right <= left


@kernel
def cross(
    begin, end, first, second, key, address, disable_rate, blend_rate, genes,
    added_start, added, added_node_start, node_added, made,
):  # fmt: skip
    """Write the children of parents first[c] and second[c] (-1: a copy of the first).

    `added` and `node_added` mark what second parents add (see `mark_additions`); without rows, they add nothing.
    """
    marks, node_marks = np.int64(0), np.int64(0)
    for child in range(begin, end):
        one, other = first[child], second[child]
        out, node_out = made.connection_start[child], made.node_start[child]
        if other >= 0 and added.size > 0:
            marks, node_marks = added_start[child], added_node_start[child]
            merge_connections(genes, one, other, marks, added, made, out)
            merge_nodes(genes, one, other, node_marks, node_added, made, node_out)
        else:
            copy_connections(genes, genes.connection_start[one], genes.connection_start[one + 1], made, out)
            copy_nodes(genes, genes.node_start[one], genes.node_start[one + 1], made, node_out)
        if other >= 0:
            row, node_row = made.connection_start[child + 1], made.node_start[child + 1]
            draws = stream(address, key[child])
            draw = cross_connections(genes, other, draws, disable_rate, blend_rate, marks, added, made, out, row)
            cross_nodes(genes, other, draws, draw, node_marks, node_added, made, node_out, node_row)
