"""Activation of a network for many rows: an outer loop over connections, an inner loop over a block of rows.

The inner loops vectorise. They index one scratch array instead of taking views, and sums add up to four connections in
one pass; each was measured to halve the time. An index that is a sum is cast to unsigned, so that numba does not check
for a negative index in every row. Every loop evaluates, for each row, the expressions of
`neat.network.activation_kernels` in the same order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.arithmetic_kernels import clamp
from neat.core.constants import ELU, FIRST_CUSTOM_CODE, LINEAR, MAX, MAXABS, MEAN, MEDIAN, MIN, PRODUCT, SUM
from neat.core.function_kernels import activate, combine
from neat.core.kernels import kernel, part
from neat.network.activation_kernels import NetworkArrays, Values, most

BLOCK = 256  # rows at a time; fewer cost more per row, more were measured to bring no gain
LINE = 4  # rows in a vector register; the number of rows that are run is a multiple of it
LARGE = 2_000  # networks with more slots use blocks of a quarter of the rows, to stay in the processor's cache


class Workspace(NamedTuple):
    """Scratch for running one network at a time on many rows.

    The values of slot s are in row s or in row `slots` + s, alternating from one time step to the next.
    """

    values: Values  # (2 * slots, rows of a block)
    source: NDArray[np.int64]  # of the connections from active nodes, in the order of `NetworkArrays`
    weight: Values
    end: NDArray[np.int64]  # where the connections into each slot end
    parts: Values  # a value per connection


@kernel
def workspace(nets: NetworkArrays, begin: int, end: int, rows: int) -> Workspace:
    """Return scratch for `run_rows` with networks `begin` to `end` on a number of rows."""
    slots, connections = most(nets, begin, end)
    block = BLOCK if slots <= LARGE else BLOCK // 4
    width = min(block, (max(rows, 1) + LINE - 1) // LINE * LINE)
    return Workspace(
        np.empty((2 * slots, width)),
        np.empty(connections, np.int64),
        np.empty(connections),
        np.empty(slots, np.int64),
        np.empty(connections),
    )


@part
def list_active(nets: NetworkArrays, g: int, step: int, work: Any) -> None:
    """List the connections of network g that come from nodes active in time step `step`.

    `work` is a `Workspace`, or other scratch with its fields `source`, `weight` and `end`.
    """
    network = nets.network[g]
    first, base, slots = network["node_start"], network["connection_start"], network["slots"]
    if step > network["depth"]:  # all nodes are active; the nested loops below take three times as long
        connections = 0
        for slot in range(slots):
            connections = nets.node[first + slot]["incoming_end"]
            work.end[slot] = connections
        for place in range(connections):
            work.source[place] = nets.connection[base + place]["source"]
            work.weight[place] = nets.connection[base + place]["weight"]
        return
    place = count = 0
    for slot in range(slots):
        end = nets.node[first + slot]["incoming_end"]
        while place < end:
            connection = nets.connection[base + place]
            work.source[count] = connection["source"]
            work.weight[count] = connection["weight"]
            count += nets.node[first + connection["source"]]["reach"] < step  # otherwise overwritten by the next
            place += 1
        work.end[slot] = count


@part
def sum_block(
    values: Values, goal: int, origin: int, source: NDArray[np.int64], weight: Values,
    begin: int, end: int, count: int,
) -> None:  # fmt: skip
    """Write the sums over connections `begin` to `end` (at least one) to row `goal`, added from the left."""
    place = begin + (end - begin - 1) % 4 + 1
    a, u = origin + source[begin], weight[begin]
    if place - begin == 1:
        for r in range(count):
            values[goal, r] = 0.0 + u * values[a, r]
    elif place - begin == 2:
        b, v = origin + source[begin + 1], weight[begin + 1]
        for r in range(count):
            values[goal, r] = (0.0 + u * values[a, r]) + v * values[b, r]
    else:
        b, v = origin + source[begin + 1], weight[begin + 1]
        c, w = origin + source[begin + 2], weight[begin + 2]
        if place - begin == 3:
            for r in range(count):
                values[goal, r] = ((0.0 + u * values[a, r]) + v * values[b, r]) + w * values[c, r]
        else:
            d, x = origin + source[begin + 3], weight[begin + 3]
            for r in range(count):
                values[goal, r] = (((0.0 + u * values[a, r]) + v * values[b, r]) + w * values[c, r]) + x * values[d, r]
    while place < end:
        a, u = origin + source[place], weight[place]
        b, v = origin + source[place + 1], weight[place + 1]
        c, w = origin + source[place + 2], weight[place + 2]
        d, x = origin + source[place + 3], weight[place + 3]
        for r in range(count):
            values[goal, r] = (
                ((values[goal, r] + u * values[a, r]) + v * values[b, r]) + w * values[c, r]
            ) + x * values[d, r]
        place += 4


@part
def fold_block(
    values: Values, goal: int, origin: int, source: NDArray[np.int64], weight: Values,
    begin: int, end: int, code: int, count: int,
) -> None:  # fmt: skip
    """Write product, max, min or maxabs over connections `begin` to `end` (at least one) to row `goal`."""
    a, u = origin + source[begin], weight[begin]
    for r in range(count):
        values[goal, r] = u * values[a, r]
    for place in range(begin + 1, end):
        a, u = origin + source[place], weight[place]
        if code == PRODUCT:
            for r in range(count):
                values[goal, r] = clamp(clamp(values[goal, r]) * (u * values[a, r]))
        elif code == MAX:
            for r in range(count):
                part, best = u * values[a, r], values[goal, r]
                values[goal, r] = part if part > best else best
        elif code == MIN:
            for r in range(count):
                part, best = u * values[a, r], values[goal, r]
                values[goal, r] = part if part < best else best
        elif code == MAXABS:
            for r in range(count):
                part, best = u * values[a, r], values[goal, r]
                values[goal, r] = part if abs(part) > abs(best) else best


@part
def aggregate_block(
    values: Values, goal: int, origin: int, source: NDArray[np.int64], weight: Values,
    begin: int, end: int, code: int, parts: Values, count: int,
) -> None:  # fmt: skip
    """Write the aggregates over connections `begin` to `end` (at least one), not yet clamped, to row `goal`."""
    if code == MEDIAN or code >= FIRST_CUSTOM_CODE:
        for r in range(count):
            for place in range(begin, end):
                parts[place - begin] = weight[place] * values[origin + source[place], r]
            values[goal, r] = combine(parts, end - begin, code)
    elif code != SUM and code != MEAN:
        fold_block(values, goal, origin, source, weight, begin, end, code, count)
    else:
        sum_block(values, goal, origin, source, weight, begin, end, count)
        if code == MEAN:
            for r in range(count):
                values[goal, r] = values[goal, r] / (end - begin)


@part
def finish_block(
    values: Values, goal: int, aggregate: int, bias: float, response: float, code: int, count: int
) -> None:
    """Write a node's values to row `goal`, from the aggregates in row `aggregate`, which may be the same."""
    if aggregate != goal:
        for r in range(count):
            values[goal, r] = values[aggregate, r]
    for r in range(count):  # in place, since a loop over two rows that may be one does not vectorise
        values[goal, r] = clamp(bias + response * clamp(values[goal, r]))
    if code != LINEAR:
        activate(code, values[goal], count)
    if code > ELU:  # the functions up to ELU map clamped numbers to numbers within the limit
        for r in range(count):
            values[goal, r] = clamp(values[goal, r])


