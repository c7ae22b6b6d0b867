"""Kernels of crossover: genes in line by innovation number, one child after the other."""

from __future__ import annotations

from neat.genetics.kernels import find, has_path, position
from neat.ground.compiled import kernel
from neat.ground.random_kernels import stream, uniform

# Draws of a gene: which parent, averaged or not, disabled or not. Nodes draw after all connections.
_DRAWS = 3


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
def cross(
    begin, end, first, second, address, key, disable_rate, blend_rate, given, both,
    connection_start, innovation, source, target, weight, enabled,
    node_start, node, bias, response, activation, aggregation,
    second_connection_start, enters, second_node_start, node_enters,
    child_connection_start, child_innovation, child_source, child_target, child_weight, child_enabled,
    child_node_start, child_node, child_bias, child_response, child_activation, child_aggregation,
):  # fmt: skip
    """Write the children of parents first[c] and second[c] (-1: a copy of the first)."""
    for child in range(begin, end):
        mated = second[child] >= 0
        p, p_end = connection_start[first[child]], connection_start[first[child] + 1]
        out = child_connection_start[child]
        q = q_begin = q_end = 0
        draws = stream(address, key[child])
        draw = 0
        if mated:
            q, q_end = connection_start[second[child]], connection_start[second[child] + 1]
            q_begin = q
        while p < p_end or (both and q < q_end):
            if mated and q < q_end and (p >= p_end or innovation[q] < innovation[p]):
                if both and enters[second_connection_start[child] + q - q_begin]:
                    child_innovation[out] = innovation[q]
                    child_source[out] = source[q]
                    child_target[out] = target[q]
                    child_weight[out] = weight[q]
                    child_enabled[out] = enabled[q]
                    out += 1
                q += 1
                continue
            chosen_weight, chosen_enabled = weight[p], enabled[p]
            if mated and q < q_end and innovation[q] == innovation[p]:
                if blend_rate > 0.0 and uniform(draws, draw + 1) < blend_rate:
                    chosen_weight = 0.5 * weight[p] + 0.5 * weight[q]
                elif uniform(draws, draw) < 0.5:
                    chosen_weight = weight[q]
                if not (enabled[p] and enabled[q]):
                    chosen_enabled = uniform(draws, draw + 2) >= disable_rate
                draw += _DRAWS
                q += 1
            child_innovation[out] = innovation[p]
            child_source[out] = source[p]
            child_target[out] = target[p]
            child_weight[out] = chosen_weight
            child_enabled[out] = chosen_enabled
            out += 1
            p += 1
        p, p_end = node_start[first[child]], node_start[first[child] + 1]
        out = child_node_start[child]
        if mated:
            q, q_end = node_start[second[child]], node_start[second[child] + 1]
            q_begin = q
        while p < p_end or (both and q < q_end):
            if mated and q < q_end and (p >= p_end or node[q] < node[p]):
                if both and node_enters[second_node_start[child] + q - q_begin]:
                    child_node[out] = node[q]
                    child_bias[out] = bias[q]
                    child_response[out] = response[q]
                    child_activation[out] = activation[q]
                    child_aggregation[out] = aggregation[q]
                    out += 1
                q += 1
                continue
            chosen = p
            if mated and q < q_end and node[q] == node[p]:
                if uniform(draws, draw) < 0.5:
                    chosen = q
                draw += 1
                q += 1
            child_node[out] = node[p]
            child_bias[out] = bias[chosen]
            child_response[out] = response[chosen]
            child_activation[out] = activation[chosen]
            child_aggregation[out] = aggregation[chosen]
            out += 1
            p += 1
