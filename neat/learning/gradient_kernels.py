"""Reverse-mode gradients of a loss with respect to the weights, biases and responses of a network.

The forward pass keeps the values and aggregates of every time step, and the backward pass goes through the time steps
in reverse. Both run on a block of rows at a time, as `neat.network.block_kernels` does, and the forward pass computes
the same bits. An acyclic network whose nodes are in order needs one pass without time steps. With memory, a row of a
block is an episode, and the time steps of all its inputs follow one another.

All sums are in a fixed order: over rows in four interleaved chains, then over blocks. The rows of a block depend only
on the network and the number of rows, so a gradient has the same bits everywhere.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.arithmetic_kernels import clamp, exp, log, log1p_unit, sigmoid
from neat.core.constants import (
    ELU,
    LINEAR,
    MEAN,
    RELU,
    SIGMOID,
    STEEP_SIGMOID,
    STEEPNESS,
    SUM,
    TANH,
    VALUE_LIMIT,
)
from neat.core.function_kernels import slope
from neat.core.kernels import kernel, part
from neat.learning.aggregation_kernels import aggregation_slopes
from neat.network.activation_kernels import NetworkArrays, Values
from neat.network.block_kernels import LINE, aggregate_block, finish_block, list_active

# Codes of the losses.
HALF_SQUARED, MSE, BINARY_CROSS_ENTROPY, SOFTMAX = 0, 1, 2, 3
MIN_PROBABILITY = 1e-7  # probabilities that do not come from a sigmoid are clipped this far from 0 and 1

_MOST_ROWS = 256  # in a block
_FEWEST_ROWS = 8
_BLOCK_VALUES = 1 << 16  # of all time steps together: the block then fits into the second cache of a processor


class GradientWork(NamedTuple):
    """Scratch for the gradient of one network.

    Row t * `slots` + s of `values` holds the values of slot s after t time steps. The aggregates of the first time step
    follow after `aggregates` rows, in the same order, and so on.
    """

    values: Values
    derivative: Values  # (2 * slots, rows) of the loss, by the values after this time step and after the last one
    direct: Values  # (slots, rows) of the loss, by what enters the activation function of an output
    rows: Values  # (3, rows): what enters a node's activation function, the slope there, and the product
    source: NDArray[np.int64]  # as in `neat.network.block_kernels.Workspace`
    weight: Values
    end: NDArray[np.int64]
    parts: Values  # (3 * connections,)
    slots: int
    steps: int  # time steps of an episode; 1 without time steps


class Gradient(NamedTuple):
    """The gradient of one network: of its connections in the order of `NetworkArrays`, and of its slots."""

    weight: Values
    bias: Values
    response: Values


@kernel
def gradient_work(nets: NetworkArrays, g: int, rows: int, length: int) -> GradientWork:
    """Return scratch for network g on blocks of at most `rows` episodes of `length` inputs."""
    network = nets.network[g]
    slots: Any = max(np.int64(network["slots"]), nets.sources)
    connections: Any = np.int64(0)
    if network["slots"] > 0:
        connections = np.int64(nets.node[network["node_start"] + network["slots"] - 1]["incoming_end"])
    per_row: Any = max(np.int64(network["steps"]), 1)
    steps: Any = np.int64(1) if network["feedforward"] else length * per_row
    states = 1 if network["feedforward"] else steps + 1
    width = min(max(_BLOCK_VALUES // (slots * states), _FEWEST_ROWS), _MOST_ROWS, max(rows, 1))
    width = (width + LINE - 1) // LINE * LINE
    return GradientWork(
        np.zeros(((states + steps) * slots, width)),
        np.zeros((2 * slots, width)),
        np.zeros((slots, width)),
        np.zeros((3, width)),
        np.empty(connections, np.int64),
        np.empty(connections),
        np.zeros(slots, np.int64),
        np.empty(3 * max(connections, 1)),
        slots,
        steps,
    )


@part
def _dot(one: Values, a: int, other: Values, b: int, count: int) -> float:
    """Return the sum over `count` products (a multiple of four) of rows a and b, in four chains."""
    first = second = third = fourth = 0.0
    for r in range(0, count, 4):
        first += one[a, np.uint64(r)] * other[b, np.uint64(r)]
        second += one[a, np.uint64(r + 1)] * other[b, np.uint64(r + 1)]
        third += one[a, np.uint64(r + 2)] * other[b, np.uint64(r + 2)]
        fourth += one[a, np.uint64(r + 3)] * other[b, np.uint64(r + 3)]
    return (first + second) + (third + fourth)


@part
def _total(rows: Values, a: int, count: int) -> float:
    """Return the sum of `count` values (a multiple of four) of row a, in four chains."""
    first = second = third = fourth = 0.0
    for r in range(0, count, 4):
        first += rows[a, np.uint64(r)]
        second += rows[a, np.uint64(r + 1)]
        third += rows[a, np.uint64(r + 2)]
        fourth += rows[a, np.uint64(r + 3)]
    return (first + second) + (third + fourth)


@part
def _load(
    work: GradientWork, inputs: NDArray[np.float64], order: NDArray[np.int64], begin: int, given: int, count: int,
    row: int, origin: int, sources: int,
) -> None:  # fmt: skip
    """Copy input `row` of `given` episodes to the rows from `origin` on; after the last episode, repeat the first."""
    width = inputs.shape[2]
    for r in range(count):
        episode = order[begin + r] if r < given else order[begin]
        for slot in range(width):
            work.values[origin + slot, r] = clamp(inputs[episode, row, slot])
        if sources > width:
            work.values[origin + width, r] = 1.0


@part
def _forward_block(
    nets: NetworkArrays, g: int, work: GradientWork, goal: int, origin: int, kept: int, count: int
) -> None:
    """Compute the values of all slots in rows `goal` + s from those in `origin` + s; keep aggregates in `kept` + s.

    A node without listed connections is not active yet, and its values are 0.
    """
    first, values = nets.network[g]["node_start"], work.values
    for slot in range(nets.sources, nets.network[g]["slots"]):
        node = nets.node[first + slot]
        begin, end = work.end[slot - 1], work.end[slot]
        if begin == end:
            for r in range(count):
                values[goal + slot, r] = 0.0
            continue
        aggregate_block(
            values, kept + slot, origin, work.source, work.weight, begin, end, node["aggregation"], work.parts, count
        )
        finish_block(values, goal + slot, kept + slot, node["bias"], node["response"], node["activation"], count)


@part
def _slopes(work: GradientWork, code: int, value: int, count: int) -> None:
    """Write f'(z) to row 1 for the z in row 0; the values f(z) are in row `value`."""
    z = work.rows
    if code == LINEAR:
        for r in range(count):
            z[1, r] = 1.0
    elif code == RELU:
        for r in range(count):
            z[1, r] = 1.0 if z[0, r] > 0.0 else 0.0
    elif code in (SIGMOID, TANH):
        scale, factor = (-1.0, 1.0) if code == SIGMOID else (-2.0, 4.0)
        for r in range(count):
            e = exp(scale * abs(z[0, r]))
            z[1, r] = factor * (e / ((1.0 + e) * (1.0 + e)))
    else:
        for r in range(count):
            z[1, r] = slope(code, z[0, r])
    if code > ELU:  # these may reach the limit of values
        for r in range(count):
            z[1, r] = z[1, r] if abs(work.values[value, r]) < VALUE_LIMIT else 0.0


