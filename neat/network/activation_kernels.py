"""Networks as kernels read them, and their activation for one row of inputs.

In each time step, every node with an active predecessor is recomputed from the previous step's values, all at once:
a_j <- f_j(bias_j + response_j * aggregate_i(w_ij * a_i)). The reach of a node is the smallest number of connections on
a path to it from an input or the bias node. A node is active from time step number `reach` on.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.arithmetic_kernels import clamp
from neat.core.function_kernels import activate_value, combine
from neat.core.kernels import kernel, part

Values = NDArray[np.float64]
Integer = int | np.signedinteger[Any]
_NONE: Any = np.int64(0)  # the literal 0 has its own type, for which numba would compile callees once more

#: A network: where its nodes and connections start, the number of slots it uses, and how it is run.
NETWORK = np.dtype(
    [
        ("connection_start", np.int64),
        ("node_start", np.int64),
        ("steps", np.int64),  # time steps to run for one input
        ("connections", np.int32),  # the numbers of connections and nodes of its genome, for which rows are reserved
        ("nodes", np.int32),
        ("slots", np.int32),  # the number of nodes in use, including inputs and bias node
        ("depth", np.int32),  # its longest path; the largest reach if it has a cycle
        ("acyclic", np.bool_),
        ("feedforward", np.bool_),  # one pass in the order of slots gives the same result as the time steps
    ],
    align=True,
)
#: A node, in its slot.
NODE = np.dtype(
    [
        ("bias", np.float64),
        ("response", np.float64),
        ("incoming_end", np.int32),  # relative to the network's first connection
        ("reach", np.int32),
        ("place", np.int32),  # its index among the nodes of its genome
        ("activation", np.uint8),
        ("aggregation", np.uint8),
    ],
    align=True,
)
#: A connection.
CONNECTION = np.dtype(
    [
        ("weight", np.float64),
        ("source", np.int32),  # a slot
        ("place", np.int32),  # its index among the connections of its genome
    ],
    align=True,
)


class NetworkArrays(NamedTuple):
    """P networks with N rows for nodes and C rows for connections in total.

    A slot is the index of a node in its network. First come the inputs and the bias node, then every node that is
    reached and influences an output, sorted by layer (by reach if there is a cycle), then by place in the genome. The
    connections into slot s are contiguous and sorted by the slots of their sources; they end at the node's
    `incoming_end` and start at the `incoming_end` of slot s - 1.
    """

    sources: int  # the number of inputs and bias nodes, which have no incoming connections
    network: NDArray[Any]  # (P,) of NETWORK
    node: NDArray[Any]  # (N,) of NODE
    connection: NDArray[Any]  # (C,) of CONNECTION
    output_slot: NDArray[np.int32]  # (P, O); -1: the output is never reached, and its value is 0


@part
def step_once(
    nets: NetworkArrays, g: Integer, values: Values, offset: Integer,
    before: Values, before_offset: Integer, step: Integer, parts: Values,
) -> bool:  # fmt: skip
    """Recompute every node of network g that is active in time step `step`; return whether a value changed.

    The value of slot s is `values[offset + s]`, before the step `before[before_offset + s]`. `parts` is scratch of at
    least as many values as the network has connections.
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
    """Run network g on row `row` of `inputs` (R, I) and write the outputs to the same row of `outputs` (R, O).

    `values[offset:]` holds a value per slot, and `since` is the number of time steps since the episode began. With
    memory, both are kept from one input to the next, and `since` is 0 for the first one. Without memory, `since` is 0
    and the values are ignored. `copy` and `parts` are scratch of the sizes that `most` returns.

    Returns:
        The number of time steps since the episode began, including these.
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
            since = end  # the same nodes were active in the previous step, so nothing can change any more
    for place in range(outputs.shape[1]):
        slot = nets.output_slot[g, place]
        outputs[row, place] = 0.0
        if slot >= 0 and nets.node[network["node_start"] + slot]["reach"] <= since:
            outputs[row, place] = values[offset + slot]
    return since


@kernel
def most(nets: NetworkArrays, begin: int, end: int) -> tuple[int, int]:
    """Return the largest numbers of slots and of connections among networks `begin` to `end`, at least 1."""
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
    """Run networks `begin` to `end`, each on its own row; networks that are not `awake` (P or no rows) output 0.

    `values` (N,) and `since` (P,) are the memory; both have no rows if nothing is kept.
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
