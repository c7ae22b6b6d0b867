"""Kernels of mutation: structural proposals, changes of values, and merging of new genes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.arithmetic_kernels import CENTRAL, central_quantile, exp, log
from neat.core.kernels import as_index, kernel, part
from neat.core.random_kernels import below, inside, normal_of, stream, uniform
from neat.genetics.genome_kernels import copy_connections, copy_nodes, find, find_ends, has_path, position

# Kinds of structural mutation: bits of the `kinds` column, and indices into the table of rates.
ADD_NODE, ADD_CONNECTION, TOGGLE, DELETE_CONNECTION, DELETE_NODE = 0, 1, 2, 3, 4
KINDS = 5
# Draw indices of a genome. Numpy integers, since numba compiles a callee again for every literal int.
_FIRES, _DROPS, _DELETED_NODE, _DELETED_CONNECTION, _TOGGLED, _SPLIT, _NEW_WEIGHT, _TRIES = np.array(
    [0, 5, 10, 11, 12, 13, 14, 15]
)
_NONE_YET, _BOTH_HALVES = np.array([0, 2])
NEW_CONNECTION_TRIES = 20  # pairs tried for a new connection, as in the code released with the paper
# Kinds of perturbation.
UNIFORM, GAUSSIAN, SCALE, MIXED = 0, 1, 2, 3
# Of MIXED: up to this many values, a child always mutates as with GAUSSIAN.
_SMALL = 16
# Of its gentle children: the range of steps, the shares of values, and how much fewer values are replaced.
_SMALLEST_STEP, _LARGEST_STEP = 0.005, 0.5  # times the power
_FEW, _SOME = 1.5, 0.3  # values on average, and a share; the third choice is all of them
_FEWER_REPLACED = 0.2
_MIXED_DRAWS, _MIXED_STRIDE = 2**40, 3  # draws that no value has
# Indices into the array of a `neat.genetics.node_attributes.NumberMutation`.
_RATE, _POWER, _RANGE, _LIMIT, _CENTRE = 0, 1, 2, 3, 4


@kernel
def choose_kinds(begin, end, key, mutable, address, rates, most, kinds):
    """Draw the structural mutations of each genome, at most `most` of them: a bit for each kind."""
    for genome in range(begin, end):
        kinds[genome] = 0
        if not mutable[genome]:
            continue
        draws = stream(address, key[genome])
        count, bits = _NONE_YET, 0
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
def mark_deletions(begin, end, key, kinds, address, given, genes, kept, node_kept):
    """Mark the genes that remain after genomes lose a hidden node with its connections, or a connection.

    A hidden node without connections is lost too.
    """
    for genome in range(begin, end):
        first, last = genes.connection_start[genome], genes.connection_start[genome + 1]
        node_first, node_last = genes.node_start[genome], genes.node_start[genome + 1]
        kept[first:last] = True
        node_kept[node_first:node_last] = True
        if not kinds[genome] & (1 << DELETE_CONNECTION | 1 << DELETE_NODE):
            continue
        draws = stream(address, key[genome])
        left = last - first
        hidden = node_last - node_first - given
        if kinds[genome] & 1 << DELETE_NODE and hidden > 0:
            gone = genes.node[node_first + given + below(draws, _DELETED_NODE, hidden)]
            for row in range(first, last):
                if genes.source[row] == gone or genes.target[row] == gone:
                    kept[row] = False
                    left -= 1
        if kinds[genome] & 1 << DELETE_CONNECTION and left > 0:
            nth = below(draws, _DELETED_CONNECTION, left)
            for row in range(first, last):
                if kept[row]:
                    if nth == 0:
                        kept[row] = False
                    nth -= 1
        mark_touched(genome, given, genes, kept, node_kept)


@part
def mark_touched(genome, given, genes, kept, node_kept):
    """Mark the inputs, the bias node and the outputs of a genome, and the nodes that its kept connections touch."""
    first, last = genes.node_start[genome], genes.node_start[genome + 1]
    for row in range(first, last):
        node_kept[row] = row - first < given
    for row in range(genes.connection_start[genome], genes.connection_start[genome + 1]):
        if kept[row]:
            node_kept[first + position(genes.node, first, last, given, genes.source[row])] = True
            node_kept[first + position(genes.node, first, last, given, genes.target[row])] = True


class Proposals(NamedTuple):
    """The new structure of each genome, -1 where there is none.

    `toggled` and `split` are rows of the population's connections, `source` and `target` the ends of a new connection.
    """

    toggled: NDArray[np.int64]
    split: NDArray[np.int64]
    source: NDArray[np.int32]
    target: NDArray[np.int32]


@part
def choose_split(genes, first, last, toggled, bias, draws):
    """Return the row in [first, last) of an enabled connection that does not come from the bias node, or -1."""
    eligible = _NONE_YET
    for row in range(first, last):
        eligible += (genes.enabled[as_index(row)] != (row == toggled)) & (genes.source[as_index(row)] != bias)
    if eligible == 0:
        return np.int64(-1)
    nth = below(draws, _SPLIT, eligible)
    for row in range(first, last):
        if (genes.enabled[as_index(row)] != (row == toggled)) & (genes.source[as_index(row)] != bias):
            if nth == 0:
                return row
            nth -= 1
    return np.int64(-1)


@part
def choose_pair(heads, tails, count, nodes, sources, acyclic, draws, reached):
    """Return the positions of two nodes that none of `count` connections joins, or (-1, -1) if all tries fail."""
    for attempt in range(NEW_CONNECTION_TRIES):
        head = below(draws, _TRIES + 2 * attempt, nodes)
        tail = sources + below(draws, _TRIES + 2 * attempt + 1, nodes - sources)
        known = False
        for row in range(count):
            known |= (heads[as_index(row)] == head) & (tails[as_index(row)] == tail)
        if not known and not (acyclic and has_path(heads, tails, count, nodes, tail, head, reached)):
            return head, tail
    return np.int64(-1), np.int64(-1)


@kernel
def propose(begin, end, key, kinds, address, sources, given, bias, acyclic, genes, proposals):
    """Write the proposals of each genome; `bias` is the id of the bias node, whose connections are not split, or -1."""
    most, most_nodes = 0, 0
    for genome in range(begin, end):
        most = max(most, genes.connection_start[genome + 1] - genes.connection_start[genome])
        most_nodes = max(most_nodes, genes.node_start[genome + 1] - genes.node_start[genome])
    heads, tails, reached = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most_nodes, np.bool_)
    for genome in range(begin, end):
        proposals.toggled[genome] = proposals.split[genome] = -1
        proposals.source[genome] = proposals.target[genome] = -1
        if not kinds[genome]:
            continue
        draws = stream(address, key[genome])
        first, last = genes.connection_start[genome], genes.connection_start[genome + 1]
        node_first = genes.node_start[genome]
        nodes = genes.node_start[genome + 1] - node_first
        if kinds[genome] & 1 << TOGGLE and last > first:
            proposals.toggled[genome] = first + below(draws, _TOGGLED, last - first)
        if kinds[genome] & 1 << ADD_NODE:
            proposals.split[genome] = choose_split(genes, first, last, proposals.toggled[genome], bias, draws)
        if kinds[genome] & 1 << ADD_CONNECTION:
            find_ends(genes, genome, given, heads, tails)
            head, tail = choose_pair(heads, tails, last - first, nodes, sources, acyclic, draws, reached)
            if head >= 0:
                proposals.source[genome] = genes.node[node_first + head]
                proposals.target[genome] = genes.node[node_first + tail]


@part
def limited(value, limit):
    """Return the value, clipped to +-limit."""
    value = -limit if value < -limit else value
    return limit if value > limit else value


@part
def change(values, row, count, draws, draw, stride, perturb, replace, kind, power, table):
    """Perturb, replace or keep each of `count` values from `row` on, within the limit.

    Value i has two draws from `draw + stride * i` on: what happens to it, and by how much. All results are computed
    and then selected from, so that the loop vectorises. The tails of the normal distribution need branches and follow
    in a second loop.
    """
    limit = table[_LIMIT]
    for place in range(count):
        choice, chance = uniform(draws, draw + stride * place), uniform(draws, draw + stride * place + 1)
        value = values[as_index(row + place)]
        moved, in_tail = value + (2.0 * chance - 1.0) * power, False
        if kind == SCALE:
            moved = value * (2.0 * chance)
        elif kind == GAUSSIAN:
            v = inside(chance) - 0.5
            moved, in_tail = value + central_quantile(v) * power, choice < perturb and not abs(v) <= CENTRAL
        fresh = table[_CENTRE] + (2.0 * chance - 1.0) * table[_RANGE]
        kept = fresh if choice < perturb + replace else value
        changed = limited(moved if choice < perturb else kept, limit)
        values[as_index(row + place)] = value if in_tail else changed
    if kind == GAUSSIAN:
        for place in range(count):
            chance = uniform(draws, draw + stride * place + 1)
            if not abs(inside(chance) - 0.5) <= CENTRAL and uniform(draws, draw + stride * place) < perturb:
                values[as_index(row + place)] = limited(
                    values[as_index(row + place)] + normal_of(chance) * power, limit
                )


@part
def mixed(draws, changes, count, perturb, replace):
    """Return how a genome of `count` values is mutated with MIXED: the step, and the shares perturbed and replaced.

    Changes of many values at once by large steps find the weights of small networks, and ruin large ones. So the more
    values a child has, the more likely it is mutated gently. Small and medium steps, of one value and of all, each suit
    some networks and some moments: every gentle child draws its own. The step is uniform in its logarithm.
    """
    first = _MIXED_DRAWS + _MIXED_STRIDE * changes
    boldness = _SMALL / max(count, 1)
    if uniform(draws, first) < boldness * boldness:
        return 1.0, perturb, replace
    step = _SMALLEST_STEP * exp(uniform(draws, first + 1) * log(_LARGEST_STEP / _SMALLEST_STEP))
    choice = below(draws, first + 2, 3)
    share = _FEW / count if choice == 0 else (_SOME if choice == 1 else 1.0)
    replace *= _FEWER_REPLACED
    return step, min(share, 1.0 - replace), replace


@kernel
def mutate_numbers(
    begin, end, key, mutable, address, perturb, replace, kind, table, changes, first_draw, stride, skip, start, values,
):  # fmt: skip
    """Change the values of the mutable genomes in place, except the first `skip` values of each genome.

    Draw `changes` decides whether a genome changes; value i has its draws from `first_draw + stride * i` on.
    """
    for genome in range(begin, end):
        if not mutable[genome]:
            continue
        draws = stream(address, key[genome])
        if uniform(draws, changes) < table[_RATE]:
            first, last = start[genome] + skip, start[genome + 1]
            step, perturbed, replaced, normal = 1.0, perturb, replace, kind
            if kind == MIXED:
                step, perturbed, replaced = mixed(draws, changes, last - first, perturb, replace)
                normal = kind - MIXED + GAUSSIAN
            change(
                values, first, last - first, draws, first_draw + stride * skip, stride, perturbed, replaced, normal,
                step * table[_POWER], table,
            )  # fmt: skip


@kernel
def mutate_functions(
    begin, end, key, mutable, address, rate, codes, changes, of_node, to_function, given, start, functions
):
    """Give one hidden node of each mutable genome one of the functions `codes`, with the chance `rate`."""
    for genome in range(begin, end):
        hidden = start[genome + 1] - start[genome] - given
        if not mutable[genome] or hidden == 0:
            continue
        draws = stream(address, key[genome])
        if uniform(draws, changes) < rate:
            row = start[genome] + given + below(draws, of_node, hidden)
            functions[row] = codes[below(draws, to_function, codes.size)]


@kernel
def start_grown(own_connection_start, own_node_start, source, split, connection_start, node_start):
    """Write where genomes start after they have grown as proposed."""
    connection_start[0] = node_start[0] = 0
    for g in range(split.size):
        splits = split[g] >= 0
        connections = own_connection_start[g + 1] - own_connection_start[g]
        nodes = own_node_start[g + 1] - own_node_start[g]
        connection_start[g + 1] = connection_start[g] + connections + (source[g] >= 0) + 2 * splits
        node_start[g + 1] = node_start[g] + nodes + splits


class NewGenes(NamedTuple):
    """Scratch for up to three new connections of a genome, in the order of innovation numbers."""

    innovation: NDArray[np.int64]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    weight: NDArray[np.float64]


@part
def insert_sorted(new, count, number, source, target, weight):
    """Insert a connection into `count` others, in the order of innovation numbers."""
    place = count
    while place > 0 and new.innovation[place - 1] > number:
        new.innovation[place], new.weight[place] = new.innovation[place - 1], new.weight[place - 1]
        new.source[place], new.target[place] = new.source[place - 1], new.target[place - 1]
        place -= 1
    new.innovation[place], new.weight[place] = number, weight
    new.source[place], new.target[place] = source, target


@part
def merge_connections(genes, row, last, new, count, made, out):
    """Write connections [row, last) and the first `count` new ones, in the order of innovation numbers."""
    for added in range(count + 1):
        begin = row
        if added == count:
            row = last
        while row < last and genes.innovation[as_index(row)] < new.innovation[added]:
            row += 1
        copy_connections(genes, begin, row, made, out)
        out += row - begin
        if added < count:
            made.innovation[out], made.weight[out] = new.innovation[added], new.weight[added]
            made.source[out], made.target[out] = new.source[added], new.target[added]
            made.enabled[out] = True
            out += 1


@part
def merge_node(genes, row, last, node, bias, response, activation, aggregation, made, out):
    """Write nodes [row, last) and, unless `node` is -1, a node with this id among them."""
    end = last
    while node >= 0 and end > row and genes.node[as_index(end - 1)] > node:
        end -= 1
    for _ in range(2):
        copy_nodes(genes, row, end, made, out)
        out += end - row
        row, end = end, last
        if node >= 0:
            made.node[out], made.bias[out], made.response[out] = node, bias, response
            made.activation[out], made.aggregation[out] = activation, aggregation
            out += 1
            node = -1


@kernel
def insert(
    begin, end, key, address, weight_range, weight_in, bias, response, activation, aggregation, proposals, growth,
    genes, made,
):  # fmt: skip
    """Merge up to three new connections and a new node into each genome, in the order of their numbers.

    The halves of a split connection have `weight_in` and the weight of the split connection; a new node has the given
    attributes.
    """
    new = NewGenes(np.empty(3, np.int64), np.empty(3, np.int32), np.empty(3, np.int32), np.empty(3))
    for g in range(begin, end):
        count, split, toggled = _NONE_YET, proposals.split[g], proposals.toggled[g]
        if split >= 0:
            insert_sorted(new, count, growth.half_in[g], genes.source[split], growth.node[g], weight_in)
            insert_sorted(new, count + 1, growth.half_out[g], growth.node[g], genes.target[split], genes.weight[split])
            count = _BOTH_HALVES
        if growth.innovation[g] >= 0:
            weight = (2.0 * uniform(stream(address, key[g]), _NEW_WEIGHT) - 1.0) * weight_range
            insert_sorted(new, count, growth.innovation[g], proposals.source[g], proposals.target[g], weight)
            count += 1
        first, last = genes.connection_start[g], genes.connection_start[g + 1]
        merge_connections(genes, first, last, new, count, made, made.connection_start[g])
        merge_node(
            genes, genes.node_start[g], genes.node_start[g + 1], growth.node[g], bias, response, activation,
            aggregation, made, made.node_start[g],
        )  # fmt: skip
        begin_row, end_row = made.connection_start[g], made.connection_start[g + 1]
        if toggled >= 0:
            place = find(made.innovation, begin_row, end_row, genes.innovation[toggled])
            made.enabled[place] = not genes.enabled[toggled]
        if split >= 0:
            made.enabled[find(made.innovation, begin_row, end_row, genes.innovation[split])] = False