@part
def step_block(nets: NetworkArrays, g: int, work: Workspace, goal: int, origin: int, count: int) -> None:
    """Recompute every node with listed connections; slot s is read from row `origin` + s, written to `goal` + s."""
    first = nets.network[g]["node_start"]
    for slot in range(nets.sources, nets.network[g]["slots"]):
        node = nets.node[first + slot]
        begin, end = work.end[slot - 1], work.end[slot]
        if begin == end:
            continue
        row = goal + slot
        aggregate_block(
            work.values, row, origin, work.source, work.weight, begin, end, node["aggregation"], work.parts, count
        )
        finish_block(work.values, row, row, node["bias"], node["response"], node["activation"], count)


@part
def is_settled(values: Values, begin: int, end: int, distance: int, count: int) -> bool:
    """Return whether rows `begin` to `end` have the same bits as the rows at `distance` from them."""
    changed = np.int64(0)
    for row in range(begin, end):
        for r in range(count):
            one, other = np.float64(values[row, r]), np.float64(values[row + distance, r])
            changed |= one.view(np.int64) ^ other.view(np.int64)
        if changed != 0:
            return False
    return True


@part
def load_rows(values: Values, sources: int, apart: int, inputs: Values, begin: int, count: int) -> None:
    """Copy `count` rows of `inputs` from `begin` on, twice if `apart` > 0; after the last row, repeat the first."""
    given = min(count, inputs.shape[1] - begin)
    for slot in range(sources):
        for r in range(given):
            values[slot, r] = inputs[slot, np.uint64(begin + r)]
        for r in range(given, count):
            values[slot, r] = values[slot, 0]
        if apart > 0:
            for r in range(count):
                values[apart + slot, r] = values[slot, r]