@part
def _loss_of_probability(p: float, target: float) -> float:
    p = min(max(p, MIN_PROBABILITY), 1.0 - MIN_PROBABILITY)
    return -(target * log(p)) - (1.0 - target) * log(1.0 - p)


@part
def _loss_block(
    nets: NetworkArrays, g: int, work: GradientWork, targets: NDArray[np.float64], order: NDArray[np.int64],
    begin: int, given: int, row: int, step: int, loss: int, scale: float, state: int, kept: int, goal: int,
) -> float:  # fmt: skip
    """Add the derivatives of the loss by the outputs after a time step, times `scale`; return the sum of the losses.

    For slot s, the values are in row `state` + s, the aggregates in row `kept` + s, and the derivatives by the values
    in row `goal` + s. The derivative of the cross entropy of a sigmoid is taken by what enters the sigmoid, where it
    cannot become infinite.
    """
    network = nets.network[g]
    first, outputs = network["node_start"], targets.shape[2]
    total = 0.0
    for r in range(given):
        wanted = targets[order[begin + r], row]
        top = norm = 0.0
        if loss == SOFTMAX:
            top = -np.inf
            for place in range(outputs):
                slot = nets.output_slot[g, place]
                active = slot >= 0 and nets.node[first + slot]["reach"] <= step
                top = max(top, work.values[state + slot, r] if active else 0.0)
            for place in range(outputs):
                slot = nets.output_slot[g, place]
                active = slot >= 0 and nets.node[first + slot]["reach"] <= step
                norm += exp((work.values[state + slot, r] if active else 0.0) - top)
        for place in range(outputs):
            slot = nets.output_slot[g, place]
            active = slot >= 0 and nets.node[first + slot]["reach"] <= step
            value = work.values[state + slot, r] if active else 0.0
            target = wanted[place]
            by_value = by_sum = 0.0
            if loss == SOFTMAX:
                total += target * (log(norm) - (value - top))
                by_value = exp(value - top) / norm - target
            elif loss == BINARY_CROSS_ENTROPY:
                code = nets.node[first + slot]["activation"] if active else LINEAR
                if code in (SIGMOID, STEEP_SIGMOID):
                    node = nets.node[first + slot]
                    z = clamp(node["bias"] + node["response"] * clamp(work.values[kept + slot, r]))
                    steepness = STEEPNESS if code == STEEP_SIGMOID else 1.0
                    z = steepness * z
                    total += (max(z, 0.0) - target * z) + log1p_unit(exp(-abs(z)))
                    by_sum = steepness * (sigmoid(z) - target)
                else:
                    total += _loss_of_probability(value, target)
                    if MIN_PROBABILITY < value < 1.0 - MIN_PROBABILITY:
                        by_value = (value - target) / (value * (1.0 - value))
            else:
                error = value - target
                share = 0.5 if loss == HALF_SQUARED else 1.0 / outputs
                total += share * (error * error)
                by_value = 2.0 * share * error
            if active:
                work.derivative[goal + slot, r] += scale * by_value
                work.direct[slot, r] = scale * by_sum
    return total


