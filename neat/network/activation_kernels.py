"""One row of values through a network: the law of activation, one node after the other.

In each time step every node that an active node sends to is recomputed from the values of the step
before, all at once: a_j <- f_j(bias_j + response_j * aggregate_i(w_ij * a_i)). A node is active from the
step that is its reach: the fewest connections that lead to it from an input or the bias node.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.activation_kernels import activate_value, clamp
from neat.core.functions import MAX, MAXABS, MEAN, MEDIAN, MIN, PRODUCT, SUM
from neat.core.kernels import kernel, part

Values = NDArray[np.float64]
Integer = int | np.signedinteger[Any]
_NONE: Any = np.int64(0)  # a plain 0 is a type of its own, for which numba would compile callees once more

#: A network: where its nodes and connections begin, how many slots it uses, and how it is run.
NETWORK = np.dtype(
    [
        ("connection_start", np.int64),
        ("node_start", np.int64),
        ("steps", np.int64),  # time steps to run for one input
        ("connections", np.int32),  # how many connections and nodes its genome has: the room it was given
        ("nodes", np.int32),
        ("slots", np.int32),  # how many nodes are in use, inputs and bias node included
        ("depth", np.int32),  # its longest path; the largest reach, where there is a cycle
        ("acyclic", np.bool_),
        ("feedforward", np.bool_),  # one pass in the order of slots gives what the time steps give
    ],
    align=True,
)
#: A node, in its slot.
NODE = np.dtype(
    [
        ("bias", np.float64),
        ("response", np.float64),
        ("incoming_end", np.int32),  # counted from the network's first connection
        ("reach", np.int32),
        ("place", np.int32),  # among the nodes of its genome
        ("activation", np.uint8),
        ("aggregation", np.uint8),
    ],
    align=True,
)
#: A connection, among those that end in the same slot.
CONNECTION = np.dtype(
    [
        ("weight", np.float64),
        ("source", np.int32),  # a slot
        ("place", np.int32),  # among the connections of its genome
    ],
    align=True,
)


class NetworkArrays(NamedTuple):
    """P networks with room for N nodes and C connections in all, as kernels read them.

    A slot is a node's place in its network: first the inputs and the bias node, then every node that is
    reached and influences an output, by depth (by reach, where there is a cycle), then by place in the
    genome. The connections into slot s follow each other, sorted by the slots of their sources; they end
    where the node's `incoming_end` says, and begin where those into slot s - 1 end.
    """

    sources: int  # how many nodes only send: inputs and the bias node
    network: NDArray[Any]  # (P,) of NETWORK
    node: NDArray[Any]  # (N,) of NODE
    connection: NDArray[Any]  # (C,) of CONNECTION
    output_slot: NDArray[np.int32]  # (P, O): -1 where an output is never reached; it reads 0


@part
def sort(values: Values, count: int) -> None:
    """Sort the first `count` values in place (heapsort)."""
    for unsorted in range(count + count // 2 - 1, 0, -1):
        if unsorted >= count:  # first make a heap, from its last parent to its root
            top, size = unsorted - count, count
        else:
            values[0], values[unsorted] = values[unsorted], values[0]
            top, size = 0, unsorted
        child = 2 * top + 1
        while child < size:
            if child + 1 < size and values[child + 1] > values[child]:
                child += 1
            if not values[child] > values[top]:
                break
            values[top], values[child] = values[child], values[top]
            top, child = child, 2 * child + 1


@part
def combine(parts: Values, count: int, code: int) -> float:
    """Return the aggregate, not yet clamped, of the first `count` parts (at least one); may reorder them."""
    if code == MEDIAN:
        sort(parts, count)
        # Adding 0 makes -0 into 0: the two sort as equals, so that either may lie in the middle.
        middle: float = (parts[(count - 1) // 2] + parts[count // 2]) * 0.5 + 0.0
        return middle
    if code in (SUM, MEAN):
        result = 0.0
        for place in range(count):
            result += parts[place]
        return result / count if code == MEAN else result
    result = parts[0]
    for place in range(1, count):
        part = parts[place]
        if code == PRODUCT:
            result = clamp(clamp(result) * part)
        elif code == MAX:
            result = part if part > result else result
        elif code == MIN:
            result = part if part < result else result
        elif code == MAXABS:
            result = part if abs(part) > abs(result) else result
    return result


@part
def step_once(
    nets: NetworkArrays, g: Integer, values: Values, offset: Integer,
    before: Values, before_offset: Integer, step: Integer, parts: Values,
) -> bool:  # fmt: skip
    """Recompute every node of network g that is active in time step `step`; say whether a value changed.

    Slot s is `values[offset + s]`, and `before[before_offset + s]` before the step. `parts` is scratch, as
    long as the network has connections.
    """
    nodes, connections, network = nets.node, nets.connection, nets.network[g]
    first, base = network["node_start"], network["connection_start"]
    end = base
    changed = False
    for slot in range(nets.sources, network["slots"]):
        node = nodes[first + slot]
        begin, end = end, base + node["incoming_end"]
        if node["reach"] > step:
            continue
        count = _NONE
        for row in range(begin, end):
            source = connections[row]["source"]
            if nodes[first + source]["reach"] < step:
                parts[count] = connections[row]["weight"] * before[before_offset + source]
                count += 1
        aggregate = clamp(combine(parts, count, node["aggregation"]))
        z = clamp(node["bias"] + node["response"] * aggregate)
        value = clamp(activate_value(node["activation"], z))
        changed |= np.float64(value).view(np.int64) != np.float64(values[offset + slot]).view(np.int64)
        values[offset + slot] = value
    return changed


@part
def activate_one(
    nets: NetworkArrays, g: Integer, inputs: Values, row: Integer, values: Values, offset: Integer,
    since: Integer, copy: Values, parts: Values, outputs: Values,
) -> Integer:  # fmt: skip
    """Run network g on row `row` of `inputs` (?, I) and write its outputs to that row of `outputs` (?, O).

    `values[offset:]` holds a value per slot, and `since` is how many steps the episode has run. With memory,
    both are kept from one input to the next, and `since` is 0 for the first; without, pass 0 and any values.
    `copy` and `parts` are scratch, as long as `most` says.

    Returns:
        How many steps the episode has run now.
    """
    network = nets.network[g]
    given = inputs.shape[1]
    for place in range(given):
        values[offset + place] = clamp(inputs[row, place])
    if nets.sources > given:
        values[offset + given] = 1.0
    before, before_offset = values, offset
    end, step = since + network["steps"], since
    while since < end:
        if network["feedforward"]:
            since, step = end, network["depth"] + 1
        else:
            since, step = since + 1, since + 1
            before, before_offset = copy, 0
            for slot in range(network["slots"]):
                copy[slot] = values[offset + slot]
        changed = step_once(nets, g, values, offset, before, before_offset, step, parts)
        if not changed and step > network["depth"]:
            since = end  # the same nodes were active in the step before: nothing can change any more
    for place in range(outputs.shape[1]):
        slot = nets.output_slot[g, place]
        outputs[row, place] = 0.0
        if slot >= 0 and nets.node[network["node_start"] + slot]["reach"] <= since:
            outputs[row, place] = values[offset + slot]
    return since


@part
def most(nets: NetworkArrays, begin: int, end: int) -> tuple[int, int]:
    """Return how many slots, and connections, the largest of networks `begin` to `end` has; at least 1."""
    slots, connections = 1, 1
    for g in range(begin, end):
        network = nets.network[g]
        if network["slots"] > 0:
            slots = max(slots, network["slots"])
            last = nets.node[network["node_start"] + network["slots"] - 1]
            connections = max(connections, last["incoming_end"])
    return slots, connections


@kernel
def activate_each_range(
    begin: int, end: int, nets: NetworkArrays, inputs: Values, awake: NDArray[np.bool_],
    values: Values, since: NDArray[np.int64], outputs: Values,
) -> None:  # fmt: skip
    """Run networks `begin` to `end` on a row of their own; networks not `awake` (P or no rows) output 0.

    `values` (N,) and `since` (P,) are the memory; both have no rows where nothing is kept.
    """
    slots, connections = most(nets, begin, end)
    copy, parts = np.empty(slots), np.empty(connections)
    keeps = since.size > 0
    if not keeps:
        values = np.empty(slots)
    offset, begun = np.int64(0), np.int64(0)
    for g in range(begin, end):
        if awake.size > 0 and not awake[g]:
            outputs[g] = 0.0
            continue
        if keeps:
            offset, begun = nets.network[g]["node_start"], since[g]
        run = activate_one(nets, g, inputs, g, values, offset, begun, copy, parts, outputs)
        if keeps:
            since[g] = run
