"""Many rows through one network: connections outside, a block of rows inside, so that it vectorises.

Loops over rows index one scratch array by row numbers instead of taking views, and sums add up to four
connections in one pass: both were measured to halve the time. An index that is a sum is made unsigned, since
numba asks of a signed one whether it is negative, for every row. Every loop computes, row by row, the very
expressions of `neat.network.activation_kernels`, in the same order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.activation_kernels import activate, clamp
from neat.core.functions import ELU, LINEAR, MAX, MAXABS, MEAN, MEDIAN, MIN, PRODUCT, SUM
from neat.core.kernels import kernel, part
from neat.network.activation_kernels import NetworkArrays, Values, combine, most

BLOCK = 256  # rows at a time: fewer cost more per row, more were measured to bring nothing
LINE = 4  # rows that fill a register; however few there are, whole lines are run
LARGE = 2_000  # networks with more slots take blocks a quarter as long, to stay near the processor


class Workspace(NamedTuple):
    """Scratch for running many rows through one network at a time; slot s is row s, or `slots[g]` + s."""

    values: Values  # (2 * slots, rows of a block)
    source: NDArray[np.int64]  # connections from active nodes, as `NetworkArrays` has them
    weight: Values
    end: NDArray[np.int64]  # by slot
    parts: Values  # as long as a network has connections


@kernel
def workspace(nets: NetworkArrays, begin: int, end: int, rows: int) -> Workspace:
    """Return scratch for `run_rows` with networks `begin` to `end` on this many rows."""
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
def list_active(nets: NetworkArrays, g: int, step: int, work: Workspace) -> None:
    """List the connections of network g that come from nodes active in time step `step`."""
    network = nets.network[g]
    first, base, slots = network["node_start"], network["connection_start"], network["slots"]
    if step > network["depth"]:  # all are active; loops within loops were measured to take thrice as long
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
            count += nets.node[first + connection["source"]]["reach"] < step  # else the next overwrites it
            place += 1
        work.end[slot] = count


@part
def sum_block(
    values: Values, goal: int, origin: int, source: NDArray[np.int64], weight: Values,
    begin: int, end: int, count: int,
) -> None:  # fmt: skip
    """Write the sums over connections `begin` to `end` (at least one) to row `goal`, from the left."""
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
def step_block(nets: NetworkArrays, g: int, work: Workspace, goal: int, origin: int, count: int) -> None:
    """Recompute every node that has listed connections: slot s is row `goal` + s, from rows `origin` + s."""
    values, source, weight = work.values, work.source, work.weight
    first = nets.network[g]["node_start"]
    for slot in range(nets.sources, nets.network[g]["slots"]):
        node = nets.node[first + slot]
        begin, end = work.end[slot - 1], work.end[slot]
        if begin == end:
            continue
        row, code = goal + slot, node["aggregation"]
        if code == MEDIAN:
            for r in range(count):
                for place in range(begin, end):
                    work.parts[place - begin] = weight[place] * values[origin + source[place], r]
                values[row, r] = combine(work.parts, end - begin, code)
        elif code != SUM and code != MEAN:
            fold_block(values, row, origin, source, weight, begin, end, code, count)
        else:
            sum_block(values, row, origin, source, weight, begin, end, count)
            if code == MEAN:
                for r in range(count):
                    values[row, r] = values[row, r] / (end - begin)
        bias, response = node["bias"], node["response"]
        for r in range(count):
            values[row, r] = clamp(bias + response * clamp(values[row, r]))
        if node["activation"] != LINEAR:
            activate(node["activation"], values[row], count)
        if node["activation"] > ELU:  # up to there, functions of a clamped number need no clamp
            for r in range(count):
                values[row, r] = clamp(values[row, r])


@part
def is_settled(values: Values, begin: int, end: int, distance: int, count: int) -> bool:
    """Say whether rows `begin` to `end` have the same bits as the rows `distance` further."""
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
    """Copy `count` rows of `inputs` from `begin` on, twice if `apart` > 0; past the last, repeat the first."""
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
    """Run network g on R rows, each from the start: `inputs` (sources, R), `outputs` (O, R).

    `inputs` comes from `prepare_rows`, `work` from `workspace`.
    """
    network = nets.network[g]
    first, slots, depth = network["node_start"], network["slots"], network["depth"]
    steps, apart = network["steps"], slots  # apart: between a slot's value in this step and in the last
    if network["feedforward"]:
        steps, apart = 1, 0
        list_active(nets, g, depth + 1, work)
    width = work.values.shape[1]
    for begin in range(0, inputs.shape[1], width):
        given = min(width, inputs.shape[1] - begin)
        count = (given + LINE - 1) // LINE * LINE  # LLVM sees that loops over these need no remainder
        load_rows(work.values, nets.sources, apart, inputs, begin, count)
        goal, step, settled = 0, 0, False
        while step < steps and not settled:
            step += 1
            if apart > 0 and step <= depth + 1:
                list_active(nets, g, step, work)
            goal = apart - goal
            step_block(nets, g, work, goal, apart - goal, count)
            # The same nodes were active in the step before, so nothing can change any more.
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