@part
def _back_block(
    nets: NetworkArrays, g: int, work: GradientWork, state: int, origin: int, kept: int, goal: int, source_goal: int,
    count: int, gradient: Gradient, direct: bool,
) -> None:  # fmt: skip
    """Go back through one time step, from the derivatives in rows `goal` + s to those in rows `source_goal` + s.

    The connections of the step are listed. Values before it begin in row `origin`, values after it in row `state`, and
    aggregates in row `kept`.
    """
    first = nets.network[g]["node_start"]
    rows, values = work.rows, work.values
    for slot in range(nets.network[g]["slots"] - 1, nets.sources - 1, -1):
        begin, end = work.end[slot - 1], work.end[slot]
        if begin == end:
            continue
        node = nets.node[first + slot]
        bias, response, row = node["bias"], node["response"], goal + slot
        for r in range(count):
            rows[0, r] = clamp(bias + response * clamp(values[kept + slot, r]))
        _slopes(work, node["activation"], state + slot, count)
        for r in range(count):
            change = work.derivative[row, r] * rows[1, r]
            rows[1, r] = change if abs(rows[0, r]) < VALUE_LIMIT else 0.0
        if direct:
            for r in range(count):
                rows[1, r] += work.direct[slot, r]
        for r in range(count):
            aggregate = values[kept + slot, r]
            rows[0, r] = clamp(aggregate)
            rows[2, r] = rows[1, r] * response if abs(aggregate) < VALUE_LIMIT else 0.0
        gradient.bias[slot] += _total(rows, 1, count)
        gradient.response[slot] += _dot(rows, 0, rows, 1, count)
        code = node["aggregation"]
        if code in (SUM, MEAN):
            if code == MEAN:
                for r in range(count):
                    rows[2, r] = rows[2, r] / (end - begin)
            place: Any = np.int64(nets.node[first + slot - 1]["incoming_end"])
            _back_sum(nets, g, work, place, begin, end, origin, source_goal, count, gradient)
        else:
            _back_parts(nets, g, work, slot, begin, end, origin, source_goal, count, gradient)