@part
def run_rows(nets: NetworkArrays, g: int, inputs: Values, outputs: Values, work: Workspace) -> None:
    """Run network g on R rows, each in an episode of its own, from `inputs` (sources, R) to `outputs` (O, R).

    `inputs` is the result of `prepare_rows`, `work` that of `workspace`.
    """
    network = nets.network[g]
    first, slots, depth = network["node_start"], network["slots"], network["depth"]
    steps, apart = network["steps"], slots  # apart: from a slot's row in this step to its row in the last
    if network["feedforward"]:
        steps, apart = 1, 0
        list_active(nets, g, depth + 1, work)
    width = work.values.shape[1]
    for begin in range(0, inputs.shape[1], width):
        given = min(width, inputs.shape[1] - begin)
        count = (given + LINE - 1) // LINE * LINE  # LLVM then knows that loops over these rows need no remainder
        load_rows(work.values, nets.sources, apart, inputs, begin, count)
        goal, step, settled = 0, 0, False
        while step < steps and not settled:
            step += 1
            if apart > 0 and step <= depth + 1:
                list_active(nets, g, step, work)
            goal = apart - goal
            step_block(nets, g, work, goal, apart - goal, count)
            # The same nodes were active in the previous step, so nothing can change any more.
            settled = apart > 0 and step > depth and is_settled(work.values, nets.sources, slots, slots, count)
        for place in range(outputs.shape[0]):
            slot = nets.output_slot[g, place]
            if slot >= 0 and nets.node[first + slot]["reach"] <= network["steps"]:
                for r in range(given):
                    outputs[place, np.uint64(begin + r)] = work.values[goal + slot, r]
            else:
                for r in range(given):
                    outputs[place, np.uint64(begin + r)] = 0.0


@kernel
def activate_rows_range(begin: int, end: int, nets: NetworkArrays, inputs: Values, outputs: Values) -> None:
    """Write the outputs (P, R, O) of networks `begin` to `end` on all rows of `inputs` (sources, R)."""
    work = workspace(nets, begin, end, inputs.shape[1])
    own = np.empty((outputs.shape[2], inputs.shape[1]))
    for g in range(begin, end):
        run_rows(nets, g, inputs, own, work)
        for r in range(inputs.shape[1]):
            for place in range(outputs.shape[2]):
                outputs[g, r, place] = own[place, r]
