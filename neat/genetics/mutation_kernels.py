"""Kernels of mutation: what is proposed per genome, the change of values, and the merge of new genes."""

from __future__ import annotations

import numpy as np

from neat.genetics.kernels import has_path, position
from neat.ground.compiled import kernel, part
from neat.ground.random_kernels import below, normal, stream, uniform

# Structural kinds: bits of the `kinds` column, and places in the table of rates.
ADD_NODE, ADD_CONNECTION, TOGGLE, DELETE_CONNECTION, DELETE_NODE = 0, 1, 2, 3, 4
KINDS = 5
# Places in a genome's streams of draws. Numba compiles a callee anew for every plain int that it is given
# literally, and once for all numpy integers.
_FIRES, _DROPS, _DELETED_NODE, _DELETED_CONNECTION, _TOGGLED, _SPLIT, _NEW_WEIGHT, _TRIES = np.array(
    [0, 5, 10, 11, 12, 13, 14, 15]
)
_CHANGES, _FIRST_WEIGHT = np.array([0, 1])
_CHANGES_BIAS, _CHANGES_RESPONSE, _CHANGES_ACTIVATION, _OF_NODE, _TO_ACTIVATION = np.array([0, 1, 2, 3, 4])
_CHANGES_AGGREGATION, _OF_OTHER_NODE, _TO_AGGREGATION, _FIRST_NODE = np.array([5, 6, 7, 8])
NEW_CONNECTION_TRIES = 20  # pairs tried for a new connection, as in the paper's released code
# Kinds of perturbation.
UNIFORM, GAUSSIAN, SCALE = 0, 1, 2
# Columns of the table of value mutations: rows are weight, bias, response.
_RATE, _POWER, _RANGE, _LIMIT, _CENTRE = 0, 1, 2, 3, 4


@kernel
def choose_kinds(begin, end, key, mutable, address, rates, most, kinds):
    """Draw which structural mutations each genome undergoes, at most `most` of them: a bit per kind."""
    for genome in range(begin, end):
        kinds[genome] = 0
        if not mutable[genome]:
            continue
        draws = stream(address, key[genome])
        count = 0
        bits = 0
        for kind in range(KINDS):
            if rates[kind] > 0.0 and uniform(draws, _FIRES + kind) < rates[kind]:
                bits |= 1 << kind
                count += 1
        while count > most:
            dropped = below(draws, _DROPS + count - 1, count)
            for kind in range(KINDS):
                if bits >> kind & 1:
                    if dropped == 0:
                        bits &= ~(1 << kind)
                    dropped -= 1
            count -= 1
        kinds[genome] = bits


@kernel
def mark_deletions(
    begin,
    end,
    key,
    kinds,
    address,
    given,
    connection_start,
    source,
    target,
    node_start,
    node,
    kept,
    node_kept,
):
    """Mark what stays when genomes delete a hidden node with its connections, or a connection.

    A hidden node that no connection is left to touch goes too.
    """
    for genome in range(begin, end):
        first, last = connection_start[genome], connection_start[genome + 1]
        node_first, node_last = node_start[genome], node_start[genome + 1]
        for row in range(first, last):
            kept[row] = True
        for row in range(node_first, node_last):
            node_kept[row] = True
        if not kinds[genome] & (1 << DELETE_CONNECTION | 1 << DELETE_NODE):
            continue
        draws = stream(address, key[genome])
        left = last - first
        hidden = node_last - node_first - given
        if kinds[genome] & 1 << DELETE_NODE and hidden > 0:
            gone = node[node_first + given + below(draws, _DELETED_NODE, hidden)]
            for row in range(first, last):
                if source[row] == gone or target[row] == gone:
                    kept[row] = False
                    left -= 1
        if kinds[genome] & 1 << DELETE_CONNECTION and left > 0:
            nth = below(draws, _DELETED_CONNECTION, left)
            for row in range(first, last):
                if kept[row]:
                    if nth == 0:
                        kept[row] = False
                    nth -= 1
        mark_touched(genome, given, connection_start, source, target, kept, node_start, node, node_kept)


@kernel
def mark_touched(genome, given, connection_start, source, target, kept, node_start, node, node_kept):
    """Mark the nodes of a genome that inputs, outputs and its kept connections need."""
    first, last = node_start[genome], node_start[genome + 1]
    for row in range(first, last):
        node_kept[row] = row - first < given
    for row in range(connection_start[genome], connection_start[genome + 1]):
        if kept[row]:
            node_kept[first + position(node, first, last, given, source[row])] = True
            node_kept[first + position(node, first, last, given, target[row])] = True