@part
def _back_sum(
    nets: NetworkArrays, g: int, work: GradientWork, place: int, begin: int, end: int,
    origin: int, source_goal: int, count: int, gradient: Gradient,
) -> None:  # fmt: skip
    """Go back through a sum over the listed connections `begin` to `end`."""
    base = nets.network[g]["connection_start"]
    for listed in range(begin, end):
        source, weight = work.source[listed], work.weight[listed]
        while nets.connection[base + place]["source"] != source:  # connections that are not listed
            place += 1
        gradient.weight[place] += _dot(work.values, origin + source, work.rows, 2, count)
        place += 1
        if source >= nets.sources:
            for r in range(count):
                work.derivative[source_goal + source, r] += weight * work.rows[2, r]


@part
def _back_parts(
    nets: NetworkArrays, g: int, work: GradientWork, slot: int, begin: int, end: int,
    origin: int, source_goal: int, count: int, gradient: Gradient,
) -> None:  # fmt: skip
    """Go back through an aggregation that is not a sum."""
    network = nets.network[g]
    base, first = network["connection_start"], network["node_start"]
    size = end - begin
    slopes, scratch = work.parts[size : 2 * size], work.parts[2 * size :]
    code = nets.node[first + slot]["aggregation"]
    for r in range(count):
        for listed in range(begin, end):
            work.parts[listed - begin] = work.weight[listed] * work.values[origin + work.source[listed], r]
        aggregation_slopes(code, work.parts, size, slopes, scratch)
        place = np.int64(nets.node[first + slot - 1]["incoming_end"])
        for listed in range(begin, end):
            source = work.source[listed]
            while nets.connection[base + place]["source"] != source:
                place += 1
            change = work.rows[2, r] * slopes[listed - begin]
            gradient.weight[place] += change * work.values[origin + source, r]
            place += 1
            if source >= nets.sources:
                work.derivative[source_goal + source, r] += work.weight[listed] * change


@kernel
def add_gradient(
    nets: NetworkArrays, g: int, inputs: NDArray[np.float64], targets: NDArray[np.float64], order: NDArray[np.int64],
    begin: int, end: int, loss: int, scale: float, work: GradientWork, gradient: Gradient,
) -> float:  # fmt: skip
    """Add the gradient of the loss of network g on episodes `order[begin:end]`, times `scale`; return the loss.

    Args:
        nets: networks.
        g: the index of the network.
        inputs, targets: (E, length, I) and (E, length, O).
        order: (E,) int64, indices of episodes.
        begin, end: the part of `order`.
        loss: its code.
        scale: a positive factor of the gradient, but not of the returned loss; 0: compute only the loss.
        work: the result of `gradient_work` for at least as many rows.
        gradient: changed in place.

    Returns:
        The sum of the losses of all episodes and rows.
    """
    network = nets.network[g]
    slots, steps = work.slots, work.steps
    depth, forward = network["depth"], network["feedforward"]
    per_row: Any = steps if forward else max(np.int64(network["steps"]), 1)
    kept = slots if forward else (steps + 1) * slots
    apart = 0 if forward else slots  # from a slot's row before a time step to its row after it
    total = 0.0
    width = work.values.shape[1]
    for low in range(begin, end, width):
        given = min(width, end - low)
        count = (given + LINE - 1) // LINE * LINE
        work.values[:slots, :count] = 0.0
        for step in range(1, steps + 1):
            before = (step - 1) * apart
            _load(work, inputs, order, low, given, count, (step - 1) // per_row, before, nets.sources)
            if step <= depth + 1:
                list_active(nets, g, depth + 1 if forward else step, work)
            _forward_block(nets, g, work, before + apart, before, kept + (step - 1) * slots, count)
        work.derivative[:, :count] = 0.0
        work.direct[:, :count] = 0.0
        goal = 0
        for step in range(steps, 0, -1):
            at_row_end = step % per_row == 0
            if at_row_end:
                reached: Any = np.int64(network["steps"]) if forward else step
                total += _loss_block(
                    nets, g, work, targets, order, low, given, step // per_row - 1, reached, loss, scale,
                    step * apart, kept + (step - 1) * slots, goal,
                )  # fmt: skip
            if not scale > 0.0:
                continue
            if step <= depth and not forward:
                list_active(nets, g, step, work)
            other = goal if forward else slots - goal
            if not forward:
                work.derivative[other : other + slots, :count] = 0.0
            before = (step - 1) * apart
            _back_block(
                nets, g, work, before + apart, before, kept + (step - 1) * slots, goal, other, count, gradient,
                loss == BINARY_CROSS_ENTROPY and at_row_end,
            )  # fmt: skip
            goal = other
    return total
