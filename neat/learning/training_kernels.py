"""Training: a network follows the gradient of its loss for a number of steps, each on a batch of episodes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neat.core.constants import VALUE_LIMIT
from neat.core.kernels import kernel, part
from neat.core.random_kernels import below, stream
from neat.learning.gradient_kernels import Gradient, add_gradient, gradient_work
from neat.network.activation_kernels import NetworkArrays, Values

# Codes of the optimisers.
SGD, ADAM = 0, 1

_FIRST_DECAY, _SECOND_DECAY = 0.9, 0.999  # of Adam's means (Kingma & Ba 2015, algorithm 1)
_EPSILON = 1e-8


class Steps(NamedTuple):
    """How a network is trained; the limits are those of weights, biases and responses, 0 for what is not trained."""

    loss: int
    optimiser: int
    rate: float
    momentum: float
    decay: float
    batch: int  # episodes; 0: all
    weight_limit: float
    bias_limit: float
    response_limit: float


@kernel
def gradient_range(
    begin: int, end: int, nets: NetworkArrays, inputs: NDArray[np.float64], targets: NDArray[np.float64], loss: int,
    backward: bool, losses: Values, weight: Values, bias: Values, response: Values,
) -> None:  # fmt: skip
    """Write the mean loss of networks `begin` to `end` on all rows, and its gradient in the order of their genomes.

    What a network does not use has the gradient 0. Without `backward`, only the losses are computed.
    """
    episodes, length = inputs.shape[0], inputs.shape[1]
    order = np.arange(episodes)
    rows = np.float64(episodes * length)
    start: Any = np.int64(0)  # for the literal 0, which has a type of its own, `add_gradient` would be compiled again
    for g in range(begin, end):
        network = nets.network[g]
        work = gradient_work(nets, g, episodes, length)
        gradient = Gradient(np.zeros(len(work.weight)), np.zeros(work.slots), np.zeros(work.slots))
        scale = 1.0 / rows if backward else 0.0
        losses[g] = add_gradient(nets, g, inputs, targets, order, start, episodes, loss, scale, work, gradient) / rows
        if not backward:
            continue
        base, first = network["connection_start"], network["node_start"]
        for place in range(len(gradient.weight)):
            weight[base + nets.connection[base + place]["place"]] = gradient.weight[place]
        for slot in range(nets.sources, network["slots"]):
            node = first + nets.node[first + slot]["place"]
            bias[node], response[node] = gradient.bias[slot], gradient.response[slot]


@part
def _shuffle(order: NDArray[np.int64], draws: np.uint64, epoch: int) -> None:
    """Bring the episodes into the order of an epoch (Fisher and Yates)."""
    size = len(order)
    for place in range(size):
        order[place] = place
    for place in range(size - 1, 0, -1):
        other = below(draws, epoch * size + place, place + 1)
        order[place], order[other] = order[other], order[place]


@part
def _moved(
    value: float, slope: float, first: Values, second: Values, at: int, how: Steps, rate: float,
    first_left: float, second_left: float, limit: float,
) -> float:  # fmt: skip
    """Return a value after one step against its gradient; `first` and `second` are the memory of the optimiser."""
    if how.optimiser == ADAM:
        first[at] = _FIRST_DECAY * first[at] + (1.0 - _FIRST_DECAY) * slope
        second[at] = _SECOND_DECAY * second[at] + (1.0 - _SECOND_DECAY) * (slope * slope)
        step = (first[at] / (1.0 - first_left)) / (np.sqrt(second[at] / (1.0 - second_left)) + _EPSILON)
    else:
        first[at] = how.momentum * first[at] + slope
        step = first[at]
    value = value - rate * step
    if value > limit:
        return limit
    return -limit if value < -limit else value


@part
def _follow(
    nets: NetworkArrays, g: int, gradient: Gradient, first: Values, second: Values, how: Steps, rate: float,
    first_left: float, second_left: float,
) -> bool:  # fmt: skip
    """Move the weights, biases and responses of network g; return whether all are finite and below +-2^40."""
    network = nets.network[g]
    base, node_base = network["connection_start"], network["node_start"]
    connections, nodes = len(nets.connection), len(nets.node)
    fine = True
    for place in range(len(gradient.weight)):
        at = base + place
        value = _moved(
            nets.connection[at]["weight"], gradient.weight[place], first, second, at, how, rate,
            first_left, second_left, how.weight_limit,
        )  # fmt: skip
        nets.connection[at]["weight"] = value
        fine &= abs(value) < VALUE_LIMIT
    for slot in range(nets.sources, network["slots"]):
        at = node_base + slot
        if how.bias_limit > 0.0:
            value = _moved(
                nets.node[at]["bias"], gradient.bias[slot], first, second, connections + at, how, rate,
                first_left, second_left, how.bias_limit,
            )  # fmt: skip
            nets.node[at]["bias"] = value
            fine &= abs(value) < VALUE_LIMIT
        if how.response_limit > 0.0:
            value = _moved(
                nets.node[at]["response"], gradient.response[slot], first, second, connections + nodes + at, how, rate,
                first_left, second_left, how.response_limit,
            )  # fmt: skip
            nets.node[at]["response"] = value
            fine &= abs(value) < VALUE_LIMIT
    return fine


@kernel
def train_range(
    begin: int, end: int, nets: NetworkArrays, inputs: NDArray[np.float64], targets: NDArray[np.float64],
    address: np.uint64, keys: NDArray[np.int64], how: Steps, done: int, steps: int,
    first: Values, second: Values, losses: Values, finite: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Train networks `begin` to `end`, each alone, for `steps` steps; their nodes and connections change in place.

    Args:
        begin, end: indices of networks.
        nets: the networks, with writable nodes and connections.
        inputs, targets: (E, length, I) and (E, length, O), rows in episodes.
        address, keys: of the random numbers that shuffle the episodes before every epoch.
        how: how to train.
        done, steps: the number of steps before and now.
        first, second: (C + 2 N,) the memory of the optimiser, changed in place; 0 before the first step.
        losses: (P,) receives the mean loss of all rows of these steps, each before the weights changed.
        finite: (P,) receives whether all losses and values stayed finite; otherwise training stopped.
    """
    episodes, length = inputs.shape[0], inputs.shape[1]
    batch = min(how.batch, episodes) if how.batch > 0 else episodes
    in_epoch = (episodes + batch - 1) // batch
    order = np.arange(episodes)
    for g in range(begin, end):
        work = gradient_work(nets, g, batch, length)
        gradient = Gradient(np.zeros(len(work.weight)), np.zeros(work.slots), np.zeros(work.slots))
        first_left = second_left = 1.0
        for _ in range(done):
            first_left, second_left = first_left * _FIRST_DECAY, second_left * _SECOND_DECAY
        shuffled, total, rows = -1, 0.0, 0
        finite[g] = True
        for step in range(done, done + steps):
            epoch = step // in_epoch
            if batch < episodes and epoch != shuffled:
                _shuffle(order, stream(address, keys[g]), epoch)
                shuffled = epoch
            low = (step - epoch * in_epoch) * batch
            high = min(low + batch, episodes)
            gradient.weight[:] = 0.0
            gradient.bias[:] = 0.0
            gradient.response[:] = 0.0
            scale = 1.0 / np.float64((high - low) * length)
            loss = add_gradient(nets, g, inputs, targets, order, low, high, how.loss, scale, work, gradient)
            total, rows = total + loss, rows + (high - low) * length
            first_left, second_left = first_left * _FIRST_DECAY, second_left * _SECOND_DECAY
            rate = how.rate / (1.0 + how.decay * np.float64(epoch))
            followed = _follow(nets, g, gradient, first, second, how, rate, first_left, second_left)
            if not (followed and abs(loss) < np.inf):
                finite[g] = False
                break
        losses[g] = total / np.float64(max(rows, 1))