@kernel
def propose(
    begin, end, key, kinds, address, sources, given, bias, acyclic,
    connection_start, source, target, enabled, node_start, node, most_nodes,
    toggled, split, new_source, new_target,
):  # fmt: skip
    """Write each genome's proposals: the row to toggle, the row to split, the ends of a new connection.

    -1 stands for none. `bias` is the id of the bias node (its connections are never split), or -1.
    """
    reached = np.empty(most_nodes, np.bool_)
    for genome in range(begin, end):
        toggled[genome] = split[genome] = new_source[genome] = new_target[genome] = -1
        if not kinds[genome]:
            continue
        draws = stream(address, key[genome])
        first, last = connection_start[genome], connection_start[genome + 1]
        node_first, node_last = node_start[genome], node_start[genome + 1]
        if kinds[genome] & 1 << TOGGLE and last > first:
            toggled[genome] = first + below(draws, _TOGGLED, last - first)
        if kinds[genome] & 1 << ADD_NODE:
            eligible = 0
            for row in range(first, last):
                eligible += (enabled[row] != (row == toggled[genome])) and source[row] != bias
            if eligible:
                nth = below(draws, _SPLIT, eligible)
                for row in range(first, last):
                    if (enabled[row] != (row == toggled[genome])) and source[row] != bias:
                        if nth == 0:
                            split[genome] = row
                        nth -= 1
        if kinds[genome] & 1 << ADD_CONNECTION:
            nodes = node_last - node_first
            for attempt in range(NEW_CONNECTION_TRIES):
                start = node[node_first + below(draws, _TRIES + 2 * attempt, nodes)]
                goal = node[node_first + sources + below(draws, _TRIES + 2 * attempt + 1, nodes - sources)]
                known = False
                for row in range(first, last):
                    if source[row] == start and target[row] == goal:
                        known = True
                        break
                if known:
                    continue
                if acyclic and has_path(
                    source, target, first, last, node, node_first, node_last, given, goal, start, reached
                ):
                    continue
                new_source[genome] = start
                new_target[genome] = goal
                break


@part
def change(value, draws, draw, perturb, replace, kind, table):
    """Return a value perturbed, replaced or left alone, within its limit; `table` is its row of powers."""
    choice = uniform(draws, draw)
    if choice < perturb:
        if kind == GAUSSIAN:
            value += normal(draws, draw + 1) * table[_POWER]
        elif kind == SCALE:
            value *= 2.0 * uniform(draws, draw + 1)
        else:
            value += (2.0 * uniform(draws, draw + 1) - 1.0) * table[_POWER]
    elif choice < perturb + replace:
        value = table[_CENTRE] + (2.0 * uniform(draws, draw + 1) - 1.0) * table[_RANGE]
    limit = table[_LIMIT]
    return -limit if value < -limit else (limit if value > limit else value)


@kernel
def mutate_weights(
    begin, end, key, mutable, address, perturb, replace, kind, table, connection_start, weight
):
    """Change the weights of the mutable genomes in place; `table` is rate, power, range, limit, centre."""
    for genome in range(begin, end):
        if not mutable[genome]:
            continue
        draws = stream(address, key[genome])
        if uniform(draws, _CHANGES) >= table[_RATE]:
            continue
        first = connection_start[genome]
        for row in range(first, connection_start[genome + 1]):
            weight[row] = change(
                weight[row], draws, _FIRST_WEIGHT + 2 * (row - first), perturb, replace, kind, table
            )


@kernel
def mutate_nodes(
    begin, end, key, mutable, address, perturb, replace, kind, bias_table, response_table,
    activation_rate, activations, aggregation_rate, aggregations, sources, given,
    node_start, bias, response, activation, aggregation,
):  # fmt: skip
    """Change the attributes of the mutable genomes' nodes in place.

    Biases and responses of outputs and hidden nodes change like weights; with `activation_rate` (and
    `aggregation_rate`) one hidden node gets one of the functions allowed.
    """
    for genome in range(begin, end):
        if not mutable[genome]:
            continue
        draws = stream(address, key[genome])
        first, last = node_start[genome], node_start[genome + 1]
        changes_bias = uniform(draws, _CHANGES_BIAS) < bias_table[_RATE]
        changes_response = uniform(draws, _CHANGES_RESPONSE) < response_table[_RATE]
        if changes_bias or changes_response:
            for row in range(first + sources, last):
                draw = _FIRST_NODE + 4 * (row - first)
                if changes_bias:
                    bias[row] = change(bias[row], draws, draw, perturb, replace, kind, bias_table)
                if changes_response:
                    response[row] = change(
                        response[row], draws, draw + 2, perturb, replace, kind, response_table
                    )
        hidden = last - first - given
        if hidden > 0:
            if uniform(draws, _CHANGES_ACTIVATION) < activation_rate:
                row = first + given + below(draws, _OF_NODE, hidden)
                activation[row] = activations[below(draws, _TO_ACTIVATION, activations.size)]
            if uniform(draws, _CHANGES_AGGREGATION) < aggregation_rate:
                row = first + given + below(draws, _OF_OTHER_NODE, hidden)
                aggregation[row] = aggregations[below(draws, _TO_AGGREGATION, aggregations.size)]


@kernel
def insert(
    begin, end, key, address, weight_range, new_activation, new_aggregation,
    toggled, split, new_source, new_target, new_innovation, split_node, split_in, split_out,
    connection_start, innovation, source, target, weight, enabled,
    node_start, node, bias, response, activation, aggregation,
    grown_connection_start, grown_innovation, grown_source, grown_target, grown_weight, grown_enabled,
    grown_node_start, grown_node, grown_bias, grown_response, grown_activation, grown_aggregation,
):  # fmt: skip
    """Merge up to three new genes and a new node into each genome, in the order of their numbers."""
    numbers = np.empty(3, np.int64)
    ends = np.empty((3, 2), np.int32)
    weights = np.empty(3, np.float64)
    for genome in range(begin, end):
        fresh = 0
        if new_source[genome] >= 0:
            value = (2.0 * uniform(stream(address, key[genome]), _NEW_WEIGHT) - 1.0) * weight_range
            numbers[0] = new_innovation[genome]
            ends[0, 0] = new_source[genome]
            ends[0, 1] = new_target[genome]
            weights[0] = value
            fresh = 1
        if split[genome] >= 0:
            for half in range(2):
                number = split_in[genome] if half == 0 else split_out[genome]
                place = fresh
                while place > 0 and numbers[place - 1] > number:
                    numbers[place] = numbers[place - 1]
                    ends[place, 0] = ends[place - 1, 0]
                    ends[place, 1] = ends[place - 1, 1]
                    weights[place] = weights[place - 1]
                    place -= 1
                numbers[place] = number
                ends[place, 0] = source[split[genome]] if half == 0 else split_node[genome]
                ends[place, 1] = split_node[genome] if half == 0 else target[split[genome]]
                weights[place] = 1.0 if half == 0 else weight[split[genome]]
                fresh += 1
        row, last = connection_start[genome], connection_start[genome + 1]
        added = 0
        for out in range(grown_connection_start[genome], grown_connection_start[genome + 1]):
            if added < fresh and (row >= last or numbers[added] < innovation[row]):
                grown_innovation[out] = numbers[added]
                grown_source[out] = ends[added, 0]
                grown_target[out] = ends[added, 1]
                grown_weight[out] = weights[added]
                grown_enabled[out] = True
                added += 1
            else:
                grown_innovation[out] = innovation[row]
                grown_source[out] = source[row]
                grown_target[out] = target[row]
                grown_weight[out] = weight[row]
                grown_enabled[out] = (enabled[row] != (row == toggled[genome])) and row != split[genome]
                row += 1
        row, last = node_start[genome], node_start[genome + 1]
        pending = split[genome] >= 0
        for out in range(grown_node_start[genome], grown_node_start[genome + 1]):
            if pending and (row >= last or split_node[genome] < node[row]):
                grown_node[out] = split_node[genome]
                grown_bias[out] = 0.0
                grown_response[out] = 1.0
                grown_activation[out] = new_activation
                grown_aggregation[out] = new_aggregation
                pending = False
            else:
                grown_node[out] = node[row]
                grown_bias[out] = bias[row]
                grown_response[out] = response[row]
                grown_activation[out] = activation[row]
                grown_aggregation[out] = aggregation[row]
                row += 1
